//! Tests: a world that answers as it is told, in virtual time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret as _;

use crate::platform::{Answer, Platform, Request, Unanswered};

/// What becomes of a request.
pub(crate) enum Reply {
    Answer(Answer),
    Unanswered(Unanswered),
    /// Nothing, ever.
    Never,
}

/// The fake world.
pub(crate) struct FakePlatform {
    replies: RefCell<VecDeque<Reply>>,
    sent: RefCell<Vec<Request>>,
    elapsed: Cell<Duration>,
    drawn: Cell<u8>,
}

/// An answer of that status and text.
pub(crate) fn answer(status: u16, body: &str) -> Answer {
    let mut answer = Answer::new(body.as_bytes().to_vec().into());
    *answer.status_mut() = status.try_into().unwrap();
    answer
}

impl FakePlatform {
    /// One that replies so, in this order.
    pub(crate) fn new(replies: Vec<Reply>) -> Self {
        Self {
            replies: RefCell::new(replies.into()),
            sent: RefCell::default(),
            elapsed: Cell::default(),
            drawn: Cell::default(),
        }
    }

    /// What was sent so far: the operation, or the URI where there is none, and the
    /// body.
    pub(crate) fn sent(&self) -> Vec<(String, String)> {
        let told = |request: &Request| {
            let target = request.headers().get("x-amz-target");
            let target = target.map(|target| target.to_str().unwrap());
            let operation = target.and_then(|target| target.rsplit('.').next());
            let uri = request.uri().to_string();
            (
                operation.map_or(uri, str::to_owned),
                request.body().expose_secret().to_owned(),
            )
        };
        self.sent.borrow().iter().map(told).collect()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
    }
}

impl Platform for FakePlatform {
    async fn send(&self, request: Request, _limit: usize) -> Result<Answer, Unanswered> {
        self.sent.borrow_mut().push(request);
        let reply = self.replies.borrow_mut().pop_front();
        match reply.expect("a reply for each request") {
            Reply::Answer(answer) => Ok(answer),
            Reply::Unanswered(why) => Err(why),
            Reply::Never => pending().await,
        }
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_561_200) + self.elapsed.get()
    }

    fn monotonic(&self) -> Duration {
        self.elapsed.get()
    }

    /// Time passes only when nothing else can happen.
    async fn sleep(&self, duration: Duration) {
        let mut is_first = true;
        poll_fn(|context| {
            if std::mem::take(&mut is_first) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        self.advance(duration);
    }

    fn random(&self) -> [u8; 16] {
        self.drawn.set(self.drawn.get().wrapping_add(1));
        [self.drawn.get(); 16]
    }
}
