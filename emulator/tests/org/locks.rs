//! Records that somebody else seems to be writing.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{LockedRecord, RecordLock, Route};

use crate::session::Session;

const MANY: &str = "/services/data/v66.0/composite/sobjects";
const LOCKED: &str = "UNABLE_TO_LOCK_ROW";

fn message(id: &str) -> String {
    format!("unable to obtain exclusive access to this record or 1 records: {id}")
}

async fn lock(session: &Session, locks: &Value) {
    let reply = session.org.control("POST", "locks", locks).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

async fn names(session: &Session) -> Vec<String> {
    let soql = "SELECT Name FROM Account WHERE Site = 'lock' ORDER BY Name";
    let records = session.query(soql).await["records"].clone();
    let records = records.as_array().expect("records").iter();
    records
        .map(|record| record["Name"].as_str().expect("a name").to_owned())
        .collect()
}

async fn three(session: &Session) -> Vec<String> {
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        let body = json!({"Name": name, "Site": "lock"});
        ids.push(session.create("Account", &body).await);
    }
    ids
}

fn changes(ids: &[String], all_or_none: bool) -> Value {
    let records = ids.iter().map(|id| {
        json!({"attributes": {"type": "Account"}, "Id": id, "Name": format!("new {}", &id[14..15])})
    });
    json!({"allOrNone": all_or_none, "records": records.collect::<Vec<_>>()})
}

#[tokio::test]
async fn a_locked_row_of_a_collection_fails_and_the_others_are_saved() {
    let session = Session::start().await;
    let ids = three(&session).await;
    lock(&session, &json!([{"record": {"id": ids[1]}, "count": 1}])).await;
    let body = changes(&ids, false);
    let reply = session.send("PATCH", MANY, &body).await;
    assert_eq!(reply.status, StatusCode::OK);
    let saved = reply.json();
    assert_eq!(
        saved[1],
        json!({"success": false, "errors": [
            {"statusCode": LOCKED, "message": message(&ids[1]), "fields": []},
        ]})
    );
    for place in [0, 2] {
        assert_eq!(saved[place]["success"], true, "{saved}");
    }
    assert!(names(&session).await.contains(&"B".to_owned()));
    assert_eq!(session.writes(Route::UpdateMany), 2);
    // The lock is gone.
    let again = session.send("PATCH", MANY, &body).await.json();
    assert_eq!(again[1]["success"], true, "{again}");
}

#[tokio::test]
async fn a_locked_row_takes_all_of_them_back_if_it_is_all_or_none() {
    let session = Session::start().await;
    let ids = three(&session).await;
    lock(&session, &json!([{"record": {"id": ids[1]}, "count": 1}])).await;
    let saved = session
        .send("PATCH", MANY, &changes(&ids, true))
        .await
        .json();
    assert_eq!(saved[1]["errors"][0]["statusCode"], LOCKED);
    assert_eq!(names(&session).await, ["A", "B", "C"]);
}

