//! Who waits for the head of a streamed answer: a caller that has gone ends its request.
//!
//! A call of a component cannot be cancelled. So a streamed request carries the name of its
//! caller to where it leaves, in a header that goes no further. What the component does on
//! its own account, such as a login, does not carry it, and goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::attempts::Attempts;

/// The header with the caller's name.
const CALLER: HeaderName = HeaderName::from_static("x-sfbox-caller");

/// The callers of an org that wait.
#[derive(Clone, Default)]
pub(crate) struct Callers(Arc<Mutex<HashMap<String, Caller>>>);

/// Who waits for the head of an answer.
#[derive(Clone)]
pub(super) struct Caller {
    /// It has gone.
    pub(super) gone: CancellationToken,
    /// How often its request was sent.
    pub(super) attempts: Attempts,
}

/// A caller that waits. Dropping it says that it has gone.
pub(crate) struct Waiting(DropGuard);

impl Waiting {
    /// The caller has what it waited for.
    pub(crate) fn served(self) {
        self.0.disarm();
    }
}

/// A caller's place in the table, until its call has ended.
pub(crate) struct Entry {
    callers: Callers,
    name: String,
    pub(crate) gone: CancellationToken,
}

impl Callers {
    /// A caller begins to wait for what it asks with these headers.
    pub(crate) fn enter(&self, headers: &mut HeaderMap, attempts: Attempts) -> (Waiting, Entry) {
        // Nobody else can have it, or guess it.
        let name = Uuid::new_v4().simple().to_string();
        if let Ok(value) = HeaderValue::try_from(&name) {
            headers.insert(CALLER, value);
        }
        let gone = CancellationToken::new();
        let caller = Caller {
            gone: gone.clone(),
            attempts,
        };
        self.table().insert(name.clone(), caller);
        let waiting = Waiting(gone.clone().drop_guard());
        let callers = self.clone();
        (
            waiting,
            Entry {
                callers,
                name,
                gone,
            },
        )
    }

    /// Takes the caller's name off a request. `None`: the request is not of a caller that
    /// waits.
    pub(super) fn of(&self, headers: &mut HeaderMap) -> Option<Caller> {
        let name = headers.remove(CALLER)?;
        self.table().get(name.to_str().ok()?).cloned()
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Caller>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.callers.table().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_known_by_its_request_until_its_call_has_ended() {
        let callers = Callers::default();
        let mut headers = HeaderMap::new();
        let attempts = Attempts::default();
        let (waiting, entry) = callers.enter(&mut headers, attempts.clone());
        let mut again = headers.clone();
        let Caller {
            gone,
            attempts: counted,
        } = callers.of(&mut headers).unwrap();
        counted.add();
        assert_eq!(attempts.count(), 1);
        assert!(headers.is_empty(), "its name goes no further");
        assert!(!gone.is_cancelled());
        drop(waiting);
        assert!(gone.is_cancelled());
        assert!(callers.of(&mut again.clone()).unwrap().gone.is_cancelled());
        drop(entry);
        assert!(callers.of(&mut again).is_none());
        assert!(callers.table().is_empty());
    }

    #[test]
    fn a_caller_that_was_served_ends_nothing() {
        let callers = Callers::default();
        let mut headers = HeaderMap::new();
        let (waiting, _entry) = callers.enter(&mut headers, Attempts::default());
        let gone = callers.of(&mut headers).unwrap().gone;
        waiting.served();
        assert!(!gone.is_cancelled());
    }

    #[test]
    fn a_name_that_somebody_made_up_is_nobodys() {
        let callers = Callers::default();
        let mut headers = HeaderMap::new();
        headers.insert(CALLER, HeaderValue::from_static("made-up"));
        assert!(callers.of(&mut headers).is_none());
        assert!(headers.is_empty());
        assert!(callers.of(&mut HeaderMap::new()).is_none());
    }
}
