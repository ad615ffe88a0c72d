//! One secret, and both kinds of host on it.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use moto::Moto;
use sfbox::{QueryOptions, Runtime};
use sfbox_emulator::Emulator;

use super::{AWS_KEY, Composed, environment, native, text};
use crate::conversation::{Guest as _, Kept as _};
use crate::hosts::library::Embedded as _;
use crate::secret::ORG;

const CONSUMER_SECRET: &str = "CANARY-consumer-secret";
const QUERY: &str = "SELECT Id FROM Account LIMIT 1";
const GET: &str = "GetSecretValue";
const PUT: &str = "PutSecretValue";
const MOVE: &str = "UpdateSecretVersionStage";

/// How long a claim lives at first; `guest/src/session/turn.rs`.
const CLAIM_LIFE: Duration = Duration::from_secs(60);

/// Longer than anything here takes that is not to wait for a claim.
const PATIENCE: Duration = Duration::from_secs(4);

async fn emulator() -> Emulator {
    Emulator::builder()
        .my_domain("acme.my")
        .credentials("key", CONSUMER_SECRET)
        .body_length_required()
        .start()
        .await
        .unwrap()
}

/// A process of sfbox itself, which finds the org at that address.
fn process(emulator: &Emulator, address: SocketAddr, moto: &Moto) -> Runtime {
    let target = format!("{}:443:{address}", emulator.host());
    Runtime::builder()
        .store(native(moto))
        .org(ORG)
        .connect_to(target.parse().unwrap())
        .extra_ca(emulator.ca_pem().unwrap())
        .build()
        .unwrap()
}

async fn ask(process: &Runtime) {
    let org = process.org(ORG).unwrap();
    org.query(QUERY, &QueryOptions::default()).await.unwrap();
    // The answer comes before a new token is stored.
    process.settle().await;
}

