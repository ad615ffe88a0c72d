//! Bulk API 2.0, writing.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Route;

use crate::client::{Org, Reply, with};

const JOBS: &str = "/services/data/v66.0/jobs/ingest";

/// An org and a session.
struct Session {
    org: Org,
    token: String,
}

impl Session {
    async fn start() -> Self {
        let org = Org::start().await;
        let token = org.log_in().await;
        Self { org, token }
    }

    async fn send(&self, method: &str, path: &str, kind: &'static str, body: &str) -> Reply {
        let request = self.org.request(method, &format!("{JOBS}{path}"));
        let request = with(request, "authorization", &format!("Bearer {}", self.token));
        let request = with(request, "content-type", kind);
        self.org.send(request.map(|_| body.to_owned().into())).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.org
            .send(self.org.get(&self.token, &format!("{JOBS}{path}")))
            .await
    }

    async fn patch(&self, job: &str, state: &str) -> Reply {
        let body = json!({ "state": state }).to_string();
        self.send("PATCH", &format!("/{job}"), "application/json", &body)
            .await
    }

    /// A job that is open.
    async fn create(&self, body: &Value) -> String {
        let body = body.to_string();
        let job = self.send("POST", "", "application/json", &body).await;
        assert_eq!(job.status, StatusCode::OK, "{}", job.text());
        job.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A job that has run on `csv`.
    async fn run(&self, body: &Value, csv: &str) -> Value {
        let id = self.create(body).await;
        let path = format!("/{id}/batches");
        let sent = self.send("PUT", &path, "text/csv", csv).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        let closed = self.patch(&id, "UploadComplete").await;
        assert_eq!(closed.json()["state"], "UploadComplete");
        self.get(&format!("/{id}")).await.json()
    }

    /// The three results of a job.
    async fn results(&self, job: &Value) -> [String; 3] {
        let id = job["id"].as_str().expect("an id");
        let mut all = [const { String::new() }; 3];
        let names = ["successfulResults", "failedResults", "unprocessedrecords"];
        for (text, name) in all.iter_mut().zip(names) {
            let reply = self.get(&format!("/{id}/{name}/")).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
            assert_eq!(reply.header("content-type"), "text/csv");
            reply.text().clone_into(text);
        }
        all
    }

    async fn count(&self, soql: &str) -> u64 {
        let page = self.org.query(&self.token, soql).await.json();
        page["totalSize"].as_u64().expect("a number")
    }
}

/// The first value of each line below the first.
fn ids(csv: &str) -> Vec<String> {
    let lines = csv.lines().skip(1);
    let ids = lines.map(|line| line.split('"').nth(1).expect("a value").to_owned());
    ids.collect()
}

#[tokio::test]
async fn a_job_inserts_and_tells_what_became_of_each_record() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "insert"});
    // Names in any case; nothing is a value that is not given; one line has a quote.
    let csv = "NAME,AnnualRevenue,Industry\nBulk 1,5,\n,1,Energy\n\"Bulk \"\"2\"\"\",much,\nBulk 3,#N/A,#N/A\n";
    let job = session.run(&body, csv).await;
    for (name, value) in [
        ("state", json!("JobComplete")),
        ("numberRecordsProcessed", json!(4)),
        ("numberRecordsFailed", json!(2)),
        ("jobType", json!("V2Ingest")),
        ("contentUrl", Value::Null),
        ("errorMessage", Value::Null),
    ] {
        assert_eq!(job[name], value, "{name}");
    }
    let [successful, failed, unprocessed] = session.results(&job).await;
    let ids = ids(&successful);
    assert_eq!(
        successful,
        format!(
            "\"sf__Id\",\"sf__Created\",\"NAME\",\"AnnualRevenue\",\"Industry\"\n\
             \"{}\",\"true\",\"Bulk 1\",\"5\",\"\"\n\"{}\",\"true\",\"Bulk 3\",\"#N/A\",\"#N/A\"\n",
            ids[0], ids[1]
        )
    );
    assert_eq!(
        failed,
        "\"sf__Id\",\"sf__Error\",\"NAME\",\"AnnualRevenue\",\"Industry\"\n\
         \"\",\"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --\",\"\",\"1\",\"Energy\"\n\
         \"\",\"INVALID_TYPE_ON_FIELD_IN_RECORD:value not of required type: much:AnnualRevenue --\",\
         \"Bulk \"\"2\"\"\",\"much\",\"\"\n"
    );
    assert_eq!(unprocessed, "\"NAME\",\"AnnualRevenue\",\"Industry\"\n");
    let soql = "SELECT COUNT() FROM Account WHERE Name LIKE 'Bulk %' AND AnnualRevenue = 5";
    assert_eq!(session.count(soql).await, 1);
    let writes = session.org.emulator.control().stats().writes;
    assert_eq!(
        (writes[&Route::IngestJob], writes[&Route::ChangeIngestJob]),
        (1, 2)
    );
}

