//! Records that a test brings along.

use serde_json::{Map, Value};

use crate::database::Row;
use crate::incoming::{self, IMPORT_ROWS_MAX, ImportError, Stamp};
use crate::org::Org;

/// Adds records to an object and answers their ids.
pub(crate) fn rows(
    org: &Org,
    sobject: &str,
    rows: &[Map<String, Value>],
) -> Result<Vec<String>, ImportError> {
    let unknown = || ImportError::UnknownObject(sobject.to_owned());
    let sobject = org.schema.named(sobject).ok_or_else(unknown)?;
    if rows.len() > IMPORT_ROWS_MAX {
        return Err(ImportError::TooMany(rows.len()));
    }
    let stamp = stamp(org);
    let _turn = org.turn();
    let mut database = org.database();
    let first = database.count(sobject).map_err(ImportError::database)?;
    let (mut ids, mut stored) = (Vec::new(), Vec::new());
    for (number, row) in (first..).zip(rows) {
        let mut own = Row::new();
        for (name, value) in row {
            let field = incoming::field(sobject, name)?;
            if let Some(value) = incoming::kept(&org.schema, field, value)? {
                own.push((&*field.name, value));
            }
        }
        let id = incoming::finish(&stamp, sobject, number, &mut own)?;
        ids.push(id);
        stored.push(own);
    }
    incoming::insert(&mut database, sobject, &stored).map_err(|refused| refused.why)?;
    Ok(ids)
}

/// The app's user, now.
pub(crate) fn stamp(org: &Org) -> Stamp {
    Stamp {
        user: org.user.to_string(),
        now_ms: org.clock.now_ms(),
    }
}
