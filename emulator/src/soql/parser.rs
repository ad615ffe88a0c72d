//! From tokens to the tree.
//!
//! A statement is read in the steps of the grammar that Salesforce publishes for
//! editors (npm `@salesforce/soql-common`), because its errors follow from them:
//! where the tokens do not tell which of several rules is meant, the error names
//! all that was read since the rules part (`SELECT FROM`, `ParentId IN ()`).

mod condition;
mod expression;
mod select;
mod source;
mod tail;
mod value;
mod with;

use super::ast::{Name, Query};
use super::error::{Code, SoqlError};
use super::lexer::{Lexeme, Token, lex};
use super::{LEVELS_MAX, NESTING_MAX, STATEMENT_CHARS_MAX};

/// Reads a statement.
///
/// # Errors
///
/// What the grammar cannot read; what it can, and REST refuses in every org; and
/// what this emulator has no tree for.
pub(crate) fn parse(soql: &str) -> Result<Query, SoqlError> {
    if soql.trim().is_empty() {
        return Err(SoqlError::new(
            Code::MalformedQuery,
            "SOQL statements cannot be empty or null",
        ));
    }
    if soql.chars().count() > STATEMENT_CHARS_MAX {
        let message =
            format!("SOQL statements cannot be longer than {STATEMENT_CHARS_MAX} characters.");
        return Err(SoqlError::new(Code::MalformedQuery, message));
    }
    let mut parser = Parser {
        soql,
        lexemes: lex(soql)?,
        next: 0,
        depth: 0,
        level: 0,
        refused: None,
    };
    let query = parser.statement()?;
    match parser.refused {
        Some(refusal) => Err(refusal),
        None => Ok(query),
    }
}

struct Parser<'a> {
    soql: &'a str,
    lexemes: Vec<Lexeme<'a>>,
    next: usize,
    /// How many parentheses of conditions are open.
    depth: usize,
    /// How many subqueries are open.
    level: usize,
    /// The first thing that the grammar reads and that is refused all the same.
    /// It is only said of a statement that is well-formed.
    refused: Option<SoqlError>,
}

/// Words that are no names, wherever a name stands.
const KEYWORDS: [&str; 31] = [
    "AND", "AS", "ASC", "BIND", "BY", "CUBE", "DESC", "ELSE", "EXCLUDES", "FALSE", "FIRST", "FOR",
    "FROM", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT", "LOOKUP", "NOT", "NULL", "NULLS",
    "OR", "ROLLUP", "SELECT", "TRUE", "UPDATE", "USING", "WHERE", "WITH",
];

/// Keywords that are names where a name stands. A value or a scope is none.
const NAMED_KEYWORDS: [&str; 23] = [
    "ABOVE",
    "ABOVE_OR_BELOW",
    "AT",
    "BELOW",
    "CASE",
    "CATEGORY",
    "COUNT",
    "DATA",
    "DISTANCE",
    "END",
    "FIELDS",
    "FLAT",
    "GEOLOCATION",
    "GROUP",
    "HIERARCHICAL",
    "OFFSET",
    "ORDER",
    "REFERENCE",
    "SCOPE",
    "THEN",
    "TYPEOF",
    "VIEW",
    "WHEN",
];

impl<'a> Parser<'a> {
    fn statement(&mut self) -> Result<Query, SoqlError> {
        let query = self.query()?;
        match self.peek().token {
            Token::End => Ok(query),
            _ => Err(self.unexpected()),
        }
    }

