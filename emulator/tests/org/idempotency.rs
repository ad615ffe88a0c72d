//! Writes with an `Idempotency-Key`.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{Effect, Emulator, Fault, FaultRoute, Route, SchemaFile};

use crate::client::{Org, Reply};
use crate::session::Session;

const RECORDS: &str = "/services/data/v66.0/ui-api/records";
const KEY: &str = "12cfe4e6-e477-4de8-aa4e-95d31aa2be24";
const OTHER_KEY: &str = "22cfe4e6-e477-4de8-aa4e-95d31aa2be24";

/// The time for which a key is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn account(name: &str) -> Value {
    json!({"apiName": "Account", "fields": {"Name": name}})
}

/// Sends a write with a key.
async fn keyed(session: &Session, method: &str, path: &str, key: &str, body: &Value) -> Reply {
    let headers = [("idempotency-key", key)];
    session.send_with(method, path, &headers, body).await
}

/// Sends a create with a key.
async fn create(session: &Session, key: &str, name: &str) -> Reply {
    keyed(session, "POST", RECORDS, key, &account(name)).await
}

async fn accounts(session: &Session, name: &str) -> Value {
    let soql = format!("SELECT COUNT() FROM Account WHERE Name = '{name}'");
    session.query(&soql).await["totalSize"].clone()
}

fn fault(session: &Session, route: Route, effect: Effect) {
    let fault = Fault {
        route: FaultRoute::Only(route),
        skip: 0,
        count: Some(1),
        effect,
    };
    let control = session.org.emulator.control();
    control.faults(vec![fault]).expect("a fault");
}

/// Sends a create whose connection breaks.
async fn cut(session: &Session, key: &str, name: &str) {
    let request = session.request("POST", RECORDS, &[("idempotency-key", key)], &account(name));
    let mut connection = session.org.connect().await.expect("a connection");
    assert!(connection.send(request).await.is_err());
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_does_nothing() {
    let session = Session::start().await;
    let first = create(&session, KEY, "Zimt").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let again = create(&session, KEY, "Zimt").await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(accounts(&session, "Zimt").await, 1);
    assert_eq!(session.writes(Route::CreateUiRecord), 1);
    // Every request counts against the daily limit.
    assert_ne!(
        again.header("sforce-limit-info"),
        first.header("sforce-limit-info")
    );
    // Another key is another write, and so is a request without one.
    let other = create(&session, OTHER_KEY, "Zimt").await;
    assert_ne!(other.json()["id"], first.json()["id"]);
    let without = session.send("POST", RECORDS, &account("Zimt")).await;
    assert_eq!(without.status, StatusCode::CREATED);
    assert_eq!(accounts(&session, "Zimt").await, 3);
}

#[tokio::test]
async fn changes_and_deletes_are_repeated_too() {
    let session = Session::start().await;
    let record = session.send("POST", RECORDS, &account("Zimt")).await.json();
    let path = format!("{RECORDS}/{}", record["id"].as_str().expect("an id"));
    let anis = json!({"fields": {"Name": "Anis"}});
    let first = keyed(&session, "PATCH", &path, KEY, &anis).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    // Somebody else changes the record; the repeat does not undo that.
    let later = json!({"fields": {"Name": "Later"}});
    session.send("PATCH", &path, &later).await;
    let again = keyed(&session, "PATCH", &path, KEY, &anis).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(accounts(&session, "Later").await, 1);

    for _ in 0..2 {
        let deleted = keyed(&session, "DELETE", &path, OTHER_KEY, &Value::Null).await;
        assert_eq!(
            (deleted.status, deleted.text()),
            (StatusCode::NO_CONTENT, "")
        );
    }
    assert_eq!(session.writes(Route::UpdateUiRecord), 2);
    assert_eq!(session.writes(Route::DeleteUiRecord), 1);
}

#[tokio::test]
async fn a_key_of_something_else_is_refused() {
    let session = Session::start().await;
    let first = create(&session, KEY, "Zimt").await.json();
    let id = first["id"].as_str().expect("an id");
    let path = format!("{RECORDS}/{id}");
    let flagged = format!("{RECORDS}?useDefaultRule=true");
    let older = RECORDS.replace("v66.0", "v65.0");
    for (method, path, body) in [
        ("POST", RECORDS, account("Anis")),
        ("POST", &flagged, account("Zimt")),
        ("POST", &older, account("Zimt")),
        ("PATCH", &path, json!({"fields": {"Name": "Anis"}})),
        ("DELETE", &path, Value::Null),
    ] {
        let reply = keyed(&session, method, path, KEY, &body).await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{method} {path}"
        );
    }
    assert_eq!(accounts(&session, "Anis").await, 0);
    assert_eq!(accounts(&session, "Zimt").await, 1);
    // The first answer is still there.
    assert_eq!(create(&session, KEY, "Zimt").await.json(), first);
}

