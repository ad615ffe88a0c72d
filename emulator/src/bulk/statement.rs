//! A job's statement, run.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "SOQL Considerations".

use std::sync::Arc;

use super::flat::{self, Unflat};
use super::refusal;
use crate::error::ApiError;
use crate::ignored::Ignored;
use crate::jobs::Found;
use crate::org::Org;
use crate::query::environment_of;
use crate::schema::SObject;
use crate::soql::{self, Query};
use crate::sql::{Rows, Statement, translate};
use crate::version::ApiVersion;

/// A statement that was run.
pub(super) struct Ran {
    /// What it is about.
    pub(super) object: Arc<SObject>,
    pub(super) found: Found,
    /// What it says and the org ignores.
    pub(super) ignored: Ignored,
}

/// What a statement is about, and what it finds now.
pub(super) fn run(org: &Org, version: ApiVersion, text: &str, rows: Rows) -> Result<Ran, ApiError> {
    let query = soql::parse(text)?;
    let statement = translate(&query, text, environment_of(org, version, rows))?;
    // The words of all but the compound fields and the subqueries are the emulator's
    // own.
    let (matching, record) = match statement {
        Statement::Records { matching, record } => (matching, record),
        Statement::Count(_) | Statement::Groups(_) => {
            return Err(refusal::api_error(
                "Aggregate queries not supported in Bulk Query",
            ));
        }
    };
    check(&query)?;
    let columns = flat::columns(&query, &record.selected).map_err(|unflat| {
        refusal::api_error(match unflat {
            Unflat::Compound => "Selecting compound data not supported in Bulk Query",
            Unflat::Children => "Aggregate Relationships not supported in Bulk Query",
            Unflat::TypeOf => "TYPEOF not supported in Bulk Query",
        })
    })?;
    let matches = org.database().matches(&matching);
    let found = Found {
        record,
        matches: matches.map_err(|error| ApiError::internal(&error))?,
        columns: columns.into(),
    };
    let object = org.schema.named(&query.from.name.text);
    let object = object.ok_or_else(|| refusal::api_error("there is no such object"))?;
    Ok(Ran {
        object: Arc::clone(object),
        found,
        ignored: Ignored::of(&query, &org.schema),
    })
}

fn check(query: &Query) -> Result<(), ApiError> {
    if query.offset.is_some() {
        return Err(refusal::api_error("OFFSET not supported in Bulk Query"));
    }
    Ok(())
}
