//! What is done with records.

/// What is done with the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Update,
    /// By this field.
    Upsert(String),
    Delete,
}

impl Purpose {
    /// Whether a record is only named.
    pub(super) fn needs_only_ids(&self) -> bool {
        *self == Self::Delete
    }

    /// The command.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Upsert(_) => "upsert",
            Self::Delete => "delete",
        }
    }
}
