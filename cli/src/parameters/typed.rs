//! A value as it was typed.

use sfbox::Value;

/// A name and a value.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) value: Value,
}

/// The types, as they are typed.
const TYPES: &str = "text, number, boolean, id, date, datetime, time, date-literal, null, \
                     pattern, starts-with, ends-with, contains";

impl Typed {
    /// `NAME=VALUE` or `NAME:TYPE=VALUE`. The value is not printed: it may be a secret.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("its `=` is missing")?;
        let (name, kind) = name.split_once(':').unwrap_or((name, "text"));
        if name.is_empty() {
            return Err("its name is missing".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            value: self::value(kind, value)?,
        })
    }
}

/// The value of this type.
///
/// # Errors
///
/// A type that does not exist, and a value that is not of it.
pub(super) fn value(kind: &str, text: &str) -> Result<Value, String> {
    let own = text.to_owned();
    Ok(match kind {
        "text" => Value::Text(own),
        "number" => number(text).ok_or("it is not a number")?,
        "boolean" => Value::Boolean(text.parse().map_err(|_| "it is not true or false")?),
        "id" => Value::Id(own),
        "date" => Value::Date(own),
        "datetime" => Value::Datetime(own),
        "time" => Value::Time(own),
        "date-literal" => Value::DateLiteral(own),
        "null" if text.is_empty() => Value::Null,
        "null" => return Err("null has no value".to_owned()),
        "pattern" => Value::Pattern(own),
        "starts-with" => Value::StartsWith(own),
        "ends-with" => Value::EndsWith(own),
        "contains" => Value::Contains(own),
        _ => return Err(format!("there is no such type; the types are {TYPES}")),
    })
}

/// A number with all of its digits: one that is written without an exponent is not rounded. The
/// component judges how many there may be.
pub(super) fn number(text: &str) -> Option<Value> {
    if let Ok(number) = text.parse() {
        return Some(Value::Integer(number));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_of_decimal = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let number: f64 = text
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    Some(match digits.bytes().all(is_of_decimal) {
        true => Value::Decimal(text.to_owned()),
        false => Value::Double(number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        Typed::parse(text).map(|typed| format!("{} {:?}", typed.name, typed.value))
    }

    #[test]
    fn a_value_is_a_text_unless_its_type_is_typed() {
        for (text, expected) in [
            ("name=00501", "name Value::Text(\"00501\")"),
            ("name=a=b", "name Value::Text(\"a=b\")"),
            ("name=", "name Value::Text(\"\")"),
            ("n:number=00501", "n Value::Integer(501)"),
            ("n:number=1.50", "n Value::Decimal(\"1.50\")"),
            ("n:number=1e3", "n Value::Double(1000.0)"),
            (
                "n:number=-12345678901234567890",
                "n Value::Decimal(\"-12345678901234567890\")",
            ),
            (
                "n:number=0.1234567890123456789",
                "n Value::Decimal(\"0.1234567890123456789\")",
            ),
            ("b:boolean=true", "b Value::Boolean(true)"),
            ("d:date=2026-05-07", "d Value::Date(\"2026-05-07\")"),
            ("p:pattern=a%", "p Value::Pattern(\"a%\")"),
            ("x:null=", "x Value::Null"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_cannot_be_a_value_is_refused_without_the_value() {
        for text in [
            "CANARY",
            "=CANARY",
            ":number=CANARY",
            "n:number=CANARY",
            "n:boolean=CANARY",
            "n:null=CANARY",
            "n:other=CANARY",
            "n:number=inf",
        ] {
            let refused = shown(text).unwrap_err();
            assert!(!refused.contains("CANARY"), "{refused}");
        }
    }
}
