//! Reading one record by its id.

use std::sync::Arc;

use super::shape::{Form, Member, Selected};
use crate::schema::{Field, SObject};

/// Reads some fields of one record.
#[derive(Debug)]
pub(crate) struct RowQuery {
    /// With the record's id as its parameter.
    pub(crate) sql: String,
    pub(crate) selected: Selected,
}

impl RowQuery {
    /// Reads these fields, in this order.
    pub(crate) fn new(
        sobject: &Arc<SObject>,
        fields: impl IntoIterator<Item = Arc<Field>>,
    ) -> Self {
        let mut columns = vec!["\"Id\"".to_owned()];
        let mut column = |field: &Field| {
            columns.push(format!("\"{}\"", field.name));
            columns.len() - 1
        };
        let mut selected = Selected::nothing(sobject, 0);
        for field in fields {
            let name = field.name.clone();
            selected.members.push(if field.kind.is_stored() {
                Member::Value {
                    name,
                    column: column(&field),
                    form: Form::Plain(field.kind),
                }
            } else {
                let parts = sobject.parts(&field).into_iter();
                let parts = parts.map(|part| {
                    let column = column(&part.field);
                    (part, column)
                });
                let parts = parts.collect();
                Member::Compound { name, parts }
            });
        }
        let (table, columns) = (&sobject.name, columns.join(", "));
        Self {
            sql: format!("SELECT {columns} FROM \"{table}\" WHERE \"Id\" = ?"),
            selected,
        }
    }
}
