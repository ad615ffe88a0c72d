//! The file of a door's keys: `DIR/keys.json`.
//!
//! It is a secret of a store of files, because that is what such a store does: the
//! folder and the file are their owner's alone, a file is written whole or not at all, and two
//! writers do not overwrite each other.

use std::path::Path;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sfbox::secret_store::{FileStore, Kind, SecretName, SecretStore as _, StoreError};

use crate::entry::{Entry, Name};
use crate::key::KeyId;

/// The name of the file, without its ending.
const NAME: &str = "keys";

/// The form that this version writes, and the only one that it reads.
const VERSION: u32 = 1;

/// How often a change is tried, when others change the file at the same time.
const TRIES_MAX: usize = 20;

/// The file, which may not be there.
#[derive(Clone, Debug)]
pub struct KeyFile {
    store: FileStore,
}

/// What is in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: u32,
    keys: Vec<Entry>,
}

/// All keys, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    /// The same while the file is the same.
    pub(crate) version: String,
    pub(crate) entries: Vec<Entry>,
}

/// The keys cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file, or its folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text in it.
    #[error("the file of the keys has another form than this version of sfbox reads")]
    Form(#[source] serde_json::Error),
    /// Its version.
    #[error("the file of the keys has version {0}, and this version of sfbox reads {VERSION}")]
    Version(u32),
    /// A name that is there.
    #[error("there is a key of the name `{0}`: revoke it first, or choose another name")]
    Taken(Name),
    /// A key that is not there any more.
    #[error("the key is not in the file any more")]
    Gone,
    /// A name that is not there.
    #[error("no key has the name `{0}`")]
    Unknown(Name),
}

impl KeyFile {
    /// The file in this folder. Nothing is read yet.
    pub fn in_folder(folder: impl AsRef<Path>) -> Self {
        Self {
            store: FileStore::new(folder.as_ref()),
        }
    }

    /// Whether there is a file.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be used.
    pub async fn is_there(&self) -> Result<bool, KeyFileError> {
        Ok(self.read().await?.is_some())
    }

    /// The keys, in the order in which they were made; none if there is no file.
    ///
    /// # Errors
    ///
    /// When the file, or its folder, is not its owner's alone, or cannot be read.
    pub async fn list(&self) -> Result<Vec<Entry>, KeyFileError> {
        Ok(self
            .read()
            .await?
            .map_or_else(Vec::new, |keys| keys.entries))
    }

