//! A list of values that is too long for one statement.
//!
//! The statement is split only where its parts together mean what the whole does, and where no
//! record can match two parts.

mod order;
mod same;

use percent_encoding::utf8_percent_encode;

use super::binding::{Place, Template};
use super::clauses::{Clause, Clauses};
use super::literal::Position;
use super::{STATEMENT_CHARS_MAX, checked, refused};
use crate::call::RESERVED;
use crate::contract::types::{Parameter, Value};
use crate::error::Error;
pub(crate) use order::{Direction, Order};

/// How long a statement may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// In bytes, percent-encoded. `None`: it does not travel in a URI.
    pub(crate) encoded_bytes: Option<usize>,
}

/// A statement, or several that together mean the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parts {
    pub(crate) statements: Vec<String>,
    /// In which order their records are delivered, if there are several.
    pub(crate) order: Vec<Order>,
}

impl Limit {
    fn takes(self, size: Size) -> bool {
        let fits_uri = |limit: usize| size.encoded_bytes <= limit;
        size.characters <= STATEMENT_CHARS_MAX && self.encoded_bytes.is_none_or(fits_uri)
    }
}

/// The statement with its values, split if it is too long for one.
///
/// # Errors
///
/// Why it cannot be sent. One that is too long and has no list is the caller's to judge.
pub(crate) fn parts(
    statement: &str,
    parameters: &[Parameter],
    limit: Limit,
) -> Result<Parts, Error> {
    let one = |statement: String| Parts {
        statements: vec![statement],
        order: Vec::new(),
    };
    if parameters.is_empty() {
        checked(statement, "SOQL")?;
        return Ok(one(statement.to_owned()));
    }
    let template = Template::new(statement, parameters)?;
    let whole = template.filled(|place| &place.parameter.values)?;
    let has_list = parameters
        .iter()
        .any(|parameter| parameter.values.len() > 1);
    if !has_list || limit.takes(Size::of(&whole)) {
        checked(&whole, "SOQL")?;
        return Ok(one(whole));
    }
    split(&template, limit).map_err(|why| {
        refused(format!(
            "the statement is too long for one query, and its list cannot be split: {why}"
        ))
    })
}

fn split(template: &Template<'_>, limit: Limit) -> Result<Parts, String> {
    let lists = template.places.iter();
    let mut lists = lists.filter(|place| place.parameter.values.len() > 1);
    let (Some(list), None) = (lists.next(), lists.next()) else {
        return Err("there are several lists".to_owned());
    };
    let clauses = Clauses::of(template.statement).ok_or("it is not a SELECT statement")?;
    check_statement(&clauses)?;
    check_condition(template, &clauses, list)?;
    let order = order::of(&clauses)?;
    let mut values = list.parameter.values.iter();
    if values.any(|value| matches!(value, Value::DateLiteral(_))) {
        return Err("a date literal can match the same records as another value".to_owned());
    }
    let groups = same::groups(&list.parameter.values);
    Ok(Parts {
        statements: statements(template, list, &groups, limit)?,
        order,
    })
}

/// The clauses that say something of the whole result.
fn check_statement(clauses: &Clauses<'_>) -> Result<(), &'static str> {
    if clauses.is_aggregate() {
        return Err("the statement has GROUP BY or an aggregate function");
    }
    if !clauses.is_of_one_object() {
        return Err("the statement selects from several objects");
    }
    for (clause, why) in [
        (Clause::Limit, "the statement has LIMIT"),
        (Clause::Offset, "the statement has OFFSET"),
        (Clause::Having, "the statement has HAVING"),
        (Clause::For, "the statement has FOR"),
        (Clause::Update, "the statement has UPDATE"),
    ] {
        if clauses.has(clause) {
            return Err(why);
        }
    }
    Ok(())
}

/// The list must be all of a condition, which is joined to the others by AND.
fn check_condition(
    template: &Template<'_>,
    clauses: &Clauses<'_>,
    list: &Place<'_>,
) -> Result<(), &'static str> {
    const OUTSIDE: &str = "the list must stand in a condition `FIELD IN :name` of WHERE, outside \
                           of parentheses and subqueries";
    let condition = clauses.range(Clause::Where).ok_or(OUTSIDE)?;
    let token = |number: usize| template.tokens.get(number);
    let is_outer = token(list.token).is_some_and(|place| place.depth == 0);
    if list.position != Position::List || !condition.contains(&list.token) || !is_outer {
        return Err(OUTSIDE);
    }
    let word = list.token.checked_sub(1).and_then(token);
    if !word.is_some_and(|word| word.is("IN")) {
        return Err("only a list after IN can be split");
    }
    for number in condition {
        let (Some(one), next) = (token(number), token(number + 1)) else {
            continue;
        };
        if one.depth > 0 {
            continue;
        }
        if one.is("OR") {
            return Err("its condition is joined by OR");
        }
        let is_not_in = next.is_some_and(|next| next.is("IN"));
        if one.is("NOT") && (!is_not_in || number + 2 == list.token) {
            return Err("the statement has NOT");
        }
    }
    Ok(())
}

