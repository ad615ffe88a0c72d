//! One process's way to the world.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{Either, LocalBoxFuture, abortable, select};
use futures::task::LocalSpawnExt as _;

use super::node::Node;
use super::{Deed, Facts, ORG, Weather, session_of};
use crate::client::Client;
use crate::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, Streams,
    TransportError,
};

/// One instance's way to the world.
#[derive(Clone)]
pub(crate) struct FakePlatform {
    facts: Rc<Facts>,
    node: Rc<Node>,
}

pub(crate) struct FakeBody {
    bytes: Vec<u8>,
    breaks_off: bool,
}

/// Somebody who waits; who gives up does not make time pass.
struct Sleeper<'a> {
    facts: &'a Facts,
    id: u64,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.facts.sleepers.borrow_mut().remove(&self.id);
    }
}

impl FakePlatform {
    /// A way to the world for the test itself.
    pub(crate) fn of(facts: &Rc<Facts>) -> Self {
        Self::with(facts, Weather::default())
    }

    /// That of a new process, and the weather on its ways.
    pub(crate) fn with(facts: &Rc<Facts>, weather: Weather) -> Self {
        let number = facts.next_node.get();
        facts.next_node.set(number + 1);
        Self {
            facts: Rc::clone(facts),
            node: Rc::new(Node::new(number, weather)),
        }
    }

    /// Which process it is.
    pub(crate) fn number(&self) -> usize {
        self.node.number
    }

    /// The instance of this process.
    pub(crate) fn client(&self) -> Client<Self> {
        Client::new(self.clone(), ORG.to_owned())
    }

    /// Ends the process: nothing of it goes on, and nothing is tidied up.
    pub(crate) fn crash(&self) {
        self.node.drop_tasks();
        self.note(Deed::Died);
    }

    fn note(&self, deed: Deed) {
        self.facts.note(&self.node, deed);
    }

    /// The way there, or back.
    async fn travel(&self) {
        self.sleep(self.node.delay()).await;
    }

    /// Makes a claim, unless there is one.
    fn claim_at_once(&self, key: &str) -> Claimed {
        let now = self.monotonic();
        let mut claims = self.facts.claims.borrow_mut();
        if let Some((since, _)) = claims.get(key) {
            return Claimed::Held(now - *since);
        }
        let somebody_dies = self.facts.dead_leader.take();
        let owner = (!somebody_dies).then_some(self.node.number);
        claims.insert(key.to_owned(), (now, owner));
        if somebody_dies {
            return Claimed::Held(Duration::ZERO);
        }
        self.note(Deed::Claimed(key.to_owned()));
        Claimed::Won
    }

    /// Removes a claim, if it is this process's.
    fn release_at_once(&self, key: &str) {
        let ours = Some(self.node.number);
        let mut claims = self.facts.claims.borrow_mut();
        if claims.get(key).is_some_and(|(_, owner)| *owner == ours) {
            claims.remove(key);
            self.note(Deed::Released(key.to_owned()));
        }
    }

    /// Notes what the org said to whom.
    fn note_answer(&self, request: &Request, status: u16, body: &str) {
        let bearer = session_of(request);
        let bearer = bearer.as_deref();
        if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
            let accepted = status != 401;
            let token = token.to_owned();
            self.note(Deed::Called { token, accepted });
        } else if let Some(granted) = body.strip_prefix(r#"{"access_token":""#) {
            let token = granted.split('"').next().unwrap().to_owned();
            self.note(Deed::LoggedIn(token));
        }
    }

    /// What the org says to a request.
    async fn answer(&self, request: &Request) -> Result<http::Response<FakeBody>, TransportError> {
        if !request.uri().path().ends_with("v66.0/") {
            self.sleep(self.facts.latency.get()).await;
        }
        if request.uri().path().ends_with("/token") {
            self.note(Deed::LoginBegun);
            if self.facts.drop_task_at_login.take() {
                self.node.drop_tasks();
                self.sleep(Duration::from_millis(1)).await;
            }
            self.sleep(self.facts.login_latency.get()).await;
        }
        self.travel().await;
        let (status, body) = self.facts.answer(request)?;
        self.note_answer(request, status, &body);
        self.travel().await;
        let mut response = http::Response::builder()
            .status(status)
            .header("content-type", "application/json");
        if self.facts.tells_time.get() {
            let now = UNIX_EPOCH + Duration::from_millis(self.facts.now_ms());
            response = response.header("date", httpdate::fmt_http_date(now));
        }
        let is_call = request.uri().path().contains("/sobjects");
        let body = FakeBody {
            bytes: body.into_bytes(),
            breaks_off: is_call && self.facts.breaks_off.take(),
        };
        Ok(response.body(body).unwrap())
    }
}

