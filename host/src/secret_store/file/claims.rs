//! Claims as files beside the secret.
//!
//! `DIR/<name>.<key>.claim` is a claim. Whoever won it keeps it locked for as
//! long as it is at work: an unlocked one died with its process, and is
//! anybody's. A process that ends in good order without having released it says
//! in the file that it is left to age. The files are made, judged and removed
//! under the secret's lock.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::super::Claimed;
use super::private;

/// How long a claim that is left to age is remembered: longer than any lives,
/// which is an hour.
const MEMORY: Duration = Duration::from_secs(2 * 3_600);

/// How many claims a secret may have; past it the oldest that nobody is at work
/// behind is forgotten.
const CLAIMS_MAX: usize = 64;

/// The longest text of a claim that is read, in bytes.
const TEXT_BYTES_MAX: u64 = 1_024;

/// The claims that this process has won and not released, by secret and key.
#[derive(Debug, Default)]
pub(super) struct OwnClaims(Mutex<HashMap<(String, String), OwnClaim>>);

/// Its lock is the operating system's to give back, however the process ends.
#[derive(Debug)]
struct OwnClaim {
    path: PathBuf,
    file: File,
    mark: Mark,
}

/// What a claim's file says.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Mark {
    /// When it was made, in milliseconds since 1970, by this machine's clock.
    since_ms: u64,
    /// Nobody is at work behind it, and yet it counts.
    #[serde(default)]
    left: bool,
}

/// What is to be made of a claim's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It counts.
    Held(Duration),
    /// It does not: it is anybody's.
    Free,
}

impl OwnClaims {
    /// Makes the claim `key` on the secret `name`, whose claims' files begin
    /// with `prefix`.
    pub(super) fn claim(
        &self,
        name: &str,
        key: &str,
        path: PathBuf,
        prefix: &str,
    ) -> io::Result<Claimed> {
        let now_ms = now_ms();
        if !path.exists() {
            sweep(&path, prefix, now_ms)?;
        }
        let mut file = private::open(
            OpenOptions::new().read(true).write(true).create(true),
            &path,
        )?;
        let mark = read(&mut file)?;
        let is_locked = !try_lock(&file)?;
        if let Found::Held(age) = judge(mark, is_locked, now_ms) {
            return Ok(Claimed::Held(age));
        }
        let mark = Mark {
            since_ms: now_ms,
            left: false,
        };
        write(&mut file, mark)?;
        let claim = OwnClaim { path, file, mark };
        self.lock().insert((name.to_owned(), key.to_owned()), claim);
        Ok(Claimed::Won)
    }

    /// Removes the claim `key`, if it is this process's.
    pub(super) fn release(&self, name: &str, key: &str) -> io::Result<()> {
        let claim = self.lock().remove(&(name.to_owned(), key.to_owned()));
        claim.map_or(Ok(()), OwnClaim::end)
    }

    /// Removes all claims of this process on the secret `name`.
    pub(super) fn release_all(&self, name: &str) -> io::Result<()> {
        let ended: Vec<OwnClaim> = {
            let mut claims = self.lock();
            claims
                .extract_if(|(of, _), _| of == name)
                .map(|(_, claim)| claim)
                .collect()
        };
        ended.into_iter().try_for_each(OwnClaim::end)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), OwnClaim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OwnClaims {
    /// What was not released is left to age: a process that ends in good order
    /// must not look like one that died.
    fn drop(&mut self) {
        for (_, mut claim) in self.lock().drain() {
            let left = Mark {
                left: true,
                ..claim.mark
            };
            if let Err(error) = write(&mut claim.file, left) {
                tracing::debug!(%error, "a claim was not left to age");
            }
        }
    }
}

impl OwnClaim {
    fn end(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }
}

/// Whether a claim counts.
fn judge(mark: Option<Mark>, is_locked: bool, now_ms: u64) -> Found {
    // A clock that was set back makes claims of the future.
    let age = mark.and_then(|mark| now_ms.checked_sub(mark.since_ms));
    let age = age.map(Duration::from_millis);
    if is_locked {
        return Found::Held(age.unwrap_or_default());
    }
    match (mark, age) {
        (Some(mark), Some(age)) if mark.left && age < MEMORY => Found::Held(age),
        _ => Found::Free,
    }
}

/// Removes the claims on a secret that no longer count, and makes room for
/// another.
fn sweep(path: &Path, prefix: &str, now_ms: u64) -> io::Result<()> {
    let Some(directory) = path.parent() else {
        return Ok(());
    };
    let mut left = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let is_claim = entry
            .file_name()
            .to_str()
            .and_then(|file| file.strip_prefix(prefix)?.strip_suffix(".claim"))
            .is_some_and(|key| !key.contains('.'));
        if !is_claim {
            continue;
        }
        let path = entry.path();
        let mut file = private::open(OpenOptions::new().read(true), &path)?;
        let mark = read(&mut file)?;
        let is_locked = !try_lock(&file)?;
        match judge(mark, is_locked, now_ms) {
            Found::Free => fs::remove_file(path)?,
            Found::Held(age) => {
                count += 1;
                if !is_locked {
                    left.push((age, path));
                }
            }
        }
    }
    match left.into_iter().max() {
        Some((_, oldest)) if count >= CLAIMS_MAX => fs::remove_file(oldest),
        _ => Ok(()),
    }
}

