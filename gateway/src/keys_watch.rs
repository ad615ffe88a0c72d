//! Keys are taken from their file when it changes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use crate::door::Door;
use crate::entry::Entry;
use crate::key_file::{KeyFile, KeyFileError, Keys, Stamp};

/// How often the file is looked at: a second after a key was revoked or has expired, it opens
/// nothing and nothing is under way with it.
const INTERVAL: Duration = Duration::from_millis(400);

/// What was seen of the file last.
pub(crate) struct KeysWatch {
    door: Arc<Door>,
    file: KeyFile,
    version: Option<String>,
    /// What the file looked like before it was read last: a file of thousands of keys is not
    /// read again to learn that it has not changed.
    stamp: Option<Stamp>,
    /// Whether it was said that the file cannot be used.
    is_warned: bool,
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
            is_warned: false,
        };
        watch.take(keys);
        Ok(watch)
    }

    /// Looks at the file and the clock from time to time, for as long as it is polled.
    pub(crate) async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
            self.door.ring.end_expired(Timestamp::now());
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
                self.is_warned = false;
                self.stamp = stamp;
                let version = keys.as_ref().map(|keys| keys.version.as_str());
                if version != self.version.as_deref() {
                    self.take(keys);
                }
            }
            Err(error) if !self.is_warned => {
                self.is_warned = true;
                tracing::warn!(
                    target: "sfbox::degraded",
                    %error,
                    "the file of the keys cannot be used: the keys stay as they were"
                );
            }
            Err(_) => {}
        }
    }

    fn take(&mut self, keys: Option<Keys>) {
        let (version, entries) = match keys {
            Some(keys) => (Some(keys.version), keys.entries),
            None => (None, Vec::new()),
        };
        self.version = version;
        take(&self.door, entries);
        tracing::info!(keys = self.door.ring.len(), "keys taken");
    }
}

/// Takes these keys, and says which cannot be used.
pub(crate) fn take(door: &Door, entries: Vec<Entry>) {
    for unusable in door.ring.replace(entries) {
        let (key, why) = (unusable.entry.name.as_str(), &unusable.why);
        tracing::warn!(target: "sfbox::degraded", key, %why, "a key cannot be used");
    }
}
