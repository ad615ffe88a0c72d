//! The calls of `wit/session.wit`.

pub use crate::bindings::exports::sfbox::client::session::{Origin, SessionStatus as Status};

use super::{Answer, Options, calls};

impl Answer for Status {
    fn text_bytes(&self) -> usize {
        let texts = [&self.instance, &self.note];
        texts.into_iter().flatten().map(String::len).sum()
    }
}

calls! { session:
    /// Tells what is known of the session; sends nothing to Salesforce.
    ///
    /// # Errors
    ///
    /// See `status` in `wit/session.wit`.
    session_status = "session status" call_status(; Options) -> Status;

    /// Logs in and stores the new token.
    ///
    /// # Errors
    ///
    /// See `renew` in `wit/session.wit`.
    renew_session = "session renew" call_renew(; Options) -> Status;

    /// Removes the stored token.
    ///
    /// # Errors
    ///
    /// See `forget` in `wit/session.wit`.
    forget_session = "session forget" call_forget(; Options) -> ();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::ANSWER_BYTES_MAX;

    #[test]
    fn the_texts_of_a_status_are_within_the_limit_together() {
        let status = |bytes| Status {
            origin: Origin::Stored,
            instance: Some("x".repeat(ANSWER_BYTES_MAX)),
            issued_at_ms: None,
            expires_at_ms: None,
            shared: true,
            note: Some("x".repeat(bytes)),
        };
        assert!(status(0).bounded().is_ok());
        assert!(status(1).bounded().is_err());
    }
}
