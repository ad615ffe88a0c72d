//! FROM.

use super::super::ast::{Name, Query, Selection, Source};
use super::super::error::SoqlError;
use super::super::lexer::Token;
use super::Parser;

/// Two words that begin a clause, though the first alone can be a name.
const CLAUSES: [(&str, &str); 4] = [
    ("ORDER", "BY"),
    ("GROUP", "BY"),
    ("ALL", "ROWS"),
    ("SET", "OPTIONS"),
];

impl Parser<'_> {
    /// FROM: a statement without further clauses.
    pub(super) fn from(&mut self, selection: Selection) -> Result<Query, SoqlError> {
        self.expect_before("FROM", self.is_name(0))?;
        let source = self.source()?;
        let mut query = Query::new(selection, source);
        query.scope = self.using()?;
        while self.take(",") {
            query.further.push(self.source()?);
            query.scope = self.using()?.or(query.scope);
        }
        Ok(query)
    }

    fn source(&mut self) -> Result<Source, SoqlError> {
        let Name { text, mut at } = self.name()?;
        let mut parents = Vec::new();
        for segment in text.split('.') {
            parents.push(Name {
                text: segment.to_owned(),
                at,
            });
            at += segment.len() + 1;
        }
        let name = parents.pop().unwrap_or(Name { text, at });
        self.take("AS");
        let alias = if self.begins_clause() {
            None
        } else {
            self.alias()?
        };
        Ok(Source {
            parents,
            name,
            alias,
        })
    }

    fn begins_clause(&self) -> bool {
        let begins = |(first, second): (&str, &str)| self.at(first) && self.follows(1, second);
        CLAUSES.into_iter().any(begins) || self.at("OFFSET") && self.counts(1)
    }

    /// Whether the token `distance` after the current one begins a count.
    fn counts(&self, distance: usize) -> bool {
        let after = self.lexemes.get(self.next + distance);
        after.is_some_and(|lexeme| lexeme.token == Token::Integer)
            || ["+", "-", ":"]
                .into_iter()
                .any(|symbol| self.follows(distance, symbol))
    }

    /// The name after the token number `first`.
    fn identifier(&mut self, first: usize) -> Result<Name, SoqlError> {
        if !self.is_identifier() {
            return Err(self.no_viable(first));
        }
        self.name()
    }

    /// USING SCOPE. Several are told apart from several objects by their words.
    fn using(&mut self) -> Result<Option<Name>, SoqlError> {
        if !self.take("USING") {
            return Ok(None);
        }
        let mut scope = None;
        loop {
            let first = self.next;
            if self.take("SCOPE") {
                scope = Some(self.identifier(first)?);
            } else if self.take("LOOKUP") {
                self.identifier(self.next)?;
                self.refuse(SoqlError::unsupported("USING LOOKUP"));
            } else {
                return Err(self.unexpected());
            }
            let goes_on = self.follows(1, "SCOPE") && self.is_name(2) || self.follows(1, "LOOKUP");
            if !(self.at(",") && goes_on) {
                return Ok(scope);
            }
            self.next += 1;
        }
    }
}
