//! Records with their children in one request. Source: REST API Developer Guide, "sObject
//! Tree".

use std::collections::BTreeSet;

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{list, refused};
use crate::answer::{Answer, errors};
use crate::call::{Call, Operation, Path, Repeat};
use crate::contract::composite::{Planted, Refusal, TreeAnswer};
use crate::error::Error;
use crate::names::ObjectName;
use crate::sobjects::JSON;
use crate::sobjects::fields::Fields;
use crate::token::Fingerprint;
use crate::write::Write;

/// Records of all levels.
const RECORDS_MAX: usize = 200;

const LEVELS_MAX: usize = 5;

/// Different objects.
const OBJECTS_MAX: usize = 5;

/// `composite.tree`.
pub(crate) struct Tree {
    pub(crate) object: String,
    pub(crate) records: Vec<String>,
    pub(crate) write: Write,
}

/// What a tree consists of.
#[derive(Default)]
struct Count {
    records: usize,
    objects: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Operation for Tree {
    type Output = TreeAnswer;

    fn call(&self) -> Result<Call, Error> {
        let object = ObjectName::parse(&self.object)?;
        self.write
            .unkeyed("write the records one at a time with `sobjects`")?;
        if self.records.is_empty() {
            return Err(refused("there is no record"));
        }
        let mut count = Count::default();
        for (place, record) in self.records.iter().enumerate() {
            let at = |error: Error| error.of_item("record", place);
            Fields::parse(record).map_err(at)?;
            let value = serde_json::from_str(record).map_err(|_| refused("it is not JSON"));
            value.and_then(|value| count.add(&value, 1)).map_err(at)?;
        }
        let records = list(&self.records, String::clone);
        let path = Path::Versioned(format!("composite/tree/{object}"));
        let body = format!(r#"{{"records":{records}}}"#);
        let call = Call::new(Method::POST, path).body(JSON, body);
        self.write.apply(call, Repeat::UnlessExecuted)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<TreeAnswer, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            has_errors: bool,
            #[serde(borrow)]
            results: Vec<One<'a>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct One<'a> {
            reference_id: String,
            id: Option<String>,
            #[serde(borrow)]
            errors: Option<&'a RawValue>,
        }
        let body: Option<Body<'_>> = serde_json::from_slice(&answer.body).ok();
        match body {
            Some(body) if answer.is_success() && !body.has_errors => {
                let planted = body.results.into_iter().map(|one| {
                    Some(Planted {
                        reference_id: one.reference_id,
                        id: one.id?,
                    })
                });
                let planted: Option<Vec<Planted>> = planted.collect();
                let planted = planted.ok_or_else(|| answer.unexpected("a record has no id"))?;
                Ok(TreeAnswer::Created(planted))
            }
            Some(body) if body.has_errors => {
                let refusals = body.results.into_iter().map(|one| {
                    let json = one.errors.map(|json| json.get().as_bytes());
                    let mut errors = json.map(errors::read).unwrap_or_default();
                    answer.secrets.errors(&mut errors);
                    Refusal {
                        reference_id: one.reference_id,
                        errors: errors.into_iter().map(Into::into).collect(),
                    }
                });
                Ok(TreeAnswer::Refused(refusals.collect()))
            }
            _ if answer.is_success() => Err(answer.unexpected("no answer to a tree")),
            _ => Err(answer.failure()),
        }
    }
}

impl Count {
    /// Counts a record and its children.
    fn add(&mut self, record: &Value, level: usize) -> Result<(), Error> {
        if level > LEVELS_MAX {
            return Err(refused(&format!(
                "the tree has more than {LEVELS_MAX} levels"
            )));
        }
        let members = record
            .as_object()
            .ok_or_else(|| refused("a record is not an object"))?;
        let attribute = |name: &str| record.get("attributes")?.get(name)?.as_str();
        let object =
            attribute("type").ok_or_else(|| refused("a record has no `attributes.type`"))?;
        let object = ObjectName::parse(object)?;
        let name = attribute("referenceId")
            .ok_or_else(|| refused("a record has no `attributes.referenceId`"))?;
        if !self.names.insert(name.to_owned()) {
            return Err(refused("a `referenceId` occurs twice"));
        }
        self.objects.insert(object.to_string().to_ascii_lowercase());
        if self.objects.len() > OBJECTS_MAX {
            return Err(refused(&format!(
                "the tree has more than {OBJECTS_MAX} objects"
            )));
        }
        self.records += 1;
        if self.records > RECORDS_MAX {
            return Err(refused(&format!(
                "the tree has more than {RECORDS_MAX} records"
            )));
        }
        for children in members.values().filter_map(|value| value.get("records")) {
            let children = children.as_array().map(Vec::as_slice).unwrap_or_default();
            for child in children {
                self.add(child, level + 1)?;
            }
        }
        Ok(())
    }
}
