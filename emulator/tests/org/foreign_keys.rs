//! Parents that records name by external ids, in every way in which records are written.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{Emulator, Route, SchemaFile};

use crate::client::Org;
use crate::session::Session;

const DATA: &str = "/services/data/v66.0";

/// An org with an account, and its id.
async fn start() -> (Session, String) {
    let session = Session::start().await;
    let account = json!({"Name": "Zimt", "Ext__c": "E 1"});
    let account = session.create("Account", &account).await;
    (session, account)
}

/// A contact whose account is named by an external id.
fn contact(key: &str) -> Value {
    json!({"LastName": "A", "Account": {"Ext__c": key}})
}

/// The same in a collection.
fn record(object: &str, fields: &Value) -> Value {
    let mut record = json!({"attributes": {"type": object}});
    let members = record.as_object_mut().expect("an object");
    members.extend(fields.as_object().expect("fields").clone());
    record
}

/// How many contacts lead to an account.
async fn contacts(session: &Session, account: &str) -> Value {
    let soql = format!("SELECT COUNT() FROM Contact WHERE AccountId = '{account}'");
    session.query(&soql).await["totalSize"].clone()
}

/// The account of a contact.
async fn account_of(session: &Session, contact: &str) -> Value {
    let soql = format!("SELECT AccountId FROM Contact WHERE Id = '{contact}'");
    session.query(&soql).await["records"][0]["AccountId"].clone()
}

/// The example of the guide, with objects that every org has.
#[tokio::test]
async fn a_record_names_its_parent_by_an_external_id() {
    let (session, account) = start().await;
    let other = json!({"Name": "Anis", "Ext__c": "E 2"});
    let other = session.create("Account", &other).await;
    let id = session.create("Contact", &contact("E 1")).await;
    assert_eq!(account_of(&session, &id).await, account);
    let row = format!("Contact/{id}");
    let changed = session
        .row("PATCH", &row, &json!({"Account": {"Ext__c": "e 2"}}))
        .await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());
    assert_eq!(account_of(&session, &id).await, other);

    // An upsert creates the record, and changes its parent.
    let row = "Contact/Ext__c/C 1".replace(' ', "%20");
    let new = session.row("PATCH", &row, &contact("E 1")).await;
    assert_eq!(new.status, StatusCode::CREATED, "{}", new.text());
    let id = new.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(account_of(&session, &id).await, account);
    let changed = session
        .row("PATCH", &row, &json!({"Account": {"Ext__c": "E 2"}}))
        .await;
    assert_eq!(changed.json()["created"], false, "{}", changed.text());
    assert_eq!(account_of(&session, &id).await, other);
    // Nobody could confirm that null empties the reference.
    let emptied = session.row("PATCH", &row, &json!({"Account": null})).await;
    assert_eq!(emptied.status, StatusCode::OK, "{}", emptied.text());
    assert_eq!(account_of(&session, &id).await, Value::Null);
    assert_eq!(session.writes(Route::Upsert), 3);
}

/// The answer is that of a captured composite request.
#[tokio::test]
async fn a_parent_that_is_not_found_refuses_the_record() {
    const NOT_FOUND: &str = r#"[{"message":"Foreign key external ID: 0116 not found for field Ext__c in entity Account","errorCode":"INVALID_FIELD","fields":[]}]"#;
    let (session, _) = start().await;
    let id = session
        .create("Contact", &json!({"LastName": "B", "Ext__c": "C"}))
        .await;
    for (method, row) in [
        ("POST", "Contact".to_owned()),
        ("PATCH", format!("Contact/{id}")),
        ("PATCH", "Contact/Ext__c/C".to_owned()),
        ("PATCH", "Contact/Ext__c/D".to_owned()),
    ] {
        let refused = session.row(method, &row, &contact("0116")).await;
        assert_eq!(
            (refused.status, refused.text()),
            (StatusCode::BAD_REQUEST, NOT_FOUND),
            "{method} {row}"
        );
    }
    let stats = session.org.emulator.control().stats();
    assert_eq!(stats.writes.values().sum::<u64>(), 2, "{:?}", stats.writes);
    // A client that does what Salesforce documents meets it.
    assert_eq!(stats.unexpected, 0);
}

