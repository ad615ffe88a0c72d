//! The one key of a door that has no file of keys.

use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use sfbox::policy::{Level, Policy};
use sfbox_gateway::{Entry, Key, Term, Terms};

use crate::verdict::Usage;

/// The file of the key.
const FILE: &str = "key";

/// The name of the key, in logs and at logins.
const NAME: &str = "door";

/// Longer than a door is open.
const TERM: &str = "3650d";

/// A key for the life of a door, in a file that goes with it.
pub(super) struct LifeKey {
    key: Key,
    path: PathBuf,
}

impl LifeKey {
    /// Makes one for an org, writes it to its file, and answers what a door keeps of it.
    pub(super) fn new(folder: &Path, org: &str, write: bool) -> anyhow::Result<(Self, Entry)> {
        let term: Term = TERM.parse()?;
        let level = if write {
            Level::Everything
        } else {
            Level::ReadOnly
        };
        let terms = Terms {
            name: NAME.parse()?,
            org: org.to_owned(),
            policy: Policy {
                level,
                ..Policy::default()
            },
            term,
            rate: None,
            concurrency: None,
        };
        let key = Key::generate()?;
        let entry = Entry::new(&key, terms, Timestamp::now());
        let path = folder.join(FILE);
        let unwritten = || format!("{} cannot be written", path.display());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(unwritten)?;
        // With mode 0600, whole, and in the place of what has that name.
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(unwritten)?;
        writeln!(file, "{}", key.expose()).with_context(unwritten)?;
        file.persist(&path)
            .map_err(|error| Usage::new(format!("{}: {}", path.display(), error.error)))?;
        Ok((Self { key, path }, entry))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn expose(&self) -> &str {
        self.key.expose()
    }
}

impl Drop for LifeKey {
    fn drop(&mut self) {
        // Unless another door has put its own there.
        let ours = format!("{}\n", self.key.expose());
        if fs::read_to_string(&self.path).is_ok_and(|text| text == ours) {
            _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_in_a_file_of_its_owner_while_the_door_is_open() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("door");
        let (key, entry) = LifeKey::new(&folder, "acme", false).unwrap();
        assert_eq!(entry.policy().unwrap().level, Level::ReadOnly);
        let text = fs::read_to_string(key.path()).unwrap();
        assert_eq!(text, format!("{}\n", key.expose()));
        let mode = fs::metadata(key.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (second, entry) = LifeKey::new(&folder, "acme", true).unwrap();
        assert_eq!(entry.policy().unwrap().level, Level::Everything);
        drop(key);
        assert!(second.path().exists(), "it is the second door's");
        drop(second);
        assert!(!folder.join(FILE).exists());
    }
}
