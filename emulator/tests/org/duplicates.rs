//! Duplicate rules.

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::session::{ROWS, Session};

const MANY: &str = "/services/data/v66.0/composite/sobjects";
const RECORDS: &str = "/services/data/v66.0/ui-api/records";
const ALLOW: (&str, &str) = ("sforce-duplicate-rule-header", "allowSave=true");

/// A session with a rule for the site of accounts, and an account in Rome.
async fn ruled(action: &str) -> (Session, String) {
    let session = Session::start().await;
    let rules = json!([{"object": "Account", "field": "Site", "action": action}]);
    let reply = session.org.control("POST", "duplicate-rules", &rules).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let body = json!({"Name": "A", "Site": "Rome"});
    let id = session.create("Account", &body).await;
    (session, id)
}

async fn in_rome(session: &Session) -> Value {
    let soql = "SELECT COUNT() FROM Account WHERE Site = 'Rome'";
    session.query(soql).await["totalSize"].clone()
}

async fn create(session: &Session, headers: &[(&'static str, &str)]) -> Reply {
    let body = json!({"Name": "B", "Site": "rome"});
    let path = format!("{ROWS}/Account");
    session.send_with("POST", &path, headers, &body).await
}

#[tokio::test]
async fn a_duplicate_is_told_with_those_that_are_there() {
    let (session, id) = ruled("alert").await;
    let reply = create(&session, &[]).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        reply.json(),
        json!([{
            "duplicateResult": {
                "allowSave": true,
                "duplicateRule": "Account_Site_Duplicate_Rule",
                "duplicateRuleEntityType": "Account",
                "errorMessage": "Use one of these records?",
                "matchResults": [{
                    "entityType": "Account",
                    "errors": [],
                    "matchEngine": "ExactMatchEngine",
                    "matchRecords": [{
                        "additionalInformation": [],
                        "fieldDiffs": [],
                        "matchConfidence": 100.0,
                        "record": {
                            "attributes": {"type": "Account", "url": format!("{ROWS}/Account/{id}")},
                            "Id": id,
                        },
                    }],
                    "rule": "Account_Site_Match_Rule",
                    "size": 1,
                    "success": true,
                }],
            },
            "errorCode": "DUPLICATES_DETECTED",
            "message": "Use one of these records?",
        }])
    );
    assert_eq!(in_rome(&session).await, 1);
    let details = [("sforce-duplicate-rule-header", "includeRecordDetails=true")];
    let reply = create(&session, &details).await.json();
    let record = &reply[0]["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"];
    assert_eq!(
        (&record["Name"], &record["Site"]),
        (&json!("A"), &json!("Rome"))
    );
}

#[tokio::test]
async fn the_header_allows_what_a_rule_only_warns_of() {
    for (action, status, count) in [
        ("alert", StatusCode::CREATED, 2),
        ("block", StatusCode::BAD_REQUEST, 1),
    ] {
        let (session, _) = ruled(action).await;
        let reply = create(&session, &[ALLOW]).await;
        assert_eq!(reply.status, status, "{action}");
        if status == StatusCode::BAD_REQUEST {
            assert_eq!(reply.json()[0]["duplicateResult"]["allowSave"], false);
        }
        assert_eq!(in_rome(&session).await, count);
    }
    // Older versions do not know the header.
    let (session, _) = ruled("alert").await;
    for (version, status) in [
        ("v51.0", StatusCode::BAD_REQUEST),
        ("v52.0", StatusCode::CREATED),
    ] {
        let path = format!("/services/data/{version}/sobjects/Account");
        let body = json!({"Name": "B", "Site": "Rome"});
        let reply = session.send_with("POST", &path, &[ALLOW], &body).await;
        assert_eq!(reply.status, status, "{version}");
    }
}

#[tokio::test]
async fn a_record_is_not_its_own_duplicate() {
    let (session, id) = ruled("block").await;
    let row = format!("Account/{id}");
    let same = json!({"Name": "C", "Site": "Rome"});
    let reply = session.row("PATCH", &row, &same).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
    let other = session
        .create("Account", &json!({"Name": "B", "Site": "Paris"}))
        .await;
    let other = format!("Account/{other}");
    let moved = json!({"Site": "Rome"});
    let reply = session.row("PATCH", &other, &moved).await;
    assert!(reply.error().starts_with("DUPLICATES_DETECTED: "));
    // Neither do deleted records count, nor empty values.
    session.row("DELETE", &row, &Value::Null).await;
    let reply = session.row("PATCH", &other, &moved).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text());
    for _ in 0..2 {
        session.create("Account", &json!({"Name": "D"})).await;
    }
}

