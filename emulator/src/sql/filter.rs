//! WHERE and HAVING.
//!
//! Every predicate here is true or false, never SQL's unknown: SOQL has two
//! truth values, so that `!=` and `NOT` also find nulls.

mod comparison;
pub(super) mod semi_join;

use super::operand::Operand;
use super::{Environment, Fragment};
use crate::schema::SObject;
use crate::soql::{Condition, Expression, SoqlError};
use comparison::Predicate;

/// Translates conditions about what `operand` finds.
pub(super) struct Filter<'f> {
    pub(super) environment: Environment<'f>,
    pub(super) soql: &'f str,
    /// The object of FROM.
    pub(super) sobject: &'f SObject,
    pub(super) operand: &'f mut dyn FnMut(&Expression) -> Result<Operand, SoqlError>,
}

impl<'f> Filter<'f> {
    /// Translates a condition.
    pub(super) fn translate(&mut self, condition: &Condition) -> Result<Fragment, SoqlError> {
        match condition {
            Condition::And(operands) => Ok(Fragment::join(self.all(operands)?, "AND", "1")),
            Condition::Or(operands) => Ok(Fragment::join(self.all(operands)?, "OR", "0")),
            Condition::Not(operand) => Ok(self.translate(operand)?.not()),
            Condition::Compare {
                subject,
                comparison,
                value,
            } => self.about(subject)?.compare(*comparison, value),
            Condition::In {
                subject,
                negated,
                values,
            } => {
                let found = self.about(subject)?.one_of(values)?;
                Ok(turned(found, *negated))
            }
            Condition::Includes {
                subject,
                negated,
                values,
            } => {
                let found = self.about(subject)?.includes(values)?;
                Ok(turned(found, *negated))
            }
            Condition::InQuery {
                subject,
                negated,
                query,
            } => {
                let left = (self.operand)(subject)?;
                let found =
                    semi_join::translate(&left, query, self.sobject, self.soql, self.environment)?;
                Ok(turned(found, *negated))
            }
        }
    }

    fn all(&mut self, operands: &[Condition]) -> Result<Vec<Fragment>, SoqlError> {
        let operands = operands.iter();
        operands.map(|operand| self.translate(operand)).collect()
    }

    fn about(&mut self, subject: &Expression) -> Result<Predicate<'f>, SoqlError> {
        let operand = (self.operand)(subject)?;
        Predicate::new(operand, self.soql, self.environment.today)
    }
}

fn turned(found: Fragment, negated: bool) -> Fragment {
    if negated { found.not() } else { found }
}
