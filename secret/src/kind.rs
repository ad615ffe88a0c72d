//! What a store's failure means to whoever asked.

/// What to make of a failure; the contract's `secret-store.error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no secret of that name.
    NotFound,
    /// The store refuses.
    Denied,
    /// The secret is not at that version any more.
    Conflict,
    /// Slow down; the store's wish in seconds.
    Throttled(Option<u32>),
    /// No answer, or one that passes.
    Unavailable,
    /// The text is not what a secret has to be.
    Malformed,
}
