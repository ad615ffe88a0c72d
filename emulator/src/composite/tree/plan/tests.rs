//! The places of records in trees.

use serde_json::json;

use super::*;

fn read(root: &str, records: &Value) -> Result<Vec<String>, String> {
    let schema = Schema::standard();
    let root = schema.named(root).expect("an object");
    let records = serde_json::from_value(records.clone()).expect("records");
    let plan = Plan::read(&schema, root, records).map_err(|error| error.message)?;
    let problems: Vec<String> = plan
        .problems()
        .iter()
        .map(|(node, problem)| format!("{} {problem:?}", node.reference))
        .collect();
    if !problems.is_empty() {
        return Err(problems.join(", "));
    }
    let told = |node: &Node<'_>| {
        let (name, level) = (&node.sobject.name, node.level);
        let parent = node.parent.as_ref();
        let parent = parent.map_or_else(String::new, |(place, field)| format!(" {field}={place}"));
        format!("{} {name} {level}{parent}", node.reference)
    };
    Ok(plan.nodes().iter().map(told).collect())
}

fn record(object: &str, reference: &str) -> Value {
    json!({"attributes": {"type": object, "referenceId": reference}})
}

/// An account below an account, so many levels deep.
fn chain(levels: usize) -> Value {
    let mut tree = record("Account", "last");
    for level in 1..levels {
        let mut parent = record("Account", &level.to_string());
        parent["ChildAccounts"] = json!({"records": [tree]});
        tree = parent;
    }
    tree
}

#[test]
fn parents_come_before_their_children() {
    let mut first = record("Account", "ref1");
    first["Contacts"] = json!({"records": [record("Contact", "ref2"), record("Contact", "ref3")]});
    let mut second = record("Account", "ref4");
    second["ChildAccounts"] = json!({"records": [record("Account", "ref5")]});
    second["contacts"] = json!({"records": [record("Contact", "ref6")]});
    assert_eq!(
        read("Account", &json!([first, second])),
        Ok([
            "ref1 Account 1",
            "ref4 Account 1",
            "ref2 Contact 2 AccountId=0",
            "ref3 Contact 2 AccountId=0",
            "ref5 Account 2 ParentId=1",
            "ref6 Contact 2 AccountId=1",
        ]
        .map(str::to_owned)
        .to_vec())
    );
}

#[test]
fn limits_hold_where_the_guide_says() {
    let many = |count: usize| {
        let records = (0..count).map(|number| record("Account", &number.to_string()));
        Value::Array(records.collect())
    };
    assert_eq!(
        read("Account", &many(RECORDS_MAX)).map(|all| all.len()),
        Ok(200)
    );
    assert_eq!(
        read("Account", &many(RECORDS_MAX + 1)),
        Err("there are too many records".to_owned())
    );
    assert_eq!(
        read("Account", &json!([chain(LEVELS_MAX)])).map(|all| all.len()),
        Ok(LEVELS_MAX)
    );
    assert_eq!(
        read("Account", &json!([chain(LEVELS_MAX + 1)])),
        Err("there are too many levels".to_owned())
    );
}

#[test]
fn every_record_has_a_place_of_its_own() {
    let without = |name: &str| {
        let mut record = record("Account", "a");
        let attributes = record["attributes"].as_object_mut();
        attributes.expect("attributes").remove(name);
        record
    };
    for (records, problem) in [
        (
            json!([
                record("Account", "a"),
                record("Account", "b"),
                record("Account", "a")
            ]),
            "a DoubledReference, a DoubledReference",
        ),
        (json!([without("type")]), "a NoType"),
        (json!([record("Contact", "a")]), "a OtherType"),
        (
            json!([without("referenceId")]),
            "Include a reference ID for each record in the request.",
        ),
        (
            json!([record("Account", "")]),
            "Include a reference ID for each record in the request.",
        ),
        (
            json!([{"Name": "A"}]),
            "Include a reference ID for each record in the request.",
        ),
    ] {
        assert_eq!(read("Account", &records), Err(problem.to_owned()));
    }
}
