//! Several requests in one.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Route;

use crate::client::{Org, Reply, with};

const BASE: &str = "/services/data/v66.0";

async fn send(org: &Org, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let request = with(
        org.request(method, &format!("{BASE}/{path}")),
        "authorization",
        &bearer,
    );
    org.send(request.map(|_| body.to_string().into())).await
}

fn part(method: &str, url: &str, reference: &str, body: &Value) -> Value {
    json!({"method": method, "url": format!("{BASE}/{url}"), "referenceId": reference, "body": body})
}

async fn contacts(org: &Org, token: &str) -> Value {
    let found = org
        .query(token, "SELECT COUNT() FROM Contact WHERE Title = 'T'")
        .await;
    found.json()["totalSize"].clone()
}

#[tokio::test]
async fn a_part_may_use_what_an_earlier_one_answered() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let contact = json!({"LastName": "B", "Title": "T", "AccountId": "@{a.id}"});
    let soql = "query?q=SELECT+Name+FROM+Contact+WHERE+AccountId='@{a.id}'";
    let get = |url: &str, reference: &str| json!({"method": "GET", "url": format!("{BASE}/{url}"), "referenceId": reference});
    let parts = json!({"compositeRequest": [
        part("POST", "sobjects/Account", "a", &json!({"Name": "A"})),
        part("POST", "sobjects/Contact", "c", &contact),
        get(soql, "q"),
        part("PATCH", "sobjects/Contact/@{q.records[0].nothing}", "x", &json!({})),
        part("POST", "sobjects/Contact/@{c.id}?_HttpMethod=PATCH", "p", &json!({"FirstName": "C"})),
        get("sobjects/Nothing/1", "n"),
    ]});
    let reply = send(&org, &token, "POST", "composite", &parts).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let answers = reply.json()["compositeResponse"].clone();
    let status = |place: usize| answers[place]["httpStatusCode"].as_u64().expect("a status");
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(status),
        [201, 201, 200, 400, 204, 404]
    );
    let location = answers[0]["httpHeaders"]["Location"]
        .as_str()
        .expect("a place");
    assert!(location.starts_with("/services/data/v66.0/sobjects/Account/001"));
    assert_eq!(answers[2]["body"]["records"][0]["Name"], "B");
    assert_eq!(answers[3]["body"][0]["errorCode"], "PROCESSING_HALTED");
    assert_eq!(
        (&answers[4]["body"], &answers[4]["referenceId"]),
        (&Value::Null, &json!("p"))
    );
    assert_eq!(contacts(&org, &token).await, 1);
    let stats = org.emulator.control().stats();
    assert_eq!(
        (stats.writes[&Route::Create], stats.writes[&Route::Update]),
        (2, 1)
    );
    assert_eq!(stats.api_calls, 2, "a composite request is one call");
}

#[tokio::test]
async fn all_or_none_takes_everything_back() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let contact = json!({"LastName": "B", "Title": "T"});
    let parts = json!({"allOrNone": true, "compositeRequest": [
        part("POST", "sobjects/Contact", "a", &contact),
        part("POST", "sobjects/Contact", "b", &json!({})),
        part("POST", "sobjects/Contact", "c", &contact),
    ]});
    let reply = send(&org, &token, "POST", "composite", &parts).await;
    let answers = reply.json()["compositeResponse"].clone();
    let codes = [0, 1, 2].map(|place| answers[place]["body"][0]["errorCode"].clone());
    assert_eq!(
        codes,
        [
            "PROCESSING_HALTED",
            "REQUIRED_FIELD_MISSING",
            "PROCESSING_HALTED"
        ]
    );
    assert_eq!(contacts(&org, &token).await, 0);

    let record = json!({"attributes": {"type": "Contact"}, "LastName": "B", "Title": "T"});
    let wrong = json!({"attributes": {"type": "Contact"}});
    for (all_or_none, left) in [(true, 0), (false, 1)] {
        let records = json!({"allOrNone": all_or_none, "records": [record, wrong]});
        let reply = send(&org, &token, "POST", "composite/sobjects", &records).await;
        assert_eq!(reply.status, StatusCode::OK);
        let saved = reply.json();
        assert_eq!(saved[0]["success"], !all_or_none);
        assert_eq!(saved[1]["id"], Value::Null);
        assert_eq!(
            saved[1]["errors"][0]["statusCode"],
            "REQUIRED_FIELD_MISSING"
        );
        if all_or_none {
            let code = &saved[0]["errors"][0]["statusCode"];
            assert_eq!(code, "ALL_OR_NONE_OPERATION_ROLLED_BACK");
        }
        assert_eq!(contacts(&org, &token).await, left);
    }
}

