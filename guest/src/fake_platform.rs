//! A world of virtual time: a store, an org, and any number of instances.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use futures::FutureExt as _;
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::{AbortHandle, LocalBoxFuture, abortable};
use futures::task::LocalSpawnExt as _;
use secrecy::ExposeSecret as _;

use crate::client::Client;
use crate::expiry::Expiry;
use crate::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, TransportError,
};

pub(crate) const ORG: &str = "acme";

/// What somebody else does while we write.
type Meanwhile = Box<dyn FnMut(&Facts)>;

/// The world, as the test sees and changes it.
pub(crate) struct World {
    pool: RefCell<LocalPool>,
    pub(crate) facts: Rc<Facts>,
}

pub(crate) struct Facts {
    spawner: LocalSpawner,
    now: Cell<Duration>,
    sleepers: RefCell<BTreeMap<u64, (Duration, Waker)>>,
    next_sleeper: Cell<u64>,
    random: Cell<u64>,
    /// The secret's members, as JSON text, and its version.
    pub(crate) secret: RefCell<BTreeMap<String, String>>,
    version: Cell<u64>,
    claims: RefCell<BTreeMap<String, Duration>>,
    /// The next claim is somebody's who dies with it.
    pub(crate) dead_leader: Cell<bool>,
    pub(crate) has_claims: Cell<bool>,
    pub(crate) writable: Cell<bool>,
    pub(crate) require_shared: Cell<bool>,
    pub(crate) write_fails: Cell<Option<StoreError>>,
    pub(crate) read_fails: Cell<Option<StoreError>>,
    pub(crate) claim_fails: Cell<Option<StoreError>>,
    pub(crate) session_ttl: Cell<Option<Duration>>,
    /// How long tokens live, which are in JWT format then.
    pub(crate) jwt_life: Cell<Option<Duration>>,
    /// How the introspection endpoint answers, unless it refuses.
    pub(crate) introspection: RefCell<Option<String>>,
    /// The consumer secret that the token endpoint takes, if it cares.
    pub(crate) consumer_secret: RefCell<Option<String>>,
    /// Uses of a token that had ended.
    pub(crate) unauthorized: Cell<u32>,
    /// How long a write takes.
    pub(crate) write_latency: Cell<Duration>,
    /// Writes work, and nobody hears of it.
    pub(crate) write_loses_replies: Cell<bool>,
    /// The task that logs in next is dropped, as if its caller had been
    /// cancelled.
    pub(crate) drop_task_at_login: Cell<bool>,
    tasks: RefCell<Vec<AbortHandle>>,
    /// Runs before each write: what somebody else does meanwhile.
    pub(crate) meanwhile: RefCell<Option<Meanwhile>>,
    pub(crate) reads: Cell<u32>,
    pub(crate) writes: Cell<u32>,
    pub(crate) logins: Cell<u32>,
    pub(crate) requests: RefCell<Vec<String>>,
    sessions: RefCell<BTreeSet<String>>,
    /// Every token is refused on use.
    pub(crate) refuses_everyone: Cell<bool>,
    /// How the token endpoint answers, unless it grants.
    pub(crate) login_answer: RefCell<Option<(u16, String)>>,
    /// How a token is refused, unless with Salesforce's list of errors.
    pub(crate) refusal: RefCell<Option<String>>,
    /// How the root resource answers, unless it works.
    pub(crate) root_answer: RefCell<Option<(u16, String)>>,
    /// How long the token endpoint takes beyond that.
    pub(crate) login_latency: Cell<Duration>,
    /// How the query resource answers, one after the other, before it works.
    pub(crate) answers: RefCell<Vec<Result<(u16, String), TransportError>>>,
    /// How long the org takes for anything but the root resource.
    pub(crate) latency: Cell<Duration>,
}

/// One instance's way to the world.
pub(crate) struct FakePlatform(Rc<Facts>);

pub(crate) struct FakeBody(Vec<u8>);

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

impl World {
    pub(crate) fn new() -> Self {
        let pool = LocalPool::new();
        let secret = [
            ("Domain", "\"acme.my\""),
            ("ConsumerKey", "\"key\""),
            ("ConsumerSecret", "\"secret\""),
        ];
        let secret = secret.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let facts = Facts {
            spawner: pool.spawner(),
            now: Cell::default(),
            sleepers: RefCell::default(),
            next_sleeper: Cell::default(),
            random: Cell::new(1),
            secret: RefCell::new(secret.into()),
            version: Cell::default(),
            claims: RefCell::default(),
            dead_leader: Cell::default(),
            refusal: RefCell::default(),
            root_answer: RefCell::default(),
            login_latency: Cell::default(),
            has_claims: Cell::new(true),
            writable: Cell::new(true),
            require_shared: Cell::default(),
            write_fails: Cell::default(),
            read_fails: Cell::default(),
            claim_fails: Cell::default(),
            session_ttl: Cell::default(),
            jwt_life: Cell::default(),
            introspection: RefCell::default(),
            consumer_secret: RefCell::default(),
            unauthorized: Cell::default(),
            write_latency: Cell::new(Duration::from_millis(5)),
            write_loses_replies: Cell::default(),
            drop_task_at_login: Cell::default(),
            tasks: RefCell::default(),
            meanwhile: RefCell::default(),
            reads: Cell::default(),
            writes: Cell::default(),
            logins: Cell::default(),
            requests: RefCell::default(),
            sessions: RefCell::default(),
            refuses_everyone: Cell::default(),
            login_answer: RefCell::default(),
            answers: RefCell::default(),
            latency: Cell::new(Duration::from_millis(10)),
        };
        Self {
            pool: RefCell::new(pool),
            facts: Rc::new(facts),
        }
    }

