//! SOSL: from text to a tree, and whether a text has what it looks for.
//!
//! Source of the grammar: SOQL and SOSL Reference, "SOSL Syntax". An object of
//! RETURNING with its fields and clauses is a statement of SOQL without SELECT and
//! FROM, and is read as one.

mod find;
mod statement;
mod words;

pub(crate) use find::{Find, Reserved};
pub(crate) use statement::{Group, ROWS_MAX, Returning, Search, parse};
pub(crate) use words::Words;

use crate::error::ApiError;
use http::StatusCode;

/// Characters of the longest statement. Source: "SOQL and SOSL Limits for Search
/// Queries".
const STATEMENT_CHARS_MAX: usize = 100_000;

/// A search that cannot be read. Most words are the emulator's own: those of missing
/// braces and of a short term are in clients' logs.
pub(crate) fn malformed(words: &str) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, "MALFORMED_SEARCH", words)
}
