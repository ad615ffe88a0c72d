//! The shape of a result's records.

use std::collections::HashSet;
use std::sync::Arc;

use crate::schema::{Field, Name, Parent, Part, SObject};
use crate::soql::{Code, Item, Query, SoqlError};

use super::Fragment;
use super::joins::{Column, Joins};
use super::unsupported;

/// What is read of one record.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) sobject: Arc<SObject>,
    /// The column of the record's id, which its `attributes` need.
    pub(crate) id: usize,
    /// In the order of the SELECT list.
    pub(crate) members: Vec<Member>,
}

/// One member of a record.
#[derive(Debug)]
pub(crate) enum Member {
    /// A field and its column.
    Field { field: Arc<Field>, column: usize },
    /// A compound field, and the column of each of its parts.
    Compound {
        field: Arc<Field>,
        parts: Vec<(Part, usize)>,
    },
    /// A parent record, under its relationship's name.
    Parent {
        relationship: Name,
        record: Selected,
    },
    /// The records that point to this one; each record's are read by themselves.
    Children {
        relationship: Name,
        query: ChildQuery,
    },
}

/// Reads the children of one record.
#[derive(Debug)]
pub(crate) struct ChildQuery {
    /// With the parent's id as a further parameter at its end.
    pub(crate) sql: Fragment,
    pub(crate) selected: Selected,
}

/// Resolves a SELECT list to a shape and the columns that fill it. `children`
/// translates a subquery.
pub(super) fn select(
    items: &[Item],
    joins: &mut Joins<'_>,
    mut children: impl FnMut(&Query) -> Result<Member, SoqlError>,
) -> Result<(Selected, Vec<String>), SoqlError> {
    let mut columns = vec!["t0.\"Id\"".to_owned()];
    let mut root = Selected {
        sobject: Arc::clone(joins.sobject()),
        id: 0,
        members: Vec::new(),
    };
    let mut seen = HashSet::new();
    for item in items {
        let path = match item {
            Item::Value { expression, .. } => unsupported::field(expression)?,
            Item::Fields { .. } => return Err(SoqlError::unsupported("FIELDS()")),
            Item::TypeOf(_) => return Err(SoqlError::unsupported("TYPEOF")),
            Item::Children(query) => {
                root.members.push(children(query)?);
                continue;
            }
        };
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
            self.members.push(column.member(&self.sobject, columns));
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
            sobject: Arc::clone(&parent.sobject),
            id: columns.len(),
            members: Vec::new(),
        };
        columns.push(format!("t{table}.\"Id\""));
        record.insert(column, rest, columns);
        self.members.push(Member::Parent {
            relationship: parent.relationship.clone(),
            record,
        });
    }
}

impl Column {
    /// The member that a record has for it, with what that needs.
    fn member(&self, sobject: &SObject, columns: &mut Vec<String>) -> Member {
        let field = Arc::clone(&self.field);
        if field.kind.is_stored() {
            columns.push(self.sql());
            let column = columns.len() - 1;
            return Member::Field { field, column };
        }
        let parts = sobject.parts(&field).into_iter().map(|part| {
            columns.push(self.sibling(&part.field));
            (part, columns.len() - 1)
        });
        Member::Compound {
            field,
            parts: parts.collect(),
        }
    }

    /// The dotted name, as the schema writes it.
    fn name(&self) -> String {
        let parents = self.tables.iter().map(|(_, parent)| &*parent.relationship);
        parents
            .chain([&*self.field.name])
            .collect::<Vec<_>>()
            .join(".")
    }
}
