//! A field in one of the tables.

use std::sync::Arc;

use crate::schema::{Field, Name, SObject};

/// A field of a record that a path leads to.
pub(in crate::sql) struct Column {
    pub(in crate::sql) field: Arc<Field>,
    /// The parents from FROM's object (not included) to the field's own.
    pub(in crate::sql) stops: Vec<Stop>,
    /// The field's own object.
    pub(in crate::sql) sobject: Arc<SObject>,
    pub(super) holder: Holder,
}

/// A parent on the way to a field.
#[derive(Clone)]
pub(in crate::sql) struct Stop {
    pub(in crate::sql) relationship: Name,
    pub(in crate::sql) sobject: Arc<SObject>,
    /// The objects of which it can be.
    pub(in crate::sql) objects: Vec<Arc<SObject>>,
    /// Its id, in SQL.
    pub(in crate::sql) id: String,
}

/// Where the fields of a record are.
pub(super) enum Holder {
    /// In this table.
    Table(usize),
    /// In that of the object whose records have such ids.
    Any {
        /// The record's id, in SQL.
        id: String,
        objects: Vec<Arc<SObject>>,
    },
}

impl Holder {
    pub(super) fn id(&self) -> String {
        match self {
            Self::Table(table) => format!("t{table}.\"Id\""),
            Self::Any { id, .. } => id.clone(),
        }
    }
}

impl Holder {
    /// The objects of which the record can be; `own`, if it is of one.
    pub(super) fn objects(&self, own: &Arc<SObject>) -> Vec<Arc<SObject>> {
        match self {
            Self::Table(_) => vec![Arc::clone(own)],
            Self::Any { objects, .. } => objects.clone(),
        }
    }
}

impl Column {
    /// The dotted name, as the schema writes it.
    pub(in crate::sql) fn full_name(&self) -> String {
        full_name(&self.stops, &self.field.name)
    }

    /// The column in SQL.
    pub(in crate::sql) fn sql(&self) -> String {
        self.sibling(&self.field)
    }

    /// Another field of the same record.
    pub(in crate::sql) fn sibling(&self, field: &Field) -> String {
        match &self.holder {
            Holder::Table(table) => table_column(*table, field),
            Holder::Any { id, .. } if field.name == "Id" => id.clone(),
            Holder::Any { id, objects } => {
                let mut cases = format!("CASE substr({id}, 1, 3)");
                for sobject in objects {
                    if let Some(value) = value_of(sobject, field, id) {
                        let prefix = &sobject.key_prefix;
                        cases.push_str(&format!(" WHEN '{prefix}' THEN {value}"));
                    }
                }
                // Without a case there is none that could be true.
                cases.push_str(" WHEN '' THEN NULL END");
                cases
            }
        }
    }
}

/// A name behind parents.
pub(in crate::sql) fn full_name(stops: &[Stop], name: &str) -> String {
    let parents = stops.iter().map(|stop| &*stop.relationship);
    parents.chain([name]).collect::<Vec<_>>().join(".")
}

/// What a record of `sobject` has for a field of the object Name, if it has it.
///
/// Source: Object Reference, "Name".
fn value_of(sobject: &SObject, field: &Field, id: &str) -> Option<String> {
    if field.name == "Type" {
        return Some(format!("'{}'", sobject.name));
    }
    let own = sobject.field(&field.name);
    let name = || sobject.fields.iter().find(|field| field.name_field);
    let own = if field.name == "Name" {
        own.or_else(name)
    } else {
        own
    };
    let (table, column) = (&sobject.name, &own?.name);
    Some(format!(
        "(SELECT \"{column}\" FROM \"{table}\" WHERE \"Id\" = {id})"
    ))
}

/// A column of a table.
pub(super) fn table_column(table: usize, field: &Field) -> String {
    format!("t{table}.\"{}\"", field.name)
}
