//! The first Bulk API.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{Emulator, Route};

use super::NAMESPACE;
use crate::client::{Org, Reply, with};

const JOB: &str = "/services/async/66.0/job";

/// An org and a session.
struct Session {
    org: Org,
    token: String,
}

impl Session {
    async fn start() -> Self {
        Self::start_with(Org::start().await).await
    }

    async fn start_with(org: Org) -> Self {
        let token = org.log_in().await;
        Self { org, token }
    }

    async fn send(&self, method: &str, path: &str, kind: &'static str, body: &str) -> Reply {
        let request = self.org.request(method, &format!("{JOB}{path}"));
        let request = with(request, "x-sfdc-session", &self.token);
        let request = with(request, "content-type", kind);
        self.org.send(request.map(|_| body.to_owned().into())).await
    }

    async fn xml(&self, path: &str, members: &str) -> Reply {
        let body =
            format!("<?xml version=\"1.0\"?><jobInfo xmlns=\"{NAMESPACE}\">{members}</jobInfo>");
        self.send("POST", path, "application/xml; charset=utf-8", &body)
            .await
    }

    /// A job in CSV, as jsforce creates it.
    async fn job(&self, operation: &str, more: &str) -> String {
        let members = format!(
            "<operation>{operation}</operation><object>Account</object>{more}<contentType>CSV</contentType>"
        );
        let job = self.xml("", &members).await;
        assert_eq!(job.status, StatusCode::CREATED, "{}", job.text());
        element(job.text(), "id").to_owned()
    }

    async fn get(&self, path: &str) -> Reply {
        let request = with(
            self.org.request("GET", &format!("{JOB}{path}")),
            "x-sfdc-session",
            &self.token,
        );
        self.org.send(request).await
    }

    /// Adds a batch, which is told as one that waits, and answers where it is.
    async fn batch(&self, job: &str, body: &str) -> String {
        let added = self
            .send("POST", &format!("/{job}/batch"), "text/csv", body)
            .await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
        assert_eq!(element(added.text(), "state"), "Queued");
        assert_eq!(element(added.text(), "jobId"), job);
        format!("/{job}/batch/{}", element(added.text(), "id"))
    }
}

/// What stands between an element's tags.
fn element<'t>(xml: &'t str, name: &str) -> &'t str {
    let begin = format!("<{name}>");
    let (_, rest) = xml
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split_once("</").expect("an end").0
}

#[tokio::test]
async fn a_batch_writes_and_answers_in_the_order_of_the_request() {
    let session = Session::start().await;
    let job = session.job("insert", "").await;
    let csv = "Name,NumberOfEmployees\nBulk 1,300\n,600\nBulk 2,#N/A\n";
    let batch = session.batch(&job, csv).await;
    let info = session.get(&batch).await;
    for (name, value) in [
        ("state", "Completed"),
        ("numberRecordsProcessed", "3"),
        ("numberRecordsFailed", "1"),
        ("apexProcessingTime", "0"),
    ] {
        assert_eq!(element(info.text(), name), value);
    }
    assert!(
        element(info.text(), "createdDate").ends_with(".000Z")
            || element(info.text(), "createdDate").ends_with('Z')
    );
    let request = session.get(&format!("{batch}/request")).await;
    assert_eq!(
        (request.header("content-type"), request.text()),
        ("text/csv", csv)
    );
    let result = session.get(&format!("{batch}/result")).await;
    assert_eq!(result.header("content-type"), "text/csv");
    let lines: Vec<&str> = result.text().lines().collect();
    assert_eq!(lines[0], "\"Id\",\"Success\",\"Created\",\"Error\"");
    assert!(lines[1].starts_with("\"001") && lines[1].ends_with("\",\"true\",\"true\",\"\""));
    assert_eq!(
        lines[2],
        "\"\",\"false\",\"false\",\"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --\""
    );
    assert!(lines[3].starts_with("\"001"));
    let found = session.org.query(
        &session.token,
        "SELECT Id FROM Account WHERE Name LIKE 'Bulk _'",
    );
    assert_eq!(found.await.json()["totalSize"], 2);

    let writes = session.org.emulator.control().stats().writes;
    assert_eq!(
        (writes[&Route::BulkV1Job], writes[&Route::BulkV1Batch]),
        (1, 2)
    );
}

