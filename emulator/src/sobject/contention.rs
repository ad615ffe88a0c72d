//! What keeps a valid record from being written: locks of others, and duplicates.

use std::sync::Arc;

use http::StatusCode;
use rusqlite::types::Value as Stored;

use super::refusal;
use super::writer::Writer;
use crate::database::{Database, Row};
use crate::duplicate::{DuplicateAction, DuplicateRule, Duplicates};
use crate::error::ApiError;
use crate::id::RecordId;
use crate::lock::Target;
use crate::org::Org;
use crate::schema::SObject;

/// Fails if somebody has locked the record, or one that it refers to.
pub(super) fn check_locks(
    org: &Org,
    database: &Database,
    sobject: &SObject,
    row: &Row<'_>,
    own: Option<&RecordId>,
) -> Result<(), ApiError> {
    let targets = org.state().locks.targets();
    for (number, target) in targets {
        if is_locked(database, sobject, row, own, &target)? {
            org.state().locks.strike(number);
            let id = match &target {
                Target::Id(id) => Some(id),
                Target::Value { .. } => own,
            };
            return Err(refusal::locked(id));
        }
    }
    Ok(())
}

/// Whether a lock is in the way of a write.
fn is_locked(
    database: &Database,
    sobject: &SObject,
    row: &Row<'_>,
    own: Option<&RecordId>,
    target: &Target,
) -> Result<bool, ApiError> {
    match target {
        Target::Id(id) => {
            let text = Stored::Text(id.to_string());
            Ok(own == Some(id) || row.iter().any(|(_, value)| *value == text))
        }
        Target::Value {
            object,
            field,
            value,
        } if **object == *sobject.name => {
            if row.iter().any(|(name, own)| name == field && own == value) {
                return Ok(true);
            }
            let Some(own) = own else {
                return Ok(false);
            };
            let has = database.find(sobject, field, value);
            let has = has.map_err(|error| ApiError::internal(&error))?;
            Ok(has.iter().any(|found| found.id == own.as_str()))
        }
        Target::Value { .. } => Ok(false),
    }
}

/// Fails if a duplicate rule finds another record that has a value of this one.
pub(super) fn check_duplicates(
    writer: &Writer<'_>,
    database: &Database,
    sobject: &SObject,
    row: &Row<'_>,
    own: Option<&RecordId>,
) -> Result<(), ApiError> {
    let rules = writer.org.state().duplicate_rules.of(sobject);
    for rule in rules {
        if rule.action == DuplicateAction::Alert && writer.duplicates.allow_save {
            continue;
        }
        let mut values = row.iter();
        let value = values.find(|(name, value)| **name == *rule.field && *value != Stored::Null);
        let Some((_, value)) = value else {
            continue;
        };
        let found = database.find(sobject, &rule.field, value);
        let found = found.map_err(|error| ApiError::internal(&error))?;
        let others = found
            .into_iter()
            .filter(|found| !found.is_deleted && own.is_none_or(|own| own.as_str() != found.id));
        let ids: Vec<String> = others.map(|found| found.id).collect();
        if !ids.is_empty() {
            return Err(detected(writer, database, sobject, rule, ids)?);
        }
    }
    Ok(())
}

fn detected(
    writer: &Writer<'_>,
    database: &Database,
    sobject: &SObject,
    rule: DuplicateRule,
    ids: Vec<String>,
) -> Result<ApiError, ApiError> {
    let mut records = Vec::new();
    if let Some(sobject) = writer.org.schema.named(&sobject.name) {
        for id in &ids {
            records.extend(record(writer, database, sobject, id)?);
        }
    }
    let duplicates = Duplicates {
        rule,
        label: sobject.label.clone(),
        label_plural: sobject.label_plural.clone(),
        ids,
        records,
    };
    let error = ApiError::caller(
        StatusCode::BAD_REQUEST,
        "DUPLICATES_DETECTED",
        Duplicates::message(),
    );
    Ok(ApiError {
        duplicates: Some(Box::new(duplicates)),
        ..error
    })
}

fn record(
    writer: &Writer<'_>,
    database: &Database,
    sobject: &Arc<SObject>,
    id: &str,
) -> Result<Option<serde_json::Value>, ApiError> {
    let Some(id) = RecordId::parse(id) else {
        return Ok(None);
    };
    let fields = match writer.duplicates.include_record_details {
        true => sobject.fields.clone(),
        false => sobject.fields.iter().take(1).cloned().collect(),
    };
    let record = super::read(database, sobject, fields, &id, writer.version)?;
    let record = record
        .map(|record| serde_json::to_value(&record))
        .transpose();
    record.map_err(|error| ApiError::internal(&error))
}