    /// Goes into the parentheses of a condition, unless hostile ones could
    /// exhaust the stack.
    fn nested<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, SoqlError>,
    ) -> Result<T, SoqlError> {
        if self.depth == NESTING_MAX {
            let message = format!("conditions can be nested at most {NESTING_MAX} levels deep");
            return Err(SoqlError::new(Code::MalformedQuery, message));
        }
        self.depth += 1;
        let parsed = inside(self);
        self.depth -= 1;
        parsed
    }

    /// Goes into a subquery. The words of the refusal are the emulator's own.
    fn subquery<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, SoqlError>,
    ) -> Result<T, SoqlError> {
        if self.level == LEVELS_MAX {
            let message = format!("subqueries can be nested at most {LEVELS_MAX} levels deep");
            return Err(self.malformed(self.peek().at, &message));
        }
        self.level += 1;
        let parsed = inside(self);
        self.level -= 1;
        parsed
    }

    /// Remembers what has to be refused, unless the statement is malformed.
    fn refuse(&mut self, refusal: SoqlError) {
        self.refused.get_or_insert(refusal);
    }

    fn name(&mut self) -> Result<Name, SoqlError> {
        if !self.is_name(0) {
            return Err(self.unexpected());
        }
        let lexeme = self.peek();
        self.next += 1;
        Ok(Name {
            text: lexeme.source.to_owned(),
            at: lexeme.at,
        })
    }

    /// Whether the token `distance` after the current one can be a name.
    fn is_name(&self, distance: usize) -> bool {
        self.lexemes
            .get(self.next + distance)
            .is_some_and(|lexeme| {
                let is_this = |word: &str| lexeme.source.eq_ignore_ascii_case(word);
                lexeme.token == Token::Word && !KEYWORDS.into_iter().any(is_this)
            })
    }

    /// Whether the current token is a name in every place.
    fn is_identifier(&self) -> bool {
        self.is_name(0) && !NAMED_KEYWORDS.into_iter().any(|word| self.at(word))
    }

    fn expect(&mut self, word: &str) -> Result<(), SoqlError> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// Like `expect`. If the current token could follow `word`, then `word` was
    /// forgotten, unless the next token is it.
    fn expect_before(&mut self, word: &str, can_follow: bool) -> Result<(), SoqlError> {
        if self.take(word) {
            return Ok(());
        }
        // The grammar takes a string for several tokens.
        let is_next = self.follows(1, word) && self.peek().token != Token::Text;
        Err(self.absent(can_follow && !is_next))
    }

    /// A token that was forgotten, if the current one could follow it. Source of
    /// the words: Salesforce's release notes of Summer '24, and dynamic SOQL in
    /// Apex. Nobody has shown them over REST.
    fn absent(&self, can_follow: bool) -> SoqlError {
        let lexeme = self.peek();
        if !can_follow || lexeme.token == Token::End {
            return self.unexpected();
        }
        let message = format!("missing value at '{}'", self.said(lexeme));
        SoqlError::malformed(self.soql, lexeme.at, &message)
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.at(word);
        self.next += usize::from(there);
        there
    }

    fn at(&self, word: &str) -> bool {
        self.follows(0, word)
    }

    fn follows(&self, distance: usize, word: &str) -> bool {
        self.lexemes
            .get(self.next + distance)
            .is_some_and(|lexeme| {
                matches!(lexeme.token, Token::Word | Token::Symbol)
                    && lexeme.source.eq_ignore_ascii_case(word)
            })
    }

    /// Whether the token `distance` after the current one is a string.
    fn follows_text(&self, distance: usize) -> bool {
        self.lexemes
            .get(self.next + distance)
            .is_some_and(|lexeme| lexeme.token == Token::Text)
    }

    /// The current token. The end is never stepped over, because nothing
    /// matches it.
    fn peek(&self) -> Lexeme<'a> {
        self.lexemes[self.next.min(self.lexemes.len() - 1)]
    }

    /// What an error says of a token: of a string its quote alone.
    fn said(&self, lexeme: Lexeme<'a>) -> &'a str {
        match lexeme.token {
            Token::Text | Token::OpenQuote => &lexeme.source[..1],
            _ => lexeme.source,
        }
    }

    /// The current token fits nowhere.
    fn unexpected(&self) -> SoqlError {
        let lexeme = self.peek();
        SoqlError::unexpected(self.soql, lexeme.at, self.said(lexeme))
    }

    /// No rule reads the tokens from number `first` to the current one.
    fn no_viable(&self, first: usize) -> SoqlError {
        let lexeme = self.peek();
        let begin = self.lexemes[first.min(self.next)].at;
        let end = match lexeme.token {
            Token::End if begin == lexeme.at => return self.unexpected(),
            Token::End => lexeme.at,
            _ => lexeme.at + self.said(lexeme).len(),
        };
        SoqlError::unexpected(self.soql, lexeme.at, &self.soql[begin..end])
    }

    /// Something is refused at byte `at`, though the grammar reads it.
    fn malformed(&self, at: usize, message: &str) -> SoqlError {
        SoqlError::at(Code::MalformedQuery, self.soql, at, message)
    }
}

#[cfg(test)]
mod tests;
