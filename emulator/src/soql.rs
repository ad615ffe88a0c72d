//! SOQL: from text to a tree.
//!
//! A hand-written lexer and recursive descent, because Salesforce's messages
//! name the offending token and its place, and the grammar is small. Source of
//! the grammar: SOQL and SOSL Reference, "SOQL SELECT Syntax".

mod ast;
#[cfg(test)]
mod comparison;
#[cfg(test)]
mod corpus;
mod date_literal;
mod error;
mod lexer;
mod literal;
mod parser;
mod print;
pub mod reading;
mod text;

pub(crate) use ast::{
    Aggregate, Call, Comparison, Condition, DatePart, Direction, Expression, FieldSet, Function,
    GroupingKind, Item, Name, Nulls, Ordering, Path, Purpose, Query, Selection, Setting, Statistic,
    TypeOf, Value, With,
};
pub(crate) use date_literal::{DateRange, RelativeDate};
pub(crate) use error::{Code, SoqlError};
pub(crate) use literal::Literal;
pub(crate) use parser::parse;

/// Characters of the longest statement.
///
/// Source: "SOQL and SOSL Limits for Search Queries".
pub(crate) const STATEMENT_CHARS_MAX: usize = 100_000;

/// Characters of the longest string in a WHERE clause. Source: as above.
pub(crate) const STRING_CHARS_MAX: usize = 4_000;

/// The largest OFFSET. Source: SOQL and SOSL Reference, "OFFSET".
pub(crate) const OFFSET_MAX: u64 = 2_000;

/// How deeply conditions may nest, so that hostile parentheses cannot exhaust
/// the stack. Salesforce's own bound is not documented.
pub(crate) const NESTING_MAX: usize = 100;

/// How deeply subqueries may nest.
///
/// Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations": five levels, the outermost statement among them.
pub(crate) const LEVELS_MAX: usize = 4;
