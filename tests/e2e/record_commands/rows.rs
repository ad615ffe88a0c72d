//! Which record a row is about, and what it says of it.

use super::*;

#[test]
fn a_key_writes_no_record_of_another_object() {
    let org = Org::start();
    let contacts = query(&org, "SELECT Id FROM Contact LIMIT 1");
    let id = contacts[0]["Id"].as_str().unwrap();
    let delete = ["delete", "Account", id, "--repeatable", "--yes"];
    org.sfbox(&delete)
        .fails(2, "ids of Account begin with `001`");
    org.sfbox(&[&delete[..], &["--dry-run"]].concat())
        .fails(2, "ids of Account begin with `001`");
    let update = ["update", "Account", id, "Description=x", "--repeatable"];
    org.sfbox(&[&update[..], &["--no-describe"]].concat())
        .fails(2, "ids of Account begin with `001`");
    let there = query(
        &org,
        &format!("SELECT Description FROM Contact WHERE Id = '{id}'"),
    );
    assert_ne!(there[0]["Description"], "x");
    // Of its own object it is.
    let delete = ["delete", "Contact", id, "--repeatable", "--yes"];
    assert_eq!(org.sfbox(&delete).object()["outcome"], "deleted");
}

#[test]
fn rows_without_a_record_are_refused_and_the_others_are_sent() {
    let org = Org::start();
    let folder = Folder::new();
    let ids = query(&org, "SELECT Id FROM Account LIMIT 1");
    let id = ids[0]["Id"].as_str().unwrap();
    let csv = folder.file("a.csv", format!("Id,Name\n,a\n{id},b\n\n,c\n"));
    let run = org.sfbox(&["update", "Account", "--file", &csv]);
    run.fails(1, "2 of 3 records were not saved");
    let invalid = "SFBOX_INVALID_VALUE";
    assert_eq!(refused(&outcomes(&run)), [(2, invalid), (5, invalid)]);
    let empty = folder.file("a.json", "[]");
    for command in ["update", "delete"] {
        let run = org.sfbox(&[command, "Account", "--file", &empty]);
        assert_eq!(run.records().len(), 0, "{command}");
    }
}

#[test]
fn a_parent_that_a_query_prints_as_null_is_left_out() {
    let org = Org::start();
    let folder = Folder::new();
    let account = query(&org, "SELECT Id FROM Account LIMIT 1");
    let account = account[0]["Id"].as_str().unwrap();
    let create = [
        "create",
        "Contact",
        "LastName=Fed",
        &format!("AccountId={account}"),
    ];
    let contact = org.sfbox(&create).object();
    let id = contact["id"].as_str().unwrap();
    let json = folder.file(
        "a.json",
        format!(r#"[{{"Id":"{id}","LastName":"Back","Account":null}}]"#),
    );
    let run = org.sfbox(&["update", "Contact", "--file", &json]);
    assert_eq!(run.records()[0]["outcome"], "updated");
    let soql = format!("SELECT LastName, AccountId FROM Contact WHERE Id = '{id}'");
    let there = query(&org, &soql);
    assert_eq!(there, [json!({"LastName": "Back", "AccountId": account})]);
    let csv = folder.file("a.csv", "LastName,Account\nx,\n");
    org.sfbox(&["create", "Contact", "--file", &csv])
        .fails(2, "`Account` is not a field of Contact");
}
