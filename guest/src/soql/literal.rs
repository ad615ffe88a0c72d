//! A value as a literal of SOQL or SOSL.
//!
//! Source: SOQL and SOSL Reference, "Quoted String Escape Sequences", "Date Formats and Date
//! Literals in WHERE", "Reserved Characters" (of SOSL).

mod moment;

use super::refused;
use crate::contract::types::Value;
use crate::error::Error;
use crate::names::RecordId;
pub(super) use moment::{milliseconds, time_of_day};

/// The longest text in characters (SOQL and SOSL Reference, "SOQL SELECT Syntax").
const TEXT_CHARS_MAX: usize = 4_000;

/// The most digits of a decimal number (Object Reference, "Primitive Data Types").
const DIGITS_MAX: usize = 18;

/// The characters that are operators of a search, or end its text.
const RESERVED: &str = "?&|!{}[]()^~*:\\\"'+-";

/// The date literals without a number.
const DATES: &[&str] = &[
    "YESTERDAY",
    "TODAY",
    "TOMORROW",
    "LAST_90_DAYS",
    "NEXT_90_DAYS",
];

/// The units of `LAST_`, `THIS_` and `NEXT_`.
const UNITS: &[&str] = &[
    "WEEK",
    "MONTH",
    "QUARTER",
    "YEAR",
    "FISCAL_QUARTER",
    "FISCAL_YEAR",
];

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// After `=`, `!=` or `<>`.
    Equality,
    /// After `<`, `<=`, `>` or `>=`.
    Order,
    /// After LIKE.
    Like,
    /// After IN, NOT IN, INCLUDES or EXCLUDES, where the statement has no parentheses.
    List,
    /// In parentheses.
    Element,
    /// After LIMIT or OFFSET.
    Count,
    /// After FIND.
    Search,
}

impl Position {
    /// The values at this position, as the statement has them.
    ///
    /// # Errors
    ///
    /// Names the rule that a value breaks, and quotes nothing.
    pub(super) fn literals(self, values: &[Value]) -> Result<String, Error> {
        match (self, values) {
            (_, []) => Err(refused("it has no value")),
            (Self::List, values) => Ok(format!("({})", self.all(values)?)),
            (Self::Element, values) => self.all(values),
            (_, [value]) => self.literal(value),
            (_, _) => Err(refused(
                "it has several values, and only a list after IN, NOT IN, INCLUDES or EXCLUDES \
                 takes them",
            )),
        }
    }

    fn all(self, values: &[Value]) -> Result<String, Error> {
        let values = values.iter().map(|value| self.literal(value));
        Ok(values.collect::<Result<Vec<_>, _>>()?.join(","))
    }

    /// One value.
    ///
    /// # Errors
    ///
    /// As above.
    pub(super) fn literal(self, value: &Value) -> Result<String, Error> {
        match self {
            Self::Count => return count(value),
            Self::Search => return search(value),
            Self::Order if matches!(value, Value::Null | Value::Boolean(_)) => {
                return Err(refused("null and booleans have no order"));
            }
            Self::Like => return pattern(value),
            _ => {}
        }
        Ok(match value {
            Value::Null => "null".to_owned(),
            Value::Text(text) => quoted(text, false, ("", ""))?,
            Value::Pattern(_) | Value::StartsWith(_) | Value::EndsWith(_) | Value::Contains(_) => {
                return Err(refused("a pattern stands only after LIKE"));
            }
            Value::Boolean(value) => value.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Double(number) if number.is_finite() => number.to_string(),
            Value::Double(_) => return Err(refused("a number is not finite")),
            Value::Decimal(text) => decimal(text)?,
            Value::Id(id) => format!("'{}'", RecordId::checked(id)?),
            Value::Date(text) => moment::date(text)?,
            Value::Datetime(text) => moment::datetime(text)?,
            Value::Time(text) => moment::time(text)?,
            Value::DateLiteral(name) => date_literal(name)?,
        })
    }
}

fn count(value: &Value) -> Result<String, Error> {
    match value {
        Value::Integer(number @ 0..) => Ok(number.to_string()),
        _ => Err(refused(
            "LIMIT and OFFSET take an integer that is not negative",
        )),
    }
}

/// A text to search for: its operators stand for themselves.
fn search(value: &Value) -> Result<String, Error> {
    let Value::Text(text) = value else {
        return Err(refused("FIND takes a text"));
    };
    check_characters(text.chars().count())?;
    let without_controls = text.replace(char::is_control, " ");
    Ok(format!("{{{}}}", without_operators(&without_controls)))
}

/// The words that are operators of a search, in any case (SOQL and SOSL Reference, "FIND
/// {SearchQuery}").
const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];

