//! What the grammar reads and this emulator cannot do.

use crate::soql::{Query, SoqlError, Statistic};

/// Refuses the clauses of `query` that are not translated. DISTANCE() is refused
/// where it is met.
pub(super) fn refuse(query: &Query) -> Result<(), SoqlError> {
    for (is_there, clause) in [
        (!query.further.is_empty(), "more than one object in FROM"),
        (
            query.statistics.contains(&Statistic::ViewStat),
            "UPDATE VIEWSTAT",
        ),
        (query.all_rows, "ALL ROWS (use queryAll)"),
    ] {
        if is_there {
            return Err(SoqlError::unsupported(clause));
        }
    }
    Ok(())
}
