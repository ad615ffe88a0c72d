use super::*;
use crate::cli::query::Column;

fn list(paths: &[&str]) -> SelectList {
    SelectList::Columns(
        paths
            .iter()
            .map(|path| Column {
                path: path.split('.').map(str::to_owned).collect(),
            })
            .collect(),
    )
}

fn write(format: Format, list: &SelectList, pages: &[&str]) -> anyhow::Result<String> {
    let mut records = Records::of(Vec::new(), format, list, None);
    for page in pages {
        records.page(&Page::parse(page)?.records)?;
    }
    Ok(String::from_utf8(records.end()?)?)
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
    let mut records = Records::of(Vec::new(), Format::Json, &list(&["a"]), None);
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
    let SelectList::Columns(guessed) = columns else {
        panic!("a list")
    };
    let guessed = SelectList::Salesforces(guessed);
    assert_eq!(written(Format::Csv, &guessed, &none), "Id,Owner.Name\n");
    let unknown = SelectList::Salesforces(Vec::new());
    assert_eq!(written(Format::Csv, &unknown, &none), "");
}

#[test]
fn what_salesforce_decides_has_the_columns_of_the_first_page() {
    let guessed = SelectList::Salesforces(Vec::new());
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
