//! What the log and the audit have of denials: a line for each, unless they are many.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::runtime::Handle;

use crate::audit::{Audit, Event, Noted, Subject, Surge};
use crate::served::Served;

/// Where the denials of one org under one policy are noted.
pub(super) struct Denied {
    served: Arc<Served>,
    audit: Option<Arc<Audit>>,
    surge: Mutex<Surge>,
}

impl Denied {
    pub(super) fn new(served: &Arc<Served>, audit: Option<&Arc<Audit>>) -> Arc<Self> {
        Arc::new(Self {
            served: Arc::clone(served),
            audit: audit.map(Arc::clone),
            surge: Mutex::default(),
        })
    }

    /// Notes a denial.
    pub(super) async fn note(self: &Arc<Self>, method: &'static str, route: &'static str) {
        let noted = self.surge().note(method, route, Instant::now());
        match noted {
            Noted::Line => {}
            Noted::Counted { told_at } => {
                if let Some(at) = told_at {
                    self.tell_at(at);
                }
                return;
            }
        }
        // Without host and path: whoever chose them could have put a secret there.
        tracing::warn!(
            org = self.served.org.as_str(),
            policy = %self.served.policy,
            "request denied"
        );
        if let Some(audit) = &self.audit {
            Event::denied(audit, Subject::of(&self.served, method, route)).await;
        }
    }

    /// Tells at that moment how many were counted.
    fn tell_at(self: &Arc<Self>, at: Instant) {
        let Ok(runtime) = Handle::try_current() else {
            // They are told in the end.
            return;
        };
        let this = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep_until(at.into()).await;
            if let Some(this) = this.upgrade() {
                // The disk may be slow.
                tokio::task::spawn_blocking(move || this.tell());
            }
        });
    }

    /// Tells how many were counted.
    fn tell(&self) {
        let counts = self.surge().take();
        let denials: u64 = counts.iter().map(|count| count.denials).sum();
        if denials == 0 {
            return;
        }
        tracing::warn!(
            org = self.served.org.as_str(),
            policy = %self.served.policy,
            denials,
            "more requests denied"
        );
        let Some(audit) = &self.audit else {
            return;
        };
        for count in counts {
            let subject = Subject::of(&self.served, count.method, count.route);
            Event::denied_again(audit, &subject, count.denials);
        }
    }

    fn surge(&self) -> MutexGuard<'_, Surge> {
        self.surge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Denied {
    fn drop(&mut self) {
        self.tell();
    }
}
