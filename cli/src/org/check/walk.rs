//! The way to an org, step by step.

use std::io::Write;

use sfbox::secret_store::{Kind, SecretName, SecretStore as _, Snapshot};
use sfbox::{Error, Options, Org, Origin, QueryOptions, Runtime, Sent};
use uuid::Uuid;

use super::super::layout::{Found, Layout};
use super::judgement::{self, Storing};
use super::report::Report;
use super::step::{Fault, Name, Outcome};
use super::witness::Witness;
use crate::leaving;
use crate::progress::{Progress, STARTING};

/// The call: every user can see at least itself.
const SOQL: &str = "SELECT Id FROM User LIMIT 1";

/// What is walked.
pub(super) struct Walk<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) org: &'a Org,
    pub(super) store: &'a Witness,
    pub(super) credentials: SecretName,
    pub(super) session: Option<SecretName>,
    pub(super) options: &'a Options,
    pub(super) progress: Progress,
}

/// Prints a step of which something was seen.
fn tell_seen(
    step: Name,
    seen: Option<Outcome>,
    report: &mut Report<impl Write>,
) -> anyhow::Result<()> {
    seen.map_or(Ok(()), |outcome| report.tell(step, outcome))
}

/// What is said while the store is asked directly.
const STORE: &str = "waiting for the secret store";

/// Where the token belongs.
struct Place {
    /// Whether it could be written there.
    writable: bool,
    /// Whether there is room for one.
    has_room: bool,
}

