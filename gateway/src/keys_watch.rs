//! Keys are taken from their file when it changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::door::Door;
use crate::entry::Entry;
use crate::key_file::{KeyFile, KeyFileError, Keys, Stamp};
use crate::once_a_minute::OnceAMinute;

/// How often the file is looked at: a key that is revoked opens nothing a second later.
const INTERVAL: Duration = Duration::from_millis(400);

/// What was seen of the file last.
pub(crate) struct KeysWatch {
    door: Arc<Door>,
    file: KeyFile,
    version: Option<String>,
    /// What the file looked like before it was read last: a file of thousands of keys is not
    /// read again to learn that it has not changed.
    stamp: Option<Stamp>,
    /// That the file cannot be used.
    trouble: OnceAMinute,
}

impl KeysWatch {
    /// Takes the keys for the first time.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be used.
    pub(crate) async fn begin(door: Arc<Door>, file: KeyFile) -> Result<Self, KeyFileError> {
        let stamp = file.stamp().await;
        let keys = file.read().await?;
        let mut watch = Self {
            door,
            file,
            version: None,
            stamp,
            trouble: OnceAMinute::default(),
        };
        watch.take(keys);
        Ok(watch)
    }

    /// Looks at the file from time to time, for as long as it is polled.
    pub(crate) async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }

    /// Takes the keys if the file has changed. While it cannot be used, those stay that
    /// were there: a file that is being mended closes no door.
    async fn look(&mut self) {
        let stamp = self.file.stamp().await;
        if stamp.is_some() && stamp == self.stamp {
            return;
        }
        match self.file.read().await {
            Ok(keys) => {
                self.stamp = stamp;
                self.trouble = OnceAMinute::default();
                self.door.metrics.keys_file(true);
                let version = keys.as_ref().map(|keys| keys.version.as_str());
                if version != self.version.as_deref() {
                    self.take(keys);
                }
            }
            Err(error) => {
                // Mended, it may look as it did before.
                self.stamp = None;
                self.door.metrics.keys_file(false);
                if self.trouble.happened(Instant::now()).is_some() {
                    tracing::warn!(
                        target: "sfbox::degraded",
                        %error,
                        "the file of the keys cannot be used: the keys stay as they were, and \
                         those that were revoked since then are still valid"
                    );
                }
            }
        }
    }

    fn take(&mut self, keys: Option<Keys>) {
        let (version, entries) = match keys {
            Some(keys) => (Some(keys.version), keys.entries),
            None => (None, Vec::new()),
        };
        self.version = version;
        take(&self.door, entries);
        tracing::info!(keys = self.door.keys(), "keys taken");
    }
}

/// Takes these keys, and says which cannot be used.
pub(crate) fn take(door: &Door, entries: Vec<Entry>) {
    for unusable in door.ring.replace(entries) {
        let (key, why) = (unusable.entry.name.as_str(), &unusable.why);
        tracing::warn!(target: "sfbox::degraded", key, %why, "a key cannot be used");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;

    use super::*;
    use crate::access::AccessLog;
    use crate::authority::Names;
    use crate::key::Key;
    use crate::key_ring::KeyRing;
    use crate::upstream::tests::Silent;

    #[tokio::test]
    async fn a_file_that_cannot_be_used_is_seen_from_outside() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("door");
        let file = KeyFile::in_folder(&folder);
        let key = Key::generate().unwrap();
        let entry = Entry {
            expires: Timestamp::MAX,
            ..crate::entry::tests::of(&key, "a")
        };
        file.add(&entry).await.unwrap();
        let ring = KeyRing::new(Arc::new(Silent));
        let door = Door::new(
            ring,
            Some(file.clone()),
            Names::default(),
            AccessLog::none(),
        );
        let door = Arc::new(door);
        let mut watch = KeysWatch::begin(Arc::clone(&door), file).await.unwrap();
        let usable = |door: &Door| door.metrics.text(0).contains("sfbox_keys_file_usable 1\n");
        assert!(usable(&door));
        let path = folder.join("keys.json");
        let text = fs::read(&path).unwrap();
        fs::write(&path, "{").unwrap();
        watch.look().await;
        assert!(!usable(&door));
        assert_eq!(door.keys(), 1, "a file that is being mended closes no door");
        fs::write(&path, text).unwrap();
        watch.look().await;
        assert!(usable(&door));
    }
}