/// How much of a limit a text takes.
#[derive(Clone, Copy, Default)]
struct Size {
    characters: usize,
    encoded_bytes: usize,
}

impl Size {
    fn of(text: &str) -> Self {
        let encoded = utf8_percent_encode(text, &RESERVED);
        Self {
            characters: text.chars().count(),
            encoded_bytes: encoded.map(str::len).sum(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            characters: self.characters + other.characters,
            encoded_bytes: self.encoded_bytes + other.encoded_bytes,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            characters: self.characters.saturating_sub(other.characters),
            encoded_bytes: self.encoded_bytes.saturating_sub(other.encoded_bytes),
        }
    }
}

/// The statements, each with as many values as it can have.
fn statements(
    template: &Template<'_>,
    list: &Place<'_>,
    groups: &[Vec<Value>],
    limit: Limit,
) -> Result<Vec<String>, String> {
    let filled = |values: &[Value]| {
        let is_list = |place: &Place<'_>| place.token == list.token;
        let filled = template.filled(|place| match is_list(place) {
            true => values,
            false => &place.parameter.values,
        });
        filled.map_err(|error| error.to_string())
    };
    let size = |group: &Vec<Value>| {
        // Without the parentheses of a list.
        let literals = Position::Element.literals(group);
        literals
            .map(|text| Size::of(&text))
            .map_err(|error| error.to_string())
    };
    let Some(first) = groups.first() else {
        return Err("the list is empty".to_owned());
    };
    let around = Size::of(&filled(first)?).minus(size(first)?);
    let comma = Size::of(",");
    let mut statements = Vec::new();
    let mut values = Vec::new();
    let mut all = around;
    for group in groups {
        let own = size(group)?;
        if !values.is_empty() {
            let longer = all.plus(comma).plus(own);
            if limit.takes(longer) {
                all = longer;
                values.extend_from_slice(group);
                continue;
            }
            statements.push(filled(&values)?);
            values.clear();
        }
        all = around.plus(own);
        if !limit.takes(all) {
            return Err("the rest of the statement is too long".to_owned());
        }
        values.extend_from_slice(group);
    }
    statements.push(filled(&values)?);
    Ok(statements)
}

#[cfg(test)]
mod tests {
    use super::super::bind;
    use super::*;

    fn ids(number: usize) -> Parameter {
        Parameter {
            name: "ids".to_owned(),
            values: (0..number)
                .map(|number| Value::Id(format!("001{number:012}")))
                .collect(),
        }
    }

    const COMPOSITE: Limit = Limit {
        encoded_bytes: None,
    };

    #[test]
    fn a_statement_that_fits_stays_one() {
        let split = parts(
            "SELECT Id FROM A WHERE Id IN :ids LIMIT 3",
            &[ids(5)],
            COMPOSITE,
        );
        assert_eq!(split.unwrap().statements.len(), 1);
    }

    #[test]
    fn a_long_list_is_split_at_the_limit() {
        let soql = "SELECT Id FROM A WHERE N = 'x' AND Id IN :ids AND M NOT IN ('y') ORDER BY Id";
        let list = [ids(50_000)];
        let split = parts(soql, &list, COMPOSITE).unwrap();
        assert!((9..=11).contains(&split.statements.len()));
        let mut found = Vec::new();
        for (number, statement) in split.statements.iter().enumerate() {
            let length = statement.chars().count();
            assert!(length <= STATEMENT_CHARS_MAX, "{length}");
            let is_last = number + 1 == split.statements.len();
            assert!(is_last || length > STATEMENT_CHARS_MAX - 19, "{length}");
            let (_, rest) = statement.split_once("Id IN (").unwrap();
            let (values, _) = rest.split_once(')').unwrap();
            found.extend(values.split(',').map(|id| id.trim_matches('\'').to_owned()));
        }
        let all: Vec<String> = (0..50_000)
            .map(|number| format!("001{number:012}"))
            .collect();
        assert_eq!(found, all);
        let short = Limit {
            encoded_bytes: Some(16_000),
        };
        for statement in parts(soql, &list, short).unwrap().statements {
            assert!(short.takes(Size::of(&statement)));
        }
    }

