//! Bulk jobs, of both APIs.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Route;

use crate::client::{Org, with};

const JOBS: &str = "/services/data/v66.0/jobs";
const NAMESPACE: &str = "http://www.force.com/2009/06/asyncapi/dataload";

#[tokio::test]
async fn a_job_is_created_or_refused() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let send = async |kind: &str, body: Value| {
        let request = with(
            org.request("POST", &format!("{JOBS}/{kind}")),
            "authorization",
            &format!("Bearer {token}"),
        );
        org.send(request.map(|_| body.to_string().into())).await
    };
    for operation in ["insert", "update", "delete", "hardDelete"] {
        let job = send(
            "ingest",
            json!({"object": "account", "operation": operation}),
        )
        .await;
        assert_eq!(job.status, StatusCode::OK);
        let job = job.json();
        let id = job["id"].as_str().expect("an id");
        assert!(id.starts_with("750"));
        assert_eq!(
            job["contentUrl"],
            format!("services/data/v66.0/jobs/ingest/{id}/batches")
        );
        for (name, value) in [
            ("operation", json!(operation)),
            ("object", json!("Account")),
            ("state", json!("Open")),
            ("contentType", json!("CSV")),
            ("apiVersion", json!(66.0)),
            ("lineEnding", json!("LF")),
            ("columnDelimiter", json!("COMMA")),
        ] {
            assert_eq!(job[name], value, "{name}");
        }
    }
    let job = send(
        "query",
        json!({"operation": "queryAll", "query": "SELECT Id FROM Account"}),
    )
    .await;
    let job = job.json();
    assert_eq!(
        (&job["state"], &job["object"]),
        (&json!("UploadComplete"), &json!("Account"))
    );
    for (kind, body, code) in [
        ("ingest", json!({"object": "Account"}), "JSON_PARSER_ERROR"),
        (
            "ingest",
            json!({"object": "Account", "operation": "HardDelete"}),
            "JSON_PARSER_ERROR",
        ),
        (
            "ingest",
            json!({"object": "Nothing", "operation": "insert"}),
            "API_ERROR",
        ),
        (
            "ingest",
            json!({"object": "Account", "operation": "upsert"}),
            "API_ERROR",
        ),
        (
            "query",
            json!({"operation": "insert", "query": "SELECT Id FROM Account"}),
            "JSON_PARSER_ERROR",
        ),
        (
            "query",
            json!({"operation": "query", "query": "SELECT"}),
            "MALFORMED_QUERY",
        ),
    ] {
        let refused = send(kind, body.clone()).await;
        assert_eq!(
            (refused.status, &refused.json()[0]["errorCode"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{body}"
        );
    }
    let writes = org.emulator.control().stats().writes;
    assert_eq!(
        (writes[&Route::IngestJob], writes.get(&Route::QueryJob)),
        (4, None)
    );
}

#[tokio::test]
async fn the_first_bulk_api_has_a_header_and_errors_of_its_own() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let job = format!(
        "<jobInfo xmlns=\"{NAMESPACE}\"><operation>hardDelete</operation><object>Account</object>\
         <contentType>CSV</contentType></jobInfo>"
    );
    let json = r#"{"operation":"insert","object":"Account","contentType":"JSON"}"#;
    for (version, session, kind, body, status, expected) in [
        (
            "66.0",
            Some(&token[..]),
            "application/xml",
            &job[..],
            201,
            "<state>Open</state>",
        ),
        (
            "66.0",
            Some(&token),
            "application/json",
            json,
            201,
            r#""state":"Open""#,
        ),
        (
            "66.0",
            None,
            "application/xml",
            &job,
            400,
            "<exceptionCode>InvalidSessionId</exceptionCode>",
        ),
        (
            "66.0",
            Some("x"),
            "application/json",
            json,
            400,
            r#""exceptionCode":"InvalidSessionId""#,
        ),
        (
            "30.0",
            Some(&token),
            "application/xml",
            &job,
            400,
            "<exceptionCode>InvalidVersion</exceptionCode>",
        ),
        (
            "66.0",
            Some(&token),
            "application/xml",
            "<x/>",
            400,
            "<exceptionCode>InvalidXML</exceptionCode>",
        ),
        (
            "66.0",
            Some(&token),
            "application/json",
            "{}",
            400,
            r#""exceptionCode":"InvalidJob""#,
        ),
    ] {
        let mut request = org.request("POST", &format!("/services/async/{version}/job"));
        request = with(request, "content-type", kind);
        // This header says nothing here.
        request = with(request, "authorization", &format!("Bearer {token}"));
        if let Some(session) = session {
            request = with(request, "x-sfdc-session", session);
        }
        let reply = org.send(request.map(|_| body.to_owned().into())).await;
        assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
        assert!(reply.text().contains(expected), "{}", reply.text());
    }
    assert_eq!(org.emulator.control().stats().writes[&Route::BulkV1Job], 2);
}
