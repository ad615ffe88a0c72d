//! Values in the places of a statement.

use std::collections::BTreeMap;

use super::literal::Position;
use super::refused;
use super::token::{Kind, Token, Unreadable, tokens};
use crate::contract::types::{Parameter, Value};
use crate::error::Error;

/// The longest name of a parameter.
const NAME_CHARS_MAX: usize = 80;

/// The words after which a list of values stands.
const LISTS: [&str; 3] = ["IN", "INCLUDES", "EXCLUDES"];

/// A statement, its tokens, and its places with their values.
pub(crate) struct Template<'a> {
    pub(super) statement: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) places: Vec<Place<'a>>,
}

/// A place in a statement.
pub(super) struct Place<'a> {
    /// The number of its token.
    pub(super) token: usize,
    pub(super) position: Position,
    pub(super) parameter: &'a Parameter,
}

/// The statement with the values in their places. Without parameters it is sent as it is.
///
/// # Errors
///
/// Names the parameter, and the rule.
pub(crate) fn bind(statement: &str, parameters: &[Parameter]) -> Result<String, Error> {
    if parameters.is_empty() {
        return Ok(statement.to_owned());
    }
    Template::new(statement, parameters)?.filled(|place| &place.parameter.values)
}

impl<'a> Template<'a> {
    /// Finds the places of the parameters.
    ///
    /// # Errors
    ///
    /// A place without a parameter, a parameter without a place, and a place where no value can
    /// be.
    pub(crate) fn new(statement: &'a str, parameters: &'a [Parameter]) -> Result<Self, Error> {
        let by_name = by_name(parameters)?;
        let tokens = tokens(statement)
            .map_err(|why: Unreadable| refused(format!("in the statement, {}", why.rule())))?;
        let mut unused = by_name.clone();
        let mut places = Vec::new();
        for (number, token) in tokens.iter().enumerate() {
            if token.kind != Kind::Place || parameters.is_empty() {
                continue;
            }
            let name = token.name();
            let Some(parameter) = by_name.get(name) else {
                return Err(refused(format!("the place `:{name}` has no parameter")));
            };
            unused.remove(name);
            let (before, behind) = tokens.split_at_checked(number).unwrap_or_default();
            let position = position(token, before, behind.get(1)).map_err(|rule| {
                refused(format!("the parameter `{name}` cannot stand here: {rule}"))
            })?;
            places.push(Place {
                token: number,
                position,
                parameter,
            });
        }
        match unused.keys().next() {
            Some(name) => Err(refused(format!(
                "the parameter `{name}` has no place `:{name}` in the statement"
            ))),
            None => Ok(Self {
                statement,
                tokens,
                places,
            }),
        }
    }

    /// The statement with these values in its places.
    ///
    /// # Errors
    ///
    /// Names the parameter, and the rule that its value breaks.
    pub(super) fn filled<'v>(
        &'v self,
        values: impl Fn(&'v Place<'a>) -> &'v [Value],
    ) -> Result<String, Error> {
        let mut text = String::with_capacity(self.statement.len());
        let mut end = 0;
        for place in &self.places {
            let Some(token) = self.tokens.get(place.token) else {
                continue;
            };
            text.push_str(self.statement.get(end..token.at).unwrap_or_default());
            let literals = place.position.literals(values(place));
            let name = &place.parameter.name;
            let literals =
                literals.map_err(|why| refused(format!("the parameter `{name}`: {why}")));
            text.push_str(&literals?);
            end = token.end();
        }
        text.push_str(self.statement.get(end..).unwrap_or_default());
        Ok(text)
    }
}

fn by_name(parameters: &[Parameter]) -> Result<BTreeMap<&str, &Parameter>, Error> {
    let mut by_name = BTreeMap::new();
    for parameter in parameters {
        let name = &*parameter.name;
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_name = (1..=NAME_CHARS_MAX).contains(&name.len())
            && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.bytes().all(is_of_name);
        if !is_name {
            return Err(refused(format!(
                "the name of a parameter has 1 to {NAME_CHARS_MAX} letters, digits and `_`, and \
                 begins with a letter"
            )));
        }
        if by_name.insert(name, parameter).is_some() {
            return Err(refused(format!("there are two parameters `{name}`")));
        }
    }
    Ok(by_name)
}

