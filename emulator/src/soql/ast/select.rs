//! SELECT lists.

use super::{Expression, Name, Path, Query};

/// What a statement asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    /// `COUNT()`: only how many.
    Count,
    /// Members, in this order.
    Members(Vec<Item>),
}

/// One member of the records that a statement answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// A field, or a function of fields, with its second name.
    Value {
        expression: Expression,
        /// Only in grouped statements: elsewhere Salesforce refuses it.
        alias: Option<Name>,
    },
    /// `FIELDS(ALL)`.
    Fields {
        set: FieldSet,
        at: usize,
    },
    TypeOf(TypeOf),
    /// The records that point to it: a subquery, whose FROM is the relationship.
    Children(Box<Query>),
}

/// Which fields FIELDS() stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldSet {
    All,
    Standard,
    Custom,
}

/// `TYPEOF What WHEN Account THEN Phone ELSE Name END`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeOf {
    /// The polymorphic relationship.
    pub(crate) relationship: Path,
    /// At least one.
    pub(crate) cases: Vec<When>,
    /// The fields of ELSE; empty without ELSE.
    pub(crate) otherwise: Vec<Path>,
    pub(crate) at: usize,
}

/// The fields of one type of object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    pub(crate) sobject: Name,
    /// At least one.
    pub(crate) fields: Vec<Path>,
}

impl Selection {
    /// Whether it makes a statement without GROUP BY a grouped one.
    pub(super) fn groups(&self) -> bool {
        let groups = |item: &Item| match item {
            Item::Value { expression, .. } => expression.groups(),
            Item::Fields { .. } | Item::TypeOf(_) | Item::Children(_) => false,
        };
        match self {
            Self::Count => false,
            Self::Members(items) => items.iter().any(groups),
        }
    }
}
