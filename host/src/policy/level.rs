//! How much an operator lets out.

use std::fmt;

use super::Effect;

/// What is denied of all that an org offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// Nothing but what is denied in every level.
    #[default]
    Everything,
    /// What deletes, what can delete without saying so, and what is unknown.
    NoDelete,
    /// All that is not known to be a read.
    ReadOnly,
}

impl Level {
    /// Whether requests with this effect may leave, as far as the level says.
    pub(super) fn permits(self, effect: Effect) -> bool {
        match self {
            Self::Everything => effect < Effect::AnonymousApex,
            Self::NoDelete => effect <= Effect::Write,
            Self::ReadOnly => effect <= Effect::Read,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Everything => "everything",
            Self::NoDelete => "no-delete",
            Self::ReadOnly => "read-only",
        })
    }
}