fn calls_of(moto: &Moto, operation: &str) -> usize {
    let calls = moto.calls();
    calls.iter().filter(|(name, _)| name == operation).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_of_sfbox_and_the_component_elsewhere_share_each_login() {
    let emulator = emulator().await;
    let control = emulator.control();
    let moto = Moto::keep(CONSUMER_SECRET).await;
    let process = process(&emulator, emulator.address(), &moto);
    let mut composed = Composed::start(&emulator, &moto).await;

    ask(&process).await;
    composed.query(QUERY, None).await.unwrap();
    assert_eq!(control.stats().logins, 1, "the process logged in");

    control.expire_sessions();
    composed.query(QUERY, None).await.unwrap();
    ask(&process).await;
    assert_eq!(control.stats().logins, 2, "the component did");

    control.expire_sessions();
    ask(&process).await;
    composed.query(QUERY, None).await.unwrap();
    assert_eq!(control.stats().logins, 3, "the process did");
    assert_eq!(calls_of(&moto, MOVE), 3, "and each was stored once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expiry_that_both_meet_at_once_costs_one_login() {
    let emulator = emulator().await;
    let control = emulator.control();
    let moto = Moto::keep(CONSUMER_SECRET).await;
    let process = process(&emulator, emulator.address(), &moto);
    let mut first = Composed::start(&emulator, &moto).await;
    let mut second = Composed::start(&emulator, &moto).await;
    for expiry in 1..=5 {
        let (one, two, ()) = tokio::join!(
            first.query(QUERY, None),
            second.query(QUERY, None),
            ask(&process)
        );
        one.and(two).unwrap();
        assert_eq!(control.stats().logins, expiry);
        control.expire_sessions();
    }
    assert_eq!(calls_of(&moto, MOVE), 5);
}

#[tokio::test]
async fn the_token_lands_in_the_secret_and_every_other_byte_stays() {
    let emulator = emulator().await;
    let moto = Moto::keep(CONSUMER_SECRET).await;
    let mut composed = Composed::start(&emulator, &moto).await;
    composed.query(QUERY, None).await.unwrap();
    let token = moto.token().await.unwrap();
    let stored = moto.read(ORG).await;
    let before = text(CONSUMER_SECRET);
    let kept = before.trim_end().trim_end_matches('}').trim_end();
    assert!(stored.starts_with(kept), "what was there");
    assert!(stored.ends_with(" }\n"), "and after it");
    let members: serde_json::Value = serde_json::from_str(&stored).unwrap();
    let members = members.as_object().unwrap();
    assert_eq!(members.len(), 7, "the session's three are new");
    assert_eq!(members["SessionId"], token.as_str());
    assert_eq!(members["Instance"], "acme.my.salesforce.com");
}

#[tokio::test]
async fn an_org_that_the_operator_does_not_list_is_denied_and_aws_not_asked() {
    let emulator = emulator().await;
    let moto = Moto::keep(CONSUMER_SECRET).await;
    let mut environment = environment(&moto);
    environment[0].1 = "another,acme/session";
    moto.fail(GET, &[]);
    let mut composed = Composed::with(&emulator, &environment).await;
    let refused = composed.query(QUERY, None).await.unwrap_err();
    assert!(refused.contains("Denied"), "{refused}");
    assert_eq!(moto.calls(), [], "nothing was sent");
    assert_eq!(emulator.control().stats().logins, 0);
}

#[tokio::test]
async fn a_lost_secret_is_told_by_its_kind_and_nothing_secret_in_any_words() {
    let emulator = emulator().await;
    let mut told = Vec::new();
    for (stored, fault, kind) in [
        ("[\"CANARY-stored\"]", "ok", "Malformed"),
        (
            "{\"Domain\":\"acme.my\",\"ConsumerSecret\":\"CANARY\"}",
            "ok",
            "Malformed",
        ),
        ("{}", "denied", "Denied"),
        ("{}", "expired-token", "Denied"),
        ("{}", "html", "Unavailable"),
    ] {
        let moto = Moto::start();
        moto.create(ORG, stored).await;
        moto.fail(GET, &[fault]);
        let mut composed = Composed::start(&emulator, &moto).await;
        let refused = composed.query(QUERY, None).await.unwrap_err();
        assert!(refused.contains(kind), "{fault}: {refused}");
        told.push(refused);
    }
    let moto = Moto::start();
    let mut composed = Composed::start(&emulator, &moto).await;
    let refused = composed.query(QUERY, None).await.unwrap_err();
    assert!(refused.contains("NotFound"), "{refused}");
    told.push(refused);
    let told = told.concat();
    assert!(
        !told.contains("CANARY") && !told.contains(AWS_KEY),
        "{told}"
    );
    assert_eq!(emulator.control().stats().logins, 0);
}

/// A process of sfbox that has claimed the first login, and waits for an org that
/// takes connections and says nothing.
async fn claimant(emulator: &Emulator, moto: &Moto) -> (Runtime, TcpListener) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let process = process(emulator, silent.local_addr().unwrap(), moto);
    let org = process.org(ORG).unwrap();
    let options = QueryOptions::default();
    let claimed = async {
        while calls_of(moto, PUT) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        _ = org.query(QUERY, &options) => panic!("it hears nothing"),
        claimed = tokio::time::timeout(PATIENCE, claimed) => claimed.unwrap(),
    }
    (process, silent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_a_process_of_sfbox_is_waited_for_until_it_has_aged() {
    let emulator = emulator().await;
    let moto = Moto::keep(CONSUMER_SECRET).await;
    let claimant = claimant(&emulator, &moto).await;
    let mut composed = Composed::start(&emulator, &moto).await;
    let waiting = tokio::time::timeout(PATIENCE, composed.query(QUERY, None)).await;
    assert!(waiting.is_err(), "it waits");
    assert_eq!(emulator.control().stats().logins, 0, "and does not log in");
    assert_eq!(calls_of(&moto, PUT), 1, "nor claim anything");
    drop(claimant);
    moto.advance(CLAIM_LIFE + Duration::from_secs(2));
    let mut composed = Composed::start(&emulator, &moto).await;
    composed.query(QUERY, None).await.unwrap();
    assert_eq!(emulator.control().stats().logins, 1);
}
