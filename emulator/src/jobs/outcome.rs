//! What became of one record of an upload.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::id::RecordId;

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is as the upload has it.
    Saved { id: RecordId, is_new: bool },
    /// It is as before.
    Failed {
        /// The id that the upload has.
        id: Option<Box<str>>,
        error: Box<RowError>,
    },
}

/// Why a record was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) fields: Vec<String>,
}

impl Outcome {
    pub(crate) const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

impl RowError {
    pub(crate) fn new(code: &'static str, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
            fields: Vec::new(),
        }
    }

    /// Why the REST API would not write this record, in the words of jobs.
    pub(crate) fn of(error: ApiError, record: &Map<String, Value>) -> Self {
        match &error.member {
            Some(field) => Self::mistyped(field, record),
            None => error.into(),
        }
    }

    /// A value of another type than the field's, which is no fault of a JSON body
    /// here. Source of the code: SOAP API Developer Guide, "StatusCode"; the words
    /// are those of a client's log.
    fn mistyped(field: &str, record: &Map<String, Value>) -> Self {
        let mut members = record.iter();
        let value = members.find(|(name, _)| name.eq_ignore_ascii_case(field));
        let value = match value {
            Some((_, Value::String(text))) => text.clone(),
            Some((_, other)) => other.to_string(),
            None => String::new(),
        };
        Self {
            code: "INVALID_TYPE_ON_FIELD_IN_RECORD",
            message: format!("value not of required type: {value}"),
            fields: vec![field.to_owned()],
        }
    }
}

impl From<ApiError> for RowError {
    fn from(error: ApiError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            fields: error.fields.unwrap_or_default(),
        }
    }
}

/// As a result in CSV has it. Source: Bulk API Developer Guide, "Get Batch
/// Results", for one field; `:--` of none is in clients' logs; how several fields
/// are divided could not be confirmed.
impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.code, self.message)?;
        for field in &self.fields {
            write!(f, "{field} ")?;
        }
        f.write_str("--")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_written_as_salesforce_does() {
        let mut error = RowError::new(
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [Name]",
        );
        error.fields.push("Name".to_owned());
        assert_eq!(
            error.to_string(),
            "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
        );
        let error = RowError::new("ENTITY_IS_DELETED", "entity is deleted");
        assert_eq!(error.to_string(), "ENTITY_IS_DELETED:entity is deleted:--");
    }
}
