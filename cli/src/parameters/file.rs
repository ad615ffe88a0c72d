//! Values in a JSON file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, stdin};
use std::path::Path;

use anyhow::Context as _;
use serde_json::value::RawValue;
use sfbox::{Parameter, Value};

use super::typed::{number, value};
use crate::printable::printable;
use crate::rows::Members;
use crate::verdict::Usage;

/// Bytes that are read at most: a list of a million ids.
const BYTES_MAX: u64 = 32 << 20;

/// The values in a file; `-` is stdin.
///
/// # Errors
///
/// A file that cannot be read, and what is not a value.
pub(super) fn read(name: &Path) -> anyhow::Result<Vec<Parameter>> {
    let text = text(name).with_context(|| format!("no values in --params {}", name.display()))?;
    Ok(parameters(&text)?)
}

fn text(name: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    match name == Path::new("-") {
        true => stdin()
            .lock()
            .take(BYTES_MAX + 1)
            .read_to_string(&mut text)?,
        false => File::open(name)?
            .take(BYTES_MAX + 1)
            .read_to_string(&mut text)?,
    };
    if text.len() as u64 > BYTES_MAX {
        return Err(Usage::new(format!("it is longer than {BYTES_MAX} bytes")).into());
    }
    Ok(text)
}

fn parameters(text: &str) -> Result<Vec<Parameter>, Usage> {
    let text = text.trim_start_matches('\u{feff}');
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        // serde's words would quote the file.
        Usage::new(format!(
            "`--params`: line {}, column {}: the file is not one JSON object with the values",
            error.line(),
            error.column()
        ))
    })?;
    let mut names = BTreeSet::new();
    let parameters = members.into_iter().map(|(name, json)| {
        if !names.insert(name.clone()) {
            let name = printable(&name);
            return Err(Usage::new(format!(
                "`--params`: the file has two values of `{name}`"
            )));
        }
        let values = values(&json).map_err(|why| {
            let name = printable(&name);
            Usage::new(format!("`--params`: the value of `{name}`: {why}"))
        })?;
        Ok(Parameter { name, values })
    });
    parameters.collect()
}

fn values(json: &RawValue) -> Result<Vec<Value>, String> {
    match json.get().starts_with('[') {
        true => {
            let list: Vec<&RawValue> =
                serde_json::from_str(json.get()).map_err(|_| "the list cannot be read")?;
            list.into_iter().map(one).collect()
        }
        false => Ok(vec![one(json)?]),
    }
}

fn one(json: &RawValue) -> Result<Value, String> {
    let json = json.get();
    match json.as_bytes().first() {
        Some(b'"') => {
            let text = serde_json::from_str(json).map_err(|_| "the text cannot be read")?;
            Ok(Value::Text(text))
        }
        Some(b't' | b'f') => Ok(Value::Boolean(json == "true")),
        Some(b'n') => Ok(Value::Null),
        Some(b'{') => typed(json),
        Some(b'[') => Err("a list cannot be in a list".to_owned()),
        _ => number(json).ok_or_else(|| "the number is too large".to_owned()),
    }
}

/// A value with its type, as `{"date": "2026-05-07"}`.
fn typed(json: &str) -> Result<Value, String> {
    const FORM: &str = "an object has one member, its type, and a text as its value";
    let Members(members) = serde_json::from_str(json).map_err(|_| FORM)?;
    let [(kind, text)] = &*members else {
        return Err(FORM.to_owned());
    };
    let text: String = serde_json::from_str(text.get()).map_err(|_| FORM)?;
    value(kind, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Result<String, String> {
        let parameters = parameters(json).map_err(|why| why.to_string())?;
        Ok(format!("{:?}", parameters[0].values))
    }

    #[test]
    fn each_json_value_has_its_type() {
        for (json, expected) in [
            (r#""O'Hara""#, "[Value::Text(\"O'Hara\")]"),
            ("7", "[Value::Integer(7)]"),
            ("1.50", "[Value::Decimal(\"1.50\")]"),
            ("1e3", "[Value::Double(1000.0)]"),
            (
                "12345678901234567890",
                "[Value::Decimal(\"12345678901234567890\")]",
            ),
            ("true", "[Value::Boolean(true)]"),
            ("null", "[Value::Null]"),
            (r#"{"date":"2026-05-07"}"#, "[Value::Date(\"2026-05-07\")]"),
            (
                r#"["a",1,{"id":"x"}]"#,
                "[Value::Text(\"a\"), Value::Integer(1), Value::Id(\"x\")]",
            ),
            ("[]", "[]"),
        ] {
            let read = shown(&format!("{{\"v\": {json}}}"));
            assert_eq!(read.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_value_is_refused_and_not_quoted() {
        for json in [
            "CANARY",
            r#"["CANARY"]"#,
            r#"{"v": [["CANARY"]]}"#,
            r#"{"v": {"date": "CANARY", "time": "CANARY"}}"#,
            r#"{"v": {"date": ["CANARY"]}}"#,
            r#"{"v": {"other": "CANARY"}}"#,
            r#"{"v": {"number": "CANARY"}}"#,
            r#"{"v": {"date": "CANARY", "date": "CANARY"}}"#,
            r#"{"v": 1, "w": 2, "v": "CANARY"}"#,
            r#"{"v": 1e999}"#,
            r#"{"v": "CANARY"#,
        ] {
            let refused = shown(json).unwrap_err();
            assert!(!refused.contains("CANARY"), "{refused}");
        }
    }
}
