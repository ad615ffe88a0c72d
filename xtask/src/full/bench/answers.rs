//! The fixed answers: what the server of the bench has to say, as files.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::digest::Digest;

/// Rows of a full page, Salesforce's default.
pub(super) const PAGE_ROWS: usize = 2_000;

/// The path of Salesforce's locators, up to the place where they go on.
pub(super) const LOCATOR: &str = "01g5e00000BenchAAA-";

/// Where they are kept from run to run: making them takes some seconds.
const FOLDER: &str = "target/bench";

/// The fields of [`Width::Wide`], as a query names them.
pub(super) const WIDE: &str = "Id, Name, AccountNumber, Industry, Type, Rating, AnnualRevenue, \
    NumberOfEmployees, Phone, Website, BillingStreet, BillingCity, BillingPostalCode, \
    BillingCountry, Description, OwnerId, IsDeleted, CreatedDate, LastModifiedDate, SystemModstamp";

/// How much a row has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Width {
    /// Five fields.
    Narrow,
    /// Twenty: those of [`WIDE`].
    Wide,
}

/// Makes the answers, with a result of so many rows of a width, unless they are there.
///
/// * `small.json`: one row.
/// * `page.json` and `page.json.gz`: a page, for who asks for gzip.
/// * `plain.json`: the same, for all.
/// * `pages/N.json` and `pages/N.json.gz`: the pages of the result, each named
///   by the row that it begins with.
///
/// # Errors
///
/// When they cannot be written.
pub(super) fn make(rows: usize, width: Width) -> anyhow::Result<PathBuf> {
    let name = match width {
        Width::Narrow => format!("answers-{rows}"),
        Width::Wide => format!("answers-wide-{rows}"),
    };
    let folder = std::path::absolute(FOLDER)?.join(name);
    let source = include_bytes!("answers.rs");
    let digest = Digest::new(&folder, &[source, rows.to_string().as_bytes()]);
    if digest.is_current() {
        return Ok(folder);
    }
    eprintln!("writing {rows} rows below {}", folder.display());
    fs::create_dir_all(folder.join("pages"))?;
    let small = r#"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"/services/data/v66.0/sobjects/Account/0015e00000000000AA"},"Id":"0015e00000000000AA"}]}"#;
    fs::write(folder.join("small.json"), small)?;
    let page = page(0, PAGE_ROWS, width);
    fs::write(folder.join("plain.json"), &page)?;
    write_both(&folder.join("page.json"), &page)?;
    for first in (0..rows).step_by(PAGE_ROWS) {
        let name = format!("pages/{first}.json");
        write_both(&folder.join(name), &self::page(first, rows, width))?;
    }
    digest.set()?;
    Ok(folder)
}

