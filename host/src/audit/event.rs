//! A request in the audit, from the decision on it to what came of it.

use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tokio::runtime::Handle;

use super::Audit;
use super::line::{Outcome, Subject, line};
use crate::secret_store::DEGRADED;

/// A write whose first line is in the file. Dropped before [`Event::end`], it is one
/// that has no answer.
pub(crate) struct Event {
    audit: Arc<Audit>,
    name: String,
    subject: Subject,
    begun: Instant,
    is_open: bool,
}

impl Event {
    /// Writes the line of a denial. One that cannot be written changes nothing: the
    /// request is denied anyway.
    pub(crate) async fn denied(audit: &Arc<Audit>, subject: Subject) {
        let line = line(&audit.name(), &subject, Outcome::Denied, SystemTime::now());
        if let Err(error) = write(Arc::clone(audit), line).await {
            warn(&subject, &error);
        }
    }

    /// Writes the line of so many denials alike, as [`Event::denied`] does, on this thread.
    pub(crate) fn denied_again(audit: &Audit, subject: &Subject, denials: u64) {
        let outcome = Outcome::DeniedAgain { denials };
        let line = line(&audit.name(), subject, outcome, SystemTime::now());
        if let Err(error) = audit.append(&line) {
            warn(subject, &error);
        }
    }

    /// Writes the first line of a write that is about to be sent.
    ///
    /// # Errors
    ///
    /// When it is not in the file: then the write must not be sent.
    pub(crate) async fn begin(audit: &Arc<Audit>, subject: Subject) -> io::Result<Self> {
        let name = audit.name();
        let line = line(&name, &subject, Outcome::Allowed, SystemTime::now());
        let written = write(Arc::clone(audit), line).await;
        written.inspect_err(|error| warn(&subject, error))?;
        Ok(Self {
            audit: Arc::clone(audit),
            name,
            subject,
            begun: Instant::now(),
            is_open: true,
        })
    }

    /// Writes the last line: the status of the answer and the bytes of its body.
    /// `None`: there is no answer. One that cannot be written is warned of: what has
    /// been sent has been sent.
    pub(crate) async fn end(mut self, answer: Option<(u16, Option<u64>)>) {
        self.is_open = false;
        let line = self.last_line(answer);
        if let Err(error) = write(Arc::clone(&self.audit), line).await {
            warn(&self.subject, &error);
        }
    }

    fn last_line(&self, answer: Option<(u16, Option<u64>)>) -> String {
        let took = self.begun.elapsed();
        let outcome = match answer {
            Some((status, bytes)) => Outcome::Answered {
                status,
                bytes,
                took,
            },
            None => Outcome::Unanswered { took },
        };
        line(&self.name, &self.subject, outcome, SystemTime::now())
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        if !self.is_open {
            return;
        }
        let (audit, line) = (Arc::clone(&self.audit), self.last_line(None));
        let subject = self.subject.clone();
        let append = move || {
            if let Err(error) = audit.append(&line) {
                warn(&subject, &error);
            }
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(append)),
            Err(_) => append(),
        }
    }
}

/// Appends a line on a thread where a slow disk holds nobody up. Goes on when nobody
/// waits for it any more.
async fn write(audit: Arc<Audit>, line: String) -> io::Result<()> {
    let written = tokio::task::spawn_blocking(move || audit.append(&line)).await;
    written.map_err(io::Error::other)?
}

fn warn(subject: &Subject, error: &io::Error) {
    let org = subject.served.org.as_str();
    tracing::warn!(target: DEGRADED, org, %error, "the audit has no line of a request");
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sfbox_secret::SecretName;

    use super::*;
    use crate::policy::Policy;
    use crate::served::Served;

    fn subject() -> Subject {
        let served = Served {
            org: SecretName::parse("acme").unwrap(),
            policy: Policy::default(),
        };
        Subject {
            served: Arc::new(served),
            method: "POST",
            route: "/x",
        }
    }

    fn decisions(audit: &Audit) -> Vec<(String, String)> {
        let text = fs::read_to_string(audit.path()).unwrap_or_default();
        let decision = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let member = |name: &str| line[name].as_str().unwrap().to_owned();
            (member("event"), member("decision"))
        };
        text.lines().map(decision).collect()
    }

    fn on_a_runtime(test: impl AsyncFnOnce(Arc<Audit>)) {
        let folder = tempfile::tempdir().unwrap();
        let audit = Arc::new(Audit::new(folder.path().join("audit")));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(test(audit));
    }

    #[test]
    fn a_write_has_a_line_before_it_is_sent_and_one_after() {
        on_a_runtime(async |audit| {
            let event = Event::begin(&audit, subject()).await.unwrap();
            let before = decisions(&audit);
            assert_eq!(before.len(), 1);
            assert_eq!(before[0].1, "allowed");
            event.end(Some((201, Some(7)))).await;
            let after = decisions(&audit);
            assert_eq!(after.len(), 2);
            assert_eq!(after[1], (before[0].0.clone(), "answered".to_owned()));
        });
    }

    #[test]
    fn a_write_that_nobody_waits_for_any_more_has_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Arc::new(Audit::new(folder.path().join("audit")));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            drop(Event::begin(&audit, subject()).await.unwrap());
        });
        // A thread of the runtime writes it.
        while decisions(&audit).len() < 2 {
            std::thread::yield_now();
        }
        drop(runtime);
        let events = decisions(&audit);
        assert_eq!(events.len(), 2);
        assert_eq!(events[1].1, "unanswered");
    }

    #[test]
    fn a_write_without_a_line_does_not_begin() {
        on_a_runtime(async |audit| {
            fs::create_dir(audit.path()).unwrap();
            assert!(Event::begin(&audit, subject()).await.is_err());
            Event::denied(&audit, subject()).await;
        });
    }
}