/// Whether the lock is this process's now.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// `None` for a file whose maker died before it wrote.
fn read(file: &mut File) -> io::Result<Option<Mark>> {
    let mut text = Vec::new();
    file.take(TEXT_BYTES_MAX).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text).ok())
}

fn write(file: &mut File, mark: Mark) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(&mark)?)
}

/// The file's clock: this machine's, which all its processes share.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const PREFIX: &str = "acme.";

    fn directory() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    fn claim(own: &OwnClaims, directory: &TempDir, key: &str) -> Claimed {
        let path = directory.path().join(format!("{PREFIX}{key}.claim"));
        own.claim("acme", key, path, PREFIX).unwrap()
    }

    fn is_held(claimed: Claimed) -> bool {
        matches!(claimed, Claimed::Held(age) if age < Duration::from_secs(60))
    }

    fn files(directory: &TempDir) -> usize {
        fs::read_dir(directory.path()).unwrap().count()
    }

    #[test]
    fn one_wins_and_the_others_see_how_long_ago() {
        let directory = directory();
        let (ours, theirs) = (OwnClaims::default(), OwnClaims::default());
        assert_eq!(claim(&ours, &directory, "k"), Claimed::Won);
        assert!(is_held(claim(&theirs, &directory, "k")));
        assert!(
            is_held(claim(&ours, &directory, "k")),
            "not even ours again"
        );
        assert_eq!(claim(&theirs, &directory, "other"), Claimed::Won);
        theirs.release("acme", "k").unwrap();
        assert!(
            is_held(claim(&theirs, &directory, "k")),
            "it was not theirs to release"
        );
        ours.release("acme", "k").unwrap();
        assert_eq!(claim(&theirs, &directory, "k"), Claimed::Won);
    }

    #[test]
    fn all_claims_on_a_secret_are_released_at_once_and_no_others() {
        let directory = directory();
        let (ours, theirs) = (OwnClaims::default(), OwnClaims::default());
        claim(&ours, &directory, "k");
        claim(&ours, &directory, "l");
        claim(&theirs, &directory, "m");
        let elsewhere = directory.path().join("other.k.claim");
        ours.claim("other", "k", elsewhere.clone(), "other.")
            .unwrap();
        ours.release_all("acme").unwrap();
        assert_eq!(claim(&theirs, &directory, "k"), Claimed::Won);
        assert!(is_held(claim(&ours, &directory, "m")));
        let other = theirs.claim("other", "k", elsewhere, "other.");
        assert!(is_held(other.unwrap()));
    }

    #[test]
    fn a_claim_dies_with_its_process_and_not_with_its_end_in_good_order() {
        let directory = directory();
        let died = OwnClaims::default();
        claim(&died, &directory, "k");
        // The locks of a process that dies go, and it leaves no word.
        died.lock().clear();
        let ended = OwnClaims::default();
        assert_eq!(claim(&ended, &directory, "k"), Claimed::Won);
        drop(ended);
        assert!(is_held(claim(&OwnClaims::default(), &directory, "k")));
    }

    #[test]
    fn a_claim_counts_while_it_is_locked_or_left_to_age() {
        let mark = |since_ms, left| Some(Mark { since_ms, left });
        let hours = |hours: u64| hours * 3_600_000;
        let held = |ms| Found::Held(Duration::from_millis(ms));
        for (mark, is_locked, now_ms, found) in [
            (mark(1_000, false), true, 3_000, held(2_000)),
            (mark(1_000, false), true, hours(9), held(hours(9) - 1_000)),
            (mark(1_000, false), false, 3_000, Found::Free),
            (mark(1_000, true), false, 3_000, held(2_000)),
            (mark(0, true), false, hours(2) - 1, held(hours(2) - 1)),
            (mark(0, true), false, hours(2), Found::Free),
            (mark(4_000, true), false, 3_000, Found::Free),
            (mark(4_000, false), true, 3_000, held(0)),
            (None, false, 3_000, Found::Free),
            (None, true, 3_000, held(0)),
        ] {
            assert_eq!(judge(mark, is_locked, now_ms), found, "{mark:?} {now_ms}");
        }
    }

    #[test]
    fn what_is_no_claim_is_anybodys() {
        let directory = directory();
        for text in ["", "{", "[]", "\0", "{\"left\":true}"] {
            let path = directory.path().join("acme.k.claim");
            drop(private::open(
                OpenOptions::new().write(true).create(true),
                &path,
            ));
            fs::write(&path, text).unwrap();
            let own = OwnClaims::default();
            assert_eq!(claim(&own, &directory, "k"), Claimed::Won, "{text}");
            own.release("acme", "k").unwrap();
        }
        assert_eq!(files(&directory), 0);
    }

    #[test]
    fn claims_are_bounded_and_dead_ones_are_swept() {
        let directory = directory();
        for n in 0..CLAIMS_MAX {
            claim(&OwnClaims::default(), &directory, &n.to_string());
        }
        assert_eq!(files(&directory), CLAIMS_MAX);
        claim(&OwnClaims::default(), &directory, "more");
        assert_eq!(files(&directory), CLAIMS_MAX);
        let died = OwnClaims::default();
        assert_eq!(claim(&died, &directory, "dead"), Claimed::Won);
        died.lock().clear();
        claim(&OwnClaims::default(), &directory, "last");
        assert!(!directory.path().join("acme.dead.claim").exists());
        assert_eq!(files(&directory), CLAIMS_MAX);
    }
}
