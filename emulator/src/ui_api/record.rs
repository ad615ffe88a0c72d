//! A record as user interfaces show it: each value, and how people read it.
//!
//! Source: User Interface API Developer Guide, "Record", "Field Value"; the values are
//! those of captured answers in trailheadapps/lwc-recipes (`getRecord.json`). Captured
//! records have the time of `systemModstamp` as their `weakEtag`.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::selection::Selection;
use crate::call::Call;
use crate::describe;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::locale;
use crate::schema::{DataType, Field, Kind, SObject};
use crate::sobject;

/// What a record says of itself, beside its fields.
const ABOUT: [&str; 4] = [
    "LastModifiedById",
    "LastModifiedDate",
    "RecordTypeId",
    "SystemModstamp",
];

/// Bytes of an `eTag`, which is written in hexadecimal digits.
const ETAG_BYTES: usize = 16;

/// A record that exists.
///
/// # Errors
///
/// 404 if it is deleted, or there is none.
pub(super) fn record(
    call: &Call<'_>,
    sobject: &Arc<SObject>,
    id: &RecordId,
    selection: &Selection,
) -> Result<Value, ApiError> {
    let row = row(call, sobject, id, &selection.fields)?;
    let mut fields = Map::new();
    for field in &selection.fields {
        let value = &row[&*field.name];
        fields.insert(field.name.to_string(), shown(field, value));
        let reference = field.reference.as_ref();
        let relationship = reference.and_then(|reference| reference.relationship.as_ref());
        if let Some(name) = relationship.filter(|_| selection.with_parents) {
            fields.insert(name.to_string(), parent(call, value)?);
        }
    }
    Ok(whole(sobject, id, &row, &fields))
}

/// The values of the fields, and those that a record says of itself.
fn row(
    call: &Call<'_>,
    sobject: &Arc<SObject>,
    id: &RecordId,
    fields: &[Arc<Field>],
) -> Result<Value, ApiError> {
    let about = ABOUT.iter().filter_map(|name| sobject.field(name));
    let mut all: Vec<Arc<Field>> = Vec::new();
    for field in fields.iter().chain(about) {
        if all.iter().all(|known| known.name != field.name) {
            all.push(Arc::clone(field));
        }
    }
    let record = sobject::existing(&call.org.database(), sobject, all, id, call.version)?;
    serde_json::to_value(&record).map_err(|error| ApiError::internal(&error))
}

/// The record that a reference names, by its name.
fn parent(call: &Call<'_>, id: &Value) -> Result<Value, ApiError> {
    let id = id.as_str().and_then(RecordId::parse);
    let parent = id.and_then(|id| Some((call.org.schema.of_id(id.as_str())?, id)));
    let Some((sobject, id)) = parent else {
        return Ok(json!({"displayValue": null, "value": null}));
    };
    let name = sobject.fields.iter().find(|field| field.name_field);
    let fields = sobject.fields.iter().take(1).chain(name);
    let selection = Selection {
        fields: fields.cloned().collect(),
        with_parents: false,
    };
    // A reference may name a record that is deleted.
    let Ok(record) = record(call, sobject, &id, &selection) else {
        return Ok(json!({"displayValue": null, "value": null}));
    };
    let display = name.map(|name| record["fields"][&*name.name]["value"].clone());
    Ok(json!({"displayValue": display, "value": record}))
}

fn whole(sobject: &SObject, id: &RecordId, row: &Value, fields: &Map<String, Value>) -> Value {
    let modified = instant(&row["SystemModstamp"]);
    let stamp = modified.map_or(0, Timestamp::as_millisecond);
    let record_type = match (&row["RecordTypeId"], sobject.field("RecordTypeId")) {
        (_, None) => Value::Null,
        (Value::Null, Some(_)) => describe::MASTER.into(),
        (id, Some(_)) => id.clone(),
    };
    let mut record = json!({
        "apiName": sobject.name,
        "childRelationships": {},
        "fields": fields,
        "id": id.as_str(),
        "lastModifiedById": row["LastModifiedById"],
        "lastModifiedDate": with_z(&row["LastModifiedDate"]),
        "recordTypeInfo": record_type_info(sobject, &record_type),
        "recordTypeId": record_type,
        "systemModstamp": with_z(&row["SystemModstamp"]),
        "weakEtag": stamp,
    });
    record["eTag"] = etag(&record).into();
    record
}

