//! Bulk API 2.0, reading.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Emulator;

use crate::client::{Org, Reply, with};

const JOBS: &str = "/services/data/v66.0/jobs/query";

async fn send(org: &Org, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let request = with(
        org.request(method, path),
        "authorization",
        &format!("Bearer {token}"),
    );
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    org.send(request.map(|_| body.into())).await
}

async fn create(org: &Org, token: &str, body: &Value) -> String {
    let job = send(org, token, "POST", JOBS, body).await;
    assert_eq!(job.status, StatusCode::OK, "{}", job.text());
    let job = job.json();
    assert_eq!(
        (&job["state"], &job["jobType"]),
        (&json!("UploadComplete"), &json!("V2Query"))
    );
    job["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_result_comes_in_pages_that_can_be_read_again() {
    let org = Org::start_with(Emulator::builder().accounts(25)).await;
    let token = org.log_in().await;
    let body = json!({"operation": "query", "query": "SELECT Name, Id FROM Account"});
    let id = create(&org, &token, &body).await;
    let get = async |path: &str| {
        org.send(org.get(&token, &format!("{JOBS}/{id}{path}")))
            .await
    };
    let job = get("").await.json();
    for (name, value) in [
        ("state", json!("JobComplete")),
        ("operation", json!("query")),
        ("object", json!("Account")),
        ("numberRecordsProcessed", json!(25)),
        ("isPkChunkingSupported", json!(false)),
    ] {
        assert_eq!(job[name], value, "{name}");
    }
    let mut names = Vec::new();
    let mut locator = String::new();
    let mut sizes = Vec::new();
    while locator != "null" {
        let from = if locator.is_empty() {
            String::new()
        } else {
            format!("&locator={locator}")
        };
        let path = format!("/results?maxRecords=10{from}");
        let page = get(&path).await;
        assert_eq!(get(&path).await.text(), page.text());
        assert_eq!(page.header("content-type"), "text/csv");
        let mut lines = page.text().lines();
        assert_eq!(lines.next(), Some("\"Name\",\"Id\""));
        names.extend(lines.map(str::to_owned));
        sizes.push(page.header("sforce-numberofrecords").to_owned());
        page.header("sforce-locator").clone_into(&mut locator);
    }
    assert_eq!(sizes, ["10", "10", "5"]);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 25);
    let whole = get("/results").await;
    assert_eq!(
        (
            whole.header("sforce-numberofrecords"),
            whole.header("sforce-locator")
        ),
        ("25", "null")
    );
    for path in [
        "/results?locator=MTE",
        "/results?locator=null",
        "/results?maxRecords=0",
    ] {
        assert_eq!(get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    // What is deleted meanwhile is on no page, and the end is told.
    let soql = "SELECT Id FROM Account LIMIT 1";
    let account = org.query(&token, soql).await.json()["records"][0]["Id"].clone();
    let path = format!(
        "/services/data/v66.0/sobjects/Account/{}",
        account.as_str().expect("an id")
    );
    send(&org, &token, "DELETE", &path, &Value::Null).await;
    let rest = get("/results?locator=MjA").await;
    assert_eq!(rest.status, StatusCode::OK);
}

#[tokio::test]
async fn values_are_written_as_in_bulk_results() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let read = async |soql: &str, more: Value| {
        let mut body = json!({"operation": "queryAll", "query": soql});
        body.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        let id = create(&org, &token, &body).await;
        org.send(org.get(&token, &format!("{JOBS}/{id}/results")))
            .await
            .text()
            .to_owned()
    };
    // In the order of the statement, though the parent's fields are apart.
    let soql = "SELECT Account.Name, Id, CreatedDate, Account.AnnualRevenue, IsDeleted, Email FROM Contact \
                WHERE AccountId != null ORDER BY Id LIMIT 1";
    let csv = read(
        soql,
        json!({"columnDelimiter": "PIPE", "lineEnding": "CRLF"}),
    )
    .await;
    let (heading, line) = csv.split_once("\r\n").expect("lines");
    assert_eq!(
        heading,
        "\"Account.Name\"|\"Id\"|\"CreatedDate\"|\"Account.AnnualRevenue\"|\"IsDeleted\"|\"Email\""
    );
    let values: Vec<&str> = line
        .trim_end()
        .split('|')
        .map(|value| value.trim_matches('"'))
        .collect();
    assert!(values[2].ends_with(".000Z"), "{line}");
    assert_eq!(values[4], "false");
    // A parent that there is not has its columns.
    let csv = read(
        "SELECT Id, Parent.Name FROM Account WHERE ParentId = null LIMIT 1",
        json!({}),
    )
    .await;
    assert!(csv.starts_with("\"Id\",\"Parent.Name\"\n"), "{csv}");
    assert!(csv.ends_with(",\"\"\n"), "{csv}");
    let csv = read("SELECT Id FROM Account WHERE Name = 'no such'", json!({})).await;
    assert_eq!(csv, "\"Id\"\n");
}

#[tokio::test]
async fn what_a_table_cannot_have_is_refused_when_the_job_is_created() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for (soql, error) in [
        // The first two are captured, nobody could confirm the words of the others.
        (
            "SELECT BillingAddress FROM Account",
            "API_ERROR: Selecting compound data not supported in Bulk Query",
        ),
        (
            "SELECT (SELECT Id FROM Contacts) FROM Account",
            "API_ERROR: Aggregate Relationships not supported in Bulk Query",
        ),
        (
            "SELECT COUNT() FROM Account",
            "API_ERROR: Aggregate queries not supported in Bulk Query",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Name",
            "API_ERROR: Aggregate queries not supported in Bulk Query",
        ),
        (
            "SELECT Id FROM Account LIMIT 5 OFFSET 1",
            "API_ERROR: OFFSET not supported in Bulk Query",
        ),
        (
            "SELECT TYPEOF Parent WHEN Account THEN Id END FROM Attachment",
            "API_ERROR: TYPEOF not supported in Bulk Query",
        ),
    ] {
        let body = json!({"operation": "query", "query": soql});
        let refused = send(&org, &token, "POST", JOBS, &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{soql}");
        assert_eq!(refused.error(), error, "{soql}");
    }
}

#[tokio::test]
async fn a_query_job_has_its_own_states_and_version() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let body = json!({"operation": "query", "query": "SELECT Id FROM Account LIMIT 1"});
    let id = create(&org, &token, &body).await;
    let path = format!("{JOBS}/{id}");
    let aborted = send(&org, &token, "PATCH", &path, &json!({"state": "Aborted"})).await;
    assert_eq!(
        aborted.error(),
        "INVALIDJOBSTATE: Aborting already Completed Job not allowed"
    );
    // The status is documented, the words are not.
    let other = path.replace("v66.0", "v65.0");
    let refused = send(&org, &token, "GET", &other, &Value::Null).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let list = send(&org, &token, "GET", JOBS, &Value::Null).await.json();
    assert_eq!(list["records"][0]["id"], id);
    // The job of one kind is none of the other.
    let ingest = path.replace("jobs/query", "jobs/ingest");
    let nothing = send(&org, &token, "GET", &ingest, &Value::Null).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let gone = send(&org, &token, "DELETE", &path, &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let nothing = send(&org, &token, "GET", &path, &Value::Null).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    // A reset forgets all jobs.
    let id = create(&org, &token, &body).await;
    org.emulator.control().reset().expect("a reset");
    let token = org.log_in().await;
    let nothing = send(&org, &token, "GET", &format!("{JOBS}/{id}"), &Value::Null).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}
