//! Whole statements, and the clauses after WHERE.

use super::super::OFFSET_MAX;
use super::super::ast::{
    Direction, Grouping, GroupingKind, Nulls, Ordering, Purpose, Query, Statistic,
};
use super::super::error::{Code, SoqlError};
use super::super::lexer::Token;
use super::Parser;

impl Parser<'_> {
    /// A statement or a subquery.
    pub(super) fn query(&mut self) -> Result<Query, SoqlError> {
        let selection = self.selection()?;
        let mut query = self.from(selection)?;
        query.condition = self.where_clause()?;
        query.with = self.with_clauses()?;
        if self.take("GROUP") {
            query.group = Some(self.group()?);
            if self.take("HAVING") {
                query.having = Some(self.condition()?);
            }
        }
        if self.take("ORDER") {
            query.order = self.order()?;
        }
        if self.take("LIMIT") {
            query.limit = Some(self.count("Limit must be a non-negative value")?);
        }
        if self.take("OFFSET") {
            query.offset = Some(self.offset()?);
        }
        if self.take("BIND") {
            self.bind()?;
        }
        query.purposes = self.purpose()?;
        if self.take("UPDATE") {
            query.statistics = self.statistics()?;
        }
        if self.follows(1, "UPDATE") && query.purposes != [Purpose::Update] {
            query.purposes.extend(self.purpose()?);
        }
        if self.level == 0 {
            self.end_of_statement(&mut query)?;
        }
        self.check_aliases(&query);
        Ok(query)
    }

    fn end_of_statement(&mut self, query: &mut Query) -> Result<(), SoqlError> {
        if self.at("ALL") && self.follows(1, "ROWS") {
            self.next += 2;
            query.all_rows = true;
        }
        if self.at("SET") && self.follows(1, "OPTIONS") {
            self.next += 2;
            self.expect("(")?;
            query.options = self.settings()?;
        }
        Ok(())
    }

    fn group(&mut self) -> Result<Grouping, SoqlError> {
        self.expect_before(
            "BY",
            self.is_name(0) || self.at("ROLLUP") || self.at("CUBE"),
        )?;
        let kind = if self.take("ROLLUP") {
            GroupingKind::Rollup
        } else if self.take("CUBE") {
            GroupingKind::Cube
        } else {
            GroupingKind::Plain
        };
        if kind != GroupingKind::Plain {
            self.expect_before("(", self.is_name(0))?;
        }
        let mut by = vec![self.expression()?];
        while self.take(",") {
            by.push(self.expression()?);
        }
        if kind != GroupingKind::Plain {
            self.expect_before(")", self.follows_group())?;
        }
        Ok(Grouping { kind, by })
    }

    fn follows_group(&self) -> bool {
        ["HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE", ")"]
            .into_iter()
            .any(|word| self.at(word))
    }

    fn order(&mut self) -> Result<Vec<Ordering>, SoqlError> {
        self.expect_before("BY", self.is_name(0))?;
        let mut order = vec![self.ordering()?];
        while self.take(",") {
            order.push(self.ordering()?);
        }
        Ok(order)
    }

    fn ordering(&mut self) -> Result<Ordering, SoqlError> {
        let expression = self.ordered()?;
        let direction = if self.take("DESC") {
            Direction::Descending
        } else {
            self.take("ASC");
            Direction::Ascending
        };
        Ok(Ordering {
            expression,
            direction,
            nulls: self.nulls()?,
        })
    }

    /// Nulls come first by default, in either direction.
    fn nulls(&mut self) -> Result<Nulls, SoqlError> {
        if !self.take("NULLS") || self.take("FIRST") {
            return Ok(Nulls::First);
        }
        let can_follow = [",", "LIMIT", "OFFSET", "FOR", "UPDATE", ")"];
        self.expect_before("LAST", can_follow.iter().any(|word| self.at(word)))?;
        Ok(Nulls::Last)
    }

    fn offset(&mut self) -> Result<u64, SoqlError> {
        let offset = self.count("SOQL offset must be a non-negative value")?;
        if offset > OFFSET_MAX {
            let message = format!("Maximum SOQL offset allowed is {OFFSET_MAX}");
            self.refuse(SoqlError::new(Code::NumberOutsideValidRange, message));
        }
        Ok(offset)
    }

    /// A number of rows. The words for a negative one are captured from dynamic
    /// SOQL in Apex; unconfirmed over REST.
    fn count(&mut self, negative: &str) -> Result<u64, SoqlError> {
        if self.at(":") {
            return Err(self.bind_variable());
        }
        let at = self.peek().at;
        let sign = self.sign();
        let lexeme = self.peek();
        if lexeme.token != Token::Integer {
            return Err(self.unexpected());
        }
        self.next += 1;
        // More rows than there can be are as many as there are.
        let count = lexeme.source.parse::<i64>().unwrap_or(i64::MAX);
        if sign == "-" && count > 0 {
            self.refuse(self.malformed(at, negative));
            return Ok(0);
        }
        Ok(count.unsigned_abs())
    }

    /// `BIND a = 5`, which the grammar has and no guide mentions.
    fn bind(&mut self) -> Result<(), SoqlError> {
        loop {
            self.name()?;
            self.expect("=")?;
            self.value(false)?;
            if !self.take(",") {
                self.refuse(SoqlError::unsupported("BIND"));
                return Ok(());
            }
        }
    }

    fn purpose(&mut self) -> Result<Vec<Purpose>, SoqlError> {
        let first = self.next;
        if !self.take("FOR") {
            return Ok(Vec::new());
        }
        for (word, purpose) in [
            ("VIEW", Purpose::View),
            ("REFERENCE", Purpose::Reference),
            ("UPDATE", Purpose::Update),
        ] {
            if self.take(word) {
                return Ok(vec![purpose]);
            }
        }
        Err(self.no_viable(first))
    }

    fn statistics(&mut self) -> Result<Vec<Statistic>, SoqlError> {
        let mut statistics = Vec::new();
        loop {
            if self.take("TRACKING") {
                statistics.push(Statistic::Tracking);
            } else if self.take("VIEWSTAT") {
                statistics.push(Statistic::ViewStat);
            } else {
                return Err(self.unexpected());
            }
            if !self.take(",") {
                return Ok(statistics);
            }
        }
    }
}
