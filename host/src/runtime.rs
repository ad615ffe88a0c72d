//! A runtime: its engine, its secret store, and its orgs.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use tokio::runtime::Handle;

use crate::audit::Audit;
use crate::config::{ConfigError, Orgs};
use crate::egress::{Checkpoint, EgressConfig, Pin};
use crate::engine::Engine;
use crate::org::Org;
use crate::policy::Policy;
use crate::secret_store::{Claims, Granted, SecretStore, Settings};
use crate::served::Served;
use crate::state::{Lanes, OrgState, Service};

/// How long [`Runtime::abandon`] lets the component give its claims back by itself.
const GIVE_BACK_WAIT: Duration = Duration::from_millis(300);

/// A running engine, one secret store, and the orgs it was configured for: one
/// trust domain. Clones share it; the last one dropped lets calls in flight
/// finish and ends the threads.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<Engine>,
    service: Arc<Service>,
    store: Arc<dyn SecretStore>,
    orgs: Orgs,
    settings: Settings,
    claims: Arc<Claims>,
    egress: Arc<EgressConfig>,
    policy: Policy,
    audit: Option<Arc<Audit>>,
    /// What is still in use of each org: by a handle, or by an instance.
    known: Mutex<HashMap<Arc<Served>, Weak<OrgState>>>,
}

impl Runtime {
    pub(crate) fn over(
        engine: Engine,
        store: Arc<dyn SecretStore>,
        orgs: Orgs,
        settings: Settings,
        egress: Arc<EgressConfig>,
        policy: Policy,
        audit: Option<Arc<Audit>>,
    ) -> Result<Self, ConfigError> {
        let inner = Inner {
            engine: Arc::new(engine),
            service: Arc::new(Service::start().map_err(ConfigError::Thread)?),
            store,
            orgs,
            settings,
            claims: Arc::default(),
            egress,
            policy,
            audit,
            known: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The org whose secret has this name or ARN. Reads nothing yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownOrg`] for an org that the runtime was not
    /// configured for.
    pub fn org(&self, name: &str) -> Result<Org, ConfigError> {
        self.org_with_policy(name, self.inner.policy.clone())
    }

    /// The same org under a policy of its own, whatever [`Builder::policy`] says. Orgs
    /// under two policies share nothing but the session, which each has from the secret
    /// store, as two processes do.
    ///
    /// [`Builder::policy`]: crate::Builder::policy
    ///
    /// # Errors
    ///
    /// As for [`Runtime::org`].
    pub fn org_with_policy(&self, name: &str, policy: Policy) -> Result<Org, ConfigError> {
        let org = self.inner.orgs.find(name)?;
        let served = Arc::new(Served { org, policy });
        let mut known = self
            .inner
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let state = known.get(&served).and_then(Weak::upgrade);
        let state = state.unwrap_or_else(|| {
            let state = Arc::new(self.open(Arc::clone(&served)));
            known.retain(|_, org| org.strong_count() > 0);
            known.insert(served, Arc::downgrade(&state));
            state
        });
        Ok(Org::new(Arc::clone(&self.inner.engine), state))
    }

    fn open(&self, served: Arc<Served>) -> OrgState {
        let inner = &self.inner;
        let secret = Granted::new(
            Arc::clone(&inner.store),
            served.org.clone(),
            inner.orgs.session_of(&served.org),
        );
        let pin = Pin::new(inner.egress.allow_hosts.clone());
        let lanes = Lanes::new(&served, inner.engine.workers());
        OrgState::new(
            Arc::clone(&served),
            secret,
            inner.settings,
            Arc::clone(&inner.claims),
            Arc::clone(&inner.service),
            Checkpoint::new(served, pin, inner.audit.clone()),
            lanes,
        )
    }

    /// The runtimes of the threads that run its calls: none of a
    /// [`LocalWorker`](crate::LocalWorker). A task that is spawned there and calls an org
    /// spares each call two changes of threads; whatever blocks it holds the calls of others
    /// up, too. It is dropped when this runtime has been shut down.
    pub fn threads(&self) -> Vec<Handle> {
        self.inner.engine.threads()
    }

    /// Waits until no call is in flight, and nothing that calls began is left to be
    /// done, such as storing the token of a renewal. For programs that are stopped
    /// between calls, as AWS stops a Lambda function: what is left then would wait
    /// for the next call, and everybody on the secret for it. It may never end
    /// while others go on calling.
    pub async fn settle(&self) {
        self.inner.engine.settled().await;
    }

    /// Ends what calls began, for a program that is about to end and cannot wait: requests
    /// to Salesforce that are under way fail, no more are sent, and the claim on a login
    /// that has no answer is given back, so that other processes may log in at once.
    /// What is being written to the secret store goes on until the program ends.
    ///
    /// It waits for the secret store, however long that takes: limit it.
    pub async fn abandon(&self) {
        self.inner.egress.ending.cancel();
        let ended = pin!(self.shut_down());
        let late = pin!(
            self.inner
                .service
                .sleep_until(Instant::now() + GIVE_BACK_WAIT)
        );
        let Either::Right(((), ended)) = select(ended, late).await else {
            return;
        };
        // The component is busy with something else, such as waiting for a moment that
        // the org asked it to wait for.
        let orgs: Vec<_> = {
            let known = self.inner.known.lock();
            let known = known.unwrap_or_else(PoisonError::into_inner);
            known.values().filter_map(Weak::upgrade).collect()
        };
        for org in orgs {
            org.give_claim_back().await;
        }
        // The component may be giving it back itself.
        ended.await;
    }

    /// Refuses new calls, and waits for those in flight and for what they began:
    /// a renewal that a call started is stored before this ends.
    pub async fn shut_down(&self) {
        self.inner.engine.shut_down().await;
    }
}
