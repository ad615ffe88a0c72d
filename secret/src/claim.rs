//! Claims: what all stores and all who claim agree on.

use std::time::Duration;

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is the claimant's.
    Won,
    /// Somebody made it so long ago.
    Held(Duration),
    /// Nobody has it, and nobody can get it: it was released for the last time.
    Spent {
        /// The time since the last release.
        age: Duration,
        /// The code with which the last login was refused, if it was.
        refusal: Option<String>,
    },
}

/// The last generation of a claim: it can be made and released four times.
///
/// The limit is what logins that fail may cost: four a minute with one set of
/// credentials. In AWS Secrets Manager it is also what releasing and claiming again
/// may cost of the hundred versions that a secret has.
const GENERATION_MAX: u32 = 3;

/// The longest name of a claim, and the longest code of a refusal, in bytes
/// (`wit/secret-store.wit`).
const BYTES_MAX: usize = 64;

/// The generation that may be made after this one was released. `None`: that was the
/// last, nobody has the claim, and nobody gets it.
pub fn after_release(generation: u32) -> Option<u32> {
    (generation < GENERATION_MAX).then(|| generation + 1)
}

/// Whether a claim may have this name: 1 to 64 bytes of `[A-Za-z0-9-]`, as the
/// contract says (`wit/secret-store.wit`).
pub fn is_claim_key(key: &str) -> bool {
    is_plain(key, b"-")
}

/// Whether this may be the code of a login's refusal: 1 to 64 bytes of
/// `[A-Za-z0-9_-]`, as the contract says (`wit/secret-store.wit`).
pub fn is_refusal(code: &str) -> bool {
    is_plain(code, b"_-")
}

fn is_plain(text: &str, marks: &[u8]) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    (1..=BYTES_MAX).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_made_four_times_and_no_more() {
        let generations = std::iter::successors(Some(0), |last| after_release(*last));
        assert_eq!(generations.collect::<Vec<u32>>(), [0, 1, 2, 3]);
        assert_eq!(after_release(u32::MAX), None);
    }

    #[test]
    fn a_claims_key_and_a_refusals_code_are_short_and_plain() {
        for (text, is_key, is_code) in [
            ("", false, false),
            ("a", true, true),
            ("0aZ-", true, true),
            ("invalid_client", false, true),
            ("é", false, false),
            ("a b", false, false),
            ("a\"", false, false),
            (&"a".repeat(64), true, true),
            (&"a".repeat(65), false, false),
        ] {
            assert_eq!(is_claim_key(text), is_key, "{text}");
            assert_eq!(is_refusal(text), is_code, "{text}");
        }
    }
}
