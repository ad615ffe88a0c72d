//! Secrets in this process, for embedders that have them from elsewhere, and
//! for the demo.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use secrecy::SecretString;
use sfbox_secret::SecretName;

use super::{Claimed, Claims, Kind, Removed, SecretStore, Snapshot, StoreError};

/// Secrets by name; gone with the process.
#[derive(Default)]
pub struct MemoryStore {
    secrets: Mutex<HashMap<String, (u64, SecretString)>>,
    claims: Claims,
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
            claims: Claims::default(),
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

impl MemoryStore {
    fn create_now(&self, name: &SecretName, text: SecretString) -> Result<String, StoreError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if secrets.contains_key(name.as_str()) {
            return Err(StoreError::new(Kind::Conflict, format!("making `{name}`")));
        }
        secrets.insert(name.as_str().to_owned(), (0, text));
        Ok("0".to_owned())
    }

    fn remove_now(&self, name: &SecretName) -> Result<Removed, StoreError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        match secrets.remove(name.as_str()) {
            Some(_) => Ok(Removed::default()),
            None => Err(StoreError::new(
                Kind::NotFound,
                format!("removing `{name}`"),
            )),
        }
    }

    fn list_now(&self, prefix: &str) -> Vec<SecretName> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let found = secrets.keys().filter(|name| name.starts_with(prefix));
        let mut names: Vec<SecretName> = found
            .filter_map(|name| SecretName::parse(name).ok())
            .collect();
        names.sort();
        names
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

    fn create<'a>(
        &'a self,
        name: &'a SecretName,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        ready(self.create_now(name, text)).boxed()
    }

    fn remove<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Removed, StoreError>> {
        ready(self.remove_now(name)).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<SecretName>, StoreError>> {
        ready(Ok(self.list_now(prefix))).boxed()
    }

    fn claim<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Claimed, StoreError>> {
        let claimed = self.claims.claim(name.as_str(), key, Instant::now());
        ready(Ok(claimed)).boxed()
    }

    fn release<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.claims.release(name.as_str(), key);
        ready(Ok(())).boxed()
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
    fn a_secret_is_made_once_and_listed() {
        let (store, acme) = store();
        let other = SecretName::parse("other").unwrap();
        let version = block_on(store.create(&other, "one".into())).unwrap();
        assert_eq!(block_on(store.read(&other)).unwrap().version, version);
        for name in [&acme, &other] {
            let refused = block_on(store.create(name, "two".into())).unwrap_err();
            assert_eq!(refused.kind(), Kind::Conflict);
        }
        assert_eq!(block_on(store.list("")).unwrap(), [acme.clone(), other]);
        assert_eq!(block_on(store.list("ac")).unwrap(), [acme]);
    }

    #[test]
    fn a_removed_secret_is_gone() {
        let (store, acme) = store();
        assert_eq!(block_on(store.remove(&acme)).unwrap(), Removed::default());
        for outcome in [
            block_on(store.read(&acme)).err(),
            block_on(store.remove(&acme)).err(),
        ] {
            assert_eq!(outcome.unwrap().kind(), Kind::NotFound);
        }
        assert!(block_on(store.create(&acme, "new".into())).is_ok());
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
