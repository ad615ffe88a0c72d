//! What a statement's meaning depends on beside its text.

use std::sync::Arc;

use jiff::civil::Date;

use crate::id::RecordId;
use crate::schema::{SObject, Schema};
use crate::soql::{Code, Name, SoqlError};
use crate::version::ApiVersion;

/// The org, the user and the moment that a statement is run in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) rows: Rows,
    /// The day, in the user's time zone.
    pub(crate) today: Date,
    /// Whose records `USING SCOPE mine` means.
    pub(crate) user: &'a RecordId,
    pub(crate) version: ApiVersion,
}

impl<'a> Environment<'a> {
    /// The object that a statement's FROM names.
    pub(super) fn object(&self, name: &Name, soql: &str) -> Result<&'a Arc<SObject>, SoqlError> {
        let sobject = self.schema.named(&name.text);
        let sobject = sobject.filter(|sobject| sobject.queryable);
        sobject.ok_or_else(|| {
            let message = format!(
                "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append \
                 the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate \
                 names.",
                name.text
            );
            SoqlError::at(Code::InvalidType, soql, name.at, &message)
        })
    }
}

/// Which rows a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Those that exist: the `query` resource.
    Live,
    /// Deleted ones too: `queryAll`.
    All,
}

impl Rows {
    /// What holds of them in the first table.
    pub(super) const fn condition(self) -> &'static str {
        match self {
            Self::Live => "t0.\"IsDeleted\" = 0",
            // What was deleted for good is kept, because keys are never given out
            // again, and nobody sees it.
            Self::All => "t0.\"IsDeleted\" < 2",
        }
    }
}
