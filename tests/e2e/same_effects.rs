//! The same writes by simple-salesforce, by jsforce and by sfbox leave the same records.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use workspace::{python, root};

use crate::machine::{are_installed, made, node};
use crate::org::Org;

const RECORDS: &str = "tests/clients/records.json";

/// What the writes have left: live records, and deleted ones.
const LEFT: [&str; 3] = [
    "SELECT Name, Ext__c, Phone, Industry, NumberOfEmployees, AnnualRevenue, Description FROM \
     Account WHERE Ext__c LIKE 'T-%' ORDER BY Ext__c",
    "SELECT LastName, FirstName, Email, Birthdate, Account.Ext__c FROM Contact WHERE Email LIKE \
     '%@t.example' ORDER BY Email",
    "SELECT Name, Ext__c FROM Account WHERE Ext__c LIKE 'T-%' AND IsDeleted = true ORDER BY Ext__c",
];

/// An org for clients that send bodies in chunks.
fn org() -> Org {
    let org = Org::start();
    org.set(|settings| settings.body_length_required = false);
    org
}

fn url(org: &Org) -> String {
    format!("https://localhost:{}", org.emulator().address().port())
}

/// The token of the org's session, for a client that takes one.
fn token(org: &Org) -> String {
    org.sfbox(&["session", "renew"]);
    org.stored()["SessionId"].as_str().unwrap().to_owned()
}

fn left(org: &Org) -> Value {
    let left = LEFT.map(|soql| {
        let mut records = org.sfbox(&["query", "--all-rows", soql]).records();
        records.iter_mut().for_each(without_addresses);
        Value::from(records)
    });
    left.into_iter().collect()
}

/// Addresses have ids, which differ.
fn without_addresses(record: &mut Value) {
    if let Some(members) = record.as_object_mut() {
        members.remove("attributes");
        members.values_mut().for_each(without_addresses);
    }
}

fn work() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join(RECORDS)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn by(command: &mut Command) {
    let output = command.arg(root().join(RECORDS)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn by_simple_salesforce() -> Value {
    let org = org();
    by(Command::new(python())
        .arg(root().join("tests/python/records.py"))
        .arg(url(&org))
        .env_clear()
        .env("KEY", token(&org))
        .env("REQUESTS_CA_BUNDLE", org.cacert()));
    left(&org)
}

fn by_jsforce() -> Value {
    let org = org();
    by(Command::new(node(26))
        .arg(root().join("tests/clients/records.mjs"))
        .arg(made("jsforce"))
        .arg(url(&org))
        .env_clear()
        .env("KEY", token(&org))
        .env("NODE_EXTRA_CA_CERTS", org.cacert()));
    left(&org)
}

/// `FIELD=VALUE` of each field, as a person types it.
fn typed(fields: &Value) -> Vec<String> {
    let fields = fields.as_object().unwrap().iter();
    fields
        .map(|(name, value)| match value {
            Value::Null => format!("{name}=#N/A"),
            Value::String(text) => format!("{name}={text}"),
            Value::Object(parent) => {
                let (key, value) = parent.iter().next().unwrap();
                format!("{name}.{key}={}", value.as_str().unwrap())
            }
            other => format!("{name}={other}"),
        })
        .collect()
}

fn id_of(org: &Org, object: &str, key: &Value) -> String {
    let key = format!("Ext__c={}", key.as_str().unwrap());
    let record = org.sfbox(&["get", object, &key, "--field", "Id"]).object();
    record["Id"].as_str().unwrap().to_owned()
}

/// The command for some work, and the records that it needs as a file.
fn command(org: &Org, work: &Value) -> (Vec<String>, Option<Vec<Value>>) {
    let object = work["object"].as_str().unwrap();
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let records = || work["records"].as_array().unwrap().clone();
    let key = &work["key"];
    match work["do"].as_str().unwrap() {
        "create" => (
            [words(&["create", object]), typed(&work["fields"])].concat(),
            None,
        ),
        "update" => {
            let id = id_of(org, object, key);
            (
                [words(&["update", object, &id]), typed(&work["fields"])].concat(),
                None,
            )
        }
        "upsert" => {
            let key = format!("Ext__c={}", key.as_str().unwrap());
            let begun = words(&["upsert", object, "-x", "Ext__c", &key]);
            ([begun, typed(&work["fields"])].concat(), None)
        }
        "delete" => (
            words(&["delete", object, &id_of(org, object, key), "--yes"]),
            None,
        ),
        "create many" => (words(&["create", object]), Some(records())),
        "upsert many" => (words(&["upsert", object, "-x", "Ext__c"]), Some(records())),
        "update many" => {
            let mut records = records();
            for record in &mut records {
                let key = record.as_object_mut().unwrap().remove("key").unwrap();
                record["Id"] = id_of(org, object, &key).into();
            }
            (words(&["update", object]), Some(records))
        }
        "delete many" => {
            let keys = work["keys"].as_array().unwrap().iter();
            let ids = keys.map(|key| json!({"Id": id_of(org, object, key)}));
            (words(&["delete", object, "--yes"]), Some(ids.collect()))
        }
        other => panic!("{other}"),
    }
}

fn by_sfbox() -> Value {
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("records.json");
    for work in work() {
        let (mut words, records) = command(&org, &work);
        if let Some(records) = records {
            std::fs::write(&file, Value::from(records).to_string()).unwrap();
            words.extend(["--file".to_owned(), file.to_str().unwrap().to_owned()]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let run = org.sfbox(&words);
        assert!(matches!(run.status, 0 | 1), "{words:?}: {}", run.stderr);
    }
    left(&org)
}

#[test]
fn sfbox_leaves_the_records_that_other_clients_leave() {
    let ours = by_sfbox();
    let live = ours[0].as_array().unwrap();
    assert!(live.len() >= 6, "{ours}");
    assert_eq!(ours[2].as_array().unwrap().len(), 2, "{ours}");
    assert_eq!(by_simple_salesforce(), ours);
    if are_installed("records", &["node", "jsforce"]) {
        assert_eq!(by_jsforce(), ours);
    }
}
