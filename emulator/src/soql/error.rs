//! What is wrong with a statement, in Salesforce's words.

use thiserror::Error;

/// Characters that an error echoes before the offending token, at least; the
/// echo begins with the word that it falls into. Derived from captured
/// messages: apache/camel-quarkus#3022, boomii/bdw#94, forcedotcom/cli#1356.
const ECHO_BEFORE: usize = 40;

/// Characters that an error echoes after the offending token, likewise.
const ECHO_AFTER: usize = 25;

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
        let (before, after) = soql.split_at_checked(at).unwrap_or((soql, ""));
        let row = before.matches('\n').count() + 1;
        let line_before: Vec<char> = before.rsplit('\n').next().unwrap_or("").chars().collect();
        let line_after: Vec<char> = after.split('\n').next().unwrap_or("").chars().collect();
        let begin = echo_begin(&line_before);
        let end = echo_end(&line_after);
        let echo: String = line_before[begin..]
            .iter()
            .chain(&line_after[..end])
            .collect();
        let margin = " ".repeat(line_before.len() - begin);
        let column = line_before.len() + 1;
        Self::new(
            code,
            format!("\n{echo}\n{margin}^\nERROR at Row:{row}:Column:{column}\n{message}"),
        )
    }

    /// A token where the grammar has none.
    pub(crate) fn unexpected(token: &str) -> Self {
        Self::new(Code::MalformedQuery, format!("unexpected token: '{token}'"))
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

fn echo_begin(line: &[char]) -> usize {
    let mut begin = line.len().saturating_sub(ECHO_BEFORE);
    while begin > 0 && !line[begin - 1].is_whitespace() {
        begin -= 1;
    }
    begin
}

fn echo_end(line: &[char]) -> usize {
    let in_token = |symbol: &char| symbol.is_alphanumeric() || matches!(symbol, '_' | '.');
    let token = line.iter().take_while(|symbol| in_token(symbol)).count();
    let mut end = (token + ECHO_AFTER).min(line.len());
    while end < line.len() && !line[end].is_whitespace() {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn echo(soql: &str, token: &str) -> String {
        let at = soql.find(token).expect("the token");
        SoqlError::at(Code::InvalidField, soql, at, "m").message
    }

    #[test]
    fn a_short_statement_is_echoed_whole() {
        assert_eq!(
            echo("SELECT Id, Foo FROM Account", "Foo"),
            "\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\nm"
        );
        assert_eq!(
            echo("SELECT Id FROM Accountz LIMIT 2", "Accountz"),
            "\nSELECT Id FROM Accountz LIMIT 2\n               ^\nERROR at Row:1:Column:16\nm"
        );
    }

    /// Captured from Salesforce: apache/camel-quarkus#3022.
    #[test]
    fn a_long_statement_is_echoed_as_a_window_of_whole_words() {
        let soql = format!(
            "SELECT {} LastReferencedDate, Jigsaw, JigsawCompanyId, CleanStatus, AccountSource, DunsNumber FROM Account",
            "x".repeat(600)
        );
        assert_eq!(
            echo(&soql, "CleanStatus")
                .split("ERROR")
                .next()
                .expect("an echo"),
            format!(
                "\nLastReferencedDate, Jigsaw, JigsawCompanyId, CleanStatus, AccountSource, DunsNumber\n{}^\n",
                " ".repeat(45)
            )
        );
    }

    /// Captured from Salesforce: boomii/bdw#94.
    #[test]
    fn the_window_is_the_captured_one() {
        let soql = "SELECT a, WebEmail__c, Case_Resolution_Summary__c, MW_Case_ID__c, Escalation_Helper_Contact__c FROM Case";
        assert!(echo(soql, "MW_Case_ID__c").starts_with(
            "\nWebEmail__c, Case_Resolution_Summary__c, MW_Case_ID__c, Escalation_Helper_Contact__c\n"
        ));
    }

    #[test]
    fn rows_are_lines() {
        assert_eq!(
            echo("SELECT Id,\n  Foo\nFROM Account", "Foo"),
            "\n  Foo\n  ^\nERROR at Row:2:Column:3\nm"
        );
    }

    proptest! {
        #[test]
        fn any_place_in_any_text_has_an_echo(soql in "(\\PC|\n){0,200}", at in 0..250_usize) {
            let message = SoqlError::at(Code::InvalidField, &soql, at, "m").message;
            prop_assert!(message.contains("^\nERROR at Row:"));
        }
    }
}
