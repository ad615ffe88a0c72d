//! Claims inside this process: one map that all instances share.
//!
//! A claim is a mark: who makes it does what it is for, and who finds it waits.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Claimed;

/// How long a claim is remembered: longer than any lives, which is an hour.
const MEMORY: Duration = Duration::from_secs(2 * 3_600);

/// How many claims an org may have. Each stands for a token that does not work,
/// so there are few; past it that org's oldest is forgotten.
const CLAIMS_MAX: usize = 64;

/// The claims, by org and key.
#[derive(Default)]
pub(crate) struct Claims {
    orgs: Mutex<HashMap<String, HashMap<String, Instant>>>,
}

impl Claims {
    /// Makes a claim, unless there is one.
    pub(crate) fn claim(&self, org: &str, key: &str, now: Instant) -> Claimed {
        let mut orgs = self.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        orgs.retain(|_, made| {
            made.retain(|_, since| now.saturating_duration_since(*since) < MEMORY);
            !made.is_empty()
        });
        let made = orgs.entry(org.to_owned()).or_default();
        if let Some(since) = made.get(key) {
            return Claimed::Held(now.saturating_duration_since(*since));
        }
        if made.len() >= CLAIMS_MAX
            && let Some(oldest) = made.iter().min_by_key(|(_, since)| **since)
        {
            let oldest = oldest.0.clone();
            made.remove(&oldest);
        }
        made.insert(key.to_owned(), now);
        Claimed::Won
    }

    /// Removes a claim, if there is one.
    pub(crate) fn release(&self, org: &str, key: &str) {
        let mut orgs = self.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        orgs.get_mut(org).and_then(|made| made.remove(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_won_once_and_ages() {
        let (claims, now) = (Claims::default(), Instant::now());
        assert_eq!(claims.claim("a", "k", now), Claimed::Won);
        let later = now + Duration::from_secs(7);
        assert_eq!(
            claims.claim("a", "k", later),
            Claimed::Held(Duration::from_secs(7))
        );
        assert_eq!(claims.claim("b", "k", later), Claimed::Won, "another org");
        assert_eq!(claims.claim("a", "l", later), Claimed::Won, "another key");
        claims.release("a", "k");
        claims.release("a", "never made");
        assert_eq!(claims.claim("a", "k", later), Claimed::Won);
    }

    #[test]
    fn a_claim_is_forgotten_in_the_end() {
        let (claims, now) = (Claims::default(), Instant::now());
        claims.claim("a", "k", now);
        let last = MEMORY - Duration::from_secs(1);
        assert_eq!(claims.claim("a", "k", now + last), Claimed::Held(last));
        assert_eq!(claims.claim("a", "k", now + MEMORY), Claimed::Won);
    }

    #[test]
    fn claims_are_bounded_and_the_oldest_goes_first() {
        let (claims, now) = (Claims::default(), Instant::now());
        let at = |n: usize| now + Duration::from_millis(n as u64);
        claims.claim("b", "another org's", now);
        for n in 0..CLAIMS_MAX {
            claims.claim("a", &n.to_string(), at(n));
        }
        let made = || claims.orgs.lock().unwrap()["a"].len();
        assert_eq!(made(), CLAIMS_MAX);
        claims.claim("a", "one more", at(CLAIMS_MAX));
        assert_eq!(made(), CLAIMS_MAX);
        assert!(matches!(
            claims.claim("a", "1", at(CLAIMS_MAX)),
            Claimed::Held(_)
        ));
        assert_eq!(claims.claim("a", "0", at(CLAIMS_MAX)), Claimed::Won);
        let other = claims.claim("b", "another org's", at(CLAIMS_MAX));
        assert!(matches!(other, Claimed::Held(_)));
    }
}