#[tokio::test]
async fn a_key_of_another_user_is_refused() {
    let session = Session::start().await;
    let used = session
        .org
        .control("POST", "idempotency-keys", &json!([KEY]))
        .await;
    assert_eq!(used.status, StatusCode::OK, "{}", used.text());
    let reply = create(&session, KEY, "Zimt").await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(reply.header("retry-after"), "", "it will not help to wait");
    assert_eq!(accounts(&session, "Zimt").await, 0);
    let wrong = session
        .org
        .control("POST", "idempotency-keys", &json!([OTHER_KEY, "x"]))
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let keys = session
        .org
        .control("GET", "idempotency-keys", &Value::Null)
        .await;
    assert_eq!(keys.json(), json!({"keys": 1}));
}

#[tokio::test]
async fn only_uuids_of_version_4_are_keys_of_records_that_can_have_one() {
    let session = Session::start().await;
    for key in ["", "1", "12cfe4e6-e477-1de8-aa4e-95d31aa2be24"] {
        let reply = create(&session, key, "Zimt").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{key}");
        assert!(reply.error().starts_with("INVALID_HEADER: "));
    }
    let task = json!({"apiName": "Task", "fields": {"Subject": "A"}});
    let reply = keyed(&session, "POST", RECORDS, KEY, &task).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.error().starts_with("IDEMPOTENCY_NOT_SUPPORTED: "));
    session
        .org
        .control("POST", "org", &json!({"idempotent_writes": false}))
        .await;
    let reply = create(&session, KEY, "Zimt").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.error().starts_with("IDEMPOTENCY_NOT_SUPPORTED: "));
    assert_eq!(accounts(&session, "Zimt").await, 0);
    assert_eq!(session.org.emulator.control().idempotency_keys(), 0);
    // Without the header nothing is refused.
    let reply = session.send("POST", RECORDS, &account("Zimt")).await;
    assert_eq!(reply.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_write_whose_answer_was_cut_is_found_by_its_repeat() {
    let session = Session::start().await;
    fault(&session, Route::CreateUiRecord, Effect::CutAnswer);
    cut(&session, KEY, "Zimt").await;
    assert_eq!(accounts(&session, "Zimt").await, 1);
    let again = create(&session, KEY, "Zimt").await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text());
    assert_eq!(again.json()["fields"]["Name"]["value"], "Zimt");
    assert_eq!(accounts(&session, "Zimt").await, 1);
    assert_eq!(session.writes(Route::CreateUiRecord), 1);
}

#[tokio::test]
async fn a_write_that_did_not_arrive_is_carried_out_when_it_is_repeated() {
    let session = Session::start().await;
    fault(&session, Route::CreateUiRecord, Effect::Cut);
    cut(&session, KEY, "Zimt").await;
    assert_eq!(accounts(&session, "Zimt").await, 0);
    let again = create(&session, KEY, "Zimt").await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text());
    assert_eq!(accounts(&session, "Zimt").await, 1);
}

