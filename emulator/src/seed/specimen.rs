//! Values of every type, the awkward ones first.

use jiff::civil::date;
use rusqlite::types::Value;

use super::row::{boolean, day, every, first_instant, text};
use crate::database::Row;

/// What breaks formats that are written carelessly: quotes, separators, line
/// breaks, what looks like a formula, wide and combined characters.
const TEXTS: [&str; 12] = [
    "plain",
    "with, comma",
    "a \"quoted\" word",
    "two\nlines",
    "two\r\nlines of a form",
    "tab\there",
    "=1+1",
    "O'Brien \\ Söhne",
    "emoji 🦀👩‍👩‍👧",
    "株式会社アクメ",
    "é as two: e\u{301}",
    "#N/A",
];

/// Characters of a long text: more than any terminal is wide.
const LONG_CHARS: usize = 3_000;

/// The fields of specimen number `n`; every so many have none of a kind.
#[expect(clippy::too_many_lines, reason = "a table, one entry a field")]
pub(super) fn fields(n: usize) -> Row<'static> {
    let words = TEXTS[n % TEXTS.len()];
    vec![
        ("Name", text(&format!("X-{n:04}"))),
        ("Text__c", every(n, 13, || text(words))),
        (
            "Text_Area__c",
            every(n, 3, || text(&format!("{words}\n{words}"))),
        ),
        ("Long_Text__c", every(n, 2, || long(n, words))),
        (
            "Rich_Text__c",
            every(n, 3, || text(&format!("<p>{n} <b>&amp;</b> more</p>"))),
        ),
        ("Code__c", every(n, 4, || text(&code(n)))),
        (
            "Picklist__c",
            every(n, 4, || text(["Red", "Green", "Blue"][n % 3])),
        ),
        (
            "Shade__c",
            every(n, 4, || text(["Pale", "Mossy", "Azure"][n % 3])),
        ),
        (
            "Multi_Picklist__c",
            every(n, 5, || text(["A", "A;B", "B;C;D"][n % 3])),
        ),
        (
            "Email__c",
            every(n, 6, || text(&format!("x{n}@specimens.example"))),
        ),
        (
            "Phone__c",
            every(n, 7, || text(&format!("+1 555 012 {n:04}"))),
        ),
        (
            "Url__c",
            every(n, 8, || {
                text(&format!("https://x{n}.example/?a=1,2&b=\"3\""))
            }),
        ),
        ("Checkbox__c", boolean(n.is_multiple_of(2))),
        (
            "Number__c",
            every(n, 9, || Value::Real(n as f64 * 1e9 + 0.125)),
        ),
        (
            "Count__c",
            every(n, 5, || Value::Integer(n as i64 * 9_007_199_254_740)),
        ),
        (
            "Currency__c",
            every(n, 10, || Value::Real(n as f64 * -19.99)),
        ),
        (
            "Percent__c",
            every(n, 11, || Value::Real((n % 101) as f64 / 2.0)),
        ),
        ("Date__c", every(n, 4, || day(date(1700, 1, 1), n * 1_499))),
        (
            "Date_Time__c",
            every(n, 6, || {
                Value::Integer(first_instant() - n as i64 * 987_654_321)
            }),
        ),
        (
            "Time__c",
            every(n, 5, || {
                text(&format!("{:02}:{:02}:59.{:03}Z", n % 24, n % 60, n % 1_000))
            }),
        ),
        ("Serial__c", text(&format!("N-{:05}", n + 1))),
        ("Encrypted__c", every(n, 3, || text("4111 1111"))),
        (
            "Site__Latitude__s",
            every(n, 4, || Value::Real(-33.5 + n as f64 / 8.0)),
        ),
        (
            "Site__Longitude__s",
            every(n, 4, || Value::Real(151.25 - n as f64 / 8.0)),
        ),
        ("Origin__City__s", every(n, 3, || text("Tidewell"))),
        ("Origin__Country__s", every(n, 3, || text("Freedonia"))),
    ]
}

/// Codes of which two differ only in their case.
fn code(n: usize) -> String {
    let letter = if n.is_multiple_of(2) { 'c' } else { 'C' };
    format!("{letter}{}", n / 2)
}

fn long(n: usize, words: &str) -> Value {
    let times = if n.is_multiple_of(8) {
        LONG_CHARS / words.chars().count()
    } else {
        2
    };
    text(&format!("{words}\n").repeat(times))
}
