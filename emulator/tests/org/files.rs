//! Orgs whose objects, fields and records come from files.

use http::StatusCode;
use serde_json::{Map, Value, json};
use sfbox_emulator::{Emulator, LoadFile, LoadFormat, SchemaFile, StartError};

use crate::client::{Org, Reply, with};

const HERE: &str = "/services/data/v66.0";

const SCHEMA: &str = r#"
version = 1

[objects.Invoice__c]
label = "Invoice"

[objects.Invoice__c.fields]
Total__c = { type = "currency", precision = 12, scale = 2, required = true }
Number__c = { type = "string", length = 20, externalId = true, unique = true }
Code__c = { type = "string", externalId = true, unique = true, caseSensitive = true }
Serial__c = { type = "double", precision = 6, scale = 0, externalId = true, unique = true }
Status__c = { type = "picklist", values = ["Draft", "Paid"], default = "Draft", restricted = true }
Account__c = { type = "reference", to = "Account", children = "Invoices__r" }

[objects.Account.fields]
Region__c = "string"
"#;

struct Session {
    org: Org,
    token: String,
}

impl Session {
    async fn start() -> Self {
        let records = "Name,Total__c,Number__c,Account__c\nfirst,12.5,N1,001Sb0000000002IAA\n";
        let builder = Emulator::builder()
            .schema(SchemaFile::toml("s.toml", SCHEMA))
            .load(LoadFile::new("i.csv", LoadFormat::Csv, records).of("Invoice__c"));
        let org = Org::start_with(builder).await;
        let token = org.log_in().await;
        Self { org, token }
    }

    async fn query(&self, soql: &str) -> Value {
        let reply = self.org.query(&self.token, soql).await;
        assert_eq!(reply.status, StatusCode::OK, "{soql}: {}", reply.text());
        reply.json()
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let request = self.org.request(method, &format!("{HERE}/sobjects/{path}"));
        let request = with(request, "authorization", &format!("Bearer {}", self.token));
        let request = with(request, "content-type", "application/json");
        self.org
            .send(request.map(|_| body.to_string().into()))
            .await
    }
}

#[tokio::test]
async fn a_custom_object_is_queried_written_and_described() {
    let session = Session::start().await;
    let soql =
        "SELECT Name, Total__c, Status__c, Account__r.Name FROM Invoice__c WHERE Number__c = 'n1'";
    let invoice = &session.query(soql).await["records"][0];
    assert_eq!(
        (
            &invoice["Total__c"],
            &invoice["Status__c"],
            &invoice["Account__r"]["Name"]
        ),
        (&json!(12.5), &json!("Draft"), &json!("O'Quill & Daughters"))
    );
    let soql =
        "SELECT Name, (SELECT Name FROM Invoices__r) FROM Account WHERE Name LIKE 'O_Quill%'";
    let account = &session.query(soql).await["records"][0];
    assert_eq!(account["Invoices__r"]["records"][0]["Name"], "first");

    let body = json!({"Name": "second", "Total__c": 3.999, "Status__c": "Paid"});
    let created = session
        .send("PATCH", "Invoice__c/Number__c/N2", &body)
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    assert!(id.starts_with("a02"), "{id}");
    let soql = "SELECT Total__c FROM Invoice__c WHERE Name = 'second'";
    assert_eq!(session.query(soql).await["records"][0]["Total__c"], 3.99);
    for (body, error) in [
        (
            json!({}),
            "REQUIRED_FIELD_MISSING: Required fields are missing: [Total__c]",
        ),
        (
            json!({"Total__c": 1, "Status__c": "Lost"}),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: Status: bad value for restricted picklist \
             field: Lost",
        ),
        (
            json!({"Total__c": 1e10}),
            "NUMBER_OUTSIDE_VALID_RANGE: Total: value outside of valid range on numeric field: \
             10000000000",
        ),
        (
            json!({"Total__c": 1, "Number__c": "123456789012345678901"}),
            "STRING_TOO_LONG: Number: data value too large: 123456789012345678901 (max length=20)",
        ),
    ] {
        let refused = session.send("POST", "Invoice__c", &body).await;
        assert_eq!(refused.error(), error);
    }
    let described = session.org.get(
        &session.token,
        &format!("{HERE}/sobjects/Invoice__c/describe"),
    );
    let described = session.org.send(described).await.json();
    assert_eq!(
        (&described["label"], &described["custom"]),
        (&json!("Invoice"), &json!(true))
    );
    let updated = session
        .send(
            "PATCH",
            "Account/001Sb0000000002",
            &json!({"Region__c": "North"}),
        )
        .await;
    assert_eq!(updated.status, StatusCode::NO_CONTENT, "{}", updated.text());
}

