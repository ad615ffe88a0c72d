//! Why a record was not saved.

use std::fmt;

use serde::Serialize;
use sfbox::error::ApiError;

/// The code of a value that does not have its field's type.
pub(crate) const INVALID_VALUE: &str = "SFBOX_INVALID_VALUE";

/// The code of a record whose answer was lost.
pub(crate) const OUTCOME_UNKNOWN: &str = "SFBOX_OUTCOME_UNKNOWN";

/// The code of a record that was valid, but another one of its request was not.
pub(crate) const ROLLED_BACK: &str = "ALL_OR_NONE_OPERATION_ROLLED_BACK";

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reason {
    /// Salesforce's code, or one of ours, which begins with `SFBOX_`.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The fields that it is about.
    pub(crate) fields: Vec<String>,
}

impl Reason {
    pub(crate) fn new(code: &str, message: impl Into<String>, fields: &[&str]) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
        }
    }
}

impl From<&ApiError> for Reason {
    fn from(error: &ApiError) -> Self {
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            fields: error.fields.clone(),
        }
    }
}

/// As Salesforce's Bulk API writes it in a file of failed records.
///
/// Source: Bulk API 2.0 Developer Guide, "Get Job Failed Record Results".
impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, message, fields) = (&self.code, &self.message, self.fields.join(", "));
        write!(out, "{code}:{message}:{fields} --")
    }
}

/// Several reasons on one line.
pub(crate) fn line(reasons: &[Reason]) -> String {
    let texts: Vec<String> = reasons.iter().map(Reason::to_string).collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_written_as_bulk_writes_them() {
        let missing = Reason::new("REQUIRED_FIELD_MISSING", "Required: [Name]", &["Name"]);
        assert_eq!(
            line(&[missing, Reason::new("X", "y", &[])]),
            "REQUIRED_FIELD_MISSING:Required: [Name]:Name -- X:y: --"
        );
    }
}
