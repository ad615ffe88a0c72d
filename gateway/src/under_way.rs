//! The answers of a key that are on their way to clients, and how each is ended from outside.
//!
//! A server polls the body of an answer only while its client takes more. So one whose client
//! has stopped reading learns nothing of what happens: it is ended by dropping what serves it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// The answers of one key.
#[derive(Debug, Default)]
pub(crate) struct UnderWay {
    answers: Mutex<Answers>,
}

#[derive(Debug, Default)]
struct Answers {
    next: u64,
    by_number: HashMap<u64, Answer>,
}

#[derive(Debug)]
struct Answer {
    /// When its client last took a part of it.
    moved: Arc<Mutex<Instant>>,
    cut: CancellationToken,
}

/// An answer that is on its way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Moving {
    under_way: Arc<UnderWay>,
    number: u64,
    moved: Arc<Mutex<Instant>>,
}

impl UnderWay {
    /// One more answer is on its way. `cut` ends what serves it.
    pub(crate) fn begin(self: &Arc<Self>, cut: CancellationToken, now: Instant) -> Moving {
        let moved = Arc::new(Mutex::new(now));
        let mut answers = self.answers();
        let number = answers.next;
        answers.next += 1;
        let answer = Answer {
            moved: Arc::clone(&moved),
            cut,
        };
        answers.by_number.insert(number, answer);
        Moving {
            under_way: Arc::clone(self),
            number,
            moved,
        }
    }

    /// Ends all of them.
    pub(crate) fn end(&self) {
        self.end_if(|_| true);
    }

    /// Ends those that have stood still for so long.
    pub(crate) fn end_still(&self, now: Instant, still: Duration) {
        self.end_if(|moved| now.saturating_duration_since(moved) >= still);
    }

    fn end_if(&self, is_over: impl Fn(Instant) -> bool) {
        for answer in self.answers().by_number.values() {
            let moved = *answer.moved.lock().unwrap_or_else(PoisonError::into_inner);
            if is_over(moved) {
                // Who serves it wakes up, and drops it there.
                answer.cut.cancel();
            }
        }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Moving {
    /// Its client has taken a part of it.
    pub(crate) fn moves(&self, now: Instant) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        self.under_way.answers().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const STILL: Duration = Duration::from_secs(660);

    #[test]
    fn an_answer_that_stands_still_is_ended_and_one_that_moves_is_not() {
        let (key, now) = (Arc::new(UnderWay::default()), Instant::now());
        let cuts = [(); 2].map(|()| CancellationToken::new());
        let [still, moving] = [0, 1].map(|at: usize| key.begin(cuts[at].clone(), now));
        let ended = || [0, 1].map(|at: usize| cuts[at].is_cancelled());
        moving.moves(now + SECOND);
        key.end_still(now + STILL - SECOND, STILL);
        assert_eq!(ended(), [false, false]);
        key.end_still(now + STILL, STILL);
        assert_eq!(ended(), [true, false]);
        key.end_still(now + STILL + SECOND, STILL);
        assert_eq!(ended(), [true, true]);
        drop((still, moving));
    }

    #[test]
    fn what_has_ended_by_itself_is_not_kept() {
        let (key, now) = (Arc::new(UnderWay::default()), Instant::now());
        let cuts = [(); 2].map(|()| CancellationToken::new());
        let first = key.begin(cuts[0].clone(), now);
        let _second = key.begin(cuts[1].clone(), now);
        drop(first);
        assert_eq!(key.answers().by_number.len(), 1);
        key.end();
        assert!(!cuts[0].is_cancelled() && cuts[1].is_cancelled());
    }
}
