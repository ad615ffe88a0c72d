use serde_json::value::RawValue;

use super::run::columns;
use super::select_list;
use crate::records::{Format, Look, Page, Records};

/// The records of pages, each with its attributes.
fn page(records: &str) -> String {
    let records = records.replace('{', r#"{"attributes":{"type":"X","url":"/x"},"#);
    format!(
        r#"{{"totalSize":2,"done":true,"records":[{}]}}"#,
        records.replace(",}", "}")
    )
}

fn csv_of(soql: &str, pages: &[&str]) -> String {
    let pages: Vec<String> = pages.iter().map(|records| page(records)).collect();
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let list = select_list::read(soql);
    let settle = move |first: &[&RawValue]| columns(&list, first);
    let mut records = Records::settled_by(Vec::new(), Format::Csv, Look::default(), settle);
    for (at, page) in pages.iter().enumerate() {
        let page = Page::parse(page).unwrap();
        records.page(&page.records, at + 1 < pages.len()).unwrap();
    }
    String::from_utf8(records.end().unwrap()).unwrap()
}

/// A function beside a parent that is null in the first row, and in others.
#[test]
fn a_function_beside_a_parent_changes_no_column() {
    let null = r#"{"Id":"1","Status":"Offen","Owner":null}"#;
    let ada = r#"{"Id":"2","Status":"Offen","Owner":{"Name":"Ada"}}"#;
    let both = format!("{null},{ada}");
    for (soql, header) in [
        (
            "SELECT Id, toLabel(Status), Owner.Name FROM Lead",
            "Id,Status,Owner.Name",
        ),
        (
            "SELECT Id, FORMAT(Status), Owner.Name FROM Lead",
            "Id,Status,Owner.Name",
        ),
        (
            "SELECT Id, convertCurrency(l.Status), l.Owner.Name FROM Lead l",
            "Id,Status,Owner.Name",
        ),
        (
            "SELECT Id, FORMAT(convertCurrency(Status)), owner.name FROM Lead",
            "Id,Status,owner.name",
        ),
        (
            "SELECT Id, toLabel(Status) status, Owner.Name FROM Lead",
            "Id,status,Owner.Name",
        ),
        (
            "SELECT Id, NEW_FUNCTION(Status), Owner.Name FROM Lead",
            "Id,Status,Owner.Name",
        ),
    ] {
        for (pages, rows) in [
            (&[null, ada][..], "1,Offen,\n2,Offen,Ada\n"),
            (&[ada, null], "2,Offen,Ada\n1,Offen,\n"),
            (&[null], "1,Offen,\n"),
            (&[both.as_str()], "1,Offen,\n2,Offen,Ada\n"),
        ] {
            assert_eq!(csv_of(soql, pages), format!("{header}\n{rows}"), "{soql}");
        }
    }
}

/// `FIELDS()` beside parents that are null in the whole first page.
#[test]
fn fields_beside_a_parent_change_no_column() {
    let null = r#"{"Id":"1","Parent":null}"#;
    let full = r#"{"Id":"2","Parent":{"Name":"P","Owner":{"Name":"Ada"}}}"#;
    let half = r#"{"Id":"3","Parent":{"Name":"Q","Owner":null}}"#;
    for (soql, header) in [
        (
            "SELECT FIELDS(STANDARD), Parent.Name, Parent.Owner.Name FROM Account",
            "Id,Parent.Name,Parent.Owner.Name",
        ),
        (
            "SELECT fields(all), parent.name, Parent.Owner.Name FROM Account LIMIT 9",
            "Id,parent.name,Parent.Owner.Name",
        ),
        (
            "SELECT FIELDS(ALL), a.Parent.Name, a.Parent.Owner.Name FROM Account a LIMIT 9",
            "Id,Parent.Name,Parent.Owner.Name",
        ),
        (
            "SELECT Id, FIELDS(CUSTOM), Parent.Name, Parent.Owner.Name FROM Account LIMIT 9",
            "Id,Parent.Name,Parent.Owner.Name",
        ),
    ] {
        for (pages, rows) in [
            (&[null, full][..], "1,,\n2,P,Ada\n"),
            (&[full, null], "2,P,Ada\n1,,\n"),
            (&[half, full, null], "3,Q,\n2,P,Ada\n1,,\n"),
        ] {
            assert_eq!(csv_of(soql, pages), format!("{header}\n{rows}"), "{soql}");
        }
    }
    let parents_first = "SELECT Parent.Name, Parent.Owner.Name, FIELDS(STANDARD) FROM Account";
    assert_eq!(
        csv_of(parents_first, &[null, full]),
        "Parent.Name,Parent.Owner.Name,Id\n,,1\nP,Ada,2\n"
    );
    // A compound field is one cell, whether it is null in the first page or not.
    assert_eq!(
        csv_of(
            "SELECT FIELDS(ALL) FROM X LIMIT 9",
            &[
                r#"{"Id":"1","Site__c":null}"#,
                r#"{"Id":"2","Site__c":[1]}"#,
            ]
        ),
        "Id,Site__c\n1,\n2,[1]\n"
    );
}

#[test]
fn aggregates_have_the_names_that_salesforce_gives_them() {
    for (soql, records, csv) in [
        (
            "SELECT Owner.Name, COUNT(Id), MAX(Amount) top FROM X GROUP BY Owner.Name",
            r#"{"Name":null,"expr0":2,"top":1.50}"#,
            "Name,expr0,top\n,2,1.50\n",
        ),
        (
            "SELECT calendar_year(CloseDate), SUM(Amount) FROM X GROUP BY calendar_year(CloseDate)",
            r#"{"expr0":2026,"expr1":null}"#,
            "expr0,expr1\n2026,\n",
        ),
        ("SELECT COUNT(Id) FROM X", "", "expr0\n"),
        ("SELECT COUNT_DISTINCT(Id) n FROM X", r#"{"n":7}"#, "n\n7\n"),
        (
            "SELECT toLabel(Status), COUNT(Id) FROM X GROUP BY Status",
            r#"{"Status":"Offen","expr0":2}"#,
            "Status,expr0\nOffen,2\n",
        ),
    ] {
        assert_eq!(csv_of(soql, &[records]), csv, "{soql}");
    }
}
