//! The calls of `wit/collections.wit`.

pub use crate::bindings::exports::sfbox::client::collections::{Outcome, Outcomes, Saved};

use crate::answer::error_bytes;

use super::{Answer, ManyOptions, Options, calls};

impl Answer for Outcomes {
    fn text_bytes(&self) -> usize {
        let texts = self.outcomes.iter().map(|outcome| match outcome {
            Outcome::Saved(saved) => saved.id.len(),
            Outcome::Refused(errors) => error_bytes(errors),
            Outcome::RolledBack | Outcome::Unknown | Outcome::NotSent => 0,
        });
        texts.sum()
    }
}

impl Answer for Vec<Option<String>> {
    fn text_bytes(&self) -> usize {
        self.iter().flatten().map(String::len).sum()
    }
}

calls! { collections:
    /// Creates records, 1 to 10,000, and says what became of each.
    ///
    /// # Errors
    ///
    /// See `create` in `wit/collections.wit`: nothing was saved.
    create_many = "collections create"
        call_create(object: &str, records: &[String]; ManyOptions) -> Outcomes;

    /// Reads records by their ids: an entry for each, in their order.
    ///
    /// # Errors
    ///
    /// See `get` in `wit/collections.wit`.
    get_many = "collections get"
        call_get(object: &str, ids: &[String], fields: &[String]; Options) -> Vec<Option<String>>;

    /// Sets fields of records that exist, each of which has its `Id`, and says what became of
    /// each.
    ///
    /// # Errors
    ///
    /// See `update` in `wit/collections.wit`.
    update_many = "collections update"
        call_update(object: &str, records: &[String]; ManyOptions) -> Outcomes;

    /// Updates records by an external id, or creates them, and says what became of each.
    ///
    /// # Errors
    ///
    /// See `upsert` in `wit/collections.wit`.
    upsert_many = "collections upsert"
        call_upsert(object: &str, external_field: &str, records: &[String]; ManyOptions)
        -> Outcomes;

    /// Moves records to the recycle bin, and says what became of each.
    ///
    /// # Errors
    ///
    /// See `delete` in `wit/collections.wit`.
    delete_many = "collections delete" call_delete(ids: &[String]; ManyOptions) -> Outcomes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::ANSWER_BYTES_MAX;

    #[test]
    fn what_the_org_chose_is_within_the_limit() {
        let outcomes = |bytes| Outcomes {
            outcomes: vec![
                Outcome::Unknown,
                Outcome::Saved(Saved {
                    id: "x".repeat(bytes),
                    created: true,
                }),
            ],
            stopped: None,
        };
        assert!(outcomes(ANSWER_BYTES_MAX).bounded().is_ok());
        assert!(outcomes(ANSWER_BYTES_MAX + 1).bounded().is_err());
        let records = |bytes| vec![None, Some("x".repeat(bytes))];
        assert!(records(ANSWER_BYTES_MAX).bounded().is_ok());
        assert!(records(ANSWER_BYTES_MAX + 1).bounded().is_err());
    }
}
