//! ORDER BY.

use super::Fragment;
use super::operand::{Operand, Role};
use crate::schema::Kind;
use crate::soql::{Code, Direction, Expression, Nulls, Ordering, SoqlError};

/// Translates ORDER BY to SQL with a comma at its end, or to nothing.
pub(super) fn translate(
    order: &[Ordering],
    soql: &str,
    mut operand: impl FnMut(&Expression) -> Result<Operand, SoqlError>,
) -> Result<Fragment, SoqlError> {
    let mut sql = Fragment::new("");
    for ordering in order {
        let operand = operand(&ordering.expression)?;
        check(&operand, soql)?;
        let direction = match ordering.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        sql.push(operand.sortable());
        sql.push_text(&format!(
            " {direction} NULLS {}, ",
            nulls(ordering, &operand)
        ));
    }
    Ok(sql)
}

/// Which end nulls go to. Those of references are always first.
///
/// Source: SOQL and SOSL Reference, "ORDER BY".
fn nulls(ordering: &Ordering, operand: &Operand) -> &'static str {
    let is_reference = operand.kind == Kind::Reference && operand.role == Role::Field;
    match ordering.nulls {
        Nulls::Last if !is_reference => "LAST",
        Nulls::First | Nulls::Last => "FIRST",
    }
}

fn check(operand: &Operand, soql: &str) -> Result<(), SoqlError> {
    let is_sortable = match operand.role {
        Role::Field => operand.field.is_sortable(),
        // Source: SOQL and SOSL Reference, "toLabel()" and "convertCurrency()".
        Role::Shown => false,
        Role::DatePart | Role::Aggregate => true,
    };
    if is_sortable {
        return Ok(());
    }
    let message = format!("field '{}' can not be sorted in a query call", operand.name);
    Err(SoqlError::at(
        Code::InvalidField,
        soql,
        operand.at,
        &message,
    ))
}
