//! Lists of records: `uiapi { query { Account(first: 3) { edges { node … } } } }`.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::document::Field;
use super::no_field;
use crate::call::Call;
use crate::database::{Batch, Place};
use crate::error::ApiError;
use crate::schema::SObject;
use crate::settings::ChildPages;
use crate::soql;
use crate::sql::{Environment, Rows, Statement, translate};

/// Records of a list, if `first` does not say. Source: GraphQL API Developer
/// Guide, "Query Limits", as are those that it can say.
const FIRST_DEFAULT: u64 = 10;
const FIRST_MAX: u64 = 2_000;

/// Answers `uiapi` of a query.
pub(super) fn uiapi(call: &Call<'_>, uiapi: &Field) -> Result<Value, String> {
    let mut answer = Map::new();
    for field in &uiapi.fields {
        if field.name != "query" {
            return Err(no_field(field));
        }
        let mut lists = Map::new();
        for list in &field.fields {
            lists.insert(list.alias.clone(), records(call, list)?);
        }
        answer.insert(field.alias.clone(), Value::Object(lists));
    }
    Ok(Value::Object(answer))
}

/// One list of an object's records.
fn records(call: &Call<'_>, list: &Field) -> Result<Value, String> {
    let sobject = call.org.schema.named(&list.name);
    let sobject = sobject.ok_or_else(|| no_field(list))?;
    let mut limit = FIRST_DEFAULT;
    for (name, value) in &list.arguments {
        let first = value
            .as_u64()
            .filter(|first| (1..=FIRST_MAX).contains(first));
        limit = match (name.as_str(), first) {
            ("first", Some(first)) => first,
            _ => return Err(format!("this emulator cannot do '{name}' with this value")),
        };
    }
    let mut answer = Map::new();
    for field in &list.fields {
        let value = match field.name.as_str() {
            "edges" => edges(call, sobject, field, limit)?,
            "totalCount" => count(call, sobject)?.into(),
            _ => return Err(no_field(field)),
        };
        answer.insert(field.alias.clone(), value);
    }
    Ok(Value::Object(answer))
}

/// The records of a list, each in its edge.
fn edges(call: &Call<'_>, sobject: &SObject, edges: &Field, limit: u64) -> Result<Value, String> {
    let nodes = edges.fields.iter().map(|node| match node.name.as_str() {
        "node" => Ok(node),
        _ => Err(no_field(node)),
    });
    let nodes = nodes.collect::<Result<Vec<&Field>, String>>()?;
    let fields = nodes.iter().flat_map(|node| &node.fields);
    let rows = rows(call, sobject, fields, &format!("LIMIT {limit}"))?;
    let rows = rows.iter().map(|row| {
        let members = nodes.iter().map(|node| {
            let shaped = shaped(sobject, row, &node.fields)?;
            Ok((node.alias.clone(), shaped))
        });
        Ok(Value::Object(members.collect::<Result<_, String>>()?))
    });
    Ok(Value::Array(rows.collect::<Result<_, String>>()?))
}

/// All records of an object, not only those of the page. That Salesforce counts no
/// further than some number is unconfirmed.
///
/// Source: GraphQL API Developer Guide, "Paginate Results".
fn count(call: &Call<'_>, sobject: &SObject) -> Result<usize, String> {
    let text = format!("SELECT COUNT() FROM {}", sobject.name);
    let read = || -> Result<usize, ApiError> {
        match statement(call, &text)? {
            Statement::Count(count) => {
                let number = call.org.database().number(&count);
                number.map_err(|error| ApiError::internal(&error))
            }
            Statement::Records { .. } | Statement::Groups(_) => Ok(0), // it asks for a count
        }
    };
    read().map_err(|error| error.message)
}

/// The record with an id, in the shape that fields ask for.
pub(super) fn record(
    call: &Call<'_>,
    sobject: &SObject,
    fields: &[Field],
    id: &str,
) -> Result<Value, String> {
    let rows = rows(call, sobject, fields.iter(), &format!("WHERE Id = '{id}'"))?;
    let row = rows.first().ok_or("the record is gone")?;
    shaped(sobject, row, fields)
}

/// Reads records by SOQL, whose names GraphQL's grammar has checked.
fn rows<'f>(
    call: &Call<'_>,
    sobject: &SObject,
    fields: impl Iterator<Item = &'f Field>,
    rest: &str,
) -> Result<Vec<Value>, String> {
    let mut names = vec!["Id"];
    for field in fields {
        let field = sobject.field(&field.name).ok_or_else(|| no_field(field))?;
        if !names.contains(&&*field.name) {
            names.push(&field.name);
        }
    }
    let text = format!("SELECT {} FROM {} {rest}", names.join(", "), sobject.name);
    let read = || -> Result<Vec<Value>, ApiError> {
        let internal = |error| ApiError::internal(&error);
        let statement = statement(call, &text)?;
        let Statement::Records { matching, record } = statement else {
            return Ok(Vec::new()); // the text asks for records
        };
        let database = call.org.database();
        let matches = database.matches(&matching).map_err(internal)?;
        let batch = Batch {
            rows: matches.count(),
            children: ChildPages::OwnLocator,
        };
        let page = database.page(&record, &matches, &Place::default(), batch, call.version);
        let records = page.map_err(internal)?.records;
        Ok(records.iter().map(|record| json!(record)).collect())
    };
    read().map_err(|error| error.message)
}

fn statement(call: &Call<'_>, text: &str) -> Result<Statement, ApiError> {
    let environment = Environment {
        schema: &call.org.schema,
        rows: Rows::Live,
        today: Date::ZERO,
        user: &call.org.user,
        version: call.version,
    };
    Ok(translate(&soql::parse(text)?, text, environment)?)
}

/// A record as GraphQL has it: an id as it is, other fields with a `value`.
fn shaped(sobject: &SObject, row: &Value, fields: &[Field]) -> Result<Value, String> {
    let mut shaped = Map::new();
    for field in fields {
        let own = sobject.field(&field.name);
        let name = &*own.ok_or_else(|| no_field(field))?.name;
        let value = if name == "Id" {
            row[name].clone()
        } else {
            let mut members = Map::new();
            for member in &field.fields {
                if member.name != "value" {
                    return Err(no_field(member));
                }
                members.insert(member.alias.clone(), row[name].clone());
            }
            Value::Object(members)
        };
        shaped.insert(field.alias.clone(), value);
    }
    Ok(Value::Object(shaped))
}
