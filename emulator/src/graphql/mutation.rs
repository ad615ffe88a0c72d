//! Writes: `uiapi { AccountCreate(input: {Account: {…}}) { Record { Id } } }`,
//! and the same with `Update` and `Delete`.

use serde_json::{Map, Value};

use super::document::Field;
use super::{no_field, query};
use crate::call::Call;
use crate::sobject::writer::Writer;
use crate::sobject::{self, write};
use crate::transaction::Transaction;

/// What a field does with an object's record.
#[derive(Clone, Copy)]
enum Verb {
    Create,
    Update,
    Delete,
}

const VERBS: [(&str, Verb); 3] = [
    ("Create", Verb::Create),
    ("Update", Verb::Update),
    ("Delete", Verb::Delete),
];

/// Answers `uiapi` of a mutation: all of its writes or none, unless its input
/// says otherwise.
pub(super) fn uiapi(call: &Call<'_>, uiapi: &Field) -> Result<Value, String> {
    let all_or_none = match uiapi
        .arguments
        .get("input")
        .map(|input| &input["allOrNone"])
    {
        None | Some(Value::Null | Value::Bool(true)) => true,
        Some(Value::Bool(false)) => false,
        Some(_) => return Err("allOrNone is true or false".to_owned()),
    };
    let transaction = Transaction::begin(call, all_or_none).map_err(|error| error.message)?;
    let part = Call {
        is_part: true,
        ..*call
    };
    let written = uiapi.fields.iter().map(|field| {
        let value = written(&part, field)?;
        Ok((field.alias.clone(), value))
    });
    let written = written.collect::<Result<Map<_, _>, String>>();
    let ended = transaction.end(written.is_ok());
    ended.map_err(|error| error.message)?;
    written.map(Value::Object)
}

fn written(call: &Call<'_>, field: &Field) -> Result<Value, String> {
    let named = VERBS.iter().find_map(|(ending, verb)| {
        let object = field.name.strip_suffix(ending)?;
        Some((call.org.schema.named(object)?, *verb))
    });
    let (sobject, verb) = named.ok_or_else(|| no_field(field))?;
    let input = field.arguments.get("input").unwrap_or(&Value::Null);
    let none = Map::new();
    let body = input[&*sobject.name].as_object().unwrap_or(&none);
    let own = || {
        let id = input["Id"].as_str().unwrap_or_default();
        sobject::record_id(sobject, id)
    };
    let id = call.write(|database| match verb {
        Verb::Create => write::create(&Writer::of(call), database, sobject, body),
        Verb::Update => {
            let id = own()?;
            write::update(&Writer::of(call), database, sobject, &id, body, None)?;
            Ok(id)
        }
        Verb::Delete => {
            let id = own()?;
            write::delete(call.org, database, sobject, &id)?;
            Ok(id)
        }
    });
    let id = id.map_err(|error| error.message)?;
    let mut answer = Map::new();
    for member in &field.fields {
        let value = match (verb, member.name.as_str()) {
            (Verb::Create | Verb::Update, "Record") => {
                query::record(call, sobject, &member.fields, id.as_str())?
            }
            (Verb::Delete, "Id") => Value::from(id.as_str()),
            _ => return Err(no_field(member)),
        };
        answer.insert(member.alias.clone(), value);
    }
    Ok(Value::Object(answer))
}
