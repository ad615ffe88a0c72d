//! Conditions: WHERE and HAVING.

use super::super::Literal;
use super::{Expression, Query};

/// A WHERE or HAVING clause, or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// All hold.
    And(Vec<Self>),
    /// One holds.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A field, or a function of one, against a value.
    Compare {
        subject: Expression,
        comparison: Comparison,
        value: Value,
    },
    /// One of these values; if `negated`, none of them.
    In {
        subject: Expression,
        negated: bool,
        values: Vec<Value>,
    },
    /// One of those that a statement finds (a semi-join); if `negated`, none of
    /// them (an anti-join).
    InQuery {
        subject: Expression,
        negated: bool,
        query: Box<Query>,
    },
    /// INCLUDES; if `negated`, EXCLUDES. Every value is a text with values of
    /// the multi-select picklist, joined by `;`.
    Includes {
        subject: Expression,
        negated: bool,
        values: Vec<Value>,
    },
}

/// A literal and the byte at which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) literal: Literal,
    pub(crate) at: usize,
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

impl Comparison {
    /// As SOQL writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Like => "LIKE",
        }
    }
}
