use proptest::prelude::*;

use super::*;

fn said(text: &str) -> Said<'_> {
    let kind = if text.is_empty() {
        Kind::Null
    } else if text.parse::<f64>().is_ok() {
        Kind::Number
    } else if text.len() == 18 && text.starts_with("001") || text.starts_with("2026-") {
        Kind::Whole
    } else {
        Kind::Text
    };
    Said {
        text: text.into(),
        kind,
    }
}

/// Prints pages, of which the last is the last.
fn printed(room: Option<u16>, headers: &[&str], pages: &[&[&[&str]]]) -> String {
    let mut table = Table::new(Vec::new(), room, true);
    let headers: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
    table.header(&headers);
    for (at, page) in pages.iter().enumerate() {
        let rows = page
            .iter()
            .map(|row| row.iter().map(|text| said(text)).collect());
        table.page(rows.collect(), at + 1 < pages.len()).unwrap();
    }
    format!("\n{}", String::from_utf8(table.end()).unwrap())
}

const ID: &str = "001Sb0000000001IAA";

#[test]
fn wide_characters_are_aligned_and_numbers_are_right() {
    insta::assert_snapshot!(
        printed(
            None,
            &["Name", "Employees", "City"],
            &[&[
                &["株式会社アクメ", "12000", "東京"],
                &["Café 🦀", "7", ""],
                &["a\tb\nc\u{1b}[2J", "", "x"],
            ]],
        ),
        @r"

        Name              Employees  City
        ─────────────────────────────────
        株式会社アクメ        12000  東京
        Café 🦀                   7
        a\tb\nc\u{1b}[2J             x
        "
    );
}

#[test]
fn texts_are_cut_to_the_terminal_and_nothing_else() {
    insta::assert_snapshot!(
        printed(
            Some(60),
            &["Id", "Name", "Amount", "Description"],
            &[&[
                &[ID, "a name that is long", "1234567.89", "a description that is much too long"],
                &[ID, "株式会社アクメ株式会社アクメ", "7", "e\u{301}e\u{301} 👩\u{200d}👧"],
            ]],
        ),
        @r"

        Id                  Name               Amount  Description
        ────────────────────────────────────────────────────────────
        001Sb0000000001IAA  a name that …  1234567.89  a descriptio…
        001Sb0000000001IAA  株式会社アク…           7  éé 👩\u{200d…
        "
    );
}

#[test]
fn a_header_is_broken_between_its_names_only() {
    insta::assert_snapshot!(
        printed(
            Some(50),
            &["Id", "Account__r.Owner.Name", "NumberOfEmployees"],
            &[&[&[ID, "a name that is long", "12"]]],
        ),
        @r"

        Id                  Account__r.  NumberOfEmployees
                            Owner.Name
        ──────────────────────────────────────────────────
        001Sb0000000001IAA  a name tha…                 12
        "
    );
}

#[test]
fn what_does_not_fit_is_printed_as_records() {
    insta::assert_snapshot!(
        printed(
            Some(40),
            &["Id", "ParentId", "Account__r.Very_Long_Relationship__r.Name", "Amount"],
            &[
                &[&[ID, ID, "a name that is much too long for it", "1234567.89"]],
                &[&[ID, "", "short", ""]],
            ],
        ),
        @r"

        ─[ 1 ]──────────────────────────────────
        Id        001Sb0000000001IAA
        ParentId  001Sb0000000001IAA
        Account__r.Very_Long_Relationship__r.
        Name
          a name that is much too long for it
        Amount    1234567.89
        ─[ 2 ]──────────────────────────────────
        Id        001Sb0000000001IAA
        ParentId
        Account__r.Very_Long_Relationship__r.
        Name
          short
        Amount
        "
    );
}

#[test]
fn a_second_page_has_the_columns_of_the_first() {
    insta::assert_snapshot!(
        printed(
            Some(60),
            &["Id", "Name", "Amount"],
            &[
                &[&[ID, "short", "1"]],
                &[
                    &[ID, "a name that is long enough to be cut somewhere", "2"],
                    &[ID, "a name that is long enough to be cut somewhere", "1234567.89"],
                    &[ID, "x", "1234567.89"],
                    &[ID, "x", "3"],
                ],
            ],
        ),
        @r"

        Id                  Name                              Amount
        ────────────────────────────────────────────────────────────
        001Sb0000000001IAA  short                                  1
        001Sb0000000001IAA  a name that is long enough to b…       2
        ─[ 3 ]──────────────────────────────────────────────────────
        Id      001Sb0000000001IAA
        Name    a name that is long enough to be cut somewhere
        Amount  1234567.89
        ─[ 4 ]──────────────────────────────────────────────────────
        Id      001Sb0000000001IAA
        Name    x
        Amount  1234567.89
        001Sb0000000001IAA  x                                      3
        "
    );
}

#[test]
fn without_cutting_nothing_is_lost_and_nothing_drifts() {
    let long = "long ".repeat(40);
    let text = printed(
        None,
        &["A", "B"],
        &[&[&["x", "y"]], &[&[&long, "y"], &["x", "y"]]],
    );
    assert!(text.contains(long.trim_end()), "{text}");
    assert!(!text.contains('…'), "{text}");
    assert_eq!(text.lines().last(), text.lines().nth(3), "{text}");
}

#[test]
fn nothing_found_is_printed_as_headers() {
    assert_eq!(
        printed(None, &["Id", "Name"], &[&[]]),
        "\nId  Name\n────────\n"
    );
    assert_eq!(printed(Some(5), &["Id", "Name"], &[&[]]), "\nId\nName\n");
}

#[test]
fn a_header_can_be_left_out() {
    let mut table = Table::new(Vec::new(), Some(80), false);
    table.header(&["Id".to_owned(), "A longer name".to_owned()]);
    table.page(vec![vec![said(ID), said("x")]], false).unwrap();
    let text = String::from_utf8(table.end()).unwrap();
    assert_eq!(text, format!("{ID}  x\n"));
}

proptest! {
    #[test]
    fn every_line_fits_and_only_texts_are_cut(
        room in prop::sample::select(vec![30_u16, 60, 80, 120]),
        first in prop::collection::vec(cells(), 1..4),
        second in prop::collection::vec(cells(), 0..4),
    ) {
        let headers = ["Id", "Account__r.Name", "Amount__c", "CreatedDate", "Description__c"];
        let page = |rows: &[Vec<String>]| -> Vec<Vec<String>> { rows.to_vec() };
        let pages = [page(&first), page(&second)];
        let borrowed: Vec<Vec<Vec<&str>>> = pages
            .iter()
            .map(|rows| rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect())
            .collect();
        let rows: Vec<Vec<&[&str]>> = borrowed
            .iter()
            .map(|rows| rows.iter().map(Vec::as_slice).collect())
            .collect();
        let pages: Vec<&[&[&str]]> = rows.iter().map(Vec::as_slice).collect();
        let text = printed(Some(room), &headers, &pages);
        for line in text.lines() {
            prop_assert!(width(line) <= usize::from(room), "{line}");
        }
        for row in first.iter().chain(&second) {
            for cell in [&row[0], &row[2], &row[3]] {
                prop_assert!(text.contains(cell.as_str()), "{cell} is not in\n{text}");
            }
        }
    }
}

/// An id, a text, a number, a date and a text.
fn cells() -> impl Strategy<Value = Vec<String>> {
    let text = || "[a-z 株é🦀\u{301}👍🏽❤\u{fe0f}\u{200b}]{0,60}";
    (text(), -9_999_999_i32..9_999_999, text()).prop_map(|(one, number, other)| {
        let date = "2026-11-28T20:06:36.000+0000".to_owned();
        vec![ID.to_owned(), one, number.to_string(), date, other]
    })
}
