use super::*;
use crate::query::{Column, Entry};

fn list(paths: &[&str]) -> SelectList {
    let field = |path: &&str| {
        Entry::Field(Column {
            path: path.split('.').map(str::to_owned).collect(),
        })
    };
    SelectList::Columns(paths.iter().map(field).collect())
}

fn write_as(
    format: Format,
    list: &SelectList,
    look: Look,
    pages: &[&str],
) -> anyhow::Result<String> {
    let mut records = Records::of(Vec::new(), format, list, look);
    for (at, page) in pages.iter().enumerate() {
        records.page(&Page::parse(page)?.records, at + 1 < pages.len())?;
    }
    Ok(String::from_utf8(records.end()?)?)
}

fn write(format: Format, list: &SelectList, pages: &[&str]) -> anyhow::Result<String> {
    write_as(format, list, Look::default(), pages)
}

fn written(format: Format, list: &SelectList, pages: &[&str]) -> String {
    write(format, list, pages).unwrap()
}

#[test]
fn json_is_one_array_with_one_record_a_line() {
    let pages = [
        r#"{"done":false,"records":[{"a":1},{"a":"é"}]}"#,
        r#"{"records":[{"a":3}]}"#,
    ];
    assert_eq!(
        written(Format::Json, &list(&[]), &pages),
        "[\n{\"a\":1},\n{\"a\":\"é\"},\n{\"a\":3}\n]\n"
    );
    let none = [r#"{"records":[]}"#];
    assert_eq!(written(Format::Json, &list(&[]), &none), "[]\n");
}

#[test]
fn ndjson_is_one_record_a_line_even_if_salesforce_broke_it() {
    let pages = ["{\"records\":[{\n  \"a\" : \"x\\ny\",\r\n  \"b\": [1,\n2]\n}]}"];
    let text = written(Format::Ndjson, &list(&[]), &pages);
    assert_eq!(text.lines().count(), 1);
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record, serde_json::json!({"a": "x\ny", "b": [1, 2]}));
    let none = [r#"{"records":[]}"#];
    assert_eq!(written(Format::Ndjson, &list(&[]), &none), "");
}

#[test]
fn records_of_ours_are_printed_as_salesforces_are() {
    let mut records = Records::of(Vec::new(), Format::Json, &list(&["a"]), Look::default());
    for number in [1, 2] {
        records.value(&serde_json::json!({ "a": number })).unwrap();
    }
    assert_eq!(
        String::from_utf8(records.end().unwrap()).unwrap(),
        "[\n{\"a\":1},\n{\"a\":2}\n]\n"
    );
}

#[test]
fn numbers_and_key_order_are_salesforces() {
    let page = r#"{"records":[{"z":1.50,"a":139000000.0,"m":1e3}]}"#;
    assert_eq!(
        written(Format::Ndjson, &list(&[]), &[page]),
        "{\"z\":1.50,\"a\":139000000.0,\"m\":1e3}\n"
    );
}

#[test]
fn csv_has_the_columns_of_the_list_whatever_the_first_row_lacks() {
    let pages = [
        r#"{"records":[{"attributes":{"type":"X"},"Name":"a,\"b\"","Owner":null,"Contacts":null}]}"#,
        r#"{"records":[{"Name":null,"Owner":{"Name":"o\n"},"Contacts":{"totalSize":1,
            "records":[{"Id":1.50}]}}]}"#,
    ];
    assert_eq!(
        written(
            Format::Csv,
            &list(&["NAME", "Owner.Name", "Contacts"]),
            &pages
        ),
        "NAME,Owner.Name,Contacts\n\"a,\"\"b\"\"\",,\n,\"o\n\",\"{\"\"totalSize\"\":1,            \
         \"\"records\"\":[{\"\"Id\"\":1.50}]}\"\n"
    );
}

