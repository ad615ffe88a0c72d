//! Parameterised searches.

use super::Effect;
use super::address::Address;
use super::json::{Json, OTHER_FORM, Trouble};
use super::soql::{self, Language};

/// Parameters that change statistics, in lower case. `updateMru` is one of the
/// UI API's.
pub(super) const CHANGING: [&str; 3] = ["updatetracking", "updateviewstat", "updatemru"];

/// What a GET of `/parameterizedSearch` does. All parameters but the text that
/// is searched for can have a condition of SOQL.
pub(super) fn by_parameters(address: &Address<'_>) -> Effect {
    let others = address.parameters.iter().filter(|(name, _)| name != "q");
    others
        .map(|(_, value)| soql::effect(value, Language::Soql))
        .max()
        .unwrap_or(Effect::Read)
}

/// What a POST of `/parameterizedSearch` does.
pub(super) fn by_body(body: &Json) -> Result<Effect, Trouble> {
    body.member("q")?;
    let Json::Object(members) = body else {
        return Err(OTHER_FORM);
    };
    let mut effect = Effect::Read;
    for (name, value) in members {
        if name != "q" {
            effect = effect.max(of_member(name, value));
        }
    }
    Ok(effect)
}

fn of_member(name: &str, value: &Json) -> Effect {
    if CHANGING.contains(&name.trim().to_lowercase().as_str()) && *value != Json::Bool(false) {
        return Effect::Write;
    }
    of_value(value)
}

fn of_value(value: &Json) -> Effect {
    let inner = match value {
        Json::Text(text) => Some(soql::effect(text, Language::Soql)),
        Json::Array(values) => values.iter().map(of_value).max(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| of_member(name, value))
            .max(),
        Json::Null | Json::Bool(_) | Json::Number => None,
    };
    inner.unwrap_or(Effect::Read)
}
