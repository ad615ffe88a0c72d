//! Records from outside, before they are stored: their values, and what
//! Salesforce fills in.

mod moment;

use rusqlite::types::Value as Stored;
use serde_json::Value;
use thiserror::Error;

use crate::database::{Database, Row};
use crate::id::RecordId;
use crate::schema::{Field, Kind, SObject, Schema};
use crate::seed::record_id;

/// Records that can be added at once.
pub const IMPORT_ROWS_MAX: usize = 10_000;

/// Records that cannot be added.
#[derive(Debug, Error)]
pub enum ImportError {
    /// There is no such object.
    #[error("there is no object {0:?}")]
    UnknownObject(String),
    /// The object has no such field.
    #[error("{sobject} has no field {field:?}")]
    UnknownField {
        /// The object.
        sobject: String,
        /// The field that it does not have.
        field: String,
    },
    /// A field cannot hold its value.
    #[error("{field} needs {expected}")]
    WrongValue {
        /// The field.
        field: String,
        /// What it can hold.
        expected: String,
    },
    /// There are too many.
    #[error("at most {IMPORT_ROWS_MAX} records can be added at once, not {0}")]
    TooMany(usize),
    /// A value is there already that no two records may have.
    #[error("{field} must be unique, and the record {id} has the same value")]
    Duplicate {
        /// The field.
        field: String,
        /// The record that has the value.
        id: String,
    },
    /// The database refused.
    #[error("the database refused the records")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ImportError {
    pub(crate) fn database(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Who writes records, and when.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    /// The user's id.
    pub(crate) user: String,
    pub(crate) now_ms: i64,
}

/// The field of that name.
pub(crate) fn field<'s>(sobject: &'s SObject, name: &str) -> Result<&'s Field, ImportError> {
    let unknown = || ImportError::UnknownField {
        sobject: sobject.name.to_string(),
        field: name.to_owned(),
    };
    sobject
        .field(name)
        .map(|field| &**field)
        .ok_or_else(unknown)
}

/// A JSON value as a record keeps it. Nothing is kept of compound fields, and of
/// those that are computed: they follow from others.
pub(crate) fn kept(
    schema: &Schema,
    field: &Field,
    value: &Value,
) -> Result<Option<Stored>, ImportError> {
    if !field.is_stored() {
        return Ok(None);
    }
    let stored = field.store(value)?;
    if let Stored::Text(id) = &stored
        && field.kind == Kind::Reference
    {
        check_reference(schema, field, id)?;
    }
    Ok(Some(stored))
}

/// Whether an id is one of an object that the field leads to, as far as the
/// schema knows those.
fn check_reference(schema: &Schema, field: &Field, id: &str) -> Result<(), ImportError> {
    if schema.leads_to(field, id) {
        return Ok(());
    }
    let names: Vec<&str> = schema.referenced(field).map(|to| &*to.name).collect();
    Err(ImportError::WrongValue {
        field: field.name.to_string(),
        expected: format!("an id of {}", names.join(" or ")),
    })
}

/// Gives the object's record with this number (from 0) its id and what
/// Salesforce fills in, and answers the id.
pub(crate) fn finish<'s>(
    stamp: &Stamp,
    sobject: &'s SObject,
    number: u64,
    row: &mut Row<'s>,
) -> Result<String, ImportError> {
    let given = row.iter().find_map(|(name, value)| match value {
        Stored::Text(id) if *name == "Id" => Some(id.clone()),
        _ => None,
    });
    let id = given.unwrap_or_else(|| record_id(sobject, number).to_string());
    if !sobject.owns(&id) {
        let (name, prefix) = (&sobject.name, &sobject.key_prefix);
        return Err(ImportError::WrongValue {
            field: "Id".to_owned(),
            expected: format!("an id that begins with {prefix}, the key prefix of {name}"),
        });
    }
    row.retain(|(name, _)| *name != "Id");
    row.push(("Id", Stored::Text(id.clone())));
    complete(stamp, sobject, number + 1, row);
    Ok(id)
}

