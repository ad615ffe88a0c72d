//! Records that a test brings along.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::database::Row;
use crate::id::RecordId;
use crate::org::Org;
use crate::schema::{Field, Kind, SObject};
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
        expected: &'static str,
    },
    /// There are too many.
    #[error("at most {IMPORT_ROWS_MAX} records can be added at once, not {0}")]
    TooMany(usize),
    /// The database refused; an id that there is already, most likely.
    #[error("the database refused the records")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ImportError {
    pub(crate) fn database(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Adds records to an object and answers their ids.
pub(crate) fn rows(
    org: &Org,
    sobject: &str,
    rows: &[Map<String, Value>],
) -> Result<Vec<String>, ImportError> {
    let unknown = || ImportError::UnknownObject(sobject.to_owned());
    let sobject = org.schema.named(sobject).ok_or_else(unknown)?;
    if rows.len() > IMPORT_ROWS_MAX {
        return Err(ImportError::TooMany(rows.len()));
    }
    let _turn = org.turn();
    let mut database = org.database();
    let first = database.count(sobject).map_err(ImportError::database)?;
    let (mut ids, mut stored) = (Vec::new(), Vec::new());
    for (number, row) in (first..).zip(rows) {
        let mut row = store(sobject, row)?;
        let id = match row.iter().find(|(name, _)| *name == "Id") {
            Some((_, Stored::Text(id))) => id.clone(),
            _ => record_id(sobject, number).to_string(),
        };
        row.retain(|(name, _)| *name != "Id");
        row.push(("Id", Stored::Text(id.clone())));
        complete(org, sobject, number + 1, &mut row);
        ids.push(id);
        stored.push(row);
    }
    database
        .insert(sobject, stored)
        .map_err(ImportError::database)?;
    Ok(ids)
}

fn store<'s>(sobject: &'s SObject, row: &Map<String, Value>) -> Result<Row<'s>, ImportError> {
    row.iter()
        .map(|(name, value)| {
            let unknown = || ImportError::UnknownField {
                sobject: sobject.name.to_string(),
                field: name.clone(),
            };
            let field = sobject.field(name).ok_or_else(unknown)?;
            Ok((&*field.name, field.store(value)?))
        })
        .collect()
}

/// Fills in what Salesforce would in the object's `number`th record (from 1).
pub(crate) fn complete<'s>(org: &Org, sobject: &'s SObject, number: u64, row: &mut Row<'s>) {
    let now = Stored::Integer(org.clock.now_ms());
    let user = Stored::Text(org.user.to_string());
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
            expected: self.kind.expects(),
        };
        if value.is_null() && self.kind != Kind::Boolean {
            return Ok(Stored::Null);
        }
        match self.kind {
            Kind::Id | Kind::Reference => {
                let id = value.as_str().and_then(RecordId::parse);
                id.map(|id| Stored::Text(id.to_string()))
            }
            // Salesforce stores an empty string as null.
            Kind::Text | Kind::LongText | Kind::MultiPicklist | Kind::Encrypted if value == "" => {
                Some(Stored::Null)
            }
            Kind::Text | Kind::LongText | Kind::MultiPicklist | Kind::Encrypted => {
                value.as_str().map(|text| Stored::Text(text.to_owned()))
            }
            Kind::Time => {
                let text = value.as_str().and_then(|text| text.strip_suffix('Z'));
                let time = text.and_then(|text| text.parse::<Time>().ok());
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
                let date = value.as_str().and_then(|text| text.parse::<Date>().ok());
                date.map(|date| Stored::Text(date.to_string()))
            }
            Kind::DateTime => {
                let instant = value
                    .as_str()
                    .and_then(|text| text.parse::<Timestamp>().ok());
                instant.map(|instant| Stored::Integer(instant.as_millisecond()))
            }
        }
        .ok_or_else(wrong)
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