/// What kind of value a place can have, by what stands around it.
fn position(
    place: &Token<'_>,
    before: &[Token<'_>],
    behind: Option<&Token<'_>>,
) -> Result<Position, &'static str> {
    let is_name_only = behind.is_none_or(|behind| {
        let touches = behind.at == place.end();
        !touches || matches!(behind.kind, Kind::Close | Kind::Comma | Kind::Operator)
    });
    if !is_name_only {
        return Err("it is followed by something that is not separated from it");
    }
    let Some(last) = before.last() else {
        return Err("it is at the beginning");
    };
    if last.is("FIND") {
        return Ok(Position::Search);
    }
    if place.text.starts_with('{') {
        return Err("braces belong to FIND");
    }
    match last.kind {
        Kind::Operator => Ok(match last.text {
            "=" | "!=" | "<>" => Position::Equality,
            _ => Position::Order,
        }),
        Kind::Open | Kind::Comma if place.depth > 0 => Ok(Position::Element),
        Kind::Word if last.is("LIKE") => Ok(Position::Like),
        Kind::Word if LISTS.iter().any(|word| last.is(word)) => Ok(Position::List),
        Kind::Word if last.is("LIMIT") || last.is("OFFSET") => Ok(Position::Count),
        _ => Err(
            "a value stands after a comparison, LIKE, IN, INCLUDES, EXCLUDES, LIMIT, OFFSET or \
             FIND, or in parentheses; names of objects and fields cannot be values",
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parameter(name: &str, values: Vec<Value>) -> Parameter {
        Parameter {
            name: name.to_owned(),
            values,
        }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn bound(statement: &str, parameters: &[Parameter]) -> Result<String, String> {
        bind(statement, parameters).map_err(|error| error.to_string())
    }

    #[test]
    fn values_stand_in_their_places() {
        let parameters = [
            parameter("name", vec![text("O'Hara")]),
            parameter(
                "ids",
                vec![
                    Value::Id("001D000000IqhSL".to_owned()),
                    Value::Id("001D000000IqhSLIAZ".to_owned()),
                ],
            ),
            parameter("begin", vec![Value::StartsWith("50%".to_owned())]),
            parameter("most", vec![Value::Integer(10)]),
        ];
        assert_eq!(
            bound(
                "SELECT Id FROM A WHERE N=:name AND Id IN :ids AND (M LIKE :begin OR N!= :name) \
                 AND X = ':name' LIMIT :most",
                &parameters
            )
            .unwrap(),
            r"SELECT Id FROM A WHERE N='O\'Hara' AND Id IN ('001D000000IqhSL','001D000000IqhSLIAZ') AND (M LIKE '50\%%' OR N!= 'O\'Hara') AND X = ':name' LIMIT 10"
        );
    }

    #[test]
    fn a_list_may_have_its_parentheses() {
        let list = [parameter("l", vec![text("a"), text("b")])];
        for (statement, expected) in [
            ("WHERE N IN (:l)", "WHERE N IN ('a','b')"),
            ("WHERE N IN ('x', :l)", "WHERE N IN ('x', 'a','b')"),
            ("WHERE N NOT IN :l", "WHERE N NOT IN ('a','b')"),
            ("WHERE M INCLUDES :l", "WHERE M INCLUDES ('a','b')"),
            ("WHERE M excludes:l", "WHERE M excludes('a','b')"),
        ] {
            assert_eq!(bound(statement, &list).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_statement_without_parameters_is_not_read() {
        for statement in ["SELECT 'a", "WHERE N = :name", "}"] {
            assert_eq!(bound(statement, &[]).as_deref(), Ok(statement));
        }
    }

    #[test]
    fn a_search_is_put_into_braces() {
        let term = [parameter("term", vec![text("a{b")])];
        for statement in ["FIND :term IN ALL FIELDS", "FIND {:term} IN ALL FIELDS"] {
            let bound = bound(statement, &term);
            assert_eq!(bound.as_deref(), Ok(r"FIND {a\{b} IN ALL FIELDS"));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_rule() {
        let one = |name: &str| parameter(name, vec![text("x")]);
        for (statement, parameters, why) in [
            ("N = :a", vec![one("b")], "the place `:a` has no parameter"),
            (
                "N = :a",
                vec![one("a"), one("b")],
                "the parameter `b` has no place `:b` in the statement",
            ),
            (
                "N = ':a'",
                vec![one("a")],
                "the parameter `a` has no place `:a` in the statement",
            ),
            (
                "N = :a",
                vec![one("a"), one("a")],
                "there are two parameters `a`",
            ),
            (
                "N = :a",
                vec![parameter("a", vec![])],
                "the parameter `a`: it has no value",
            ),
            (
                "N = :a",
                vec![one("a-b")],
                "the name of a parameter has 1 to 80 letters, digits and `_`, and begins with a \
                 letter",
            ),
            (
                "N = :a.b",
                vec![one("a")],
                "the parameter `a` cannot stand here: it is followed by something that is not \
                 separated from it",
            ),
            (
                "N = 'x AND M = :a",
                vec![one("a")],
                "in the statement, a quote is not closed",
            ),
            (
                "N = :a",
                vec![parameter("a", vec![text("x"), text("y")])],
                "the parameter `a`: it has several values, and only a list after IN, NOT IN, \
                 INCLUDES or EXCLUDES takes them",
            ),
            (
                "N = {:a}",
                vec![one("a")],
                "the parameter `a` cannot stand here: braces belong to FIND",
            ),
        ] {
            assert_eq!(
                bound(statement, &parameters),
                Err(why.to_owned()),
                "{statement}"
            );
        }
    }

    #[test]
    fn a_value_stands_where_a_value_can_stand() {
        let one = |name: &str| parameter(name, vec![text("x")]);
        for statement in [
            "SELECT :a FROM A",
            "SELECT Id FROM :a",
            "ORDER BY :a",
            ":a",
            "N IN(1),:a",
        ] {
            let refused = bound(statement, &[one("a")]).unwrap_err();
            assert!(
                refused.contains("cannot stand here"),
                "{statement}: {refused}"
            );
        }
    }

    /// The shape of a statement: what its tokens are.
    fn shape(statement: &str) -> Vec<(Kind, Option<String>)> {
        let tokens = tokens(statement).unwrap();
        tokens
            .iter()
            .map(|token| {
                let own = (token.kind != Kind::Text).then(|| token.text.to_owned());
                (token.kind, own)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn no_text_changes_the_shape_of_a_statement(value in any::<String>()) {
            let one = |value: Value| [parameter("v", vec![value])];
            for (statement, value) in [
                ("WHERE N = :v AND M = 1", text(&value)),
                ("WHERE N LIKE :v AND M = 1", text(&value)),
                ("WHERE N LIKE :v AND M = 1", Value::Pattern(value.clone())),
                ("WHERE N LIKE :v AND M = 1", Value::Contains(value.clone())),
                ("WHERE N IN :v AND M = 1", text(&value)),
            ] {
                let bound = bind(statement, &one(value)).unwrap();
                let expected = bind(statement, &one(text("x"))).unwrap();
                prop_assert_eq!(shape(&bound), shape(&expected), "{}", bound);
            }
        }

        #[test]
        fn what_is_no_literal_is_refused(value in "\\PC{0,30}") {
            for value in [
                Value::Decimal(value.clone()),
                Value::Id(value.clone()),
                Value::Date(value.clone()),
                Value::Datetime(value.clone()),
                Value::Time(value.clone()),
                Value::DateLiteral(value.clone()),
            ] {
                if let Ok(bound) = bind("N = :v", &[parameter("v", vec![value])]) {
                    prop_assert!(tokens(&bound).unwrap().len() <= 5, "{}", bound);
                }
            }
        }

        #[test]
        fn any_statement_is_survived(statement in "\\PC{0,60}") {
            _ = bind(&statement, &[parameter("v", vec![text("x")])]);
        }
    }
}