/// Why a record is not added, and its place among those that came with it, from 0.
pub(crate) struct Refused {
    pub(crate) row: usize,
    pub(crate) why: ImportError,
}

/// Adds records, all of them or none.
pub(crate) fn insert(
    database: &mut Database,
    sobject: &SObject,
    rows: &[Row<'_>],
) -> Result<(), Refused> {
    match database.insert(sobject, rows) {
        Ok(()) => Ok(()),
        Err(error) => Err(refused(database, sobject, rows, error)),
    }
}

/// Looks for the record that the database refuses: adds one after another, and takes
/// all of them back.
fn refused(
    database: &mut Database,
    sobject: &SObject,
    rows: &[Row<'_>],
    of_all: rusqlite::Error,
) -> Refused {
    let mut found = Refused {
        row: 0,
        why: ImportError::database(of_all),
    };
    let Ok(point) = database.savepoint() else {
        return found;
    };
    for (place, row) in rows.iter().enumerate() {
        if let Err(error) = database.add(sobject, row) {
            found = Refused {
                row: place,
                why: duplicate(database, sobject, row)
                    .unwrap_or_else(|| ImportError::database(error)),
            };
            break;
        }
    }
    // If this fails, so does whatever comes next.
    _ = database.go_back(&point);
    found
}

/// The field by which a record is the same as one that there is, if it is.
fn duplicate(database: &Database, sobject: &SObject, row: &Row<'_>) -> Option<ImportError> {
    row.iter().find_map(|(name, value)| {
        let field = sobject.field(name)?;
        let is_id = field.kind == Kind::Id;
        if !field.unique && !is_id {
            return None;
        }
        let found = database.find(sobject, name, value).ok()?;
        // An id is never free again.
        let other = found.iter().find(|found| is_id || !found.is_deleted)?;
        Some(ImportError::Duplicate {
            field: field.name.to_string(),
            id: other.id.clone(),
        })
    })
}

/// Fills in what Salesforce would in the object's `number`th record (from 1).
pub(crate) fn complete<'s>(stamp: &Stamp, sobject: &'s SObject, number: u64, row: &mut Row<'s>) {
    let now = Stored::Integer(stamp.now_ms);
    let user = Stored::Text(stamp.user.clone());
    for field in &sobject.fields {
        if row.iter().any(|(given, _)| *given == &*field.name) {
            continue;
        }
        let value = match &*field.name {
            "OwnerId" | "CreatedById" | "LastModifiedById" => Some(user.clone()),
            "CreatedDate" | "LastModifiedDate" | "SystemModstamp" => Some(now.clone()),
            "RecordTypeId" => sobject.record_types.iter().find_map(|record_type| {
                let is_default = record_type.active && record_type.default;
                is_default.then(|| Stored::Text(record_type.id.to_string()))
            }),
            _ if field.auto_number => Some(Stored::Text(field.numbered(number))),
            _ => field
                .default_choice()
                .map(|choice| Stored::Text(choice.to_string())),
        };
        row.extend(value.map(|value| (&*field.name, value)));
    }
    if sobject.has_person() && !row.iter().any(|(given, _)| *given == "Name") {
        let part = |name| row.iter().find(|(given, _)| *given == name);
        let parts = [part("FirstName"), part("LastName")].into_iter().flatten();
        let words: Vec<&str> = parts
            .filter_map(|(_, value)| match value {
                Stored::Text(word) => Some(word.as_str()),
                _ => None,
            })
            .collect();
        let name = words.join(" ");
        row.push(("Name", Stored::Text(name)));
    }
}

impl Field {
    /// A JSON value as this field stores it.
    pub(crate) fn store(&self, value: &Value) -> Result<Stored, ImportError> {
        let wrong = || ImportError::WrongValue {
            field: self.name.to_string(),
            expected: self.kind.expects().to_owned(),
        };
        if value.is_null() && self.kind != Kind::Boolean {
            return Ok(Stored::Null);
        }
        match self.kind {
            Kind::Id | Kind::Reference => {
                let id = value.as_str().and_then(RecordId::parse);
                id.map(|id| Stored::Text(id.to_string()))
            }
            // Salesforce stores an empty string as null, and one of blanks.
            Kind::Text | Kind::LongText | Kind::MultiPicklist | Kind::Encrypted
                if value.as_str().is_some_and(|text| text.trim().is_empty()) =>
            {
                Some(Stored::Null)
            }
            Kind::Text | Kind::LongText | Kind::MultiPicklist | Kind::Encrypted => {
                value.as_str().map(|text| Stored::Text(text.to_owned()))
            }
            Kind::Time => {
                let time = value.as_str().and_then(moment::time);
                time.map(|time| Stored::Text(time.strftime("%H:%M:%S%.3fZ").to_string()))
            }
            // Nothing here holds bytes, and compound fields are read only.
            Kind::Base64 | Kind::Address | Kind::Location => None,
            Kind::Boolean => value
                .as_bool()
                .map(|value| Stored::Integer(i64::from(value))),
            Kind::Integer => value.as_i64().map(Stored::Integer),
            Kind::Double => value.as_f64().map(Stored::Real),
            Kind::Date => {
                let date = value.as_str().and_then(moment::date);
                date.map(|date| Stored::Text(date.to_string()))
            }
            Kind::DateTime => {
                let instant = value.as_str().and_then(moment::date_time);
                instant.map(|instant| Stored::Integer(instant.as_millisecond()))
            }
        }
        .ok_or_else(wrong)
    }

    /// Text as this field's value in JSON, if it can be one: `1.5` is a number
    /// in a field that holds numbers. Empty text is null.
    pub(crate) fn read(&self, text: &str) -> Value {
        let as_text = || Value::from(text);
        match self.kind {
            _ if text.is_empty() => Value::Null,
            Kind::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => true.into(),
                "false" | "0" => false.into(),
                _ => as_text(),
            },
            Kind::Integer => text.parse::<i64>().map_or_else(|_| as_text(), Value::from),
            // JSON has no infinity, and nothing that is no number.
            Kind::Double => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => number.into(),
                _ => as_text(),
            },
            Kind::Id
            | Kind::Reference
            | Kind::Text
            | Kind::LongText
            | Kind::Date
            | Kind::DateTime
            | Kind::Time
            | Kind::MultiPicklist
            | Kind::Encrypted
            | Kind::Base64
            | Kind::Address
            | Kind::Location => as_text(),
        }
    }
}

impl Kind {
    const fn expects(self) -> &'static str {
        match self {
            Self::Id | Self::Reference => "an id of 15 or 18 characters",
            Self::Text | Self::LongText | Self::Encrypted => "a string",
            Self::MultiPicklist => "a string such as \"A;B\"",
            Self::Time => "a time such as \"14:30:00.000Z\"",
            Self::Base64 => "null: this emulator holds no bytes",
            Self::Address | Self::Location => "its parts",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Double => "a number",
            Self::Date => "a date such as \"2026-01-31\"",
            Self::DateTime => "an instant such as \"2026-01-31T12:00:00Z\"",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_stays_text() {
        let schema = Schema::standard();
        let specimen = schema.named("Specimen__c").expect("an object");
        let number = specimen.field("Number__c").expect("a field");
        for (text, value) in [
            ("1.5", Value::from(1.5)),
            ("1e3", Value::from(1_000.0)),
            ("", Value::Null),
            // Rust reads these as numbers, and JSON would have null.
            ("NaN", Value::from("NaN")),
            ("inf", Value::from("inf")),
            ("1e400", Value::from("1e400")),
            ("much", Value::from("much")),
        ] {
            assert_eq!(number.read(text), value, "{text}");
        }
    }
}