fn record_type_info(sobject: &SObject, id: &Value) -> Value {
    let mut types = sobject.record_types.iter();
    let of = types.find(|of| Some(of.id.as_str()) == id.as_str());
    of.map_or(Value::Null, |of| {
        json!({
            "available": of.active,
            "defaultRecordTypeMapping": of.default,
            "master": false,
            "name": of.name,
            "recordTypeId": of.id.as_str(),
        })
    })
}

/// Names the state of a record. How Salesforce makes it is not documented.
fn etag(record: &Value) -> String {
    let hash = digest(&SHA256, record.to_string().as_bytes());
    let mut etag = String::new();
    for byte in hash.as_ref().iter().take(ETAG_BYTES) {
        // Writing to a string cannot fail.
        _ = write!(etag, "{byte:02x}");
    }
    etag
}

/// A value, and how people read it.
fn shown(field: &Field, value: &Value) -> Value {
    let plain = match field.kind {
        Kind::DateTime => with_z(value),
        _ => value.clone(),
    };
    json!({"displayValue": display(field, value), "value": plain})
}

/// How people read a value; `None` if it is written as it is.
fn display(field: &Field, value: &Value) -> Option<String> {
    if matches!(
        field.data_type,
        DataType::Picklist | DataType::MultiPicklist
    ) {
        let labels = value
            .as_str()?
            .split(';')
            .map(|choice| label(field, choice));
        return Some(labels.collect::<Vec<_>>().join(";"));
    }
    match field.kind {
        Kind::Integer => Some(locale::integer(value.as_i64()?)),
        Kind::Double => Some(locale::decimal(value.as_f64()?, field)),
        Kind::Date => Some(locale::date(value.as_str()?)),
        Kind::Time => Some(locale::time(value.as_str()?)),
        Kind::DateTime => Some(locale::date_time(instant(value)?.as_millisecond())),
        _ => None,
    }
}

fn label<'t>(field: &'t Field, choice: &'t str) -> &'t str {
    let mut values = field.picklist.values.iter();
    let known = values.find(|known| &*known.value == choice);
    known.map_or(choice, |known| &known.label)
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Date-times end in `Z` here.
fn with_z(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => text.replace("+0000", "Z").into(),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn values_are_beside_what_people_read() {
        let schema = Schema::standard();
        for (object, field, value, display) in [
            ("Opportunity", "Amount", json!(1234.5), json!("$1,234.50")),
            ("Account", "NumberOfEmployees", json!(1234), json!("1,234")),
            (
                "Opportunity",
                "CloseDate",
                json!("2015-12-28"),
                json!("12/28/2015"),
            ),
            ("Account", "Industry", json!("Energy"), json!("Energy")),
            ("Account", "Industry", json!("Puppetry"), json!("Puppetry")),
            ("Account", "Name", json!("Zimt"), json!(null)),
            ("Account", "Industry", json!(null), json!(null)),
            ("Account", "AnnualRevenue", json!(null), json!(null)),
        ] {
            let sobject = schema.named(object).expect("an object");
            let field = sobject.field(field).expect("a field");
            assert_eq!(
                shown(field, &value),
                json!({"displayValue": display, "value": value})
            );
        }
    }

    #[test]
    fn instants_end_in_z() {
        let schema = Schema::standard();
        let account = schema.named("Account").expect("an object");
        let created = account.field("CreatedDate").expect("a field");
        assert_eq!(
            shown(created, &json!("2015-12-28T00:00:00.000+0000")),
            json!({"displayValue": "12/28/2015, 12:00 AM", "value": "2015-12-28T00:00:00.000Z"})
        );
    }
}
