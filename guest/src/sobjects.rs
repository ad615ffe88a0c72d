//! Records, one at a time: requests built, answers read. Source: REST API Developer Guide,
//! "sObject Basic Information", "sObject Rows", "sObject Rows by External ID".

pub(crate) mod fields;
mod keyed;
mod replication;

use http::Method;
use http::header::HeaderValue;
use percent_encoding::utf8_percent_encode;

use crate::answer::Answer;
use crate::call::{Call, Length, Operation, Path, RESERVED, Repeat};
use crate::condition;
use crate::contract::sobjects::{Created, ExternalId, Key, Upserted};
use crate::contract::types::{Fetched, Validator};
use crate::error::{ApiFailure, Error};
use crate::names::{ApiVersion, FieldName, ObjectName, RecordId};
use crate::rest::{DELETED, path};
use crate::saved::Saved;
use crate::token::Fingerprint;
use crate::write::{self, Write};
use fields::Fields;
pub(crate) use keyed::Supported;
pub(crate) use replication::{Deleted, Span, Updated};

/// The longest value of an external id, in characters (Salesforce Help, "Custom Field
/// Types": a text field has at most 255).
const VALUE_CHARS_MAX: usize = 255;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What makes the URI of a read long.
const FIELDS: Length = Length {
    of: "the list of fields",
    remedy: "ask for fewer fields, or query them",
};

const UPSERT: Length = Length {
    of: "an upsert",
    remedy: "use a shorter external id",
};

/// `sobjects.create`.
pub(crate) struct Create {
    pub(crate) object: String,
    pub(crate) fields: String,
    pub(crate) write: Write,
}

/// `sobjects.get`.
pub(crate) struct Get {
    pub(crate) object: String,
    pub(crate) key: Key,
    pub(crate) fields: Vec<String>,
    pub(crate) if_changed: Option<Validator>,
    pub(crate) headers: Vec<(String, String)>,
}

/// `sobjects.update`.
pub(crate) struct Update {
    pub(crate) object: String,
    pub(crate) key: Key,
    pub(crate) fields: String,
    pub(crate) write: Write,
    pub(crate) if_unchanged: Option<Validator>,
}

/// `sobjects.upsert`.
pub(crate) struct Upsert {
    pub(crate) object: String,
    pub(crate) external_id: ExternalId,
    pub(crate) fields: String,
    pub(crate) write: Write,
}

/// `sobjects.delete`.
pub(crate) struct Delete {
    pub(crate) object: String,
    pub(crate) key: Key,
    pub(crate) write: Write,
}

impl Operation for Create {
    type Output = Created;

    fn needs(&self) -> Option<&str> {
        self.write.key().map(|_| &*self.object)
    }

    fn call(&self) -> Result<Call, Error> {
        let object = ObjectName::parse(&self.object)?;
        let fields = Fields::parse(&self.fields)?;
        fields.without("Id", "Salesforce gives a new record its id")?;
        if let Some(key) = self.write.key() {
            return keyed::create(&object, &fields, key, &self.write);
        }
        let path = Path::Versioned(format!("sobjects/{object}"));
        let call = Call::new(Method::POST, path).body(JSON, self.fields.clone());
        self.write.apply(call, Repeat::UnlessExecuted)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Created, Error> {
        if self.write.key().is_some() {
            return keyed::created(&answer);
        }
        let saved = saved(&answer)?;
        Ok(Created {
            id: saved.id,
            notices: saved.errors.into_iter().map(Into::into).collect(),
        })
    }
}

impl Operation for Get {
    type Output = Fetched;

