//! Random records: nulls, mixed case, every alphabet, and many that are equal.

use std::collections::BTreeMap;

use jiff::civil::date;
use rusqlite::types::Value;

use super::dice::Dice;
use super::naive::{Cell, Record, World};
use crate::database::Database;
use crate::schema::{Field, Kind, SObject, Schema};
use crate::seed;

/// Texts that differ, that differ in case alone, and that LIKE could mistake.
pub(super) const TEXTS: [&str; 26] = [
    "a", "A", "b", "Ab", "aB", "ß", "ẞ", "SS", "Σ", "ς", "σ", "É", "é", "e", "東雲", "🍊", "_",
    "%", "x%y", "Ж", "ж", "İ", "i", "I", "\\", "O'Brien",
];

/// Choices of every multi-select picklist.
pub(super) const CHOICES: [&str; 3] = ["A", "b", "Ж"];

/// Records of an object at most.
const RECORDS_MAX: usize = 7;

/// The moment of the tests: an afternoon in the middle of a quarter.
pub(super) const NOW_MS: i64 = 1_715_950_800_000; // 2024-05-17T13:00:00Z

/// Makes an org, once in memory and once in SQLite.
pub(super) fn random(dice: &mut Dice) -> (World, Database) {
    let schema = Schema::standard();
    let mut database = Database::open(&schema).expect("a database");
    let numbers: BTreeMap<String, usize> = schema
        .sobjects()
        .iter()
        .map(|sobject| {
            let is_real = !sobject.key_prefix.is_empty();
            let number = if is_real { dice.below(RECORDS_MAX) } else { 0 };
            (sobject.name.to_string(), number)
        })
        .collect();
    let mut tables = BTreeMap::new();
    for sobject in schema.sobjects() {
        let number = numbers[&*sobject.name];
        let records: Vec<Record> = (0..number)
            .map(|place| record(dice, &schema, sobject, place, &numbers))
            .collect();
        let rows = records.iter().map(|record| {
            let fields = record.iter();
            fields
                .map(|(name, cell)| (name.as_str(), stored(cell)))
                .collect::<crate::database::Row<'_>>()
        });
        database.insert(sobject, rows).expect("rows");
        tables.insert(sobject.name.to_string(), records);
    }
    let world = World {
        schema,
        tables,
        today: date(2024, 5, 17),
        user: crate::id::RecordId::new("005", 1).to_string(),
    };
    (world, database)
}

fn record(
    dice: &mut Dice,
    schema: &Schema,
    sobject: &SObject,
    place: usize,
    numbers: &BTreeMap<String, usize>,
) -> Record {
    let mut record = Record::new();
    // What SQLite computes, no record is given.
    let fields = sobject.fields.iter().filter(|field| field.sql.is_none());
    for field in fields {
        let cell = match field.kind {
            Kind::Id => Cell::Id(seed::record_id(sobject, place as u64).to_string()),
            Kind::Reference => reference(dice, schema, field, numbers),
            Kind::Boolean => {
                Cell::Boolean(dice.once_in(if field.name == "IsDeleted" { 8 } else { 2 }))
            }
            _ if dice.once_in(4) => Cell::Null,
            kind => match value(dice, field, kind) {
                Cell::Text(mut text) => {
                    // No two records have the same.
                    if field.unique {
                        text.push_str(&format!(" {place}"));
                    }
                    if field.case_sensitive {
                        Cell::Exact(text)
                    } else {
                        Cell::Text(text)
                    }
                }
                cell => cell,
            },
        };
        if cell != Cell::Null {
            record.insert(field.name.to_string(), cell);
        }
    }
    record
}

fn reference(
    dice: &mut Dice,
    schema: &Schema,
    field: &Field,
    numbers: &BTreeMap<String, usize>,
) -> Cell {
    let objects: Vec<&SObject> = schema
        .referenced(field)
        .map(|sobject| &**sobject)
        .filter(|sobject| numbers[&*sobject.name] > 0)
        .collect();
    if objects.is_empty() || dice.once_in(4) {
        return Cell::Null;
    }
    let sobject = dice.one(&objects);
    let place = dice.below(numbers[&*sobject.name]) as u64;
    Cell::Id(seed::record_id(sobject, place).to_string())
}

/// A value that is not null. Types that no statement can ask for are left out.
fn value(dice: &mut Dice, field: &Field, kind: Kind) -> Cell {
    match kind {
        Kind::Integer => Cell::Integer(dice.below(6) as i64 - 1),
        Kind::Double => Cell::Double(dice.below(7) as f64 / 2.0 - 1.0),
        Kind::Date => Cell::Date(date(2024, 5, 17) + jiff::Span::new().days(days(dice))),
        Kind::DateTime => {
            let moment = dice.below(24) as i64 * 3_600_000 + dice.below(3) as i64;
            Cell::Instant(NOW_MS + days(dice) * 86_400_000 + moment)
        }
        Kind::Time => Cell::Text(format!("{:02}:00:00.000Z", dice.below(4) * 6)),
        Kind::MultiPicklist => {
            let mut chosen: Vec<String> = CHOICES
                .iter()
                .filter(|_| dice.once_in(2))
                .map(|choice| (*choice).to_owned())
                .collect();
            if chosen.is_empty() {
                chosen.push(CHOICES[0].to_owned());
            }
            Cell::Choices(chosen)
        }
        Kind::Text => {
            let choices = &field.picklist.values;
            if choices.is_empty() || dice.once_in(3) {
                return Cell::Text(dice.word(&TEXTS).to_owned());
            }
            Cell::Text(dice.one(choices).value.to_string())
        }
        _ => Cell::Null,
    }
}

/// So many days from today: most within a month, some years away.
fn days(dice: &mut Dice) -> i64 {
    let days = dice.below(61) as i64 - 30;
    if dice.once_in(4) { days * 37 } else { days }
}

/// A value as SQLite stores it.
fn stored(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Boolean(value) => Value::Integer(i64::from(*value)),
        Cell::Integer(value) | Cell::Instant(value) => Value::Integer(*value),
        Cell::Double(value) => Value::Real(*value),
        Cell::Text(value) | Cell::Exact(value) | Cell::Id(value) => Value::Text(value.clone()),
        Cell::Choices(values) => Value::Text(values.join(";")),
        Cell::Date(date) => Value::Text(date.to_string()),
    }
}