    #[test]
    fn a_list_whose_parts_would_mean_something_else_is_not_split() {
        for (soql, why) in [
            ("SELECT COUNT() FROM A WHERE Id IN :ids", "aggregate"),
            ("SELECT N FROM A WHERE Id IN :ids GROUP BY N", "GROUP BY"),
            ("SELECT Id FROM A WHERE Id IN :ids LIMIT 9", "LIMIT"),
            ("SELECT Id FROM A WHERE Id IN :ids OFFSET 9", "OFFSET"),
            ("SELECT Id FROM A WHERE Id IN :ids FOR UPDATE", "FOR"),
            ("SELECT Id FROM A WHERE Id NOT IN :ids", "NOT"),
            ("SELECT Id FROM A WHERE NOT Id IN :ids", "NOT"),
            ("SELECT Id FROM A WHERE NOT N = 1 AND Id IN :ids", "NOT"),
            ("SELECT Id FROM A WHERE Id IN :ids OR N = 1", "OR"),
            (
                "SELECT Id FROM A WHERE (Id IN :ids)",
                "outside of parentheses",
            ),
            (
                "SELECT Id FROM A WHERE Id IN (:ids)",
                "outside of parentheses",
            ),
            ("SELECT Id FROM A WHERE M INCLUDES :ids", "after IN"),
            (
                "SELECT Id FROM A WHERE Id IN (SELECT AId FROM B WHERE Id IN :ids)",
                "outside of parentheses",
            ),
            (
                "SELECT Id, (SELECT Id FROM Bs WHERE Id IN :ids) FROM A",
                "outside of parentheses",
            ),
            (
                "SELECT Id FROM A WHERE Id IN :ids AND B IN :ids",
                "several lists",
            ),
            (
                "SELECT Id FROM A a, a.Bs b WHERE a.Id IN :ids",
                "several objects",
            ),
            (
                "SELECT Id FROM A WHERE Id IN :ids ORDER BY N",
                "also be selected",
            ),
        ] {
            let refused = parts(soql, &[ids(9_000)], COMPOSITE)
                .unwrap_err()
                .to_string();
            assert!(
                refused.contains("cannot be split") && refused.contains(why),
                "{soql}: {refused}"
            );
        }
    }

    #[test]
    fn a_list_of_date_literals_is_not_split() {
        let days = Parameter {
            name: "ids".to_owned(),
            values: (0..9_000)
                .map(|days| Value::DateLiteral(format!("LAST_N_DAYS:{days}")))
                .collect(),
        };
        let soql = "SELECT Id FROM A WHERE CreatedDate IN :ids";
        let refused = parts(soql, &[days], COMPOSITE).unwrap_err().to_string();
        assert!(refused.contains("a date literal"), "{refused}");
    }

    #[test]
    fn every_statement_is_as_long_as_it_may_be_and_no_longer() {
        let text = |number: usize| format!("{}'é {number}", "x".repeat(number % 700));
        let names = Parameter {
            name: "names".to_owned(),
            values: (0..3_000).map(|number| Value::Text(text(number))).collect(),
        };
        let soql = "SELECT Id FROM A WHERE Name IN :names AND N = 'ü'";
        for encoded_bytes in [None, Some(16_000)] {
            let limit = Limit { encoded_bytes };
            let parameters = [names.clone()];
            let statements = parts(soql, &parameters, limit).unwrap().statements;
            let values = |statement: &str| {
                let (_, rest) = statement.split_once(" IN (").unwrap();
                let (values, _) = rest.rsplit_once(") AND").unwrap();
                values.to_owned()
            };
            let mut next = statements.iter().skip(1);
            for statement in &statements {
                assert!(limit.takes(Size::of(statement)));
                if let Some(next) = next.next() {
                    let first = values(next);
                    let (first, _) = first.split_once("',").unwrap();
                    let longer = statement.replace(") AND", &format!(",{first}') AND"));
                    assert!(!limit.takes(Size::of(&longer)));
                }
            }
            let all: Vec<String> = statements.iter().map(|one| values(one)).collect();
            let whole = bind(soql, &parameters).unwrap();
            assert_eq!(all.join(","), values(&whole));
        }
    }

    #[test]
    fn a_long_statement_without_a_list_is_refused_with_the_limit() {
        let value = Parameter {
            name: "v".to_owned(),
            values: vec![Value::Text("x".to_owned())],
        };
        let soql = format!(
            "SELECT Id FROM A WHERE N = :v AND M = '{}'",
            "x".repeat(100_000)
        );
        let refused = parts(&soql, &[value], COMPOSITE).unwrap_err().to_string();
        assert!(refused.contains("and Salesforce takes 100000"), "{refused}");
    }
}
