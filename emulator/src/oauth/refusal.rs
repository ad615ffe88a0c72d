//! What the OAuth endpoints answer to a request that they refuse.
//!
//! Source: Salesforce Help, "OAuth 2.0 Error Codes"; the words are those of
//! public captures unless marked.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Refusal {
    error: &'static str,
    error_description: &'static str,
}

impl Refusal {
    pub(super) const WRONG_DOMAIN: Self =
        Self::new("invalid_grant", "request not supported on this domain");
    pub(super) const NO_GRANT_TYPE: Self =
        Self::new("invalid_request", "missing required parameter: grant_type");
    pub(super) const OTHER_GRANT_TYPE: Self =
        Self::new("unsupported_grant_type", "grant type not supported");
    /// The emulator's own: Salesforce also answers in XML and as a form.
    pub(super) const OTHER_FORMAT: Self = Self::new(
        "invalid_request",
        "this emulator supports only the format json",
    );
    pub(super) const UNKNOWN_CLIENT: Self =
        Self::new("invalid_client_id", "client identifier invalid");
    pub(super) const WRONG_SECRET: Self = Self::new("invalid_client", "invalid client credentials");
    pub(super) const NO_USER: Self =
        Self::new("invalid_grant", "no client credentials user enabled");
    /// The words are documented, the code is not.
    pub(super) const TOO_MANY: Self = Self::new("invalid_grant", "login rate exceeded");

    /// As for the grant type; what Salesforce says is not documented.
    pub(super) const NO_TOKEN: Self =
        Self::new("invalid_request", "missing required parameter: token");
    /// The code is that of RFC 6749, section 5.2, the words are the emulator's
    /// own: what Salesforce says is not documented.
    pub(super) const NO_INTROSPECTION: Self = Self::new(
        "unauthorized_client",
        "this app is not permitted to introspect tokens",
    );

    const fn new(error: &'static str, error_description: &'static str) -> Self {
        Self {
            error,
            error_description,
        }
    }

    /// Whether no client that works as it should sends such a request.
    fn is_unexpected(self) -> bool {
        matches!(
            self,
            Self::NO_GRANT_TYPE | Self::OTHER_GRANT_TYPE | Self::OTHER_FORMAT | Self::NO_TOKEN
        )
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        // 400 in every public capture, even for wrong credentials.
        let answer = Self::json(StatusCode::BAD_REQUEST, &refusal);
        if refusal.is_unexpected() {
            answer.unexpected()
        } else {
            answer
        }
    }
}
