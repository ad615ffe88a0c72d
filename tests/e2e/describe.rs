//! `sfbox describe`.

use serde_json::Value;
use sfbox_emulator::Route;

use crate::org::Org;

#[test]
fn an_object_is_a_table_of_its_fields() {
    let org = Org::start();
    let run = org.sfbox(&["describe", "account", "--output", "table"]);
    assert_eq!((run.status, run.complaints()), (0, vec![]));
    let mut lines = run.stdout.lines();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        words(lines.next().unwrap()),
        "name type label required references values"
    );
    let row = |field: &str| {
        let mut rows = run.stdout.lines();
        let row = rows.find(|line| line.split_whitespace().next() == Some(field));
        words(row.unwrap())
    };
    assert_eq!(row("Name"), "Name string Account Name true");
    assert_eq!(row("OwnerId"), "OwnerId reference Owner ID false User");
    let industry = row("Industry");
    assert!(
        industry.starts_with("Industry picklist Industry false Agriculture; Apparel; "),
        "{industry}"
    );
    assert!(industry.ends_with(" more"), "{industry}");
}

#[test]
fn json_is_what_salesforce_wrote() {
    let org = Org::start();
    let described = org.sfbox(&["describe", "Account", "--output", "json"]);
    let asked = org.sfbox(&["rest", "GET", "sobjects/Account/describe"]);
    assert_eq!(described.stdout.trim_end(), asked.stdout.trim_end());
    assert_eq!(described.object()["name"], "Account");
    // A line for each field, unchanged.
    let lines = org.sfbox(&["describe", "Account", "--output", "ndjson"]);
    let fields: Vec<Value> = lines
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::from(fields), described.object()["fields"]);
    let csv = org.sfbox(&["describe", "Account", "--output", "csv"]);
    let industry = csv
        .stdout
        .lines()
        .find(|line| line.starts_with("Industry,"));
    assert!(!industry.unwrap().contains(" more"), "{industry:?}");
}

#[test]
fn without_an_object_all_are_listed() {
    let org = Org::start();
    let run = org.sfbox(&["describe", "--output", "csv"]);
    assert_eq!((run.status, run.complaints()), (0, vec![]));
    let mut lines = run.stdout.lines();
    assert_eq!(lines.next(), Some("name,label,prefix,allows"));
    let account = "Account,Account,001,query search create update delete";
    assert!(
        run.stdout.lines().any(|line| line == account),
        "{}",
        run.stdout
    );
    let asked = org.sfbox(&["rest", "GET", "sobjects"]);
    let json = org.sfbox(&["describe"]);
    assert_eq!(json.stdout.trim_end(), asked.stdout.trim_end());
}

#[test]
fn the_tooling_api_has_objects_of_its_own() {
    let org = Org::start();
    let all = org.sfbox(&["describe", "--tooling", "--output", "csv"]);
    assert!(all.stdout.contains("\nApexClass,"), "{}", all.stdout);
    assert!(!all.stdout.contains("\nAccount,"), "{}", all.stdout);
    let one = org.sfbox(&["describe", "--tooling", "ApexClass", "--output", "csv"]);
    assert!(one.stdout.contains("\nName,string,"), "{}", one.stdout);
    org.sfbox(&["describe", "ApexClass"])
        .fails(1, "404 NOT_FOUND");
}

#[test]
fn a_name_that_no_path_can_have_is_never_sent() {
    let org = Org::start();
    for name in [
        "../query",
        "Account/describe",
        "Account?x=1",
        "%2e%2e",
        "_x",
        "Zö",
    ] {
        org.sfbox(&["describe", name])
            .fails(2, "the API name of an object");
    }
    assert_eq!((org.logins(), org.requests(Route::Describe)), (0, 0));
}
