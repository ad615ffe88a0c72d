//! A store that remembers what became of a token that a call was to store, in
//! the store's own words.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::SecretString;
use sfbox::secret_store::{Claimed, SecretName, SecretStore, Snapshot, StoreError};

use super::super::layout::Found;

/// What came of the last write of a token; `None`: there was none.
type Written = Option<Result<(), StoreError>>;

/// A store, and what was seen of it.
pub(super) struct Witness {
    store: Arc<dyn SecretStore>,
    written: Mutex<Written>,
}

impl Witness {
    pub(super) fn new(store: Arc<dyn SecretStore>) -> Self {
        Self {
            store,
            written: Mutex::default(),
        }
    }

    /// What came of the last write of a token.
    pub(super) fn written(&self) -> Written {
        self.lock().clone()
    }

    /// Notes what comes of a write, if it is one of a token.
    fn watch<'a>(
        &'a self,
        is_tokens: bool,
        writing: BoxFuture<'a, Result<String, StoreError>>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        if !is_tokens {
            return writing;
        }
        writing
            .inspect(|written| {
                *self.lock() = Some(written.as_ref().map(|_| ()).map_err(Clone::clone));
            })
            .boxed()
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text has a token: a session's secret is also made empty, for claims.
fn has_token(text: &SecretString) -> bool {
    Found::of(text).is_some_and(|found| found.session)
}

impl SecretStore for Witness {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        self.store.read(name)
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        self.watch(has_token(&text), self.store.write(name, version, text))
    }

    fn create<'a>(
        &'a self,
        name: &'a SecretName,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        self.watch(has_token(&text), self.store.create(name, text))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<SecretName>, StoreError>> {
        self.store.list(prefix)
    }

    fn is_rotated<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.store.is_rotated(name)
    }

    fn claim<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Claimed, StoreError>> {
        self.store.claim(name, key)
    }

    fn release<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
        refusal: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.release(name, key, refusal)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use sfbox::secret_store::{Kind, MemoryStore};

    use super::*;

    #[test]
    fn the_last_write_of_a_token_is_remembered() {
        const TOKEN: &str = r#"{"SessionId":"t","Instance":"i"}"#;
        let name = SecretName::parse("acme").unwrap();
        let witness = Witness::new(Arc::new(MemoryStore::new([("acme", "{}")])));
        block_on(witness.read(&name)).unwrap();
        block_on(witness.write(&name, "0", "{}".into())).unwrap();
        assert!(witness.written().is_none(), "no token");
        let taken = block_on(witness.create(&name, TOKEN.into())).unwrap_err();
        let seen = witness.written().unwrap().unwrap_err();
        assert_eq!(
            (seen.kind(), taken.kind()),
            (Kind::Conflict, Kind::Conflict)
        );
        block_on(witness.write(&name, "1", TOKEN.into())).unwrap();
        assert!(witness.written().unwrap().is_ok());
    }
}