    fn call(&self) -> Result<Call, Error> {
        let object = ObjectName::parse(&self.object)?;
        let mut path = format!("sobjects/{object}/{}", segments(&self.key)?);
        let names = self.fields.iter().map(|name| FieldName::parse(name));
        let names: Vec<String> = names
            .map(|name| Ok(name?.to_string()))
            .collect::<Result<_, Error>>()?;
        if !names.is_empty() {
            path.push_str(&format!("?fields={}", names.join(",")));
        }
        let call = Call::get(Path::Versioned(path)).length(FIELDS);
        let call = condition::if_changed(call, self.if_changed.as_ref())?;
        write::more(call, &self.headers)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Fetched, Error> {
        match answer.status {
            200..300 => {
                let body = answer.text("a record")?;
                Ok(Fetched::Content(condition::content(&answer, body)))
            }
            304 if self.if_changed.is_some() => Ok(Fetched::NotModified),
            _ => Err(failure(&answer)),
        }
    }
}

impl Operation for Update {
    type Output = ();

    fn needs(&self) -> Option<&str> {
        self.write.key().map(|_| &*self.object)
    }

    fn fits(&self, prefix: Option<&str>) -> Result<(), Error> {
        keyed::fits(&self.key, &self.object, prefix)
    }

    fn call(&self) -> Result<Call, Error> {
        let object = ObjectName::parse(&self.object)?;
        let fields = Fields::parse(&self.fields)?;
        fields.without("Id", "the key names the record")?;
        if let Some(key) = self.write.key() {
            if self.if_unchanged.is_some() {
                return Err(keyed::refused("it takes no condition"));
            }
            let id = keyed::id(&self.key)?;
            return keyed::update(&id, &fields, key, &self.write);
        }
        let mut path = format!("sobjects/{object}/{}", segments(&self.key)?);
        if let Key::External(ExternalId { field, .. }) = &self.key {
            fields.without(field, "the key has its value")?;
            // Without it, a record that does not exist would be created.
            path.push_str("?updateOnly=true");
        }
        let call = Call::new(Method::PATCH, Path::Versioned(path)).body(JSON, self.fields.clone());
        // With a condition, a lost attempt may have changed the state itself.
        let class = match self.if_unchanged {
            None => Repeat::Always,
            Some(_) => Repeat::UnlessExecuted,
        };
        let call = condition::if_unchanged(call, self.if_unchanged.as_ref())?;
        self.write.apply(call, class)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<(), Error> {
        // The UI API answers the record as it is now.
        if self.write.key().is_some() && answer.is_success() {
            return Ok(());
        }
        done(&answer)
    }
}

impl Operation for Upsert {
    type Output = Upserted;

    fn call(&self) -> Result<Call, Error> {
        self.write
            .unkeyed("the external id already makes an upsert repeatable")?;
        let object = ObjectName::parse(&self.object)?;
        let fields = Fields::parse(&self.fields)?;
        fields.without("Id", "the external id names the record")?;
        fields.without(&self.external_id.field, "the external id has its value")?;
        let path = format!("sobjects/{object}/{}", external(&self.external_id)?);
        let call = Call::new(Method::PATCH, Path::Versioned(path))
            .body(JSON, self.fields.clone())
            .length(UPSERT)
            .since(ApiVersion::UPSERTS);
        self.write.apply(call, Repeat::Always)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Upserted, Error> {
        let saved = saved(&answer)?;
        match (saved.id, saved.created, answer.status) {
            (Some(id), Some(created), _) => Ok(Upserted { id, created }),
            (Some(id), None, 201) => Ok(Upserted { id, created: true }),
            _ => Err(answer.unexpected("no answer to an upsert")),
        }
    }
}

impl Operation for Delete {
    type Output = ();

    fn needs(&self) -> Option<&str> {
        self.write.key().map(|_| &*self.object)
    }

    fn fits(&self, prefix: Option<&str>) -> Result<(), Error> {
        keyed::fits(&self.key, &self.object, prefix)
    }

