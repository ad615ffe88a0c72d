//! Records one at a time, as user interfaces read and write them: `ui-api/records`.
//!
//! Source: User Interface API Developer Guide, "Create a Record", "Get a Record",
//! "Update a Record", "Delete a Record", "Status Codes and Error Responses".

use std::sync::Arc;

use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;

use super::input::Input;
use super::record::record;
use super::selection::Selection;
use super::{exception, info, not_supported};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::http_date;
use crate::id::RecordId;
use crate::idempotency;
use crate::schema::SObject;
use crate::sobject::writer::{DuplicateOptions, Writer};
use crate::sobject::{self, write};

/// Answers `POST ui-api/records`: a new record.
pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    check_whole(call)?;
    idempotency::once(call, || save_new(call))
}

fn save_new(call: &Call<'_>) -> Result<Answer, ApiError> {
    let input = Input::read(call)?;
    let name = input
        .object
        .as_deref()
        .ok_or_else(|| ApiError::invalid_input("a new record has an apiName"))?;
    let sobject = named(call, name)?;
    let writer = writer(call, &input);
    call.in_turn(|call| {
        let created =
            call.write(|database| write::create(&writer, database, sobject, &input.fields));
        match created {
            Ok(id) => shown(call, StatusCode::CREATED, sobject, &id),
            Err(error) => Ok(exception::answer(
                error,
                sobject,
                &info::theme(call, sobject),
            )),
        }
    })
}

/// Answers `GET ui-api/records/{id}`, with an entity tag for every object. That
/// `If-None-Match` compares it is unconfirmed.
pub(crate) fn retrieve(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (sobject, id) = of_path(call)?;
    let selection = Selection::asked(call, sobject)?;
    let record = record(call, sobject, &id, &selection)?;
    let tag = format!("\"{}\"", record["eTag"].as_str().unwrap_or_default());
    let mut known = call.request.headers(&IF_NONE_MATCH);
    let is_known = known.any(|tags| tags.split(',').any(|own| own.trim() == tag));
    let answer = match is_known {
        true => Answer::empty(StatusCode::NOT_MODIFIED),
        false => Answer::json(StatusCode::OK, &record),
    };
    Ok(match HeaderValue::try_from(tag) {
        Ok(tag) => answer.with(ETAG, tag),
        Err(_) => answer,
    })
}

/// Answers `PATCH ui-api/records/{id}`: new values for fields.
pub(crate) fn update(call: &Call<'_>) -> Result<Answer, ApiError> {
    check_whole(call)?;
    idempotency::once(call, || save_change(call))
}

fn save_change(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (sobject, id) = of_path(call)?;
    let input = Input::read(call)?;
    if input.object.is_some() {
        return Err(ApiError::invalid_input("an update has no apiName"));
    }
    let since = known_since(call)?;
    let writer = writer(call, &input);
    call.in_turn(|call| {
        if let Some(since) = since {
            check_unchanged(call, sobject, &id, since)?;
        }
        let updated = call
            .write(|database| write::update(&writer, database, sobject, &id, &input.fields, None));
        match updated {
            Ok(()) => shown(call, StatusCode::OK, sobject, &id),
            Err(error) => Ok(exception::answer(
                error,
                sobject,
                &info::theme(call, sobject),
            )),
        }
    })
}

/// Answers `DELETE ui-api/records/{id}`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    check_whole(call)?;
    idempotency::once(call, || {
        let (sobject, id) = of_path(call)?;
        call.write(|database| write::delete(call.org, database, sobject, &id))?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    })
}

/// Composite requests have no parts of this API. What Salesforce answers is not
/// documented.
fn check_whole(call: &Call<'_>) -> Result<(), ApiError> {
    if call.is_part {
        return Err(ApiError::invalid_input(
            "ui-api/records cannot be a part of another request",
        ));
    }
    Ok(())
}

/// The guide has `allowSaveOnDuplicate` here, and no header.
fn writer<'a>(call: &Call<'a>, input: &Input) -> Writer<'a> {
    Writer {
        org: call.org,
        version: call.version,
        duplicates: DuplicateOptions {
            allow_save: input.allows_duplicates,
            include_record_details: false,
        },
    }
}

fn named<'a>(call: &Call<'a>, name: &str) -> Result<&'a Arc<SObject>, ApiError> {
    super::named(call, name).ok_or_else(|| match idempotency::is_asked(call.request) {
        true => idempotency::not_supported(),
        false => not_supported(name),
    })
}

/// The record that a path names, and its object.
fn of_path<'a>(call: &Call<'a>) -> Result<(&'a Arc<SObject>, RecordId), ApiError> {
    let id = call.segments.get("id");
    let sobject = call.org.schema.of_id(id);
    let sobject = sobject.ok_or_else(|| sobject::malformed(id))?;
    let sobject = named(call, &sobject.name)?;
    Ok((sobject, sobject::record_id(sobject, id)?))
}

fn shown(
    call: &Call<'_>,
    status: StatusCode,
    sobject: &Arc<SObject>,
    id: &RecordId,
) -> Result<Answer, ApiError> {
    let record = record(call, sobject, id, &Selection::layout(sobject))?;
    Ok(Answer::json(status, &record))
}

/// The time since which a client knows that nobody changed the record. The guide has
/// this header for updates: "pass the If-Modified-Since HTTP header".
fn known_since(call: &Call<'_>) -> Result<Option<Timestamp>, ApiError> {
    let Some(date) = call.request.header(&IF_MODIFIED_SINCE) else {
        return Ok(None);
    };
    let since = http_date::read(date);
    let since = since.ok_or_else(|| ApiError::invalid_header("If-Modified-Since", date))?;
    Ok(Some(since))
}

/// The guide does not say how an update is refused; 412 is unconfirmed.
fn check_unchanged(
    call: &Call<'_>,
    sobject: &Arc<SObject>,
    id: &RecordId,
    since: Timestamp,
) -> Result<(), ApiError> {
    let selection = Selection {
        fields: Vec::new(),
        with_parents: false,
    };
    let record = record(call, sobject, id, &selection)?;
    let modified = record["lastModifiedDate"].as_str();
    let modified: Option<Timestamp> = modified.and_then(|text| text.parse().ok());
    // Dates in headers have whole seconds.
    match modified {
        Some(modified) if modified.as_second() > since.as_second() => {
            Err(ApiError::precondition_failed())
        }
        _ => Ok(()),
    }
}
