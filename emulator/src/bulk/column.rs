//! One column of an upload in CSV: a field of the record, or one that names a parent.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Relationship Fields in a Header
//! Row".

use serde_json::{Map, Value, json};

use super::table::NULL;
use crate::schema::{Field, SObject, Schema};

/// What the first line says of a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column<'a> {
    Own(&'a Field),
    /// `Account.Ext__c`, and `Lead:Who.Email` where the relationship leads to several
    /// objects.
    Parent {
        relationship: &'a str,
        /// The parent's object, if its name has to be said.
        object: Option<&'a str>,
        /// The parent's field.
        key: &'a Field,
    },
}

impl<'a> Column<'a> {
    /// The column of that name, in any case.
    pub(super) fn named(schema: &'a Schema, sobject: &'a SObject, name: &str) -> Option<Self> {
        if let Some(field) = sobject.field(name) {
            return Some(Self::Own(field));
        }
        let (path, key) = name.split_once('.')?;
        let (object, relationship) = match path.split_once(':') {
            Some((object, relationship)) => (Some(object), relationship),
            None => (None, path),
        };
        let field = sobject.relationship(relationship)?;
        // The object is needed where there is a choice, and refused where there is none.
        let target = match (field.targets(), object) {
            ([one], None) => one,
            ([_], Some(_)) | (_, None) => return None,
            (all, Some(object)) => all.iter().find(|name| name.eq_ignore_ascii_case(object))?,
        };
        let key = schema
            .named(target)?
            .field(key)
            .filter(|key| key.is_key())?;
        Some(Self::Parent {
            relationship: field.relationship()?,
            object: object.map(|_| &**target),
            key,
        })
    }

    /// Whether it is the record's own field of that name.
    pub(super) fn is_own(&self, name: &str) -> bool {
        matches!(self, Self::Own(field) if *field.name == *name)
    }

    /// Adds what a line has in the column, as a record in JSON has it. Empty text adds
    /// nothing.
    pub(super) fn add(&self, record: &mut Map<String, Value>, text: &str) {
        match *self {
            _ if text.is_empty() => {}
            Self::Own(field) if text == NULL => {
                record.insert(field.name.to_string(), Value::Null);
            }
            Self::Own(field) => {
                record.insert(field.name.to_string(), field.read(text));
            }
            // Nobody could confirm that this empties the reference.
            Self::Parent { relationship, .. } if text == NULL => {
                record.insert(relationship.to_owned(), Value::Null);
            }
            Self::Parent {
                relationship,
                object,
                key,
            } => {
                let parent = record.entry(relationship).or_insert_with(|| match object {
                    Some(object) => json!({"attributes": {"type": object}}),
                    None => json!({}),
                });
                if let Value::Object(parent) = parent {
                    parent.insert(key.name.to_string(), key.read(text));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_a_field_or_names_a_parent() {
        let schema = Schema::standard();
        for (object, name, text, record) in [
            ("Contact", "lastname", "A", json!({"LastName": "A"})),
            ("Contact", "LastName", "", json!({})),
            ("Contact", "LastName", "#N/A", json!({"LastName": null})),
            (
                "Contact",
                "account.ext__C",
                "E 1",
                json!({"Account": {"Ext__c": "E 1"}}),
            ),
            ("Contact", "Account.Ext__c", "", json!({})),
            (
                "Contact",
                "Account.Ext__c",
                "#N/A",
                json!({"Account": null}),
            ),
            (
                "Contact",
                "ReportsTo.Email",
                "a@b.example",
                json!({"ReportsTo": {"Email": "a@b.example"}}),
            ),
            (
                "Task",
                "lead:who.EMAIL",
                "a@b.example",
                json!({"Who": {"attributes": {"type": "Lead"}, "Email": "a@b.example"}}),
            ),
        ] {
            let sobject = schema.named(object).expect("an object");
            let column = Column::named(&schema, sobject, name).expect(name);
            let mut read = Map::new();
            column.add(&mut read, text);
            assert_eq!(Value::Object(read), record, "{name}");
        }
    }

    #[test]
    fn what_names_no_one_parent_is_no_column() {
        let schema = Schema::standard();
        for (object, name) in [
            ("Contact", "Nothing"),
            ("Contact", "Nothing.Ext__c"),
            ("Contact", "Account"),
            ("Contact", "Account."),
            // It identifies nobody.
            ("Contact", "Account.Name"),
            // A grandparent, and children.
            ("Contact", "Account.Parent.Ext__c"),
            ("Account", "Contacts.Email"),
            // The object is needed, and must be one of those; or it must not be there.
            ("Task", "Who.Email"),
            ("Task", "Account:Who.Email"),
            ("Contact", "Account:Account.Ext__c"),
        ] {
            let sobject = schema.named(object).expect("an object");
            assert!(Column::named(&schema, sobject, name).is_none(), "{name}");
        }
    }
}
