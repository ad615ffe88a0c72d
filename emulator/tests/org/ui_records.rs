//! Records in the User Interface API.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Route;

use crate::session::Session;

const RECORDS: &str = "/services/data/v66.0/ui-api/records";

fn account(fields: &Value) -> Value {
    json!({"apiName": "Account", "fields": fields})
}

async fn created(session: &Session, body: &Value) -> Value {
    let reply = session.send("POST", RECORDS, body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    reply.json()
}

fn path(record: &Value) -> String {
    format!("{RECORDS}/{}", record["id"].as_str().expect("an id"))
}

async fn names(session: &Session, name: &str) -> Value {
    let soql = format!("SELECT COUNT() FROM Account WHERE Name = '{name}'");
    session.query(&soql).await["totalSize"].clone()
}

#[tokio::test]
async fn a_new_record_is_answered_as_people_see_it() {
    let session = Session::start().await;
    let fields = json!({"Name": "Zimt", "AnnualRevenue": 1234.5, "Industry": "Energy"});
    let record = created(&session, &account(&fields)).await;
    let members: Vec<&str> = record
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        members,
        [
            "apiName",
            "childRelationships",
            "eTag",
            "fields",
            "id",
            "lastModifiedById",
            "lastModifiedDate",
            "recordTypeId",
            "recordTypeInfo",
            "systemModstamp",
            "weakEtag",
        ]
    );
    assert_eq!(record["apiName"], "Account");
    for (name, value, display) in [
        ("Name", json!("Zimt"), Value::Null),
        ("AnnualRevenue", json!(1234.5), json!("$1,234.50")),
        ("Industry", json!("Energy"), json!("Energy")),
    ] {
        assert_eq!(
            record["fields"][name],
            json!({"displayValue": display, "value": value})
        );
    }
    let owner = &record["fields"]["Owner"];
    assert_eq!(owner["value"]["id"], record["fields"]["OwnerId"]["value"]);
    assert_eq!(
        owner["displayValue"],
        owner["value"]["fields"]["Name"]["value"]
    );
    let stamp = record["systemModstamp"].as_str().expect("an instant");
    assert!(stamp.ends_with('Z'), "{stamp}");
    let stamp: jiff::Timestamp = stamp.parse().expect("an instant");
    assert_eq!(record["weakEtag"], stamp.as_millisecond());
}

#[tokio::test]
async fn a_record_is_created_read_changed_and_deleted() {
    let session = Session::start().await;
    let fields = json!({"Name": "Zimt", "Industry": "Energy"});
    let record = created(&session, &account(&fields)).await;
    let path = path(&record);
    assert_eq!(
        session.send("GET", &path, &Value::Null).await.json(),
        record
    );
    let changed = session
        .send("PATCH", &path, &json!({"fields": {"Name": "Anis"}}))
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["fields"]["Name"]["value"], "Anis");
    assert_eq!(changed["fields"]["Industry"]["value"], "Energy");
    assert_ne!(changed["eTag"], record["eTag"]);

    let deleted = session.send("DELETE", &path, &Value::Null).await;
    assert_eq!(
        (deleted.status, deleted.text()),
        (StatusCode::NO_CONTENT, "")
    );
    for method in ["GET", "DELETE"] {
        let reply = session.send(method, &path, &Value::Null).await;
        assert_eq!(
            (reply.status, reply.error().as_str()),
            (
                StatusCode::NOT_FOUND,
                "ENTITY_IS_DELETED: entity is deleted"
            )
        );
    }
    for route in [
        Route::CreateUiRecord,
        Route::UpdateUiRecord,
        Route::DeleteUiRecord,
    ] {
        assert_eq!(session.writes(route), 1, "{route:?}");
    }
}

