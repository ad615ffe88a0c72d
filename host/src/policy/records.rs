//! Bodies that name records, or jobs that change them.

use super::Effect;
use super::json::{Json, OTHER_FORM, Trouble};

/// Objects that are code, or start it: what is written there can delete. In
/// capitals, as names of objects have no case.
const CODE: [&str; 12] = [
    "APEXCLASS",
    "APEXCOMPONENT",
    "APEXPAGE",
    "APEXTESTQUEUEITEM",
    "APEXTRIGGER",
    "AURADEFINITION",
    "CONTAINERASYNCREQUEST",
    "EMAILSERVICESFUNCTION",
    "FLOW",
    "FLOWDEFINITION",
    "FLOWINTERVIEW",
    "METADATACONTAINER",
];

/// Whether an object is code.
pub(super) fn is_code(object: &str) -> bool {
    CODE.contains(&object.trim().to_ascii_uppercase().as_str())
}

/// What it does to write an object.
pub(super) fn of_object(object: &str) -> Effect {
    if is_code(object) || object.contains("@{") {
        Effect::MayDelete
    } else {
        Effect::Write
    }
}

/// What the body of a collection or a tree does: each record says its type in
/// `attributes`.
pub(super) fn of_records(body: &Json) -> Result<Effect, Trouble> {
    if !matches!(body, Json::Object(_)) {
        return Err(OTHER_FORM);
    }
    of_types(body)
}

fn of_types(value: &Json) -> Result<Effect, Trouble> {
    let mut effect = Effect::Write;
    match value {
        Json::Array(values) => {
            for value in values {
                effect = effect.max(of_types(value)?);
            }
        }
        Json::Object(members) => {
            if let Some(attributes) = value.member("attributes")? {
                effect = match attributes.member("type")? {
                    Some(Json::Text(object)) => of_object(object),
                    None => Effect::Write,
                    Some(_) => return Err(OTHER_FORM),
                };
            }
            for (_, value) in members {
                effect = effect.max(of_types(value)?);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number | Json::Text(_) => {}
    }
    Ok(effect)
}

/// What the body of a retrieve is: ids and fields, no records.
pub(super) fn of_retrieve(body: &Json) -> Result<Effect, Trouble> {
    body.only(&["ids", "fields"])?;
    for name in ["ids", "fields"] {
        let values = body.array(name)?;
        if !values.iter().all(|value| matches!(value, Json::Text(_))) {
            return Err(OTHER_FORM);
        }
    }
    Ok(Effect::Read)
}

/// What the UI API's batch does: operations of one type each.
pub(super) fn of_ui_batch(body: &Json) -> Result<Effect, Trouble> {
    let mut effect = Effect::Write;
    for operation in body.array("operations")? {
        effect = effect.max(match operation.text("type")? {
            "CREATE" | "UPDATE" => Effect::Write,
            "DELETE" => Effect::Delete,
            _ => Effect::Unknown,
        });
    }
    Ok(effect)
}
