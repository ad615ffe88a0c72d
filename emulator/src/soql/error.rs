//! What is wrong with a statement, in Salesforce's words.
//!
//! What is unknown or forbidden has the column of its first character, counted
//! from 1. What the grammar cannot read has it counted from 0, so that the caret
//! stands one character before it: Salesforce takes the place from its parser,
//! which counts so (captured from REST at v68.0, apex-dev-tools/apex-parser#165,
//! and by a dozen clients before).

use thiserror::Error;

/// Characters that an error echoes before the caret and after it, at least: the
/// echo ends where a blank or a comma does. Derived from captured messages, such
/// as apache/camel-quarkus#3022, boomii/bdw#94 and apex-dev-tools/apex-parser#165.
const ECHO: usize = 30;

/// Salesforce's `errorCode` for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    MalformedQuery,
    InvalidField,
    InvalidType,
    InvalidQueryFilterOperator,
    NumberOutsideValidRange,
    /// Not Salesforce's: this emulator cannot do what Salesforce can.
    EmulatorUnsupported,
}

impl Code {
    /// As it is sent.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedQuery => "MALFORMED_QUERY",
            Self::InvalidField => "INVALID_FIELD",
            Self::InvalidType => "INVALID_TYPE",
            Self::InvalidQueryFilterOperator => "INVALID_QUERY_FILTER_OPERATOR",
            Self::NumberOutsideValidRange => "NUMBER_OUTSIDE_VALID_RANGE",
            Self::EmulatorUnsupported => "EMULATOR_UNSUPPORTED",
        }
    }
}

/// A statement that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub(crate) struct SoqlError {
    pub(crate) code: Code,
    /// The whole message, echo included.
    pub(crate) message: String,
}

impl SoqlError {
    /// An error that names no place.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// An error at byte `at` of `soql`, with the echo, the caret and the row
    /// and column that Salesforce puts before its message.
    pub(crate) fn at(code: Code, soql: &str, at: usize, message: &str) -> Self {
        let place = Place::of(soql, at);
        let column = place.before.len() + 1;
        Self::new(code, place.message(place.before.len(), column, message))
    }

    /// What the grammar has no rule for, at byte `at` of `soql`. The place is
    /// only said if something stands before it.
    pub(super) fn malformed(soql: &str, at: usize, message: &str) -> Self {
        let place = Place::of(soql, at);
        let column = place.before.len();
        if place.row == 1 && column == 0 {
            return Self::new(Code::MalformedQuery, message);
        }
        let caret = column.saturating_sub(1);
        Self::new(Code::MalformedQuery, place.message(caret, column, message))
    }

    /// A token where the grammar has none.
    pub(super) fn unexpected(soql: &str, at: usize, token: &str) -> Self {
        Self::malformed(soql, at, &format!("unexpected token: '{token}'"))
    }

    /// A character that cannot continue a datetime.
    pub(super) fn no_viable_character(soql: &str, at: usize) -> Self {
        let place = Place::of(soql, at);
        let character = match soql[at..].chars().next() {
            Some(character) => character.to_string(),
            None => "<EOF>".to_owned(),
        };
        let (row, column) = (place.row, place.before.len());
        let message =
            format!("line {row}:{column} no viable alternative at character '{character}'");
        Self::malformed(soql, at, &message)
    }

    /// A date outside Salesforce's calendar. The words are the emulator's own.
    pub(crate) fn date_out_of_range() -> Self {
        Self::new(
            Code::MalformedQuery,
            "dates are valid from 1700-01-01 to 4000-12-31",
        )
    }

    /// SOQL that Salesforce knows and this emulator does not.
    pub(crate) fn unsupported(what: &str) -> Self {
        Self::new(
            Code::EmulatorUnsupported,
            format!("this emulator does not support {what}"),
        )
    }
}

/// A place in a statement.
struct Place {
    /// Counted from 1.
    row: usize,
    /// The characters of its row that stand before it.
    before: Vec<char>,
    /// The others.
    after: Vec<char>,
}

impl Place {
    fn of(soql: &str, at: usize) -> Self {
        let (before, after) = soql.split_at_checked(at).unwrap_or((soql, ""));
        Self {
            row: before.matches('\n').count() + 1,
            before: before.rsplit('\n').next().unwrap_or("").chars().collect(),
            after: after.split('\n').next().unwrap_or("").chars().collect(),
        }
    }

    /// The message with the echo of the row and its caret under the character
    /// `caret` of the row.
    fn message(&self, caret: usize, column: usize, message: &str) -> String {
        let row = [self.before.as_slice(), self.after.as_slice()].concat();
        let begin = echo_begin(&row, caret);
        let end = echo_end(&row, caret);
        let echo: String = row[begin..end].iter().collect();
        let margin = " ".repeat(caret - begin);
        let number = self.row;
        format!("\n{echo}\n{margin}^\nERROR at Row:{number}:Column:{column}\n{message}")
    }
}

fn echo_begin(row: &[char], caret: usize) -> usize {
    let mut begin = caret.saturating_sub(ECHO);
    while begin > 0 && !separates(row[begin - 1]) {
        begin -= 1;
    }
    begin
}

fn echo_end(row: &[char], caret: usize) -> usize {
    let mut end = (caret + ECHO).min(row.len());
    while end < row.len() && !separates(row[end]) {
        end += 1;
    }
    end
}

fn separates(symbol: char) -> bool {
    symbol.is_whitespace() || symbol == ','
}

#[cfg(test)]
mod tests;
