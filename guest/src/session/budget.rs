//! How many logins may fail before this instance stops trying for a while.

use std::collections::VecDeque;
use std::time::Duration;

/// So many in a row.
const FAILURES_MAX: usize = 3;

/// Within so long. Ten minutes: what a new app takes to be known to Salesforce.
const WINDOW: Duration = Duration::from_secs(600);

/// The failed and refused logins with these credentials since the last one that
/// worked.
#[derive(Default)]
pub(super) struct Budget {
    credentials: String,
    failures: VecDeque<Duration>,
    /// The code with which the last one was refused.
    refusal: Option<String>,
}

impl Budget {
    /// Whose logins count from now on: others have failed at nothing yet.
    pub(super) fn is_for(&mut self, credentials: String) {
        if self.credentials != credentials {
            self.credentials = credentials;
            self.worked();
        }
    }

    /// The time until the next login may be tried; `None` for now.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        let oldest = *self
            .failures
            .front()
            .filter(|_| self.failures.len() >= FAILURES_MAX)?;
        let wait = oldest.saturating_add(WINDOW).saturating_sub(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// `refusal` is the code with which the login was refused, if it was.
    pub(super) fn failed(&mut self, now: Duration, refusal: Option<String>) {
        if self.failures.len() == FAILURES_MAX {
            self.failures.pop_front();
        }
        self.failures.push_back(now);
        self.refusal = refusal;
    }

    /// The code with which the last login that failed was refused.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refusal.clone()
    }

    pub(super) fn worked(&mut self) {
        self.failures.clear();
        self.refusal = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn three_failures_in_a_row_close_it_until_the_first_is_ten_minutes_old() {
        let mut budget = Budget::default();
        for now in [S, 2 * S] {
            budget.failed(now, None);
            assert_eq!(budget.wait(now), None);
        }
        budget.failed(3 * S, None);
        assert_eq!(budget.wait(3 * S), Some(598 * S));
        assert_eq!(budget.wait(600 * S), Some(S));
        assert_eq!(budget.wait(601 * S), None);
        budget.failed(601 * S, None);
        assert_eq!(
            budget.wait(601 * S),
            Some(S),
            "one more try, then the second failure counts"
        );
    }

    #[test]
    fn a_corrected_secret_opens_it() {
        let mut budget = Budget::default();
        budget.is_for("wrong".to_owned());
        for _ in 0..3 {
            budget.failed(S, Some("invalid_client".to_owned()));
        }
        budget.is_for("wrong".to_owned());
        assert!(budget.wait(S).is_some());
        assert_eq!(budget.refusal().as_deref(), Some("invalid_client"));
        budget.is_for("right".to_owned());
        assert_eq!((budget.wait(S), budget.refusal()), (None, None));
    }

    #[test]
    fn a_login_that_works_opens_it() {
        let mut budget = Budget::default();
        for _ in 0..9 {
            budget.failed(S, Some("invalid_client".to_owned()));
        }
        assert_eq!(budget.failures.len(), FAILURES_MAX);
        budget.worked();
        assert_eq!((budget.wait(S), budget.refusal()), (None, None));
    }
}
