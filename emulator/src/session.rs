//! Sessions: access tokens, and how long they live.

pub(crate) mod jwt;

use std::collections::HashMap;

use ring::rand::{SecureRandom, SystemRandom};

/// Random bytes in a token; each becomes one character of 64.
const TOKEN_BYTES: usize = 96;

/// The characters of a token after its `!`. The set is that of published
/// examples; `.` and `_` must survive a form.
const TOKEN_DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

/// Names a session without its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(u64);

/// Every session that has not been found expired.
#[derive(Default)]
pub(crate) struct Sessions {
    by_token: HashMap<String, Session>,
    opened: u64,
}

struct Session {
    id: SessionId,
    opened_ms: i64,
    ends: Ends,
}

/// What ends a session by itself.
enum Ends {
    /// A timeout without use.
    Idle { last_active_ms: i64 },
    /// A fixed time, whatever its use and the timeout: its token says so, and
    /// nobody can take that back.
    At { end_ms: i64 },
}

/// From when to when a session lives, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifespan {
    /// When it was opened.
    pub(crate) opened_ms: i64,
    /// When it ends, if nothing prolongs it: the first moment without it.
    pub(crate) end_ms: i64,
}

impl Sessions {
    /// Opens a session at `now_ms` that ends by idling, and forgets those that
    /// have expired.
    pub(crate) fn open(&mut self, token: String, now_ms: i64, timeout_ms: i64) {
        let ends = Ends::Idle {
            last_active_ms: now_ms,
        };
        self.insert(token, ends, now_ms, timeout_ms);
    }

    /// The same, but the session ends at `end_ms` and no use prolongs it.
    pub(crate) fn open_until(&mut self, token: String, end_ms: i64, now_ms: i64, timeout_ms: i64) {
        self.insert(token, Ends::At { end_ms }, now_ms, timeout_ms);
    }

    fn insert(&mut self, token: String, ends: Ends, now_ms: i64, timeout_ms: i64) {
        self.by_token
            .retain(|_, session| session.is_alive(now_ms, timeout_ms));
        self.opened += 1;
        self.by_token.insert(
            token,
            Session {
                id: SessionId(self.opened),
                opened_ms: now_ms,
                ends,
            },
        );
    }

    /// The session of `token`, if it is alive; this counts as activity.
    ///
    /// The time of the last activity is written only after half the timeout
    /// has gone by. Source: Salesforce Help, "Session Settings".
    pub(crate) fn touch(&mut self, token: &str, now_ms: i64, timeout_ms: i64) -> Option<SessionId> {
        let session = self.by_token.get_mut(token)?;
        if !session.is_alive(now_ms, timeout_ms) {
            self.by_token.remove(token);
            return None;
        }
        if let Ends::Idle { last_active_ms } = &mut session.ends
            && now_ms.saturating_sub(*last_active_ms) >= timeout_ms / 2
        {
            *last_active_ms = now_ms;
        }
        Some(session.id)
    }

    /// The token of the session that was opened last of those that are alive.
    pub(crate) fn last_alive(&self, now_ms: i64, timeout_ms: i64) -> Option<String> {
        let alive = self
            .by_token
            .iter()
            .filter(|(_, session)| session.is_alive(now_ms, timeout_ms));
        let last = alive.max_by_key(|(_, session)| session.id.0);
        last.map(|(token, _)| token.clone())
    }

    /// When the session of `token` began and will end, if it is alive; looking
    /// is no activity.
    pub(crate) fn peek(&self, token: &str, now_ms: i64, timeout_ms: i64) -> Option<Lifespan> {
        let session = self.by_token.get(token)?;
        session
            .is_alive(now_ms, timeout_ms)
            .then(|| session.lifespan(timeout_ms))
    }

    /// Ends the session of `token`; answers whether it was alive.
    pub(crate) fn close(&mut self, token: &str, now_ms: i64, timeout_ms: i64) -> bool {
        let closed = self.by_token.remove(token);
        closed.is_some_and(|session| session.is_alive(now_ms, timeout_ms))
    }

    /// Ends every session and answers how many there were.
    pub(crate) fn expire_all(&mut self) -> usize {
        self.by_token.drain().count()
    }

    /// How many sessions there are.
    pub(crate) fn len(&self) -> usize {
        self.by_token.len()
    }
}

impl Session {
    fn is_alive(&self, now_ms: i64, timeout_ms: i64) -> bool {
        now_ms < self.lifespan(timeout_ms).end_ms
    }

    fn lifespan(&self, timeout_ms: i64) -> Lifespan {
        Lifespan {
            opened_ms: self.opened_ms,
            end_ms: match self.ends {
                Ends::Idle { last_active_ms } => last_active_ms.saturating_add(timeout_ms),
                Ends::At { end_ms } => end_ms,
            },
        }
    }
}

