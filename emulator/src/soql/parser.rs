//! From tokens to the tree.

use super::ast::{
    Comparison, Condition, Direction, Expression, Item, Name, Nulls, Ordering, Path, Query,
    Selection, Source, Value,
};
use super::date_literal::RelativeDate;
use super::error::{Code, SoqlError};
use super::lexer::{Lexeme, Token, lex};
use super::literal::Literal;
use super::{NESTING_MAX, OFFSET_MAX, STATEMENT_CHARS_MAX};

/// The words that end FROM, so that none of them is taken for an alias.
const CLAUSES: [&str; 11] = [
    "WHERE", "ORDER", "LIMIT", "OFFSET", "USING", "WITH", "GROUP", "HAVING", "FOR", "UPDATE", "ALL",
];

/// Clauses that Salesforce knows and this emulator does not.
const UNSUPPORTED_CLAUSES: [(&str, &str); 7] = [
    ("USING", "USING SCOPE"),
    ("WITH", "WITH"),
    ("GROUP", "GROUP BY"),
    ("HAVING", "HAVING"),
    ("FOR", "FOR VIEW, FOR REFERENCE and FOR UPDATE"),
    ("UPDATE", "UPDATE TRACKING and UPDATE VIEWSTAT"),
    ("ALL", "ALL ROWS (use queryAll)"),
];

/// Reads a statement.
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
        lexemes: lex(soql)?,
        next: 0,
        depth: 0,
        subquery: false,
    };
    let query = parser.query()?;
    match parser.peek().token {
        Token::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    lexemes: Vec<Lexeme<'a>>,
    next: usize,
    /// How many parentheses of conditions are open.
    depth: usize,
    /// Whether this is within a subquery.
    subquery: bool,
}

impl<'a> Parser<'a> {
    fn query(&mut self) -> Result<Query, SoqlError> {
        self.expect("SELECT")?;
        let selection = self.selection()?;
        self.expect("FROM")?;
        let from = Source {
            parents: Vec::new(),
            name: self.name()?,
            alias: self.alias()?,
        };
        if self.at(",") {
            return Err(SoqlError::unsupported("more than one object in FROM"));
        }
        let condition = if self.take("WHERE") {
            Some(self.condition()?)
        } else {
            None
        };
        self.refuse_unsupported_clause()?;
        let order = if self.take("ORDER") {
            self.order()?
        } else {
            Vec::new()
        };
        let limit = if self.take("LIMIT") {
            Some(self.count()?)
        } else {
            None
        };
        let offset = if self.take("OFFSET") {
            Some(self.offset()?)
        } else {
            None
        };
        self.refuse_unsupported_clause()?;
        Ok(Query {
            selection,
            from,
            further: Vec::new(),
            scope: None,
            condition,
            with: Vec::new(),
            group: None,
            having: None,
            order,
            limit,
            offset,
            purposes: Vec::new(),
            statistics: Vec::new(),
            all_rows: false,
            honor_empty_strings: None,
        })
    }

    fn selection(&mut self) -> Result<Selection, SoqlError> {
        if self.at("COUNT") && self.follows(1, "(") && self.follows(2, ")") {
            self.next += 3;
            return Ok(Selection::Count);
        }
        let mut members = Vec::new();
        loop {
            if self.at("TYPEOF") && !self.follows(1, ",") {
                return Err(SoqlError::unsupported("TYPEOF"));
            }
            members.push(if self.take("(") {
                Item::Children(self.subquery()?)
            } else {
                Item::Value {
                    expression: self.expression()?,
                    alias: None,
                }
            });
            if !self.take(",") {
                return Ok(Selection::Members(members));
            }
        }
    }

    fn subquery(&mut self) -> Result<Query, SoqlError> {
        if self.subquery {
            return Err(SoqlError::unsupported("subqueries of subqueries"));
        }
        self.subquery = true;
        let query = self.query()?;
        self.subquery = false;
        self.expect(")")?;
        match query.selection {
            Selection::Members(_) => Ok(query),
            Selection::Count => Err(SoqlError::unsupported("COUNT() of children")),
        }
    }

    fn alias(&mut self) -> Result<Option<Name>, SoqlError> {
        let lexeme = self.peek();
        let free = !CLAUSES
            .iter()
            .any(|clause| lexeme.source.eq_ignore_ascii_case(clause));
        if lexeme.token == Token::Word && free {
            return self.name().map(Some);
        }
        Ok(None)
    }

    /// One NOT, or operands joined by AND or by OR. To mix the three takes
    /// parentheses: Salesforce answers `unexpected token: 'NOT'` to
    /// `a = 1 AND NOT (b = 2)` (jetstreamapp/soql-parser-js#201).
    fn condition(&mut self) -> Result<Condition, SoqlError> {
        if self.take("NOT") {
            let operand = self.operand()?;
            if self.at("AND") || self.at("OR") {
                return Err(self.unexpected());
            }
            return Ok(Condition::Not(Box::new(operand)));
        }
        let first = self.operand()?;
        let (word, other) = match (self.at("AND"), self.at("OR")) {
            (true, _) => ("AND", "OR"),
            (_, true) => ("OR", "AND"),
            _ => return Ok(first),
        };
        let mut operands = vec![first];
        while self.take(word) {
            operands.push(self.operand()?);
        }
        if self.at(other) {
            return Err(self.unexpected());
        }
        Ok(if word == "AND" {
            Condition::And(operands)
        } else {
            Condition::Or(operands)
        })
    }

    fn operand(&mut self) -> Result<Condition, SoqlError> {
        if self.at("NOT") {
            return Err(self.unexpected());
        }
        if self.take("(") {
            let inside = self.nested(Self::condition)?;
            self.expect(")")?;
            return Ok(inside);
        }
        self.comparison()
    }

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

