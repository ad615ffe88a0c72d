//! The keys that requests have had, and what was answered.
//!
//! Source: User Interface API Developer Guide, "Prevent Record Duplication with
//! Idempotent Record Writes".

use std::collections::BTreeMap;

use super::key::Key;
use crate::answer::Answer;
use crate::id::RecordId;

/// How long a key is kept: 30 days. Source: as above.
pub(crate) const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Bytes of the longest answer that is kept: 9 MB. Source: as above; whether these are
/// decimal megabytes is unconfirmed.
pub(crate) const ANSWER_BYTES_MAX: usize = 9 * 1_024 * 1_024;

/// Bytes of all answers together, in which the emulator keeps them: the oldest ones are
/// forgotten first.
pub(crate) const ALL_BYTES_MAX: usize = 256 * 1_024 * 1_024;

/// What an answer takes beside its body, about.
const ENTRY_BYTES: usize = 512;

/// How long a client should wait for a request that is being carried out, in seconds.
const RETRY_AFTER_S: i64 = 1;

/// Who asks for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) user: RecordId,
    /// Identifies the request.
    pub(crate) request: Vec<u8>,
}

/// A request that has a key. No other request has its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    key: Key,
    number: u64,
}

/// What a key says of a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is carried out; the key is now its own.
    New,
    /// It was carried out before, with this answer.
    Repeat(Answer),
    /// The same user has used the key for another request.
    OtherRequest,
    /// Another user has used the key.
    OtherUser,
    /// The same request is being carried out.
    UnderWay { retry_after_s: i64 },
}

/// The keys of the last 30 days.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    entries: BTreeMap<Key, Entry>,
    /// Bytes of all that is kept.
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    attempt: Attempt,
    since_ms: i64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The request with this number is being carried out; one that was cut off counts
    /// as such until then.
    UnderWay {
        number: u64,
        until_ms: Option<i64>,
    },
    Done(Answer),
    /// Another user's: nobody here gets the answer.
    Foreign,
}

impl Claim {
    pub(crate) fn new(key: Key, number: u64) -> Self {
        Self { key, number }
    }
}

impl Keys {
    /// What becomes of a request; a new one has the key from now on.
    pub(crate) fn begin(&mut self, claim: &Claim, attempt: Attempt, now_ms: i64) -> Verdict {
        self.forget_over(&claim.key, now_ms);
        if let Some(entry) = self.entries.get(&claim.key) {
            return entry.verdict(&attempt, now_ms);
        }
        let entry = Entry {
            attempt,
            since_ms: now_ms,
            state: State::UnderWay {
                number: claim.number,
                until_ms: None,
            },
        };
        self.insert(claim.key.clone(), entry);
        Verdict::New
    }

    /// Keeps the answer to a request, if it is a success of at most 9 MB.
    ///
    /// The guide says that an answer to a longer one is not kept. Whether refusals are is
    /// unconfirmed; here the next request with the key is carried out.
    pub(crate) fn keep(&mut self, claim: &Claim, answer: &Answer, now_ms: i64) {
        let is_kept = answer.status.is_success() && answer.body.len() <= ANSWER_BYTES_MAX;
        let Some(entry) = self.take(claim).filter(|_| is_kept) else {
            return;
        };
        let entry = Entry {
            since_ms: now_ms,
            state: State::Done(answer.clone()),
            ..entry
        };
        self.insert(claim.key.clone(), entry);
        self.forget_oldest();
    }

    /// Gives a key back, if the request still has it.
    pub(crate) fn release(&mut self, claim: &Claim) {
        self.take(claim);
    }

    /// Leaves a request under way until then, and its key unused afterwards.
    pub(crate) fn interrupt(&mut self, claim: &Claim, until: i64) {
        if let Some(entry) = self.entries.get_mut(&claim.key)
            && let State::UnderWay { number, until_ms } = &mut entry.state
            && *number == claim.number
        {
            *until_ms = Some(until);
        }
    }

    /// Counts a key as used by another user.
    pub(crate) fn add_foreign(&mut self, key: Key, user: RecordId, now_ms: i64) {
        self.remove(&key);
        let attempt = Attempt {
            user,
            request: Vec::new(),
        };
        let entry = Entry {
            attempt,
            since_ms: now_ms,
            state: State::Foreign,
        };
        self.insert(key, entry);
    }

    /// How many keys are in use.
    pub(crate) fn in_use(&self, now_ms: i64) -> usize {
        let entries = self.entries.values();
        entries.filter(|entry| !entry.is_over(now_ms)).count()
    }

    /// Removes the entry of a claim that still holds.
    fn take(&mut self, claim: &Claim) -> Option<Entry> {
        let entry = self.entries.get(&claim.key)?;
        match entry.state {
            State::UnderWay { number, .. } if number == claim.number => self.remove(&claim.key),
            _ => None,
        }
    }

    fn insert(&mut self, key: Key, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.insert(key, entry);
    }

    fn remove(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.bytes = self.bytes.saturating_sub(entry.bytes());
        Some(entry)
    }

    /// Forgets a key whose time is over.
    fn forget_over(&mut self, key: &Key, now_ms: i64) {
        if self
            .entries
            .get(key)
            .is_some_and(|entry| entry.is_over(now_ms))
        {
            self.remove(key);
        }
    }

    fn forget_oldest(&mut self) {
        while self.bytes > ALL_BYTES_MAX {
            let settled = self.entries.iter().filter(|(_, entry)| entry.is_settled());
            let oldest = settled.min_by_key(|(_, entry)| entry.since_ms);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            self.remove(&key);
        }
    }
}

impl Entry {
    fn verdict(&self, attempt: &Attempt, now_ms: i64) -> Verdict {
        if self.attempt.user != attempt.user {
            return Verdict::OtherUser;
        }
        if self.attempt.request != attempt.request {
            return Verdict::OtherRequest;
        }
        match &self.state {
            State::Done(answer) => Verdict::Repeat(answer.clone()),
            State::Foreign => Verdict::OtherUser,
            State::UnderWay { until_ms, .. } => Verdict::UnderWay {
                retry_after_s: until_ms.map_or(RETRY_AFTER_S, |until_ms| {
                    // Rounded up, so that a client that waits so long need not wait again.
                    let rest_ms = until_ms.saturating_sub(now_ms);
                    rest_ms.saturating_add(999).div_euclid(1_000)
                }),
            },
        }
    }

    /// Whether the key counts as new.
    fn is_over(&self, now_ms: i64) -> bool {
        match self.state {
            State::UnderWay { until_ms, .. } => until_ms.is_some_and(|until_ms| until_ms <= now_ms),
            State::Done(_) | State::Foreign => now_ms.saturating_sub(self.since_ms) >= KEPT_MS,
        }
    }

    /// Whether no request is being carried out that will come back to it.
    fn is_settled(&self) -> bool {
        !matches!(self.state, State::UnderWay { until_ms: None, .. })
    }

    fn bytes(&self) -> usize {
        let body = match &self.state {
            State::Done(answer) => answer.body.len(),
            State::UnderWay { .. } | State::Foreign => 0,
        };
        ENTRY_BYTES + body
    }
}

#[cfg(test)]
mod tests;
