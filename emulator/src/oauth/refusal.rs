//! What the OAuth endpoints answer to a request that they refuse.
//!
//! Source: Salesforce Help, "OAuth 2.0 Error Codes"; the words are those of
//! public captures unless marked.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::format::Format;

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
    /// The emulator's own words: Salesforce also begins the device flow here.
    pub(super) const OTHER_RESPONSE_TYPE: Self = Self::new(
        "unsupported_response_type",
        "this emulator does not support the device flow",
    );
    /// As above.
    pub(super) const DEVICE: Self = Self::new(
        "unsupported_grant_type",
        "this emulator does not support the device flow",
    );
    /// As above: Salesforce asks an Apex class.
    pub(super) const EXCHANGE: Self = Self::new(
        "unsupported_grant_type",
        "this emulator does not support token exchange",
    );
    /// The emulator's own: Salesforce also answers in XML.
    pub(super) const OTHER_FORMAT: Self = Self::new(
        "invalid_request",
        "this emulator supports only the formats json and urlencoded",
    );
    pub(super) const UNKNOWN_CLIENT: Self =
        Self::new("invalid_client_id", "client identifier invalid");
    pub(super) const WRONG_SECRET: Self = Self::new("invalid_client", "invalid client credentials");
    pub(super) const NO_USER: Self =
        Self::new("invalid_grant", "no client credentials user enabled");
    /// The words are documented, the code is not.
    pub(super) const TOO_MANY: Self = Self::new("invalid_grant", "login rate exceeded");

    /// Source: omniphx/forrest, issues 146 and 364. A password, a user and a
    /// flow that an administrator blocked have the same words.
    pub(super) const AUTHENTICATION_FAILURE: Self =
        Self::new("invalid_grant", "authentication failure");
    /// Source: restforce/restforce, issue 81, and jsforce/jsforce, issue 1656.
    pub(super) const EXPIRED_TOKEN: Self =
        Self::new("invalid_grant", "expired access/refresh token");
    pub(super) const INVALID_CODE: Self = Self::new("invalid_grant", "invalid authorization code");
    /// Nobody could confirm the words.
    pub(super) const INVALID_ASSERTION: Self = Self::new("invalid_grant", "invalid assertion");
    pub(super) const WRONG_AUDIENCE: Self = Self::new("invalid_grant", "audience is invalid");
    pub(super) const NOT_APPROVED: Self =
        Self::new("invalid_grant", "user hasn't approved this consumer");
    /// As for the grant type, and the next two; what Salesforce says is not
    /// documented.
    pub(super) const NO_REFRESH_TOKEN: Self = Self::new(
        "invalid_request",
        "missing required parameter: refresh_token",
    );
    pub(super) const NO_CODE: Self =
        Self::new("invalid_request", "missing required parameter: code");
    pub(super) const NO_ASSERTION: Self =
        Self::new("invalid_request", "missing required parameter: assertion");

    /// Nothing that could be revoked. Source: omniphx/forrest, issue 213.
    pub(super) const NO_TOKEN_TYPE: Self =
        Self::new("unsupported_token_type", "this token type is not supported");
    /// A token that was never issued, or has ended. Nobody could confirm the
    /// words; the code is documented.
    pub(super) const INVALID_TOKEN: Self = Self::new("invalid_token", "invalid token");

    /// The emulator's own: its machine has no random numbers.
    pub(super) const NO_RANDOMNESS: Self =
        Self::new("server_error", "this machine has no random numbers");

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

    /// The refusal as it is sent.
    pub(super) fn answer(self, format: Format) -> Answer {
        let status = if self == Self::NO_RANDOMNESS {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            // In every public capture, even for wrong credentials.
            StatusCode::BAD_REQUEST
        };
        let answer = match format {
            Format::UrlEncoded => Answer::form(status, &self),
            Format::Json | Format::Xml => Answer::json(status, &self),
        };
        if self.is_unexpected() {
            answer.unexpected()
        } else {
            answer
        }
    }

    /// Whether no client that works as it should sends such a request, or this
    /// emulator lacks what it asks for.
    fn is_unexpected(self) -> bool {
        matches!(
            self,
            Self::NO_GRANT_TYPE
                | Self::OTHER_GRANT_TYPE
                | Self::OTHER_RESPONSE_TYPE
                | Self::OTHER_FORMAT
                | Self::DEVICE
                | Self::EXCHANGE
                | Self::NO_TOKEN
                | Self::NO_TOKEN_TYPE
                | Self::NO_REFRESH_TOKEN
                | Self::NO_CODE
                | Self::NO_ASSERTION
                | Self::NO_RANDOMNESS
        )
    }
}
