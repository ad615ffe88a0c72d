//! Records as Salesforce writes them in JSON.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::schema::{Kind, SObject};
use crate::sql::{Member, Selected};
use crate::version::ApiVersion;

/// One record, its fields in the order of the SELECT list.
#[derive(Debug)]
pub(crate) struct Record {
    sobject: &'static SObject,
    id: String,
    version: ApiVersion,
    members: Vec<(&'static str, Content)>,
}

#[derive(Debug)]
enum Content {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    Record(Record),
}

impl Record {
    /// Reads a record from a row; `None` if it does not exist, which is how a
    /// row shows a missing parent.
    pub(crate) fn read(
        row: &Row<'_>,
        selected: &Selected,
        version: ApiVersion,
    ) -> Result<Option<Self>, rusqlite::Error> {
        let Some(id) = row.get(selected.id)? else {
            return Ok(None);
        };
        let mut members = Vec::with_capacity(selected.members.len());
        for member in &selected.members {
            members.push(match member {
                Member::Field { field, column } => (
                    field.name,
                    Content::read(row.get_ref(*column)?, field.kind)?,
                ),
                Member::Parent {
                    relationship,
                    record,
                } => {
                    let parent = Self::read(row, record, version)?;
                    (*relationship, parent.map_or(Content::Null, Content::Record))
                }
            });
        }
        Ok(Some(Self {
            sobject: selected.sobject,
            id,
            version,
            members,
        }))
    }
}

impl Content {
    fn read(value: ValueRef<'_>, kind: Kind) -> Result<Self, rusqlite::Error> {
        if value == ValueRef::Null {
            return Ok(Self::Null);
        }
        Ok(match kind {
            Kind::Boolean => Self::Boolean(value.as_i64()? != 0),
            Kind::Integer => Self::Integer(value.as_i64()?),
            Kind::Double => Self::Double(value.as_f64()?),
            Kind::DateTime => Self::Text(date_time(value.as_i64()?)),
            Kind::Id | Kind::Reference { .. } | Kind::Text | Kind::LongText | Kind::Date => {
                Self::Text(value.as_str()?.to_owned())
            }
        })
    }
}

/// As in `2013-05-07T22:07:19.000+0000`: milliseconds always, and an offset
/// without a colon. Source: REST API Developer Guide, "Valid Date and DateTime
/// Formats".
fn date_time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(instant) => instant
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%dT%H:%M:%S%.3f+0000")
            .to_string(),
        Err(_) => String::new(), // no such instant gets past the seed's checks
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len() + 1))?;
        map.serialize_entry("attributes", &Attributes(self))?;
        for (name, content) in &self.members {
            map.serialize_entry(name, content)?;
        }
        map.end()
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Double(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Record(record) => record.serialize(serializer),
        }
    }
}

struct Attributes<'a>(&'a Record);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let (name, version, id) = (record.sobject.name, record.version, &record.id);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", name)?;
        map.serialize_entry(
            "url",
            &format!("/services/data/{version}/sobjects/{name}/{id}"),
        )?;
        map.end()
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
