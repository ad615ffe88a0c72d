//! What the door promises of the session that is behind it.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use sfbox_emulator::{CannedAnswer, Effect, Route};

use super::{Door, QUERY};
use crate::org::{CONSUMER_SECRET, Org};
use crate::sfbox::end;
use crate::terminal::until;

#[test]
fn an_expiry_costs_one_login_and_no_client_notices() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    for expiries in 0..3 {
        let running: Vec<_> = (0..8)
            .map(|_| {
                let mut curl = door.curl_with(&key);
                curl.arg("--fail-with-body");
                crate::sfbox::start(curl.arg(format!("{}{QUERY}", door.url())))
            })
            .collect();
        for client in running {
            let ended = end(client);
            assert_eq!(ended.status, 0, "{}{}", ended.stdout, ended.stderr);
            assert!(
                ended.stdout.starts_with(r#"{"totalSize":3"#),
                "{}",
                ended.stdout
            );
        }
        assert_eq!(org.logins(), expiries + 1);
        org.control().expire_sessions();
    }
}

#[test]
fn the_org_repeats_its_secrets_and_none_gets_out() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    // It is stored after the answer has left.
    until(|| org.stored().get("SessionId").is_some());
    let token = org.stored()["SessionId"].as_str().unwrap().to_owned();
    let mut forms = Vec::new();
    for secret in [token.as_str(), CONSUMER_SECRET] {
        forms.push(secret.to_owned());
        forms.push(secret.replace('!', "%21"));
        for before in ["", "x", "xx"] {
            // Without the ends, which have bits of what stands around.
            let whole = format!("{before}{secret}");
            forms.push(BASE64_STANDARD.encode(&whole));
            forms.push(BASE64_URL_SAFE_NO_PAD.encode(&whole));
        }
    }
    let body = forms.join(" | ");
    let told = CannedAnswer {
        status: 400,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("set-cookie".to_owned(), format!("sid={token}")),
            ("www-authenticate".to_owned(), format!("Token {token}")),
            (
                "x-echo".to_owned(),
                format!("a {token} b {CONSUMER_SECRET}"),
            ),
            ("x-packed".to_owned(), BASE64_STANDARD.encode(&token)),
        ],
        body: format!("[{{\"errorCode\":\"ECHO\",\"message\":\"{body}\"}}]"),
    };
    org.strike(Route::Query, Some(1), Effect::Answer(told));
    let answer = door.ask(&key, QUERY, &[]);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.code(), "ECHO");
    let all = format!("{}{}", answer.head, answer.body);
    assert!(answer.head.contains("x-echo: "), "{}", answer.head);
    for absent in ["set-cookie", "www-authenticate"] {
        assert!(
            !answer.head.to_lowercase().contains(absent),
            "{}",
            answer.head
        );
    }
    for form in forms {
        // What only the secret decides is longer than this by far.
        let middle = &form[4..form.len() - 4];
        assert!(!all.contains(middle), "{middle} is in:\n{all}");
    }
}

#[test]
fn a_write_whose_answer_was_lost_may_have_happened() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--write"]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    org.strike(Route::Create, Some(1), Effect::CutAnswer);
    let path = "/services/data/v66.0/sobjects/Account";
    let answer = door.ask(&key, path, &["--json", r#"{"Name":"once"}"#]);
    assert_eq!(answer.status, 502, "{}", answer.body);
    assert_eq!(answer.code(), "SFBOX_OUTCOME_UNKNOWN");
    let count = "/services/data/v66.0/query?q=SELECT+Id+FROM+Account+WHERE+Name='once'";
    assert_eq!(
        door.ask(&key, count, &[]).json()["totalSize"],
        1,
        "it was sent once"
    );
}

#[test]
fn a_locator_of_an_ended_session_is_an_old_cursor() {
    let org = Org::start_with(|builder| builder.accounts(700));
    let (door, key) = Door::open(&org, &[]);
    let page = door.ask(
        &key,
        "/services/data/v66.0/query?q=SELECT+Id+FROM+Account",
        &["--header", "Sforce-Query-Options: batchSize=200"],
    );
    let page = page.json();
    let next = page["nextRecordsUrl"]
        .as_str()
        .expect("a second page")
        .to_owned();
    assert_eq!(door.ask(&key, &next, &[]).status, 200);
    org.control().expire_sessions();
    let ended = door.ask(&key, &next, &[]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (400, "INVALID_QUERY_LOCATOR")
    );
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
}

#[test]
fn a_login_that_is_refused_is_the_operators_to_read() {
    let org = Org::start();
    org.put_secret(
        &org.secret()
            .replace(CONSUMER_SECRET, "CANARY-another-secret"),
    );
    let (door, key) = Door::open(&org, &[]);
    let refused = door.ask(&key, QUERY, &[]);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (502, "SFBOX_LOGIN_REFUSED")
    );
    let ended = door.close();
    assert!(
        ended.stderr.contains("invalid client credentials"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("CANARY-another-secret"),
        "{}",
        ended.stderr
    );
}