    /// The keys, if there is a file.
    pub(crate) async fn read(&self) -> Result<Option<Keys>, KeyFileError> {
        let snapshot = match self.store.read(&name()?).await {
            Ok(snapshot) => snapshot,
            Err(error) if error.kind() == Kind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let text = snapshot.text.expose_secret();
        let contents: Contents = serde_json::from_str(text).map_err(KeyFileError::Form)?;
        if contents.version != VERSION {
            return Err(KeyFileError::Version(contents.version));
        }
        Ok(Some(Keys {
            version: snapshot.version,
            entries: contents.keys,
        }))
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// When its name is taken, or the file cannot be written.
    pub async fn add(&self, entry: &Entry) -> Result<(), KeyFileError> {
        self.change(|entries| {
            if entries.iter().any(|other| other.name == entry.name) {
                return Err(KeyFileError::Taken(entry.name.clone()));
            }
            entries.push(entry.clone());
            Ok(())
        })
        .await
    }

    /// Removes the key of this name, and answers what was kept of it.
    ///
    /// # Errors
    ///
    /// When there is no key of that name, or the file cannot be written.
    pub async fn revoke(&self, name: &Name) -> Result<Entry, KeyFileError> {
        self.change(|entries| {
            let at = entries.iter().position(|entry| entry.name == *name);
            let at = at.ok_or_else(|| KeyFileError::Unknown(name.clone()))?;
            Ok(entries.remove(at))
        })
        .await
    }

    /// Removes the key of this id.
    pub(crate) async fn remove(&self, id: &KeyId) -> Result<(), KeyFileError> {
        self.change(|entries| {
            let at = entries.iter().position(|entry| entry.id == *id);
            entries.remove(at.ok_or(KeyFileError::Gone)?);
            Ok(())
        })
        .await
    }

    /// Changes the keys, whoever else does at the same time.
    async fn change<T>(
        &self,
        change: impl Fn(&mut Vec<Entry>) -> Result<T, KeyFileError>,
    ) -> Result<T, KeyFileError> {
        let name = name()?;
        let mut tries = 1;
        loop {
            let keys = self.read().await?;
            let (version, mut entries) = match keys {
                Some(keys) => (Some(keys.version), keys.entries),
                None => (None, Vec::new()),
            };
            let done = change(&mut entries)?;
            let contents = Contents {
                version: VERSION,
                keys: entries,
            };
            let text = serde_json::to_string_pretty(&contents).map_err(KeyFileError::Form)?;
            let written = match &version {
                Some(version) => self.store.write(&name, version, text.into()).await,
                None => self.store.create(&name, text.into()).await,
            };
            match written {
                Ok(_) => return Ok(done),
                Err(error) if error.kind() == Kind::Conflict && tries < TRIES_MAX => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn name() -> Result<SecretName, StoreError> {
    SecretName::parse(NAME).map_err(|_| StoreError::new(Kind::Malformed, "naming the keys' file"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::key::Key;

    fn entry(name: &str) -> Entry {
        crate::entry::tests::of(&Key::generate().unwrap(), name)
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[tokio::test]
    async fn keys_are_added_listed_and_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::in_folder(folder.path().join("door"));
        assert!(!file.is_there().await.unwrap());
        assert!(file.list().await.unwrap().is_empty());
        let (a, b) = (entry("a"), entry("b"));
        file.add(&a).await.unwrap();
        file.add(&b).await.unwrap();
        assert_eq!(file.list().await.unwrap(), [a.clone(), b]);
        let taken = file.add(&entry("a")).await.unwrap_err();
        assert!(matches!(taken, KeyFileError::Taken(_)));
        assert_eq!(file.revoke(&a.name).await.unwrap(), a);
        assert_eq!(names(&file.list().await.unwrap()), ["b"]);
        let unknown = file.revoke(&a.name).await.unwrap_err();
        assert!(matches!(unknown, KeyFileError::Unknown(_)));
        let id = file.list().await.unwrap()[0].id.clone();
        file.remove(&id).await.unwrap();
        assert!(matches!(file.remove(&id).await, Err(KeyFileError::Gone)));
        assert!(file.list().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("door");
        let file = KeyFile::in_folder(&folder);
        file.add(&entry("a")).await.unwrap();
        let path = folder.join("keys.json");
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let found = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(found & 0o777, 0o600);
        mode(0o640);
        assert!(matches!(file.list().await, Err(KeyFileError::Store(_))));
        mode(0o600);
        assert_eq!(names(&file.list().await.unwrap()), ["a"]);
    }

    #[tokio::test]
    async fn another_form_is_refused_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("door");
        let file = KeyFile::in_folder(&folder);
        file.add(&entry("a")).await.unwrap();
        let path = folder.join("keys.json");
        for text in [r#"{"version":2,"keys":[]}"#, "[]", ""] {
            fs::write(&path, text).unwrap();
            assert!(file.list().await.is_err(), "{text}");
            assert!(file.add(&entry("b")).await.is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[tokio::test]
    async fn nobodys_change_is_lost() {
        const WRITERS: usize = 8;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("door");
        let file = KeyFile::in_folder(&folder);
        let writers = (0..WRITERS).map(|number| {
            let file = KeyFile::in_folder(&folder);
            async move { file.add(&entry(&format!("k{number}"))).await }
        });
        for written in futures::future::join_all(writers).await {
            written.unwrap();
        }
        assert_eq!(file.list().await.unwrap().len(), WRITERS);
    }
}