    /// A new instance.
    pub(crate) fn client(&self) -> Client<FakePlatform> {
        Client::new(FakePlatform(Rc::clone(&self.facts)), ORG.to_owned())
    }

    /// Runs `work` to its end, and whatever it began as well.
    pub(crate) fn run<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let done = Rc::new(RefCell::new(None));
        let result = Rc::clone(&done);
        let spawned = self
            .facts
            .spawner
            .spawn_local(async move { *result.borrow_mut() = Some(work.await) });
        spawned.expect("the pool is alive");
        loop {
            self.pool.borrow_mut().run_until_stalled();
            if !self.facts.pass_time() {
                break;
            }
        }
        let result = done.borrow_mut().take();
        result.expect("nothing is left to wait for, and yet it has not ended")
    }

    pub(crate) fn expire_sessions(&self) {
        self.facts.sessions.borrow_mut().clear();
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.facts.now.set(self.facts.now.get() + time);
    }

    /// A session that another process made and stored.
    pub(crate) fn store_foreign(&self, token: &str) {
        self.facts.store_foreign(token);
    }

    pub(crate) fn stored(&self, key: &str) -> Option<String> {
        self.facts.secret.borrow().get(key).cloned()
    }
}

impl Facts {
    pub(crate) fn store_foreign(&self, token: &str) {
        self.sessions.borrow_mut().insert(token.to_owned());
        self.put("SessionId", &format!("\"{token}\""));
        self.put("Instance", "\"acme.my.salesforce.com\"");
    }

    /// The time.
    pub(crate) fn now(&self) -> Duration {
        self.now.get()
    }

    /// The wall clock.
    pub(crate) fn now_ms(&self) -> u64 {
        1_700_000_000_000 + u64::try_from(self.now.get().as_millis()).unwrap()
    }