#[tokio::test]
async fn a_job_counts_its_batches_lists_them_and_is_closed() {
    let session = Session::start().await;
    let job = session.job("insert", "").await;
    let csv = "Name,NumberOfEmployees\nBulk 1,300\n,600\nBulk 2,#N/A\n";
    session.batch(&job, csv).await;
    let list = session.get(&format!("/{job}/batch")).await;
    assert_eq!(list.text().matches("<batchInfo>").count(), 1);
    let closed = session
        .xml(&format!("/{job}"), "<state>Closed</state>")
        .await;
    assert_eq!(closed.status, StatusCode::OK);
    for (name, value) in [
        ("state", "Closed"),
        ("object", "Account"),
        ("concurrencyMode", "Parallel"),
        ("numberBatchesCompleted", "1"),
        ("numberBatchesTotal", "1"),
        ("numberRecordsProcessed", "3"),
        ("numberRecordsFailed", "1"),
        ("apiVersion", "66.0"),
    ] {
        assert_eq!(element(closed.text(), name), value);
    }
    let info = session.get(&format!("/{job}")).await;
    assert_eq!(element(info.text(), "state"), "Closed");
    let again = session
        .xml(&format!("/{job}"), "<state>Closed</state>")
        .await;
    assert_eq!(
        (again.status, element(again.text(), "exceptionMessage")),
        (
            StatusCode::BAD_REQUEST,
            "Closing already closed Job not allowed"
        )
    );
    let late = session
        .send("POST", &format!("/{job}/batch"), "text/csv", csv)
        .await;
    assert_eq!(element(late.text(), "exceptionCode"), "InvalidJobState");
}

#[tokio::test]
async fn each_operation_changes_what_it_says() {
    let session = Session::start().await;
    let insert = session.job("insert", "").await;
    let batch = session.batch(&insert, "Name,BillingState\nBulk,CA\n").await;
    let result = session.get(&format!("{batch}/result")).await;
    let id = result
        .text()
        .lines()
        .nth(1)
        .expect("a line")
        .split('"')
        .nth(1)
        .expect("an id")
        .to_owned();
    let rest = |is_new: &str| format!("\"true\",\"{is_new}\",\"\"");
    let key = "<externalIdFieldName>Ext__c</externalIdFieldName>";
    for (operation, more, body, is_new, find, found) in [
        (
            "update",
            "",
            format!("Id,Name,BillingState\n{id},Bulk 2,#N/A\n"),
            "false",
            "Name = 'Bulk 2' AND BillingState = null",
            1,
        ),
        (
            "upsert",
            key,
            "Ext__c,Name\nbulk,New\n".to_owned(),
            "true",
            "Ext__c = 'bulk'",
            1,
        ),
        (
            "upsert",
            key,
            "Ext__c,Name\nbulk,Newer\n".to_owned(),
            "false",
            "Name = 'Newer'",
            1,
        ),
        (
            "delete",
            "",
            format!("Id\n{id}\n"),
            "false",
            "Name = 'Bulk 2'",
            0,
        ),
    ] {
        let job = session.job(operation, more).await;
        let batch = session.batch(&job, &body).await;
        let result = session.get(&format!("{batch}/result")).await;
        let line = result.text().lines().nth(1).expect("a line");
        assert!(line.ends_with(&rest(is_new)), "{operation}: {line}");
        let soql = format!("SELECT Id FROM Account WHERE {find}");
        let page = session.org.query(&session.token, &soql).await.json();
        assert_eq!(page["totalSize"], found, "{operation}");
    }
}