#[tokio::test]
async fn each_graph_is_kept_or_taken_back() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let contact = json!({"LastName": "B", "Title": "T"});
    let good = part("POST", "sobjects/Contact", "a", &contact);
    let bad = part("POST", "sobjects/Contact", "b", &json!({}));
    let graphs = json!({"graphs": [
        {"graphId": "1", "compositeRequest": [good, bad]},
        {"graphId": "2", "compositeRequest": [good]},
    ]});
    let json = send(&org, &token, "POST", "composite/graph", &graphs)
        .await
        .json();
    let graph = |place: usize| &json["graphs"][place];
    assert_eq!(graph(0)["isSuccessful"], false);
    let parts = &graph(0)["graphResponse"]["compositeResponse"];
    let code = |place: usize| &parts[place]["body"][0]["errorCode"];
    assert_eq!(
        [code(0), code(1)],
        ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    );
    assert_eq!(
        (&graph(1)["graphId"], &graph(1)["isSuccessful"]),
        (&json!("2"), &json!(true))
    );
    assert_eq!(contacts(&org, &token).await, 1);
    let query = part("GET", "query?q=x", "q", &Value::Null);
    let graphs = json!({"graphs": [{"graphId": "1", "compositeRequest": [query]}]});
    let refused = send(&org, &token, "POST", "composite/graph", &graphs).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_batch_runs_part_by_part() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let part = |method: &str, url: &str| json!({"method": method, "url": url, "richInput": {"LastName": "B", "Title": "T"}});
    for (halt, statuses, left) in [(false, [404, 201, 201], 2), (true, [404, 412, 412], 2)] {
        let parts = json!({"haltOnError": halt, "batchRequests": [
            part("POST", "v66.0/nothing"),
            part("POST", "v66.0/sobjects/Contact"),
            part("POST", "v34.0/sobjects/Contact/"),
        ]});
        let reply = send(&org, &token, "POST", "composite/batch", &parts).await;
        let json = reply.json();
        assert_eq!(json["hasErrors"], true);
        let status = |place: usize| {
            json["results"][place]["statusCode"]
                .as_u64()
                .expect("a status")
        };
        assert_eq!([0, 1, 2].map(status), statuses);
        assert_eq!(contacts(&org, &token).await, left);
    }
    let inner = json!({"batchRequests": [part("GET", "v66.0/limits")]});
    let nested = json!({"method": "POST", "url": "v66.0/composite/batch", "richInput": inner});
    let nested = json!({"batchRequests": [nested]});
    let reply = send(&org, &token, "POST", "composite/batch", &nested).await;
    assert_eq!(reply.json()["results"][0]["statusCode"], 400);
}

