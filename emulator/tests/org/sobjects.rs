//! Records, written and read one at a time.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{Emulator, Route, SchemaFile};

use crate::client::Org;
use crate::session::{ROWS, Session};

#[tokio::test]
async fn a_record_lives_from_its_creation_to_the_recycle_bin() {
    let session = Session::start().await;
    let body = json!({"Name": "Zimt", "AnnualRevenue": 5});
    let reply = session.row("POST", "account", &body).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let id = reply.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        reply.text(),
        format!(r#"{{"id":"{id}","success":true,"errors":[]}}"#)
    );
    assert_eq!(reply.header("location"), format!("{ROWS}/Account/{id}"));
    let row = format!("Account/{id}");

    let all = session.row("GET", &row, &Value::Null).await.json();
    assert_eq!(
        (&all["Name"], &all["IsDeleted"]),
        (&json!("Zimt"), &json!(false))
    );
    assert_eq!(all["attributes"]["url"], format!("{ROWS}/Account/{id}"));
    let some = format!("Account/{}?fields=name,BillingAddress", &id[..15]);
    let some = session.row("GET", &some, &Value::Null).await;
    assert!(
        some.text().ends_with(&format!(
            r#""Name":"Zimt","BillingAddress":null,"Id":"{id}"}}"#
        )),
        "{}",
        some.text()
    );

    let control = session.org.emulator.control();
    let later = std::time::Duration::from_secs(60);
    control.advance_clock(later).expect("a minute");
    let changed = session
        .row("PATCH", &row, &json!({"Name": "Anis", "Phone": "1"}))
        .await;
    assert_eq!(
        (changed.status, changed.text()),
        (StatusCode::NO_CONTENT, "")
    );
    let soql = "SELECT Name, Phone, AnnualRevenue, CreatedDate, SystemModstamp FROM Account WHERE Name = 'Anis'";
    let found = &session.query(soql).await["records"][0];
    assert_eq!(
        (&found["Phone"], &found["AnnualRevenue"]),
        (&json!("1"), &json!(5.0))
    );
    assert!(found["SystemModstamp"].as_str() > found["CreatedDate"].as_str());

    let deleted = session.row("DELETE", &row, &Value::Null).await;
    assert_eq!(
        (deleted.status, deleted.text()),
        (StatusCode::NO_CONTENT, "")
    );
    for method in ["GET", "PATCH", "DELETE"] {
        let reply = session.row(method, &row, &json!({})).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert_eq!(
            reply.text(),
            r#"[{"message":"entity is deleted","errorCode":"ENTITY_IS_DELETED","fields":[]}]"#
        );
    }
    assert_eq!(session.query(soql).await["totalSize"], 0);
    for (route, writes) in [(Route::Create, 1), (Route::Update, 1), (Route::Delete, 1)] {
        assert_eq!(session.writes(route), writes, "{route:?}");
    }
}

#[tokio::test]
async fn an_external_id_finds_a_record_or_makes_it() {
    let session = Session::start().await;
    for (value, path) in [
        ("E 1", "E%201"),
        ("a/b", "a%2Fb"),
        ("%2F", "%252F"),
        ("é+", "%C3%A9+"),
    ] {
        let row = format!("Contact/ext__C/{path}");
        let missing = session.row("GET", &row, &Value::Null).await;
        assert_eq!(
            missing.error(),
            "NOT_FOUND: The requested resource does not exist"
        );
        let only = format!("{row}?updateOnly=true");
        let refused = session.row("PATCH", &only, &json!({"LastName": "A"})).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        let new = session.row("PATCH", &row, &json!({"LastName": "A"})).await;
        assert_eq!(new.status, StatusCode::CREATED, "{}", new.text());
        assert_eq!(new.json()["created"], true);
        let again = session.row("PATCH", &row, &json!({"FirstName": "B"})).await;
        assert_eq!(
            (again.status, &again.json()["created"]),
            (StatusCode::OK, &json!(false))
        );
        let found = session.row("GET", &row, &Value::Null).await.json();
        assert_eq!(
            (&found["Ext__c"], &found["Name"]),
            (&json!(value), &json!("B A"))
        );
        let old = format!("/services/data/v45.0/sobjects/{row}");
        let old = session.send("PATCH", &old, &json!({"Title": "C"})).await;
        assert_eq!((old.status, old.text()), (StatusCode::NO_CONTENT, ""));
        let gone = session.row("DELETE", &row, &Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(session.writes(Route::Upsert), 12);
    assert_eq!(session.writes(Route::DeleteByExternalId), 4);
}

#[tokio::test]
async fn an_external_id_that_is_not_unique_can_find_several_records() {
    let schema = "version = 1\n[objects.Account.fields]\n\
                  Twin__c = { type = \"string\", externalId = true }\n";
    let builder = Emulator::builder().schema(SchemaFile::toml("s.toml", schema));
    let session = Session::start_with(Org::start_with(builder).await).await;
    let twin = json!({"Name": "A", "Twin__c": "2"});
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(session.create("Account", &twin).await);
    }
    for method in ["GET", "PATCH", "DELETE"] {
        let reply = session.row(method, "Account/Twin__c/2", &json!({})).await;
        assert_eq!(reply.status, StatusCode::MULTIPLE_CHOICES);
        let urls: Vec<String> = ids
            .iter()
            .map(|id| format!("{ROWS}/Account/{id}"))
            .collect();
        assert_eq!(reply.json(), json!(urls));
    }
}

/// Method and row, body, status and error.
type Refusal<'a> = (&'a str, &'a str, &'a str);

