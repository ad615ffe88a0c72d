//! The shape of a result's records.

use std::collections::HashSet;

use crate::schema::{Field, Parent, SObject};
use crate::soql::{Code, Path, SoqlError};

use super::joins::{Column, Joins};

/// What is read of one record.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) sobject: &'static SObject,
    /// The column of the record's id, which its `attributes` need.
    pub(crate) id: usize,
    /// In the order of the SELECT list.
    pub(crate) members: Vec<Member>,
}

/// One member of a record.
#[derive(Debug)]
pub(crate) enum Member {
    /// A field and its column.
    Field {
        field: &'static Field,
        column: usize,
    },
    /// A parent record, under its relationship's name.
    Parent {
        relationship: &'static str,
        record: Selected,
    },
}

/// Resolves a SELECT list to a shape and the columns that fill it.
pub(super) fn select(
    paths: &[Path],
    joins: &mut Joins<'_>,
) -> Result<(Selected, Vec<String>), SoqlError> {
    let mut columns = vec!["t0.\"Id\"".to_owned()];
    let mut root = Selected {
        sobject: joins.sobject(),
        id: 0,
        members: Vec::new(),
    };
    let mut seen = HashSet::new();
    for path in paths {
        let column = joins.resolve(path)?;
        let name = column.name();
        if !seen.insert(name.clone()) {
            return Err(SoqlError::new(
                Code::InvalidField,
                format!("duplicate field selected: {name}"),
            ));
        }
        root.insert(&column, &column.tables, &mut columns);
    }
    Ok((root, columns))
}

impl Selected {
    /// Adds a field that lies behind `tables`, and the parents that it needs.
    fn insert(&mut self, column: &Column, tables: &[(usize, Parent)], columns: &mut Vec<String>) {
        let Some(((table, parent), rest)) = tables.split_first() else {
            self.members.push(Member::Field {
                field: column.field,
                column: columns.len(),
            });
            columns.push(column.sql());
            return;
        };
        for member in &mut self.members {
            if let Member::Parent {
                relationship,
                record,
            } = member
                && *relationship == parent.relationship
            {
                return record.insert(column, rest, columns);
            }
        }
        let mut record = Self {
            sobject: parent.sobject,
            id: columns.len(),
            members: Vec::new(),
        };
        columns.push(format!("t{table}.\"Id\""));
        record.insert(column, rest, columns);
        self.members.push(Member::Parent {
            relationship: parent.relationship,
            record,
        });
    }
}

impl Column {
    /// The dotted name, as the schema writes it.
    fn name(&self) -> String {
        let parents = self.tables.iter().map(|(_, parent)| parent.relationship);
        parents
            .chain([self.field.name])
            .collect::<Vec<_>>()
            .join(".")
    }
}
