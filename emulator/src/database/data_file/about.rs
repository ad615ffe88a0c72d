//! What a data file says about itself: who made it, for which objects, and of what
//! its first records were made.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::error::DataFileProblem;
use crate::schema::{Field, Schema};

/// Marks a data file in its header, for `file` and for us: `sfor`.
///
/// Source: SQLite, "Database File Format", "Application ID".
pub(super) const APPLICATION_ID: i64 = 0x7366_6f72;

/// The format, in the header's user version. Raise it whenever an older emulator
/// would misread what is stored, or this one what an older one has stored. (A
/// change of the schema is noticed without it.)
pub(super) const FORMAT: i64 = 2;

/// The format of a file that is not finished.
const UNFINISHED: i64 = 0;

/// The table of these facts: no object can have such a name.
pub(super) const TABLE: &str = "sfbox emulator";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How far a file has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is empty.
    New,
    /// Its emulator ended while it filled it.
    Unfinished,
    Finished,
}

/// How far a file has got.
///
/// # Errors
///
/// When it is not ours, or not for this emulator with this schema.
pub(super) fn stage(connection: &Connection, schema: &Schema) -> Result<Stage, DataFileProblem> {
    let number = |pragma: &str| {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0))
    };
    let (owner, format) = (number("application_id")?, number("user_version")?);
    match (owner, format) {
        // Asked for last, because of a damaged file it cannot be told.
        (0, 0) if number("page_count")? == 0 => Ok(Stage::New),
        (APPLICATION_ID, UNFINISHED) => Ok(Stage::Unfinished),
        (APPLICATION_ID, FORMAT) => check_schema(connection, schema).map(|()| Stage::Finished),
        (APPLICATION_ID, _) => Err(DataFileProblem::Format {
            // Nobody knows where another format has it.
            made_by: fact(connection, "version")
                .unwrap_or_else(|_| "of another version".to_owned()),
        }),
        _ => Err(DataFileProblem::Foreign),
    }
}

/// Writes the facts, and then that the file is finished. Everything that was
/// written before is on the disk by then.
pub(super) fn finish(
    connection: &Connection,
    schema: &Schema,
    recipe: &str,
) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL; CREATE TABLE \"{TABLE}\" (\"fact\" TEXT PRIMARY KEY, \"value\" TEXT NOT NULL);"
    ))?;
    for (fact, value) in [
        ("version", VERSION),
        ("recipe", recipe),
        ("schema", &fields(schema).join("\n")),
    ] {
        let sql = format!("INSERT INTO \"{TABLE}\" VALUES (?, ?)");
        connection.execute(&sql, [fact, value])?;
    }
    connection.pragma_update(None, "user_version", FORMAT)
}

/// What the records are made of with which a file was made.
pub(super) fn recipe(connection: &Connection) -> Result<String, rusqlite::Error> {
    fact(connection, "recipe")
}

fn fact(connection: &Connection, fact: &str) -> Result<String, rusqlite::Error> {
    let sql = format!("SELECT \"value\" FROM \"{TABLE}\" WHERE \"fact\" = ?");
    connection.query_row(&sql, [fact], |row| row.get(0))
}

fn check_schema(connection: &Connection, schema: &Schema) -> Result<(), DataFileProblem> {
    let made_with = fact(connection, "schema")?;
    let made_with: BTreeSet<&str> = made_with.lines().collect();
    let fields = fields(schema);
    let now: BTreeSet<&str> = fields.iter().map(String::as_str).collect();
    let difference = match (
        made_with.difference(&now).next(),
        now.difference(&made_with).next(),
    ) {
        (None, None) => return Ok(()),
        (Some(field), None) => format!("it has `{field}`, which the org does not have"),
        (None, Some(field)) => format!("it does not have `{field}`, which the org has"),
        (Some(before), Some(now)) => format!("it has `{before}`, and the org has `{now}`"),
    };
    Err(DataFileProblem::Schema { difference })
}

/// One line for each field: what it is called, and how its values are stored
/// and read.
fn fields(schema: &Schema) -> Vec<String> {
    let sobjects = schema.sobjects().iter();
    let fields = sobjects.flat_map(|sobject| {
        let fields = sobject.fields.iter();
        fields.map(|field| format!("{}.{}", sobject.name, definition(field)))
    });
    fields.collect()
}

/// Such as `Name string(80)` and `ParentId reference(Account)`.
fn definition(field: &Field) -> String {
    let references = field.reference.iter();
    let mut details: Vec<String> = references
        .flat_map(|reference| reference.to.iter().map(ToString::to_string))
        .collect();
    for number in [field.length, field.precision, field.scale] {
        if number > 0 {
            details.push(number.to_string());
        }
    }
    // These decide how values are found and compared.
    let uses = [
        (field.external_id, " external id"),
        (field.unique, " unique"),
        (field.case_sensitive, " case sensitive"),
    ];
    let uses = uses.map(|(is_so, words)| if is_so { words } else { "" });
    let uses = uses.concat();
    let name = field.data_type.name();
    match details.as_slice() {
        [] => format!("{} {name}{uses}", field.name),
        details => format!("{} {name}({}){uses}", field.name, details.join(", ")),
    }
}