#[tokio::test]
async fn a_job_updates_and_deletes_the_records_that_it_names() {
    let session = Session::start().await;
    let insert = json!({"object": "Account", "operation": "insert"});
    let job = session
        .run(&insert, "Name,Industry\nZimt,Energy\nAnis,Energy\n")
        .await;
    let [successful, ..] = session.results(&job).await;
    let ids = ids(&successful);

    // An empty value changes nothing, and the other one is null.
    let update = json!({"object": "Account", "operation": "update"});
    let csv = format!(
        "Id,Name,Industry\n{},Zimt 2,\n{},,#N/A\n,x,\n001000000000000AAA,x,\nx,x,\n",
        ids[0],
        &ids[1][..15]
    );
    let job = session.run(&update, &csv).await;
    assert_eq!(job["numberRecordsFailed"], 3);
    let [successful, failed, _] = session.results(&job).await;
    assert!(successful.contains(&format!(
        "\"{}\",\"false\",\"{}\",\"Zimt 2\"",
        ids[0], ids[0]
    )));
    let errors: Vec<&str> = failed.lines().skip(1).collect();
    // The words of the first are documented; a failed update names its record.
    for (line, begin) in errors.iter().zip([
        "\"\",\"MISSING_ARGUMENT:Id not specified in an update call:--\"",
        "\"001000000000000AAA\",\"INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--\"",
        "\"x\",\"NOT_FOUND:",
    ]) {
        assert!(line.starts_with(begin), "{line}");
    }
    let of = |name: &str, industry: &str| {
        format!("SELECT COUNT() FROM Account WHERE Name = '{name}' AND Industry = {industry}")
    };
    assert_eq!(session.count(&of("Zimt 2", "'Energy'")).await, 1);
    assert_eq!(session.count(&of("Anis", "null")).await, 1);

    // What is deleted is in the recycle bin, and what is erased is nowhere.
    let find = |id: &str| format!("SELECT COUNT() FROM Account WHERE Id = '{id}'");
    for (operation, id, live, all) in [("delete", &ids[0], 0, 1), ("hardDelete", &ids[1], 0, 0)] {
        let before = session.count("SELECT COUNT() FROM Account").await;
        let body = json!({"object": "Account", "operation": operation});
        let job = session.run(&body, &format!("Id\n{id}\n{id}\n")).await;
        let [successful, failed, _] = session.results(&job).await;
        assert!(successful.ends_with(&format!("\"{id}\",\"false\",\"{id}\"\n")));
        assert!(failed.contains(&format!(
            "\"{id}\",\"ENTITY_IS_DELETED:entity is deleted:--\""
        )));
        assert_eq!(session.count(&find(id)).await, live);
        assert_eq!(
            session.count("SELECT COUNT() FROM Account").await,
            before - 1
        );
        let request = session
            .org
            .get(&session.token, &crate::client::query_path(&find(id)));
        let path = request.uri().to_string().replace("/query?", "/queryAll?");
        let (_, path) = path.split_at(path.find("/services").expect("a path"));
        let page = session
            .org
            .send(session.org.get(&session.token, path))
            .await;
        assert_eq!(page.json()["totalSize"], all, "{operation}");
    }
    // No id is given out again.
    let job = session.run(&insert, "Name\nlast\n").await;
    let [successful, ..] = session.results(&job).await;
    assert!(!ids.contains(&super::ingest::ids(&successful)[0]));
}

