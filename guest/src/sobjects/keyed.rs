//! Writes that Salesforce carries out once, however often they are sent: those of the UI API
//! with an idempotency key. Pure. Source: User Interface API Developer Guide, "Prevent Record
//! Duplication with Idempotent Record Writes", "Create a Record", "Update a Record".
//!
//! None of it was tried on an org of Salesforce: `tests/live/idempotent_writes.py` is for
//! somebody who has one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::Method;
use http::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::JSON;
use super::fields::Fields;
use crate::answer::Answer;
use crate::call::{Call, Length, Operation, Path, Repeat};
use crate::contract::sobjects::{Created, Key};
use crate::contract::types::{Assignment, Duplicates};
use crate::error::Error;
use crate::names::{ApiVersion, ObjectName, RecordId};
use crate::token::Fingerprint;
use crate::write::Write;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Numbers from here on must be strings in the UI API.
const LARGE: i128 = 1 << 31;

const LENGTH: Length = Length {
    of: "a write with an idempotency key",
    remedy: "shorten what it names",
};

/// The codes of an object that the UI API does not have.
const UNLISTED: [&str; 2] = ["INVALID_TYPE", "NOT_FOUND"];

/// Whether the org's UI API has the records of an object.
pub(crate) struct Supported<'a> {
    pub(crate) object: &'a str,
}

impl Operation for Supported<'_> {
    /// How the ids of its records begin; some objects have no prefix.
    type Output = Option<String>;

    fn call(&self) -> Result<Call, Error> {
        let object = ObjectName::parse(self.object)?;
        let path = Path::Versioned(format!("ui-api/object-info/{object}"));
        Ok(Call::get(path)
            .length(LENGTH)
            .since(ApiVersion::IDEMPOTENT_WRITES))
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Info {
            key_prefix: Option<String>,
        }
        match answer.status {
            200..300 => {
                let info: Option<Info> = serde_json::from_slice(&answer.body).ok();
                let info = info.ok_or_else(|| answer.unexpected("no description of an object"))?;
                Ok(info.key_prefix)
            }
            400 | 403 | 404 if is_unlisted(&answer) => Err(Error::Unsupported(format!(
                "the UI API of this org does not list `{}`, so its records cannot be written with \
                 an idempotency key; upsert them by an external id instead",
                self.object
            ))),
            _ => Err(answer.failure()),
        }
    }
}

/// Whether an answer says that there is no such object. A used-up limit and a missing right
/// have the same statuses, and are something else.
fn is_unlisted(answer: &Answer) -> bool {
    answer.api_failure().is_some_and(|failure| {
        let mut errors = failure.errors.iter();
        answer.status == 404 || errors.any(|error| UNLISTED.contains(&&*error.code))
    })
}

pub(super) fn create(
    object: &ObjectName,
    fields: &Fields<'_>,
    key: &str,
    write: &Write,
) -> Result<Call, Error> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        api_name: String,
        fields: BTreeMap<&'a str, Cow<'a, RawValue>>,
    }
    let body = Body {
        api_name: object.to_string(),
        fields: values(fields)?,
    };
    let path = format!("ui-api/records{}", parameters(write)?);
    let call = Call::new(Method::POST, Path::Versioned(path)).body(JSON, json(&body)?);
    keyed(call, key)
}

pub(super) fn update(
    id: &RecordId,
    fields: &Fields<'_>,
    key: &str,
    write: &Write,
) -> Result<Call, Error> {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        fields: BTreeMap<&'a str, Cow<'a, RawValue>>,
    }
    let body = Body {
        fields: values(fields)?,
    };
    let path = format!("ui-api/records/{id}{}", parameters(write)?);
    let call = Call::new(Method::PATCH, Path::Versioned(path)).body(JSON, json(&body)?);
    keyed(call, key)
}

pub(super) fn delete(id: &RecordId, key: &str, write: &Write) -> Result<Call, Error> {
    if !parameters(write)?.is_empty() {
        return Err(refused(
            "a deletion takes no assignment rule and no duplicate rule",
        ));
    }
    let path = Path::Versioned(format!("ui-api/records/{id}"));
    keyed(Call::new(Method::DELETE, path), key)
}

/// The id of a record that is to be written with a key.
pub(super) fn id(key: &Key) -> Result<RecordId, Error> {
    match key {
        Key::Id(id) => RecordId::parse(id),
        Key::External(_) => Err(Error::Unsupported(
            "a write with an idempotency key names its record by id, not by an external id"
                .to_owned(),
        )),
    }
}

