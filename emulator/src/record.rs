//! Records as Salesforce writes them in JSON.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::schema::{Kind, Name, Part, SObject};
use crate::sql::{Member, Selected};
use crate::version::ApiVersion;

/// One record, its fields in the order of the SELECT list.
#[derive(Debug)]
pub(crate) struct Record {
    sobject: Arc<SObject>,
    id: String,
    version: ApiVersion,
    members: Vec<(Name, Content)>,
}

#[derive(Debug)]
enum Content {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    Compound(Vec<(&'static str, Content)>),
    Record(Record),
    Children(Vec<Record>),
}

impl Record {
    /// Reads a record from a row; `None` if it does not exist, which is how a
    /// row shows a missing parent.
    pub(crate) fn read(
        row: &Row<'_>,
        selected: &Selected,
        version: ApiVersion,
    ) -> Result<Option<Self>, rusqlite::Error> {
        let Some(id) = row.get::<_, Option<String>>(selected.id)? else {
            return Ok(None);
        };
        let mut members = Vec::with_capacity(selected.members.len());
        for member in &selected.members {
            members.push(match member {
                Member::Field { field, column } => {
                    let content = match Content::read(row.get_ref(*column)?, field.kind)? {
                        Content::Integer(_) if field.kind == Kind::Base64 => {
                            Content::Text(resource(version, &selected.sobject, &id, &field.name))
                        }
                        content => content,
                    };
                    (field.name.clone(), content)
                }
                Member::Compound { field, parts } => {
                    (field.name.clone(), Content::compound(row, parts)?)
                }
                Member::Children { relationship, .. } => (relationship.clone(), Content::Null),
                Member::Parent {
                    relationship,
                    record,
                } => {
                    let parent = Self::read(row, record, version)?;
                    (
                        relationship.clone(),
                        parent.map_or(Content::Null, Content::Record),
                    )
                }
            });
        }
        Ok(Some(Self {
            sobject: Arc::clone(&selected.sobject),
            id,
            version,
            members,
        }))
    }
}

impl Record {
    /// The record's id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Sets the member at `place` of the SELECT list to these children: null, if
    /// there are none.
    pub(crate) fn adopt(&mut self, place: usize, children: Vec<Self>) {
        if let Some((_, content)) = self.members.get_mut(place)
            && !children.is_empty()
        {
            *content = Content::Children(children);
        }
    }
}

/// Where REST has the bytes of a field. Source: REST API Developer Guide, "Get
/// Blob Data".
fn resource(version: ApiVersion, sobject: &SObject, id: &str, field: &str) -> String {
    let sobject = &sobject.name;
    format!("/services/data/{version}/sobjects/{sobject}/{id}/{field}")
}

impl Content {
    /// A compound field is null if all of its parts are.
    fn compound(row: &Row<'_>, parts: &[(Part, usize)]) -> Result<Self, rusqlite::Error> {
        let mut contents = Vec::with_capacity(parts.len());
        for (part, column) in parts {
            let content = Self::read(row.get_ref(*column)?, part.field.kind)?;
            contents.push((part.name, content));
        }
        let is_null = |(_, content): &(_, Self)| matches!(content, Self::Null);
        Ok(if contents.iter().all(is_null) {
            Self::Null
        } else {
            Self::Compound(contents)
        })
    }

    fn read(value: ValueRef<'_>, kind: Kind) -> Result<Self, rusqlite::Error> {
        if value == ValueRef::Null {
            return Ok(Self::Null);
        }
        Ok(match kind {
            Kind::Boolean => Self::Boolean(value.as_i64()? != 0),
            Kind::Integer | Kind::Base64 => Self::Integer(value.as_i64()?),
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
            Self::Compound(parts) => {
                serializer.collect_map(parts.iter().map(|(name, part)| (name, part)))
            }
            // In one page, however many there are.
            Self::Children(records) => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("totalSize", &records.len())?;
                map.serialize_entry("done", &true)?;
                map.serialize_entry("records", records)?;
                map.end()
            }
        }
    }
}

struct Attributes<'a>(&'a Record);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let (name, version, id) = (&record.sobject.name, record.version, &record.id);
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
