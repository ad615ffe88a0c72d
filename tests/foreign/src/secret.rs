//! A secret in memory, which all instances share.

use std::sync::{Arc, Mutex, PoisonError};

use crate::conversation::Kept;

/// The name of the org.
pub(crate) const ORG: &str = "acme";

/// What is stored, and how often it has been written.
#[derive(Clone)]
pub(crate) struct Secret {
    stored: Arc<Mutex<Stored>>,
}

struct Stored {
    version: u64,
    members: Vec<(String, String)>,
}

impl Secret {
    /// Credentials, and no session.
    pub(crate) fn new(consumer_secret: &str) -> Self {
        let text = |text: &str| format!("\"{text}\"");
        let members = [
            ("Domain", text("acme.my")),
            ("ConsumerKey", text("key")),
            ("ConsumerSecret", text(consumer_secret)),
        ];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        let stored = Stored {
            version: 1,
            members: members.into(),
        };
        Self {
            stored: Arc::new(Mutex::new(stored)),
        }
    }

    /// The version and the members.
    pub(crate) fn get(&self) -> (String, Vec<(String, String)>) {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        (stored.version.to_string(), stored.members.clone())
    }

    /// Compares and swaps; the new version, or `None` for a conflict.
    pub(crate) fn replace(
        &self,
        version: &str,
        changes: Vec<(String, Option<String>)>,
    ) -> Option<String> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.version.to_string() != version {
            return None;
        }
        for (name, value) in changes {
            stored.members.retain(|(member, _)| *member != name);
            stored.members.extend(value.map(|value| (name, value)));
        }
        stored.version += 1;
        Some(stored.version.to_string())
    }
}

impl Kept for Secret {
    async fn keep(consumer_secret: &str) -> Self {
        Self::new(consumer_secret)
    }

    async fn token(&self) -> Option<String> {
        let (_, members) = self.get();
        let token = members.into_iter().find(|(name, _)| name == "SessionId")?;
        Some(token.1.trim_matches('"').to_owned())
    }
}
