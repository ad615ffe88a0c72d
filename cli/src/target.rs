//! The org that a command is for, and how it is reached.

use std::sync::Arc;

use sfbox::secret_store::SecretStore;
use sfbox::{Builder, Org, Runtime};

use crate::global::Global;
use crate::hint::Typed;
use crate::leaving;
use crate::verdict::Usage;

/// One org in a store, not opened yet.
pub(crate) struct Target {
    /// The name of the secret with its credentials.
    pub(crate) name: String,
    /// The name of its session's secret, if it has one of its own.
    pub(crate) session: Option<String>,
    /// Where both are.
    pub(crate) store: Arc<dyn SecretStore>,
    builder: Builder,
    /// What was typed, for hints.
    pub(crate) typed: Typed,
}

impl Target {
    /// The one org of the command line.
    pub(crate) async fn of(global: &Global) -> anyhow::Result<Self> {
        let name = global.org.as_deref().ok_or(Usage::new(
            "no org was given: set `--org` or SFBOX_ORG to the name of its secret, or try `--demo`",
        ))?;
        let mut builder = global.builder()?;
        if let Some(proxy) = global.proxy()? {
            builder = builder.proxy(proxy);
        }
        Ok(Self {
            session: global.session_secret.clone(),
            ..Self::new(name, global.open_store().await?, builder, Typed::of(global))
        })
    }

    /// An org whose session is with its credentials.
    pub(crate) fn new(
        name: impl Into<String>,
        store: Arc<dyn SecretStore>,
        builder: Builder,
        typed: Typed,
    ) -> Self {
        Self {
            name: name.into(),
            session: None,
            store,
            builder,
            typed,
        }
    }

    /// Builds a runtime for it.
    pub(crate) fn open(self) -> anyhow::Result<(Runtime, Org)> {
        let mut builder = self.builder.store(self.store);
        if let Some(session) = &self.session {
            builder = builder.session_secret(&self.name, session);
        }
        let runtime = builder.org(&self.name).build()?;
        let org = runtime.org(&self.name)?;
        Ok((runtime, org))
    }

    /// Makes calls, and leaves when what they began has ended or has had its time.
    pub(crate) async fn call(
        self,
        calls: impl AsyncFnOnce(&Org) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let typed = self.typed;
        let (runtime, org) = self.open()?;
        let done = calls(&org).await;
        let done = done.map_err(|error| leaving::explained(error, &org));
        leaving::leave(&runtime, done, typed).await
    }
}
