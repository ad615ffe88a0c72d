//! Answers that repeat what they were sent.

use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{instance, run_query};
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::World;

const SECRET: &str = "CANARY+secret/\"5b1f";

fn world() -> World {
    let world = World::new();
    let json = serde_json::to_string(SECRET).unwrap();
    world.facts.put("ConsumerSecret", &json);
    world
}

#[track_caller]
fn is_clean(told: &Error) {
    let told = format!("{told} {told:?}");
    for canary in ["CANARY", "5b1f", "00D!CAN"] {
        assert!(!told.contains(canary), "{told}");
    }
    assert!(told.contains("[redacted]"), "{told}");
}

#[test]
fn a_refused_login_repeats_no_secret() {
    let pair = BASE64_STANDARD.encode(format!("key:{SECRET}"));
    let escaped = SECRET.replace('"', "\\\"");
    for words in [
        escaped.clone(),
        format!("Authorization: Basic {pair}"),
        percent_encoding::utf8_percent_encode(SECRET, percent_encoding::NON_ALPHANUMERIC)
            .to_string(),
        BASE64_STANDARD.encode(SECRET),
    ] {
        for body in [
            format!(r#"{{"error":"invalid_client","error_description":"not {words}"}}"#),
            format!(r#"{{"error":"{words}"}}"#),
        ] {
            let world = world();
            *world.facts.login_answer.borrow_mut() = Some((400, body));
            let told = run_query(&world, &instance(&world)).unwrap_err();
            is_clean(&told);
            assert!(!format!("{told:?}").contains(&pair));
        }
    }
}

#[test]
fn a_refused_call_repeats_neither_token_nor_secret() {
    for repeated in ["00D!CANARY.token", SECRET] {
        let world = world();
        let client = instance(&world);
        run_query(&world, &client).unwrap();
        world.facts.store_foreign("00D!CANARY.token");
        world.facts.end("00D!1");
        let message = serde_json::to_string(&format!("near {repeated}")).unwrap();
        let body = format!(
            r#"[{{"errorCode":"MALFORMED_QUERY","message":{message},"fields":[{message}]}}]"#
        );
        world.facts.answers.borrow_mut().push(Ok((400, body)));
        let told = run_query(&world, &client).unwrap_err();
        is_clean(&told);
    }
}

#[test]
fn a_page_that_is_cut_within_a_token_shows_nothing_of_it() {
    // The excerpt ends in the middle of the token.
    let page = format!(
        "{}00D!CANARY.token.that.is.long.enough.to.be.cut",
        "x".repeat(190)
    );
    let mut answer = crate::answer::tests::answer(502, "text/html", &page);
    let request = http::Request::get("https://acme.my.salesforce.com")
        .header(
            "authorization",
            "Bearer 00D!CANARY.token.that.is.long.enough.to.be.cut",
        )
        .body(bytes::Bytes::new())
        .unwrap();
    answer.secrets = crate::redaction::Redaction::of(&request);
    let told = format!("{:?}", answer.failure());
    assert!(!told.contains("CAN") && told.contains("xxx"), "{told}");
}

#[test]
fn a_session_call_is_clean_as_well() {
    let world = world();
    let body = r#"{"error":"invalid_grant","error_description":"CANARY+secret/\"5b1f"}"#;
    *world.facts.login_answer.borrow_mut() = Some((400, body.to_owned()));
    let client = instance(&world);
    let renewing = Rc::clone(&client);
    let told = world.run(async move { renewing.renew(&Options::default()).await });
    is_clean(&told.unwrap_err());
}
