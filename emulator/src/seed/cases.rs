//! Cases, tasks and events.

use rusqlite::types::Value;

use super::accounts::{CONTACTS, LEADS};
use super::row::{
    FIRST_DAY, USERS, boolean, created, day, every, id, integer, ownership, pick, some, text, user,
    written,
};
use super::{DELETED, Org, names, sales};
use crate::database::Row;

pub(super) const CASES: usize = 24;
pub(super) const TASKS: usize = 30;
pub(super) const EVENTS: usize = 12;

pub(super) fn case(org: &Org, n: usize) -> Row<'static> {
    let status = ["New", "Working", "Escalated", "Closed"][n % 4];
    let is_closed = status == "Closed";
    let subject = names::SUBJECTS[n % names::SUBJECTS.len()];
    let contact = n * 3 % CONTACTS;
    let mut row = vec![
        ("Id", id("500", n)),
        ("IsDeleted", boolean(n >= CASES)),
        ("CaseNumber", text(&format!("{:08}", n + 1))),
        ("ContactId", id("003", contact)),
        ("AccountId", org.account_of_contact(contact)),
        ("RecordTypeId", org.record_type("Case", n)),
        (
            "ParentId",
            if n % 10 == 7 {
                id("500", n - 7)
            } else {
                Value::Null
            },
        ),
        ("Subject", text(subject)),
        ("Status", text(status)),
        ("Priority", pick(n, &["Medium", "Low", "High"])),
        ("Origin", pick(n, &["Phone", "Email", "Web"])),
        ("Type", every(n, 3, || pick(n, &["Question", "Problem"]))),
        (
            "Reason",
            every(n, 4, || pick(n, &["Installation", "Breakdown", "Other"])),
        ),
        ("Description", some(n, 2, || text(&names::description(n)))),
        ("IsEscalated", boolean(status == "Escalated")),
        (
            "ClosedDate",
            if is_closed {
                Value::Integer(created(n) + 5 * 86_400_000)
            } else {
                Value::Null
            },
        ),
    ];
    // Every fifth case waits in the queue.
    row.push((
        "OwnerId",
        if n % 5 == 4 {
            id("00G", 0)
        } else {
            user(n % USERS)
        },
    ));
    row.extend(written(n));
    row
}

pub(super) fn task(org: &Org, n: usize) -> Row<'static> {
    let status = ["Not Started", "In Progress", "Completed"][n % 3];
    let mut row = vec![
        ("Id", id("00T", n)),
        ("IsDeleted", boolean(n >= TASKS)),
        ("Subject", pick(n, &["Call", "Send Quote", "Send Letter"])),
        ("ActivityDate", every(n, 6, || day(FIRST_DAY, n * 3))),
        ("Status", text(status)),
        ("Priority", pick(n, &["Normal", "High", "Low", "Normal"])),
        ("Description", some(n, 4, || text(&names::description(n)))),
        ("TaskSubtype", pick(n, &["Call", "Email", "Task"])),
        ("CallDurationInSeconds", some(n, 3, || integer(n * 10))),
        (
            "CompletedDateTime",
            if status == "Completed" {
                Value::Integer(created(n) + 3_600_000)
            } else {
                Value::Null
            },
        ),
    ];
    row.extend(relations(org, n));
    row.extend(ownership(n));
    row
}

pub(super) fn event(org: &Org, n: usize) -> Row<'static> {
    let begin = created(n) + 7 * 86_400_000;
    let minutes = [30, 60, 90][n % 3];
    let is_all_day = n % 8 == 7;
    let date = day(FIRST_DAY, 7 + n / 24);
    let mut row = vec![
        ("Id", id("00U", n)),
        ("IsDeleted", boolean(n >= EVENTS)),
        ("Subject", pick(n, &["Meeting", "Call"])),
        ("Location", every(n, 3, || pick(n, &names::CITIES))),
        ("IsAllDayEvent", boolean(is_all_day)),
        ("ActivityDate", date.clone()),
        (
            "ActivityDateTime",
            if is_all_day {
                Value::Null
            } else {
                Value::Integer(begin)
            },
        ),
        ("DurationInMinutes", Value::Integer(minutes)),
        ("StartDateTime", Value::Integer(begin)),
        ("EndDateTime", Value::Integer(begin + minutes * 60_000)),
        ("EndDate", date),
        ("ShowAs", pick(n, &["Busy", "Free", "OutOfOffice"])),
        ("EventSubtype", text("Event")),
    ];
    row.extend(relations(org, n));
    row.extend(ownership(n));
    row
}

/// Whom and what an activity is about: contacts and leads, accounts,
/// opportunities and cases, and nothing of it.
fn relations(org: &Org, n: usize) -> Row<'static> {
    let contact = n * 2 % CONTACTS;
    let (who, is_lead) = match n % 4 {
        0 | 1 => (id("003", contact), false),
        2 => (id("00Q", n % (LEADS - DELETED)), true),
        _ => (Value::Null, false),
    };
    // What a lead is about is the lead alone.
    let (what, account) = match n % 5 {
        _ if is_lead => (Value::Null, Value::Null),
        0 => (org.some_account(n), org.some_account(n)),
        1 | 2 => {
            let opportunity = n % sales::OPPORTUNITIES;
            (id("006", opportunity), org.some_account(opportunity))
        }
        3 => {
            let case = n % CASES;
            let account = org.account_of_contact(case * 3 % CONTACTS);
            (id("500", case), account)
        }
        _ if who == Value::Null => (Value::Null, Value::Null),
        _ => (Value::Null, org.account_of_contact(contact)),
    };
    vec![("WhoId", who), ("WhatId", what), ("AccountId", account)]
}