#[tokio::test]
async fn duplicates_of_a_collection_fail_alone() {
    let (session, _) = ruled("alert").await;
    let record = |site: &str| json!({"attributes": {"type": "Account"}, "Name": "B", "Site": site});
    let body = json!({"records": [record("Oslo"), record("Rome"), record("Oslo")]});
    let saved = session.send("POST", MANY, &body).await.json();
    let codes = [0, 1, 2].map(|place| saved[place]["errors"][0]["statusCode"].clone());
    assert_eq!(
        codes,
        [
            Value::Null,
            json!("DUPLICATES_DETECTED"),
            // The one before it is saved already.
            json!("DUPLICATES_DETECTED"),
        ]
    );
    assert_eq!(saved[1]["errors"][0]["duplicateResult"]["allowSave"], true);
    assert_eq!(in_rome(&session).await, 1);
    let saved = session
        .send_with("POST", MANY, &[ALLOW], &body)
        .await
        .json();
    for place in 0..3 {
        assert_eq!(saved[place]["success"], true, "{saved}");
    }
}

#[tokio::test]
async fn an_upsert_meets_the_rules_too() {
    let (session, _) = ruled("alert").await;
    let path = format!("{ROWS}/Account/Ext__c/9");
    let body = json!({"Name": "B", "Site": "Rome"});
    let reply = session.send("PATCH", &path, &body).await;
    assert!(reply.error().starts_with("DUPLICATES_DETECTED: "));
    let reply = session.send_with("PATCH", &path, &[ALLOW], &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
}

#[tokio::test]
async fn the_user_interface_api_has_a_flag_for_duplicates() {
    let (session, id) = ruled("alert").await;
    let body = |allows: bool| {
        json!({
            "apiName": "Account", "allowSaveOnDuplicate": allows,
            "fields": {"Name": "B", "Site": "Rome"},
        })
    };
    let flagged = format!("{RECORDS}?allowSaveOnDuplicate=false");
    let reply = session
        .send_with("POST", &flagged, &[ALLOW], &body(false))
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let error = reply.json()["output"]["errors"][0].clone();
    assert_eq!(error["errorCode"], "DUPLICATES_DETECTED", "{error}");
    let matched = &error["duplicateRecordError"]["matchResults"][0];
    for (name, value) in [
        ("apiName", json!("Account")),
        ("isAllowSave", json!(true)),
        ("matchRecordIds", json!([id])),
        ("matchRule", json!("Account_Site_Match_Rule")),
        ("objectLabel", json!("Account")),
        ("objectLabelPlural", json!("Accounts")),
    ] {
        assert_eq!(matched[name], value, "{name}");
    }
    assert!(matched["themeInfo"]["iconUrl"].is_string());
    assert_eq!(in_rome(&session).await, 1);
    let flagged = format!("{RECORDS}?allowSaveOnDuplicate=true");
    for (path, body) in [(RECORDS, body(true)), (&flagged, body(false))] {
        let reply = session.send("POST", path, &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    }
    assert_eq!(in_rome(&session).await, 3);
}

#[tokio::test]
async fn rules_can_be_removed() {
    let (mut session, _) = ruled("block").await;
    session
        .org
        .control("DELETE", "duplicate-rules", &Value::Null)
        .await;
    assert_eq!(create(&session, &[]).await.status, StatusCode::CREATED);
    let rules = json!([{"object": "Account", "field": "Site", "action": "block"}]);
    session.org.control("POST", "duplicate-rules", &rules).await;
    session.org.control("POST", "reset", &Value::Null).await;
    session.token = session.org.log_in().await;
    for _ in 0..2 {
        assert_eq!(create(&session, &[]).await.status, StatusCode::CREATED);
    }
}
