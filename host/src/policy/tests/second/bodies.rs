//! Bodies, for the second judge.

use serde_json::Value;

use super::documents::graphql;
use super::statements::changes;
use super::{Content, DELETE, Effect, MAY, Question, READ, UNKNOWN, WRITE};

pub(super) fn media(value: Option<&str>) -> &'static str {
    let Some(value) = value else { return "" };
    let (kind, rest) = value.split_once(';').unwrap_or((value, ""));
    let kind = kind.trim();
    if kind == "application/x-www-form-urlencoded" {
        return "form";
    }
    let plain = rest
        .split(';')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .all(|one| ["charset=utf-8", "charset=\"utf-8\"", "charset=utf8"].contains(&one));
    match kind {
        "application/json" if plain => "json",
        "application/xml" | "text/xml" if plain => "xml",
        _ => "?",
    }
}

pub(super) fn bytes_of<'a>(asked: &'a Question<'_>) -> Option<&'a [u8]> {
    let packed =
        |(name, value): &(String, String)| name == "content-encoding" && value.trim() != "identity";
    match asked.content {
        Content::Bytes(bytes) if !asked.headers.iter().any(packed) => Some(bytes),
        _ => None,
    }
}

pub(super) fn json_of(asked: &Question<'_>, content_type: &str) -> Option<Value> {
    if !["", "json"].contains(&content_type) {
        return None;
    }
    if let Content::Value(value) = asked.content {
        return Some(value.clone());
    }
    let bytes = bytes_of(asked)?;
    let value = serde_json::from_slice(bytes).ok()?;
    keys_are_single(str::from_utf8(bytes).ok()?).then_some(value)
}

/// Whether no object of a valid text has a key twice.
pub(super) fn keys_are_single(text: &str) -> bool {
    let mut open: Vec<Vec<String>> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '{' | '[' => open.push(Vec::new()),
            '}' | ']' => {
                open.pop();
            }
            '"' => {
                let mut end = 1;
                while !rest[end..].starts_with('"') {
                    end += if rest[end..].starts_with('\\') {
                        2
                    } else {
                        rest[end..].chars().next().map_or(1, char::len_utf8)
                    };
                }
                let (string, after) = rest.split_at(end + 1);
                if after.trim_start().starts_with(':') {
                    let key: String = serde_json::from_str(string).unwrap();
                    let keys = open.last_mut().unwrap();
                    if keys.contains(&key) {
                        return false;
                    }
                    keys.push(key);
                }
                rest = after;
                continue;
            }
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    true
}

/// That an object has these members at most, in this spelling.
pub(super) fn members(value: &Value, names: &[&str]) -> Option<()> {
    value
        .as_object()?
        .keys()
        .all(|key| names.contains(&key.as_str()))
        .then_some(())
}

/// That no member has a name like this one in another spelling.
pub(super) fn spelled(value: &Value, name: &str) -> Option<()> {
    let other = |key: &String| key != name && key.trim().to_lowercase() == name.to_lowercase();
    (!value.as_object()?.keys().any(other)).then_some(())
}

#[expect(clippy::too_many_lines, reason = "one body after the other")]
pub(super) fn by_body(how: &str, asked: &Question<'_>, content_type: &str) -> Option<Effect> {
    if ["job", "state"].contains(&how) && content_type == "xml" {
        return xml_job(str::from_utf8(bytes_of(asked)?).ok()?, how == "state");
    }
    let body = json_of(asked, content_type)?;
    match how {
        "search" => {
            spelled(&body, "q")?;
            let mut others = body.as_object()?.iter().filter(|(name, _)| *name != "q");
            Some(if others.any(|(name, value)| search_changes(name, value)) {
                WRITE
            } else {
                READ
            })
        }
        "retrieve" => {
            members(&body, &["ids", "fields"])?;
            for name in ["ids", "fields"] {
                let values = body.get(name)?.as_array()?;
                values.iter().all(Value::is_string).then_some(())?;
            }
            Some(READ)
        }
        "records" => {
            body.as_object()?;
            let mut types = Vec::new();
            types_in(&body, &mut types)?;
            Some(
                types
                    .iter()
                    .map(|one| by_object(one))
                    .max()
                    .unwrap_or(WRITE),
            )
        }
        "ui batch" => {
            spelled(&body, "operations")?;
            let mut effect = WRITE;
            for operation in body.get("operations")?.as_array()? {
                spelled(operation, "type")?;
                effect = effect.max(match operation.get("type")?.as_str()? {
                    "CREATE" | "UPDATE" => WRITE,
                    "DELETE" => DELETE,
                    _ => UNKNOWN,
                });
            }
            Some(effect)
        }
        "query job" => {
            spelled(&body, "query")?;
            spelled(&body, "operation")?;
            let query = body.get("query")?.as_str()?;
            match body.get("operation")?.as_str()? {
                "query" | "queryAll" if changes(query, false) => Some(WRITE),
                "query" | "queryAll" => Some(READ),
                _ => Some(UNKNOWN),
            }
        }
        "ingest job" | "job" | "state" => {
            spelled(&body, "operation")?;
            if how == "state" && body.get("operation").is_none() {
                return Some(WRITE);
            }
            spelled(&body, "object")?;
            let effect = by_operation(body.get("operation")?.as_str()?);
            match body.get("object") {
                None => Some(effect),
                Some(object) => Some(effect.max(by_object(object.as_str()?))),
            }
        }
        "graphql" => {
            members(
                &body,
                &["query", "operationName", "variables", "extensions"],
            )?;
            graphql(body.get("query")?.as_str()?)
        }
        _ => None,
    }
}

