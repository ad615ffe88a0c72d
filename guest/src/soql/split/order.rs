//! The order of a statement whose parts are merged.

use super::super::clauses::{Clause, Clauses};
use super::super::token::{Kind, Token};

/// A field of ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) field: String,
    pub(crate) direction: Direction,
    /// Salesforce's default for both directions (SOQL and SOSL Reference, "ORDER BY").
    pub(crate) nulls_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// The order that a statement has.
///
/// # Errors
///
/// Why its parts cannot be merged in that order.
pub(super) fn of(clauses: &Clauses<'_>) -> Result<Vec<Order>, String> {
    let tokens = clauses.tokens(Clause::OrderBy);
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let entries = tokens.split(|token| token.kind == Kind::Comma);
    let order: Vec<Order> = entries.map(entry).collect::<Result<_, String>>()?;
    for Order { field, .. } in &order {
        let mut selected = clauses.fields();
        if !selected.any(|name| name.eq_ignore_ascii_case(field)) {
            return Err(format!(
                "the field `{field}` of ORDER BY must also be selected, because the parts are \
                 merged by it"
            ));
        }
    }
    Ok(order)
}

fn entry(tokens: &[Token<'_>]) -> Result<Order, String> {
    let words: Vec<String> = tokens
        .iter()
        .map(|token| token.text.to_ascii_uppercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (Some(field), [_, rest @ ..]) = (tokens.first(), &*words) else {
        return Err("ORDER BY cannot be read".to_owned());
    };
    if field.text.contains('.') || field.kind != Kind::Word {
        return Err("ORDER BY may only have fields of the object itself".to_owned());
    }
    let (direction, rest) = match rest {
        ["DESC", rest @ ..] => (Direction::Descending, rest),
        ["ASC", rest @ ..] => (Direction::Ascending, rest),
        rest => (Direction::Ascending, rest),
    };
    let nulls_first = match rest {
        [] | ["NULLS", "FIRST"] => true,
        ["NULLS", "LAST"] => false,
        _ => return Err("ORDER BY may only have fields of the object itself".to_owned()),
    };
    Ok(Order {
        field: field.text.to_owned(),
        direction,
        nulls_first,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(soql: &str) -> Result<Vec<Order>, String> {
        of(&Clauses::of(soql).unwrap())
    }

    #[test]
    fn an_order_has_fields_directions_and_a_place_for_nulls() {
        let read = order("SELECT Id, Born FROM A ORDER BY born desc NULLS LAST, Id").unwrap();
        let entry = |field: &str, direction, nulls_first| Order {
            field: field.to_owned(),
            direction,
            nulls_first,
        };
        assert_eq!(
            read,
            [
                entry("born", Direction::Descending, false),
                entry("Id", Direction::Ascending, true)
            ]
        );
        assert_eq!(order("SELECT Id FROM A"), Ok(Vec::new()));
    }

    #[test]
    fn an_order_that_parts_cannot_be_merged_in_is_refused() {
        for (soql, why) in [
            ("SELECT Id FROM A ORDER BY N", "must also be selected"),
            (
                "SELECT Id, O.N FROM A ORDER BY O.N",
                "fields of the object itself",
            ),
            (
                "SELECT Id, N FROM A ORDER BY DISTANCE(N, M, 'mi')",
                "fields of the object itself",
            ),
            (
                "SELECT Id FROM A ORDER BY Id x",
                "fields of the object itself",
            ),
            ("SELECT Id FROM A ORDER BY Id,", "cannot be read"),
        ] {
            let refused = order(soql).unwrap_err();
            assert!(refused.contains(why), "{soql}: {refused}");
        }
    }
}
