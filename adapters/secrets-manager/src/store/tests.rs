use std::time::Duration;

use futures::executor::block_on;
use http::HeaderValue;
use serde_json::{Value, json};

use super::*;
use crate::fake_platform::{FakePlatform, Reply, answer};
use crate::platform::Unanswered;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf";

/// The fake world's clock at its start.
const DATE: &str = "Tue, 24 Nov 2026 23:00:00 GMT";

const TEXT: &str = r#"{ "Domain":"acme.my", "other":"CANARY-other" , "SessionId":"old"}"#;

const AGENT: (&str, &str) = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds");

fn store_with(own: &[(&str, &str)], replies: Vec<Reply>) -> Store<FakePlatform> {
    let shared = [("AWS_REGION", "eu-west-1"), ("SFBOX_ORGS", "acme")];
    let variables = shared.iter().chain(own);
    let environment: Vec<_> = variables
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Store::new(FakePlatform::new(replies), &environment)
}

fn store(replies: Vec<Reply>) -> Store<FakePlatform> {
    let key = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "CANARY-key"),
    ];
    store_with(&key, replies)
}

/// `GetSecretValue`'s answer, so many seconds after the version was made.
fn version(id: &str, text: &str, age_s: u32) -> Reply {
    let created = 1_795_561_200 - age_s;
    let body = json!({"ARN": ARN, "VersionId": id, "SecretString": text, "CreatedDate": created});
    let mut answer = answer(200, &body.to_string());
    let date = HeaderValue::from_static(DATE);
    answer.headers_mut().insert("date", date);
    Reply::Answer(answer)
}

fn done() -> Reply {
    Reply::Answer(answer(200, "{}"))
}

fn refused(code: &str) -> Reply {
    Reply::Answer(answer(400, &json!({ "__type": code }).to_string()))
}

fn not_found() -> Reply {
    refused("ResourceNotFoundException")
}

fn change(key: &str, value: Option<&str>) -> Vec<Change> {
    vec![(key.to_owned(), value.map(Into::into))]
}

fn sent(store: &Store<FakePlatform>) -> Vec<(String, Value)> {
    let sent = store.platform.sent().into_iter();
    sent.map(|(what, body)| (what, serde_json::from_str(&body).unwrap_or(Value::Null)))
        .collect()
}

fn operations(store: &Store<FakePlatform>) -> Vec<String> {
    sent(store).into_iter().map(|(what, _)| what).collect()
}

#[test]
fn any_other_org_is_denied_and_nothing_is_sent() {
    let unusable = store_with(&[], vec![]);
    for (store, org) in [
        (store(vec![]), "other"),
        (store(vec![]), ""),
        (unusable, "acme"),
    ] {
        block_on(async {
            assert_eq!(store.get(org).await.err(), Some(Kind::Denied));
            let changes = change("SessionId", None);
            assert_eq!(store.replace(org, "v", &changes).await, Err(Kind::Denied));
            assert_eq!(store.claim(org, "k").await, Err(Kind::Denied));
            assert_eq!(store.release(org, "k", None).await, Err(Kind::Denied));
        });
        assert_eq!(operations(&store), [""; 0]);
    }
}

