//! The org: everything that its requests share.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::database::{DataFileError, Database};
use crate::duplicate::DuplicateRules;
use crate::fault::{Effect, Faults};
use crate::id::RecordId;
use crate::idempotency::keys::Keys;
use crate::incoming::Stamp;
use crate::jobs::Jobs;
use crate::load::LoadError;
use crate::locator::Locators;
use crate::lock::Locks;
use crate::login_rate::LoginRate;
use crate::names::Names;
use crate::recipe::Recipe;
use crate::resource::Route;
use crate::schema::Schema;
use crate::session::{Lifespan, SessionId, Sessions, jwt, new_token};
use crate::settings::{OrgSettings, TokenFormat};
use crate::stats::SharedStats;
use crate::viewed::Viewed;

/// The calls that an org may make in a day. Nothing here enforces it;
/// Salesforce lets paid orgs pass it too.
pub(crate) const DAILY_API_REQUESTS: u64 = 100_000;

/// The login name of the app's "Run As" user.
pub(crate) const USERNAME: &str = "user@demo.example";

/// What the app may do with its tokens.
pub(crate) const SCOPE: &str = "api";

/// The org.
pub(crate) struct Org {
    pub(crate) credentials: Credentials,
    pub(crate) names: Names,
    pub(crate) id: RecordId,
    /// Its objects and fields, from its start to its end.
    pub(crate) schema: Arc<Schema>,
    /// When the schema was changed last: at the org's start.
    pub(crate) schema_changed_ms: i64,
    /// The app's "Run As" user.
    pub(crate) user: RecordId,
    pub(crate) clock: Clock,
    pub(crate) stats: SharedStats,
    state: Mutex<State>,
    database: Mutex<Database>,
    /// Who holds it may write records: a call of several writes holds it
    /// throughout.
    turn: Mutex<()>,
    /// Changes whenever held requests are released.
    releases: watch::Sender<u64>,
    /// How many requests are held.
    held: watch::Sender<u64>,
    requests: AtomicU64,
    initial: Initial,
}

/// What changes while the org runs, and is small enough to be locked as one.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) settings: OrgSettings,
    pub(crate) sessions: Sessions,
    pub(crate) locators: Locators,
    pub(crate) jobs: Jobs,
    pub(crate) faults: Faults,
    pub(crate) logins: LoginRate,
    pub(crate) viewed: Viewed,
    pub(crate) keys: Keys,
    pub(crate) locks: Locks,
    pub(crate) duplicate_rules: DuplicateRules,
}

/// How the org was when it started, for a reset.
#[derive(Clone)]
pub(crate) struct Initial {
    pub(crate) settings: OrgSettings,
    pub(crate) schema: Arc<Schema>,
    pub(crate) recipe: Recipe,
    /// Where the records are; nowhere but in memory, unless set.
    pub(crate) data_file: Option<PathBuf>,
}

/// The org's records cannot be made.
#[derive(Debug, Error)]
pub(crate) enum RecordsError {
    #[error("the database refused a record")]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    #[error("it is not known what the records are made of")]
    Recipe(#[from] serde_json::Error),
}

/// A request's wait for the next release.
pub(crate) struct Release(watch::Receiver<u64>);

impl Org {
    pub(crate) fn new(
        credentials: Credentials,
        names: Names,
        initial: Initial,
    ) -> Result<Self, RecordsError> {
        let user = user();
        let database = match &initial.data_file {
            Some(path) => initial.records_in(path)?,
            None => initial.records()?,
        };
        Ok(Self {
            credentials,
            names,
            id: RecordId::new("00D", 1),
            schema: Arc::clone(&initial.schema),
            schema_changed_ms: Clock::default().now_ms(),
            clock: Clock::default(),
            stats: SharedStats::default(),
            state: Mutex::new(State {
                settings: initial.settings.clone(),
                ..State::default()
            }),
            database: Mutex::new(database),
            user,
            turn: Mutex::new(()),
            releases: watch::Sender::new(0),
            held: watch::Sender::new(0),
            requests: AtomicU64::new(0),
            initial,
        })
    }

    /// Locks what changes. Never held across an await, nor while SQLite works.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the records.
    pub(crate) fn database(&self) -> MutexGuard<'_, Database> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn to write. Taken before the records are locked.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody has the turn to write.
    #[cfg(test)]
    pub(crate) fn is_turn_taken(&self) -> bool {
        self.turn.try_lock().is_err()
    }

    /// Opens a session and answers its token, and in which format that is.
    pub(crate) fn open_session(&self) -> Result<(String, TokenFormat), ring::error::Unspecified> {
        let now_ms = self.clock.now_ms();
        let (format, lifetime) = {
            let state = self.state();
            let settings = &state.settings;
            if settings.same_token
                && let Some(token) = state
                    .sessions
                    .last_alive(now_ms, state.session_timeout_ms())
            {
                return Ok((token, settings.token_format));
            }
            (settings.token_format, settings.jwt_lifetime_ms)
        };
        let expires_s = lifetime.expires_s(now_ms);
        let token = match format {
            TokenFormat::Opaque => new_token(self.id.short())?,
            TokenFormat::Jwt => jwt::issue(jwt::Grant {
                org: &self.id,
                // Whom the tokens come from is the same for everybody, however it was asked.
                url: &self.names.own_url(),
                user: &self.user,
                client_id: &self.credentials.consumer_key,
                scope: SCOPE,
                issued_s: now_ms.div_euclid(1_000),
                expires_s,
            })?,
        };
        let mut state = self.state();
        let timeout_ms = state.session_timeout_ms();
        let sessions = &mut state.sessions;
        match format {
            TokenFormat::Opaque => sessions.open(token.clone(), now_ms, timeout_ms),
            TokenFormat::Jwt => {
                let end_ms = expires_s.saturating_mul(1_000);
                sessions.open_until(token.clone(), end_ms, now_ms, timeout_ms);
            }
        }
        Ok((token, format))
    }