#[tokio::test]
async fn a_job_upserts_by_an_external_id_or_by_the_id() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "ext__c"});
    for is_new in ["true", "false"] {
        let job = session
            .run(&body, "Ext__c,Name\nbulk-1,Zimt\n,Anis\n")
            .await;
        assert_eq!(job["externalIdFieldName"], "Ext__c");
        let [successful, failed, _] = session.results(&job).await;
        assert!(
            successful.contains(&format!("\"{is_new}\",\"bulk-1\"")),
            "{successful}"
        );
        // Nobody could confirm these words for jobs.
        assert!(
            failed.contains("MISSING_ARGUMENT:Ext__c not specified:--"),
            "{failed}"
        );
    }
    assert_eq!(
        session
            .count("SELECT COUNT() FROM Account WHERE Ext__c = 'bulk-1'")
            .await,
        1
    );

    // jsforce's own suite upserts by the id records that have none.
    let body = json!({
        "object": "Account", "operation": "upsert", "externalIdFieldName": "Id",
        "columnDelimiter": "BACKQUOTE", "lineEnding": "CRLF",
    });
    let job = session.run(&body, "NAME`PHONE\r\nbulk 2`1,2\r\n").await;
    let [successful, ..] = session.results(&job).await;
    let id = &ids(&successful)[0];
    assert_eq!(
        successful,
        format!(
            "\"sf__Id\"`\"sf__Created\"`\"NAME\"`\"PHONE\"\r\n\"{id}\"`\"true\"`\"bulk 2\"`\"1,2\"\r\n"
        )
    );
    let job = session
        .run(&body, &format!("Id`NAME\r\n{id}`bulk 3\r\n"))
        .await;
    assert!(session.results(&job).await[0].contains("\"false\""));
    assert_eq!(
        session
            .count("SELECT COUNT() FROM Account WHERE Name = 'bulk 3'")
            .await,
        1
    );
}

/// Logs of uploads say that no record finds another one of its chunk.
#[tokio::test]
async fn a_job_finds_parents_by_external_ids() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "insert"});
    let csv = "Name,Ext__c,parent.ext__C\nP,P 1,\nA,A 1,P 1\n";
    let job = session.run(&body, csv).await;
    let [_, failed, _] = session.results(&job).await;
    let error = "INVALID_FIELD:Foreign key external ID: p 1 not found for field Ext__c in entity Account:--";
    assert!(failed.contains(error), "{failed}");

    let body = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "Ext__c"});
    let csv = "Ext__c,Name,Parent.Ext__c\nA 1,A,P 1\nA 2,A,p 1\nA 3,A,\nA 4,A,#N/A\n";
    let job = session.run(&body, csv).await;
    assert_eq!(job["numberRecordsFailed"], 0);
    let children = "SELECT COUNT() FROM Account WHERE Parent.Ext__c = 'P 1'";
    assert_eq!(session.count(children).await, 2);
    // Nothing is no change, and null no parent.
    let csv = "Ext__c,Name,Parent.Ext__c\nA 1,B,\nA 2,B,#N/A\n";
    let job = session.run(&body, csv).await;
    assert_eq!(job["numberRecordsFailed"], 0);
    assert_eq!(session.count(children).await, 1);

    let body = json!({"object": "Task", "operation": "insert"});
    let job = session.run(&body, "Subject,User:Owner.Id\nA,x\n").await;
    let [_, failed, _] = session.results(&job).await;
    assert!(failed.contains("ID: x not found for field Id in entity User"));
}

