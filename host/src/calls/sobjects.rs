//! The calls of `wit/sobjects.wit`.

pub use crate::bindings::exports::sfbox::client::sobjects::{
    Changes, Created, ExternalId, Key, Upserted,
};
pub use crate::bindings::exports::sfbox::client::types::{
    Assignment, Content, Duplicates, Fetched, Repeat, Validator,
};

use crate::answer::error_bytes;

use super::{Answer, ChangeOptions, Options, ReadOptions, WriteOptions, calls};

impl Answer for Created {
    fn text_bytes(&self) -> usize {
        error_bytes(&self.notices) + self.id.as_ref().map_or(0, String::len)
    }
}

impl Answer for Fetched {
    fn text_bytes(&self) -> usize {
        match self {
            Self::Content(content) => content.body.len(),
            Self::NotModified => 0,
        }
    }
}

impl Answer for Upserted {
    fn text_bytes(&self) -> usize {
        self.id.len()
    }
}

impl Answer for Changes {
    fn text_bytes(&self) -> usize {
        self.body.len()
    }
}

calls! { sobjects:
    /// Creates a record. `fields` is a JSON object, without `Id`.
    ///
    /// # Errors
    ///
    /// See `create` in `wit/sobjects.wit`; above all
    /// [`Failure::OutcomeUnknown`](crate::Failure::OutcomeUnknown) when the answer was lost.
    create = "sobjects create" call_create(object: &str, fields: &str; WriteOptions) -> Created;

    /// Reads a record: these fields, or all of them if there is none in the list.
    ///
    /// # Errors
    ///
    /// See `get` in `wit/sobjects.wit`.
    get = "sobjects get" call_get(object: &str, key: &Key, fields: &[String]; ReadOptions)
        -> Fetched;

    /// Sets fields of a record that exists. `fields` is a JSON object; `null` empties a
    /// field.
    ///
    /// # Errors
    ///
    /// See `update` in `wit/sobjects.wit`; above all
    /// [`Failure::PreconditionFailed`](crate::Failure::PreconditionFailed).
    update = "sobjects update" call_update(object: &str, key: &Key, fields: &str; ChangeOptions)
        -> ();

    /// Updates the record with this external id, or creates it.
    ///
    /// # Errors
    ///
    /// See `upsert` in `wit/sobjects.wit`; above all
    /// [`Failure::Ambiguous`](crate::Failure::Ambiguous).
    upsert = "sobjects upsert" call_upsert(object: &str, external_id: &ExternalId, fields: &str; WriteOptions) -> Upserted;

    /// Moves a record to the recycle bin.
    ///
    /// # Errors
    ///
    /// See `delete` in `wit/sobjects.wit`.
    delete = "sobjects delete" call_delete(object: &str, key: &Key; WriteOptions) -> ();

    /// Which records of an object were deleted in a span of time, which is given in
    /// milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// See `deleted` in `wit/sobjects.wit`.
    deleted = "sobjects deleted" call_deleted(object: &str, start_ms: u64, end_ms: u64; Options) -> Changes;

    /// Which records of an object were created or changed in a span of time, which is given
    /// in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// See `updated` in `wit/sobjects.wit`.
    updated = "sobjects updated" call_updated(object: &str, start_ms: u64, end_ms: u64; Options) -> Changes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::ANSWER_BYTES_MAX;

    #[test]
    fn what_the_org_chose_is_within_the_limit() {
        let fetched = |bytes| {
            Fetched::Content(Content {
                body: "x".repeat(bytes),
                etag: None,
                modified_at_ms: None,
            })
        };
        assert!(fetched(ANSWER_BYTES_MAX).bounded().is_ok());
        assert!(fetched(ANSWER_BYTES_MAX + 1).bounded().is_err());
        let changes = |bytes| Changes {
            body: "x".repeat(bytes),
            covered_at_ms: 0,
            earliest_at_ms: None,
        };
        assert!(changes(ANSWER_BYTES_MAX).bounded().is_ok());
        assert!(changes(ANSWER_BYTES_MAX + 1).bounded().is_err());
        let upserted = |bytes| Upserted {
            id: "x".repeat(bytes),
            created: true,
        };
        assert!(upserted(ANSWER_BYTES_MAX).bounded().is_ok());
        assert!(upserted(ANSWER_BYTES_MAX + 1).bounded().is_err());
        let created = |bytes| Created {
            id: Some("x".repeat(bytes)),
            notices: Vec::new(),
        };
        assert!(created(ANSWER_BYTES_MAX).bounded().is_ok());
        assert!(created(ANSWER_BYTES_MAX + 1).bounded().is_err());
    }
}
