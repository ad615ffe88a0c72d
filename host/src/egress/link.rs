//! A connection, as the calls on it see it: whether it takes new ones.
//!
//! The client beneath keeps using a connection until it breaks. One whose other end has
//! died silently does not break: every call that is sent on it waits for its timeout. So
//! a connection takes no new calls once a call on it has run out of time, or once it has
//! been idle for long. One that is full takes none either, and is not used again: the client
//! beneath cannot leave a connection out for a while. Calls that are under way on it go on. When there are none, its
//! stream ends as if the other end had closed it: that tells the client also of a
//! connection that no call has used yet, as one is that was opened for a call which found
//! another first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

use hyper_util::client::legacy::connect::CaptureConnection;

use super::demand::Place;
use super::flood::Flood;
use super::frames::Frames;

/// How long an idle connection is kept: less than Salesforce's edge keeps it.
pub(super) const POOL_IDLE: Duration = Duration::from_secs(60);

/// How many calls a connection over HTTP/2 takes at once; the next ones take another. Servers
/// are to take at least so many streams (RFC 9113, section 6.5.2): past their limit a call
/// waits until another has been read, whose reader may have stopped.
pub(super) const STREAMS_MAX: u32 = 100;

/// An open connection.
pub(super) struct Link {
    state: Mutex<State>,
}

struct State {
    takes_calls: bool,
    /// Its place among the host's connections, until it takes no more calls.
    place: Option<Place>,
    /// What can keep the client beneath from using it, once a call has used it.
    captured: Option<CaptureConnection>,
    calls: u32,
    /// When a call last began to use it.
    sent: Moment,
    /// When a call last began or ended to use it.
    used: Moment,
    /// When something last came in.
    heard: Instant,
    /// Who waits for what comes in next.
    reader: Option<Waker>,
    /// Over HTTP/2: what comes in.
    frames: Option<Frames>,
}

impl State {
    fn is_over(&self) -> bool {
        !self.takes_calls && self.calls == 0
    }

    fn reader_to_wake(&mut self) -> Option<Waker> {
        if self.is_over() {
            self.reader.take()
        } else {
            None
        }
    }
}

/// A moment on two clocks: the monotonic one stands still while the machine sleeps.
#[derive(Clone, Copy)]
struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