/// The page that begins with this row, of a result of so many.
fn page(first: usize, rows: usize, width: Width) -> String {
    let end = rows.min(first + PAGE_ROWS);
    let done = end == rows;
    let mut page = format!(r#"{{"totalSize":{rows},"done":{done},"#);
    if !done {
        page.push_str(&format!(
            r#""nextRecordsUrl":"/services/data/v66.0/query/{LOCATOR}{end}","#
        ));
    }
    page.push_str(r#""records":["#);
    for row in first..end {
        if row > first {
            page.push(',');
        }
        page.push_str(&match width {
            Width::Narrow => narrow(row),
            Width::Wide => wide(row),
        });
    }
    page.push_str("]}");
    page
}

/// What a row says of its industry: some say nothing.
const INDUSTRIES: [&str; 5] = [
    r#""Energy""#,
    r#""Banking""#,
    "null",
    r#""Biotechnology""#,
    r#""Media""#,
];

/// A row that differs from all others, and has something missing now and then.
fn narrow(row: usize) -> String {
    let (id, created) = (id(row), created(row));
    let industry = INDUSTRIES[row % INDUSTRIES.len()];
    let revenue = row * 7_919 % 9_999_991;
    format!(
        "{{\"attributes\":{{\"type\":\"Account\",\"url\":\"/services/data/v66.0/sobjects/Account/{id}\"}},\
         \"Id\":\"{id}\",\"Name\":\"Account {row:07} & Söhne, Inc.\",\"Industry\":{industry},\
         \"AnnualRevenue\":{revenue}.5,\"CreatedDate\":\"{created}\"}}"
    )
}

/// The same, with more in it.
fn wide(row: usize) -> String {
    let (id, created) = (id(row), created(row));
    let industry = INDUSTRIES[row % INDUSTRIES.len()];
    let rating = [r#""Hot""#, "null", r#""Cold""#][row % 3];
    let (revenue, employees) = (row * 7_919 % 9_999_991, row % 10_007);
    let (house, code, owner) = (row % 211 + 1, 10_000 + row * 31 % 89_999, row % 97);
    format!(
        "{{\"attributes\":{{\"type\":\"Account\",\"url\":\"/services/data/v66.0/sobjects/Account/{id}\"}},\
         \"Id\":\"{id}\",\"Name\":\"Account {row:07} & Söhne, Inc.\",\
         \"AccountNumber\":\"CC-{row:08}\",\"Industry\":{industry},\"Type\":\"Customer - Direct\",\
         \"Rating\":{rating},\"AnnualRevenue\":{revenue}.5,\"NumberOfEmployees\":{employees},\
         \"Phone\":\"+49 30 {row:07}\",\"Website\":\"https://www.account-{row}.example.com/\",\
         \"BillingStreet\":\"Lange Straße {house}, Hinterhaus\",\"BillingCity\":\"Berlin\",\
         \"BillingPostalCode\":\"{code}\",\"BillingCountry\":\"Germany\",\
         \"Description\":\"Says \\\"hello, {row}\\\", and is otherwise as any other account.\",\
         \"OwnerId\":\"0055e0000{owner:06}AAA\",\"IsDeleted\":false,\"CreatedDate\":\"{created}\",\
         \"LastModifiedDate\":\"{created}\",\"SystemModstamp\":\"{created}\"}}"
    )
}

fn id(row: usize) -> String {
    format!("0015e00000{row:06}AA")
}

fn created(row: usize) -> String {
    let (hour, minute, second) = (row / 3_600 % 24, row / 60 % 60, row % 60);
    format!("2026-01-02T{hour:02}:{minute:02}:{second:02}.000+0000")
}

/// The text, and beside it the same compressed, at nginx's own level.
fn write_both(path: &Path, text: &str) -> std::io::Result<()> {
    fs::write(path, text)?;
    let compressed = File::create(path.with_extension("json.gz"))?;
    let mut encoder = GzEncoder::new(compressed, Compression::fast());
    encoder.write_all(text.as_bytes())?;
    encoder.finish().map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn pages_lead_from_the_first_row_to_the_last() {
        let (mut first, mut seen) = (0, Vec::new());
        loop {
            let page: Value = serde_json::from_str(&page(first, 5_000, Width::Narrow)).unwrap();
            assert_eq!(page["totalSize"], 5_000);
            let records = page["records"].as_array().unwrap();
            seen.extend(records.iter().map(|record| record["Id"].clone()));
            let Some(next) = page["nextRecordsUrl"].as_str() else {
                assert_eq!(page["done"], true);
                break;
            };
            first = next.rsplit_once('-').unwrap().1.parse().unwrap();
        }
        let of_five: Vec<Value> = (0..5_000)
            .map(|row| format!("0015e00000{row:06}AA").into())
            .collect();
        assert_eq!(seen, of_five);
    }

    #[test]
    fn a_page_of_just_all_rows_is_the_last() {
        let page: Value = serde_json::from_str(&page(0, PAGE_ROWS, Width::Wide)).unwrap();
        assert_eq!(page["done"], true);
        assert_eq!(page["records"].as_array().unwrap().len(), PAGE_ROWS);
    }
    #[test]
    fn a_wide_row_has_just_the_fields_that_a_query_names() {
        let record: Value = serde_json::from_str(&wide(2)).unwrap();
        let record = record.as_object().unwrap();
        let mut fields: Vec<&str> = WIDE.split(", ").map(str::trim).collect();
        assert_eq!(fields.len(), 20);
        fields.push("attributes");
        fields.sort_unstable();
        let mut there: Vec<&str> = record.keys().map(String::as_str).collect();
        there.sort_unstable();
        assert_eq!(there, fields);
        assert_eq!(record["CreatedDate"], "2026-01-02T00:00:02.000+0000");
        assert_eq!(record["Industry"], Value::Null);
    }
}