    fn call(&self) -> Result<Call, Error> {
        let object = ObjectName::parse(&self.object)?;
        if let Some(key) = self.write.key() {
            return keyed::delete(&keyed::id(&self.key)?, key, &self.write);
        }
        let path = format!("sobjects/{object}/{}", segments(&self.key)?);
        let call = Call::new(Method::DELETE, Path::Versioned(path));
        self.write.apply(call, Repeat::Always)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<(), Error> {
        if answer.may_have_run_before && is_gone(&answer, &self.key) {
            return Ok(());
        }
        done(&answer)
    }
}

/// The path of a record below its object.
fn segments(key: &Key) -> Result<String, Error> {
    match key {
        Key::Id(id) => Ok(RecordId::parse(id)?.to_string()),
        Key::External(external_id) => external(external_id),
    }
}

fn external(id: &ExternalId) -> Result<String, Error> {
    let field = FieldName::parse(&id.field)?;
    let refused = |rule: &str| {
        Error::InvalidInput(format!(
            "the external id cannot be sent in a path: {rule}; `collections.upsert` sends it in \
             the body"
        ))
    };
    match id.value.chars().count() {
        0 => return Err(Error::InvalidInput("the external id is empty".to_owned())),
        1..=VALUE_CHARS_MAX => {}
        chars => {
            return Err(Error::InvalidInput(format!(
                "the external id has {chars} characters, and {VALUE_CHARS_MAX} are allowed"
            )));
        }
    }
    path::check_value(&id.value).map_err(refused)?;
    // It would be another value if somebody decoded it once more than it was encoded.
    if path::escapes(&id.value).any(|is_escape| is_escape) {
        return Err(refused(
            "`%` before two hexadecimal digits is not allowed in the value",
        ));
    }
    let value = utf8_percent_encode(&id.value, &RESERVED);
    Ok(format!("{field}/{value}"))
}

/// Whether a record that was to be deleted is deleted, or there is none any more with its
/// external id.
fn is_gone(answer: &Answer, key: &Key) -> bool {
    let codes: &[&str] = match key {
        Key::Id(_) => &[DELETED],
        Key::External(_) => &[DELETED, "NOT_FOUND"],
    };
    let failure = answer.api_failure().filter(|_| answer.status == 404);
    failure.is_some_and(|failure| {
        let mut errors = failure.errors.iter();
        errors.any(|error| codes.contains(&&*error.code))
    })
}

/// The answer to a write that answers nothing, or the record.
fn done(answer: &Answer) -> Result<(), Error> {
    match answer.status {
        204 => Ok(()),
        200..300 => saved(answer).map(|_| ()),
        _ => Err(failure(answer)),
    }
}

/// The record of an answer, if it was saved.
fn saved(answer: &Answer) -> Result<Saved, Error> {
    if !answer.is_success() {
        return Err(failure(answer));
    }
    match Saved::one(answer) {
        Some(saved) if saved.success => Ok(saved),
        Some(saved) if !saved.errors.is_empty() => Err(Error::Api(ApiFailure {
            status: answer.status,
            errors: saved.errors,
            request_id: answer.request_id(),
        })),
        _ => Err(answer.unexpected("no answer to a write of a record")),
    }
}

/// Why an answer is no success: 300 lists the records that have the external id, and 412
/// says that a condition does not hold.
fn failure(answer: &Answer) -> Error {
    match answer.status {
        300 => match several(&answer.body) {
            Some(ids) => Error::Ambiguous(ids),
            None => answer.unexpected("no list of records"),
        },
        412 => Error::PreconditionFailed,
        _ => answer.failure(),
    }
}

/// The ids of a list of records' paths.
fn several(body: &[u8]) -> Option<Vec<String>> {
    let paths: Vec<String> = serde_json::from_slice(body).ok()?;
    let ids = paths.iter().map(|path| {
        let (_, id) = path.rsplit_once('/')?;
        RecordId::parse(id).ok().map(|id| id.to_string())
    });
    let ids: Vec<String> = ids.collect::<Option<_>>()?;
    (!ids.is_empty()).then_some(ids)
}

#[cfg(test)]
mod tests;
