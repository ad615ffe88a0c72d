//! What statements say and the org ignores, which a header names.

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Org, Reply, query_path, with};

/// Where the parts of composite requests and batches are.
const BASE: &str = "/services/data/v66.0";

/// A statement of which something is ignored, and its names.
const SOQL: &str = "SELECT Id FROM Account WHERE AnnualRevenue > EUR5 LIMIT 3 FOR VIEW";
const NAMES: &str = "FOR VIEW, currency EUR";

#[tokio::test]
async fn what_is_ignored_is_named() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for (soql, header) in [
        ("SELECT Id FROM Account", ""),
        ("SELECT Id FROM Account USING SCOPE everything", ""),
        ("SELECT Id FROM Account USING SCOPE mine", ""),
        (
            "SELECT Id FROM Account USING SCOPE team",
            "USING SCOPE team",
        ),
        (
            "SELECT Id, (SELECT Id FROM Contacts WHERE CreatedDate = TODAY) FROM Account WHERE AnnualRevenue > EUR5 FOR VIEW",
            "FOR VIEW, currency EUR",
        ),
        (
            "SELECT Id FROM Account WITH DATA CATEGORY Geography__c ABOVE usa__c",
            "WITH DATA CATEGORY",
        ),
        (
            "SELECT Id FROM Account LIMIT 1 FOR REFERENCE UPDATE TRACKING",
            "FOR REFERENCE, UPDATE TRACKING",
        ),
        (
            "SELECT COUNT(Id) FROM Account WHERE AnnualRevenue > USD5",
            "",
        ),
    ] {
        let reply = org.query(&token, soql).await;
        assert_eq!(reply.status, StatusCode::OK, "{soql}: {}", reply.text());
        assert_eq!(reply.header("x-emulator-ignored"), header, "{soql}");
    }
    let mine = org
        .query(&token, "SELECT COUNT() FROM Account USING SCOPE mine")
        .await;
    let own = "SELECT COUNT() FROM Account WHERE Owner.Username = 'user@demo.example'";
    assert_eq!(mine.json(), org.query(&token, own).await.json());
    assert_ne!(mine.json()["totalSize"], 50);
}

/// Sends a request with a session of the REST API and of the first Bulk API.
async fn send(org: &Org, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let request = org.request(method, path);
    let request = with(request, "authorization", &format!("Bearer {token}"));
    let request = with(request, "x-sfdc-session", token);
    let request = with(request, "content-type", "application/json");
    let body = match body {
        Value::Null => String::new(),
        // A batch of the first Bulk API is a statement as it is.
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    org.send(request.map(|_| body.into())).await
}

/// A path below a version with a parameter.
fn path(resource: &str, parameter: &str, value: &str) -> String {
    query_path(value).replace("/query?q=", &format!("/{resource}?{parameter}="))
}

#[tokio::test]
async fn every_answer_to_a_statement_names_what_is_ignored() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let tooling = "SELECT Id FROM ApexClass USING SCOPE team FOR REFERENCE";
    let sosl = "FIND {zimt} RETURNING Account(Id WHERE AnnualRevenue > EUR5)";
    let part = |soql: &str| json!({"method": "GET", "url": query_path(soql), "referenceId": "r"});
    let first = part(SOQL);
    let mut other = part("SELECT Id FROM Account USING SCOPE team FOR VIEW");
    other["referenceId"] = "s".into();
    let plain = part("SELECT Id FROM Account");
    let in_batch = |soql: &str| {
        let url = query_path(soql).replace("/services/data/", "");
        json!({"method": "GET", "url": url})
    };
    let job = |soql: &str| json!({"operation": "query", "query": soql});
    let (get, post) = ("GET", "POST");
    let all = "FOR VIEW, USING SCOPE team, currency EUR";
    for (method, path, body, names) in [
        (get, path("queryAll", "q", SOQL), json!(null), NAMES),
        (get, path("query", "explain", SOQL), json!(null), NAMES),
        (
            get,
            format!("{}&columns=true", query_path(SOQL)),
            json!(null),
            NAMES,
        ),
        (
            get,
            path("tooling/query", "q", tooling),
            json!(null),
            "FOR REFERENCE, USING SCOPE team",
        ),
        (get, path("search", "q", sosl), json!(null), "currency EUR"),
        (
            post,
            format!("{BASE}/composite"),
            json!({"compositeRequest": [first, other]}),
            all,
        ),
        (
            post,
            format!("{BASE}/composite"),
            json!({"compositeRequest": [plain]}),
            "",
        ),
        (
            post,
            format!("{BASE}/composite/batch"),
            json!({"batchRequests": [in_batch("SELECT Id FROM Account"), in_batch(SOQL)]}),
            NAMES,
        ),
        (post, format!("{BASE}/jobs/query"), job(SOQL), NAMES),
        (
            post,
            format!("{BASE}/jobs/query"),
            job("SELECT Id FROM Account"),
            "",
        ),
    ] {
        let reply = send(&org, &token, method, &path, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        assert_eq!(reply.header("x-emulator-ignored"), names, "{path} {body}");
    }
}

#[tokio::test]
async fn a_batch_of_the_first_bulk_api_names_what_is_ignored() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let jobs = "/services/async/66.0/job";
    let asked = json!({"operation": "query", "object": "Account", "contentType": "JSON"});
    let job = send(&org, &token, "POST", jobs, &asked).await;
    assert_eq!(job.status, StatusCode::CREATED, "{}", job.text());
    let id = job.json()["id"].as_str().expect("an id").to_owned();
    let batches = format!("{jobs}/{id}/batch");
    for (soql, names) in [(SOQL, NAMES), ("SELECT Id FROM Account", "")] {
        let batch = send(&org, &token, "POST", &batches, &json!(soql)).await;
        assert_eq!(batch.status, StatusCode::CREATED, "{}", batch.text());
        assert_eq!(batch.header("x-emulator-ignored"), names, "{soql}");
        let info = batch.json();
        let batch = info["id"].as_str().expect("an id");
        let path = format!("{batches}/{batch}");
        let info = send(&org, &token, "GET", &path, &json!(null)).await;
        assert_eq!(info.json()["state"], "Completed", "{}", info.text());
    }
}
