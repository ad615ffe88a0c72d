//! Records as Salesforce writes them in JSON.

mod content;
mod flat;

use std::sync::Arc;

use rusqlite::Row;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::schema::{Name, SObject};
use crate::sql::{GroupQuery, Member, RecordQuery, Selected};
use crate::version::ApiVersion;
use content::Content;
pub(crate) use content::date_time;

/// One record, its fields in the order of the SELECT list.
#[derive(Debug)]
pub(crate) struct Record {
    attributes: Attributes,
    members: Vec<(Name, Content)>,
}

/// What a record says of itself.
#[derive(Debug)]
enum Attributes {
    Record {
        name: Name,
        /// The object by which REST has it.
        object: Name,
        id: String,
        version: ApiVersion,
    },
    /// It stands for a group of records, and has no address.
    Group,
}

/// The children of a record, as far as a page has them.
#[derive(Debug)]
pub(crate) struct Children {
    /// How many there are.
    pub(crate) total: usize,
    pub(crate) records: Vec<Record>,
    /// What is left of them.
    pub(crate) rest: Option<Rest>,
    /// The URL of that.
    pub(crate) next: Option<String>,
}

/// Children that are not on a page.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) record: Arc<RecordQuery>,
    /// The keys of all children.
    pub(crate) keys: Arc<[i64]>,
    /// How many of them have been on pages.
    pub(crate) from: usize,
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
        let object = object(selected, &id);
        let mut members = Vec::with_capacity(selected.members.len());
        for member in &selected.members {
            members.push(match member {
                Member::Value { name, column, form } => {
                    let content = match Content::read(row.get_ref(*column)?, form)? {
                        Content::Bytes => Content::Text(resource(version, &object, &id, name)),
                        content => content,
                    };
                    (name.clone(), content)
                }
                Member::Compound { name, parts } => (name.clone(), Content::compound(row, parts)?),
                Member::Children { relationship, .. } => (relationship.clone(), Content::Null),
                Member::Parent {
                    relationship,
                    record,
                } => {
                    let parent = Self::read(row, record, version)?;
                    (relationship.clone(), Content::parent(parent))
                }
                Member::TypeOf {
                    relationship,
                    cases,
                } => {
                    let mut found = None;
                    for case in cases {
                        if found.is_none() {
                            found = Self::read(row, case, version)?;
                        }
                    }
                    (relationship.clone(), Content::parent(found))
                }
            });
        }
        let attributes = Attributes::Record {
            name: selected.name.clone(),
            object,
            id,
            version,
        };
        Ok(Some(Self {
            attributes,
            members,
        }))
    }

    /// Reads a group from a row.
    pub(crate) fn group(row: &Row<'_>, query: &GroupQuery) -> Result<Self, rusqlite::Error> {
        let members = query.members.iter().enumerate();
        let members = members.map(|(column, (name, form))| {
            let content = Content::read(row.get_ref(column)?, form)?;
            Ok((name.clone(), content))
        });
        Ok(Self {
            attributes: Attributes::Group,
            members: members.collect::<Result<_, rusqlite::Error>>()?,
        })
    }

    /// The record's id; a group has none.
    pub(crate) fn id(&self) -> Option<&str> {
        match &self.attributes {
            Attributes::Record { id, .. } => Some(id),
            Attributes::Group => None,
        }
    }

    /// Sets the member at `place` of the SELECT list to these children: null, if
    /// there are none.
    pub(crate) fn adopt(&mut self, place: usize, children: Children) {
        if let Some((_, content)) = self.members.get_mut(place)
            && children.total > 0
        {
            *content = Content::Children(children);
        }
    }

    /// Names what is left of children, of children's children too.
    pub(crate) fn name_rests(&mut self, url: &mut dyn FnMut(Rest) -> String) {
        for (_, content) in &mut self.members {
            if let Content::Children(children) = content {
                for record in &mut children.records {
                    record.name_rests(url);
                }
                children.next = children.rest.take().map(&mut *url);
            }
        }
    }
}

/// The object that a record is of.
fn object(selected: &Selected, id: &str) -> Name {
    let owns = |sobject: &&Arc<SObject>| sobject.owns(id);
    let objects = &selected.objects;
    let object = match objects.as_slice() {
        [only] => Some(only),
        several => several.iter().find(owns),
    };
    object.map_or_else(|| selected.name.clone(), |sobject| sobject.name.clone())
}

/// Where REST has the bytes of a field. Source: REST API Developer Guide, "Get
/// Blob Data".
fn resource(version: ApiVersion, object: &str, id: &str, field: &str) -> String {
    format!("/services/data/{version}/sobjects/{object}/{id}/{field}")
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len() + 1))?;
        map.serialize_entry("attributes", &self.attributes)?;
        for (name, content) in &self.members {
            map.serialize_entry(name, content)?;
        }
        map.end()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Record {
                name,
                object,
                id,
                version,
            } => {
                map.serialize_entry("type", name)?;
                map.serialize_entry(
                    "url",
                    &format!("/services/data/{version}/sobjects/{object}/{id}"),
                )?;
            }
            Self::Group => map.serialize_entry("type", "AggregateResult")?,
        }
        map.end()
    }
}

impl Serialize for Children {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("totalSize", &self.total)?;
        map.serialize_entry("done", &self.next.is_none())?;
        if let Some(next) = &self.next {
            map.serialize_entry("nextRecordsUrl", next)?;
        }
        map.serialize_entry("records", &self.records)?;
        map.end()
    }
}
