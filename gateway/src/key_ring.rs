//! The keys that are in use, and which of them a text is.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::entry::Entry;
use crate::key::{Fingerprint, Key, KeyId};
use crate::live_key::LiveKey;
use crate::upstream::Orgs;

/// The keys of a door.
pub(crate) struct KeyRing {
    orgs: Arc<dyn Orgs>,
    keys: RwLock<HashMap<KeyId, Arc<LiveKey>>>,
    /// Those that were taken off while the door was open: no file brings them back. Held by
    /// those who change the keys, who may take a while. Look-ups do not wait for it.
    removed: Mutex<HashSet<KeyId>>,
}

/// Why a text opens nothing. All but one are told in the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It does not have the form of a key.
    Form,
    /// It is not a key of this door.
    Unknown,
    /// It was a key, and is not valid any more. Only its owner learns it.
    Expired,
}

/// An entry whose key is not in use.
#[derive(Debug)]
pub(crate) struct Unusable {
    pub(crate) entry: Box<Entry>,
    pub(crate) why: Box<dyn std::error::Error + Send + Sync>,
}

impl Unusable {
    fn new(entry: Entry, why: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self {
            entry: Box::new(entry),
            why: Box::new(why),
        }
    }
}

impl KeyRing {
    /// A ring without keys.
    pub(crate) fn new(orgs: Arc<dyn Orgs>) -> Self {
        Self {
            orgs,
            keys: RwLock::default(),
            removed: Mutex::default(),
        }
    }

    /// Takes these keys instead of those that there were. What is under way with a key
    /// that is gone, or that may do something else from now on, is ended. Answers those that
    /// cannot be used.
    pub(crate) fn replace(&self, entries: Vec<Entry>) -> Vec<Unusable> {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unusable = Vec::new();
        let mut before = self.keys().clone();
        let mut keys = HashMap::with_capacity(entries.len());
        let mut changed = Vec::new();
        for entry in entries {
            if removed.contains(&entry.id) {
                continue;
            }
            let live = match before.remove(&entry.id) {
                Some(live) if live.entry == entry => live,
                other => {
                    changed.extend(other);
                    match self.open(entry) {
                        Ok(live) => Arc::new(live),
                        Err(why) => {
                            unusable.push(why);
                            continue;
                        }
                    }
                }
            };
            keys.insert(live.entry.id.clone(), live);
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        // Only now, when nobody finds them any more.
        for gone in changed.iter().chain(before.values()) {
            gone.revoke();
        }
        unusable
    }

    fn open(&self, entry: Entry) -> Result<LiveKey, Unusable> {
        let policy = match entry.policy() {
            Ok(policy) => policy,
            Err(why) => {
                return Err(Unusable::new(entry, why));
            }
        };
        match self.orgs.open(&entry.org, policy) {
            Ok(upstream) => Ok(LiveKey::new(entry, upstream)),
            Err(why) => Err(Unusable::new(entry, why)),
        }
    }

    /// The key that a text is.
    ///
    /// # Errors
    ///
    /// When it opens nothing.
    pub(crate) fn find(&self, text: &str, now: Timestamp) -> Result<Arc<LiveKey>, Wrong> {
        let shown = Key::parse(text).ok_or(Wrong::Form)?;
        let fingerprint = shown.fingerprint();
        let keys = self.keys();
        let Some(live) = keys.get(shown.id()) else {
            // As long as for a key that is known: who asks does not learn which ids are.
            std::hint::black_box(fingerprint.is(&Fingerprint::NONE));
            return Err(Wrong::Unknown);
        };
        if !fingerprint.is(&live.entry.sha256) {
            return Err(Wrong::Unknown);
        }
        match live.entry.is_valid(now) {
            true => Ok(Arc::clone(live)),
            false => Err(Wrong::Expired),
        }
    }

    /// Takes one key off for as long as the door is open, whatever the file says.
    pub(crate) fn remove(&self, id: &KeyId) {
        let mut removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        removed.insert(id.clone());
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(gone) = keys.remove(id) {
            gone.revoke();
        }
    }

    /// Ends what is under way with keys that have expired, and answers that have stood `still`
    /// for so long. A key that had expired, and is valid after the clock was set, opens its org
    /// again.
    pub(crate) fn upkeep(&self, now: Timestamp, instant: Instant, still: Duration) {
        let mut again = Vec::new();
        for live in self.keys().values() {
            match live.entry.is_valid(now) {
                true if live.has_ended() => again.push(Arc::clone(live)),
                true => live.end_still(instant, still),
                // It stays in the ring: its owner is told that it has expired.
                false => live.revoke(),
            }
        }
        if !again.is_empty() {
            self.renew(&again);
        }
    }

    /// Takes fresh ones in the place of these keys, where they are still in use.
    fn renew(&self, ended: &[Arc<LiveKey>]) {
        // Not while the keys are replaced: that would not see the fresh ones.
        let _removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        for before in ended {
            if let Some(live) = keys.get_mut(&before.entry.id)
                && Arc::ptr_eq(live, before)
            {
                let upstream = Arc::clone(&before.upstream);
                *live = Arc::new(LiveKey::new(before.entry.clone(), upstream));
            }
        }
    }

    fn keys(&self) -> RwLockReadGuard<'_, HashMap<KeyId, Arc<LiveKey>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many keys are valid.
    pub(crate) fn valid(&self, now: Timestamp) -> usize {
        let keys = self.keys();
        let valid = keys.values().filter(|live| live.entry.is_valid(now));
        valid.count()
    }
}

#[cfg(test)]
mod tests {
    use sfbox::policy::Policy;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::entry::tests::of as entry;
    use crate::limits::STILL_MIN;
    use crate::live_key::Busy;
    use crate::upstream::Upstream;
    use crate::upstream::tests::{Closed, Silent};