#[test]
fn nothing_found_still_has_its_header() {
    let none = [r#"{"records":[]}"#];
    let columns = list(&["Id", "Owner.Name"]);
    assert_eq!(written(Format::Csv, &columns, &none), "Id,Owner.Name\n");
    let unknown = SelectList::Unknown;
    assert_eq!(written(Format::Csv, &unknown, &none), "");
}

#[test]
fn what_no_list_tells_has_the_columns_of_the_first_page() {
    let guessed = SelectList::Unknown;
    let first = r#"{"records":[{"n":1},{"n":2,"m":"x"}]}"#;
    let more = r#"{"records":[{"m":"y"}]}"#;
    assert_eq!(
        written(Format::Csv, &guessed, &[first, more]),
        "n,m\n1,\n2,x\n,y\n"
    );
    let other = r#"{"records":[{"m":"y"},{"k":1}]}"#;
    let lost = write(Format::Csv, &guessed, &[first, other]).unwrap_err();
    assert!(format!("{lost:#}").contains("`k`"), "{lost:#}");
}

#[test]
fn a_table_is_laid_out_by_its_first_page() {
    let pages = [
        r#"{"records":[{"Name":"株式会社","Seats":7},{"Name":null,"Seats":12}]}"#,
        r#"{"records":[{"Name":"x","Seats":3}]}"#,
    ];
    insta::assert_snapshot!(written(Format::Table, &list(&["Name", "Seats"]), &pages), @r"
    Name      Seats
    ───────────────
    株式会社      7
                 12
    x             3
    ");
}

#[test]
fn a_page_without_records_is_refused() {
    for body in ["[]", "{}", r#"{"records":7}"#, ""] {
        assert!(Page::parse(body).is_err(), "{body}");
    }
}

#[test]
fn markdown_is_a_table_for_pages_of_text() {
    let pages = [
        r#"{"records":[{"Name":"a|b","Seats":7},{"Name":null,"Seats":12}]}"#,
        r#"{"records":[{"Name":"x\ny","Seats":null}]}"#,
    ];
    assert_eq!(
        written(Format::Markdown, &list(&["Name", "Seats"]), &pages),
        "| Name | Seats |\n| --- | ---: |\n| a\\|b | 7 |\n|  | 12 |\n| x<br>y |  |\n"
    );
    let none = [r#"{"records":[]}"#];
    assert_eq!(
        written(Format::Markdown, &list(&["Id"]), &none),
        "| Id |\n| --- |\n"
    );
    assert_eq!(written(Format::Markdown, &SelectList::Unknown, &none), "");
}

#[test]
fn a_header_can_be_left_out_and_null_can_have_a_text() {
    let pages = [r#"{"records":[{"Name":null,"Owner":null,"Note":""}]}"#];
    let list = list(&["Name", "Owner.Name", "Note"]);
    for (format, text) in [
        (Format::Csv, "NULL,NULL,\n"),
        (Format::Markdown, "| NULL | NULL |  |\n"),
        (Format::Table, "NULL  NULL\n"),
    ] {
        let look = Look {
            header: false,
            null: "NULL".to_owned(),
            ..Look::default()
        };
        let text_of = write_as(format, &list, look, &pages).unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&text_of), words(text), "{format:?}");
    }
}

#[test]
fn half_of_a_surrogate_pair_stops_no_row() {
    let page = r#"{"records":[{"Id":"1","Name":"cut \ud83d"},{"Id":"2","Name":"ok"}]}"#;
    let list = list(&["Id", "Name"]);
    assert_eq!(
        written(Format::Csv, &list, &[page]),
        "Id,Name\n1,cut \u{fffd}\n2,ok\n"
    );
    let table = written(Format::Table, &list, &[page]);
    assert!(table.contains("cut \u{fffd}\n2   ok\n"), "{table}");
    let lines = written(Format::Ndjson, &list, &[page]);
    assert!(
        lines.starts_with(r#"{"Id":"1","Name":"cut \ud83d"}"#),
        "{lines}"
    );
}

#[test]
fn a_text_that_is_cut_within_a_character_is_shown_wherever_it_stands() {
    for (json, shown) in [
        // Half of a pair at the end, at the beginning, in the middle, alone.
        (r"cut \ud83d", "cut \u{fffd}"),
        (r"\ude00 cut", "\u{fffd} cut"),
        (r"a\ud83dA", "a\u{fffd}A"),
        (r"\udfff", "\u{fffd}"),
        // Both halves in the wrong order, one half twice, one beside a whole pair.
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\ud83d\ude00\ude00", "😀\u{fffd}"),
        // Beside other escapes, and what only looks like one.
        (r"\t\ud83d\n\u00e9", "\t\u{fffd}\né"),
        (r"\\ud83d", "\\ud83d"),
        (r"\ud83d\ude00", "😀"),
    ] {
        let page = format!(
            r#"{{"records":[{{"Id":"1","Name":"{json}","Owner":{{"Name":"{json}"}}}},{{"Id":"2","Name":"ok","Owner":null}}]}}"#
        );
        let text = written(Format::Csv, &list(&["Id", "Name", "Owner.Name"]), &[&page]);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows[0], vec!["1", shown, shown], "{json}");
        assert_eq!(rows[1], vec!["2", "ok", ""], "{json}");
        let page =
            format!(r#"{{"records":[{{"Id":"1","Name":"{json}"}},{{"Id":"2","Name":"ok"}}]}}"#);
        let markdown = written(Format::Markdown, &list(&["Id", "Name"]), &[&page]);
        assert!(markdown.ends_with("| 2 | ok |\n"), "{markdown}");
    }
}

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
    written(Format::Csv, &crate::query::select_list_of(soql), &pages)
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