#[tokio::test]
async fn an_upload_that_is_wrong_as_a_whole_fails_its_job() {
    let session = Session::start().await;
    for (operation, csv, words) in [
        (
            "insert",
            "Name,Nothing\nA,B\n",
            "InvalidBatch : Field name not found : Nothing",
        ),
        // A wrong delimiter.
        (
            "insert",
            "Name;Phone\nA;B\n",
            "InvalidBatch : Field name not found : Name;Phone",
        ),
        (
            "update",
            "Name\nA\n",
            "InvalidBatch : Field name not found : Id",
        ),
        (
            "insert",
            "Name\r\nA\r\n",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        // What names no parent: a field that is no key, and a type without a choice.
        (
            "insert",
            "Name,Parent.Name\nA,B\n",
            "InvalidBatch : Field name not found : Parent.Name",
        ),
        (
            "insert",
            "Name,Account:Parent.Ext__c\nA,B\n",
            "InvalidBatch : Field name not found : Account:Parent.Ext__c",
        ),
        // Nobody could confirm the words of the last one.
        (
            "delete",
            "Id,Name\n001000000000001,A\n",
            "InvalidBatch : only Id can be given to delete records, and not Name",
        ),
    ] {
        let body = json!({"object": "Account", "operation": operation});
        let job = session.run(&body, csv).await;
        assert_eq!(job["state"], "Failed", "{csv}");
        assert_eq!(job["errorMessage"], words);
        assert_eq!(job["numberRecordsProcessed"], 0);
        let [successful, failed, unprocessed] = session.results(&job).await;
        assert_eq!((successful.lines().count(), failed.lines().count()), (1, 1));
        assert_eq!(unprocessed, csv, "every record is unprocessed");
    }
    // One line alone has too few values; nobody could confirm the words.
    let body = json!({"object": "Account", "operation": "insert"});
    let job = session.run(&body, "Name,Phone\nA\nB,1\n").await;
    assert_eq!(job["numberRecordsFailed"], 1);
    let [_, failed, _] = session.results(&job).await;
    assert!(failed.contains("INVALID_BATCH:the first line has 2 values, and this one 1:--"));
}

#[tokio::test]
async fn a_job_goes_through_its_states_and_no_others() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "insert"});
    let id = session.create(&body).await;
    let path = format!("/{id}");
    let error = |reply: Reply| (reply.status.as_u16(), reply.json()[0]["errorCode"].clone());
    let state = (400, json!("INVALIDJOBSTATE"));

    // While it is open it has no results, is not deleted, and takes one upload.
    let open = session.get(&path).await.json();
    assert_eq!(open["state"], "Open");
    assert_eq!(open.get("numberRecordsProcessed"), None);
    let results = format!("{path}/failedResults");
    assert_eq!(error(session.get(&results).await), state);
    let refused = session.send("DELETE", &path, "text/csv", "").await;
    assert_eq!(
        refused.error(),
        "API_ERROR: Error encountered when deleting the job because the job is not terminated"
    );
    let batches = format!("{path}/batches");
    let sent = session.send("PUT", &batches, "text/csv", "Name\nA\n").await;
    assert_eq!(sent.status, StatusCode::CREATED);
    let again = session.send("PUT", &batches, "text/csv", "Name\nA\n").await;
    assert_eq!(error(again), state);
    let refused = session.patch(&id, "JobComplete").await;
    assert_eq!(error(refused), (400, json!("JSON_PARSER_ERROR")));

    // It is aborted with nothing done, and its upload is unprocessed.
    assert_eq!(
        session.patch(&id, "Aborted").await.json()["state"],
        "Aborted"
    );
    let aborted = session.get(&path).await.json();
    let [_, _, unprocessed] = session.results(&aborted).await;
    assert_eq!(unprocessed, "Name\nA\n");
    assert_eq!(error(session.patch(&id, "UploadComplete").await), state);
    assert_eq!(
        session.patch(&id, "Aborted").await.error(),
        "INVALIDJOBSTATE: Aborting already Aborted Job not allowed"
    );

    // It is deleted, and there is none any more.
    let gone = session.send("DELETE", &path, "text/csv", "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let nothing = session.get(&path).await;
    assert_eq!(
        nothing.error(),
        "NOT_FOUND: The requested resource does not exist"
    );

    // A complete job is aborted no more, in the documented words.
    let job = session.run(&body, "Name\nA\n").await;
    let id = job["id"].as_str().expect("an id");
    assert_eq!(
        session.patch(id, "Aborted").await.error(),
        "INVALIDJOBSTATE: Aborting already Completed Job not allowed"
    );
    // One without an upload has nothing to do, as jsforce expects.
    let job = session.run(&body, "").await;
    assert_eq!(
        (&job["state"], &job["numberRecordsProcessed"]),
        (&json!("JobComplete"), &json!(0))
    );
    let list = session.get("").await.json();
    assert_eq!(
        (&list["done"], list["records"].as_array().map(Vec::len)),
        (&json!(true), Some(2))
    );
}

