//! What a request does to an org.

/// What a request does to an org, from harmless to grave: each level denies all
/// from one of these on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// The component's own: a login, or a question about a token.
    Own,
    /// Changes nothing.
    Read,
    /// Creates or changes; what it changes is still there.
    Write,
    /// Deletes, and says so.
    Delete,
    /// Runs what the org defines, or changes what the org runs: it can delete
    /// without saying so.
    MayDelete,
    /// Not in the table, or in it by what the request does not say.
    Unknown,
    /// Runs Apex that the request brings along.
    AnonymousApex,
    /// `/services/oauth2/*`: sessions and passwords.
    NeverACallers,
}

impl Effect {
    /// What is said of it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Own => "is the component's own",
            Self::Read => "is a read",
            Self::Write => "is a write",
            Self::Delete => "is a delete",
            Self::MayDelete => "can delete or disable without saying so",
            Self::Unknown => "is not a request with a known effect",
            Self::AnonymousApex => "runs anonymous Apex",
            Self::NeverACallers => "is only for the component's own login",
        }
    }
}
