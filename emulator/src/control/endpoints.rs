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
use crate::duplicate::DuplicateRule;
use crate::fault::Fault;
use crate::lock::RecordLock;
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

type Handler = fn(&Control, &[u8]) -> Answer;

/// Name, method, handler. The methods of one name stand together.
const ENDPOINTS: &[(&str, Method, Handler)] = &[
    ("stats", Method::GET, |control, _| {
        Answer::json(StatusCode::OK, &control.stats())
    }),
    ("sessions", Method::GET, |control, _| {
        ok(&json!({"open": control.open_sessions()}))
    }),
    ("expire-sessions", Method::POST, |control, _| {
        ok(&json!({"expired": control.expire_sessions()}))
    }),
    ("org", Method::GET, |control, _| {
        Answer::json(StatusCode::OK, &control.settings())
    }),
    ("org", Method::POST, org_settings),
    ("faults", Method::POST, faults),
    ("faults", Method::DELETE, |control, _| {
        control.clear_faults();
        ok(&json!({}))
    }),
    ("locks", Method::POST, locks),
    ("locks", Method::DELETE, |control, _| {
        control.clear_locks();
        ok(&json!({}))
    }),
    ("duplicate-rules", Method::POST, duplicate_rules),
    ("duplicate-rules", Method::DELETE, |control, _| {
        control.clear_duplicate_rules();
        ok(&json!({}))
    }),
    ("release", Method::POST, |control, _| {
        ok(&json!({"released": control.release()}))
    }),
    ("clock", Method::POST, clock),
    ("idempotency-keys", Method::GET, |control, _| {
        ok(&json!({"keys": control.idempotency_keys()}))
    }),
    ("idempotency-keys", Method::POST, idempotency_keys),
    ("seed", Method::POST, seed),
    ("reset", Method::POST, |control, _| done(control.reset())),
];

/// Answers a request to the endpoint of that name.
pub(crate) fn answer(org: &Arc<Org>, method: &Method, endpoint: &str, body: &[u8]) -> Answer {
    let mut named = ENDPOINTS
        .iter()
        .filter(|(name, ..)| *name == endpoint)
        .peekable();
    if named.peek().is_none() {
        return refused(StatusCode::NOT_FOUND, &format!("there are: {}", list()));
    }
    match named.find(|(_, own, _)| own == method) {
        Some((_, _, handler)) => handler(&Control::new(Arc::clone(org)), body),
        None => refused(
            StatusCode::METHOD_NOT_ALLOWED,
            &format!("{method} is not for {PREFIX}{endpoint}"),
        ),
    }
}

/// Every endpoint with its methods, such as `GET stats, GET and POST org`.
fn list() -> String {
    let of_one_name = ENDPOINTS.chunk_by(|(one, ..), (other, ..)| one == other);
    let entries = of_one_name.filter_map(|endpoints| {
        let methods: Vec<&str> = endpoints
            .iter()
            .map(|(_, method, _)| method.as_str())
            .collect();
        let (name, ..) = endpoints.first()?;
        Some(format!("{} {name}", methods.join(" and ")))
    });
    entries.collect::<Vec<_>>().join(", ")
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

fn locks(control: &Control, body: &[u8]) -> Answer {
    match parse::<Vec<RecordLock>>(body) {
        Ok(locks) => done(control.lock(locks)),
        Err(error) => bad(&error),
    }
}

fn duplicate_rules(control: &Control, body: &[u8]) -> Answer {
    match parse::<Vec<DuplicateRule>>(body) {
        Ok(rules) => done(control.duplicate_rules(rules)),
        Err(error) => bad(&error),
    }
}

fn clock(control: &Control, body: &[u8]) -> Answer {
    match parse::<Clock>(body) {
        Ok(clock) => done(control.advance_clock(Duration::from_millis(clock.advance_ms))),
        Err(error) => bad(&error),
    }
}

fn idempotency_keys(control: &Control, body: &[u8]) -> Answer {
    match parse::<Vec<String>>(body) {
        Ok(keys) => done(control.use_idempotency_keys(&keys)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_endpoint_once() {
        assert_eq!(
            list(),
            "GET stats, GET sessions, POST expire-sessions, GET and POST org, POST and DELETE faults, \
             POST and DELETE locks, POST and DELETE duplicate-rules, POST release, POST clock, GET and POST idempotency-keys, POST seed, POST reset"
        );
    }
}