#[tokio::test]
async fn a_record_is_locked_for_each_resource_that_writes_it() {
    let session = Session::start().await;
    let ids = three(&session).await;
    let id = &ids[0];
    lock(&session, &json!([{"record": {"id": id}, "count": 4}])).await;
    let row = format!("Account/{id}");
    let error = format!("{LOCKED}: {}", message(id));
    for (method, body) in [("PATCH", json!({"Name": "D"})), ("DELETE", Value::Null)] {
        let reply = session.row(method, &row, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(reply.error(), error);
        assert_eq!(reply.json()[0]["fields"], json!([]));
    }
    let shown = format!("/services/data/v66.0/ui-api/records/{id}");
    let reply = session
        .send("PATCH", &shown, &json!({"fields": {"Name": "D"}}))
        .await;
    let error = reply.json()["output"]["errors"][0].clone();
    assert_eq!(error["errorCode"], LOCKED, "{error}");
    // A child locks its parent.
    let contact = json!({"LastName": "B", "AccountId": id});
    let reply = session.row("POST", "Contact", &contact).await;
    assert_eq!(reply.error(), format!("{LOCKED}: {}", message(id)));
    let reads = session.row("GET", &row, &Value::Null).await;
    assert_eq!(reads.status, StatusCode::OK);
    session.create("Contact", &contact).await;
    assert_eq!(names(&session).await, ["A", "B", "C"]);
}

#[tokio::test]
async fn records_can_be_locked_by_a_value() {
    let session = Session::start().await;
    let ids = three(&session).await;
    let record = json!({"object": "Account", "field": "Name", "value": "B"});
    lock(&session, &json!([{"record": record}])).await;
    let saved = session
        .send("PATCH", MANY, &changes(&ids, false))
        .await
        .json();
    assert_eq!(saved[1]["errors"][0]["message"], message(&ids[1]));
    assert_eq!(
        (&saved[0]["success"], &saved[2]["success"]),
        (&json!(true), &json!(true))
    );
    // A new record has no id yet.
    let new = |name: &str| json!({"attributes": {"type": "Account"}, "Name": name, "Site": "lock"});
    let body = json!({"records": [new("D"), new("B"), new("E")]});
    let saved = session.send("POST", MANY, &body).await.json();
    assert_eq!(
        saved[1]["errors"][0]["message"],
        "unable to obtain exclusive access to this record"
    );
    assert_eq!(
        (&saved[0]["success"], &saved[2]["success"]),
        (&json!(true), &json!(true))
    );
    // Without a count it stays until it is removed.
    let row = format!("Account/{}", ids[1]);
    let reply = session.row("DELETE", &row, &Value::Null).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    session.org.control("DELETE", "locks", &Value::Null).await;
    let reply = session.row("DELETE", &row, &Value::Null).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
}

#[tokio::test]
async fn a_write_that_a_lock_refused_can_have_its_key_again() {
    let session = Session::start().await;
    let lock = RecordLock {
        record: LockedRecord::Value {
            object: "Account".to_owned(),
            field: "Name".to_owned(),
            value: "A".into(),
        },
        count: Some(1),
    };
    let control = session.org.emulator.control();
    control.lock(vec![lock]).expect("a lock");
    let headers = [("idempotency-key", "12cfe4e6-e477-4de8-aa4e-95d31aa2be24")];
    let body = json!({"apiName": "Account", "fields": {"Name": "A", "Site": "lock"}});
    let path = "/services/data/v66.0/ui-api/records";
    for status in [
        StatusCode::BAD_REQUEST,
        StatusCode::CREATED,
        StatusCode::CREATED,
    ] {
        let reply = session.send_with("POST", path, &headers, &body).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    assert_eq!(names(&session).await, ["A"]);
}

#[tokio::test]
async fn jobs_meet_locks_row_by_row() {
    let session = Session::start().await;
    let ids = three(&session).await;
    lock(&session, &json!([{"record": {"id": ids[1]}, "count": 1}])).await;
    let jobs = "/services/data/v66.0/jobs/ingest";
    let job = json!({"object": "Account", "operation": "update"});
    let job = session.send("POST", jobs, &job).await.json();
    let job = format!("{jobs}/{}", job["id"].as_str().expect("an id"));
    let csv = format!("Id,Name\n{},D\n{},E\n", ids[0], ids[1]);
    let upload = session.request("PUT", &format!("{job}/batches"), &[], &json!(csv));
    let upload = crate::client::with(upload, "content-type", "text/csv");
    assert_eq!(session.org.send(upload).await.status, StatusCode::CREATED);
    session
        .send("PATCH", &job, &json!({"state": "UploadComplete"}))
        .await;
    let failed = session
        .send("GET", &format!("{job}/failedResults"), &Value::Null)
        .await;
    assert!(failed.text().contains(LOCKED), "{}", failed.text());
    assert_eq!(names(&session).await, ["B", "C", "D"]);
}

#[tokio::test]
async fn a_reset_removes_locks() {
    let mut session = Session::start().await;
    let record = json!({"object": "Account", "field": "Name", "value": "A"});
    lock(&session, &json!([{"record": record}])).await;
    session.org.control("POST", "reset", &Value::Null).await;
    session.token = session.org.log_in().await;
    session.create("Account", &json!({"Name": "A"})).await;
}
