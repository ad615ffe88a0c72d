//! A world of virtual time: a store, an org, and any number of instances.

mod calls;
mod journal;
mod node;
mod passage;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt as _;
use secrecy::ExposeSecret as _;

use crate::client::Client;
use crate::expiry::Expiry;
use crate::platform::{Changes, Request, StoreError, TransportError};
pub(crate) use journal::{Deed, Entry, State};
use node::Node;
pub(crate) use node::Weather;
pub(crate) use passage::FakePlatform;

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
    /// Every claim was released for the last time so long ago.
    pub(crate) claims_spent: Cell<Option<Duration>>,
    /// The refusal of the login that the last release was for.
    pub(crate) released_for: RefCell<Option<String>>,
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
    /// How queries and writes are answered, one after the other, before they work.
    pub(crate) answers: RefCell<Vec<Result<(u16, String), TransportError>>>,
    /// The next body breaks off.
    pub(crate) breaks_off: Cell<bool>,
    /// How long the org takes for anything but the root resource.
    pub(crate) latency: Cell<Duration>,
    /// The instance that a login answers.
    pub(crate) instance: RefCell<String>,
    /// How a host answers whatever it is asked, if not as an org.
    pub(crate) hosts: RefCell<BTreeMap<String, HostAnswer>>,
    /// Logins answer the token that is alive, if there is one.
    pub(crate) repeats_token: Cell<bool>,
    /// How far the processes' clocks are ahead of the org's.
    pub(crate) clock_ahead: Cell<Duration>,
    /// Whether answers say what time it is.
    pub(crate) tells_time: Cell<bool>,
    /// How often a process has read one of its clocks.
    pub(crate) clock_readings: Cell<u32>,
}

/// How a host answers to everything.
pub(crate) type HostAnswer = Result<(u16, String), TransportError>;

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
            claims_spent: Cell::default(),
            released_for: RefCell::default(),
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
            breaks_off: Cell::default(),
            latency: Cell::new(Duration::from_millis(10)),
            instance: RefCell::new("acme.my.salesforce.com".to_owned()),
            hosts: RefCell::default(),
            repeats_token: Cell::default(),
            clock_ahead: Cell::default(),
            tells_time: Cell::new(true),
            clock_readings: Cell::default(),
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
    fn note_clock_reading(&self) {
        self.clock_readings.set(self.clock_readings.get() + 1);
    }

    pub(crate) fn store_foreign(&self, token: &str) {
        self.store_foreign_at(token, "acme.my.salesforce.com");
    }

    /// The same, on another instance.
    pub(crate) fn store_foreign_at(&self, token: &str, instance: &str) {
        let now = self.now();
        self.sessions.borrow_mut().insert(token.to_owned(), now);
        self.secret.borrow_mut().extend([
            ("SessionId".to_owned(), format!("\"{token}\"")),
            ("Instance".to_owned(), format!("\"{instance}\"")),
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
        let host = request.uri().host().unwrap();
        if let Some(answer) = self.hosts.borrow().get(host) {
            return answer.clone();
        }
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
            let alive = self.sessions.borrow().keys().next().cloned();
            let token = alive.filter(|_| self.repeats_token.get());
            let token = token.unwrap_or_else(|| self.new_token());
            self.sessions.borrow_mut().insert(token.clone(), self.now());
            let instance = format!("https://{}", self.instance.borrow());
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
        let bearer = session_of(request).expect("a session");
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
            if path.starts_with("/id/") {
                return Ok((403, "Bad_OAuth_Token".to_owned()));
            }
            let refusal = self.refusal.borrow().clone();
            return Ok((401, refusal.unwrap_or_else(|| body.to_owned())));
        }
        if path.ends_with("v66.0/")
            && let Some(answer) = &*self.root_answer.borrow()
        {
            return Ok(answer.clone());
        }
        if is_call(&path) && !self.answers.borrow().is_empty() {
            return self.answers.borrow_mut().remove(0);
        }
        let number = path.rsplit_once("01g-").map_or("0", |(_, number)| number);
        let next = number.parse::<u32>().unwrap() + 1;
        let body = format!(
            r#"{{"totalSize":9,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-{next}","records":[{{}}]}}"#
        );
        Ok((200, body))
    }
}

/// The session that a request carries, where the org looks for it.
pub(crate) fn session_of(request: &Request) -> Option<String> {
    let headers = request.headers();
    if request.uri().path().starts_with("/services/async/") {
        let session = headers.get("x-sfdc-session")?.to_str().ok()?;
        return Some(format!("Bearer {session}"));
    }
    Some(headers.get("authorization")?.to_str().ok()?.to_owned())
}

/// Whether it is a query's, a write's, that of a class, or an identity.
fn is_call(path: &str) -> bool {
    [
        "/query",
        "/sobjects",
        "/composite",
        "/apexrest",
        "/async",
        "/tooling",
        "/id/",
    ]
    .iter()
    .any(|part| path.contains(part))
}