impl Moment {
    fn now() -> Self {
        Self {
            monotonic: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// The time since then, by the clock that went further.
    fn elapsed(self, now: Self) -> Duration {
        let monotonic = now.monotonic.saturating_duration_since(self.monotonic);
        // A wall clock that was set back says nothing.
        let wall = now.wall.duration_since(self.wall).unwrap_or_default();
        monotonic.max(wall)
    }
}

/// What finds the link of a connection that the client beneath has chosen.
#[derive(Clone)]
pub(super) struct LinkHandle(Weak<Link>);

impl LinkHandle {
    /// The link, unless its connection has gone.
    pub(super) fn link(&self) -> Option<Arc<Link>> {
        self.0.upgrade()
    }
}

impl Link {
    /// A connection that has just been opened.
    pub(super) fn new(place: Option<Place>, is_http2: bool) -> Arc<Self> {
        let now = Moment::now();
        Arc::new(Self {
            state: Mutex::new(State {
                takes_calls: true,
                place,
                captured: None,
                calls: 0,
                sent: now,
                used: now,
                heard: now.monotonic,
                reader: None,
                frames: is_http2.then(Frames::default),
            }),
        })
    }

    pub(super) fn handle(self: &Arc<Self>) -> LinkHandle {
        LinkHandle(Arc::downgrade(self))
    }

    /// Something has come in.
    ///
    /// # Errors
    ///
    /// When too much came in that is no answer.
    pub(super) fn heard(&self, bytes: &[u8]) -> Result<(), Flood> {
        let mut state = self.state();
        state.heard = Instant::now();
        state
            .frames
            .as_mut()
            .map_or(Ok(()), |frames| frames.read(bytes))
    }

    /// So many bytes were sent.
    pub(super) fn wrote(&self, bytes: usize) {
        if let Some(frames) = &mut self.state().frames {
            frames.wrote(bytes);
        }
    }

    /// Whether those who wait for what has come in are to have a turn before more is
    /// read.
    pub(super) fn is_turn_of_readers(&self) -> bool {
        let mut state = self.state();
        let frames = state.frames.as_mut();
        frames.is_some_and(Frames::is_turn_of_readers)
    }

    /// Whether the stream is to end, now that nothing comes in: it takes no new calls,
    /// and has none. If not, `reader` is woken when it is.
    pub(super) fn is_over(&self, reader: &Waker) -> bool {
        let mut state = self.state();
        if let Some(frames) = &mut state.frames {
            frames.rest();
        }
        if state.is_over() {
            return true;
        }
        match &mut state.reader {
            Some(known) => known.clone_from(reader),
            unknown => *unknown = Some(reader.clone()),
        }
        false
    }

    /// The connection has been closed.
    pub(super) fn closed(&self) {
        let mut state = self.state();
        state.takes_calls = false;
        let place = state.place.take();
        state.captured = None;
        drop(state);
        drop(place);
    }

    /// Whether a new call finds it in use or waiting, so that no other is needed.
    pub(super) fn takes_calls(&self) -> bool {
        self.takes_calls_at(Moment::now())
    }

    fn takes_calls_at(&self, now: Moment) -> bool {
        let state = self.state();
        state.takes_calls && state.sent.elapsed(now) < POOL_IDLE
    }

    /// Takes no new calls if it has been idle for too long.
    pub(super) fn retire_if_idle(&self) {
        self.retire_if_idle_at(Moment::now());
    }

    fn retire_if_idle_at(&self, now: Moment) {
        let is_idle = {
            let state = self.state();
            state.calls == 0 && state.used.elapsed(now) >= POOL_IDLE
        };
        if is_idle {
            self.retire();
        }
    }

    /// Takes no new calls if nothing has come in since then.
    pub(super) fn retire_if_silent_since(&self, then: Instant) {
        if self.state().heard < then {
            self.retire();
        }
    }

    /// Takes no new calls; those under way go on.
    pub(super) fn retire(&self) {
        let mut state = self.state();
        state.takes_calls = false;
        if let Some(captured) = &state.captured
            && let Some(connected) = &*captured.connection_metadata()
        {
            connected.poison();
        }
        // A call that waits for a place has one now.
        let place = state.place.take();
        let reader = state.reader_to_wake();
        drop(state);
        drop(place);
        reader.into_iter().for_each(Waker::wake);
    }

    /// A call uses it from now on.
    pub(super) fn begin_call(&self, captured: &CaptureConnection) {
        let mut state = self.state();
        state.captured.get_or_insert_with(|| captured.clone());
        state.calls += 1;
        state.sent = Moment::now();
        state.used = state.sent;
        if let Some(frames) = &mut state.frames {
            frames.begin_call();
        }
        let is_full = state.frames.is_some() && state.calls >= STREAMS_MAX;
        drop(state);
        if is_full {
            self.retire();
        }
    }

    /// A call uses it no longer.
    pub(super) fn end_call(&self) {
        let mut state = self.state();
        state.calls -= 1;
        state.used = Moment::now();
        let reader = state.reader_to_wake();
        drop(state);
        reader.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use hyper_util::client::legacy::connect::capture_connection;

    use super::*;

    /// How often it was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn later(seconds: u64) -> Moment {
        let now = Moment::now();
        Moment {
            monotonic: now.monotonic + Duration::from_secs(seconds),
            wall: now.wall + Duration::from_secs(seconds),
        }
    }

    #[test]
    fn an_idle_connection_is_not_used_again() {
        let seconds = POOL_IDLE.as_secs();
        let link = Link::new(None, false);
        link.retire_if_idle_at(later(seconds - 1));
        assert!(link.takes_calls_at(later(seconds - 1)));
        assert!(!link.takes_calls_at(later(seconds)));
        link.retire_if_idle_at(later(seconds));
        assert!(!link.takes_calls());
    }

    #[test]
    fn a_machine_that_slept_has_idle_connections() {
        let link = Link::new(None, true);
        let woken = Moment {
            wall: later(POOL_IDLE.as_secs()).wall,
            ..Moment::now()
        };
        link.retire_if_idle_at(woken);
        assert!(!link.takes_calls());
        let link = Link::new(None, true);
        let set_back = Moment {
            wall: SystemTime::UNIX_EPOCH,
            ..Moment::now()
        };
        link.retire_if_idle_at(set_back);
        assert!(link.takes_calls_at(set_back));
    }

    #[test]
    fn a_connection_that_was_heard_is_not_silent() {
        let begun = Instant::now();
        let link = Link::new(None, false);
        link.heard(b"x").unwrap();
        link.retire_if_silent_since(begun);
        assert!(link.takes_calls());
        link.retire_if_silent_since(Instant::now() + Duration::from_secs(1));
        assert!(!link.takes_calls());
    }

    #[test]
    fn a_connection_that_is_retired_ends_when_no_call_is_on_it() {
        let captured = capture_connection(&mut http::Request::new(()));
        let woken = Arc::new(Woken::default());
        let reader = Waker::from(Arc::clone(&woken));
        let count = || woken.0.load(Ordering::Relaxed);
        let link = Link::new(None, false);
        assert!(!link.is_over(&reader));
        link.begin_call(&captured);
        link.retire();
        assert!(!link.is_over(&reader), "a call is under way");
        assert_eq!(count(), 0);
        link.end_call();
        assert_eq!(count(), 1);
        assert!(link.is_over(&reader));
        let unused = Link::new(None, false);
        assert!(!unused.is_over(&reader));
        unused.retire();
        assert_eq!(count(), 2);
        assert!(unused.is_over(&reader));
    }

    #[test]
    fn a_connection_over_http_2_that_is_full_takes_no_more_calls() {
        let captured = capture_connection(&mut http::Request::new(()));
        for (is_http2, takes_more) in [(true, false), (false, true)] {
            let link = Link::new(None, is_http2);
            for _ in 1..STREAMS_MAX {
                link.begin_call(&captured);
            }
            assert!(link.takes_calls(), "one more");
            link.begin_call(&captured);
            assert_eq!(link.takes_calls(), takes_more, "{is_http2}");
            link.end_call();
            assert_eq!(link.takes_calls(), takes_more, "for good: {is_http2}");
        }
    }

    #[test]
    fn a_connection_that_is_closed_takes_no_calls() {
        let link = Link::new(None, false);
        assert!(link.takes_calls());
        link.closed();
        assert!(!link.takes_calls());
    }
}
