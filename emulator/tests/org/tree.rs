//! Records with their children in one request.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{Emulator, Route, SchemaFile};

use crate::client::Org;
use crate::session::Session;

const TREE: &str = "/services/data/v66.0/composite/tree";

fn record(object: &str, reference: &str, fields: &Value) -> Value {
    let mut record = json!({"attributes": {"type": object, "referenceId": reference}});
    let members = record.as_object_mut().expect("an object");
    members.extend(fields.as_object().expect("fields").clone());
    record
}

fn children(records: &[Value]) -> Value {
    json!({"records": records})
}

async fn accounts(session: &Session) -> Value {
    let soql = "SELECT COUNT() FROM Account WHERE Site = 'tree'";
    session.query(soql).await["totalSize"].clone()
}

/// The example of the guide's "Create Nested Records".
#[tokio::test]
async fn records_are_created_with_their_children() {
    let session = Session::start().await;
    let account = json!({"Name": "A", "Site": "tree"});
    let mut first = record("Account", "ref1", &account);
    first["Contacts"] = children(&[
        record("Contact", "ref2", &json!({"LastName": "Smith"})),
        record("Contact", "ref3", &json!({"LastName": "Evans"})),
    ]);
    let mut second = record("Account", "ref4", &account);
    second["ChildAccounts"] = children(&[record("Account", "ref5", &account)]);
    second["Contacts"] = children(&[record("Contact", "ref6", &json!({"LastName": "Jones"}))]);
    let body = json!({"records": [first, second]});
    let reply = session
        .send("POST", &format!("{TREE}/account"), &body)
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let answer = reply.json();
    assert_eq!(answer["hasErrors"], false);
    let results = answer["results"].as_array().expect("results");
    let references: Vec<&Value> = results.iter().map(|of| &of["referenceId"]).collect();
    assert_eq!(references, ["ref1", "ref4", "ref2", "ref3", "ref5", "ref6"]);
    assert!(results.iter().all(|of| of.get("errors").is_none()));
    let id = |place: usize| results[place]["id"].as_str().expect("an id");
    let soql = format!(
        "SELECT LastName FROM Contact WHERE AccountId = '{}' ORDER BY LastName",
        id(0)
    );
    let contacts = session.query(&soql).await;
    assert_eq!(contacts["records"][0]["LastName"], "Evans");
    assert_eq!(contacts["totalSize"], 2);
    let soql = format!("SELECT ParentId FROM Account WHERE Id = '{}'", id(4));
    assert_eq!(session.query(&soql).await["records"][0]["ParentId"], id(1));
    assert_eq!(session.writes(Route::Tree), 6);
    let stats = session.org.emulator.control().stats();
    assert_eq!(stats.requests[&Route::Tree], 1);
}

#[tokio::test]
async fn a_failure_creates_nothing_and_names_what_failed() {
    let session = Session::start().await;
    let account = json!({"Name": "A", "Site": "tree"});
    let mut first = record("Account", "ref1", &account);
    first["Contacts"] = children(&[
        record("Contact", "ref2", &json!({"LastName": "Smith"})),
        record("Contact", "ref3", &json!({"LastName": "B", "Email": "123"})),
        record("Contact", "ref4", &json!({})),
    ]);
    let body = json!({"records": [first]});
    let path = format!("{TREE}/Account");
    let reply = session.send("POST", &path, &body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        reply.json(),
        json!({"hasErrors": true, "results": [
            {"referenceId": "ref3", "errors": [{
                "statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid email address: 123",
                "fields": ["Email"],
            }]},
            {"referenceId": "ref4", "errors": [{
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [LastName]", "fields": ["LastName"],
            }]},
        ]})
    );
    assert_eq!(accounts(&session).await, 0);

    let doubled = record("Account", "ref1", &account);
    let body = json!({"records": [doubled, record("Account", "ref2", &account), doubled]});
    let reply = session.send("POST", &path, &body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let error = json!({"referenceId": "ref1", "errors": [{
        "statusCode": "INVALID_INPUT", "message": "Duplicate ReferenceId provided in the request.",
        "fields": [],
    }]});
    assert_eq!(
        reply.json(),
        json!({"hasErrors": true, "results": [error, error]})
    );
    assert_eq!(accounts(&session).await, 0);
    // Wrong names of relationships are wrong fields.
    let mut wrong = record("Account", "ref1", &account);
    wrong["Contact"] = children(&[record("Contact", "ref2", &json!({"LastName": "B"}))]);
    let reply = session
        .send("POST", &path, &json!({"records": [wrong]}))
        .await;
    let error = reply.json()["results"][0]["errors"][0].clone();
    assert_eq!(error["statusCode"], "INVALID_FIELD");
    assert_eq!(accounts(&session).await, 0);
}

#[tokio::test]
async fn trees_have_their_limits() {
    let session = Session::start().await;
    let path = format!("{TREE}/Account");
    let account = json!({"Name": "A", "Site": "tree"});
    let many = |count: usize| {
        let records = (0..count).map(|number| record("Account", &format!("r{number}"), &account));
        json!({"records": records.collect::<Vec<_>>()})
    };
    let refused = session.send("POST", &path, &many(201)).await;
    assert_eq!(
        (refused.status, refused.error().as_str()),
        (
            StatusCode::BAD_REQUEST,
            "INVALID_INPUT: there are too many records"
        )
    );
    assert_eq!(accounts(&session).await, 0);
    let created = session.send("POST", &path, &many(200)).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(accounts(&session).await, 200);
}

/// Five objects can be in a request, and not six.
#[tokio::test]
async fn a_request_has_records_of_five_objects_at_most() {
    let mut schema = "version = 1\n".to_owned();
    for number in 1..=5 {
        schema.push_str(&format!(
            "[objects.Part{number}__c.fields]\n\
             Account__c = {{ type = \"reference\", to = \"Account\", children = \"Parts{number}__r\" }}\n"
        ));
    }
    let builder = Emulator::builder().schema(SchemaFile::toml("s.toml", &schema));
    let session = Session::start_with(Org::start_with(builder).await).await;
    for (others, status) in [(4, StatusCode::CREATED), (5, StatusCode::BAD_REQUEST)] {
        let account = json!({"Name": "A", "Site": "tree"});
        let mut root = record("Account", "root", &account);
        for number in 1..=others {
            let part = record(
                &format!("Part{number}__c"),
                &format!("p{number}"),
                &json!({}),
            );
            root[format!("Parts{number}__r")] = children(&[part]);
        }
        let body = json!({"records": [root]});
        let reply = session
            .send("POST", &format!("{TREE}/Account"), &body)
            .await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    assert_eq!(accounts(&session).await, 1);
}

#[tokio::test]
async fn a_tree_is_whole_and_of_an_object() {
    let session = Session::start().await;
    let account = record("Account", "a", &json!({"Name": "A", "Site": "tree"}));
    let body = json!({"records": [account]});
    let reply = session
        .send("POST", &format!("{TREE}/Nothing"), &body)
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let reply = session
        .send("POST", &format!("{TREE}/Contact"), &body)
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.json()["results"][0]["referenceId"], "a");
    let part = json!({"compositeRequest": [{
        "method": "POST", "url": format!("{TREE}/Account"), "referenceId": "t", "body": body,
    }]});
    let reply = session
        .send("POST", "/services/data/v66.0/composite", &part)
        .await;
    assert_eq!(reply.json()["compositeResponse"][0]["httpStatusCode"], 400);
    assert_eq!(accounts(&session).await, 0);
}
