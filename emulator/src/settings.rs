//! How the org behaves, changeable while it runs.

mod jwt_lifetime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use jwt_lifetime::{
    JWT_LIFETIME_MS, JWT_LIFETIME_MS_MAX, JWT_LIFETIME_MS_MIN, JwtLifetime, JwtLifetimeError,
};

/// Logins a user may make in a rolling hour.
///
/// Source: Salesforce Help 000381578.
pub const LOGINS_PER_HOUR: u32 = 3_600;

/// How long a session lives without use, in milliseconds: Salesforce's default
/// of two hours.
pub const SESSION_TIMEOUT_MS: u64 = 2 * 60 * 60 * 1_000;

/// What an administrator of the org could set, and what went wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgSettings {
    /// Whether the app has a "Run As" user; without one no login succeeds.
    pub run_as_user: bool,
    /// Whether every token is refused on use, however fresh. To introspect it
    /// is no use.
    pub refuse_all_tokens: bool,
    /// How a refused token is answered. One in JWT format never gets
    /// `session_expired`, but `invalid_jwt_format` in its place.
    pub unauthorized: Unauthorized,
    /// The `instance_url` that logins answer; absent: the org's own. Any text,
    /// because hostile ones are to be tested.
    pub instance_url: Option<String>,
    /// Logins in a rolling hour before the limit is met.
    pub logins_per_hour: u32,
    /// How long a session lives without use, in milliseconds. The session of a
    /// JWT lives as long as that says.
    pub session_timeout_ms: u64,
    /// Whether a query locator dies with the session that opened it, as it
    /// does in Salesforce.
    pub locators_bound_to_session: bool,
    /// Whether the app may introspect its tokens.
    pub introspection: bool,
    /// The format of the tokens that logins answer from now on; those of before
    /// stay good.
    pub token_format: TokenFormat,
    /// How long a token in JWT format lives whatever its use, in milliseconds;
    /// a change is for the tokens that come after it.
    pub jwt_lifetime_ms: JwtLifetime,
    /// Whether a request's body counts only if `Content-Length` announces it, as
    /// for servers that do not read chunked bodies. A chunked login is then
    /// refused, because it has no grant type.
    pub body_length_required: bool,
    /// Whether a login answers the token of the last session that is alive, if there
    /// is one, as Salesforce sometimes does.
    pub same_token: bool,
    /// How the children of a record are read on that a page does not have.
    pub child_pages: ChildPages,
    /// Whether writes of the User Interface API can have an `Idempotency-Key`.
    /// Salesforce enables that for an org on request.
    pub idempotent_writes: bool,
}

/// The ways in which children are known to be read on: a page counts them among
/// its rows.
///
/// Source: jetstreamapp/jetstream PR 1966 and simple-salesforce#311.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildPages {
    /// By a locator of their own, which their result names.
    OwnLocator,
    /// By that, and by the locator of the whole result, which is not `done`
    /// then: its next page repeats their parent, with its next children.
    RepeatedParent,
}

/// The formats of access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// A name of the session. It lives on with use, and only introspection
    /// tells its end.
    Opaque,
    /// A signed JWT that tells its end, and which no use prolongs.
    Jwt,
}

/// The variants of status 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unauthorized {
    /// INVALID_SESSION_ID, `Session expired or invalid`.
    SessionExpired,
    /// INVALID_SESSION_ID, `This session is not valid for use with the REST
    /// API`: no renewal helps.
    NotValidForRest,
    /// INVALID_AUTH_HEADER, `INVALID_JWT_FORMAT`: an expired JWT token.
    InvalidJwtFormat,
    /// INVALID_AUTH_HEADER, `INVALID_HEADER_TYPE`.
    InvalidHeaderType,
}

impl Unauthorized {
    /// The variant that a refused JWT gets where another token gets this one.
    ///
    /// Source: public captures of an expired JWT's refusal.
    pub(crate) const fn of_jwt(self) -> Self {
        match self {
            Self::SessionExpired => Self::InvalidJwtFormat,
            Self::NotValidForRest | Self::InvalidJwtFormat | Self::InvalidHeaderType => self,
        }
    }
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            run_as_user: true,
            refuse_all_tokens: false,
            unauthorized: Unauthorized::SessionExpired,
            instance_url: None,
            logins_per_hour: LOGINS_PER_HOUR,
            session_timeout_ms: SESSION_TIMEOUT_MS,
            locators_bound_to_session: true,
            introspection: true,
            token_format: TokenFormat::Opaque,
            jwt_lifetime_ms: JwtLifetime::default(),
            body_length_required: false,
            same_token: false,
            child_pages: ChildPages::OwnLocator,
            idempotent_writes: true,
        }
    }
}

impl OrgSettings {
    /// These settings with the members of `patch` in the place of their own.
    pub(crate) fn patched(&self, patch: Value) -> Result<Self, serde_json::Error> {
        let mut merged = serde_json::to_value(self)?;
        match (&mut merged, patch) {
            (Value::Object(settings), Value::Object(changes)) => {
                settings.extend(changes);
                serde_json::from_value(merged)
            }
            // Not an object: let serde say what was expected.
            (_, other) => serde_json::from_value(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_only_what_it_names() {
        let settings = OrgSettings::default();
        let patched = settings
            .patched(json!({"run_as_user": false, "instance_url": "x"}))
            .expect("a patch");
        assert_eq!(
            patched,
            OrgSettings {
                run_as_user: false,
                instance_url: Some("x".to_owned()),
                ..settings.clone()
            }
        );
        let back = patched
            .patched(json!({"run_as_user": true, "instance_url": null}))
            .expect("a patch");
        assert_eq!(back, settings);
    }

    #[test]
    fn a_patch_with_anything_else_is_refused() {
        for (patch, words) in [
            (json!({"run_as": false}), "unknown field `run_as`"),
            (json!({"run_as_user": 1}), "expected a boolean"),
            (json!({"unauthorized": "maybe"}), "session_expired"),
            (
                json!({"token_format": "saml"}),
                "expected `opaque` or `jwt`",
            ),
            (
                json!({"jwt_lifetime_ms": JWT_LIFETIME_MS_MIN - 1}),
                "from 1000 to 86400000 ms, not 999",
            ),
            (
                json!({"jwt_lifetime_ms": JWT_LIFETIME_MS_MAX + 1}),
                "from 1000 to 86400000 ms, not 86400001",
            ),
            (
                json!({"child_pages": "both"}),
                "expected `own_locator` or `repeated_parent`",
            ),
            (json!(5), "expected struct OrgSettings"),
        ] {
            let error = OrgSettings::default()
                .patched(patch)
                .expect_err(words)
                .to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
