//! One session for all: logins that are made, and those that are not.

use std::fs;

use contract::covers;
use futures::future::join_all;
use moto::Moto;
use sfbox::{Failure, Options, QueryOptions};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::org::{CONSUMER_SECRET, NAME, Org};

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 2"];

#[test]
fn the_first_query_logs_in_and_the_next_process_does_not() {
    covers(["secret-store#get", "secret-store#replace"]);
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    assert_eq!(org.sfbox_on(&moto, &QUERY).records().len(), 2);
    assert_eq!(org.logins(), 1);
    let text = org.block_on(moto.read(NAME));
    let stored: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(stored["Instance"], "acme.my.salesforce.com");
    assert!(stored["SessionId"].is_string());
    // Every other byte is where it was.
    let head = org.secret();
    assert!(
        text.starts_with(head.trim_end().trim_end_matches('}').trim_end()),
        "{text}"
    );
    assert!(text.ends_with(" }\n"), "{text}");
    assert_eq!(org.sfbox_on(&moto, &QUERY).records().len(), 2);
    assert_eq!(org.logins(), 1);
    assert_eq!(
        org.block_on(moto.versions(NAME)),
        4,
        "the first, the claim, the token, and the end of the claim"
    );
}

#[test]
fn an_expired_session_costs_one_login_however_young() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    org.sfbox_on(&moto, &QUERY).records();
    org.control().expire_sessions();
    org.sfbox_on(&moto, &QUERY).records();
    assert_eq!(org.logins(), 2);
    org.sfbox_on(&moto, &QUERY).records();
    assert_eq!(org.logins(), 2);
}

#[test]
fn a_hundred_first_calls_of_one_runtime_make_one_login() {
    let org = Org::start();
    let library = org.library_on(org.file_store(), |builder| builder);
    let options = QueryOptions::default();
    let calls = (0..100).map(|_| library.query("SELECT Id FROM Account LIMIT 1", &options));
    let answers = org.block_on(join_all(calls));
    for answer in answers {
        answer.unwrap();
    }
    assert_eq!(org.logins(), 1);
}

#[test]
fn status_tells_what_is_known_and_asks_nobody_but_the_store() {
    covers(["session#status"]);
    let org = Org::start();
    let status = org.sfbox(&["session", "status"]).object();
    assert_eq!(
        (&status["origin"], &status["shared"]),
        (&"none".into(), &false.into())
    );
    assert_eq!(org.control().stats().requests.values().sum::<u64>(), 0);
    org.sfbox(&QUERY).records();
    let status = org.sfbox(&["session", "status"]).object();
    assert_eq!(
        (&status["origin"], &status["shared"]),
        (&"stored".into(), &true.into())
    );
    assert_eq!(status["instance"], "acme.my.salesforce.com");
    assert!(status["issuedAt"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn renew_logs_in_and_stores_and_forget_removes() {
    covers(["session#renew", "session#forget"]);
    let org = Org::start();
    org.sfbox(&QUERY).records();
    let first = org.stored()["SessionId"].clone();
    let status = org.sfbox(&["session", "renew"]).object();
    assert_eq!(
        (&status["origin"], &status["shared"]),
        (&"login".into(), &true.into())
    );
    assert_ne!(org.stored()["SessionId"], first);
    assert_eq!(org.logins(), 2);
    let forgotten = org.sfbox(&["session", "forget"]);
    assert_eq!((forgotten.status, forgotten.stdout.as_str()), (0, ""));
    assert_eq!(
        fs::read_to_string(org.secret_file()).unwrap(),
        org.secret(),
        "to the byte"
    );
    assert_eq!(org.logins(), 2);
}

#[test]
fn the_managed_layout_works_with_its_token_in_memory() {
    let org = Org::start();
    let secret = serde_json::json!({
        "consumerKey": "key",
        "consumerSecret": CONSUMER_SECRET,
        "baseUri": "https://acme.my.salesforce.com",
        "appId": "x",
        "consumerId": "y",
    });
    org.put_secret(&secret.to_string());
    let library = org.library();
    org.block_on(async {
        for _ in 0..3 {
            library
                .query("SELECT Id FROM Account LIMIT 1", &QueryOptions::default())
                .await
                .unwrap();
        }
        let status = library.session_status(&Options::default()).await.unwrap();
        assert!(!status.shared && status.note.unwrap().contains("memory"));
    });
    assert_eq!(org.logins(), 1);
    assert_eq!(org.stored(), secret, "nothing was written");
}

#[test]
fn a_secret_that_is_not_there_and_a_timeout_of_nothing_are_told() {
    let org = Org::start();
    fs::remove_file(org.secret_file()).unwrap();
    org.sfbox(&QUERY).fails(3, "the secret does not exist");
    org.put_secret(&org.secret());
    let library = org.library();
    let timeout = Options {
        timeout: Some(std::time::Duration::ZERO),
        api_version: None,
    };
    let refused = org.block_on(library.session_status(&timeout)).unwrap_err();
    assert!(matches!(&refused, sfbox::Error::Call { failure, .. }
        if matches!(**failure, Failure::InvalidInput(_))));
}

#[test]
fn a_login_outlives_the_call_that_began_it_and_the_command_waits_for_it() {
    let org = Org::start();
    let slow = Fault {
        route: FaultRoute::Only(Route::Token),
        skip: 0,
        count: Some(1),
        effect: Effect::DelayMs(2_000),
    };
    org.control().faults(vec![slow]).unwrap();
    let impatient = [&QUERY[..], &["--timeout", "1"]].concat();
    org.sfbox(&impatient).fails(4, "timeout");
    assert!(
        org.stored()["SessionId"].is_string(),
        "it is stored all the same"
    );
    org.sfbox(&QUERY).records();
    assert_eq!(org.logins(), 1);
}