#[tokio::test]
async fn a_reference_to_several_objects_names_the_one() {
    let session = Session::start().await;
    let email = "who@b.example";
    let lead = json!({"LastName": "A", "Company": "B", "Email": email});
    let lead = session.create("Lead", &lead).await;
    let who = |who: Value| json!({"Subject": "Call", "Who": who});
    let named = who(json!({"attributes": {"type": "Lead"}, "Email": email}));
    let task = session.create("Task", &named).await;
    let soql = format!("SELECT WhoId FROM Task WHERE Id = '{task}'");
    assert_eq!(session.query(&soql).await["records"][0]["WhoId"], lead);
    let unnamed = who(json!({"Email": email}));
    let refused = session.row("POST", "Task", &unnamed).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.error().starts_with("INVALID_FIELD: "));
}

/// Source: REST API Developer Guide, "Insert or Update (Upsert) a Record Using an
/// External ID", for the status and the code.
#[tokio::test]
async fn a_parent_that_cannot_change_is_refused() {
    let schema = "version = 1\n[objects.Campaign.fields]\n\
                  Key__c = { type = \"double\", externalId = true, unique = true }\n";
    let builder = Emulator::builder().schema(SchemaFile::toml("s.toml", schema));
    let session = Session::start_with(Org::start_with(builder).await).await;
    let campaign = json!({"Name": "A", "Key__c": 1});
    let campaign = session.create("Campaign", &campaign).await;
    let contact = session
        .create("Contact", &json!({"LastName": "A", "Email": "m@b.example"}))
        .await;
    let member = json!({"Campaign": {"Key__c": 1}, "Contact": {"Email": "M@b.example"}});
    let member = session.create("CampaignMember", &member).await;
    let soql = "SELECT CampaignId, ContactId FROM CampaignMember ORDER BY Id DESC LIMIT 1";
    let found = &session.query(soql).await["records"][0];
    assert_eq!(
        (&found["CampaignId"], &found["ContactId"]),
        (&json!(campaign), &json!(contact))
    );
    let row = format!("CampaignMember/{member}");
    let refused = session
        .row("PATCH", &row, &json!({"Campaign": {"Key__c": 1}}))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let error = refused.error();
    assert!(
        error.starts_with("INVALID_FIELD_FOR_INSERT_UPDATE: ") && error.contains("CampaignId"),
        "{error}"
    );
}