    fn new_token(&self) -> String {
        let number = self.logins.get();
        let Some(life) = self.jwt_life.get() else {
            return format!("00D!{number}");
        };
        let now_s = self.now_ms() / 1_000;
        let claims = format!(r#"{{"iat":{now_s},"exp":{}}}"#, now_s + life.as_secs());
        format!("e30.{}.{number}", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    /// Ends one session.
    pub(crate) fn end(&self, token: &str) {
        self.sessions.borrow_mut().remove(token);
    }

    pub(crate) fn put(&self, key: &str, value: &str) {
        self.secret
            .borrow_mut()
            .insert(key.to_owned(), value.to_owned());
        self.version.set(self.version.get() + 1);
    }

    /// Goes to the next moment that somebody waits for.
    fn pass_time(&self) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        let Some(next) = sleepers.values().map(|(until, _)| *until).min() else {
            return false;
        };
        self.now.set(self.now.get().max(next));
        sleepers.retain(|_, (until, waker)| {
            if *until <= next {
                waker.wake_by_ref();
            }
            *until > next
        });
        true
    }

    fn answer(&self, request: &Request) -> Result<(u16, String), TransportError> {
        let path = request.uri().path().to_owned();
        self.requests.borrow_mut().push(path.clone());
        if path == "/services/oauth2/token" {
            self.logins.set(self.logins.get() + 1);
            if let Some(answer) = &*self.login_answer.borrow() {
                return Ok(answer.clone());
            }
            if let Some(secret) = &*self.consumer_secret.borrow() {
                let pair = BASE64_STANDARD.encode(format!("key:{secret}"));
                if request.headers()["authorization"] != format!("Basic {pair}") {
                    return Ok((400, r#"{"error":"invalid_client"}"#.to_owned()));
                }
            }
            let token = self.new_token();
            self.sessions.borrow_mut().insert(token.clone());
            let instance = "https://acme.my.salesforce.com";
            return Ok((
                200,
                format!(
                    r#"{{"access_token":"{token}","instance_url":"{instance}","issued_at":"{}"}}"#,
                    self.now_ms()
                ),
            ));
        }
        if path == "/services/oauth2/introspect" {
            let refusal = (400, r#"{"error":"invalid_client"}"#.to_owned());
            let answer = self.introspection.borrow().clone();
            return Ok(answer.map_or(refusal, |answer| (200, answer)));
        }
        if path == "/services/data" {
            return Ok((200, r#"[{"version":"66.0"}]"#.to_owned()));
        }
        let bearer = request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let known = self
            .sessions
            .borrow()
            .iter()
            .any(|token| bearer == format!("Bearer {token}"));
        let ended = Expiry::of_jwt(&bearer["Bearer ".len()..])
            .is_some_and(|expiry| expiry.at_ms <= self.now_ms());
        if self.refuses_everyone.get() || !known || ended {
            self.unauthorized.set(self.unauthorized.get() + 1);
            let body =
                r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
            let refusal = self.refusal.borrow().clone();
            return Ok((401, refusal.unwrap_or_else(|| body.to_owned())));
        }
        if path.ends_with("v66.0/")
            && let Some(answer) = &*self.root_answer.borrow()
        {
            return Ok(answer.clone());
        }
        if path.contains("/query") && !self.answers.borrow().is_empty() {
            return self.answers.borrow_mut().remove(0);
        }
        let body = r#"{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-1","records":[{}]}"#;
        Ok((200, body.to_owned()))
    }
}

impl FakePlatform {
    /// A way to the world for the test itself.
    pub(crate) fn of(facts: &Rc<Facts>) -> Self {
        Self(Rc::clone(facts))
    }
}

impl Platform for FakePlatform {
    type Body = FakeBody;

    async fn send(&self, request: Request) -> Result<http::Response<FakeBody>, TransportError> {
        if !request.uri().path().ends_with("v66.0/") {
            self.sleep(self.0.latency.get()).await;
        }
        if request.uri().path().ends_with("/token") {
            if self.0.drop_task_at_login.take() {
                self.0.tasks.borrow().iter().for_each(AbortHandle::abort);
                self.sleep(Duration::from_millis(1)).await;
            }
            self.sleep(self.0.login_latency.get()).await;
        }
        let (status, body) = self.0.answer(&request)?;
        let response = http::Response::builder()
            .status(status)
            .header("content-type", "application/json");
        Ok(response.body(FakeBody(body.into_bytes())).unwrap())
    }

    async fn get(&self, org: &str) -> Result<Document, StoreError> {
        assert_eq!(org, ORG);
        self.0.reads.set(self.0.reads.get() + 1);
        self.sleep(Duration::from_millis(5)).await;
        if let Some(error) = self.0.read_fails.get() {
            return Err(error);
        }
        let secret = self.0.secret.borrow();
        Ok(Document {
            version: self.0.version.get().to_string(),
            entries: secret
                .iter()
                .map(|(k, v)| (k.clone(), v.as_str().into()))
                .collect(),
            writable: self.0.writable.get(),
            require_shared: self.0.require_shared.get(),
            session_ttl: self.0.session_ttl.get(),
        })
    }

    async fn replace(
        &self,
        _: &str,
        version: &str,
        changes: Changes,
    ) -> Result<String, StoreError> {
        self.sleep(self.0.write_latency.get()).await;
        if let Some(meanwhile) = &mut *self.0.meanwhile.borrow_mut() {
            meanwhile(&self.0);
        }
        if let Some(error) = self.0.write_fails.get() {
            return Err(error);
        }
        if version != self.0.version.get().to_string() {
            return Err(StoreError::Conflict);
        }
        self.0.writes.set(self.0.writes.get() + 1);
        for (key, value) in changes {
            match value {
                Some(value) => self.0.put(key, value.expose_secret()),
                None => _ = self.0.secret.borrow_mut().remove(key),
            }
        }
        self.0.version.set(self.0.version.get() + 1);
        if self.0.write_loses_replies.get() {
            return Err(StoreError::Unavailable);
        }
        Ok(self.0.version.get().to_string())
    }

    async fn claim(&self, _: &str, key: &str) -> Result<Claimed, StoreError> {
        if let Some(error) = self.0.claim_fails.get() {
            return Err(error);
        }
        if !self.0.has_claims.get() {
            return Ok(Claimed::Unsupported);
        }
        let now = self.monotonic();
        let mut claims = self.0.claims.borrow_mut();
        if let Some(since) = claims.get(key) {
            return Ok(Claimed::Held(now - *since));
        }
        claims.insert(key.to_owned(), now);
        if self.0.dead_leader.take() {
            return Ok(Claimed::Held(Duration::ZERO));
        }
        Ok(Claimed::Won)
    }

    async fn release(&self, _: &str, key: &str) -> Result<(), StoreError> {
        self.0.claims.borrow_mut().remove(key);
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }

    fn monotonic(&self) -> Duration {
        self.0.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        let id = self.0.next_sleeper.get();
        self.0.next_sleeper.set(id + 1);
        let sleeper = Sleeper { facts: &self.0, id };
        let until = self.0.now.get() + duration;
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
            .0
            .random
            .get()
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0.random.set(next);
        next >> 16
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        let (task, handle) = abortable(task);
        self.0.tasks.borrow_mut().push(handle);
        let spawned = self.0.spawner.spawn_local(task.map(|_| ()));
        spawned.expect("the pool is alive");
    }
}

impl Body for FakeBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.0.len() > limit {
            Err(BodyError::TooLong)
        } else {
            Ok(self.0)
        }
    }
}