#[test]
fn a_document_has_the_granted_members_of_the_current_version() {
    let store = store(vec![version("v1", TEXT, 0)]);
    let document = block_on(store.get("acme")).ok().unwrap();
    let entries = document.entries.iter();
    let entries: Vec<_> = entries
        .map(|(key, value)| (key.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        entries,
        [("Domain", r#""acme.my""#), ("SessionId", r#""old""#)]
    );
    assert_eq!(document.version, "v1");
    assert!(document.writable);
    let asked = json!({"SecretId": "acme", "VersionStage": "AWSCURRENT"});
    assert_eq!(sent(&store), [("GetSecretValue".to_owned(), asked)]);
}

#[test]
fn a_text_that_is_no_object_is_malformed() {
    let store = store(vec![version("v1", "[]", 0)]);
    assert_eq!(block_on(store.get("acme")).err(), Some(Kind::Malformed));
}

#[test]
fn the_managed_layout_is_not_written() {
    let managed = r#"{"consumerKey":"k","consumerSecret":"s","baseUri":"u"}"#;
    let store = store(vec![version("v1", managed, 0)]);
    block_on(async {
        assert!(!store.get("acme").await.ok().unwrap().writable);
        let changes = change("SessionId", Some("1"));
        let replaced = store.replace("acme", "v1", &changes).await;
        assert_eq!(replaced, Err(Kind::Denied));
    });
    assert_eq!(operations(&store), ["GetSecretValue"]);
}

#[test]
fn a_write_is_a_put_beside_the_current_version_and_a_move_from_it() {
    let store = store(vec![version("v1", TEXT, 0), done(), done()]);
    let next = block_on(async {
        store.get("acme").await.ok().unwrap();
        let changes = change("SessionId", Some("\"new\""));
        store.replace("acme", "v1", &changes).await.unwrap()
    });
    let [_, (put, put_body), (moved, moved_body)] = &sent(&store)[..] else {
        panic!("{:?}", operations(&store));
    };
    assert_eq!(put, "PutSecretValue");
    let text = r#"{ "Domain":"acme.my", "other":"CANARY-other" , "SessionId":"new"}"#;
    let expected = json!({"SecretId": "acme", "ClientRequestToken": next,
        "VersionStages": ["SF_NEXT"], "SecretString": text});
    assert_eq!(put_body, &expected);
    assert_eq!(moved, "UpdateSecretVersionStage");
    let expected = json!({"SecretId": "acme", "VersionStage": "AWSCURRENT",
        "RemoveFromVersionId": "v1", "MoveToVersionId": next});
    assert_eq!(moved_body, &expected);
}

#[test]
fn a_version_that_is_not_current_any_more_conflicts_and_nothing_is_written() {
    let store = store(vec![version("v2", TEXT, 0)]);
    let replaced = block_on(store.replace("acme", "v1", &change("SessionId", None)));
    assert_eq!(replaced, Err(Kind::Conflict));
    assert_eq!(operations(&store), ["GetSecretValue"]);
}

#[test]
fn what_would_change_nothing_or_is_not_to_be_changed_is_not_written() {
    for (changes, outcome, reads) in [
        (change("SessionId", Some("\"old\"")), Ok("v1".to_owned()), 1),
        (change("Instance", None), Ok("v1".to_owned()), 1),
        (change("Domain", Some("1")), Err(Kind::Denied), 0),
        (change("SessionId", Some("{")), Err(Kind::Malformed), 0),
    ] {
        let store = store(vec![version("v1", TEXT, 0)]);
        let replaced = block_on(store.replace("acme", "v1", &changes));
        assert_eq!(replaced, outcome);
        assert_eq!(operations(&store).len(), reads);
    }
}

/// A write whose move comes to these replies; then `current` is current.
fn after_move(replies: Vec<Reply>, current: Option<&str>) -> (Result<String, Kind>, Vec<String>) {
    let first = vec![version("v1", TEXT, 0), done()];
    let last = current.map(|id| version(id, TEXT, 0));
    let replies = first.into_iter().chain(replies).chain(last).collect();
    let store = store(replies);
    let changes = change("SessionId", Some("\"new\""));
    let replaced = block_on(store.replace("acme", "v1", &changes));
    (replaced, operations(&store))
}

#[test]
fn what_is_current_tells_whether_a_refused_move_worked() {
    let mine = version_id([1; 16]);
    let refusal = || refused("InvalidParameterException");
    let lost = || Reply::Unanswered(Unanswered::Lost);
    let failed = || Reply::Answer(answer(500, "{}"));
    for (replies, current, outcome) in [
        // A rival was faster.
        (vec![refusal()], "v2", Err(Kind::Conflict)),
        // A read that lags behind.
        (vec![refusal()], "v1", Err(Kind::Conflict)),
        // The first reply was lost, and the second attempt refused.
        (vec![lost(), refusal()], mine.as_str(), Ok(mine.clone())),
        (
            vec![failed(), failed(), failed()],
            "v1",
            Err(Kind::Unavailable),
        ),
        (vec![failed(), failed(), failed()], &mine, Ok(mine.clone())),
    ] {
        let (replaced, operations) = after_move(replies, Some(current));
        assert_eq!(replaced, outcome, "{current}: {operations:?}");
        assert_eq!(operations.last().unwrap(), "GetSecretValue");
    }
    let (replaced, operations) = after_move(vec![refused("AccessDeniedException")], None);
    assert_eq!(replaced, Err(Kind::Denied));
    assert_eq!(operations.last().unwrap(), "UpdateSecretVersionStage");
}

#[test]
fn a_claim_is_a_version_whose_id_all_compute_alike() {
    let store = store(vec![not_found(), version("v1", TEXT, 0), done(), done()]);
    block_on(async {
        assert_eq!(store.claim("acme", "k").await, Ok(Claimed::Won));
        store.release("acme", "other", None).await.unwrap();
        let refusal = || Some("invalid_client".to_owned());
        store.release("acme", "k", refusal()).await.unwrap();
        // It is released by now.
        store.release("acme", "k", refusal()).await.unwrap();
    });
    let [(_, first), _, (_, made), (_, ended)] = &sent(&store)[..] else {
        panic!("{:?}", operations(&store));
    };
    assert_eq!(first["VersionStage"], "SF_CLAIM");
    let refusal = Some("invalid_client".to_owned());
    for (put, note) in [
        (made, Note::made("k", 0, [0; 16])),
        (ended, Note::ended("k", 0, refusal, [0; 16])),
    ] {
        let id = note.id(ARN);
        assert_eq!(put["ClientRequestToken"], json!(id));
        assert_eq!(put["VersionStages"], json!(["SF_CLAIM"]));
        let sent = Note::read(put["SecretString"].as_str().unwrap()).unwrap();
        assert_eq!((&*sent.key, sent.released), ("k", note.released));
        assert_eq!(sent.refusal, note.refusal);
    }
}

/// A claim's note, or that of its end.
fn note(key: &str, generation: u32, released: bool) -> String {
    let note = match released {
        true => Note::ended(key, generation, Some("invalid_client".to_owned()), [9; 16]),
        false => Note::made(key, generation, [9; 16]),
    };
    note.to_text()
}

#[test]
fn a_claim_that_somebody_has_is_held_for_as_long_as_aws_says() {
    let note = |key, released| note(key, 0, released);
    let exists = || refused("ResourceExistsException");
    let seven = || Claimed::Held(Duration::from_secs(7));
    for (replies, key, claimed) in [
        (vec![version("c", &note("k", false), 7)], "k", seven()),
        // Another's claim of another key, and a rival for this one.
        (
            vec![
                version("c", &note("l", false), 99),
                exists(),
                not_found(),
                version("d", &note("k", false), 7),
            ],
            "k",
            seven(),
        ),
        // A policy that allows only the current stage.
        (
            vec![
                refused("AccessDeniedException"),
                version("v1", TEXT, 0),
                exists(),
                refused("AccessDeniedException"),
                refused("AccessDeniedException"),
            ],
            "k",
            Claimed::Held(Duration::ZERO),
        ),
        // Released, and so to be had once more.
        (
            vec![version("c", &note("k", true), 7), done()],
            "k",
            Claimed::Won,
        ),
    ] {
        let store = store(replies);
        assert_eq!(block_on(store.claim("acme", key)), Ok(claimed));
    }
}

#[test]
fn a_released_claim_is_known_by_its_own_note_whatever_was_claimed_since() {
    let note = |key, released| note(key, 0, released);
    let exists = || refused("ResourceExistsException");
    let seven = || Claimed::Held(Duration::from_secs(7));
    for (replies, key, claimed) in [
        // The rival's claim was released, and another key's took the stage along.
        (
            vec![
                version("c", &note("l", false), 99),
                exists(),
                version("r", &note("k", true), 9),
                not_found(),
                done(),
            ],
            "k",
            Claimed::Won,
        ),
        // Released for the last time.
        (
            vec![version("c", &self::note("k", 3, true), 7)],
            "k",
            Claimed::Spent {
                age: Duration::from_secs(7),
                refusal: Some("invalid_client".to_owned()),
            },
        ),
        // The same where another key's claim took the stage along.
        (
            vec![
                version("c", &note("l", false), 99),
                exists(),
                version("r", &note("k", true), 9),
                version("r", &note("k", true), 9),
                version("r", &note("k", true), 9),
                version("r", &self::note("k", 3, true), 7),
            ],
            "k",
            Claimed::Spent {
                age: Duration::from_secs(7),
                refusal: Some("invalid_client".to_owned()),
            },
        ),
        // What is known is that somebody has it.
        (
            vec![
                version("c", &note("l", false), 99),
                exists(),
                Reply::Answer(answer(500, "{}")),
                Reply::Answer(answer(500, "{}")),
                Reply::Answer(answer(500, "{}")),
                version("d", &note("k", false), 7),
            ],
            "k",
            seven(),
        ),
    ] {
        let store = store(replies);
        assert_eq!(block_on(store.claim("acme", key)), Ok(claimed));
    }
}

#[test]
fn a_claim_of_no_name_is_malformed_and_nothing_is_sent() {
    let store = store(vec![]);
    for key in ["", "a_b", &"k".repeat(65)] {
        assert_eq!(block_on(store.claim("acme", key)), Err(Kind::Malformed));
        let released = store.release("acme", key, None);
        assert_eq!(block_on(released), Err(Kind::Malformed));
    }
    let refusal = Some("a client's words".to_owned());
    let released = store.release("acme", "k", refusal);
    assert_eq!(block_on(released), Err(Kind::Malformed));
    assert_eq!(operations(&store), [""; 0]);
}

#[test]
fn a_store_that_throttles_all_the_time_says_so() {
    let throttled = || refused("ThrottlingException");
    let store = store(vec![throttled(), throttled(), throttled()]);
    let refused = block_on(store.get("acme")).err();
    assert_eq!(refused, Some(Kind::Throttled(None)));
    assert_eq!(operations(&store).len(), 3);
}

/// An agent's answer, good for so many seconds from the start of the fake clock.
fn handed_out(id: &str, good_for: &str) -> Reply {
    let body = json!({"AccessKeyId": id, "SecretAccessKey": "CANARY", "Expiration": good_for});
    Reply::Answer(answer(200, &body.to_string()))
}

#[test]
fn an_agent_is_asked_once_and_again_before_the_credentials_end() {
    let get = || version("v1", TEXT, 0);
    let down = || Reply::Unanswered(Unanswered::Refused);
    let replies = vec![
        handed_out("first", "2026-11-24T23:30:00Z"),
        get(),
        get(),
        handed_out("second", "2026-11-24T23:58:00Z"),
        get(),
        down(),
        get(),
        down(),
    ];
    let store = store_with(&[AGENT], replies);
    let minutes = |minutes: u64| store.platform.advance(Duration::from_secs(60 * minutes));
    let get = || block_on(store.get("acme")).err();
    assert_eq!(get(), None);
    minutes(24);
    assert_eq!(get(), None, "they last");
    minutes(2);
    assert_eq!(get(), None, "they end soon: others");
    minutes(30);
    assert_eq!(get(), None, "the agent is down, and they last a little yet");
    minutes(2);
    assert_eq!(get(), Some(Kind::Denied), "they have ended");
    let agent = "http://169.254.170.2/creds";
    let read = "GetSecretValue";
    assert_eq!(
        operations(&store),
        [agent, read, read, agent, read, agent, read, agent]
    );
}

#[test]
fn credentials_that_are_refused_are_not_kept() {
    let good_for = "2026-11-25T23:00:00Z";
    let replies = vec![
        handed_out("revoked", good_for),
        refused("ExpiredTokenException"),
        handed_out("other", good_for),
        version("v1", TEXT, 0),
    ];
    let store = store_with(&[AGENT], replies);
    assert_eq!(block_on(store.get("acme")).err(), Some(Kind::Denied));
    assert_eq!(block_on(store.get("acme")).err(), None);
}
