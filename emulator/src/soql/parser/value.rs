//! The values that a condition compares with.

use super::super::ast::Value;
use super::super::date_literal::RelativeDate;
use super::super::error::SoqlError;
use super::super::lexer::{Lexeme, Token};
use super::super::literal::{Fault, Literal};
use super::super::text::Text;
use super::Parser;

impl Parser<'_> {
    /// Whether a value begins here, as far as one token tells.
    pub(super) fn begins_value(&self) -> bool {
        let lexeme = self.peek();
        match lexeme.token {
            Token::Word => {
                self.is_identifier() || ["TRUE", "FALSE", "NULL"].iter().any(|word| self.at(word))
            }
            Token::Symbol => matches!(lexeme.source, "+" | "-" | ":"),
            Token::End => false,
            _ => true,
        }
    }

    /// A value; of LIKE, whose strings have two more escapes, if `like`.
    pub(super) fn value(&mut self, like: bool) -> Result<Value, SoqlError> {
        let at = self.peek().at;
        let literal = self.literal(like)?;
        Ok(Value { literal, at })
    }

    fn literal(&mut self, like: bool) -> Result<Literal, SoqlError> {
        let lexeme = self.peek();
        let literal = match lexeme.token {
            Token::Word => return self.word_literal(lexeme),
            Token::Text => Literal::Text(self.text(lexeme, like)?),
            Token::OpenQuote => return Err(self.open_quote()),
            Token::Date => self.read(lexeme, Literal::date(lexeme.source))?,
            Token::DateTime => self.read(lexeme, Literal::date_time(lexeme.source))?,
            Token::Time => self.read(lexeme, Literal::time(lexeme.source))?,
            Token::Currency => self.read(lexeme, Literal::currency(lexeme.source))?,
            Token::Integer | Token::Decimal => self.read(lexeme, Literal::number(lexeme.source))?,
            Token::Symbol if self.at(":") => return Err(self.bind_variable()),
            Token::Symbol if self.at("+") || self.at("-") => return self.signed(),
            Token::Symbol | Token::End => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(literal)
    }

    fn signed(&mut self) -> Result<Literal, SoqlError> {
        let first = self.next;
        let sign = self.sign();
        let lexeme = self.peek();
        if !matches!(lexeme.token, Token::Integer | Token::Decimal) {
            return Err(self.no_viable(first));
        }
        let literal = Literal::number(&format!("{sign}{}", lexeme.source));
        let literal = self.read(lexeme, literal)?;
        self.next += 1;
        Ok(literal)
    }

    /// A sign, if one is here.
    pub(super) fn sign(&mut self) -> &'static str {
        if self.take("-") {
            return "-";
        }
        self.take("+");
        ""
    }

    fn word_literal(&mut self, lexeme: Lexeme<'_>) -> Result<Literal, SoqlError> {
        let word = lexeme.source;
        let literal = match word.to_ascii_uppercase().as_str() {
            "NULL" => Some(Literal::Null),
            "TRUE" => Some(Literal::Boolean(true)),
            "FALSE" => Some(Literal::Boolean(false)),
            _ if self.follows(1, ":") => return self.counted_date(word),
            _ => RelativeDate::named(word).map(Literal::Relative),
        };
        let literal = match literal {
            Some(literal) => literal,
            // The grammar reads it, and it says nothing.
            None if RelativeDate::counted(word, 1).is_some() => {
                self.refuse(self.unexpected());
                Literal::Null
            }
            None => self.read(lexeme, Literal::currency(word))?,
        };
        self.next += 1;
        Ok(literal)
    }

    fn counted_date(&mut self, word: &str) -> Result<Literal, SoqlError> {
        if RelativeDate::counted(word, 1).is_none() {
            return Err(self.unexpected());
        }
        self.next += 2;
        let lexeme = self.peek();
        if lexeme.token != Token::Integer {
            return Err(self.absent(self.at(",") || self.follows_condition()));
        }
        self.next += 1;
        // A number of more digits lies as far outside the calendar.
        let number = lexeme.source.parse().unwrap_or(u32::MAX);
        let literal = RelativeDate::counted(word, number);
        literal
            .map(Literal::Relative)
            .ok_or_else(|| self.unexpected())
    }

    fn read(
        &self,
        lexeme: Lexeme<'_>,
        literal: Result<Literal, Fault>,
    ) -> Result<Literal, SoqlError> {
        literal.map_err(|fault| match fault {
            Fault::NoLiteral => self.unexpected(),
            Fault::Invalid(what) => {
                self.malformed(lexeme.at, &format!("Invalid {what}: {}", lexeme.source))
            }
            Fault::OutOfCalendar => {
                self.malformed(lexeme.at, &SoqlError::date_out_of_range().message)
            }
        })
    }

    /// What a string literal says.
    fn text(&self, lexeme: Lexeme<'_>, like: bool) -> Result<Text, SoqlError> {
        let inside = &lexeme.source[1..lexeme.source.len() - 1];
        if inside.contains('\n') {
            // The grammar refuses it; the words are Apex's.
            return Err(self.malformed(lexeme.at, "Line breaks not allowed in string literals"));
        }
        Text::read(inside, like).map_err(|fault| {
            let at = lexeme.at + 1 + fault.at;
            SoqlError::malformed(self.soql, at, &fault.to_string())
        })
    }

    /// A string that never ends.
    fn open_quote(&self) -> SoqlError {
        SoqlError::unexpected(self.soql, self.soql.len(), "<EOF>")
    }

    /// Source of the words: captured over REST, where no Apex code is.
    pub(super) fn bind_variable(&self) -> SoqlError {
        self.malformed(self.peek().at, "Bind variables only allowed in Apex code")
    }
}
