//! What happened in the world, for a test to judge.

use std::collections::BTreeMap;
use std::time::Duration;

/// What a node did, and when.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Duration,
    pub(crate) node: usize,
    pub(crate) deed: Deed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// It won the claim of this key.
    Claimed(String),
    /// It took this claim of its own back.
    Released(String),
    /// It sent its credentials.
    LoginBegun,
    /// The org gave it this token.
    LoggedIn(String),
    /// It called with this token.
    Called { token: String, accepted: bool },
    /// Its write met another.
    Conflicted,
    /// It crashed.
    Died,
}

/// The secret, from some moment on.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) since: Duration,
    pub(crate) version: u64,
    pub(crate) members: BTreeMap<String, String>,
}
