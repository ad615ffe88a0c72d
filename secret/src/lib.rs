//! What an org's secret says, and how it is edited.
//!
//! Whoever keeps an org's session in a secret has to agree with all others on
//! that secret: on the members that the component is granted, on how the text is
//! edited so that every other byte survives, and, in AWS Secrets Manager, on the
//! stages, the ids of claims, and what a refusal means. The host and the adapters
//! take these rules from here. Nothing in it does I/O, tells the time or draws a
//! random number, and it builds for every target.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod aws;
mod granted;
mod kind;
mod name;
mod text;

pub use granted::{Change, Part, Refused, check, edited, entries, is_managed};
pub use kind::Kind;
pub use name::{SecretName, SecretNameError};
pub use text::{Member, NotAnObject, decoded, members};

/// The longest secret, in bytes (AWS Secrets Manager, `SecretString`). The other
/// stores keep to it too, so that a secret can move.
pub const SECRET_BYTES_MAX: usize = 65_536;

/// Whether a claim may have this name: 1 to 64 bytes of `[A-Za-z0-9-]`, as the
/// contract says (`wit/secret-store.wit`).
pub fn is_claim_key(key: &str) -> bool {
    (1..=64).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claims_key_is_short_and_plain() {
        for (key, accepted) in [
            ("", false),
            ("a", true),
            ("0aZ-", true),
            ("a_b", false),
            ("é", false),
            (&"a".repeat(64), true),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(is_claim_key(key), accepted, "{key}");
        }
    }
}
