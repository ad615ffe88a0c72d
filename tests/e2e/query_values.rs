//! What a query and a search of the command line can be asked: values, plans, the Tooling API.

use std::fs;

use sfbox_emulator::Route;

use crate::org::Org;

const BY_NAME: &str = "SELECT Name FROM Account WHERE Name = :name";

fn with_names(names: &[&str]) -> Org {
    let org = Org::start();
    for name in names {
        let created = org.sfbox(&["create", "Account", &format!("Name={name}")]);
        assert_eq!(created.status, 0, "{}", created.stderr);
    }
    org
}

#[test]
fn values_are_typed_or_come_from_a_file() {
    let org = with_names(&["O'Hara", "x"]);
    let found = org.sfbox(&["query", BY_NAME, "--param", "name=O'Hara"]);
    assert_eq!(found.records()[0]["Name"], "O'Hara");
    let nothing = org.sfbox(&["query", BY_NAME, "--param", "name=x' OR Name != '"]);
    assert!(nothing.records().is_empty());
    let listed = org.sfbox(&[
        "query",
        "SELECT Name FROM Account WHERE Name IN :names AND CreatedDate > :from LIMIT :most",
        "--param",
        "names=O'Hara",
        "--param",
        "names=x",
        "--param",
        "from:datetime=2000-01-01T00:00:00Z",
        "--param",
        "most:number=5",
    ]);
    assert_eq!(listed.records().len(), 2);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.json");
    fs::write(
        &file,
        r#"{"names": ["O'Hara", "x"], "from": {"date-literal": "TODAY"}}"#,
    )
    .unwrap();
    let soql = "SELECT Name FROM Account WHERE Name IN :names AND CreatedDate >= :from";
    let name = file.to_str().unwrap();
    let listed = org.sfbox(&["query", soql, "--params", name]);
    assert_eq!(listed.records().len(), 2);
}

#[test]
fn what_cannot_be_a_value_is_refused_before_anything_is_sent() {
    let org = Org::start();
    for (arguments, words) in [
        (
            &["--param", "other=x"][..],
            "the place `:name` has no parameter",
        ),
        (
            &["--param", "name:date=tomorrow"],
            "a date is a day such as",
        ),
        (
            &["--param", "name=a", "--param", "name=b"],
            "several values",
        ),
        (&["--param", "name:boat=x"], "there is no such type"),
        (&["--param", "name"], "its `=` is missing"),
    ] {
        let arguments = [&["query", BY_NAME], arguments].concat();
        org.sfbox(&arguments).fails(2, words);
    }
    assert_eq!(org.logins(), 0);
}

#[test]
fn a_plan_is_printed_and_nothing_runs() {
    let org = Org::start();
    let soql = "SELECT Id FROM Account WHERE Name = :name";
    let json = org.sfbox(&["query", soql, "--explain", "--param", "name=x"]);
    assert!(json.object()["plans"].is_array());
    let table = org.sfbox(&[
        "query",
        soql,
        "--explain",
        "--param",
        "name=x",
        "--output",
        "csv",
    ]);
    assert_eq!(table.status, 0, "{}", table.stderr);
    assert!(table.stdout.contains("TableScan"), "{}", table.stdout);
}

#[test]
fn the_tooling_api_is_queried_on_request() {
    let org = Org::start();
    let printed = org.sfbox(&["query", "--tooling", "SELECT Id, Name FROM ApexClass"]);
    assert!(printed.records().is_empty());
    assert_eq!(org.requests(Route::ToolingQuery), 1);
}

#[test]
fn a_search_prints_what_it_finds() {
    let org = with_names(&["Zimtstern", "Zimt (A*)"]);
    let json = org.sfbox(&["search", "FIND {Zimtstern} RETURNING Account(Id, Name)"]);
    assert_eq!(json.object()["searchRecords"][0]["Name"], "Zimtstern");
    let rows = org.sfbox(&[
        "search",
        "Zimt (A*)",
        "--in",
        "Account:Id,Name",
        "--output",
        "csv",
    ]);
    assert_eq!(rows.status, 0, "{}", rows.stderr);
    let lines: Vec<&str> = rows.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", rows.stdout);
    assert!(lines[1].contains("Account") && lines[1].contains("Zimt (A*)"));
    org.sfbox(&["search", "FIND {x}", "--in", "Account"])
        .fails(2, "RETURNING");
    org.sfbox(&["search", "Zimt", "--in", "Account?x="])
        .fails(2, "the object's name");
}
