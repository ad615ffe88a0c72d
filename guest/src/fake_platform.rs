//! A world of virtual time: a store, an org, and any number of instances.

mod journal;
mod node;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use futures::FutureExt as _;
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::{LocalBoxFuture, abortable};
use futures::task::LocalSpawnExt as _;
use secrecy::ExposeSecret as _;

use crate::client::Client;
use crate::expiry::Expiry;
use crate::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, TransportError,
};
pub(crate) use journal::{Deed, Entry, State};
use node::Node;
pub(crate) use node::Weather;

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
    pub(crate) random: Cell<u64>,
    next_node: Cell<usize>,
    pub(crate) journal: RefCell<Vec<Entry>>,
    /// The secret's members, as JSON text, and its version.
    pub(crate) secret: RefCell<BTreeMap<String, String>>,
    version: Cell<u64>,
    /// Every state of the secret that was written so far.
    pub(crate) states: RefCell<Vec<State>>,
    /// Since when there is a claim of that key, and whose it is.
    claims: RefCell<BTreeMap<String, (Duration, Option<usize>)>>,
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
    /// Runs before each write: what somebody else does meanwhile.
    pub(crate) meanwhile: RefCell<Option<Meanwhile>>,
    pub(crate) reads: Cell<u32>,
    pub(crate) writes: Cell<u32>,
    pub(crate) logins: Cell<u32>,
    pub(crate) requests: RefCell<Vec<String>>,
    /// The tokens that are alive, and since when.
    sessions: RefCell<BTreeMap<String, Duration>>,
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
#[derive(Clone)]
pub(crate) struct FakePlatform {
    facts: Rc<Facts>,
    node: Rc<Node>,
}

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
            next_node: Cell::default(),
            journal: RefCell::default(),
            states: RefCell::new(vec![State {
                since: Duration::ZERO,
                version: 0,
                members: secret.clone().into(),
            }]),
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
        FakePlatform::of(&self.facts).client()
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
        let now = self.now();
        self.sessions.borrow_mut().insert(token.to_owned(), now);
        self.secret.borrow_mut().extend([
            ("SessionId".to_owned(), format!("\"{token}\"")),
            (
                "Instance".to_owned(),
                "\"acme.my.salesforce.com\"".to_owned(),
            ),
        ]);
        self.written();
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

    /// Ends the sessions that are older than that.
    pub(crate) fn end_older_than(&self, age: Duration) {
        let now = self.now();
        self.sessions
            .borrow_mut()
            .retain(|_, since| now - *since <= age);
    }

    pub(crate) fn is_alive(&self, token: &str) -> bool {
        self.sessions.borrow().contains_key(token)
    }

    /// Ends one session.
    pub(crate) fn end(&self, token: &str) {
        self.sessions.borrow_mut().remove(token);
    }

    pub(crate) fn put(&self, key: &str, value: &str) {
        self.secret
            .borrow_mut()
            .insert(key.to_owned(), value.to_owned());
        self.written();
    }

    fn write(&self, changes: Changes) {
        for (key, value) in changes {
            let mut secret = self.secret.borrow_mut();
            match value {
                Some(value) => {
                    let value = value.expose_secret().to_owned();
                    _ = secret.insert(key.to_owned(), value);
                }
                None => _ = secret.remove(key),
            }
        }
        self.written();
    }

    /// The secret is another from now on.
    fn written(&self) {
        self.version.set(self.version.get() + 1);
        self.states.borrow_mut().push(State {
            since: self.now(),
            version: self.version.get(),
            members: self.secret.borrow().clone(),
        });
    }

    /// The secret as it was so long ago.
    fn state(&self, age: Duration) -> (u64, BTreeMap<String, String>) {
        let moment = self.now().saturating_sub(age);
        let states = self.states.borrow();
        let then = states.iter().rfind(|state| state.since <= moment);
        match then.filter(|_| !age.is_zero()) {
            Some(state) => (state.version, state.members.clone()),
            None => (self.version.get(), self.secret.borrow().clone()),
        }
    }

    fn note(&self, node: &Node, deed: Deed) {
        self.journal.borrow_mut().push(Entry {
            at: self.now(),
            node: node.number,
            deed,
        });
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
            self.sessions.borrow_mut().insert(token.clone(), self.now());
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
            .keys()
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
        let bearer = request.headers().get("authorization");
        let bearer = bearer.and_then(|value| value.to_str().ok());
        if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
            let accepted = status != 401;
            let token = token.to_owned();
            self.note(Deed::Called { token, accepted });
        } else if let Some(granted) = body.strip_prefix(r#"{"access_token":""#) {
            let token = granted.split('"').next().unwrap().to_owned();
            self.note(Deed::LoggedIn(token));
        }
    }
}

impl Platform for FakePlatform {
    type Body = FakeBody;

    async fn send(&self, request: Request) -> Result<http::Response<FakeBody>, TransportError> {
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
        let (status, body) = self.facts.answer(&request)?;
        self.note_answer(&request, status, &body);
        self.travel().await;
        let response = http::Response::builder()
            .status(status)
            .header("content-type", "application/json");
        Ok(response.body(FakeBody(body.into_bytes())).unwrap())
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
        let claimed = self.claim_at_once(key);
        self.travel().await;
        Ok(claimed)
    }

    async fn release(&self, _: &str, key: &str) -> Result<(), StoreError> {
        self.travel().await;
        self.release_at_once(key);
        self.travel().await;
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        self.facts.now_ms()
    }

    fn monotonic(&self) -> Duration {
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

impl Body for FakeBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.0.len() > limit {
            Err(BodyError::TooLong)
        } else {
            Ok(self.0)
        }
    }
}
