use super::*;

fn columns(paths: &[&str]) -> Columns {
    let column = |path: &&str| Column {
        path: path.split('.').map(str::to_owned).collect(),
    };
    Columns::new(&paths.iter().map(column).collect::<Vec<_>>())
}

fn printed(mut records: Records<Vec<u8>>, pages: &[&str]) -> anyhow::Result<String> {
    for (at, page) in pages.iter().enumerate() {
        records.page(&Page::parse(page)?.records, at + 1 < pages.len())?;
    }
    Ok(String::from_utf8(records.end()?)?)
}

fn write_as(
    format: Format,
    columns: &Columns,
    look: Look,
    pages: &[&str],
) -> anyhow::Result<String> {
    let records = Records::of(Vec::new(), format, columns.clone(), look);
    printed(records, pages)
}

/// Written with the columns of the first page.
fn write_settled(format: Format, pages: &[&str]) -> anyhow::Result<String> {
    let records = Records::settled_by(Vec::new(), format, Look::default(), Columns::of);
    printed(records, pages)
}

fn written(format: Format, columns: &Columns, pages: &[&str]) -> String {
    write_as(format, columns, Look::default(), pages).unwrap()
}

#[test]
fn json_is_one_array_with_one_record_a_line() {
    let pages = [
        r#"{"done":false,"records":[{"a":1},{"a":"é"}]}"#,
        r#"{"records":[{"a":3}]}"#,
    ];
    assert_eq!(
        written(Format::Json, &columns(&[]), &pages),
        "[\n{\"a\":1},\n{\"a\":\"é\"},\n{\"a\":3}\n]\n"
    );
    let none = [r#"{"records":[]}"#];
    assert_eq!(written(Format::Json, &columns(&[]), &none), "[]\n");
}

#[test]
fn ndjson_is_one_record_a_line_even_if_salesforce_broke_it() {
    let pages = ["{\"records\":[{\n  \"a\" : \"x\\ny\",\r\n  \"b\": [1,\n2]\n}]}"];
    let text = written(Format::Ndjson, &columns(&[]), &pages);
    assert_eq!(text.lines().count(), 1);
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record, serde_json::json!({"a": "x\ny", "b": [1, 2]}));
    let none = [r#"{"records":[]}"#];
    assert_eq!(written(Format::Ndjson, &columns(&[]), &none), "");
}

#[test]
fn records_of_ours_are_printed_as_salesforces_are() {
    let mut records = Records::of(Vec::new(), Format::Json, columns(&["a"]), Look::default());
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
        written(Format::Ndjson, &columns(&[]), &[page]),
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
            &columns(&["NAME", "Owner.Name", "Contacts"]),
            &pages
        ),
        "NAME,Owner.Name,Contacts\n\"a,\"\"b\"\"\",,\n,\"o\n\",\"{\"\"totalSize\"\":1,            \
         \"\"records\"\":[{\"\"Id\"\":1.50}]}\"\n"
    );
}

#[test]
fn nothing_found_still_has_its_header() {
    let none = [r#"{"records":[]}"#];
    let columns = columns(&["Id", "Owner.Name"]);
    assert_eq!(written(Format::Csv, &columns, &none), "Id,Owner.Name\n");
    assert_eq!(write_settled(Format::Csv, &none).unwrap(), "");
}

#[test]
fn what_no_list_tells_has_the_columns_of_the_first_page() {
    let first = r#"{"records":[{"n":1},{"n":2,"m":"x"}]}"#;
    let more = r#"{"records":[{"m":"y"}]}"#;
    assert_eq!(
        write_settled(Format::Csv, &[first, more]).unwrap(),
        "n,m\n1,\n2,x\n,y\n"
    );
    let other = r#"{"records":[{"m":"y"},{"k":1}]}"#;
    let lost = write_settled(Format::Csv, &[first, other]).unwrap_err();
    assert!(format!("{lost:#}").contains("`k`"), "{lost:#}");
}

#[test]
fn a_table_is_laid_out_by_its_first_page() {
    let pages = [
        r#"{"records":[{"Name":"株式会社","Seats":7},{"Name":null,"Seats":12}]}"#,
        r#"{"records":[{"Name":"x","Seats":3}]}"#,
    ];
    insta::assert_snapshot!(written(Format::Table, &columns(&["Name", "Seats"]), &pages), @r"
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
        written(Format::Markdown, &columns(&["Name", "Seats"]), &pages),
        "| Name | Seats |\n| --- | ---: |\n| a\\|b | 7 |\n|  | 12 |\n| x<br>y |  |\n"
    );
    let none = [r#"{"records":[]}"#];
    assert_eq!(
        written(Format::Markdown, &columns(&["Id"]), &none),
        "| Id |\n| --- |\n"
    );
    assert_eq!(write_settled(Format::Markdown, &none).unwrap(), "");
}

#[test]
fn a_header_can_be_left_out_and_null_can_have_a_text() {
    let pages = [r#"{"records":[{"Name":null,"Owner":null,"Note":""}]}"#];
    let columns = columns(&["Name", "Owner.Name", "Note"]);
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
        let text_of = write_as(format, &columns, look, &pages).unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&text_of), words(text), "{format:?}");
    }
}

#[test]
fn half_of_a_surrogate_pair_stops_no_row() {
    let page = r#"{"records":[{"Id":"1","Name":"cut \ud83d"},{"Id":"2","Name":"ok"}]}"#;
    let columns = columns(&["Id", "Name"]);
    assert_eq!(
        written(Format::Csv, &columns, &[page]),
        "Id,Name\n1,cut \u{fffd}\n2,ok\n"
    );
    let table = written(Format::Table, &columns, &[page]);
    assert!(table.contains("cut \u{fffd}\n2   ok\n"), "{table}");
    let lines = written(Format::Ndjson, &columns, &[page]);
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
        let text = written(
            Format::Csv,
            &columns(&["Id", "Name", "Owner.Name"]),
            &[&page],
        );
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows[0], vec!["1", shown, shown], "{json}");
        assert_eq!(rows[1], vec!["2", "ok", ""], "{json}");
        let page =
            format!(r#"{{"records":[{{"Id":"1","Name":"{json}"}},{{"Id":"2","Name":"ok"}}]}}"#);
        let markdown = written(Format::Markdown, &columns(&["Id", "Name"]), &[&page]);
        assert!(markdown.ends_with("| 2 | ok |\n"), "{markdown}");
    }
}

#[test]
fn a_files_name_tells_its_format() {
    for (name, format) in [
        ("a.csv", Format::Csv),
        ("dir.csv/a.NDJSON", Format::Ndjson),
        ("a.jsonl", Format::Ndjson),
        ("a.json", Format::Json),
        ("a.txt", Format::Table),
        ("a.md", Format::Markdown),
        ("a.Markdown", Format::Markdown),
        ("csv", Format::Json),
        ("a.csv.gz", Format::Json),
    ] {
        assert_eq!(Format::of_file(Path::new(name)), format, "{name}");
    }
}
