//! Claims as files beside the secret.
//!
//! `DIR/<name>.<key>.claim` is a claim. Whoever won it keeps it locked for as
//! long as it is at work: an unlocked one died with its process, and is
//! anybody's. A process that ends in good order without having released it says
//! in the file that it is left to age. One whose login was refused says so when it is
//! released: it can be made again a few times, as in the other stores, and then no more.
//! The files are made, judged and removed under the secret's lock.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sfbox_secret::{after_release, is_refusal};

use super::super::Claimed;
use crate::private;

/// How long a claim that is left to age, or was released, is remembered: longer than
/// any lives, which is an hour.
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
    /// What its file said before, if that was the release of another generation.
    before: Option<Mark>,
}

/// What a claim's file says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
struct Mark {
    /// When it was made or released, in milliseconds since 1970, by this machine's
    /// clock.
    since_ms: u64,
    /// How often it was made and released before.
    #[serde(default)]
    generation: u32,
    /// Nobody is at work behind it, and yet it counts.
    #[serde(default)]
    left: bool,
    /// It was released.
    #[serde(default)]
    released: bool,
    /// The code with which its login was refused, if it was released for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
}

/// What is to be made of a claim's file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// It counts.
    Held(Duration),
    /// It was released so long ago, for the last time.
    Spent {
        age: Duration,
        refusal: Option<String>,
    },
    /// It was released so long ago, and may be made again as this generation.
    Again { age: Duration, generation: u32 },
    /// It does not count: it is anybody's, as this generation.
    Free(u32),
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
        let (generation, before) = match judge(mark.clone(), is_locked, now_ms) {
            Found::Held(age) => return Ok(Claimed::Held(age)),
            Found::Spent { age, refusal } => return Ok(Claimed::Spent { age, refusal }),
            Found::Again { generation, .. } => (generation, mark),
            Found::Free(generation) => (generation, None),
        };
        let mark = Mark {
            since_ms: now_ms,
            generation,
            ..Mark::default()
        };
        write(&mut file, &mark)?;
        let claim = OwnClaim {
            path,
            file,
            mark,
            before,
        };
        self.lock().insert((name.to_owned(), key.to_owned()), claim);
        Ok(Claimed::Won)
    }

    /// Releases the claim `key`, if it is this process's. `refusal` is the code with
    /// which its login was refused; without one it is as if it had not been made.
    pub(super) fn release(&self, name: &str, key: &str, refusal: Option<String>) -> io::Result<()> {
        let claim = self.lock().remove(&(name.to_owned(), key.to_owned()));
        claim.map_or(Ok(()), |claim| claim.release(refusal))
    }

    /// Removes all claims of this process on the secret `name`, and forgets how often
    /// they were made: what they were for is done.
    pub(super) fn remove_all(&self, name: &str) -> io::Result<()> {
        let ended: Vec<OwnClaim> = {
            let mut claims = self.lock();
            claims
                .extract_if(|(of, _), _| of == name)
                .map(|(_, claim)| claim)
                .collect()
        };
        ended.into_iter().try_for_each(OwnClaim::remove)
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
            claim.mark.left = true;
            if let Err(error) = write(&mut claim.file, &claim.mark) {
                tracing::debug!(%error, "a claim was not left to age");
            }
        }
    }
}

impl OwnClaim {
    fn release(mut self, refusal: Option<String>) -> io::Result<()> {
        let refused = refusal.map(|code| Mark {
            since_ms: now_ms(),
            released: true,
            refusal: Some(code),
            ..self.mark.clone()
        });
        match refused.or_else(|| self.before.take()) {
            Some(mark) => write(&mut self.file, &mark),
            None => self.remove(),
        }
    }

    fn remove(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }
}

/// Whether a claim counts.
fn judge(mark: Option<Mark>, is_locked: bool, now_ms: u64) -> Found {
    // A clock that was set back makes claims of the future.
    let age = mark
        .as_ref()
        .and_then(|mark| now_ms.checked_sub(mark.since_ms));
    let age = age.map(Duration::from_millis);
    if is_locked {
        return Found::Held(age.unwrap_or_default());
    }
    let (Some(mark), Some(age)) = (mark, age.filter(|age| *age < MEMORY)) else {
        return Found::Free(0);
    };
    if mark.left {
        return Found::Held(age);
    }
    if !mark.released {
        // Its maker died.
        return Found::Free(mark.generation);
    }
    match after_release(mark.generation) {
        Some(generation) => Found::Again { age, generation },
        None => Found::Spent {
            age,
            // Others write files, too.
            refusal: mark.refusal.filter(|code| is_refusal(code)),
        },
    }
}

