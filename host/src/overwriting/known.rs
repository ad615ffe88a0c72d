//! The secrets that an org's requests were sent with.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};

use super::secrets::Secrets;

/// Carries the token to the first version of the Bulk API (Bulk API Developer Guide,
/// "Session Header").
const SESSION: &str = "x-sfdc-session";

/// How the token begins in the other header.
const BEARER: &str = "Bearer ";

/// How many of each kind are known at once: the last ones. An answer may be to a request
/// that was sent before a renewal, or before the credentials were rotated.
const OF_A_KIND_MAX: usize = 4;

/// What an org may repeat: its consumer secret, and the tokens of its sessions.
#[derive(Default)]
pub(crate) struct KnownSecrets(Mutex<Known>);

#[derive(Default)]
struct Known {
    consumer_secrets: VecDeque<SecretString>,
    tokens: VecDeque<SecretString>,
    /// Made when it is asked for.
    current: Option<Secrets>,
}

impl KnownSecrets {
    /// Remembers the consumer secret.
    pub(crate) fn learn_consumer_secret(&self, secret: &str) {
        let known = &mut *self.known();
        if add(&mut known.consumer_secrets, secret) {
            known.current = None;
        }
    }

    /// Remembers the token of a request that is about to leave. So a token is known before
    /// anybody can repeat it, whether it is stored or not.
    pub(crate) fn learn_request(&self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let bearer = text(AUTHORIZATION.as_str()).and_then(|text| text.strip_prefix(BEARER));
        for token in [bearer, text(SESSION)].into_iter().flatten() {
            let known = &mut *self.known();
            if add(&mut known.tokens, token) {
                known.current = None;
            }
        }
    }

    /// All that is known now.
    pub(crate) fn current(&self) -> Secrets {
        let known = &mut *self.known();
        let all = known.consumer_secrets.iter().chain(&known.tokens);
        let secrets = known
            .current
            .take()
            .unwrap_or_else(|| Secrets::of(all.map(|secret| secret.expose_secret())));
        known.current = Some(secrets.clone());
        secrets
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds one as the last; says whether it is new.
fn add(secrets: &mut VecDeque<SecretString>, secret: &str) -> bool {
    let is_known = |known: &SecretString| known.expose_secret() == secret;
    if secrets.iter().any(is_known) {
        return false;
    }
    if secrets.len() == OF_A_KIND_MAX {
        secrets.pop_front();
    }
    secrets.push_back(secret.into());
    true
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn request(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::try_from(value).unwrap());
        headers
    }

    fn hides(known: &KnownSecrets, text: &str) -> bool {
        let over = known.current().overwritten(text.as_bytes());
        over.is_some_and(|over| over == "*".repeat(text.len()).as_bytes())
    }

    #[test]
    fn what_was_sent_is_known() {
        let known = KnownSecrets::default();
        assert!(!hides(&known, "00D1!token"));
        known.learn_request(&request("authorization", "Bearer 00D1!token"));
        known.learn_request(&request("x-sfdc-session", "00D2!token"));
        known.learn_request(&request("authorization", "Basic 00D3!token"));
        known.learn_consumer_secret("of-the-app");
        for secret in ["00D1!token", "00D2!token", "of-the-app"] {
            assert!(hides(&known, secret), "{secret}");
        }
        assert!(!hides(&known, "00D3!token"));
    }

    #[test]
    fn the_last_ones_are_known_and_no_more() {
        let known = KnownSecrets::default();
        known.learn_consumer_secret("of-the-app");
        for number in 0..=OF_A_KIND_MAX {
            known.learn_request(&request(
                "authorization",
                &format!("Bearer 00D{number}!token"),
            ));
        }
        assert!(!hides(&known, "00D0!token"));
        for number in 1..=OF_A_KIND_MAX {
            assert!(hides(&known, &format!("00D{number}!token")), "{number}");
        }
        assert!(hides(&known, "of-the-app"), "of another kind");
    }

    #[test]
    fn what_is_known_already_changes_nothing() {
        let known = KnownSecrets::default();
        let headers = request("authorization", "Bearer 00D1!token");
        known.learn_request(&headers);
        let before = known.current();
        known.learn_request(&headers);
        assert!(before.is(&known.current()));
    }
}