    /// The session of a token, if it is good for anything.
    pub(crate) fn session(&self, token: &str) -> Option<SessionId> {
        let mut state = self.state();
        let timeout_ms = state.session_timeout_ms();
        let session = state
            .sessions
            .touch(token, self.clock.now_ms(), timeout_ms)?;
        (!state.settings.refuse_all_tokens).then_some(session)
    }

    /// When the session of a token began and will end, if it is alive. This is
    /// no use of the token: it neither prolongs the session nor is it refused
    /// where every use is.
    pub(crate) fn lifespan(&self, token: &str) -> Option<Lifespan> {
        let state = self.state();
        let timeout_ms = state.session_timeout_ms();
        state.sessions.peek(token, self.clock.now_ms(), timeout_ms)
    }

    /// Ends the session of a token; answers whether it was alive.
    pub(crate) fn revoke(&self, token: &str) -> bool {
        let mut state = self.state();
        let timeout_ms = state.session_timeout_ms();
        let now_ms = self.clock.now_ms();
        state.sessions.close(token, now_ms, timeout_ms)
    }

    /// A number that no other request has had.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// What a request to `route` meets, and the release that it would wait for.
    pub(crate) fn meet_faults(&self, route: Route) -> (Vec<Effect>, Release) {
        let mut state = self.state();
        // Under the lock, so that no release is missed between the two.
        (state.faults.meet(route), Release(self.releases.subscribe()))
    }

    /// Waits for the next release, counted as held.
    pub(crate) async fn hold(&self, release: &mut Release) {
        let _held = Held::begin(self);
        // An error means that the org is gone: as good as a release.
        let _ = release.0.changed().await;
    }

    /// Lets held requests go, and holds no more.
    pub(crate) fn release(&self) -> u64 {
        let mut state = self.state();
        state.faults.remove_holds();
        self.releases.send_modify(|releases| *releases += 1);
        *self.held.borrow()
    }

    /// Waits until at least `number` requests are held.
    pub(crate) async fn until_held(&self, number: u64) {
        let mut held = self.held.subscribe();
        let _ = held.wait_for(|held| *held >= number).await;
    }

    /// Makes everything as it was at the start, and a data file as it was when it
    /// was made.
    pub(crate) fn reset(&self) -> Result<(), RecordsError> {
        let anew = match self.initial.data_file {
            Some(_) => None,
            None => Some(self.initial.records()?),
        };
        self.release();
        let _turn = self.turn();
        match anew {
            Some(database) => *self.database() = database,
            None => self.database().refill(|database, recipe| {
                let recipe = Recipe::read(recipe)?;
                self.initial.fill(database, &recipe)
            })?,
        }
        *self.state() = State {
            settings: self.initial.settings.clone(),
            ..State::default()
        };
        self.clock.reset();
        self.stats.reset();
        Ok(())
    }
}

impl State {
    /// How long a session lives without use.
    fn session_timeout_ms(&self) -> i64 {
        i64::try_from(self.settings.session_timeout_ms).unwrap_or(i64::MAX)
    }
}

/// The user that a login with client credentials runs as.
fn user() -> RecordId {
    RecordId::new("005", 1)
}

impl Initial {
    /// The records of a new org, in memory.
    fn records(&self) -> Result<Database, RecordsError> {
        let mut database = Database::open(&self.schema)?;
        self.fill(&mut database, &self.recipe)?;
        Ok(database)
    }

    /// The records of a data file.
    fn records_in(&self, path: &Path) -> Result<Database, RecordsError> {
        Database::open_file(path, &self.schema, |database| {
            self.fill(database, &self.recipe)?;
            Ok(self.recipe.written()?)
        })
    }

    /// Gives an empty database the records of a new org.
    fn fill(&self, database: &mut Database, recipe: &Recipe) -> Result<(), RecordsError> {
        let stamp = Stamp {
            user: user().to_string(),
            now_ms: Clock::default().now_ms(),
        };
        recipe.fill(database, &self.schema, &stamp)
    }

    /// Sets how long a session lives without use.
    pub(crate) fn set_session_timeout(&mut self, timeout: Duration) {
        self.settings.session_timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    }
}

/// Counts one request as held while it lives.
struct Held<'a>(&'a Org);

impl<'a> Held<'a> {
    fn begin(org: &'a Org) -> Self {
        org.stats.record(|stats| stats.held += 1);
        org.held.send_modify(|held| *held += 1);
        Self(org)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0
            .stats
            .record(|stats| stats.held = stats.held.saturating_sub(1));
        self.0
            .held
            .send_modify(|held| *held = held.saturating_sub(1));
    }
}