async fn refused(session: &Session, refusals: &[Refusal<'_>]) {
    for (request, body, expected) in refusals {
        let (method, row) = request.split_once(' ').expect("a method and a row");
        let reply = session.row(method, row, &json!(body)).await;
        let refusal = format!("{} {}", reply.status.as_u16(), reply.error());
        assert_eq!(refusal, *expected, "{request} {body}");
    }
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_in_salesforces_words() {
    const NO_BODY: &str = "400 JSON_PARSER_ERROR: The HTTP entity body is required, but this request has \
                           no entity body.";
    let session = Session::start().await;
    let body = json!({"Name": "A", "Ext__c": "1"});
    let id = session.create("Account", &body).await;
    let twin = format!(
        "400 DUPLICATE_VALUE: duplicate value found: Ext__c duplicates value on record with id: {id}"
    );
    let missing = "400 REQUIRED_FIELD_MISSING: Required fields are missing: [Name]";
    let no_account = r#"{"LastName": "B", "AccountId": "001Sb00000zzzzz"}"#;
    refused(
        &session,
        &[
            (
                "POST Nothing",
                "{}",
                "404 NOT_FOUND: The requested resource does not exist",
            ),
            ("POST Account", "", NO_BODY),
            ("POST Account", "{}", missing),
            (
                "POST Account",
                "{\"Name\"j}",
                "400 JSON_PARSER_ERROR: Unexpected character ('j' (code 106)): was expecting a \
                 colon to separate field name and value at [line:1, column:9]",
            ),
            ("POST Account", r#"{"Name": "B", "Ext__c": "1"}"#, &twin),
            (
                "POST Contact",
                no_account,
                "400 INVALID_CROSS_REFERENCE_KEY: invalid cross reference id",
            ),
            (
                "POST User",
                "{}",
                "400 EMULATOR_UNSUPPORTED: this emulator does not support creating records of User",
            ),
        ],
    )
    .await;
    let writes = session.org.emulator.control().stats().writes;
    assert_eq!(writes.values().sum::<u64>(), 1, "{writes:?}");
}

#[tokio::test]
async fn what_cannot_be_changed_or_read_is_refused_in_salesforces_words() {
    const NOT_ALLOWED: &str = "405 METHOD_NOT_ALLOWED: HTTP Method 'PUT' not allowed. Allowed are \
                               DELETE,GET,HEAD,PATCH";
    const NO_KEY: &str =
        "404 NOT_FOUND: Provided external ID field does not exist or is not accessible: ";
    let session = Session::start().await;
    let id = session.create("Account", &json!({"Name": "A"})).await;
    let row = |method: &str| format!("{method} Account/{id}");
    let nothing = |method: &str| format!("{method} Account/001Sb00000zzzzz");
    let fields = format!("{}?fields=Foo", row("GET"));
    let no_column = "400 INVALID_FIELD: No such column 'Foo' on sobject of type Account";
    let missing = "400 REQUIRED_FIELD_MISSING: Required fields are missing: [Name]";
    let no_record = "404 INVALID_CROSS_REFERENCE_KEY: invalid cross reference id";
    refused(
        &session,
        &[
            (&row("PATCH"), r#"{"Name": null}"#, missing),
            (&row("PATCH"), r#"{"Foo": 1}"#, no_column),
            (&row("PUT"), "{}", NOT_ALLOWED),
            (&fields, "", no_column),
            (&nothing("PATCH"), "{}", no_record),
            (&nothing("DELETE"), "", no_record),
            (
                &nothing("GET"),
                "",
                "404 NOT_FOUND: The requested resource does not exist",
            ),
            (
                "GET Account/003Sb0000000001",
                "",
                "400 MALFORMED_ID: Account ID: id value of incorrect type: 003Sb0000000001",
            ),
            (
                "GET Account/001Sb0000000001AAB",
                "",
                "400 MALFORMED_ID: malformed id 001Sb0000000001AAB",
            ),
            ("GET Account/Namez/1", "", &format!("{NO_KEY}Namez")),
            ("DELETE Account/x", "", &format!("{NO_KEY}x")),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_post_can_name_its_method() {
    let session = Session::start().await;
    let id = session.create("Account", &json!({"Name": "A"})).await;
    let row = |method: &str| format!("Account/{id}?_HttpMethod={method}");
    let patched = session
        .row("POST", &row("PATCH"), &json!({"Name": "B"}))
        .await;
    assert_eq!(patched.status, StatusCode::NO_CONTENT);
    let refused = session
        .row("POST", &row("patch"), &json!({"Name": "C"}))
        .await;
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    let deleted = session.row("POST", &row("DELETE"), &Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let stats = session.org.emulator.control().stats();
    assert_eq!(
        (
            stats.requests[&Route::Update],
            stats.requests[&Route::Delete]
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn a_json_body_may_be_as_long_as_salesforce_says() {
    const MAX: usize = 52_428_800;
    let session = Session::start().await;
    // No field holds so much: what is long is the white space.
    let of = |bytes: usize| {
        let frame = r#"{"Name":"A"}"#;
        let long = " ".repeat(bytes - frame.len());
        Value::String(format!(r#"{{"Name":"A"{long}}}"#))
    };
    session.create("Account", &of(MAX)).await;
    for bytes in [MAX + 1, MAX + 2] {
        let refused = session.row("POST", "Account", &of(bytes)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            refused.error(),
            "JSON_PARSER_ERROR: Maximum size of request reached. Maximum size of request is 52428800 bytes."
        );
    }
    assert_eq!(session.writes(Route::Create), 1);
}