/// Source: SOAP API Developer Guide, "create()": a parent comes before its children, and
/// is of another object.
#[tokio::test]
async fn a_record_of_a_collection_finds_what_an_earlier_chunk_created() {
    let session = Session::start().await;
    let account = |key: &str, parent: Value| {
        let fields = json!({"Name": "A", "Ext__c": key});
        let mut account = record("Account", &fields);
        if !parent.is_null() {
            account["Parent"] = json!({ "Ext__c": parent });
        }
        account
    };
    let path = format!("{DATA}/composite/sobjects");
    let records = json!({"records": [
        account("E 1", Value::Null),
        account("E 2", "E 1".into()),
        record("Contact", &contact("E 1")),
        account("E 3", "E 1".into()),
        record("Contact", &contact("E 2")),
    ]});
    let saved = session.send("POST", &path, &records).await.json();
    let of = |place: usize| {
        (
            saved[place]["success"] == true,
            saved[place]["errors"].clone(),
        )
    };
    let not_found = |key: &str| {
        let message =
            format!("Foreign key external ID: {key} not found for field Ext__c in entity Account");
        json!([{"statusCode": "INVALID_FIELD", "message": message, "fields": []}])
    };
    assert_eq!(of(0), (true, json!([])));
    assert_eq!(of(1), (false, not_found("e 1")));
    assert_eq!(of(2), (true, json!([])));
    assert_eq!(of(3), (true, json!([])));
    assert_eq!(of(4), (false, not_found("e 2")));
    let id = |place: usize| saved[place]["id"].as_str().expect("an id").to_owned();
    assert_eq!(account_of(&session, &id(2)).await, id(0));

    // An update, and an upsert by the key of the child.
    let mut changed = record("Contact", &json!({"Account": {"Ext__c": "E 3"}}));
    changed["id"] = id(2).into();
    let records = json!({"records": [changed]});
    let saved = session.send("PATCH", &path, &records).await.json();
    assert_eq!(saved[0]["success"], true, "{saved}");
    assert_eq!(account_of(&session, &id(2)).await, id(3));
    let path = format!("{path}/Contact/Ext__c");
    let keyed = |key: &str, parent: &str| {
        let mut contact = record("Contact", &contact(parent));
        contact["Ext__c"] = key.into();
        contact
    };
    let records = json!({"records": [keyed("C 1", "E 1"), keyed("C 2", "none")]});
    let saved = session.send("PATCH", &path, &records).await.json();
    assert_eq!(
        (&saved[0]["success"], &saved[0]["created"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&saved[1]["errors"], &saved[1]["created"]),
        (&not_found("none"), &json!(true))
    );
    // With allOrNone a parent that is not found takes back all.
    let records =
        json!({"allOrNone": true, "records": [keyed("C 1", "E 3"), keyed("C 3", "none")]});
    let saved = session.send("PATCH", &path, &records).await.json();
    assert_eq!(
        saved[0]["errors"][0]["statusCode"],
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    );
    assert_eq!(contacts(&session, &id(0)).await, 1);
}

#[tokio::test]
async fn a_part_finds_what_an_earlier_part_created() {
    let session = Session::start().await;
    let url = |object: &str| format!("{DATA}/sobjects/{object}");
    let account = |key: &str| json!({"Name": "A", "Ext__c": key});
    let part = |object: &str, reference: &str, body: Value| json!({"method": "POST", "url": url(object), "referenceId": reference, "body": body});
    let parts = json!([
        part("Account", "first", account("E 1")),
        part("Contact", "second", contact("E 1")),
    ]);
    let body = json!({"allOrNone": true, "compositeRequest": parts});
    let path = format!("{DATA}/composite");
    let answer = session.send("POST", &path, &body).await.json();
    let of = |place: usize| answer["compositeResponse"][place]["httpStatusCode"].clone();
    assert_eq!((of(0), of(1)), (json!(201), json!(201)), "{answer}");

    let parts = json!([
        part("Account", "first", account("E 2")),
        part("Contact", "second", contact("E 2")),
    ]);
    let graph = json!({"graphs": [{"graphId": "1", "compositeRequest": parts}]});
    let path = format!("{DATA}/composite/graph");
    let answer = session.send("POST", &path, &graph).await.json();
    assert_eq!(answer["graphs"][0]["isSuccessful"], true, "{answer}");

    let part = |object: &str, body: Value| json!({"method": "POST", "url": format!("v66.0/sobjects/{object}"), "richInput": body});
    let parts = json!([
        part("Account", account("E 3")),
        part("Contact", contact("E 3"))
    ]);
    let batch = json!({ "batchRequests": parts });
    let path = format!("{DATA}/composite/batch");
    let answer = session.send("POST", &path, &batch).await.json();
    assert_eq!(answer["hasErrors"], false, "{answer}");
    for key in ["E 1", "E 2", "E 3"] {
        let soql = format!("SELECT COUNT() FROM Contact WHERE Account.Ext__c = '{key}'");
        assert_eq!(session.query(&soql).await["totalSize"], 1, "{key}");
    }
}

/// Source: see the emulator's `foreign_key.rs`.
#[tokio::test]
async fn a_record_of_a_tree_cannot_name_a_parent_by_an_external_id() {
    let (session, account) = start().await;
    let mut child = record("Contact", &contact("E 1"));
    child["attributes"]["referenceId"] = "ref1".into();
    let path = format!("{DATA}/composite/tree/Contact");
    let refused = session
        .send("POST", &path, &json!({ "records": [child] }))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        refused.json()["results"][0]["errors"][0],
        json!({
            "statusCode": "INVALID_FIELD",
            "message": "Cannot reference a foreign key field Account.",
            "fields": []
        })
    );
    assert_eq!(contacts(&session, &account).await, 0);
}

/// "Record Input" of the User Interface API has ids alone for references, and GraphQL's
/// input has fields.
#[tokio::test]
async fn other_apis_take_ids_alone() {
    let (session, account) = start().await;
    let body = json!({"apiName": "Contact", "fields": contact("E 1")});
    let path = format!("{DATA}/ui-api/records");
    let refused = session.send("POST", &path, &body).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_REQUEST,
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("No such column 'Account'"));
    let query = "mutation { uiapi { ContactCreate(input: {Contact: {LastName: \"A\", Account: {Ext__c: \"E 1\"}}}) { Record { Id } } } }";
    let path = format!("{DATA}/graphql");
    let refused = session
        .send("POST", &path, &json!({ "query": query }))
        .await;
    assert!(
        refused.text().contains("No such column 'Account'"),
        "{}",
        refused.text()
    );
    assert_eq!(contacts(&session, &account).await, 0);
}
