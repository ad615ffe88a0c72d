//! What time it is at the org: the only clock by which its tokens end.

use std::time::Duration;

use super::state::Inner;
use crate::answer::Answer;
use crate::credentials::Session;
use crate::deadline::Deadline;
use crate::exchange;
use crate::expiry::Phase;
use crate::instance;
use crate::names::Host;
use crate::platform::Platform;

/// A difference up to this is no difference: `Date` has whole seconds, an answer
/// takes its time, and no token is used that close to its end.
const NO_DIFFERENCE_MS: u64 = 5_000;

/// How long the org may take to tell the time.
const DEADLINE: Duration = Duration::from_secs(5);

impl<P: Platform> Inner<P> {
    /// The org's time, in milliseconds since 1970; ours until the org has told it.
    pub(super) fn now_ms(&self) -> u64 {
        let difference = self.state.borrow().clock_difference_ms;
        let ours = self.platform.now_ms();
        ours.saturating_add_signed(difference.unwrap_or(0))
    }

    /// Notes what an answer says of the org's clock. Of the answers with the same `Date` only
    /// the first counts, because it came soonest after that second began.
    pub(super) fn note_time(&self, answer: &Answer) {
        let Some(theirs_ms) = answer.date_ms() else {
            return;
        };
        if self.state.borrow().told_ms != Some(theirs_ms) {
            self.note_time_ms(theirs_ms);
            self.state.borrow_mut().told_ms = Some(theirs_ms);
        }
    }

    /// The same of a moment that has just passed there, if nothing told it better.
    pub(super) fn note_first_time_ms(&self, theirs_ms: u64) {
        if self.state.borrow().clock_difference_ms.is_none() {
            self.note_time_ms(theirs_ms);
        }
    }

    fn note_time_ms(&self, theirs_ms: u64) {
        let difference = difference(theirs_ms, self.platform.now_ms());
        self.state.borrow_mut().clock_difference_ms = Some(difference);
    }

    /// Asks the org for the time, unless it has told it. It need not answer: then
    /// our clock has to do.
    pub(super) async fn ask_for_time(&self, instance: &Host) {
        if self.state.borrow().clock_difference_ms.is_some() {
            return;
        }
        let Some(request) = instance::public_request(instance) else {
            return;
        };
        let deadline = Deadline::after(self.platform.monotonic(), DEADLINE);
        if let Ok(answer) = exchange::once(&*self.platform, &request, deadline).await {
            self.note_time(&answer);
        }
    }

    /// Whether a session is past a fixed end, by the org's clock.
    pub(super) async fn is_over(&self, session: &Session) -> bool {
        if self.phase(session) != Phase::Over {
            return false;
        }
        self.ask_for_time(&session.instance).await;
        self.phase(session) == Phase::Over
    }
}

/// What to add to our clock.
fn difference(theirs_ms: u64, ours_ms: u64) -> i64 {
    if theirs_ms.abs_diff(ours_ms) <= NO_DIFFERENCE_MS {
        return 0;
    }
    let ahead = || i64::try_from(theirs_ms.abs_diff(ours_ms)).unwrap_or(i64::MAX);
    if theirs_ms >= ours_ms {
        ahead()
    } else {
        -ahead()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::answer::tests::answer;
    use crate::fake_platform::{FakePlatform, World};

    #[test]
    fn a_few_seconds_are_no_difference() {
        for (theirs, ours, expected) in [
            (10_000, 10_000, 0),
            (10_000, 5_000, 0),
            (10_000, 4_999, 5_001),
            (5_000, 10_000, 0),
            (4_999, 10_000, -5_001),
            (u64::MAX, 0, i64::MAX),
            (0, u64::MAX, -i64::MAX),
        ] {
            assert_eq!(difference(theirs, ours), expected, "{theirs} {ours}");
        }
    }
    #[test]
    fn the_first_answer_with_a_date_tells_the_time() {
        let world = World::new();
        let inner = Inner {
            platform: Rc::new(FakePlatform::of(&world.facts)),
            org: String::new(),
            state: RefCell::default(),
        };
        for (date, ahead_s, difference_ms) in [
            // When the world begins, at 1,700,000,000 s.
            ("Tue, 14 Nov 2023 22:13:20 GMT", 60, -60_000),
            ("Tue, 14 Nov 2023 22:13:20 GMT", 90, -60_000),
            ("Tue, 14 Nov 2023 22:13:21 GMT", 90, -89_000),
        ] {
            world.facts.clock_ahead.set(Duration::from_secs(ahead_s));
            let mut told = answer(200, "application/json", "{}");
            told.headers
                .insert(http::header::DATE, date.parse().unwrap());
            inner.note_time(&told);
            let difference = inner.state.borrow().clock_difference_ms;
            assert_eq!(difference, Some(difference_ms), "{date} {ahead_s}");
        }
    }
}
