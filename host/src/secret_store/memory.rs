//! Secrets in this process, for embedders that have them from elsewhere, and
//! for the demo.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use secrecy::SecretString;

use super::{Kind, SecretName, SecretStore, Snapshot, StoreError};

/// Secrets by name; gone with the process.
#[derive(Default)]
pub struct MemoryStore {
    secrets: Mutex<HashMap<String, (u64, SecretString)>>,
}

impl MemoryStore {
    /// A store with these secrets: a name and a text each.
    pub fn new(
        secrets: impl IntoIterator<Item = (impl Into<String>, impl Into<SecretString>)>,
    ) -> Self {
        let secrets = secrets
            .into_iter()
            .map(|(name, text)| (name.into(), (0, text.into())))
            .collect();
        Self {
            secrets: Mutex::new(secrets),
        }
    }

    fn read_now(&self, name: &SecretName) -> Result<Snapshot, StoreError> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, text) = secrets
            .get(name.as_str())
            .ok_or_else(|| StoreError::new(Kind::NotFound, format!("reading `{name}`")))?;
        Ok(Snapshot {
            version: version.to_string(),
            text: text.clone(),
            writable: true,
        })
    }

    fn write_now(
        &self,
        name: &SecretName,
        version: &str,
        text: SecretString,
    ) -> Result<String, StoreError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |kind| StoreError::new(kind, format!("writing `{name}`"));
        let secret = secrets
            .get_mut(name.as_str())
            .ok_or_else(|| failed(Kind::NotFound))?;
        if secret.0.to_string() != version {
            return Err(failed(Kind::Conflict));
        }
        *secret = (secret.0 + 1, text);
        Ok(secret.0.to_string())
    }
}

impl SecretStore for MemoryStore {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        ready(self.read_now(name)).boxed()
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        ready(self.write_now(name, version, text)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn store() -> (MemoryStore, SecretName) {
        let store = MemoryStore::new([("acme", "one")]);
        (store, SecretName::parse("acme").unwrap())
    }

    #[test]
    fn a_secret_is_replaced_if_it_is_still_the_same() {
        let (store, acme) = store();
        let first = block_on(store.read(&acme)).unwrap();
        let second = block_on(store.write(&acme, &first.version, "two".into())).unwrap();
        for stale in [first.version.as_str(), "", "7"] {
            let late = block_on(store.write(&acme, stale, "three".into())).unwrap_err();
            assert_eq!(late.kind(), Kind::Conflict, "{stale}");
        }
        let read = block_on(store.read(&acme)).unwrap();
        assert_eq!(read.version, second);
        assert_eq!(read.text.expose_secret(), "two");
    }

    #[test]
    fn a_secret_that_was_not_given_is_not_found_and_not_made() {
        let (store, _) = store();
        let other = SecretName::parse("other").unwrap();
        for _ in 0..2 {
            let missing = block_on(store.read(&other)).err().expect("an error");
            assert_eq!(missing.kind(), Kind::NotFound);
            let missing = block_on(store.write(&other, "0", "x".into())).unwrap_err();
            assert_eq!(missing.kind(), Kind::NotFound);
        }
    }
}
