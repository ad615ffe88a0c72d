//! The tree of a statement.

use super::Literal;

/// A whole statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) selection: Selection,
    pub(crate) from: Name,
    /// The second name of the object in `FROM Account a`.
    pub(crate) alias: Option<Name>,
    pub(crate) condition: Option<Condition>,
    pub(crate) order: Vec<Ordering>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
}

/// What a statement asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    /// `COUNT()`: only how many.
    Count,
    /// Fields and children, in this order.
    Members(Vec<Item>),
}

/// One member of the records that a statement answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Field(Path),
    /// The records that point to it: a subquery, whose FROM is the relationship.
    Children(Query),
}

/// A name and the byte at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: usize,
}

/// A dotted name: parents, then a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) parents: Vec<String>,
    pub(crate) field: String,
    /// The byte at which it begins.
    pub(crate) at: usize,
}

/// A WHERE clause, or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// One holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A field against a value.
    Compare {
        field: Path,
        comparison: Comparison,
        value: Literal,
    },
    /// A field is one of these values.
    In { field: Path, values: Vec<Literal> },
    /// A field is none of these values.
    NotIn { field: Path, values: Vec<Literal> },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

/// One item of ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ordering {
    pub(crate) field: Path,
    pub(crate) direction: Direction,
    pub(crate) nulls: Nulls,
}

/// Which end of the order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// Where nulls go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    First,
    Last,
}