/// Reads the answer to a creation. 404 says that the record was created, and that the user
/// may not see it.
pub(super) fn created(answer: &Answer) -> Result<Created, Error> {
    #[derive(Deserialize)]
    struct Record {
        id: String,
    }
    let id = match answer.status {
        200..300 => {
            let record: Option<Record> = serde_json::from_slice(&answer.body).ok();
            let record = record.ok_or_else(|| answer.unexpected("no record of the UI API"))?;
            Some(record.id)
        }
        404 if answer.api_failure().is_some() => None,
        _ => return Err(answer.failure()),
    };
    Ok(Created {
        id,
        notices: Vec::new(),
    })
}

/// Refuses an id of another object: the path of such a write names no object, so that
/// Salesforce would write whatever record has the id.
pub(super) fn fits(key: &Key, object: &str, prefix: Option<&str>) -> Result<(), Error> {
    let (Key::Id(id), Some(prefix)) = (key, prefix) else {
        return Ok(());
    };
    match id.starts_with(prefix) {
        true => Ok(()),
        false => Err(refused(&format!(
            "ids of {object} begin with `{prefix}`, and this one does not; name the object of the \
             record"
        ))),
    }
}

fn keyed(call: Call, key: &str) -> Result<Call, Error> {
    if !is_uuid_4(key) {
        return Err(Error::InvalidInput(
            "the idempotency key is not a UUID of version 4 in lower case".to_owned(),
        ));
    }
    let key = HeaderValue::try_from(key).map_err(|_| refused("the key is not ASCII"))?;
    Ok(call
        .repeat(Repeat::Keyed)
        .length(LENGTH)
        .since(ApiVersion::IDEMPOTENT_WRITES)
        .header(IDEMPOTENCY_KEY, key))
}

/// RFC 9562, sections 4 and 5.4.
fn is_uuid_4(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => is_hex(byte),
        })
}

/// The query string that says what headers say elsewhere.
fn parameters(write: &Write) -> Result<String, Error> {
    if !write.headers.is_empty() {
        return Err(refused("it takes no headers of the caller"));
    }
    let mut parameters = Vec::new();
    match write.assignment {
        None | Some(Assignment::Off) => {}
        Some(Assignment::Active) => parameters.push("useDefaultRule=true"),
        Some(Assignment::Rule(_)) => {
            return Err(refused(
                "it takes the active assignment rule, and no other one",
            ));
        }
    }
    match write.duplicates {
        None => {}
        Some(Duplicates {
            include_record_details: false,
            run_as_current_user: false,
            allow_save,
        }) if allow_save => parameters.push("allowSaveOnDuplicate=true"),
        Some(Duplicates {
            include_record_details: false,
            run_as_current_user: false,
            ..
        }) => {}
        Some(_) => {
            return Err(refused(
                "of the duplicate rules it takes `allow-save` alone",
            ));
        }
    }
    Ok(match parameters.is_empty() {
        true => String::new(),
        false => format!("?{}", parameters.join("&")),
    })
}

fn values<'a>(fields: &'a Fields<'a>) -> Result<BTreeMap<&'a str, Cow<'a, RawValue>>, Error> {
    let members = fields.0.iter();
    members
        .map(|(name, value)| Ok((&**name, of_ui_api(value)?)))
        .collect()
}

fn of_ui_api(value: &RawValue) -> Result<Cow<'_, RawValue>, Error> {
    let json = value.get();
    if json.starts_with(['{', '[']) {
        return Err(refused(
            "a value is an object or a list; name the other record of a reference by its id",
        ));
    }
    let is_large = json
        .parse::<i128>()
        .is_ok_and(|number| number.unsigned_abs() >= LARGE.unsigned_abs());
    let is_endless = json.len() > 30
        && json
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !is_large && !is_endless {
        return Ok(Cow::Borrowed(value));
    }
    let text = to_raw_value(json).map_err(|_| refused("a number cannot be written"))?;
    Ok(Cow::Owned(text))
}

fn json<T: serde::Serialize>(body: &T) -> Result<String, Error> {
    serde_json::to_string(body).map_err(|_| refused("the fields cannot be written"))
}

pub(super) fn refused(why: &str) -> Error {
    Error::InvalidInput(format!(
        "a write with an idempotency key is not possible: {why}"
    ))
}