impl Walk<'_> {
    /// Walks it as far as it goes.
    ///
    /// # Errors
    ///
    /// When it cannot be told how far: stdout is closed, or an option is none.
    pub(super) async fn to_the_end(&self, report: &mut Report<impl Write>) -> anyhow::Result<()> {
        let Some(secret) = self.read(Name::Secret, &self.credentials, report).await? else {
            return Ok(());
        };
        let found = Found::of(&secret.text);
        let is_managed = matches!(&found, Some(found) if found.layout == Some(Layout::Managed));
        let mut place = Place {
            writable: secret.writable,
            has_room: !is_managed,
        };
        if let Some(session) = &self.session {
            match self.session_secret(session, report).await? {
                Some(of_its_own) => place = of_its_own,
                None => return Ok(()),
            }
        }
        // Asks only the store, and the component what it makes of it.
        let status = self.org.session_status(self.options);
        let status = match self.progress.during(STORE, status).await {
            Ok(status) => {
                report.tell(Name::Layout, judgement::layout(found.as_ref()))?;
                Some(status)
            }
            Err(error) if judgement::is_usage(&error) => return Err(error.into()),
            Err(error) => {
                report.tell(Name::Layout, Outcome::Failed(Fault::Call(error)))?;
                None
            }
        };
        report.tell(Name::Rotation, self.rotation(place.has_room).await)?;
        // Before a login makes a claim of its own: AWS remembers the last one best.
        let claims = self.claims().await;
        let is_claimed = claims.is_some();
        if let Some(claims) = claims {
            report.tell(Name::Claims, claims)?;
        }
        if let Some(status) = status {
            let is_in_time = self
                .call(status.origin == Origin::Stored, place, report)
                .await?;
            if is_in_time
                && !is_claimed
                && let Some(claims) = self.claims().await
            {
                report.tell(Name::Claims, claims)?;
            }
        }
        Ok(())
    }

    /// Where the token is written to.
    fn target(&self) -> &SecretName {
        self.session.as_ref().unwrap_or(&self.credentials)
    }

    async fn read(
        &self,
        step: Name,
        secret: &SecretName,
        report: &mut Report<impl Write>,
    ) -> anyhow::Result<Option<Snapshot>> {
        let read = self.progress.during(STORE, self.store.read(secret)).await;
        let (outcome, read) = match read {
            Ok(read) => (Outcome::passed("it can be read"), Some(read)),
            Err(error) => (Outcome::Failed(Fault::Store(error)), None),
        };
        report.tell(step, outcome)?;
        Ok(read)
    }

    async fn session_secret(
        &self,
        secret: &SecretName,
        report: &mut Report<impl Write>,
    ) -> anyhow::Result<Option<Place>> {
        let place = |writable| Place {
            writable,
            has_room: true,
        };
        let read = self.progress.during(STORE, self.store.read(secret)).await;
        let (outcome, place) = match read {
            Ok(read) => (
                Outcome::passed("it can be read"),
                Some(place(read.writable)),
            ),
            Err(error) if error.kind() == Kind::NotFound => {
                let words = "it does not exist yet: the first login creates it";
                (Outcome::passed(words), Some(place(true)))
            }
            Err(error) => (Outcome::Failed(Fault::Store(error)), None),
        };
        report.tell(Name::SessionSecret, outcome)?;
        Ok(place)
    }

    /// Asks the store only where something is written to the credentials' secret.
    async fn rotation(&self, has_room: bool) -> Outcome {
        if self.session.is_some() {
            return Outcome::passed(
                "sfbox does not write to it: the token is stored in a second secret",
            );
        }
        if !has_room {
            return Outcome::passed("sfbox does not write to it");
        }
        let rotated = self.store.is_rotated(&self.credentials);
        let rotated = self.progress.during(STORE, rotated).await;
        judgement::rotation(&self.credentials, rotated)
    }

    /// Makes a call, and looks what became of the session that it needed. Says whether it
    /// had an answer in time.
    async fn call(
        &self,
        had_session: bool,
        place: Place,
        report: &mut Report<impl Write>,
    ) -> anyhow::Result<bool> {
        let options = QueryOptions {
            call: self.options.clone(),
            ..QueryOptions::default()
        };
        let called = self.org.query(SOQL, &options);
        let called = self.progress.during(STARTING, called).await;
        let sent = self.org.last_sent();
        let error = match called {
            Err(error) if judgement::is_usage(&error) => return Err(error.into()),
            Err(error) if leaving::has_timed_out(&error) => {
                // Its time is up: what is known without asking anybody is told now.
                let session = judgement::session(Some(&error), had_session, None, sent);
                self.tell_failed(error, session, sent, report)?;
                return Ok(false);
            }
            called => called.err(),
        };
        let status = self.org.session_status(self.options).await;
        let found = status.ok().map(|status| status.origin);
        let session = judgement::session(error.as_ref(), had_session, found, sent);
        match error {
            None => {
                tell_seen(Name::Login, session, report)?;
                report.tell(Name::Call, Outcome::passed("a query was answered"))?;
                let storing = self.storing(place).await;
                report.tell(Name::WriteBack, storing)?;
            }
            // With `--require-shared` a token that cannot be stored fails the call.
            Some(error) if judgement::is_denied(&error) => match self.storing(place).await {
                storing @ Outcome::Failed(_) => report.tell(Name::WriteBack, storing)?,
                _ => self.tell_failed(error, session, sent, report)?,
            },
            Some(error) => self.tell_failed(error, session, sent, report)?,
        }
        Ok(true)
    }

    /// Tells of a call that failed, and of the session that it had.
    fn tell_failed(
        &self,
        error: Error,
        session: Option<Outcome>,
        sent: Option<Sent>,
        report: &mut Report<impl Write>,
    ) -> anyhow::Result<()> {
        let step = judgement::blamed(&error, sent);
        if step == Name::Call {
            tell_seen(Name::Login, session, report)?;
        }
        report.tell(step, Outcome::Failed(Fault::Call(error)))
    }

    /// What became of the token: it is stored when its call has its answer, and that is
    /// waited for.
    async fn storing(&self, place: Place) -> Outcome {
        leaving::after(self.runtime).await;
        let now = self.store.read(self.target());
        let now = self.progress.during(STORE, now).await.ok();
        let found = now.and_then(|secret| Found::of(&secret.text));
        let seen = Storing {
            written: self.store.written(),
            has_place: place.has_room,
            writable: place.writable,
            is_there: found.is_some_and(|found| found.session),
        };
        judgement::storing(self.target(), seen)
    }

    /// Makes a mark that nobody else knows of, and takes it away. `None` while the
    /// session's secret is not there: the first login makes it.
    async fn claims(&self) -> Option<Outcome> {
        let key = format!("check-{}", Uuid::new_v4());
        let claimed = self.store.claim(self.target(), &key);
        let claimed = self.progress.during(STORE, claimed).await;
        if self.session.is_some()
            && matches!(&claimed, Err(error) if error.kind() == Kind::NotFound)
        {
            return None;
        }
        let released = self.store.release(self.target(), &key, None);
        let released = self.progress.during(STORE, released).await;
        Some(judgement::claims(claimed, released))
    }
}