    /// Opens every org but one.
    struct All;

    impl Orgs for All {
        fn open(&self, org: &str, policy: Policy) -> Result<Arc<dyn Upstream>, sfbox::ConfigError> {
            match org {
                "closed" => Closed.open(org, policy),
                _ => Silent.open(org, policy),
            }
        }
    }

    fn ring() -> KeyRing {
        KeyRing::new(Arc::new(All))
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_key_opens_what_is_its_own_until_it_expires() {
        let (ring, one, other) = (ring(), Key::generate().unwrap(), Key::generate().unwrap());
        let entries = vec![entry(&one, "one"), entry(&other, "other")];
        let expires = entries[0].expires;
        assert!(ring.replace(entries).is_empty());
        assert_eq!((ring.valid(NOW), ring.valid(expires)), (2, 0));
        let found = ring.find(one.expose(), NOW).ok().unwrap();
        assert_eq!(found.entry.name.as_str(), "one");
        assert_eq!(ring.find(one.expose(), expires).err(), Some(Wrong::Expired));
    }

    #[test]
    fn what_is_not_a_key_of_the_door_opens_nothing() {
        let (ring, key) = (ring(), Key::generate().unwrap());
        ring.replace(vec![entry(&key, "a")]);
        let wrong = |text: &str| ring.find(text, NOW).err();
        for text in [
            "",
            "00D1!token",
            &key.expose()[1..],
            &format!("{} ", key.expose()),
        ] {
            assert_eq!(wrong(text), Some(Wrong::Form), "{text}");
        }
        let stranger = Key::generate().unwrap();
        assert_eq!(wrong(stranger.expose()), Some(Wrong::Unknown));
        // The id of a key, and the secret of another.
        let mut forged = entry(&stranger, "b");
        forged.sha256 = key.fingerprint();
        ring.replace(vec![forged]);
        assert_eq!(wrong(stranger.expose()), Some(Wrong::Unknown));
    }

    #[test]
    fn a_key_that_is_gone_or_changed_ends_what_is_under_way() {
        let (ring, keys) = (ring(), [0, 1, 2].map(|_| Key::generate().unwrap()));
        let entries = |names: &[(usize, &str)]| -> Vec<Entry> {
            names
                .iter()
                .map(|(at, name)| entry(&keys[*at], name))
                .collect()
        };
        ring.replace(entries(&[(0, "stays"), (1, "goes"), (2, "changes")]));
        let found = |at: usize| ring.find(keys[at].expose(), NOW);
        let live: Vec<_> = (0..3).map(|at| found(at).ok().unwrap()).collect();
        ring.replace(entries(&[(0, "stays"), (2, "changed")]));
        let ended: Vec<bool> = live
            .iter()
            .map(|key| key.revoked().is_cancelled())
            .collect();
        assert_eq!(ended, [false, true, true]);
        assert!(found(0).is_ok() && found(2).is_ok());
        assert_eq!(found(1).err(), Some(Wrong::Unknown));
        ring.remove(keys[0].id());
        assert!(live[0].revoked().is_cancelled());
        assert_eq!(found(0).err(), Some(Wrong::Unknown));
    }

    #[test]
    fn a_key_that_expires_ends_what_is_under_way_and_no_other() {
        let (ring, keys) = (ring(), [0, 1].map(|_| Key::generate().unwrap()));
        let mut entries: Vec<Entry> = keys.iter().map(|key| entry(key, "k")).collect();
        let second = jiff::SignedDuration::from_secs(1);
        entries[0].expires = NOW + second;
        ring.replace(entries);
        let live = keys
            .each_ref()
            .map(|key| ring.find(key.expose(), NOW).ok().unwrap());
        let cuts = [(); 2].map(|()| CancellationToken::new());
        let _moving = [0, 1].map(|at: usize| live[at].answers(&cuts[at]));
        let ended_at = |now: Timestamp| {
            ring.upkeep(now, Instant::now(), STILL_MIN);
            let cut = cuts.each_ref().map(CancellationToken::is_cancelled);
            assert_eq!(
                [0, 1].map(|at: usize| live[at].revoked().is_cancelled()),
                cut
            );
            cut
        };
        assert_eq!(ended_at(NOW), [false, false]);
        assert_eq!(ended_at(NOW + second), [true, false]);
        let expired = ring.find(keys[0].expose(), NOW + second);
        assert_eq!(expired.err(), Some(Wrong::Expired));
    }

    #[test]
    fn a_clock_that_jumps_ahead_and_back_ends_no_key_for_good() {
        let (ring, keys) = (ring(), [0, 1].map(|_| Key::generate().unwrap()));
        let entries = keys.each_ref().map(|key| entry(key, "k"));
        let after = entries[0].expires;
        ring.replace(entries.into());
        let live = |key: &Key| ring.find(key.expose(), NOW).ok().unwrap();
        let before = live(&keys[0]);
        let upkeep = |now| ring.upkeep(now, Instant::now(), STILL_MIN);
        upkeep(after);
        assert!(before.has_ended());
        ring.remove(keys[1].id());
        upkeep(NOW);
        let again = live(&keys[0]);
        assert!(!again.has_ended() && before.has_ended());
        assert_eq!(ring.find(keys[1].expose(), NOW).err(), Some(Wrong::Unknown));
        // It is the same one as long as nothing happens.
        upkeep(NOW);
        assert!(Arc::ptr_eq(&again, &live(&keys[0])));
    }

    #[test]
    fn a_file_that_could_not_be_written_brings_no_revoked_key_back() {
        let (ring, keys) = (ring(), [0, 1].map(|_| Key::generate().unwrap()));
        let entries = vec![entry(&keys[0], "revoked"), entry(&keys[1], "stays")];
        ring.replace(entries.clone());
        ring.remove(keys[0].id());
        // Somebody adds another one, and the door reads all of it again.
        let another = Key::generate().unwrap();
        let entries = [entries, vec![entry(&another, "another")]].concat();
        assert!(ring.replace(entries).is_empty());
        let found = |key: &Key| ring.find(key.expose(), NOW).err();
        assert_eq!(found(&keys[0]), Some(Wrong::Unknown));
        assert_eq!((found(&keys[1]), found(&another)), (None, None));
    }

    #[test]
    fn an_answer_that_nobody_takes_is_ended_by_a_key_that_is_valid() {
        let (ring, key) = (ring(), Key::generate().unwrap());
        ring.replace(vec![entry(&key, "a")]);
        let live = ring.find(key.expose(), NOW).ok().unwrap();
        let cut = CancellationToken::new();
        let _moving = live.answers(&cut);
        ring.upkeep(NOW, Instant::now(), STILL_MIN);
        assert!(!cut.is_cancelled());
        ring.upkeep(NOW, Instant::now() + STILL_MIN, STILL_MIN);
        assert!(cut.is_cancelled() && !live.revoked().is_cancelled());
    }

    #[test]
    fn an_answer_of_a_key_that_was_revoked_just_now_is_ended() {
        let (ring, key) = (ring(), Key::generate().unwrap());
        ring.replace(vec![entry(&key, "a")]);
        let live = ring.find(key.expose(), NOW).ok().unwrap();
        ring.remove(key.id());
        let cut = CancellationToken::new();
        let _moving = live.answers(&cut);
        assert!(cut.is_cancelled());
    }

    #[test]
    fn an_entry_that_cannot_be_used_stops_no_other() {
        let (ring, keys) = (ring(), [0, 1, 2].map(|_| Key::generate().unwrap()));
        let mut entries: Vec<Entry> = keys.iter().map(|key| entry(key, "k")).collect();
        entries[0].org = "closed".to_owned();
        entries[1].allow_path = vec!["no pattern".to_owned()];
        let unusable = ring.replace(entries);
        assert_eq!(unusable.len(), 2);
        assert_eq!(ring.valid(NOW), 1);
    }

    #[test]
    fn rate_and_concurrency_are_kept_while_the_key_is() {
        let (ring, key) = (ring(), Key::generate().unwrap());
        let mut limited = entry(&key, "a");
        limited.rate = Some("2/s".parse().unwrap());
        limited.concurrency = Some(1);
        ring.replace(vec![limited.clone()]);
        let find = || ring.find(key.expose(), NOW).ok().unwrap();
        let first = find().enter(Duration::ZERO).unwrap();
        assert_eq!(find().enter(Duration::ZERO).err(), Some(Busy::Concurrency));
        ring.replace(vec![limited]);
        drop(first);
        drop(find().enter(Duration::ZERO).unwrap());
        let wait = Duration::from_millis(500);
        assert_eq!(find().enter(Duration::ZERO).err(), Some(Busy::Rate(wait)));
        assert!(find().enter(wait).is_ok());
    }
}
