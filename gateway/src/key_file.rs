//! The file of a door's keys: `DIR/keys.json`.
//!
//! It is a secret of a store of files, because that is what such a store does: the
//! folder and the file are their owner's alone, a file is written whole or not at all, and two
//! writers do not overwrite each other.

use std::collections::HashSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sfbox::secret_store::{FileStore, Kind, SecretName, SecretStore as _, StoreError};

use crate::entry::{Entry, Name};
use crate::key::KeyId;

/// The name of the file, without its ending.
const NAME: &str = "keys";

/// The form that this version writes, and the only one that it reads.
const VERSION: u32 = 1;

/// The most keys of a file: at least as many as one has programs. Above it
/// [`KeyFileError::Full`].
pub const KEYS_MAX: usize = 10_000;

/// The longest file, in bytes: room for three or four times as much as [`KEYS_MAX`] ordinary
/// keys take, because a key can have many paths.
const BYTES_MAX: usize = 16 << 20;

/// How often a change is tried, when others change the file at the same time.
const TRIES_MAX: usize = 20;

/// The file, which may not be there.
#[derive(Clone, Debug)]
pub struct KeyFile {
    store: FileStore,
    path: PathBuf,
}

/// How long a file has been as it is before a look from outside tells a change: two changes
/// within a tick of the kernel's clock look the same.
const SETTLED: Duration = Duration::from_secs(1);

/// A file, looked at from outside. While this stays the same, so do the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    file: (u64, u64),
    bytes: u64,
    /// When it last changed, in seconds and nanoseconds: its name and its mode count.
    changed: (i64, i64),
}

impl Stamp {
    /// `None`: the file has just changed, or will yet, by the clock of this machine.
    fn of(found: &Metadata, now: SystemTime) -> Option<Self> {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let changed = Duration::from_secs(u64::try_from(found.ctime()).ok()?);
        // A second more: what is less than one is not counted.
        let settled = SETTLED + Duration::from_secs(1);
        (changed + settled <= since).then(|| Self {
            file: (found.dev(), found.ino()),
            bytes: found.size(),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }
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
    /// There are more keys than a file has.
    #[error("the file of the keys has {0} keys, and {KEYS_MAX} is the most")]
    TooMany(usize),
    /// There is no room for another key.
    #[error(
        "there are {KEYS_MAX} keys, and that is the most: revoke those that are not used any \
         more, or open a second door with another `--dir`"
    )]
    Full,
    /// Two keys that nobody can tell apart.
    #[error(
        "the file of the keys has the name `{0}`, or the id of this key, twice: change one of them"
    )]
    Doubled(Name),
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
            store: FileStore::new(folder.as_ref()).bytes_max(BYTES_MAX),
            path: folder.as_ref().join(format!("{NAME}.json")),
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

    /// What the file looks like from outside. `None`: there is none, or only its text tells
    /// whether it has changed.
    pub(crate) async fn stamp(&self) -> Option<Stamp> {
        let now = SystemTime::now();
        let found = tokio::fs::symlink_metadata(&self.path).await.ok()?;
        Stamp::of(&found, now)
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
        if contents.keys.len() > KEYS_MAX {
            return Err(KeyFileError::TooMany(contents.keys.len()));
        }
        if let Some(doubled) = doubled(&contents.keys) {
            return Err(KeyFileError::Doubled(doubled.name.clone()));
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
    /// When its name is taken, there are [`KEYS_MAX`] keys, or the file cannot be written.
    pub async fn add(&self, entry: &Entry) -> Result<(), KeyFileError> {
        self.change(|entries| {
            if entries.iter().any(|other| other.name == entry.name) {
                return Err(KeyFileError::Taken(entry.name.clone()));
            }
            if entries.len() >= KEYS_MAX {
                return Err(KeyFileError::Full);
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

/// A key whose name or id another one has before it: revoking that name would leave one of them.
fn doubled(entries: &[Entry]) -> Option<&Entry> {
    let (mut names, mut ids) = (HashSet::new(), HashSet::new());
    entries
        .iter()
        .find(|&entry| !names.insert(&entry.name) || !ids.insert(&entry.id))
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

    /// A file with so many keys.
    fn with_keys(count: usize) -> (tempfile::TempDir, KeyFile, Vec<Entry>) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::in_folder(folder.path());
        let one = serde_json::to_value(entry("a")).unwrap();
        let entries = (0..count).map(|number| {
            let mut another = one.clone();
            another["name"] = format!("k{number}").into();
            another["id"] = format!("{number:010}").into();
            another
        });
        let contents = serde_json::json!({"version": VERSION, "keys": entries.collect::<Vec<_>>()});
        let path = folder.path().join("keys.json");
        fs::write(&path, serde_json::to_string_pretty(&contents).unwrap()).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let entries = serde_json::from_value(contents["keys"].clone()).unwrap();
        (folder, file, entries)
    }

    #[tokio::test]
    async fn as_many_keys_as_the_limit_are_kept_and_one_more_is_not() {
        let (_folder, file, entries) = with_keys(KEYS_MAX - 1);
        let last = entry("last");
        file.add(&last).await.unwrap();
        let listed = file.list().await.unwrap();
        assert_eq!(listed.len(), KEYS_MAX);
        assert_eq!(listed.split_last().unwrap(), (&last, &entries[..]));
        let full = file.add(&entry("more")).await.unwrap_err();
        assert!(matches!(full, KeyFileError::Full), "{full}");
        assert!(full.to_string().contains("revoke"), "{full}");
        assert_eq!(file.list().await.unwrap().len(), KEYS_MAX);
        file.revoke(&last.name).await.unwrap();
        file.add(&entry("more")).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_with_more_keys_is_not_used() {
        let (_folder, file, _) = with_keys(KEYS_MAX + 1);
        let refused = file.list().await.unwrap_err();
        assert!(
            matches!(refused, KeyFileError::TooMany(10_001)),
            "{refused}"
        );
        let (_folder, file, _) = with_keys(KEYS_MAX);
        assert_eq!(file.list().await.unwrap().len(), KEYS_MAX);
    }

    #[test]
    fn a_file_that_has_just_changed_is_not_known_by_its_look() {
        let (folder, ..) = with_keys(1);
        let path = folder.path().join("keys.json");
        let found = fs::metadata(&path).unwrap();
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(found.ctime() as u64);
        let second = Duration::from_secs(1);
        for now in [changed - second, changed, changed + second] {
            assert_eq!(Stamp::of(&found, now), None);
        }
        let stamp = Stamp::of(&found, changed + 2 * second).unwrap();
        // Its mode has another look, too.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let other = fs::metadata(&path).unwrap();
        assert_ne!(Stamp::of(&other, changed + 9 * second), Some(stamp));
    }

    #[tokio::test]
    async fn keys_that_nobody_can_tell_apart_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("door");
        let file = KeyFile::in_folder(&folder);
        let (a, b) = (entry("a"), entry("b"));
        file.add(&a).await.unwrap();
        file.add(&b).await.unwrap();
        let path = folder.join("keys.json");
        let text = fs::read_to_string(&path).unwrap();
        for (one, other) in [
            (a.name.as_str(), b.name.as_str()),
            (a.id.as_str(), b.id.as_str()),
        ] {
            let one = format!("\"{one}\"");
            let doubled = text.replace(&one, &format!("\"{other}\""));
            assert_ne!(doubled, text);
            fs::write(&path, &doubled).unwrap();
            let refused = file.list().await.unwrap_err();
            assert!(matches!(refused, KeyFileError::Doubled(_)), "{refused}");
            assert!(file.revoke(&b.name).await.is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), doubled);
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