#[tokio::test]
async fn the_fields_of_an_answer_can_be_chosen() {
    let session = Session::start().await;
    let record = created(&session, &account(&json!({"Name": "Zimt"}))).await;
    let path = path(&record);
    let chosen =
        format!("{path}?fields=account.name,Account.Id&optionalFields=Account.Phone,Account.Foo");
    let chosen = session.send("GET", &chosen, &Value::Null).await.json();
    let names: Vec<&String> = chosen["fields"]
        .as_object()
        .expect("fields")
        .keys()
        .collect();
    assert_eq!(names, ["Id", "Name", "Phone"]);
    for wrong in ["Account.Foo", "Name", "Contact.Name"] {
        let reply = session
            .send("GET", &format!("{path}?fields={wrong}"), &Value::Null)
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(reply.error().starts_with("INVALID_FIELD: "), "{wrong}");
    }
    let spanning = format!("{path}?fields=Account.Owner.Name");
    let reply = session.send("GET", &spanning, &Value::Null).await;
    assert!(reply.error().starts_with("EMULATOR_UNSUPPORTED: "));
}

#[tokio::test]
async fn a_record_has_an_entity_tag() {
    let session = Session::start().await;
    let fields = json!({"apiName": "Contact", "fields": {"LastName": "A"}});
    let path = path(&created(&session, &fields).await);
    let reply = session.send("GET", &path, &Value::Null).await;
    let tag = reply.header("etag").to_owned();
    let quoted = format!("\"{}\"", reply.json()["eTag"].as_str().expect("a tag"));
    assert_eq!(tag, quoted);
    let asked = [("if-none-match", tag.as_str())];
    let known = session.send_with("GET", &path, &asked, &Value::Null).await;
    assert_eq!((known.status, known.text()), (StatusCode::NOT_MODIFIED, ""));
    session
        .send("PATCH", &path, &json!({"fields": {"FirstName": "B"}}))
        .await;
    let changed = session.send_with("GET", &path, &asked, &Value::Null).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), tag);
}