#[tokio::test]
async fn a_collection_is_read_changed_and_deleted() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let record = |name: &str| json!({"attributes": {"type": "Account"}, "Name": name});
    let records = json!({"records": [record("A"), record("B")]});
    let saved = send(&org, &token, "POST", "composite/sobjects", &records)
        .await
        .json();
    let ids = [0, 1].map(|place| saved[place]["id"].as_str().expect("an id").to_owned());
    let nothing = "001Sb00000zzzzzAAA";
    let wanted = json!({"ids": [ids[1], nothing, ids[0]], "fields": ["Name"]});
    let by_post = send(&org, &token, "POST", "composite/sobjects/Account", &wanted)
        .await
        .json();
    assert_eq!(
        (&by_post[0]["Name"], &by_post[1]),
        (&json!("B"), &Value::Null)
    );
    let list = format!(
        "composite/sobjects/Account?ids={},{nothing},{}&fields=Name",
        ids[1], ids[0]
    );
    let by_get = send(&org, &token, "GET", &list, &Value::Null).await.json();
    assert_eq!(by_get, by_post);
    let changed =
        json!({"records": [{"attributes": {"type": "Account"}, "id": ids[0], "Name": "C"}]});
    let saved = send(&org, &token, "PATCH", "composite/sobjects", &changed)
        .await
        .json();
    assert_eq!(
        saved,
        json!([{"id": ids[0], "success": true, "errors": []}])
    );
    let list = format!("composite/sobjects?ids={},{}", ids[0], ids[1]);
    for statuses in [[true, true], [false, false]] {
        let saved = send(&org, &token, "DELETE", &list, &Value::Null)
            .await
            .json();
        assert_eq!(
            [&saved[0]["success"], &saved[1]["success"]],
            statuses.map(Value::from).each_ref()
        );
    }
    let writes = org.emulator.control().stats().writes;
    assert_eq!(
        (
            writes[&Route::CreateMany],
            writes[&Route::UpdateMany],
            writes[&Route::DeleteMany]
        ),
        (2, 1, 2)
    );
}

#[tokio::test]
async fn a_collection_is_upserted_by_an_external_id() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let path = "composite/sobjects/Account/Ext__c";
    let record = |key: Value, name: &str| json!({"attributes": {"type": "Account"}, "Ext__c": key, "Name": name});
    let records = json!({"records": [record("many-1".into(), "A"), record("many-2".into(), "B")]});
    let upsert = async |records: &Value| send(&org, &token, "PATCH", path, records).await.json();
    let created = upsert(&records).await;
    for place in [0, 1] {
        assert_eq!(
            (&created[place]["success"], &created[place]["created"]),
            (&json!(true), &json!(true))
        );
    }
    let again = upsert(&records).await;
    assert_eq!(
        again[0],
        json!({"id": created[0]["id"], "success": true, "errors": [], "created": false})
    );
    // With allOrNone one wrong record takes back all; jsforce's own suite wants
    // `created` of refused records, too.
    let mut wrong = record("many-4".into(), "D");
    wrong["OwnerId"] = "INVALID_OWNER".into();
    let records = json!({"allOrNone": true, "records": [record("many-3".into(), "C"), wrong]});
    let refused = upsert(&records).await;
    for (place, code) in [
        (0, "ALL_OR_NONE_OPERATION_ROLLED_BACK"),
        (1, "MALFORMED_ID"),
    ] {
        assert_eq!(refused[place]["errors"][0]["statusCode"], code);
        assert_eq!(
            (&refused[place]["success"], &refused[place]["created"]),
            (&json!(false), &json!(true))
        );
    }
    let found = org
        .query(
            &token,
            "SELECT COUNT() FROM Account WHERE Ext__c LIKE 'many-%'",
        )
        .await;
    assert_eq!(found.json()["totalSize"], 2);
    // Nobody could confirm what is said of a record without the external id.
    let records = json!({"records": [record(Value::Null, "E")]});
    assert_eq!(
        upsert(&records).await[0]["errors"][0]["statusCode"],
        "MISSING_ARGUMENT"
    );
    let path = "composite/sobjects/Account/Name";
    let refused = send(&org, &token, "PATCH", path, &records).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let writes = org.emulator.control().stats().writes;
    assert_eq!(writes[&Route::UpsertMany], 5);
}
