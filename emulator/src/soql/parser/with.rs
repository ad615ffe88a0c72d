//! WITH, and SET OPTIONS.

use super::super::ast::{CategorySelector, DataCategory, Setting, With};
use super::super::error::SoqlError;
use super::super::lexer::Token;
use super::super::literal::Literal;
use super::Parser;

/// What stands between a group of categories and its categories.
const SELECTORS: [&str; 4] = ["AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW"];

impl Parser<'_> {
    /// Every WITH clause that stands here.
    pub(super) fn with_clauses(&mut self) -> Result<Vec<With>, SoqlError> {
        let mut clauses = Vec::new();
        while self.at("WITH") {
            let is_first = clauses.is_empty();
            clauses.push(self.with(is_first)?);
        }
        Ok(clauses)
    }

    /// A WITH clause. Only the first can have categories or one value.
    fn with(&mut self, is_first: bool) -> Result<With, SoqlError> {
        let first = self.next;
        self.expect("WITH")?;
        if is_first && self.at("DATA") && self.follows(1, "CATEGORY") {
            self.next += 2;
            return self.data_categories();
        }
        if !self.is_name(0) {
            return Err(self.no_viable(first));
        }
        let name = self.name()?;
        if is_first && self.take("=") {
            let literal = self.string()?;
            return Ok(With::Setting(Setting { name, literal }));
        }
        if self.take("(") {
            let settings = self.settings()?;
            return Ok(With::Settings { name, settings });
        }
        if name.text.eq_ignore_ascii_case("SECURITY_ENFORCED") {
            // Captured over REST, where no Apex code is.
            let at = self.lexemes[first].at;
            self.refuse(self.malformed(at, "SECURITY_ENFORCED not allowed in this context"));
        }
        Ok(With::Mode(name))
    }

    fn data_categories(&mut self) -> Result<With, SoqlError> {
        let mut categories = vec![self.data_category()?];
        while self.take("AND") {
            categories.push(self.data_category()?);
        }
        Ok(With::DataCategory(categories))
    }

    fn data_category(&mut self) -> Result<DataCategory, SoqlError> {
        let group = self.name()?;
        let selector = match self.peek().source.to_ascii_uppercase().as_str() {
            "AT" => CategorySelector::At,
            "ABOVE" => CategorySelector::Above,
            "BELOW" => CategorySelector::Below,
            "ABOVE_OR_BELOW" => CategorySelector::AboveOrBelow,
            _ => return Err(self.no_selector()),
        };
        self.next += 1;
        let mut categories = Vec::new();
        if self.take("(") {
            categories.push(self.name()?);
            while self.take(",") {
                categories.push(self.name()?);
            }
            self.expect(")")?;
        } else {
            categories.push(self.name()?);
        }
        Ok(DataCategory {
            group,
            selector,
            categories,
        })
    }

    fn no_selector(&self) -> SoqlError {
        let is_next = SELECTORS.into_iter().any(|word| self.follows(1, word));
        self.absent((self.is_name(0) || self.at("(")) && !is_next)
    }

    /// Settings up to the closing parenthesis.
    pub(super) fn settings(&mut self) -> Result<Vec<Setting>, SoqlError> {
        let mut settings = Vec::new();
        loop {
            let name = self.name()?;
            self.expect_before("=", self.begins_value())?;
            let literal = self.setting()?;
            settings.push(Setting { name, literal });
            if !self.take(",") {
                self.expect(")")?;
                return Ok(settings);
            }
        }
    }

    fn setting(&mut self) -> Result<Literal, SoqlError> {
        let lexeme = self.peek();
        let is_boolean = self.at("TRUE") || self.at("FALSE");
        match lexeme.token {
            Token::Integer => self.value(false).map(|value| value.literal),
            Token::Word if is_boolean => self.value(false).map(|value| value.literal),
            _ => self.string(),
        }
    }

    fn string(&mut self) -> Result<Literal, SoqlError> {
        match self.peek().token {
            Token::Text | Token::OpenQuote => self.value(false).map(|value| value.literal),
            _ => Err(self.unexpected()),
        }
    }
}
