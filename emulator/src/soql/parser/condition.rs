//! WHERE and HAVING.

use super::super::ast::{Comparison, Condition, Expression, Item, Query, Selection, Value};
use super::super::error::SoqlError;
use super::Parser;
use super::expression::path;

/// What can stand after a condition, but for its operands.
const AFTER: [&str; 8] = [
    ")", "WITH", "GROUP", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE",
];

impl Parser<'_> {
    /// One NOT, or operands joined by AND or by OR. To mix the three takes
    /// parentheses: Salesforce answers `unexpected token: 'NOT'` to
    /// `a = 1 AND NOT (b = 2)` (jetstreamapp/soql-parser-js#201).
    pub(super) fn condition(&mut self) -> Result<Condition, SoqlError> {
        if self.take("NOT") {
            let operand = self.operand()?;
            return Ok(Condition::Not(Box::new(operand)));
        }
        let first = self.operand()?;
        let word = match (self.at("AND"), self.at("OR")) {
            (true, _) => "AND",
            (_, true) => "OR",
            _ => return Ok(first),
        };
        let mut operands = vec![first];
        while self.take(word) {
            operands.push(self.operand()?);
        }
        Ok(if word == "AND" {
            Condition::And(operands)
        } else {
            Condition::Or(operands)
        })
    }

    fn operand(&mut self) -> Result<Condition, SoqlError> {
        if self.take("(") {
            let inside = self.nested(Self::condition)?;
            self.expect_before(")", self.follows_condition())?;
            return Ok(inside);
        }
        if self.is_name(0) && (self.follows(1, "+") || self.follows(1, "-")) {
            return self.arithmetic();
        }
        if self.at("FORMULA") && self.follows(1, "(") && self.follows_text(2) {
            return self.formula();
        }
        self.test()
    }

    pub(super) fn follows_condition(&self) -> bool {
        ["AND", "OR"]
            .into_iter()
            .chain(AFTER)
            .any(|word| self.at(word))
    }

    /// `a + b = 5`, which the grammar has and no guide mentions.
    fn arithmetic(&mut self) -> Result<Condition, SoqlError> {
        let subject = Expression::Field(path(&self.name()?));
        self.next += 1;
        if !self.is_name(0) {
            return Err(self.unexpected());
        }
        self.next += 1;
        self.untreed(subject, "arithmetic in WHERE")
    }

    /// `FORMULA('a - b') > 5`, a pilot of Summer '26.
    fn formula(&mut self) -> Result<Condition, SoqlError> {
        let subject = Expression::Field(path(&self.name()?));
        self.next += 2;
        self.expect(")")?;
        self.untreed(subject, "FORMULA()")
    }

    /// A comparison with what the tree has no place for.
    fn untreed(&mut self, subject: Expression, what: &str) -> Result<Condition, SoqlError> {
        self.refuse(SoqlError::unsupported(what));
        let comparison = self.comparison()?.ok_or_else(|| self.unexpected())?;
        let value = self.value(false)?;
        Ok(Condition::Compare {
            subject,
            comparison,
            value,
        })
    }

    fn test(&mut self) -> Result<Condition, SoqlError> {
        let first = self.next;
        let subject = self.subject(first)?;
        if let Some(comparison) = self.comparison()? {
            let value = self.value(false)?;
            return Ok(Condition::Compare {
                subject,
                comparison,
                value,
            });
        }
        if matches!(subject, Expression::Distance(_)) {
            return Err(self.unexpected());
        }
        if self.take("LIKE") {
            return self.like(subject);
        }
        let excludes = self.at("EXCLUDES");
        if excludes || self.at("INCLUDES") {
            self.next += 1;
            self.expect_before("(", self.begins_value())?;
            return Ok(Condition::Includes {
                subject,
                negated: excludes,
                values: self.values()?,
            });
        }
        let negated = self.take("NOT");
        if self.take("IN") {
            return self.membership(first, subject, negated);
        }
        Err(self.no_viable(first))
    }

    /// What is compared. Which rule is meant is told by the operator, so that an
    /// error names all from number `first`.
    fn subject(&mut self, first: usize) -> Result<Expression, SoqlError> {
        if self.at_distance() {
            return self.distance().map(Expression::Distance);
        }
        self.expression().map_err(|_| self.no_viable(first))
    }

    fn like(&mut self, subject: Expression) -> Result<Condition, SoqlError> {
        if self.at("NULL") {
            return Err(self.unexpected());
        }
        let value = self.value(true)?;
        Ok(Condition::Compare {
            subject,
            comparison: Comparison::Like,
            value,
        })
    }

    fn membership(
        &mut self,
        first: usize,
        subject: Expression,
        negated: bool,
    ) -> Result<Condition, SoqlError> {
        if self.at(":") {
            return Err(self.bind_variable());
        }
        if !self.take("(") {
            return Err(self.no_viable(first));
        }
        if self.at("SELECT") {
            let query = Box::new(self.subquery(Self::semi_join)?);
            self.expect_before(")", self.follows_condition())?;
            return Ok(Condition::InQuery {
                subject,
                negated,
                query,
            });
        }
        if !self.begins_value() {
            return Err(self.no_viable(first));
        }
        Ok(Condition::In {
            subject,
            negated,
            values: self.values()?,
        })
    }

    /// Values up to the closing parenthesis.
    fn values(&mut self) -> Result<Vec<Value>, SoqlError> {
        let mut values = vec![self.value(false)?];
        while self.take(",") {
            values.push(self.value(false)?);
        }
        self.expect_before(")", self.follows_condition())?;
        Ok(values)
    }

    /// An operator, if one is here: `<=` may be written `< =`.
    fn comparison(&mut self) -> Result<Option<Comparison>, SoqlError> {
        let (exact, or_equal) = match self.peek().source {
            "=" => (Comparison::Equal, None),
            "!=" | "<>" => (Comparison::NotEqual, None),
            "<" => (Comparison::Less, Some(Comparison::LessOrEqual)),
            ">" => (Comparison::Greater, Some(Comparison::GreaterOrEqual)),
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(match or_equal {
            Some(or_equal) if self.take("=") => or_equal,
            _ => exact,
        }))
    }

    /// The statement of a semi-join, which has few clauses.
    fn semi_join(&mut self) -> Result<Query, SoqlError> {
        self.expect("SELECT")?;
        let expression = self.expression()?;
        let item = Item::Value {
            expression,
            alias: None,
        };
        let mut query = self.from(Selection::Members(vec![item]))?;
        query.condition = self.where_clause()?;
        query.with = self.with_clauses()?;
        Ok(query)
    }

    pub(super) fn where_clause(&mut self) -> Result<Option<Condition>, SoqlError> {
        if self.take("WHERE") {
            return self.condition().map(Some);
        }
        Ok(None)
    }
}
