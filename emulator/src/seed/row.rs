//! Values of records, and what several objects' records have in common.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rusqlite::types::Value;

use crate::database::Row;
use crate::id::RecordId;

/// How many users there are.
pub(super) const USERS: usize = 4;

/// The day on which the first record was created.
pub(super) const FIRST_DAY: Date = date(2024, 1, 15);

/// The records' owner, and who wrote them when.
pub(super) fn ownership(n: usize) -> Row<'static> {
    let mut row = vec![("OwnerId", user(n % USERS))];
    row.extend(written(n));
    row
}

/// Who wrote a record and when: created one hour after the record before,
/// changed one day later.
pub(super) fn written(n: usize) -> Row<'static> {
    let mut row = vec![
        ("CreatedById", user(0)),
        ("CreatedDate", Value::Integer(created(n))),
    ];
    row.extend(modified(n));
    row
}

/// Who changed a record last, and when.
pub(super) fn modified(n: usize) -> Row<'static> {
    let modified = Value::Integer(created(n) + 86_400_000);
    vec![
        ("LastModifiedById", user(0)),
        ("LastModifiedDate", modified.clone()),
        ("SystemModstamp", modified),
    ]
}

/// When the `n`th record was created, in milliseconds.
pub(super) fn created(n: usize) -> i64 {
    first_instant() + (n as i64) * 3_600_000
}

pub(super) fn first_instant() -> i64 {
    FIRST_DAY
        .to_zoned(TimeZone::UTC)
        .map_or(0, |midnight| midnight.timestamp().as_millisecond())
}

/// The users' ids, which every record has several times.
static USER_IDS: LazyLock<Vec<Value>> =
    LazyLock::new(|| (0..USERS).map(|n| id("005", n)).collect());

pub(super) fn user(n: usize) -> Value {
    USER_IDS.get(n).cloned().unwrap_or(Value::Null)
}

/// The id of the `n`th record (from 0) of the object with that key prefix.
pub(super) fn id(key_prefix: &str, n: usize) -> Value {
    Value::Text(RecordId::new(key_prefix, n as u64 + 1).to_string())
}

/// The value, but null for every `nth` record, so that nulls are met.
pub(super) fn every(n: usize, nth: usize, value: impl FnOnce() -> Value) -> Value {
    if n % nth == nth - 1 {
        Value::Null
    } else {
        value()
    }
}

/// The value of every `nth` record, from the first on; null for the others.
pub(super) fn some(n: usize, nth: usize, value: impl FnOnce() -> Value) -> Value {
    if n.is_multiple_of(nth) {
        value()
    } else {
        Value::Null
    }
}

pub(super) fn pick(n: usize, choices: &[&str]) -> Value {
    choices
        .get(n % choices.len())
        .map_or(Value::Null, |choice| text(choice))
}

pub(super) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub(super) fn integer(value: usize) -> Value {
    Value::Integer(value as i64)
}

pub(super) fn boolean(value: bool) -> Value {
    Value::Integer(i64::from(value))
}

pub(super) fn day(first: Date, days: usize) -> Value {
    Value::Text(first.saturating_add((days as i64).days()).to_string())
}
