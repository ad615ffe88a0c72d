//! Which subtotals a grouping adds.

use crate::soql::GroupingKind;

/// For each subtotal, and for the groups themselves, whether each of the
/// grouping's values tells the groups apart. The groups come first.
///
/// Source: SOQL and SOSL Reference, "GROUP BY ROLLUP" and "GROUP BY CUBE".
pub(super) fn of(kind: GroupingKind, values: usize) -> Vec<Vec<bool>> {
    match kind {
        GroupingKind::Plain => vec![vec![true; values]],
        GroupingKind::Rollup => (0..=values)
            .rev()
            .map(|kept| (0..values).map(|value| value < kept).collect())
            .collect(),
        GroupingKind::Cube => (0..1_usize << values)
            .map(|dropped| (0..values).map(|value| dropped >> value & 1 == 0).collect())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtotals_are_the_documented_ones() {
        assert_eq!(of(GroupingKind::Plain, 2), [[true, true]]);
        assert_eq!(
            of(GroupingKind::Rollup, 2),
            [[true, true], [true, false], [false, false]]
        );
        assert_eq!(
            of(GroupingKind::Cube, 2),
            [[true, true], [false, true], [true, false], [false, false]]
        );
        assert_eq!(of(GroupingKind::Cube, 3).len(), 8);
        assert_eq!(of(GroupingKind::Plain, 0), [[false; 0]]);
    }
}