/// A text to search for, in which no character and no word is an operator: a backslash stands
/// before the characters, and the words are in quotes.
pub(crate) fn without_operators(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        let letters = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let is_operator = OPERATORS
            .iter()
            .any(|one| letters.eq_ignore_ascii_case(one));
        let quote = if is_operator { "\"" } else { "" };
        escaped.push_str(quote);
        for letter in word.chars() {
            if RESERVED.contains(letter) {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
        escaped.push_str(quote);
        escaped.push_str(part.get(word.len()..).unwrap_or_default());
    }
    escaped
}

fn pattern(value: &Value) -> Result<String, Error> {
    match value {
        Value::Text(text) => quoted(text, true, ("", "")),
        Value::Pattern(text) => quoted(text, false, ("", "")),
        Value::StartsWith(text) => quoted(text, true, ("", "%")),
        Value::EndsWith(text) => quoted(text, true, ("%", "")),
        Value::Contains(text) => quoted(text, true, ("%", "%")),
        _ => Err(refused("LIKE takes a text or a pattern")),
    }
}

/// A text in quotes, with what stands before and behind it. Wildcards stand for themselves if
/// they are escaped.
fn quoted(text: &str, wildcards: bool, around: (&str, &str)) -> Result<String, Error> {
    let (before, behind) = around;
    check_characters(text.chars().count() + before.len() + behind.len())?;
    let mut literal = String::with_capacity(text.len() + 4);
    literal.push('\'');
    literal.push_str(before);
    for letter in text.chars() {
        match letter {
            '\\' | '\'' | '"' => literal.extend(['\\', letter]),
            '%' | '_' if wildcards => literal.extend(['\\', letter]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\u{8}' => literal.push_str("\\b"),
            '\u{c}' => literal.push_str("\\f"),
            letter if letter.is_control() => {
                literal.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => literal.push(letter),
        }
    }
    literal.push_str(behind);
    literal.push('\'');
    Ok(literal)
}

fn check_characters(characters: usize) -> Result<(), Error> {
    match characters {
        0..=TEXT_CHARS_MAX => Ok(()),
        characters => Err(refused(format!(
            "a text has {characters} characters, and Salesforce takes {TEXT_CHARS_MAX}"
        ))),
    }
}

fn decimal(text: &str) -> Result<String, Error> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number = [whole, fraction]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
    match is_number && digits <= DIGITS_MAX {
        true => Ok(text.to_owned()),
        false => Err(refused(format!(
            "a decimal number has at most {DIGITS_MAX} digits, as in `-12.50`"
        ))),
    }
}

fn date_literal(name: &str) -> Result<String, Error> {
    let upper = name.to_ascii_uppercase();
    let (word, number) = match upper.split_once(':') {
        Some((word, number)) => (word, Some(number)),
        None => (&*upper, None),
    };
    let is_known = match number {
        None => {
            let mut begins = ["LAST_", "THIS_", "NEXT_"].iter();
            let unit = begins.find_map(|begin| word.strip_prefix(begin));
            DATES.contains(&word) || unit.is_some_and(|unit| UNITS.contains(&unit))
        }
        Some(number) => {
            let mut begins = ["LAST_N_", "NEXT_N_", "N_"].iter();
            let unit = begins.find_map(|begin| word.strip_prefix(begin));
            let ends = |unit: &str| match word.starts_with("N_") {
                true => unit.strip_suffix("S_AGO").map(str::to_owned),
                false => unit.strip_suffix('S').map(str::to_owned),
            };
            let unit = unit.and_then(ends);
            let is_number =
                (1..=9).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
            is_number && unit.is_some_and(|unit| unit == "DAY" || UNITS.contains(&&*unit))
        }
    };
    match is_known {
        true => Ok(upper),
        false => Err(refused(
            "a date literal has no such name: see `Date Formats and Date Literals in WHERE`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[expect(clippy::needless_pass_by_value, reason = "a value of a table's row")]
    fn at(position: Position, value: Value) -> Result<String, String> {
        position.literal(&value).map_err(|error| error.to_string())
    }

    #[test]
    fn each_type_has_its_literal() {
        let own = str::to_owned;
        for (value, literal) in [
            (Value::Null, "null"),
            (text("O'Hara"), r"'O\'Hara'"),
            (text(r"a\"), r"'a\\'"),
            (text("100%_\"x\""), r#"'100%_\"x\"'"#),
            (text("a\nb\r\t\u{8}\u{c}\0"), r"'a\nb\r\t\b\f\u0000'"),
            (text("日本 😀"), "'日本 😀'"),
            (text(""), "''"),
            (Value::Boolean(true), "true"),
            (Value::Integer(-7), "-7"),
            (Value::Integer(i64::MIN), "-9223372036854775808"),
            (Value::Double(1.5), "1.5"),
            (Value::Double(1e21), "1000000000000000000000"),
            (Value::Decimal(own("-12.50")), "-12.50"),
            (Value::Id(own("001D000000IqhSL")), "'001D000000IqhSL'"),
            (Value::Date(own("2026-02-28")), "2026-02-28"),
            (
                Value::Datetime(own("2026-05-07T22:07:19.000+0000")),
                "2026-05-07T22:07:19.000+00:00",
            ),
            (Value::Time(own("22:07:19.000Z")), "22:07:19.000Z"),
            (Value::DateLiteral(own("last_n_days:30")), "LAST_N_DAYS:30"),
        ] {
            assert_eq!(at(Position::Equality, value).as_deref(), Ok(literal));
        }
    }

    #[test]
    fn a_value_that_its_position_cannot_have_is_refused() {
        let own = str::to_owned;
        for (position, value, why) in [
            (
                Position::Equality,
                Value::Pattern(own("x")),
                "a pattern stands only after LIKE",
            ),
            (
                Position::Equality,
                Value::Double(f64::NAN),
                "a number is not finite",
            ),
            (
                Position::Order,
                Value::Null,
                "null and booleans have no order",
            ),
            (
                Position::Like,
                Value::Integer(1),
                "LIKE takes a text or a pattern",
            ),
            (Position::Search, Value::Integer(1), "FIND takes a text"),
            (
                Position::Count,
                Value::Integer(-1),
                "LIMIT and OFFSET take an integer that is not negative",
            ),
            (
                Position::Count,
                text("1"),
                "LIMIT and OFFSET take an integer that is not negative",
            ),
            (
                Position::Equality,
                Value::Id(own("001D000000IqhSLIAA")),
                "the last 3 of a record id's 18 characters are not its checksum",
            ),
            (
                Position::Equality,
                text(&"é".repeat(TEXT_CHARS_MAX + 1)),
                "a text has 4001 characters, and Salesforce takes 4000",
            ),
        ] {
            assert_eq!(at(position, value), Err(why.to_owned()));
        }
        assert!(at(Position::Equality, text(&"é".repeat(TEXT_CHARS_MAX))).is_ok());
        // Wildcards count, and backslashes do not.
        for (characters, is) in [(TEXT_CHARS_MAX - 2, true), (TEXT_CHARS_MAX - 1, false)] {
            let contains = Value::Contains("%".repeat(characters));
            assert_eq!(at(Position::Like, contains).is_ok(), is, "{characters}");
        }
    }

    #[test]
    fn wildcards_stand_for_themselves_unless_they_are_a_patterns() {
        let own = str::to_owned;
        for (value, literal) in [
            (text("50%_"), r"'50\%\_'"),
            (Value::Pattern(own("5%_'")), r"'5%_\''"),
            (Value::StartsWith(own("a_")), r"'a\_%'"),
            (Value::EndsWith(own("a_")), r"'%a\_'"),
            (Value::Contains(own("a_")), r"'%a\_%'"),
        ] {
            assert_eq!(at(Position::Like, value).as_deref(), Ok(literal));
        }
    }

    #[test]
    fn a_search_has_no_operators() {
        let searched = at(Position::Search, text("a AND (b* OR \"c\") {d}\n'e'"));
        assert_eq!(
            searched.as_deref(),
            Ok(r#"{a "AND" \(b\* "OR" \"c\"\) \{d\} \'e\'}"#)
        );
        for (text, search) in [
            ("Salt or Pepper", r#"Salt "or" Pepper"#),
            ("AND", r#""AND""#),
            ("not (Or)", r#""not" "\(Or\)""#),
            ("either-or  x\n", "either\\-or  x\n"),
            ("Android nothing order é", "Android nothing order é"),
            ("", ""),
        ] {
            assert_eq!(without_operators(text), search);
        }
    }

    #[test]
    fn several_values_are_a_list() {
        let values = [text("a"), Value::Null];
        let all = |position: Position, values: &[Value]| {
            position.literals(values).map_err(|error| error.to_string())
        };
        assert_eq!(all(Position::List, &values).as_deref(), Ok("('a',null)"));
        assert_eq!(all(Position::List, &values[..1]).as_deref(), Ok("('a')"));
        assert_eq!(all(Position::Element, &values).as_deref(), Ok("'a',null"));
        assert_eq!(all(Position::List, &[]), Err("it has no value".to_owned()));
        assert!(all(Position::Equality, &values).is_err());
    }

    #[test]
    fn a_decimal_number_has_18_digits() {
        for (number, is) in [
            ("0", true),
            ("-0.5", true),
            ("123456789012345678", true),
            ("1234567890.12345678", true),
            ("1234567890123456789", false),
            ("1234567890.123456789", false),
            ("1.", false),
            (".5", false),
            ("1e3", false),
            ("+1", false),
            ("--1", false),
            ("", false),
            ("1.2.3", false),
            ("1 OR 1", false),
        ] {
            assert_eq!(decimal(number).is_ok(), is, "{number}");
        }
    }

    #[test]
    fn date_literals_have_names() {
        for (name, is) in [
            ("TODAY", true),
            ("last_fiscal_quarter", true),
            ("THIS_WEEK", true),
            ("LAST_90_DAYS", true),
            ("NEXT_N_FISCAL_YEARS:2", true),
            ("N_DAYS_AGO:7", true),
            ("N_FISCAL_QUARTERS_AGO:7", true),
            ("LAST_N_DAYS", false),
            ("LAST_N_DAYS:", false),
            ("LAST_N_DAYS:x", false),
            ("LAST_N_DAYS:1234567890", false),
            ("N_DAYS:7", false),
            ("LAST_N_DAYS_AGO:7", false),
            ("TODAY:1", false),
            ("LAST_DAY", false),
            ("TODAY OR Id != null", false),
            ("", false),
        ] {
            assert_eq!(date_literal(name).is_ok(), is, "{name}");
        }
    }
}
