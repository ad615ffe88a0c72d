//! `/__emulator/`: control over HTTP, in JSON.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Control;
use crate::answer::Answer;
use crate::fault::Fault;
use crate::org::Org;

/// Where these endpoints lie.
pub(crate) const PREFIX: &str = "/__emulator/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    advance_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    object: String,
    rows: Vec<Map<String, Value>>,
}

/// Answers a request to the endpoint of that name.
pub(crate) fn answer(org: &Arc<Org>, method: &Method, endpoint: &str, body: &[u8]) -> Answer {
    let control = Control::new(Arc::clone(org));
    match (method.as_str(), endpoint) {
        ("GET", "stats") => Answer::json(StatusCode::OK, &control.stats()),
        ("GET", "sessions") => ok(&json!({"open": control.open_sessions()})),
        ("POST", "expire-sessions") => ok(&json!({"expired": control.expire_sessions()})),
        ("GET", "org") => Answer::json(StatusCode::OK, &control.settings()),
        ("POST", "org") => org_settings(&control, body),
        ("POST", "faults") => faults(&control, body),
        ("DELETE", "faults") => {
            control.clear_faults();
            ok(&json!({}))
        }
        ("POST", "release") => ok(&json!({"released": control.release()})),
        ("POST", "clock") => clock(&control, body),
        ("POST", "seed") => seed(&control, body),
        ("POST", "reset") => done(control.reset()),
        (
            _,
            "stats" | "sessions" | "expire-sessions" | "org" | "faults" | "release" | "clock"
            | "seed" | "reset",
        ) => refused(
            StatusCode::METHOD_NOT_ALLOWED,
            &format!("{method} is not for {PREFIX}{endpoint}"),
        ),
        _ => refused(
            StatusCode::NOT_FOUND,
            "there are: GET stats, GET sessions, POST expire-sessions, GET and POST org, POST and DELETE faults, \
             POST release, POST clock, POST seed, POST reset",
        ),
    }
}

fn org_settings(control: &Control, body: &[u8]) -> Answer {
    match parse(body).and_then(|patch| control.settings().patched(patch)) {
        Ok(settings) => {
            control.set_settings(settings);
            Answer::json(StatusCode::OK, &control.settings())
        }
        Err(error) => bad(&error),
    }
}

fn faults(control: &Control, body: &[u8]) -> Answer {
    match parse::<Vec<Fault>>(body) {
        Ok(faults) => done(control.faults(faults)),
        Err(error) => bad(&error),
    }
}

fn clock(control: &Control, body: &[u8]) -> Answer {
    match parse::<Clock>(body) {
        Ok(clock) => done(control.advance_clock(Duration::from_millis(clock.advance_ms))),
        Err(error) => bad(&error),
    }
}

fn seed(control: &Control, body: &[u8]) -> Answer {
    match parse::<Seed>(body).map(|seed| control.seed(&seed.object, &seed.rows)) {
        Ok(Ok(ids)) => ok(&json!({"ids": ids})),
        Ok(Err(error)) => bad(&error),
        Err(error) => bad(&error),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body)
}

fn done(result: Result<(), impl Display>) -> Answer {
    match result {
        Ok(()) => ok(&json!({})),
        Err(error) => bad(&error),
    }
}

fn ok(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}

fn bad(error: &impl Display) -> Answer {
    refused(StatusCode::BAD_REQUEST, &error.to_string())
}

/// Says in JSON why not.
pub(super) fn refused(status: StatusCode, error: &str) -> Answer {
    Answer::json(status, &json!({"error": error}))
}