/// A composite request holds the turn to write, which a job needs.
#[tokio::test]
async fn a_job_is_no_part_of_another_request() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "insert"});
    let id = session.create(&body).await;
    let path = format!("/{id}/batches");
    session.send("PUT", &path, "text/csv", "Name\nA\n").await;
    let part = json!({
        "method": "PATCH", "url": format!("{JOBS}/{id}"), "referenceId": "a",
        "body": {"state": "UploadComplete"},
    });
    let composite = json!({"compositeRequest": [part]}).to_string();
    let request = session
        .org
        .request("POST", "/services/data/v66.0/composite");
    let request = with(
        request,
        "authorization",
        &format!("Bearer {}", session.token),
    );
    let request = with(request, "content-type", "application/json");
    let reply = session.org.send(request.map(|_| composite.into())).await;
    let answer = &reply.json()["compositeResponse"][0];
    assert_eq!(answer["httpStatusCode"], 400);
    assert_eq!(
        answer["body"][0]["message"],
        "a job cannot be a part of another request"
    );
    let job = session.get(&format!("/{id}")).await.json();
    assert_eq!(job["state"], "Open");
}

#[tokio::test]
async fn an_upload_may_be_compressed_and_must_be_csv() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "insert"});
    let id = session.create(&body).await;
    let path = format!("/{id}/batches");
    let refused = session.send("PUT", &path, "application/json", "[]").await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"Name\nA\n").expect("memory");
    let gzip = encoder.finish().expect("memory");
    let request = session.org.request("PUT", &format!("{JOBS}{path}"));
    let request = with(
        request,
        "authorization",
        &format!("Bearer {}", session.token),
    );
    let request = with(request, "content-type", "text/csv; charset=UTF-8");
    let request = with(request, "content-encoding", "gzip");
    let reply = session.org.send(request.map(|_| gzip.into())).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    session.patch(&id, "UploadComplete").await;
    let job = session.get(&format!("/{id}")).await.json();
    assert_eq!(job["numberRecordsProcessed"], 1);
}

/// The limit is documented, what is answered beyond it is not.
#[tokio::test]
async fn an_upload_has_a_limit() {
    let session = Session::start().await;
    let body = json!({"object": "Account", "operation": "insert"});
    let id = session.create(&body).await;
    let path = format!("/{id}/batches");
    let longer = "x".repeat(112_500_001);
    let refused = session.send("PUT", &path, "text/csv", &longer).await;
    assert_eq!(
        refused.error(),
        "JSON_PARSER_ERROR: Maximum size of request reached. Maximum size of request is 112500000 bytes."
    );
    let longest = session.send("PUT", &path, "text/csv", &longer[1..]).await;
    assert_eq!(longest.status, StatusCode::CREATED);
}
