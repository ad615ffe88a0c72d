//! What tests do to an org from outside Salesforce's API.

pub(crate) mod endpoints;
pub(crate) mod guard;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::clock::AdvanceTooFar;
use crate::duplicate::{DuplicateRule, DuplicateRuleError};
use crate::fault::{Fault, FaultError};
use crate::id::RecordId;
use crate::idempotency::key::Key;
use crate::import;
use crate::incoming::ImportError;
use crate::lock::{LockError, RecordLock};
use crate::org::Org;
use crate::settings::OrgSettings;
use crate::stats::Stats;

/// The number of a user who is not the app's.
const OTHER_USER: u64 = 9_999;

/// This is not an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a UUID of version 4")]
pub struct InvalidKey(pub String);

/// A handle to an org: the same as `/__emulator/`, within the process. It
/// neither keeps the server running nor stops it.
#[derive(Clone)]
pub struct Control(Arc<Org>);

impl Control {
    pub(crate) fn new(org: Arc<Org>) -> Self {
        Self(org)
    }

    /// What has happened so far.
    pub fn stats(&self) -> Stats {
        self.0.stats.snapshot()
    }

    /// How many sessions are open.
    pub fn open_sessions(&self) -> usize {
        self.0.state().sessions.len()
    }

    /// Ends every session and answers how many there were.
    pub fn expire_sessions(&self) -> usize {
        self.0.state().sessions.expire_all()
    }

    /// Adds faults to those that are set; all of them, or none.
    ///
    /// # Errors
    ///
    /// When one of them is out of its range, or there are too many.
    pub fn faults(&self, faults: Vec<Fault>) -> Result<(), FaultError> {
        self.0.state().faults.add(faults)
    }

    /// Removes every fault, and lets held requests go.
    pub fn clear_faults(&self) {
        self.0.state().faults.clear();
        self.0.release();
    }

    /// Lets held requests go, holds no more, and answers how many were held.
    pub fn release(&self) -> u64 {
        self.0.release()
    }

    /// Waits until at least `number` requests are held.
    pub async fn until_held(&self, number: u64) {
        self.0.until_held(number).await;
    }

    /// The org's settings.
    pub fn settings(&self) -> OrgSettings {
        self.0.state().settings.clone()
    }

    /// Changes the org's settings.
    pub fn set_settings(&self, settings: OrgSettings) {
        self.0.state().settings = settings;
    }

    /// Moves the org's clock forward.
    ///
    /// # Errors
    ///
    /// When it would be more than [`CLOCK_ADVANCE_MAX_MS`](crate::CLOCK_ADVANCE_MAX_MS)
    /// ahead in all.
    pub fn advance_clock(&self, by: Duration) -> Result<(), AdvanceTooFar> {
        self.0.clock.advance(by)
    }

    /// Moves the org's clock back: for clients whose clock is ahead of it.
    ///
    /// # Errors
    ///
    /// When it would be more than [`CLOCK_ADVANCE_MAX_MS`](crate::CLOCK_ADVANCE_MAX_MS)
    /// behind in all.
    pub fn turn_back_clock(&self, by: Duration) -> Result<(), AdvanceTooFar> {
        self.0.clock.turn_back(by)
    }

    /// Locks records: writes of them fail with UNABLE_TO_LOCK_ROW. All of them, or none.
    ///
    /// # Errors
    ///
    /// When object or field do not exist, or an id or a value is malformed, or there are
    /// too many.
    pub fn lock(&self, locks: Vec<RecordLock>) -> Result<(), LockError> {
        self.0.state().locks.add(&self.0.schema, locks)
    }

    /// Removes every lock.
    pub fn clear_locks(&self) {
        self.0.state().locks.clear();
    }

    /// Adds duplicate rules to those that are set; all of them, or none.
    ///
    /// # Errors
    ///
    /// When object or field do not exist, or there are too many.
    pub fn duplicate_rules(&self, rules: Vec<DuplicateRule>) -> Result<(), DuplicateRuleError> {
        self.0.state().duplicate_rules.add(&self.0.schema, rules)
    }

    /// Removes every duplicate rule.
    pub fn clear_duplicate_rules(&self) {
        self.0.state().duplicate_rules.clear();
    }

    /// How many idempotency keys are in use.
    pub fn idempotency_keys(&self) -> usize {
        let now_ms = self.0.clock.now_ms();
        self.0.state().keys.in_use(now_ms)
    }

    /// Counts idempotency keys as used by another user; all of them, or none.
    ///
    /// # Errors
    ///
    /// The first of them that is not a UUID of version 4.
    pub fn use_idempotency_keys(&self, keys: &[String]) -> Result<(), InvalidKey> {
        let parsed = keys
            .iter()
            .map(|key| Key::parse(key).ok_or_else(|| InvalidKey(key.clone())));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        let now_ms = self.0.clock.now_ms();
        let mut state = self.0.state();
        for key in parsed {
            state
                .keys
                .add_foreign(key, RecordId::new("005", OTHER_USER), now_ms);
        }
        Ok(())
    }

    /// Adds records to an object and answers their ids.
    ///
    /// A record is a JSON object of fields and values. `Id` may be given;
    /// owner, dates and the names of people are filled in.
    ///
    /// # Errors
    ///
    /// When object or fields do not exist, or a value does not fit, or another record
    /// has a value that must be unique; nothing is added then.
    pub fn seed(
        &self,
        sobject: &str,
        rows: &[Map<String, Value>],
    ) -> Result<Vec<String>, ImportError> {
        import::rows(&self.0, sobject, rows)
    }

    /// Makes everything as it was at the start: records, settings, faults,
    /// locks, duplicate rules, sessions, idempotency keys, clock and statistics.
    ///
    /// # Errors
    ///
    /// When the records cannot be made again.
    pub fn reset(&self) -> Result<(), ImportError> {
        self.0
            .reset()
            .map_err(|error| ImportError::Database(error.into()))
    }
}
