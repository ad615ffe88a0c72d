//! `@{ref.field}`: values of an earlier part's answer.
//!
//! Source: REST API Developer Guide, "Composite Subrequest".

use std::collections::BTreeMap;

use serde_json::{Map, Value};

const BEGIN: &str = "@{";
const END: char = '}';

/// The answers of the parts so far.
#[derive(Default)]
pub(super) struct Results(BTreeMap<String, Value>);

impl Results {
    pub(super) fn add(&mut self, reference: &str, body: &Value) {
        self.0.insert(reference.to_owned(), body.clone());
    }

    /// A text with each reference replaced, or why that cannot be.
    pub(super) fn resolved(&self, text: &str) -> Result<String, String> {
        let mut resolved = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, reference)) = rest.split_once(BEGIN) {
            let Some((path, after)) = reference.split_once(END) else {
                break;
            };
            resolved.push_str(before);
            match self.value(path) {
                Some(Value::String(text)) => resolved.push_str(text),
                Some(value) => resolved.push_str(&value.to_string()),
                None => return Err(missing(path)),
            }
            rest = after;
        }
        resolved.push_str(rest);
        Ok(resolved)
    }

    /// JSON with the references of every string replaced.
    pub(super) fn resolved_in(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.resolved(text)?),
            Value::Array(values) => {
                let values = values.iter().map(|value| self.resolved_in(value));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.resolved_in(value)?)));
                Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
            }
            value => value.clone(),
        })
    }

    /// What a path such as `query.records[0].Id` leads to.
    fn value(&self, path: &str) -> Option<&Value> {
        let (reference, path) = path.split_once('.')?;
        let mut value = self.0.get(reference)?;
        for step in path.split('.') {
            let (name, indexes) = step.split_once('[').unwrap_or((step, ""));
            value = value.get(name)?;
            for index in indexes.split_terminator('[') {
                value = value.get(index.strip_suffix(']')?.parse::<usize>().ok()?)?;
            }
        }
        Some(value)
    }
}

fn missing(path: &str) -> String {
    let (reference, _) = path.split_once('.').unwrap_or((path, ""));
    format!("Invalid reference specified. No value for {path} found in {reference}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_replaced_wherever_they_stand() {
        let mut results = Results::default();
        results.add(
            "a",
            &json!({"id": "001", "records": [{"Id": "003", "n": 5}]}),
        );
        for (text, expected) in [
            ("plain @ { }", Ok("plain @ { }")),
            ("/x/@{a.id}/@{a.records[0].Id}?", Ok("/x/001/003?")),
            ("@{a.records[0].n}", Ok("5")),
            ("@{a.id", Ok("@{a.id")),
            (
                "@{a.Id}",
                Err("Invalid reference specified. No value for a.Id found in a"),
            ),
            (
                "@{A.id}",
                Err("Invalid reference specified. No value for A.id found in A"),
            ),
            (
                "@{a.records[1].Id}",
                Err("Invalid reference specified. No value for a.records[1].Id found in a"),
            ),
            (
                "@{a}",
                Err("Invalid reference specified. No value for a found in a"),
            ),
        ] {
            let resolved = results.resolved(text);
            assert_eq!(
                resolved.as_deref().map_err(String::as_str),
                expected,
                "{text}"
            );
        }
        let body = json!({"AccountId": "@{a.id}", "list": ["@{a.id}", 1, null]});
        let resolved = json!({"AccountId": "001", "list": ["001", 1, null]});
        assert_eq!(results.resolved_in(&body), Ok(resolved));
    }
}
