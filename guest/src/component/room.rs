//! Room for an answer's body while it is read.
//!
//! Linear memory never shrinks, and memory that was copied on the way counts for ever:
//! a buffer that grows as it fills takes two or three times what comes in. Linear memory
//! that is never touched takes none, though. So a long body is given the room for all
//! that may come, and only its own bytes count.
//!
//! The room itself is limited, for all calls of the instance together. So at most one
//! body at a time has more than has come; the others grow as they fill.

use std::cell::Cell;

/// How much room is made at first for a body whose length is not known, and how much
/// more at a time at least.
const STEP_BYTES: usize = 64 << 10;

/// How much room every body may be given at once. An org may announce more than it
/// sends, and to each of many calls.
const SHARE_BYTES: usize = 1 << 20;

thread_local! {
    /// Whether a body has been given room for all that may come.
    static IS_GIVEN: Cell<bool> = const { Cell::new(false) };
}

/// The room for one body.
pub(super) struct Room {
    /// The most that may come, and one byte: the read after the last byte finds the end.
    whole: usize,
    /// Whether `whole` is the length that was announced.
    is_announced: bool,
    given: Option<Given>,
}

/// The right to all the room, for one body at a time.
struct Given;

impl Given {
    fn take() -> Option<Self> {
        // One that is made and dropped would give the right back.
        match IS_GIVEN.replace(true) {
            true => None,
            false => Some(Self),
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        IS_GIVEN.set(false);
    }
}

impl Room {
    /// Room for a body of at most `limit` bytes, whose length may be known.
    pub(super) fn new(length: Option<usize>, limit: usize) -> Self {
        Self {
            whole: length.unwrap_or(limit).min(limit).saturating_add(1),
            is_announced: length.is_some(),
            given: None,
        }
    }

    /// An empty body.
    pub(super) fn body(&self) -> Vec<u8> {
        let first = if self.is_announced {
            SHARE_BYTES
        } else {
            STEP_BYTES
        };
        Vec::with_capacity(self.whole.min(first.saturating_add(1)))
    }

    /// Makes room in a body for at least so many bytes more.
    pub(super) fn extend(&mut self, body: &mut Vec<u8>, bytes: usize) {
        let filled = body.len();
        let rest = self.whole.saturating_sub(filled);
        if filled >= SHARE_BYTES && rest >= bytes {
            self.given = self.given.take().or_else(Given::take);
            if self.given.is_some() && body.try_reserve_exact(rest).is_ok() {
                return;
            }
        }
        body.reserve_exact(bytes.max(STEP_BYTES).max(filled / 4));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 64 << 20;

    /// Fills a body up to so many bytes; says how often it was given more room.
    fn fill(room: &mut Room, body: &mut Vec<u8>, bytes: usize) -> usize {
        let mut times = 0;
        while body.len() < bytes {
            if body.len() == body.capacity() {
                room.extend(body, 1);
                times += 1;
            }
            body.resize(body.capacity().min(bytes), 0);
        }
        times
    }

    #[test]
    fn a_short_body_of_known_length_has_its_room_at_once() {
        for length in [0, 1, 700, SHARE_BYTES] {
            let room = Room::new(Some(length), LIMIT);
            let body = room.body();
            assert!(
                (length + 1..length + 64).contains(&body.capacity()),
                "{length}"
            );
        }
    }

    #[test]
    fn what_is_only_announced_takes_a_share() {
        for length in [SHARE_BYTES + 1, LIMIT, LIMIT + 1, usize::MAX] {
            let capacity = Room::new(Some(length), LIMIT).body().capacity();
            assert!(
                (SHARE_BYTES + 1..2 * SHARE_BYTES).contains(&capacity),
                "{length}"
            );
        }
        let unknown = Room::new(None, LIMIT).body().capacity();
        assert!((STEP_BYTES + 1..2 * STEP_BYTES).contains(&unknown));
        let refusal = Room::new(None, 100).body().capacity();
        assert!((101..200).contains(&refusal));
    }

    #[test]
    fn a_long_body_is_given_all_the_room_at_once_and_one_at_a_time_is() {
        for length in [None, Some(LIMIT)] {
            let mut room = Room::new(length, LIMIT);
            let mut body = room.body();
            fill(&mut room, &mut body, 2 * SHARE_BYTES);
            assert!(body.capacity() > LIMIT, "{length:?}");
            let mut other = Room::new(length, LIMIT);
            let mut small = other.body();
            fill(&mut other, &mut small, 2 * SHARE_BYTES);
            assert!(small.capacity() < 4 * SHARE_BYTES, "{length:?}");
            drop(room);
            let times = fill(&mut other, &mut small, 5 * SHARE_BYTES);
            assert_eq!(times, 1, "the first has ended");
            assert!(small.capacity() > LIMIT, "{length:?}");
        }
    }

    #[test]
    fn a_body_past_its_announced_length_has_room_to_be_noticed() {
        let mut room = Room::new(Some(10), LIMIT);
        let mut body = room.body();
        fill(&mut room, &mut body, 2 * SHARE_BYTES);
        assert_eq!(body.len(), 2 * SHARE_BYTES);
        // More at once than there is room for.
        let free = body.capacity() - body.len();
        room.extend(&mut body, free + 1);
        assert!(body.capacity() - body.len() > free);
    }
}
