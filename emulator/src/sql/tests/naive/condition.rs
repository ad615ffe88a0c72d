//! Whether a condition holds.

use std::cmp::Ordering;

use super::cell::letters;
use super::{Cell, World};
use crate::id::RecordId;
use crate::soql::{Comparison, Condition, Expression, Literal, Query, Value};
use crate::sql::Rows;

impl World {
    pub(super) fn holds(
        &self,
        condition: &Condition,
        rows: Rows,
        value: &mut dyn FnMut(&Expression) -> Cell,
    ) -> bool {
        match condition {
            Condition::And(operands) => operands.iter().all(|one| self.holds(one, rows, value)),
            Condition::Or(operands) => operands.iter().any(|one| self.holds(one, rows, value)),
            Condition::Not(operand) => !self.holds(operand, rows, value),
            Condition::Compare {
                subject,
                comparison,
                value: literal,
            } => self.compares(&value(subject), *comparison, literal),
            Condition::In {
                subject,
                negated,
                values,
            } => {
                let cell = value(subject);
                let mut values = values.iter();
                values.any(|one| self.compares(&cell, Comparison::Equal, one)) != *negated
            }
            Condition::InQuery {
                subject,
                negated,
                query,
            } => {
                let cell = value(subject);
                let found = self.found_ids(query, rows);
                (cell != Cell::Null && found.contains(&cell)) != *negated
            }
            Condition::Includes {
                subject,
                negated,
                values,
            } => {
                let has = match value(subject) {
                    Cell::Choices(choices) => choices,
                    _ => vec![String::new()],
                };
                let has: Vec<_> = has.iter().map(|choice| letters(choice)).collect();
                let mut values = values.iter();
                let includes = values.any(|value| {
                    let Literal::Text(text) = &value.literal else {
                        panic!("a text");
                    };
                    let mut wanted = text.value.split(';');
                    wanted.all(|choice| has.contains(&letters(choice)))
                });
                includes != *negated
            }
        }
    }

    fn found_ids(&self, query: &Query, rows: Rows) -> Vec<Cell> {
        let sobject = self.object(&query.from.name.text);
        let crate::soql::Selection::Members(items) = &query.selection else {
            panic!("a field");
        };
        let crate::soql::Item::Value { expression, .. } = &items[0] else {
            panic!("a field");
        };
        let found = self.matching(query, sobject, rows, |_| true);
        let found = found.into_iter();
        found
            .map(|found| self.value(expression, found, query))
            .collect()
    }

    fn compares(&self, cell: &Cell, comparison: Comparison, value: &Value) -> bool {
        let is_equal = comparison == Comparison::Equal;
        let is_either = is_equal || comparison == Comparison::NotEqual;
        let literal = match &value.literal {
            Literal::Null => Cell::Null,
            Literal::Text(text) if text.value.is_empty() && is_either => Cell::Null,
            Literal::Text(text) if comparison == Comparison::Like => {
                return match cell {
                    Cell::Text(own) | Cell::Exact(own) => {
                        like(&letters(own), &pattern(&text.pattern))
                    }
                    _ => false,
                };
            }
            Literal::Text(text) if matches!(cell, Cell::Id(_)) => {
                Cell::Id(RecordId::parse(&text.value).expect("an id").to_string())
            }
            Literal::Text(text) if matches!(cell, Cell::Exact(_)) => {
                Cell::Exact(text.value.clone())
            }
            Literal::Text(text) => Cell::Text(text.value.clone()),
            Literal::Boolean(value) => Cell::Boolean(*value),
            Literal::Integer(value) => Cell::Integer(*value),
            Literal::Double(value) => Cell::Double(*value),
            Literal::Currency { amount, .. } => Cell::Double(*amount),
            Literal::Date(date) => Cell::Date(*date),
            Literal::DateTime(milliseconds) => Cell::Instant(*milliseconds),
            Literal::Time(time) => Cell::Text(time.strftime("%H:%M:%S%.3fZ").to_string()),
            Literal::Relative(relative) => {
                let range = relative.on(self.today).expect("days");
                let day = match cell {
                    Cell::Date(date) => Some(*date),
                    Cell::Instant(milliseconds) => {
                        let days = milliseconds.div_euclid(86_400_000);
                        Some(jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days))
                    }
                    _ => None,
                };
                let Some(day) = day else {
                    return comparison == Comparison::NotEqual;
                };
                let (before, after) = (day < range.first, day >= range.end);
                return match comparison {
                    Comparison::Equal => !before && !after,
                    Comparison::NotEqual => before || after,
                    Comparison::Less => before,
                    Comparison::LessOrEqual => !after,
                    Comparison::Greater => after,
                    Comparison::GreaterOrEqual => !before,
                    Comparison::Like => panic!("LIKE of a date"),
                };
            }
        };
        match (cell, &literal) {
            // Of a boolean, null is false.
            (Cell::Boolean(own), Cell::Null) => *own != is_equal,
            (Cell::Null, Cell::Null) => is_equal,
            (Cell::Null, _) | (_, Cell::Null) => comparison == Comparison::NotEqual,
            (cell, literal) => {
                let compared = cell.compared(literal);
                match comparison {
                    Comparison::Equal => compared == Ordering::Equal,
                    Comparison::NotEqual => compared != Ordering::Equal,
                    Comparison::Less => compared == Ordering::Less,
                    Comparison::LessOrEqual => compared != Ordering::Greater,
                    Comparison::Greater => compared == Ordering::Greater,
                    Comparison::GreaterOrEqual => compared != Ordering::Less,
                    Comparison::Like => panic!("LIKE of no text"),
                }
            }
        }
    }
}

/// One part of a pattern; `None` is `%`, `Some(None)` is `_`.
type Part = Option<Option<char>>;

fn pattern(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut symbols = text.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '%' => parts.push(None),
            '_' => parts.push(Some(None)),
            '\\' => parts.push(Some(symbols.next())),
            other => parts.push(Some(Some(letters(&other.to_string())[0]))),
        }
    }
    parts
}

fn like(text: &[char], pattern: &[Part]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((None, rest)) => (0..=text.len()).any(|from| like(&text[from..], rest)),
        Some((Some(wanted), rest)) => match text.split_first() {
            Some((first, left)) => wanted.is_none_or(|it| it == *first) && like(left, rest),
            None => false,
        },
    }
}