/// The code of the error in the form that the guide calls "Error with Output".
fn code(body: &Value, field: Option<&str>) -> String {
    assert_eq!(body["enhancedErrorType"], "RecordError", "{body}");
    let output = &body["output"];
    let error = match field {
        Some(field) => &output["fieldErrors"][field][0],
        None => &output["errors"][0],
    };
    error["errorCode"].as_str().expect("a code").to_owned()
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused_as_elsewhere() {
    let session = Session::start().await;
    let record = created(&session, &account(&json!({"Name": "Zimt"}))).await;
    let path = path(&record);
    for (fields, field, expected) in [
        (json!({}), Some("Name"), "REQUIRED_FIELD_MISSING"),
        (
            json!({"Name": "A", "CreatedDate": "2020-01-01T00:00:00Z"}),
            Some("CreatedDate"),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (json!({"Name": "A", "Foo": 1}), None, "INVALID_FIELD"),
        (json!({"Name": "A", "Id": "1"}), None, "INVALID_FIELD"),
        (
            json!({"Name": "x".repeat(256)}),
            Some("Name"),
            "STRING_TOO_LONG",
        ),
    ] {
        let reply = session.send("POST", RECORDS, &account(&fields)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{fields}");
        assert_eq!(code(&reply.json(), field), expected, "{fields}");
    }
    let reply = session
        .send("PATCH", &path, &json!({"fields": {"Name": null}}))
        .await;
    assert_eq!(code(&reply.json(), Some("Name")), "REQUIRED_FIELD_MISSING");
    // One was created, and none changed.
    assert_eq!(session.writes(Route::CreateUiRecord), 1);
    assert_eq!(session.writes(Route::UpdateUiRecord), 0);
    assert_eq!(names(&session, "A").await, 0);
    let kept = session.send("GET", &path, &Value::Null).await;
    assert_eq!(kept.json(), record);
}

#[tokio::test]
async fn requests_that_say_something_else_are_refused() {
    let session = Session::start().await;
    let record = created(&session, &account(&json!({"Name": "Zimt"}))).await;
    let path = path(&record);
    let flagged = format!("{RECORDS}?allowSaveOnDuplicate=maybe");
    let name = json!({"Name": "A"});
    for (method, path, body, error) in [
        ("POST", RECORDS, json!({"fields": name}), "INVALID_INPUT"),
        (
            "POST",
            RECORDS,
            json!({"apiName": "Account"}),
            "JSON_PARSER_ERROR",
        ),
        (
            "POST",
            RECORDS,
            json!({"apiName": "Account", "fields": name, "more": 1}),
            "JSON_PARSER_ERROR",
        ),
        ("POST", &flagged, account(&name), "INVALID_PARAMETER"),
        ("PATCH", &path, account(&name), "INVALID_INPUT"),
        (
            "POST",
            RECORDS,
            json!({"apiName": "Task", "fields": {"Subject": "A"}}),
            "INVALID_TYPE: Object Task is not supported in UI API",
        ),
        (
            "POST",
            RECORDS,
            json!({"apiName": "Nothing", "fields": {}}),
            "INVALID_TYPE: Object Nothing is not supported in UI API",
        ),
        (
            "PATCH",
            &format!("{RECORDS}/00T000000000001AAA"),
            json!({"fields": {}}),
            "INVALID_TYPE: Object Task is not supported in UI API",
        ),
        (
            "DELETE",
            &format!("{RECORDS}/x"),
            Value::Null,
            "MALFORMED_ID: malformed id x",
        ),
    ] {
        let reply = session.send(method, path, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{method} {body}");
        assert!(reply.error().starts_with(error), "{}", reply.error());
    }
    let nothing = format!("{RECORDS}/001Sb00000zzzzz");
    for method in ["GET", "PATCH", "DELETE"] {
        let reply = session.send(method, &nothing, &json!({"fields": {}})).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{method}");
    }
    let unserved = session
        .send("POST", &format!("{RECORDS}/batch"), &json!({}))
        .await;
    assert!(unserved.error().starts_with("EMULATOR_UNSUPPORTED: "));
    assert_eq!(session.writes(Route::CreateUiRecord), 1);
    assert_eq!(names(&session, "A").await, 0);
}

#[tokio::test]
async fn flags_of_a_write_are_known() {
    let session = Session::start().await;
    for flag in [
        "allowSaveOnDuplicate",
        "useDefaultRule",
        "triggerUserEmail",
        "triggerOtherEmail",
        "handleOwnerChange",
        "unknown",
    ] {
        let path = format!("{RECORDS}?{flag}=true");
        let reply = session
            .send("POST", &path, &account(&json!({"Name": "Zimt"})))
            .await;
        assert_eq!(reply.status, StatusCode::CREATED, "{flag}");
    }
}

#[tokio::test]
async fn an_update_is_refused_if_the_record_was_modified() {
    let session = Session::start().await;
    let record = created(&session, &account(&json!({"Name": "Zimt"}))).await;
    let path = path(&record);
    let body = json!({"fields": {"Name": "Anis"}});
    let modified = record["weakEtag"].as_i64().expect("milliseconds") / 1_000;
    let date = |second: i64| {
        let instant = jiff::Timestamp::from_second(second).expect("an instant");
        instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    for (since, status) in [
        (date(modified - 1), StatusCode::PRECONDITION_FAILED),
        ("yesterday".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let headers = [("if-modified-since", since.as_str())];
        let reply = session.send_with("PATCH", &path, &headers, &body).await;
        assert_eq!(reply.status, status, "{since}");
    }
    assert_eq!(session.writes(Route::UpdateUiRecord), 0);
    let since = date(modified);
    let headers = [("if-modified-since", since.as_str())];
    let reply = session.send_with("PATCH", &path, &headers, &body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn no_record_of_this_api_is_a_part_of_a_composite_request() {
    let session = Session::start().await;
    let part = json!({"compositeRequest": [{
        "method": "POST", "url": RECORDS, "referenceId": "a",
        "body": account(&json!({"Name": "Zimt"})),
    }]});
    let reply = session
        .send("POST", "/services/data/v66.0/composite", &part)
        .await;
    let answer = reply.json()["compositeResponse"][0].clone();
    assert_eq!(answer["httpStatusCode"], 400, "{answer}");
    assert_eq!(names(&session, "Zimt").await, 0);
}
