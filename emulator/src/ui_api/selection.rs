//! Which fields of a record are answered.
//!
//! Source: User Interface API Developer Guide, "Get a Record".

use std::sync::Arc;

use http::StatusCode;

use crate::call::Call;
use crate::error::ApiError;
use crate::schema::{Field, Kind, SObject};
use crate::soql::SoqlError;

/// Who wrote a record and when, which every layout shows.
const WRITTEN: [&str; 4] = [
    "CreatedById",
    "CreatedDate",
    "LastModifiedById",
    "LastModifiedDate",
];

/// The fields of an answer.
pub(super) struct Selection {
    pub(super) fields: Vec<Arc<Field>>,
    /// Whether the records that the fields name are answered, too.
    pub(super) with_parents: bool,
}

impl Selection {
    /// Those of the layout.
    pub(super) fn layout(sobject: &SObject) -> Self {
        let is_shown = |of: &&Arc<Field>| {
            let is_plain = !matches!(of.kind, Kind::Address | Kind::Location | Kind::Base64);
            let is_written = WRITTEN.contains(&&*of.name);
            is_plain && (of.createable || of.updateable || of.name_field || is_written)
        };
        Self {
            fields: sobject.fields.iter().filter(is_shown).cloned().collect(),
            with_parents: true,
        }
    }

    /// Those that a request names in `fields`, which must exist, and in
    /// `optionalFields`; without either, those of the layout.
    pub(super) fn asked(call: &Call<'_>, sobject: &SObject) -> Result<Self, ApiError> {
        if call.request.parameter("childRelationships").is_some() {
            return Err(SoqlError::unsupported("childRelationships").into());
        }
        let required = call.request.parameter("fields");
        let optional = call.request.parameter("optionalFields");
        if required.is_none() && optional.is_none() {
            return Ok(Self::layout(sobject));
        }
        let mut fields = Vec::new();
        for name in required.iter().flat_map(|list| list.split(',')) {
            let field = of_object(sobject, name)?;
            fields.push(field.ok_or_else(|| no_field(sobject, name))?);
        }
        for name in optional.iter().flat_map(|list| list.split(',')) {
            fields.extend(of_object(sobject, name).ok().flatten());
        }
        Ok(Self {
            fields,
            with_parents: false,
        })
    }
}

/// The field that a name such as `Account.Name` means, if there is one.
fn of_object(sobject: &SObject, name: &str) -> Result<Option<Arc<Field>>, ApiError> {
    let Some((object, field)) = name.trim().split_once('.') else {
        return Err(no_field(sobject, name));
    };
    if !object.eq_ignore_ascii_case(&sobject.name) {
        return Err(no_field(sobject, name));
    }
    if field.contains('.') {
        return Err(SoqlError::unsupported("fields of other records").into());
    }
    Ok(sobject.field(field).cloned())
}

/// The status and the words could not be confirmed.
fn no_field(sobject: &SObject, name: &str) -> ApiError {
    let message = format!("No such column '{name}' on entity '{}'", sobject.name);
    ApiError::caller(StatusCode::BAD_REQUEST, "INVALID_FIELD", message)
}
