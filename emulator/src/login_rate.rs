//! How many logins the run-as user has made in the last hour.

use std::collections::VecDeque;

/// The window, in milliseconds.
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The logins of the rolling hour. Source: Salesforce Help 000381578.
#[derive(Debug, Default)]
pub(crate) struct LoginRate {
    at_ms: VecDeque<i64>,
}

impl LoginRate {
    /// Counts a login at `now_ms`; false, uncounted, if the hour has had
    /// `limit` of them.
    pub(crate) fn admit(&mut self, now_ms: i64, limit: u32) -> bool {
        while self
            .at_ms
            .front()
            .is_some_and(|at_ms| now_ms.saturating_sub(*at_ms) >= HOUR_MS)
        {
            self.at_ms.pop_front();
        }
        let admitted = u32::try_from(self.at_ms.len()).is_ok_and(|logins| logins < limit);
        if admitted {
            self.at_ms.push_back(now_ms);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LOGINS_PER_HOUR;

    #[test]
    fn the_limit_is_met_and_not_passed() {
        let mut rate = LoginRate::default();
        assert!((0..LOGINS_PER_HOUR).all(|_| rate.admit(0, LOGINS_PER_HOUR)));
        assert!(!rate.admit(HOUR_MS - 1, LOGINS_PER_HOUR));
        assert!(rate.admit(HOUR_MS, LOGINS_PER_HOUR));
    }

    #[test]
    fn a_limit_of_zero_admits_nobody() {
        assert!(!LoginRate::default().admit(0, 0));
    }
}