#[tokio::test]
async fn a_write_that_was_cut_off_a_moment_ago_is_under_way() {
    let session = Session::start().await;
    let control = session.org.emulator.control();
    // Longer than this test takes: the org's clock is moved.
    fault(&session, Route::CreateUiRecord, Effect::CutUnderWay(60_000));
    cut(&session, KEY, "Zimt").await;
    for _ in 0..2 {
        let reply = create(&session, KEY, "Zimt").await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
        let wait: u64 = reply.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert_eq!(accounts(&session, "Zimt").await, 0);
    control
        .advance_clock(Duration::from_millis(60_000))
        .expect("an hour at most");
    let reply = create(&session, KEY, "Zimt").await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(accounts(&session, "Zimt").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_held_is_under_way() {
    let session = std::sync::Arc::new(Session::start().await);
    fault(&session, Route::CreateUiRecord, Effect::Hold);
    let held = std::sync::Arc::clone(&session);
    let held = tokio::spawn(async move { create(&held, KEY, "Zimt").await });
    let control = session.org.emulator.control();
    control.until_held(1).await;
    let reply = create(&session, KEY, "Zimt").await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
    assert_eq!(reply.header("retry-after"), "1");
    let other = create(&session, KEY, "Anis").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    control.release();
    let first = held.await.expect("an attempt");
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_eq!(create(&session, KEY, "Zimt").await.body, first.body);
    assert_eq!(session.writes(Route::CreateUiRecord), 1);
}

/// Of many attempts at once one is carried out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_at_the_same_time_write_once() {
    let session = std::sync::Arc::new(Session::start().await);
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let session = std::sync::Arc::clone(&session);
            tokio::spawn(async move { create(&session, KEY, "Zimt").await })
        })
        .collect();
    for attempt in attempts {
        let reply = attempt.await.expect("an attempt");
        match reply.status {
            StatusCode::CREATED => assert_eq!(reply.json()["apiName"], "Account"),
            status => {
                assert_eq!(status, StatusCode::CONFLICT);
                assert_eq!(reply.header("retry-after"), "1");
            }
        }
    }
    assert_eq!(accounts(&session, "Zimt").await, 1);
    assert_eq!(session.writes(Route::CreateUiRecord), 1);
}

#[tokio::test]
async fn a_write_that_failed_can_be_sent_again() {
    let session = Session::start().await;
    let wrong = json!({"apiName": "Account", "fields": {}});
    let refused = keyed(&session, "POST", RECORDS, KEY, &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let reply = create(&session, KEY, "Zimt").await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
}

#[tokio::test]
async fn a_key_counts_as_new_after_thirty_days() {
    let mut session = Session::start().await;
    let first = create(&session, KEY, "Zimt").await.json();
    let control = session.org.emulator.control();
    let minute = Duration::from_secs(60);
    control.advance_clock(KEPT - minute).expect("in its range");
    session.token = session.org.log_in().await;
    assert_eq!(create(&session, KEY, "Zimt").await.json(), first);
    control.advance_clock(minute).expect("in its range");
    let reply = create(&session, KEY, "Zimt").await;
    assert_eq!(reply.status, StatusCode::CREATED);
    assert_ne!(reply.json()["id"], first["id"]);
    assert_eq!(accounts(&session, "Zimt").await, 2);
}

#[tokio::test]
async fn a_reset_forgets_every_key() {
    let mut session = Session::start().await;
    create(&session, KEY, "Zimt").await;
    let control = session.org.emulator.control();
    assert_eq!(control.idempotency_keys(), 1);
    control.reset().expect("a reset");
    assert_eq!(control.idempotency_keys(), 0);
    session.token = session.org.log_in().await;
    let reply = create(&session, KEY, "Anis").await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
}

/// The write succeeds, and its repeat writes again.
#[tokio::test]
async fn an_answer_of_more_than_nine_megabytes_is_not_kept() {
    const FIELDS: usize = 75;
    const LENGTH: usize = 131_072;
    let mut schema = "version = 1\n[objects.Long__c.fields]\n".to_owned();
    let mut fields = json!({});
    for number in 0..FIELDS {
        schema.push_str(&format!(
            "T{number}__c = {{ type = \"textarea\", length = {LENGTH} }}\n"
        ));
        fields[format!("T{number}__c")] = "x".repeat(LENGTH).into();
    }
    let builder = Emulator::builder().schema(SchemaFile::toml("s.toml", &schema));
    let session = Session::start_with(Org::start_with(builder).await).await;
    let body = json!({"apiName": "Long__c", "fields": fields});
    let mut ids = Vec::new();
    for _ in 0..2 {
        let reply = keyed(&session, "POST", RECORDS, KEY, &body).await;
        assert_eq!(reply.status, StatusCode::CREATED);
        assert!(reply.body.len() > 9 * 1_024 * 1_024);
        ids.push(reply.json()["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}
