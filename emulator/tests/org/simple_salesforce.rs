//! A client that nobody here wrote, as it is: `simple-salesforce`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::client::Org;

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

#[tokio::test(flavor = "multi_thread")]
async fn it_creates_reads_changes_and_deletes() {
    let org = Org::start().await;
    let authority = std::env::temp_dir().join(format!("sfbox-emulator-{}.pem", std::process::id()));
    std::fs::write(&authority, org.emulator.ca_pem().expect("an authority")).expect("a file");
    let credentials = org.emulator.credentials();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/rows.py");
    let output = Command::new(python())
        .arg(script)
        .arg(org.emulator.host())
        .arg(org.emulator.address().port().to_string())
        .arg(&credentials.consumer_key)
        .arg(credentials.consumer_secret.expose())
        .env_clear()
        .env("REQUESTS_CA_BUNDLE", &authority)
        .output();
    std::fs::remove_file(&authority).expect("removed");
    let output = output.expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let done: Value = serde_json::from_slice(&output.stdout).expect("JSON");
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