/// Removes the claims on a secret that no longer count, and makes room for
/// another.
fn sweep(path: &Path, prefix: &str, now_ms: u64) -> io::Result<()> {
    let Some(directory) = path.parent() else {
        return Ok(());
    };
    let mut idle = Vec::new();
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
            Found::Free(_) => {
                fs::remove_file(path)?;
                continue;
            }
            Found::Held(_) if is_locked => {}
            Found::Held(age) | Found::Spent { age, .. } | Found::Again { age, .. } => {
                idle.push((age, path));
            }
        }
        count += 1;
    }
    match idle.into_iter().max() {
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

fn write(file: &mut File, mark: &Mark) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(mark)?)
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

    fn is_held(claimed: &Claimed) -> bool {
        matches!(claimed, Claimed::Held(age) if *age < Duration::from_secs(60))
    }

    fn files(directory: &TempDir) -> usize {
        fs::read_dir(directory.path()).unwrap().count()
    }

    #[test]
    fn one_wins_and_the_others_see_how_long_ago() {
        let directory = directory();
        let (ours, theirs) = (OwnClaims::default(), OwnClaims::default());
        assert_eq!(claim(&ours, &directory, "k"), Claimed::Won);
        assert!(is_held(&claim(&theirs, &directory, "k")));
        assert!(
            is_held(&claim(&ours, &directory, "k")),
            "not even ours again"
        );
        assert_eq!(claim(&theirs, &directory, "other"), Claimed::Won);
        theirs.release("acme", "k", None).unwrap();
        assert!(
            is_held(&claim(&theirs, &directory, "k")),
            "it was not theirs to release"
        );
        ours.release("acme", "k", None).unwrap();
        assert_eq!(claim(&theirs, &directory, "k"), Claimed::Won);
    }

    #[test]
    fn all_claims_on_a_secret_are_removed_at_once_and_no_others() {
        let directory = directory();
        let (ours, theirs) = (OwnClaims::default(), OwnClaims::default());
        claim(&ours, &directory, "k");
        claim(&ours, &directory, "l");
        claim(&theirs, &directory, "m");
        let elsewhere = directory.path().join("other.k.claim");
        ours.claim("other", "k", elsewhere.clone(), "other.")
            .unwrap();
        ours.remove_all("acme").unwrap();
        assert_eq!(claim(&theirs, &directory, "k"), Claimed::Won);
        assert!(is_held(&claim(&ours, &directory, "m")));
        let other = theirs.claim("other", "k", elsewhere, "other.");
        assert!(is_held(&other.unwrap()));
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
        assert!(is_held(&claim(&OwnClaims::default(), &directory, "k")));
    }

    #[test]
    fn a_claim_counts_while_it_is_locked_or_left_to_age() {
        let mark = |since_ms, left| {
            Some(Mark {
                since_ms,
                left,
                ..Mark::default()
            })
        };
        let hours = |hours: u64| hours * 3_600_000;
        let held = |ms| Found::Held(Duration::from_millis(ms));
        for (mark, is_locked, now_ms, found) in [
            (mark(1_000, false), true, 3_000, held(2_000)),
            (mark(1_000, false), true, hours(9), held(hours(9) - 1_000)),
            (mark(1_000, false), false, 3_000, Found::Free(0)),
            (mark(1_000, true), false, 3_000, held(2_000)),
            (mark(0, true), false, hours(2) - 1, held(hours(2) - 1)),
            (mark(0, true), false, hours(2), Found::Free(0)),
            (mark(4_000, true), false, 3_000, Found::Free(0)),
            (mark(4_000, false), true, 3_000, held(0)),
            (None, false, 3_000, Found::Free(0)),
            (None, true, 3_000, held(0)),
        ] {
            let case = format!("{mark:?} {now_ms}");
            assert_eq!(judge(mark, is_locked, now_ms), found, "{case}");
        }
    }

    #[test]
    fn a_released_claim_is_made_again_until_its_last_generation() {
        let age = Duration::from_secs(2);
        let refusal = Some("invalid_client".to_owned());
        let again = |generation| Found::Again { age, generation };
        let spent = Found::Spent {
            age,
            refusal: refusal.clone(),
        };
        for (generation, since_ms, found) in [
            (0, 1_000, again(1)),
            (2, 1_000, again(3)),
            (3, 1_000, spent),
            // Of the future: a clock was set back.
            (3, 4_000, Found::Free(0)),
        ] {
            let mark = Mark {
                since_ms,
                generation,
                released: true,
                refusal: refusal.clone(),
                ..Mark::default()
            };
            let told = serde_json::to_vec(&mark).unwrap();
            assert_eq!(serde_json::from_slice::<Mark>(&told).unwrap(), mark);
            assert_eq!(judge(Some(mark.clone()), false, 3_000), found);
            let two_hours = 7_200_000;
            let old = judge(Some(mark), false, since_ms + two_hours);
            assert_eq!(old, Found::Free(0), "forgotten");
        }
        let died = Mark {
            generation: 2,
            ..Mark::default()
        };
        assert_eq!(judge(Some(died), false, 1), Found::Free(2));
    }

    #[test]
    fn four_refusals_in_a_row_are_the_last() {
        let directory = directory();
        let refusal = || Some("invalid_client".to_owned());
        for _ in 0..4 {
            // Another process each time, as commands are. One whose login was not refused
            // does not count.
            for refusal in [None, refusal()] {
                let own = OwnClaims::default();
                assert_eq!(claim(&own, &directory, "k"), Claimed::Won);
                own.release("acme", "k", refusal).unwrap();
            }
        }
        let late = OwnClaims::default();
        let spent = claim(&late, &directory, "k");
        let Claimed::Spent { age, refusal: told } = spent else {
            panic!("{spent:?}")
        };
        assert!(age < Duration::from_secs(60));
        assert_eq!(told, refusal());
        assert_eq!(claim(&late, &directory, "l"), Claimed::Won, "another key");
        // What a claim was for is done when the secret was written.
        late.remove_all("acme").unwrap();
        assert_eq!(claim(&late, &directory, "l"), Claimed::Won);
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
            own.remove_all("acme").unwrap();
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
        let released = OwnClaims::default();
        claim(&released, &directory, "more");
        let refusal = Some("invalid_client".to_owned());
        released.release("acme", "more", refusal).unwrap();
        assert_eq!(files(&directory), CLAIMS_MAX);
        let died = OwnClaims::default();
        assert_eq!(claim(&died, &directory, "dead"), Claimed::Won);
        died.lock().clear();
        claim(&OwnClaims::default(), &directory, "last");
        assert!(!directory.path().join("acme.dead.claim").exists());
        assert!(directory.path().join("acme.more.claim").exists());
        assert_eq!(files(&directory), CLAIMS_MAX);
    }
}
