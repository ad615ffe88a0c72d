//! What a member of a record is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::ser::{Serialize, Serializer};

use super::{Children, Record};
use crate::locale;
use crate::schema::{Field, Kind, Part};
use crate::sql::Form;

#[derive(Debug)]
pub(super) enum Content {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    /// Bytes, which a resource of their own has.
    Bytes,
    Compound(Vec<(&'static str, Content)>),
    Record(Record),
    Children(Children),
}

impl Content {
    /// A compound field is null if all of its parts are.
    pub(super) fn compound(
        row: &Row<'_>,
        parts: &[(Part, usize)],
    ) -> Result<Self, rusqlite::Error> {
        let mut contents = Vec::with_capacity(parts.len());
        for (part, column) in parts {
            let content = Self::plain(row.get_ref(*column)?, part.field.kind)?;
            contents.push((part.name, content));
        }
        let is_null = |(_, content): &(_, Self)| matches!(content, Self::Null);
        Ok(if contents.iter().all(is_null) {
            Self::Null
        } else {
            Self::Compound(contents)
        })
    }

    /// A parent, if there is one.
    pub(super) fn parent(record: Option<Record>) -> Self {
        record.map_or(Self::Null, Self::Record)
    }

    /// A value in its form.
    pub(super) fn read(value: ValueRef<'_>, form: &Form) -> Result<Self, rusqlite::Error> {
        match form {
            Form::Plain(kind) => Self::plain(value, *kind),
            Form::Formatted(kind, field) => Self::formatted(value, *kind, field),
        }
    }

    fn plain(value: ValueRef<'_>, kind: Kind) -> Result<Self, rusqlite::Error> {
        if value == ValueRef::Null {
            return Ok(Self::Null);
        }
        Ok(match kind {
            Kind::Boolean => Self::Boolean(value.as_i64()? != 0),
            Kind::Integer => match value {
                // A sum that no 64 bits can hold.
                ValueRef::Real(sum) => Self::Double(sum),
                value => Self::Integer(value.as_i64()?),
            },
            Kind::Base64 => Self::Bytes,
            // Source: Salesforce Help, "Where Can I Use Encrypted Custom Fields".
            Kind::Encrypted => Self::Text("*".repeat(value.as_str()?.chars().count())),
            Kind::Double => Self::Double(value.as_f64()?),
            Kind::DateTime => Self::Text(date_time(value.as_i64()?)),
            Kind::Id
            | Kind::Reference
            | Kind::Text
            | Kind::LongText
            | Kind::MultiPicklist
            | Kind::Date
            | Kind::Time
            | Kind::Address
            | Kind::Location => Self::Text(value.as_str()?.to_owned()),
        })
    }

    fn formatted(value: ValueRef<'_>, kind: Kind, field: &Field) -> Result<Self, rusqlite::Error> {
        if value == ValueRef::Null {
            return Ok(Self::Null);
        }
        Ok(match (kind, value) {
            (Kind::Integer, ValueRef::Integer(value)) => Self::Text(locale::integer(value)),
            (Kind::Double | Kind::Integer, value) => {
                Self::Text(locale::decimal(value.as_f64()?, field))
            }
            (Kind::Date, value) => Self::Text(locale::date(value.as_str()?)),
            (Kind::DateTime, value) => Self::Text(locale::date_time(value.as_i64()?)),
            (Kind::Time, value) => Self::Text(locale::time(value.as_str()?)),
            // Other types have one form in every locale.
            (kind, value) => Self::plain(value, kind)?,
        })
    }
}

/// As in `2013-05-07T22:07:19.000+0000`: milliseconds always, and an offset
/// without a colon. Source: REST API Developer Guide, "Valid Date and DateTime
/// Formats".
pub(crate) fn date_time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(instant) => instant
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%dT%H:%M:%S%.3f+0000")
            .to_string(),
        Err(_) => String::new(), // no such instant gets past the seed's checks
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null | Self::Bytes => serializer.serialize_unit(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Double(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Record(record) => record.serialize(serializer),
            Self::Compound(parts) => {
                serializer.collect_map(parts.iter().map(|(name, part)| (name, part)))
            }
            Self::Children(children) => children.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_salesforce_does() {
        assert_eq!(date_time(1_367_964_439_000), "2013-05-07T22:07:19.000+0000");
        assert_eq!(date_time(-1), "1969-12-31T23:59:59.999+0000");
    }
}
