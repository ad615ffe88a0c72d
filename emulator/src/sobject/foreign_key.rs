//! Parents that a record names by a value of one of their fields, and not by their ids:
//! `"Account": {"Ext__c": "E 1"}`.
//!
//! Source: REST API Developer Guide, "Insert or Update (Upsert) a Record Using an
//! External ID"; SOAP API Developer Guide, "create()"; Bulk API Developer Guide,
//! "Relationship Fields in Records".

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::refusal;
use crate::database::Database;
use crate::error::ApiError;
use crate::schema::{Field, Kind, SObject, Schema};
use crate::soql::SoqlError;

/// The member that says of which object a record is, or a parent.
const ATTRIBUTES: &str = "attributes";

/// A relationship that a record names.
struct ForeignKey<'s, 'r> {
    /// The reference field that it follows.
    field: &'s Field,
    /// `None` empties the field.
    parent: Option<Parent<'s, 'r>>,
}

/// What is said of a parent.
struct Parent<'s, 'r> {
    sobject: &'s SObject,
    /// The field whose value names it.
    key: &'s Field,
    value: &'r Value,
}

/// The record with its parents named by their ids, as the database has them now.
///
/// # Errors
///
/// When the record has a member that is neither a field nor a relationship, and when a
/// relationship names no parent, or several.
pub(crate) fn resolved<'r>(
    (schema, database): (&Schema, &Database),
    sobject: &SObject,
    record: &'r Map<String, Value>,
) -> Result<Cow<'r, Map<String, Value>>, ApiError> {
    let keys = read(schema, sobject, record)?;
    if keys.is_empty() {
        return Ok(Cow::Borrowed(record));
    }
    let mut resolved = record.clone();
    resolved.retain(|name, _| name == ATTRIBUTES || sobject.field(name).is_some());
    for ForeignKey { field, parent } in keys {
        match parent {
            Some(parent) => {
                let id = parent.id(database)?;
                resolved.retain(|name, _| !field.name.eq_ignore_ascii_case(name));
                resolved.insert(field.name.to_string(), id.into());
            }
            None if has_value(&resolved, field) => {}
            None => {
                resolved.insert(field.name.to_string(), Value::Null);
            }
        }
    }
    Ok(Cow::Owned(resolved))
}

/// Fails if the record names a parent otherwise than by an id.
///
/// Source for trees: an import of Salesforce CLI whose records have parents, which are
/// refused so (a repository about junction objects, "SFDX App"); the guide's "sObject
/// Tree Request Body" has no relationships to parents either.
pub(crate) fn refuse_all(sobject: &SObject, record: &Map<String, Value>) -> Result<(), ApiError> {
    let mut others = record.keys().filter(|name| sobject.field(name).is_none());
    let relationship = others.find_map(|name| sobject.relationship(name)?.relationship());
    match relationship {
        Some(relationship) => Err(refusal::foreign_key(relationship)),
        None => Ok(()),
    }
}

/// The relationships that a record names.
fn read<'s, 'r>(
    schema: &'s Schema,
    sobject: &'s SObject,
    record: &'r Map<String, Value>,
) -> Result<Vec<ForeignKey<'s, 'r>>, ApiError> {
    let mut keys = Vec::new();
    for (name, value) in record {
        if name == ATTRIBUTES || sobject.field(name).is_some() {
            continue;
        }
        let field = sobject.relationship(name);
        let field = field.ok_or_else(|| refusal::no_field(name, sobject))?;
        let relationship = field.relationship().map_or(&**name, |own| own);
        let parent = match value {
            // Nobody could confirm that this empties the field.
            Value::Null => None,
            Value::Object(parent) => Some(Parent::read(schema, (field, relationship), parent)?),
            // Nobody could confirm the words for these values.
            _ => return Err(refusal::foreign_key(relationship)),
        };
        // If one of the two is null, the other counts: nobody could confirm that.
        if parent.is_some() && has_value(record, field) {
            return Err(refusal::two_parents(relationship, field));
        }
        keys.push(ForeignKey { field, parent });
    }
    Ok(keys)
}

/// Whether the record has a value in the field.
fn has_value(record: &Map<String, Value>, field: &Field) -> bool {
    let mut members = record.iter();
    members.any(|(name, value)| field.name.eq_ignore_ascii_case(name) && !value.is_null())
}

impl<'s, 'r> Parent<'s, 'r> {
    fn read(
        schema: &'s Schema,
        (field, relationship): (&'s Field, &str),
        parent: &'r Map<String, Value>,
    ) -> Result<Self, ApiError> {
        let named = parent.get(ATTRIBUTES).and_then(|of| of.get("type"));
        let named = named.and_then(Value::as_str);
        let sobject = object(schema, (field, relationship), named)?;
        let mut members = parent.iter().filter(|(name, _)| *name != ATTRIBUTES);
        let (name, value) = match (members.next(), members.next()) {
            (Some(member), None) => member,
            (None, _) => return Err(refusal::no_key(relationship)),
            (Some(_), Some(_)) => return Err(refusal::too_many_keys(sobject)),
        };
        // Nobody could confirm that the object of the message is the parent's.
        let key = sobject.field(name);
        let key = key.ok_or_else(|| refusal::no_field(name, sobject))?;
        if !key.is_key() {
            return Err(refusal::no_such_key(key, sobject));
        }
        if value.is_boolean() || value.is_array() || value.is_object() {
            return Err(ApiError {
                member: Some(relationship.into()),
                ..refusal::wrong_value(key, value)
            });
        }
        Ok(Self {
            sobject,
            key,
            value,
        })
    }

    /// The id of the one record that has the value.
    fn id(&self, database: &Database) -> Result<String, ApiError> {
        let not_found = || refusal::no_parent((self.key, &self.shown()), self.sobject);
        // The guide's example has a number, and does not say of which type the field is.
        let value = match (self.key.kind, self.value) {
            (Kind::Text, Value::Number(number)) => Cow::Owned(number.to_string().into()),
            (_, value) => Cow::Borrowed(value),
        };
        let stored = self.key.store(&value).map_err(|_| not_found())?;
        // Nothing is equal to null.
        let found = database.find(self.sobject, &self.key.name, &stored);
        let mut found = found.map_err(|error| ApiError::internal(&error))?;
        found.retain(|found| !found.is_deleted);
        match found.as_mut_slice() {
            [] => Err(not_found()),
            [one] => Ok(std::mem::take(&mut one.id)),
            several => {
                let ids: Vec<&str> = several.iter().map(|found| &*found.id).collect();
                Err(refusal::several_parents(&ids))
            }
        }
    }

    /// The value in messages. Where upper and lower case are the same, it is in lower
    /// case: so is every text in public captures, but none tells what was sent.
    fn shown(&self) -> String {
        let text = match self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match self.key.folds() {
            true => text.to_lowercase(),
            false => text,
        }
    }
}

/// The object of a parent, of which `named` is said.
fn object<'s>(
    schema: &'s Schema,
    (field, relationship): (&'s Field, &str),
    named: Option<&str>,
) -> Result<&'s SObject, ApiError> {
    let targets = field.targets();
    let name = match (targets, named) {
        ([one], None) => Some(one),
        (all, Some(named)) => all.iter().find(|name| name.eq_ignore_ascii_case(named)),
        (_, None) => None,
    };
    let name = name.ok_or_else(|| refusal::no_type(relationship, targets))?;
    schema.named(name).map(|sobject| &**sobject).ok_or_else(|| {
        // A schema from a file may lead to objects that it does not have.
        SoqlError::unsupported(&format!("references to records of {name}")).into()
    })
}

#[cfg(test)]
mod tests;
