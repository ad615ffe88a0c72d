//! Conditions as SOQL writes them.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{Comparison, Condition, Value};
use super::super::literal::Literal;
use super::literal::write_pattern;
use super::{List, separated};

impl Display for Condition {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(operands) => joined(out, operands, " AND "),
            Self::Or(operands) => joined(out, operands, " OR "),
            Self::Not(operand) => write!(out, "NOT {}", Operand(operand)),
            Self::Compare {
                subject,
                comparison,
                value,
            } => {
                write!(out, "{subject} {} ", comparison.as_str())?;
                match (&value.literal, comparison) {
                    (Literal::Text(text), Comparison::Like) => write_pattern(out, text, true),
                    (literal, _) => write!(out, "{literal}"),
                }
            }
            Self::In {
                subject,
                negated,
                values,
            } => write!(out, "{subject} {} ({})", membership(*negated), List(values)),
            Self::InQuery {
                subject,
                negated,
                query,
            } => write!(out, "{subject} {} ({query})", membership(*negated)),
            Self::Includes {
                subject,
                negated,
                values,
            } => {
                let word = if *negated { "EXCLUDES" } else { "INCLUDES" };
                write!(out, "{subject} {word} ({})", List(values))
            }
        }
    }
}

fn membership(negated: bool) -> &'static str {
    if negated { "NOT IN" } else { "IN" }
}

/// A condition within another: in parentheses if it consists of several.
struct Operand<'a>(&'a Condition);

impl Display for Operand<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Condition::And(_) | Condition::Or(_) | Condition::Not(_) => {
                write!(out, "({})", self.0)
            }
            Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::InQuery { .. }
            | Condition::Includes { .. } => write!(out, "{}", self.0),
        }
    }
}

fn joined(out: &mut Formatter<'_>, operands: &[Condition], word: &str) -> fmt::Result {
    let operands: Vec<Operand<'_>> = operands.iter().map(Operand).collect();
    separated(out, &operands, word)
}

impl Display for Value {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.literal)
    }
}