/// A new opaque token: the org's 15-character id, `!`, and noise.
pub(crate) fn new_token(org_id: &str) -> Result<String, ring::error::Unspecified> {
    let mut noise = [0; TOKEN_BYTES];
    SystemRandom::new().fill(&mut noise)?;
    let noise = noise.map(|byte| TOKEN_DIGITS[usize::from(byte % 64)]);
    Ok(format!("{org_id}!AQ{}", String::from_utf8_lossy(&noise)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: i64 = 1_000;

    #[test]
    fn a_session_lives_until_its_timeout_without_use() {
        let mut sessions = Sessions::default();
        sessions.open("t".to_owned(), 0, TIMEOUT);
        assert!(sessions.touch("t", TIMEOUT - 1, TIMEOUT).is_some());
        assert!(
            sessions.touch("t", 2 * TIMEOUT - 2, TIMEOUT).is_some(),
            "activity prolongs it"
        );
        assert!(sessions.touch("t", 3 * TIMEOUT - 2, TIMEOUT).is_none());
        assert!(
            sessions.touch("t", 0, TIMEOUT).is_none(),
            "what has expired stays so"
        );
        assert!(sessions.touch("other", 0, TIMEOUT).is_none());
    }

    #[test]
    fn the_last_session_that_is_alive_is_known() {
        let mut sessions = Sessions::default();
        assert_eq!(sessions.last_alive(0, TIMEOUT), None);
        sessions.open("a".to_owned(), 0, TIMEOUT);
        sessions.open("b".to_owned(), 1, TIMEOUT);
        assert_eq!(sessions.last_alive(1, TIMEOUT).as_deref(), Some("b"));
        assert_eq!(sessions.last_alive(TIMEOUT + 1, TIMEOUT), None);
    }

    #[test]
    fn activity_in_the_first_half_does_not_prolong_a_session() {
        let mut sessions = Sessions::default();
        sessions.open("t".to_owned(), 0, TIMEOUT);
        assert!(sessions.touch("t", TIMEOUT / 2 - 1, TIMEOUT).is_some());
        assert!(sessions.touch("t", TIMEOUT, TIMEOUT).is_none());
    }

    #[test]
    fn a_look_tells_the_end_and_prolongs_nothing() {
        let mut sessions = Sessions::default();
        sessions.open("t".to_owned(), 0, TIMEOUT);
        let end = |sessions: &Sessions, now_ms| {
            let lifespan = sessions.peek("t", now_ms, TIMEOUT)?;
            assert_eq!(lifespan.opened_ms, 0);
            Some(lifespan.end_ms)
        };
        for now_ms in [0, TIMEOUT / 2, TIMEOUT - 1] {
            assert_eq!(end(&sessions, now_ms), Some(TIMEOUT), "{now_ms}");
        }
        assert_eq!(end(&sessions, TIMEOUT), None);
        assert_eq!(sessions.peek("other", 0, TIMEOUT), None);
        assert!(sessions.touch("t", TIMEOUT / 2, TIMEOUT).is_some());
        assert_eq!(end(&sessions, TIMEOUT), Some(TIMEOUT / 2 + TIMEOUT));
        sessions.expire_all();
        assert_eq!(end(&sessions, TIMEOUT), None);
    }

    #[test]
    fn a_session_with_a_fixed_end_meets_it_whatever_its_use() {
        const END: i64 = 5 * TIMEOUT;
        let mut sessions = Sessions::default();
        sessions.open_until("t".to_owned(), END, 0, TIMEOUT);
        assert!(
            sessions.touch("t", END - 1, TIMEOUT).is_some(),
            "no timeout ends it before"
        );
        assert_eq!(
            sessions.peek("t", END - 1, TIMEOUT),
            Some(Lifespan {
                opened_ms: 0,
                end_ms: END
            }),
            "use does not prolong it"
        );
        assert_eq!(sessions.peek("t", END, TIMEOUT), None);
        assert!(sessions.touch("t", END, TIMEOUT).is_none());
        sessions.open_until("u".to_owned(), END, 0, TIMEOUT);
        sessions.open("v".to_owned(), END, TIMEOUT);
        assert_eq!(sessions.len(), 1, "a login forgets it then");
    }

    #[test]
    fn a_timeout_without_end_ends_nothing() {
        let mut sessions = Sessions::default();
        sessions.open("t".to_owned(), 1, i64::MAX);
        assert!(sessions.touch("t", i64::MAX - 1, i64::MAX).is_some());
    }

    #[test]
    fn a_login_forgets_expired_sessions() {
        let mut sessions = Sessions::default();
        sessions.open("a".to_owned(), 0, TIMEOUT);
        sessions.open("b".to_owned(), TIMEOUT, TIMEOUT);
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions.expire_all(), 1);
        assert!(sessions.touch("b", TIMEOUT, TIMEOUT).is_none());
    }

    #[test]
    fn a_session_is_closed_once_and_only_alive() {
        let mut sessions = Sessions::default();
        for token in ["a", "b"] {
            sessions.open(token.to_owned(), 0, TIMEOUT);
        }
        assert!(sessions.close("a", TIMEOUT - 1, TIMEOUT));
        assert!(!sessions.close("a", TIMEOUT - 1, TIMEOUT));
        assert!(sessions.touch("a", 1, TIMEOUT).is_none());
        assert!(
            !sessions.close("b", TIMEOUT, TIMEOUT),
            "it has ended before"
        );
        assert!(!sessions.close("never", 0, TIMEOUT));
    }

    #[test]
    fn tokens_have_salesforces_shape_and_differ() {
        let token = new_token("00DSb0000000001").expect("a token");
        assert!(token.starts_with("00DSb0000000001!AQ"));
        assert!(token.len() > 100);
        assert_ne!(token, new_token("00DSb0000000001").expect("a token"));
    }
}
