//! Up to 200 records at once: `composite/sobjects`.
//!
//! Source: REST API Developer Guide, "sObject Collections".

use std::sync::Arc;

use http::StatusCode;
use rusqlite::types::Value as Stored;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::item_error::ItemError;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::json_body;
use crate::org::Org;
use crate::record::Record;
use crate::schema::{Field, SObject};
use crate::sobject::writer::Writer;
use crate::sobject::{self, foreign_key, upsert, write};
use crate::transaction::Transaction;

/// Records that can be written at once. Source: as above.
const WRITTEN_MAX: usize = 200;

/// Records that can be read at once. Source: as above.
const READ_MAX: usize = 2_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Records {
    #[serde(default)]
    all_or_none: bool,
    records: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    ids: Vec<String>,
    fields: Vec<String>,
}

/// What became of one record.
#[derive(Serialize)]
struct Saved {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    success: bool,
    errors: Vec<ItemError>,
    /// Of an upsert: whether the record was not there before. Refused records have it,
    /// too: jsforce's own suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<bool>,
}

/// A record whose parents are named by their ids.
struct Ready<'o> {
    sobject: &'o Arc<SObject>,
    fields: Map<String, Value>,
}

/// A record's id, if it was written, and whether it is a new one, if that is told.
type Written = (Result<RecordId, ApiError>, Option<bool>);

/// Answers `POST composite/sobjects`: new records.
pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    let records = json_body::parsed(call.request)?;
    each_record(call, &records, object, |call, _, ready| {
        let written = ready.and_then(|Ready { sobject, fields }| {
            call.write(|database| write::create(&Writer::of(call), database, sobject, &fields))
        });
        (written, None)
    })
}

/// Answers `PATCH composite/sobjects/{object}/{field}`: each record changes the one
/// with its value of the external id, or is a new one.
pub(crate) fn upsert(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = sobject::object(call)?;
    let field = upsert::field(sobject, call.segments.get("field"))?;
    let records = json_body::parsed(call.request)?;
    each_record(
        call,
        &records,
        |_, _| Ok(sobject),
        |call, record, ready| {
            let key = match key(field, record) {
                Ok(key) => key,
                Err(error) => return (Err(error), Some(true)),
            };
            let keyed = (&**field, &key);
            let found = upsert::found(&call.org.database(), sobject, keyed);
            let is_new = found.is_ok_and(|found| found.is_empty());
            let written = ready.and_then(|Ready { mut fields, .. }| {
                sobject::take(&mut fields, &field.name);
                call.write(|database| {
                    upsert::upsert(&Writer::of(call), database, sobject, &fields, keyed)
                })
            });
            (written.map(|(id, _)| id), Some(is_new))
        },
    )
}

/// The value of the external id that a record has.
fn key(field: &Field, record: &Map<String, Value>) -> Result<Stored, ApiError> {
    let mut members = record.iter();
    let own = members.find(|(name, _)| field.name.eq_ignore_ascii_case(name));
    match own {
        Some((_, value)) if !value.is_null() => upsert::key(field, value),
        // The words could not be confirmed for collections.
        _ => {
            let message = format!("{} not specified", field.name);
            let status = StatusCode::BAD_REQUEST;
            Err(ApiError::caller(status, "MISSING_ARGUMENT", message))
        }
    }
}

/// Answers `PATCH composite/sobjects`: new values for fields.
pub(crate) fn update(call: &Call<'_>) -> Result<Answer, ApiError> {
    let records = json_body::parsed(call.request)?;
    each_record(call, &records, object, |call, _, ready| {
        (ready.and_then(|ready| updated(call, ready)), None)
    })
}

fn updated(call: &Call<'_>, ready: Ready<'_>) -> Result<RecordId, ApiError> {
    let Ready {
        sobject,
        mut fields,
    } = ready;
    let id = sobject::take(&mut fields, "Id");
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default();
    let id = sobject::record_id(sobject, id)?;
    call.write(|database| write::update(&Writer::of(call), database, sobject, &id, &fields, None))?;
    Ok(id)
}

/// Answers `DELETE composite/sobjects?ids=`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    let ids = call.request.parameter("ids");
    let ids = ids.ok_or_else(|| ApiError::missing_parameter("ids"))?;
    let ids: Vec<&str> = ids.split(',').collect();
    let all_or_none = call.request.parameter("allOrNone").as_deref() == Some("true");
    all(call, all_or_none, ids.len(), |call| {
        ids.iter().map(|id| (deleted(call, id), None)).collect()
    })
}

fn deleted(call: &Call<'_>, id: &str) -> Result<RecordId, ApiError> {
    let sobject = call.org.schema.of_id(id);
    let sobject = sobject.ok_or_else(|| sobject::malformed(id))?;
    let id = sobject::record_id(sobject, id)?;
    call.write(|database| write::delete(call.org, database, sobject, &id))?;
    Ok(id)
}