pub(super) fn by_operation(operation: &str) -> Effect {
    match operation {
        "insert" | "update" | "upsert" | "query" | "queryAll" => WRITE,
        "delete" | "hardDelete" => DELETE,
        _ => UNKNOWN,
    }
}

pub(super) fn by_object(object: &str) -> Effect {
    let code = "apexclass apexcomponent apexpage apextestqueueitem apextrigger auradefinition \
                containerasyncrequest emailservicesfunction flow flowdefinition flowinterview \
                metadatacontainer";
    let lower = object.trim().to_ascii_lowercase();
    let is = object.contains("@{") || code.split_whitespace().any(|one| one == lower);
    if is { MAY } else { WRITE }
}

pub(super) fn types_in(value: &Value, types: &mut Vec<String>) -> Option<()> {
    if let Some(object) = value.as_object() {
        spelled(value, "attributes")?;
        if let Some(attributes) = object.get("attributes") {
            spelled(attributes, "type")?;
            if let Some(one) = attributes.get("type") {
                types.push(one.as_str()?.to_owned());
            }
        }
        for value in object.values() {
            types_in(value, types)?;
        }
    }
    for value in value.as_array().into_iter().flatten() {
        types_in(value, types)?;
    }
    Some(())
}

pub(super) fn search_changes(name: &str, value: &Value) -> bool {
    let counted = ["updatemru", "updatetracking", "updateviewstat"];
    if counted.contains(&name.trim().to_lowercase().as_str()) && *value != Value::Bool(false) {
        return true;
    }
    match value {
        Value::String(text) => changes(text, false),
        Value::Array(values) => values.iter().any(|value| search_changes("", value)),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| search_changes(name, value)),
        _ => false,
    }
}

/// The same of a job in XML.
pub(super) fn xml_job(text: &str, state_only: bool) -> Option<Effect> {
    if ["&", "\0", "\u{feff}", "<!"]
        .iter()
        .any(|odd| text.contains(odd))
    {
        return None;
    }
    let mut text = text.trim();
    if text.starts_with("<?xml") {
        let end = text.find("?>")?;
        let head = text[5..end].to_ascii_lowercase();
        if head.contains("encoding") && !head.contains("utf-8") {
            return None;
        }
        text = text[end + 2..].trim();
    }
    let text = text.strip_prefix("<jobInfo")?.strip_suffix("</jobInfo>")?;
    let (attributes, inner) = text.split_once('>')?;
    let space = attributes.is_empty() || attributes.starts_with([' ', '\n', '\r', '\t']);
    if !space || attributes.ends_with('/') {
        return None;
    }
    let mut elements: Vec<(&str, &str)> = Vec::new();
    let mut tags = inner.split('<');
    if !tags.next()?.trim().is_empty() {
        return None;
    }
    while let Some(start) = tags.next() {
        let (name, value) = start.split_once('>')?;
        let (end, after) = tags.next()?.strip_prefix('/')?.split_once('>')?;
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain || name != end || !after.trim().is_empty() {
            return None;
        }
        elements.push((name, value.trim()));
    }
    let only = |wanted: &str| -> Option<Option<&str>> {
        let mut found = elements
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        match (found.next(), found.next()) {
            (None, _) => Some(None),
            (Some((name, value)), None) if *name == wanted => Some(Some(value)),
            _ => None,
        }
    };
    let effect = match only("operation")? {
        None if state_only => WRITE,
        None => return None,
        Some(operation) => by_operation(operation),
    };
    Some(effect.max(only("object")?.map_or(WRITE, by_object)))
}
