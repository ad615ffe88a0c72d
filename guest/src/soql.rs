//! Statements of SOQL and SOSL as text: their tokens, the values in their places, and their
//! clauses. Pure.
//!
//! This is no parser: Salesforce judges the statement. Only what decides about values and about
//! a rewritten statement is read here. What cannot be read for certain is refused.

mod binding;
mod clauses;
mod literal;
mod resumption;
mod split;
mod token;

use crate::error::Error;
pub(crate) use binding::bind;
pub(crate) use clauses::Clauses;
pub(crate) use literal::without_operators;
pub(crate) use resumption::Resumable;
pub(crate) use split::{Direction, Limit, Order, Parts, parts};

/// The longest statement in characters (SOQL and SOSL Reference, "SOQL SELECT Syntax" and
/// "SOSL Limits on Search Results").
pub(crate) const STATEMENT_CHARS_MAX: usize = 100_000;

/// Refuses a statement that Salesforce does not take.
///
/// # Errors
///
/// Says how long it is, or that it is empty.
pub(crate) fn checked(statement: &str, language: &str) -> Result<(), Error> {
    if statement.trim().is_empty() {
        return Err(refused(format!("the {language} statement is empty")));
    }
    // Most statements have fewer bytes than they may have characters.
    let characters = match statement.len() {
        bytes if bytes <= STATEMENT_CHARS_MAX => bytes,
        _ => statement.chars().count(),
    };
    if characters > STATEMENT_CHARS_MAX {
        return Err(refused(format!(
            "the {language} statement has {characters} characters, and Salesforce takes \
             {STATEMENT_CHARS_MAX}"
        )));
    }
    Ok(())
}

/// Whether a text has one of these words, in any case. A word within a literal counts, too.
pub(crate) fn has_word(text: &str, words: &[&str]) -> bool {
    let is_one = |word: &str| words.iter().any(|one| word.eq_ignore_ascii_case(one));
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(is_one)
}

fn refused(why: impl Into<String>) -> Error {
    Error::InvalidInput(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole_and_in_any_case() {
        let words = ["FOR", "UPDATE"];
        for (text, has) in [
            ("SELECT Id FROM A for view", true),
            ("x'UPDATE'", true),
            ("(Update)", true),
            ("LastUpdate__c FOR_ FORÉ", false),
            ("", false),
        ] {
            assert_eq!(has_word(text, &words), has, "{text}");
        }
    }

    #[test]
    fn a_statement_of_the_limit_passes_and_one_character_more_does_not() {
        for letter in ["x", "é"] {
            assert!(checked(&letter.repeat(STATEMENT_CHARS_MAX), "SOQL").is_ok());
            let refused = checked(&letter.repeat(STATEMENT_CHARS_MAX + 1), "SOQL");
            assert_eq!(
                refused.unwrap_err().to_string(),
                "the SOQL statement has 100001 characters, and Salesforce takes 100000"
            );
        }
        for empty in ["", " \n"] {
            let refused = checked(empty, "SOSL").unwrap_err().to_string();
            assert_eq!(refused, "the SOSL statement is empty");
        }
    }
}
