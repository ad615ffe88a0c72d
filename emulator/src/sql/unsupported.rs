//! What the grammar reads and the translation does not know yet.

use crate::soql::{Expression, Path, Query, SoqlError};

/// Refuses the clauses of `query` that are not translated.
pub(super) fn refuse_clauses(query: &Query) -> Result<(), SoqlError> {
    for (present, clause) in [
        (!query.further.is_empty(), "more than one object in FROM"),
        (
            !query.from.parents.is_empty(),
            "a parent before the relationship in FROM",
        ),
        (query.scope.is_some(), "USING SCOPE"),
        (!query.with.is_empty(), "WITH"),
        (query.group.is_some(), "GROUP BY"),
        (query.having.is_some(), "HAVING"),
        (
            !query.purposes.is_empty(),
            "FOR VIEW, FOR REFERENCE and FOR UPDATE",
        ),
        (
            !query.statistics.is_empty(),
            "UPDATE TRACKING and UPDATE VIEWSTAT",
        ),
        (query.all_rows, "ALL ROWS (use queryAll)"),
        (!query.options.is_empty(), "SET OPTIONS"),
    ] {
        if present {
            return Err(SoqlError::unsupported(clause));
        }
    }
    Ok(())
}

/// The field that `expression` is.
pub(super) fn field(expression: &Expression) -> Result<&Path, SoqlError> {
    match expression {
        Expression::Field(path) => Ok(path),
        Expression::Call(call) => {
            let function = call.function.name();
            Err(SoqlError::unsupported(&format!(
                "the function {function}()"
            )))
        }
        Expression::Distance(_) => Err(SoqlError::unsupported("DISTANCE()")),
    }
}