#[tokio::test]
async fn jobs_in_json_answer_in_json() {
    const JSON: &str = "application/json";
    let session = Session::start().await;
    let body = json!({"operation": "insert", "object": "Contact", "contentType": "JSON"});
    let job = session
        .send("POST", "", JSON, &body.to_string())
        .await
        .json();
    let job = job["id"].as_str().expect("an id").to_owned();
    let rows = json!([{"LastName": "Jones", "Email": "e@example.com"}, {"FirstName": "Ada"}]);
    let added = session
        .send("POST", &format!("/{job}/batch"), JSON, &rows.to_string())
        .await;
    assert_eq!(
        (added.status, &added.json()["state"]),
        (StatusCode::CREATED, &json!("Queued"))
    );
    let batch = added.json()["id"].as_str().expect("an id").to_owned();
    // Asked without a content type.
    let info = session.get(&format!("/{job}/batch/{batch}")).await.json();
    assert_eq!(
        (&info["state"], &info["numberRecordsFailed"]),
        (&json!("Completed"), &json!(1))
    );
    let list = session.get(&format!("/{job}/batch")).await.json();
    assert_eq!(list["batchInfo"][0]["id"], batch);
    let result = session
        .get(&format!("/{job}/batch/{batch}/result"))
        .await
        .json();
    assert_eq!(
        (
            &result[0]["success"],
            &result[0]["created"],
            &result[0]["errors"]
        ),
        (&json!(true), &json!(true), &json!([]))
    );
    assert_eq!(
        result[1],
        json!({
            "success": false, "created": false, "id": null,
            "errors": [{
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [LastName]",
                "fields": ["LastName"],
                "extendedErrorDetails": null,
            }],
        })
    );
    let closed = session
        .send("POST", &format!("/{job}"), JSON, r#"{"state":"Closed"}"#)
        .await;
    assert_eq!(closed.json()["state"], "Closed");
}

/// The example of the guide's "Relationship Fields in Records".
#[tokio::test]
async fn a_record_in_json_names_its_parent() {
    const JSON: &str = "application/json";
    let session = Session::start().await;
    let body = json!({"operation": "insert", "object": "Contact", "contentType": "JSON"});
    let job = session
        .send("POST", "", JSON, &body.to_string())
        .await
        .json();
    let job = job["id"].as_str().expect("an id").to_owned();
    let parent = json!({"Email": "rwilliams@salesforcesample.com"});
    let child = json!({"FirstName": "Ray", "LastName": "Riordan", "ReportsTo": parent});
    let buyer = json!({"LastName": "Williams", "Email": parent["Email"]});
    let typed =
        json!({"LastName": "A", "ReportsTo": {"attributes": {"type": "Contact"}, "Id": "x"}});
    for (rows, state, failed) in [
        // It is not there before the batch, though in it.
        (json!([buyer, child]), "Completed", 1),
        (json!([child]), "Completed", 0),
        // The guide says that the type is an error where there is no choice.
        (json!([typed]), "Failed", 0),
    ] {
        let path = format!("/{job}/batch");
        let added = session.send("POST", &path, JSON, &rows.to_string()).await;
        let batch = added.json()["id"].as_str().expect("an id").to_owned();
        let info = session.get(&format!("{path}/{batch}")).await.json();
        assert_eq!(
            (&info["state"], &info["numberRecordsFailed"]),
            (&json!(state), &json!(failed)),
            "{info}"
        );
    }
    let soql = "SELECT COUNT() FROM Contact WHERE ReportsTo.LastName = 'Williams'";
    let found = session.org.query(&session.token, soql).await.json();
    assert_eq!(found["totalSize"], 1);
}

#[tokio::test]
async fn a_batch_may_be_a_statement() {
    let org = Org::start_with(Emulator::builder().accounts(25)).await;
    let session = Session::start_with(org).await;
    let job = session.job("query", "").await;
    let batch = session.batch(&job, "SELECT Id, Name FROM Account").await;
    let list = session.get(&format!("{batch}/result")).await;
    let id = element(list.text(), "result").to_owned();
    assert!(id.starts_with("752"), "{}", list.text());
    let csv = session.get(&format!("{batch}/result/{id}")).await;
    assert_eq!(csv.text().lines().count(), 26);
    assert_eq!(csv.text().lines().next(), Some("\"Id\",\"Name\""));
    let nothing = session
        .get(&format!("{batch}/result/752000000000000AAA"))
        .await;
    assert_eq!(element(nothing.text(), "exceptionCode"), "InvalidBatch");

    // The words after the code are the query's own; the first words are captured.
    for (soql, message) in [
        (
            "SELECT",
            "InvalidBatch : Failed to process query: MALFORMED_QUERY: ",
        ),
        (
            "SELECT BillingAddress FROM Account",
            "InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED: Selecting compound data not \
             supported in Bulk Query",
        ),
    ] {
        let batch = session.batch(&job, soql).await;
        let info = session.get(&batch).await;
        assert_eq!(element(info.text(), "state"), "Failed");
        assert!(
            element(info.text(), "stateMessage").starts_with(message),
            "{}",
            info.text()
        );
        let result = session.get(&format!("{batch}/result")).await;
        assert_eq!(
            element(result.text(), "exceptionMessage"),
            "Records not processed"
        );
    }
    let body = json!({"operation": "queryAll", "object": "Account", "contentType": "JSON"});
    let job = session
        .send("POST", "", "application/json", &body.to_string())
        .await
        .json();
    let job = job["id"].as_str().expect("an id").to_owned();
    let soql = "SELECT Id, CreatedDate FROM Account LIMIT 2";
    let added = session
        .send("POST", &format!("/{job}/batch"), "application/json", soql)
        .await
        .json();
    let batch = format!("/{job}/batch/{}", added["id"].as_str().expect("an id"));
    let ids = session.get(&format!("{batch}/result")).await.json();
    let id = ids[0].as_str().expect("an id");
    let rows: Vec<Value> =
        serde_json::from_value(session.get(&format!("{batch}/result/{id}")).await.json())
            .expect("rows");
    assert_eq!(
        (rows.len(), &rows[0]["attributes"]["type"]),
        (2, &json!("Account"))
    );
}

#[tokio::test]
async fn a_batch_that_cannot_be_is_refused() {
    let session = Session::start().await;
    let job = session.job("insert", "").await;
    // jsforce's own suite asks for the first code, the words are captured.
    let empty = session
        .send("POST", &format!("/{job}/batch"), "text/csv", "")
        .await;
    assert_eq!(
        (
            element(empty.text(), "exceptionCode"),
            element(empty.text(), "exceptionMessage")
        ),
        (
            "ClientInputError",
            "Unable to find any data to create batch"
        )
    );
    for bytes in [10_000_001, 20_000_000] {
        let long = "x".repeat(bytes);
        let refused = session
            .send("POST", &format!("/{job}/batch"), "text/csv", &long)
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            (
                element(refused.text(), "exceptionCode"),
                element(refused.text(), "exceptionMessage")
            ),
            (
                "ClientInputError",
                "Failed to read request. Exceeded max size limit of 10000000"
            )
        );
    }
    for (path, body, code) in [
        (format!("/{job}/batch"), "[]", "InvalidBatch"),
        ("/750000000000000AAA/batch".to_owned(), "[]", "InvalidJob"),
    ] {
        let refused = session.send("POST", &path, "application/json", body).await;
        assert_eq!(refused.json()["exceptionCode"], code);
    }
    let aborted = session
        .xml(&format!("/{job}"), "<state>Aborted</state>")
        .await;
    assert_eq!(element(aborted.text(), "state"), "Aborted");

    // A job in XML can be created, and takes no batches here.
    let members = "<operation>insert</operation><object>Account</object>";
    let xml = session.xml("", members).await;
    let path = format!("/{}/batch", element(xml.text(), "id"));
    let refused = session
        .send("POST", &path, "application/xml", "<sObjects/>")
        .await;
    assert_eq!(
        element(refused.text(), "exceptionCode"),
        "EMULATOR_UNSUPPORTED"
    );
    let writes = session.org.emulator.control().stats().writes;
    assert!(!writes.contains_key(&Route::BulkV1Batch));
}

#[tokio::test]
async fn a_batch_that_is_wrong_as_a_whole_fails() {
    let session = Session::start().await;
    let job = session.job("insert", "").await;
    let many = format!("Name\n{}", "A\n".repeat(10_001));
    for (body, message) in [
        (
            "Name,Nothing\nA,B\n",
            "InvalidBatch : Field name not found : Nothing",
        ),
        (
            &many[..],
            "InvalidBatch : Exceeded number of records: 10002. Number of records should be less than or equal to 10001",
        ),
    ] {
        let batch = session.batch(&job, body).await;
        let info = session.get(&batch).await;
        assert_eq!(element(info.text(), "state"), "Failed");
        assert_eq!(element(info.text(), "stateMessage"), message);
    }
    let info = session.get(&format!("/{job}")).await;
    assert_eq!(element(info.text(), "numberBatchesFailed"), "2");
}