impl Platform for FakePlatform {
    type Body = FakeBody;

    async fn send(
        &self,
        request: &Request,
        within: Duration,
    ) -> Result<http::Response<FakeBody>, TransportError> {
        let answering = pin!(self.answer(request));
        let timer = pin!(self.sleep(within));
        match select(answering, timer).await {
            Either::Left((answered, _)) => answered,
            Either::Right(((), _)) => Err(TransportError::Late),
        }
    }

    async fn get(&self, org: &str) -> Result<Document, StoreError> {
        assert_eq!(org, ORG);
        self.facts.reads.set(self.facts.reads.get() + 1);
        self.sleep(Duration::from_millis(5)).await;
        self.travel().await;
        if let Some(error) = self.facts.read_fails.get() {
            return Err(error);
        }
        let (version, secret) = self.facts.state(self.node.staleness());
        self.travel().await;
        Ok(Document {
            version: version.to_string(),
            entries: secret
                .iter()
                .map(|(k, v)| (k.clone(), v.as_str().into()))
                .collect(),
            writable: self.facts.writable.get(),
            require_shared: self.facts.require_shared.get(),
            session_ttl: self.facts.session_ttl.get(),
        })
    }

    async fn replace(
        &self,
        _: &str,
        version: &str,
        changes: Changes,
    ) -> Result<String, StoreError> {
        self.sleep(self.facts.write_latency.get()).await;
        self.travel().await;
        if let Some(meanwhile) = &mut *self.facts.meanwhile.borrow_mut() {
            meanwhile(&self.facts);
        }
        if let Some(error) = self.facts.write_fails.get() {
            return Err(error);
        }
        if version != self.facts.version.get().to_string() {
            self.note(Deed::Conflicted);
            self.travel().await;
            return Err(StoreError::Conflict);
        }
        self.facts.writes.set(self.facts.writes.get() + 1);
        self.facts.write(changes);
        let version = self.facts.version.get().to_string();
        let is_lost = self.node.loses_reply() || self.facts.write_loses_replies.get();
        self.travel().await;
        if is_lost {
            return Err(StoreError::Unavailable);
        }
        Ok(version)
    }

    async fn claim(&self, _: &str, key: &str) -> Result<Claimed, StoreError> {
        if let Some(error) = self.facts.claim_fails.get() {
            return Err(error);
        }
        if !self.facts.has_claims.get() {
            return Ok(Claimed::Unsupported);
        }
        self.travel().await;
        if let Some(age) = self.facts.claims_spent.get() {
            return Ok(Claimed::Spent {
                age,
                refusal: self.facts.released_for.borrow().clone(),
            });
        }
        let claimed = self.claim_at_once(key);
        self.travel().await;
        Ok(claimed)
    }

    async fn release(&self, _: &str, key: &str, refusal: Option<String>) -> Result<(), StoreError> {
        self.travel().await;
        *self.facts.released_for.borrow_mut() = refusal;
        self.release_at_once(key);
        self.travel().await;
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        self.facts.note_clock_reading();
        let ahead = self.facts.clock_ahead.get().as_millis();
        self.facts.now_ms() + u64::try_from(ahead).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.facts.note_clock_reading();
        self.facts.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        let id = self.facts.next_sleeper.get();
        self.facts.next_sleeper.set(id + 1);
        let sleeper = Sleeper {
            facts: &self.facts,
            id,
        };
        let until = self.facts.now.get() + duration;
        poll_fn(|context| {
            if sleeper.facts.now.get() >= until {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            sleeper
                .facts
                .sleepers
                .borrow_mut()
                .insert(sleeper.id, (until, waker));
            Poll::Pending
        })
        .await;
    }

    fn random(&self) -> u64 {
        let next = self
            .facts
            .random
            .get()
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.facts.random.set(next);
        next >> 16
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        let (task, handle) = abortable(task);
        self.node.began(handle);
        let spawned = self.facts.spawner.spawn_local(task.map(|_| ()));
        spawned.expect("the pool is alive");
    }
}

impl Streams for FakePlatform {
    type Upload = &'static str;

    async fn pass_on(
        &self,
        request: http::Request<&'static str>,
        within: Duration,
    ) -> Result<http::Response<FakeBody>, TransportError> {
        let request = request.map(|body| Bytes::from_static(body.as_bytes()));
        self.send(&request, within).await
    }
}

impl Body for FakeBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.breaks_off {
            let why = "the answer broke off".to_owned();
            Err(BodyError::Transport(TransportError::Lost(why)))
        } else if self.bytes.len() > limit {
            Err(BodyError::TooLong)
        } else {
            Ok(self.bytes)
        }
    }
}