    fn comparison(&mut self) -> Result<Condition, SoqlError> {
        let subject = self.expression()?;
        let negated = self.take("NOT");
        if negated || self.at("IN") {
            self.expect("IN")?;
            return Ok(Condition::In {
                subject,
                negated,
                values: self.list()?,
            });
        }
        for word in ["INCLUDES", "EXCLUDES"] {
            if self.at(word) {
                return Err(SoqlError::unsupported(word));
            }
        }
        let comparison = match self.peek().source.to_ascii_uppercase().as_str() {
            "=" => Comparison::Equal,
            "!=" | "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "LIKE" => Comparison::Like,
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Condition::Compare {
            subject,
            comparison,
            value: self.value()?,
        })
    }

    fn list(&mut self) -> Result<Vec<Value>, SoqlError> {
        self.expect("(")?;
        if self.at("SELECT") {
            return Err(SoqlError::unsupported("semi-joins"));
        }
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        self.expect(")")?;
        Ok(values)
    }

    fn value(&mut self) -> Result<Value, SoqlError> {
        let at = self.peek().at;
        let literal = self.literal()?;
        Ok(Value { literal, at })
    }

    fn literal(&mut self) -> Result<Literal, SoqlError> {
        let lexeme = self.peek().clone();
        let literal = match lexeme.token {
            Token::Text(text) => Literal::Text(text),
            Token::Number => Literal::number(lexeme.source)?,
            Token::Word => return self.word_literal(lexeme.source),
            Token::Symbol | Token::End => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(literal)
    }

    fn word_literal(&mut self, word: &str) -> Result<Literal, SoqlError> {
        let literal = match word.to_ascii_uppercase().as_str() {
            "NULL" => Some(Literal::Null),
            "TRUE" => Some(Literal::Boolean(true)),
            "FALSE" => Some(Literal::Boolean(false)),
            _ if self.follows(1, ":") => return self.counted_date(word),
            _ => RelativeDate::named(word).map(Literal::Relative),
        };
        let literal = literal.ok_or_else(|| self.unexpected())?;
        self.next += 1;
        Ok(literal)
    }

    fn counted_date(&mut self, word: &str) -> Result<Literal, SoqlError> {
        if RelativeDate::counted(word, 1).is_none() {
            return Err(self.unexpected());
        }
        self.next += 2;
        let number = self.peek().source.parse().map_err(|_| self.unexpected())?;
        let literal = RelativeDate::counted(word, number).ok_or_else(|| self.unexpected())?;
        self.next += 1;
        Ok(Literal::Relative(literal))
    }

    fn order(&mut self) -> Result<Vec<Ordering>, SoqlError> {
        self.expect("BY")?;
        let mut order = Vec::new();
        loop {
            let expression = self.expression()?;
            let direction = if self.take("DESC") {
                Direction::Descending
            } else {
                self.take("ASC");
                Direction::Ascending
            };
            order.push(Ordering {
                expression,
                direction,
                nulls: self.nulls()?,
            });
            if !self.take(",") {
                return Ok(order);
            }
        }
    }

    /// Nulls come first by default, in either direction.
    fn nulls(&mut self) -> Result<Nulls, SoqlError> {
        if !self.take("NULLS") || self.take("FIRST") {
            return Ok(Nulls::First);
        }
        self.expect("LAST").map(|()| Nulls::Last)
    }

    fn offset(&mut self) -> Result<u64, SoqlError> {
        let offset = self.count()?;
        if offset > OFFSET_MAX {
            let message = format!("Maximum SOQL offset allowed is {OFFSET_MAX}");
            return Err(SoqlError::new(Code::NumberOutsideValidRange, message));
        }
        Ok(offset)
    }

    fn count(&mut self) -> Result<u64, SoqlError> {
        let lexeme = self.peek();
        let digits = lexeme.source.bytes().all(|byte| byte.is_ascii_digit());
        let count = if digits {
            lexeme.source.parse().ok()
        } else {
            None
        };
        let count = count
            .filter(|count| i64::try_from(*count).is_ok())
            .ok_or_else(|| self.unexpected())?;
        self.next += 1;
        Ok(count)
    }

    fn expression(&mut self) -> Result<Expression, SoqlError> {
        self.path().map(Expression::Field)
    }

    fn path(&mut self) -> Result<Path, SoqlError> {
        let Name { text, at } = self.name()?;
        if self.at("(") {
            return Err(SoqlError::unsupported(&format!("the function {text}()")));
        }
        let mut parents = Vec::new();
        let mut field = text;
        while self.take(".") {
            parents.push(std::mem::replace(&mut field, self.name()?.text));
        }
        Ok(Path { parents, field, at })
    }

    fn name(&mut self) -> Result<Name, SoqlError> {
        let lexeme = self.peek();
        if lexeme.token != Token::Word {
            return Err(self.unexpected());
        }
        let name = Name {
            text: lexeme.source.to_owned(),
            at: lexeme.at,
        };
        self.next += 1;
        Ok(name)
    }

    fn refuse_unsupported_clause(&self) -> Result<(), SoqlError> {
        match UNSUPPORTED_CLAUSES.iter().find(|(word, _)| self.at(word)) {
            Some((_, clause)) => Err(SoqlError::unsupported(clause)),
            None => Ok(()),
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), SoqlError> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
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

    /// The current token. The end is never stepped over, because nothing
    /// matches it.
    fn peek(&self) -> &Lexeme<'a> {
        &self.lexemes[self.next.min(self.lexemes.len() - 1)]
    }

    fn unexpected(&self) -> SoqlError {
        SoqlError::unexpected(self.peek().source)
    }
}

#[cfg(test)]
mod tests;
