//! The shape of a result: what is read of a row, and where it goes.

use std::sync::Arc;

use super::Fragment;
use crate::schema::{Field, Kind, Name, Part, SObject};

/// What is read of one record.
#[derive(Debug)]
pub(crate) struct Selected {
    /// The type in its `attributes`.
    pub(crate) name: Name,
    /// The objects of which it can be: one, but behind a polymorphic
    /// relationship.
    pub(crate) objects: Vec<Arc<SObject>>,
    /// The column of the record's id.
    pub(crate) id: usize,
    /// In the order of the SELECT list.
    pub(crate) members: Vec<Member>,
}

/// One member of a record.
#[derive(Debug)]
pub(crate) enum Member {
    /// A value and its column.
    Value {
        name: Name,
        column: usize,
        form: Form,
    },
    /// A compound field, and the column of each of its parts.
    Compound {
        name: Name,
        parts: Vec<(Part, usize)>,
    },
    /// A parent record, under its relationship's name.
    Parent {
        relationship: Name,
        record: Selected,
    },
    /// The same, read in another way for each object that it can be of: the
    /// first way that finds it.
    TypeOf {
        relationship: Name,
        cases: Vec<Selected>,
    },
    /// The records that point to this one; each record's are read by themselves.
    Children {
        relationship: Name,
        query: Arc<ChildQuery>,
    },
}

/// How a value is written.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// As its type is.
    Plain(Kind),
    /// As users see it: a value of this type, of a field of that kind.
    Formatted(Kind, Arc<Field>),
}

/// Reads rows: a column for each that is selected, and the `rowid` as the last.
#[derive(Debug)]
pub(crate) struct RecordQuery {
    /// With further parameters at its end. Of keys: the row's key. Of rows in
    /// the order in which they are stored: the key that a page begins after, the
    /// last key of the result, and how many rows.
    pub(crate) sql: Fragment,
    /// Which column goes where.
    pub(crate) selected: Selected,
    /// The column with the key.
    pub(crate) key: usize,
}

/// Finds the children of one record.
#[derive(Debug)]
pub(crate) struct ChildQuery {
    /// The children's rows, as [`RecordQuery`] reads them.
    pub(crate) rows: Parametric,
    /// Their keys alone.
    pub(crate) keys: Parametric,
    /// Reads one of them by its key.
    pub(crate) record: Arc<RecordQuery>,
}

/// SQL with one value that is known only when it runs.
#[derive(Debug)]
pub(crate) struct Parametric {
    sql: Fragment,
    /// The place of the value among the others.
    place: usize,
}

impl Parametric {
    /// SQL whose value at `place` is not yet known.
    pub(super) fn new(sql: Fragment, place: usize) -> Self {
        Self { sql, place }
    }

    /// The SQL.
    pub(crate) fn text(&self) -> &str {
        &self.sql.text
    }

    /// Every value, with `value` in its place.
    pub(crate) fn values<'v>(
        &'v self,
        value: &'v rusqlite::types::Value,
    ) -> impl Iterator<Item = &'v rusqlite::types::Value> {
        let values = self.sql.values.iter().enumerate();
        values.map(move |(place, own)| if place == self.place { value } else { own })
    }
}

impl Selected {
    /// Nothing yet of the records of an object.
    pub(super) fn nothing(sobject: &Arc<SObject>, id: usize) -> Self {
        Self {
            name: sobject.name.clone(),
            objects: vec![Arc::clone(sobject)],
            id,
            members: Vec::new(),
        }
    }

    /// Whether the records are of another system.
    pub(crate) fn is_external(&self) -> bool {
        self.objects.iter().any(|sobject| sobject.is_external())
    }
}
