//! A client that nobody here wrote, as it is: `simple-salesforce`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sfbox_emulator::Emulator;

use crate::client::Org;
use crate::program;

/// The Python that `cargo xtask test` makes.
fn python() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = package.parent().expect("a workspace");
    let python = workspace.join("target/python/bin/python");
    let place = python.display();
    assert!(
        python.exists(),
        "{place} is missing: run `cargo xtask test`"
    );
    python
}

/// What a script prints; it gets the org's host and port, and the credentials.
fn run(org: &Org, script: &str) -> Value {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut command = Command::new(python());
    command
        .arg(scripts.join(script))
        .arg(org.emulator.host())
        .arg(org.emulator.address().port().to_string());
    program::run(org, command, "REQUESTS_CA_BUNDLE")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_creates_reads_changes_and_deletes() {
    let org = Org::start().await;
    let done = run(&org, "rows.py");
    assert_eq!(
        done,
        json!({
            "objects": ["Account", "Case", "Specimen__c", "Shipment__x"],
            "described": ["Id", "500", ["00h"]],
            "create": [true, []],
            "get": "Zimt",
            "fields": ["Id", "Name", "Phone", "attributes"],
            "update": 204,
            "query": 1,
            "invalid": "INVALID_FIELD",
            "upsert": [201, 200],
            "external": "Ada Zimt",
            "delete": 204,
            "again": "ENTITY_IS_DELETED",
            "limits": 100_000,
            "apex": {"a": 1},
            "tooling": true,
        })
    );
    let stats = org.emulator.control().stats();
    assert_eq!(stats.writes.values().sum::<u64>(), 7, "{:?}", stats.writes);
}

/// Statements of the documentation that are run.
const DOCUMENTED: u64 = 175;

/// Those that fail, how often, and in which way. `NameError` is what became of the
/// statement before.
const FAILED: [(&str, u64); 25] = [
    // Salesforce refuses them, too: there is no such field.
    ("sf.query -> INVALID_FIELD", 2),
    // Logins other than with the client credentials: by SOAP, and with a JWT.
    (
        "session_id, instance = SalesforceLogin -> SalesforceAuthenticationFailed 401",
        1,
    ),
    ("sf = Salesforce -> InvalidKeyError", 1),
    ("sf = Salesforce -> SalesforceAuthenticationFailed 401", 6),
    // The Metadata API, which is SOAP.
    ("asyncId = result.get -> NameError", 1),
    (
        "custom_object = mdapi.CustomObject.read -> AttributeError",
        1,
    ),
    (
        "describe_response = mdapi.CustomObject.describe -> AttributeError",
        1,
    ),
    ("mdapi.CustomObject.create -> AttributeError", 1),
    ("mdapi.CustomObject.delete -> AttributeError", 1),
    ("mdapi.CustomObject.rename -> AttributeError", 1),
    ("mdapi.CustomObject.update -> AttributeError", 1),
    ("mdapi.describe -> LookupError", 1),
    ("query_response = mdapi.list_metadata -> AttributeError", 1),
    ("result = sf.deploy -> NOT_FOUND", 1),
    ("sf.checkDeployStatus -> NOT_FOUND", 1),
    ("sf.deploy -> NOT_FOUND", 1),
    ("sf.mdapi.check_deploy_status -> NOT_FOUND", 1),
    ("sf.mdapi.deploy -> NOT_FOUND", 1),
    ("state = result.get -> NameError", 1),
    ("while not deployment_finished -> NOT_FOUND", 1),
    // Bulk jobs whose records have a relationship that the org does not have.
    ("sf.bulk.Contact.update -> InvalidBatch", 1),
    ("sf.bulk.submit_dml -> InvalidBatch", 1),
    // Approvals, passwords, and what the Tooling API has beside statements.
    ("sf.restful -> EMULATOR_UNSUPPORTED", 1),
    ("sf.set_password -> METHOD_NOT_ALLOWED", 1),
    ("sf.toolingexecute -> EMULATOR_UNSUPPORTED", 2),
];

#[tokio::test(flavor = "multi_thread")]
async fn its_documentation_works_but_for_what_is_named_here() {
    let org = Org::start_with(Emulator::builder().accounts(2_500)).await;
    let mut done = run(&org, "documentation.py");
    let failed: BTreeMap<String, u64> =
        serde_json::from_value(done["failed"].take()).expect("a table");
    let named = FAILED.map(|(name, times)| (name.to_owned(), times));
    assert_eq!(failed, BTreeMap::from(named));
    assert_eq!(done["run"], DOCUMENTED);
}
