//! Bulk jobs, of both APIs: how they are created, and what no job can be. What
//! becomes of them is in the files below.

mod batches;
mod export;
mod ingest;

use http::StatusCode;
use serde_json::json;
use sfbox_emulator::Route;

use crate::client::{Org, Reply, with};

const JOBS: &str = "/services/data/v66.0/jobs";
const NAMESPACE: &str = "http://www.force.com/2009/06/asyncapi/dataload";

async fn send(org: &Org, token: &str, kind: &str, body: String) -> Reply {
    let request = org.request("POST", &format!("{JOBS}/{kind}"));
    let request = with(request, "authorization", &format!("Bearer {token}"));
    org.send(request.map(|_| body.into())).await
}

#[tokio::test]
async fn a_job_is_created() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for operation in ["insert", "update", "delete", "hardDelete"] {
        let body = json!({"object": "account", "operation": operation});
        let job = send(&org, &token, "ingest", body.to_string()).await;
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
            ("jobType", json!("V2Ingest")),
        ] {
            assert_eq!(job[name], value, "{name}");
        }
    }
    let body = r#"{"operation": "queryAll", "query": "SELECT Id FROM Account"}"#;
    let job = send(&org, &token, "query", body.to_owned()).await;
    let job = job.json();
    assert_eq!(
        (&job["state"], &job["object"]),
        (&json!("UploadComplete"), &json!("Account"))
    );
    let writes = org.emulator.control().stats().writes;
    assert_eq!(
        (writes[&Route::IngestJob], writes.get(&Route::QueryJob)),
        (4, None)
    );
}

#[tokio::test]
async fn a_job_that_cannot_be_is_refused() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for (kind, body, code) in [
        ("ingest", r#"{"object": "Account"}"#, "JSON_PARSER_ERROR"),
        (
            "ingest",
            r#"{"object": "Account", "operation": "HardDelete"}"#,
            "JSON_PARSER_ERROR",
        ),
        (
            "ingest",
            r#"{"object": "Nothing", "operation": "insert"}"#,
            "API_ERROR",
        ),
        (
            "ingest",
            r#"{"object": "Account", "operation": "upsert"}"#,
            "API_ERROR",
        ),
        (
            "query",
            r#"{"operation": "insert", "query": "SELECT Id FROM Account"}"#,
            "JSON_PARSER_ERROR",
        ),
        (
            "query",
            r#"{"operation": "query", "query": "SELECT"}"#,
            "MALFORMED_QUERY",
        ),
    ] {
        let refused = send(&org, &token, kind, body.to_owned()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(refused.json()[0]["errorCode"], code, "{body}");
    }
    assert!(org.emulator.control().stats().writes.is_empty());
}

#[tokio::test]
async fn the_first_bulk_api_has_a_header_and_errors_of_its_own() {
    const XML: &str = "application/xml";
    const JSON: &str = "application/json";
    let org = Org::start().await;
    let token = org.log_in().await;
    let job = format!(
        "<jobInfo xmlns=\"{NAMESPACE}\"><operation>hardDelete</operation><object>Account</object>\
         <contentType>CSV</contentType></jobInfo>"
    );
    let json = r#"{"operation":"insert","object":"Account","contentType":"JSON"}"#;
    let good = Some(&token[..]);
    for (version, session, kind, body, status, expected) in [
        ("66.0", good, XML, &job[..], 201, "<state>Open</state>"),
        ("66.0", good, JSON, json, 201, r#""state":"Open""#),
        ("66.0", None, XML, &job, 400, ">InvalidSessionId<"),
        ("66.0", Some("x"), JSON, json, 400, r#":"InvalidSessionId""#),
        ("30.0", good, XML, &job, 400, ">InvalidVersion<"),
        ("66.0", good, XML, "<x/>", 400, ">InvalidXML<"),
        ("66.0", good, JSON, "{}", 400, r#":"InvalidJob""#),
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
