//! Many records read by their ids.

use http::Method;
use serde_json::value::RawValue;

use super::{below, count};
use crate::answer::Answer;
use crate::call::{Call, Operation, Repeat};
use crate::error::Error;
use crate::names::{FieldName, ObjectName, RecordId};
use crate::sobjects::JSON;
use crate::token::Fingerprint;

/// Ids a request at most, in a body.
const IDS_MAX: usize = 2_000;

/// A read of records.
pub(crate) struct Retrieval {
    object: ObjectName,
    /// JSON lists, each of at most [`IDS_MAX`] ids, with their lengths.
    ids: Vec<(String, usize)>,
    fields: String,
}

/// One request of it.
pub(crate) struct Part<'a> {
    of: &'a Retrieval,
    ids: &'a str,
    length: usize,
}

impl Retrieval {
    pub(crate) fn new(object: &str, ids: &[String], fields: &[String]) -> Result<Self, Error> {
        let object = ObjectName::parse(object)?;
        count(ids.len())?;
        if fields.is_empty() {
            return Err(super::refused("there is no field to read"));
        }
        let fields = fields
            .iter()
            .map(|name| Ok(FieldName::parse(name)?.to_string()));
        let ids = ids.iter().enumerate().map(|(place, id)| {
            let id = RecordId::parse(id).map_err(|error| error.of_item("record", place))?;
            Ok(id.to_string())
        });
        let ids: Vec<String> = ids.collect::<Result<_, Error>>()?;
        let parts = ids.chunks(IDS_MAX);
        Ok(Self {
            object,
            ids: parts.map(|part| (list(part), part.len())).collect(),
            fields: list(&fields.collect::<Result<Vec<_>, Error>>()?),
        })
    }

    /// Its requests, in the order of the ids.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.ids.iter().map(|(ids, length)| Part {
            of: self,
            ids,
            length: *length,
        })
    }
}

/// A JSON list of names, none of which needs an escape.
fn list(names: &[String]) -> String {
    format!("[\"{}\"]", names.join("\",\""))
}

impl Operation for Part<'_> {
    type Output = Vec<Option<String>>;

    fn call(&self) -> Result<Call, Error> {
        let Retrieval { object, fields, .. } = self.of;
        let body = format!(r#"{{"ids":{},"fields":{fields}}}"#, self.ids);
        let path = below(format!("composite/sobjects/{object}"));
        // It only reads: the ids would be too long for a URI.
        Ok(Call::new(Method::POST, path)
            .body(JSON, body)
            .repeat(Repeat::Always))
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Vec<Option<String>>, Error> {
        if !answer.is_success() {
            return Err(answer.failure());
        }
        let body = answer.text("a list of records")?;
        let records: Option<Vec<Option<&RawValue>>> = serde_json::from_str(&body).ok();
        let records = records.filter(|records| records.len() == self.length);
        let records = records.ok_or_else(|| {
            answer.unexpected("no list with one entry for each id of the request")
        })?;
        let records = records.into_iter();
        Ok(records
            .map(|record| Some(record?.get().to_owned()))
            .collect())
    }
}
