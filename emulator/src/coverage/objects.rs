//! The objects of every org, and what can be written of them.

use super::markdown::{self, code};
use crate::schema::{SObject, Schema};
use crate::sobject::write;

/// A row for each object.
pub(super) fn table() -> String {
    let schema = Schema::standard();
    let rows = schema.sobjects().iter().map(|sobject| {
        let prefix = match &*sobject.key_prefix {
            "" => "none".to_owned(),
            prefix => code(prefix),
        };
        [code(&*sobject.name), prefix, writes(sobject)]
    });
    markdown::table(["object", "ids begin with", "records can be"], rows)
}

fn writes(sobject: &SObject) -> String {
    if sobject.key_prefix.is_empty() {
        return "nothing: the object has no records, and paths to several objects lead to it"
            .to_owned();
    }
    let can_be = [
        ("created", write::check_createable(sobject).is_ok()),
        ("changed", sobject.updateable),
        ("deleted", sobject.deletable),
    ];
    let can_be: Vec<&str> = can_be
        .iter()
        .filter_map(|(what, can_be)| can_be.then_some(*what))
        .collect();
    match can_be.as_slice() {
        [] => "read".to_owned(),
        can_be => format!("read, {}", can_be.join(", ")),
    }
}