#[tokio::test]
async fn tests_bring_records_of_custom_objects_and_a_reset_keeps_those_of_files() {
    let session = Session::start().await;
    let control = session.org.emulator.control();
    let row =
        |value: Value| -> Map<String, Value> { value.as_object().cloned().expect("an object") };
    control
        .seed(
            "Invoice__c",
            &[row(json!({"Name": "third", "Total__c": 1}))],
        )
        .expect("a record");
    for (value, error) in [
        (json!({"Totl__c": 1}), "Invoice__c has no field \"Totl__c\""),
        (json!({"Total__c": "x"}), "Total__c needs a number"),
        (
            json!({"Account__c": "003Sb0000000001"}),
            "Account__c needs an id of Account",
        ),
    ] {
        let refused = control.seed("Invoice__c", &[row(value)]).expect_err(error);
        assert_eq!(refused.to_string(), error);
    }
    assert_eq!(
        session.query("SELECT COUNT() FROM Invoice__c").await["totalSize"],
        2
    );
    control.reset().expect("a reset");
    let token = session.org.log_in().await;
    let count = session
        .org
        .query(&token, "SELECT COUNT() FROM Invoice__c")
        .await;
    assert_eq!(count.json()["totalSize"], 1);
}

#[tokio::test]
async fn what_an_org_describes_makes_the_same_org_again() {
    let first = Org::start().await;
    let token = first.log_in().await;
    let read = |org: &Org, path: &str| org.get(&token, &format!("{HERE}/{path}"));
    let global = first.send(read(&first, "sobjects")).await.json();
    let names: Vec<String> = global["sobjects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|sobject| sobject["name"].as_str().map(str::to_owned))
        .collect();
    let mut described = Vec::new();
    for name in &names {
        described.push(
            first
                .send(read(&first, &format!("sobjects/{name}/describe")))
                .await
                .json(),
        );
    }
    let file = SchemaFile::json("all.json", &json!({"sobjects": described}).to_string());
    let second = Org::start_with(Emulator::builder().schema(file)).await;
    let token = second.log_in().await;
    for (name, told) in names.iter().zip(&described) {
        let request = second.get(&token, &format!("{HERE}/sobjects/{name}/describe"));
        let again = second.send(request).await.json();
        for (member, value) in told.as_object().expect("an object") {
            assert_eq!(&again[member], value, "{name}.{member}");
        }
    }
    // It has the same records, too.
    for name in names.iter().filter(|name| *name != "Name") {
        let soql = format!("SELECT COUNT() FROM {name}");
        let counts = [
            first.query(&first.log_in().await, &soql).await,
            second.query(&token, &soql).await,
        ];
        assert_eq!(
            counts[0].json()["totalSize"],
            counts[1].json()["totalSize"],
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_org_does_not_start_with_files_that_are_wrong() {
    let schema = Emulator::builder().schema(SchemaFile::toml("s.toml", "version = 2"));
    let refused = schema.start().await.expect_err("a version");
    assert!(matches!(refused, StartError::Schema(_)), "{refused:?}");
    let load =
        Emulator::builder().load(LoadFile::new("a.csv", LoadFormat::Csv, "x\n1").of("Account"));
    let refused = load.start().await.expect_err("a column");
    let StartError::Load(why) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(why.to_string(), "a.csv:2:1: Account has no field \"x\"");
}

#[tokio::test]
async fn external_ids_have_the_type_and_the_case_of_their_field() {
    let session = Session::start().await;
    let body = json!({"Total__c": 1});
    let mut ids = Vec::new();
    for (key, status) in [
        ("Number__c/Ab", StatusCode::CREATED),
        ("Number__c/aB", StatusCode::OK),
        ("Number__c/n1", StatusCode::OK),
        ("Code__c/Ab", StatusCode::CREATED),
        ("Code__c/aB", StatusCode::CREATED),
        ("Serial__c/12", StatusCode::CREATED),
        ("Serial__c/12.0", StatusCode::OK),
    ] {
        let reply = session
            .send("PATCH", &format!("Invoice__c/{key}"), &body)
            .await;
        assert_eq!(reply.status, status, "{key}: {}", reply.text());
        ids.push(reply.json()["id"].clone());
    }
    assert!(
        ids[0] == ids[1] && ids[3] != ids[4] && ids[5] == ids[6],
        "{ids:?}"
    );
    let soql = "SELECT COUNT() FROM Invoice__c WHERE Serial__c = 12";
    assert_eq!(session.query(soql).await["totalSize"], 1);
    for (key, error) in [
        ("Serial__c/x", "JSON_PARSER_ERROR"),
        ("Serial__c/1234567", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Number__c/123456789012345678901", "STRING_TOO_LONG"),
    ] {
        let reply = session
            .send("PATCH", &format!("Invoice__c/{key}"), &body)
            .await;
        assert_eq!(reply.json()[0]["errorCode"], error, "{}", reply.text());
    }
    let body = json!({"Total__c": 1, "Number__c": "AB"});
    let twice = session.send("POST", "Invoice__c", &body).await;
    assert_eq!(
        twice.json()[0]["errorCode"],
        "DUPLICATE_VALUE",
        "{}",
        twice.text()
    );
}