/// Answers `GET composite/sobjects/{object}?ids=&fields=`.
pub(crate) fn retrieve(call: &Call<'_>) -> Result<Answer, ApiError> {
    let list = |name| -> Result<Vec<String>, ApiError> {
        let list = call.request.parameter(name);
        let list = list.ok_or_else(|| ApiError::missing_parameter(name))?;
        Ok(list.split(',').map(str::to_owned).collect())
    };
    let (ids, fields) = (list("ids")?, list("fields")?);
    records(call, &Wanted { ids, fields })
}

/// Answers `POST composite/sobjects/{object}`: a read whose ids are in its body.
pub(crate) fn retrieve_by_post(call: &Call<'_>) -> Result<Answer, ApiError> {
    records(call, &json_body::parsed(call.request)?)
}

fn records(call: &Call<'_>, wanted: &Wanted) -> Result<Answer, ApiError> {
    let sobject = sobject::object(call)?;
    check_number(wanted.ids.len(), READ_MAX)?;
    let names = wanted.fields.iter().map(String::as_str);
    let fields = sobject::fields(sobject, names)?;
    let database = call.org.database();
    let record = |id: &String| {
        let id = sobject::record_id(sobject, id)?;
        sobject::live(&database, sobject, fields.clone(), &id, call.version)
    };
    let records = wanted.ids.iter().map(record);
    // Null stands for a record that is not there.
    let records = records.collect::<Result<Vec<Option<Record>>, ApiError>>()?;
    Ok(Answer::json(StatusCode::OK, &records))
}

/// Writes each record, which `work` gets as it is and as it can be written.
///
/// Records of one object that follow each other are a chunk, whose parents are looked up
/// before any of them is written: a record finds what an earlier chunk created, and no
/// other record of its own one. Source: SOAP API Developer Guide, "create()", "Creating
/// Records for Different Object Types"; README.md of `ApexFamilyInserter`, of Apex.
fn each_record<'o>(
    call: &Call<'o>,
    Records {
        all_or_none,
        records,
    }: &Records,
    object: impl Fn(&'o Org, &Map<String, Value>) -> Result<&'o Arc<SObject>, ApiError>,
    work: impl Fn(&Call<'o>, &Map<String, Value>, Result<Ready<'o>, ApiError>) -> Written,
) -> Result<Answer, ApiError> {
    let org = call.org;
    let name = |record: &Map<String, Value>| object(org, record).ok().map(|sobject| &sobject.name);
    let ready = |record: &Map<String, Value>| {
        let sobject = object(org, record)?;
        let fields = foreign_key::resolved((&org.schema, &org.database()), sobject, record)?;
        let fields = fields.into_owned();
        Ok(Ready { sobject, fields })
    };
    all(call, *all_or_none, records.len(), |call| {
        let mut written = Vec::new();
        for chunk in records.chunk_by(|one, other| name(one) == name(other)) {
            let all_ready: Vec<_> = chunk.iter().map(ready).collect();
            let records = chunk.iter().zip(all_ready);
            written.extend(records.map(|(record, ready)| work(call, record, ready)));
        }
        written
    })
}

/// Writes so many records; with `all_or_none`, all of them or none.
fn all<'o>(
    call: &Call<'o>,
    all_or_none: bool,
    number: usize,
    work: impl FnOnce(&Call<'o>) -> Vec<Written>,
) -> Result<Answer, ApiError> {
    check_number(number, WRITTEN_MAX)?;
    // Together in any case: each record by itself takes longer, the larger the org is.
    let transaction = Transaction::begin(call, true)?;
    let part = Call {
        is_part: true,
        ..*call
    };
    let mut saved: Vec<Saved> = work(&part).into_iter().map(Saved::from).collect();
    let is_kept = !all_or_none || saved.iter().all(|saved| saved.success);
    transaction.end(is_kept)?;
    for saved in saved.iter_mut().filter(|saved| saved.success && !is_kept) {
        *saved = Saved::from((Err(rolled_back()), saved.created));
    }
    Ok(Answer::json(StatusCode::OK, &saved))
}

/// The object that a record's `attributes` name.
fn object<'o>(org: &'o Org, record: &Map<String, Value>) -> Result<&'o Arc<SObject>, ApiError> {
    let attributes = record.get("attributes").and_then(|value| value.get("type"));
    let name = attributes.and_then(Value::as_str).unwrap_or_default();
    org.schema.named(name).ok_or_else(|| {
        let message = format!("sObject type '{name}' is not supported.");
        ApiError::caller(StatusCode::BAD_REQUEST, "INVALID_TYPE", message)
    })
}

/// The words are the emulator's own.
fn check_number(records: usize, most: usize) -> Result<(), ApiError> {
    if records <= most {
        return Ok(());
    }
    Err(ApiError::invalid_input("there are too many records"))
}

fn rolled_back() -> ApiError {
    let message = "Record rolled back because not all records were valid and the request was using \
                   AllOrNone header";
    ApiError::caller(
        StatusCode::BAD_REQUEST,
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        message,
    )
}

impl From<Written> for Saved {
    fn from((result, created): Written) -> Self {
        match result {
            Ok(id) => Self {
                id: Some(id.to_string()),
                success: true,
                errors: Vec::new(),
                created,
            },
            Err(error) => Self {
                id: None,
                success: false,
                errors: vec![error.into()],
                created,
            },
        }
    }
}
