//! What an org's calls are doing, for somebody who looks on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::secret_store::STEP;

/// What the calls on an org wait for at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// Nothing outside of this process, or no call is under way.
    Idle,
    /// The secret store.
    Store,
    /// The answer to a login of this runtime.
    Login,
    /// Another process, which began to log in so long ago by the store's own clock.
    LoginElsewhere(Duration),
    /// The answer of this host to a request that is no login.
    Request(String),
}

/// What was sent to Salesforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// A login.
    Login,
    /// A request with a token.
    Request,
}

/// What an org's calls wait for. Clones look at the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Underway(Arc<Mutex<Waits>>);

#[derive(Debug, Default)]
struct Waits {
    store_calls: usize,
    logins: usize,
    /// The hosts that requests were sent to, in their order.
    requests: Vec<String>,
    /// The claim of another process: when it was met, and how old it was then.
    elsewhere: Option<(Instant, Duration)>,
    last: Option<Sent>,
}

#[derive(Clone, Debug)]
enum What {
    StoreCall,
    Login,
    Request(String),
}

/// One thing that is waited for, until this is dropped.
#[must_use]
pub(super) struct Wait {
    underway: Underway,
    what: What,
}

impl Underway {
    /// A call of the secret store begins.
    pub(super) fn store_call(&self) -> Wait {
        self.begin(What::StoreCall)
    }

    /// A login begins.
    pub(super) fn login(&self, org: &str) -> Wait {
        tracing::debug!(target: STEP, org, "logging in");
        self.begin(What::Login)
    }

    /// A request to this host begins.
    pub(super) fn request(&self, org: &str, host: &str) -> Wait {
        tracing::debug!(target: STEP, org, host, "asking Salesforce");
        self.begin(What::Request(host.to_owned()))
    }

    /// The secret is read.
    pub(super) fn reading(org: &str) {
        tracing::debug!(target: STEP, org, "reading the secret");
    }

    /// Another process has the claim, and has had it for so long.
    pub(super) fn elsewhere(&self, org: &str, age: Duration) {
        let met = self.waits().elsewhere.replace((Instant::now(), age));
        if met.is_none() {
            let age_s = age.as_secs();
            tracing::debug!(target: STEP, org, age_s, "another process is logging in");
        }
    }

    /// What is waited for now. Of several things the one that says most.
    pub(super) fn activity(&self) -> Activity {
        let waits = self.waits();
        if waits.logins > 0 {
            return Activity::Login;
        }
        if let Some(host) = waits.requests.last() {
            return Activity::Request(host.clone());
        }
        if let Some((met, age)) = waits.elsewhere {
            return Activity::LoginElsewhere(age.saturating_add(met.elapsed()));
        }
        match waits.store_calls {
            0 => Activity::Idle,
            _ => Activity::Store,
        }
    }

    pub(super) fn is_logging_in(&self) -> bool {
        self.waits().logins > 0
    }

    pub(super) fn last_sent(&self) -> Option<Sent> {
        self.waits().last
    }

    fn begin(&self, what: What) -> Wait {
        let mut waits = self.waits();
        match &what {
            What::StoreCall => waits.store_calls += 1,
            What::Login => {
                waits.logins += 1;
                waits.last = Some(Sent::Login);
            }
            What::Request(host) => {
                waits.requests.push(host.clone());
                waits.last = Some(Sent::Request);
            }
        }
        if !matches!(what, What::StoreCall) {
            // Who sends something waits for no other process.
            waits.elsewhere = None;
        }
        Wait {
            underway: self.clone(),
            what,
        }
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut waits = self.underway.waits();
        match &self.what {
            What::StoreCall => waits.store_calls = waits.store_calls.saturating_sub(1),
            What::Login => waits.logins = waits.logins.saturating_sub(1),
            What::Request(host) => {
                if let Some(at) = waits.requests.iter().position(|known| known == host) {
                    waits.requests.remove(at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_most_is_told_and_ends_with_its_wait() {
        let underway = Underway::default();
        assert_eq!(underway.activity(), Activity::Idle);
        assert_eq!(underway.last_sent(), None);
        let store = underway.store_call();
        assert_eq!(underway.activity(), Activity::Store);
        let request = underway.request("acme", "acme.my.salesforce.com");
        let other = underway.request("acme", "other.my.salesforce.com");
        let host = |host: &str| Activity::Request(host.to_owned());
        assert_eq!(underway.activity(), host("other.my.salesforce.com"));
        drop(other);
        assert_eq!(underway.activity(), host("acme.my.salesforce.com"));
        let login = underway.login("acme");
        assert!(underway.is_logging_in());
        assert_eq!(underway.activity(), Activity::Login);
        assert_eq!(underway.last_sent(), Some(Sent::Login));
        drop((login, request, store));
        assert_eq!(underway.activity(), Activity::Idle);
        assert!(!underway.is_logging_in());
    }

    #[test]
    fn another_process_is_waited_for_until_something_is_sent() {
        let underway = Underway::default();
        let age = Duration::from_secs(12);
        underway.elsewhere("acme", age);
        let store = underway.store_call();
        match underway.activity() {
            Activity::LoginElsewhere(told) => assert!(told >= age, "{told:?}"),
            other => panic!("{other:?}"),
        }
        drop(store);
        assert_eq!(underway.last_sent(), None);
        drop(underway.request("acme", "acme.my.salesforce.com"));
        assert_eq!(underway.activity(), Activity::Idle);
        assert_eq!(underway.last_sent(), Some(Sent::Request));
    }
}
