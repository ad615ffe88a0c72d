//! Secrets as files of a directory.
//!
//! `DIR/<name>.json` is a secret, and the SHA-256 of its bytes is its version.
//! Writers take turns by a lock on `DIR/<name>.lock`, which is never renamed, and
//! replace the secret by renaming a whole `DIR/<name>.next` over it: a reader, or
//! a machine that stops, sees the old text or the new. Not for NFS, whose locks
//! differ.

mod claims;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use sfbox_secret::{SECRET_BYTES_MAX, SecretName};
use sha2::{Digest as _, Sha256};

use super::{Claimed, Kind, Removed, SecretStore, Snapshot, StoreError};
use crate::private;
use claims::OwnClaims;

/// The longest file name, in bytes, that the usual file systems take.
const FILE_NAME_BYTES_MAX: usize = 255;

/// How long a writer waits for its turn. Each turn is two reads and a write, of 64 KiB as
/// a rule.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(5);

/// How often a waiting writer tries.
const LOCK_POLL: Duration = Duration::from_millis(2);

/// Secrets in a directory that belongs to this user alone.
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: PathBuf,
    bytes_max: usize,
    claims: Arc<OwnClaims>,
}

/// Why there is no default directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither XDG_STATE_HOME nor HOME is an absolute path: name a directory, as in `file:/var/lib/x`"
)]
pub struct FileStoreError;

impl FileStore {
    /// A store over `directory`, which must be this user's, with mode 0700. It is
    /// made when it is first used, if it is missing.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            bytes_max: SECRET_BYTES_MAX,
            claims: Arc::default(),
        }
    }

    /// The same store for texts of at most so many bytes. The default is 65,536, the limit
    /// of AWS Secrets Manager. The component takes no longer ones: this is for programs that
    /// keep something of their own in a file.
    #[must_use]
    pub fn bytes_max(mut self, bytes: usize) -> Self {
        self.bytes_max = bytes;
        self
    }

    /// The store in `$XDG_STATE_HOME/sfbox/secrets`, where `$XDG_STATE_HOME` is
    /// `$HOME/.local/state` by default (XDG Base Directory Specification). Reads
    /// the environment.
    ///
    /// # Errors
    ///
    /// When neither variable is an absolute path.
    pub fn in_state_home() -> Result<Self, FileStoreError> {
        let path = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let state = path("XDG_STATE_HOME")
            .or_else(|| Some(path("HOME")?.join(".local/state")))
            .ok_or(FileStoreError)?;
        Ok(Self::new(state.join("sfbox/secrets")))
    }

    fn blocking<T: Send + 'static>(
        &self,
        name: &SecretName,
        work: impl FnOnce(Secret, &OwnClaims) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let secret = Secret {
            directory: self.directory.clone(),
            name: name.clone(),
            bytes_max: self.bytes_max,
        };
        let claims = Arc::clone(&self.claims);
        blocking(move || work(secret, &claims))
    }
}

/// Runs blocking work off the runtime's thread.
fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> BoxFuture<'static, Result<T, StoreError>> {
    async move {
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| {
                Err(StoreError::new(Kind::Unavailable, "using a file").caused_by(error))
            })
    }
    .boxed()
}

impl SecretStore for FileStore {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        self.blocking(name, |secret, _| secret.read())
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let version = version.to_owned();
        self.blocking(name, move |secret, claims| {
            secret.write(&version, &text, claims)
        })
    }

    fn create<'a>(
        &'a self,
        name: &'a SecretName,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        self.blocking(name, move |secret, _| secret.create(&text))
    }

    fn remove<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Removed, StoreError>> {
        self.blocking(name, |secret, _| secret.remove())
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<SecretName>, StoreError>> {
        let (directory, prefix) = (self.directory.clone(), prefix.to_owned());
        blocking(move || list(&directory, &prefix))
    }

    fn claim<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Claimed, StoreError>> {
        let key = key.to_owned();
        self.blocking(name, move |secret, claims| secret.claim(&key, claims))
    }

    fn release<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
        refusal: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (key, refusal) = (key.to_owned(), refusal.map(str::to_owned));
        self.blocking(name, move |secret, claims| {
            secret.release(&key, refusal, claims)
        })
    }
}

/// One secret's files.
#[derive(Debug)]
struct Secret {
    directory: PathBuf,
    name: SecretName,
    bytes_max: usize,
}

impl Secret {
    fn read(&self) -> Result<Snapshot, StoreError> {
        let path = self.path("json")?;
        self.check_directory()?;
        let text =
            read_file(&path, self.bytes_max).map_err(|error| failed("reading", &path, error))?;
        // Whoever may put a file beside it may replace it.
        let writable = rustix::fs::access(&self.directory, rustix::fs::Access::WRITE_OK).is_ok();
        Ok(Snapshot {
            version: version_of(&text),
            text: text.into(),
            writable,
        })
    }

    fn write(
        &self,
        version: &str,
        text: &SecretString,
        claims: &OwnClaims,
    ) -> Result<String, StoreError> {
        let path = self.path("json")?;
        let _lock = self.lock()?;
        if self.read()?.version != version {
            let attempted = format!("writing {}", path.display());
            return Err(StoreError::new(Kind::Conflict, attempted));
        }
        self.put(&path, text)
            .map_err(|error| failed("writing", &path, error))?;
        if let Err(error) = claims.remove_all(self.name.as_str()) {
            // They age, and nobody needs them any more.
            tracing::debug!(%error, "a claim was not removed");
        }
        Ok(version_of(text.expose_secret()))
    }

    fn create(&self, text: &SecretString) -> Result<String, StoreError> {
        let path = self.path("json")?;
        let _lock = self.lock()?;
        if path.symlink_metadata().is_ok() {
            let attempted = format!("making {}", path.display());
            return Err(StoreError::new(Kind::Conflict, attempted).answered("it is there"));
        }
        self.put(&path, text)
            .map_err(|error| failed("making", &path, error))?;
        Ok(version_of(text.expose_secret()))
    }

    /// The lock stays: whoever waits for it would have another one than those who come
    /// later.
    fn remove(&self) -> Result<Removed, StoreError> {
        let path = self.path("json")?;
        let _lock = self.lock()?;
        // Only what would have been read.
        private::open(OpenOptions::new().read(true), &path)
            .and_then(|_| fs::remove_file(&path))
            .and_then(|()| File::open(&self.directory)?.sync_all())
            .map_err(|error| failed("removing", &path, error))?;
        Ok(Removed::default())
    }

    /// Puts the text in the place of the secret's. Under the lock: what lies in
    /// its way is nobody else's.
    fn put(&self, path: &Path, text: &SecretString) -> io::Result<()> {
        let bytes = text.expose_secret().len();
        if bytes > self.bytes_max {
            // Nobody could read it.
            return Err(too_long(
                &format!("it would have {bytes} bytes"),
                self.bytes_max,
            ));
        }
        let next = self
            .directory
            .join(format!("{}.next", encoded(self.name.as_str())));
        replace(path, &next, text.expose_secret())?;
        File::open(&self.directory)?.sync_all()
    }

    fn claim(&self, key: &str, claims: &OwnClaims) -> Result<Claimed, StoreError> {
        let path = self.path(&format!("{}.claim", encoded(key)))?;
        let _lock = self.lock()?;
        let prefix = format!("{}.", encoded(self.name.as_str()));
        claims
            .claim(self.name.as_str(), key, path.clone(), &prefix)
            .map_err(|error| failed("claiming", &path, error))
    }

    fn release(
        &self,
        key: &str,
        refusal: Option<String>,
        claims: &OwnClaims,
    ) -> Result<(), StoreError> {
        let _lock = self.lock()?;
        claims
            .release(self.name.as_str(), key, refusal)
            .map_err(|error| failed("releasing a claim in", &self.directory, error))
    }

    /// Held until it is dropped; a process that dies drops it.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.path("lock")?;
        self.check_directory()?;
        private::open(OpenOptions::new().write(true).create(true), &path)
            .and_then(|file| lock_within(&file, LOCK_WAIT_MAX).map(|()| file))
            .map_err(|error| failed("locking", &path, error))
    }

    fn check_directory(&self) -> Result<(), StoreError> {
        private::directory(&self.directory).map_err(|error| failed("using", &self.directory, error))
    }

    /// The path of one of the secret's files, which stays in the directory.
    fn path(&self, extension: &str) -> Result<PathBuf, StoreError> {
        let file = format!("{}.{extension}", encoded(self.name.as_str()));
        if file.len() > FILE_NAME_BYTES_MAX {
            let attempted = format!("using `{}`", self.name);
            return Err(StoreError::new(Kind::NotFound, attempted).answered(format!(
                "its file's name would have {} bytes, and {FILE_NAME_BYTES_MAX} is the most",
                file.len()
            )));
        }
        Ok(self.directory.join(file))
    }
}

/// A name as a part of a file's: every byte outside `[A-Za-z0-9_-]` is
/// percent-encoded.
fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The name that was encoded so; `None` for what no name is encoded as.
fn decoded(file: &str) -> Option<SecretName> {
    let mut bytes = Vec::with_capacity(file.len());
    let mut rest = file.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    let name = SecretName::parse(&String::from_utf8(bytes).ok()?).ok()?;
    (encoded(name.as_str()) == file).then_some(name)
}

/// The secrets of a directory. One that is not there has none.
fn list(directory: &Path, prefix: &str) -> Result<Vec<SecretName>, StoreError> {
    let listing = |error| failed("listing", directory, error);
    if !directory.exists() {
        return Ok(Vec::new());
    }
    private::directory(directory).map_err(listing)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(listing)? {
        let file = entry.map_err(listing)?.file_name();
        let name = file
            .to_str()
            .and_then(|file| decoded(file.strip_suffix(".json")?));
        names.extend(name.filter(|name| name.as_str().starts_with(prefix)));
    }
    names.sort();
    Ok(names)
}

/// Waits for the lock, but not for ever: a stopped process may hold it, and a
/// thread that waits keeps this one from ending.
fn lock_within(file: &File, most: Duration) -> io::Result<()> {
    let until = Instant::now() + most;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                let why = format!("another process has had it for {} s", most.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_POLL),
        }
    }
}

/// Puts `text` in the place of the file at `path`, by way of `next`.
fn replace(path: &Path, next: &Path, text: &str) -> io::Result<()> {
    // Whoever made it did not come to rename it.
    match fs::remove_file(next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private::open(OpenOptions::new().write(true).create_new(true), next)?;
    file.write_all(text.as_bytes())?;
    // Before the rename: a machine that stops must not find an empty file.
    file.sync_all()?;
    fs::rename(next, path)
}

fn read_file(path: &Path, bytes_max: usize) -> io::Result<String> {
    let file = private::open(OpenOptions::new().read(true), path)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        return Err(too_long("it has more", bytes_max));
    }
    sfbox_secret::decoded(bytes).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
}

fn too_long(why: &str, bytes_max: usize) -> io::Error {
    let why = format!("{why}, and {bytes_max} bytes is the most");
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn version_of(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn failed(doing: &str, path: &Path, error: io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => Kind::NotFound,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::Denied,
        io::ErrorKind::InvalidData => Kind::Malformed,
        _ => Kind::Unavailable,
    };
    StoreError::new(kind, format!("{doing} {}", path.display())).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use tempfile::TempDir;

    use super::*;
    use crate::private::FILE_MODE;

    fn directory() -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        set_mode(directory.path(), 0o700);
        directory
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn secret(directory: &TempDir, name: &str) -> Secret {
        Secret {
            directory: directory.path().to_owned(),
            name: SecretName::parse(name).unwrap(),
            bytes_max: SECRET_BYTES_MAX,
        }
    }

    fn put(directory: &TempDir, file: &str, text: &str) -> PathBuf {
        let path = directory.path().join(file);
        fs::write(&path, text).unwrap();
        set_mode(&path, FILE_MODE);
        path
    }

    fn kind<T>(outcome: Result<T, StoreError>) -> Kind {
        outcome.err().expect("an error").kind()
    }

    #[test]
    fn a_removed_secret_is_gone_and_no_other_file_is() {
        let directory = directory();
        let path = put(&directory, "acme.json", "{}");
        let other = put(&directory, "acme%2F.json", "{}");
        let acme = secret(&directory, "acme");
        assert_eq!(acme.remove().unwrap(), Removed::default());
        assert!(!path.exists() && other.exists());
        assert_eq!(kind(acme.read()), Kind::NotFound);
        assert_eq!(kind(acme.remove()), Kind::NotFound);
        acme.create(&"new".into()).unwrap();
        // A link, and what others may read, are no secrets of this store.
        set_mode(&path, 0o644);
        assert_eq!(kind(acme.remove()), Kind::Denied);
        fs::remove_file(&path).unwrap();
        symlink(&other, &path).unwrap();
        assert_eq!(kind(acme.remove()), Kind::Denied);
        assert!(path.symlink_metadata().is_ok() && other.exists());
    }

    #[test]
    fn a_secret_is_read_and_written_if_it_is_still_the_same() {
        let directory = directory();
        let path = put(&directory, "acme.json", "{}");
        let secret = secret(&directory, "acme");
        let version = secret.read().unwrap().version;
        let next = secret
            .write(&version, &"{\"a\":1}".into(), &OwnClaims::default())
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, FILE_MODE);
        assert_eq!(secret.read().unwrap().version, next);
        assert_eq!(
            kind(secret.write(&version, &"{}".into(), &OwnClaims::default())),
            Kind::Conflict
        );
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 2, "the secret and its lock");
    }

    #[test]
    fn a_name_stays_in_the_directory() {
        let directory = directory();
        for (name, file) in [
            ("acme", "acme.json"),
            ("../x", "%2E%2E%2Fx.json"),
            ("/etc/passwd", "%2Fetc%2Fpasswd.json"),
            ("a.b+c=@-_", "a%2Eb%2Bc%3D%40-_.json"),
        ] {
            let path = secret(&directory, name).path("json").unwrap();
            assert_eq!(path, directory.path().join(file));
        }
    }

    #[test]
    fn a_file_name_of_the_limit_is_one_and_a_longer_is_not() {
        let directory = directory();
        let longest = FILE_NAME_BYTES_MAX - ".json".len();
        assert!(
            secret(&directory, &"a".repeat(longest))
                .path("json")
                .is_ok()
        );
        let longer = secret(&directory, &"a".repeat(longest + 1));
        assert_eq!(kind(longer.path("json")), Kind::NotFound);
    }

    #[test]
    fn what_others_may_use_is_denied_and_the_cure_is_named() {
        let directory = directory();
        let path = put(&directory, "acme.json", "{}");
        let secret = secret(&directory, "acme");
        set_mode(&path, 0o640);
        let refused = secret.read().err().expect("an error");
        assert_eq!(refused.kind(), Kind::Denied);
        let cure = refused.source().expect("a cause").to_string();
        assert!(
            cure.contains(&format!("chmod 600 {}", path.display())),
            "{cure}"
        );
        set_mode(&path, FILE_MODE);
        set_mode(directory.path(), 0o750);
        assert_eq!(kind(secret.read()), Kind::Denied);
        assert_eq!(
            kind(secret.write("v", &"{}".into(), &OwnClaims::default())),
            Kind::Denied
        );
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "no lock is left in a directory that is refused");
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let directory = directory();
        let target = put(&directory, "elsewhere", "{}");
        for link in ["acme.json", "other.lock"] {
            symlink(&target, directory.path().join(link)).unwrap();
        }
        assert_eq!(kind(secret(&directory, "acme").read()), Kind::Denied);
        put(&directory, "other.json", "{}");
        let other = secret(&directory, "other");
        let version = other.read().unwrap().version;
        assert_eq!(
            kind(other.write(&version, &"CHANGED".into(), &OwnClaims::default())),
            Kind::Denied
        );
        assert_eq!(fs::read_to_string(target).unwrap(), "{}");
    }

    #[test]
    fn what_is_not_there_is_not_found_and_not_made() {
        let directory = directory();
        let absent = secret(&directory, "acme");
        assert_eq!(kind(absent.read()), Kind::NotFound);
        assert_eq!(
            kind(absent.write("v", &"{}".into(), &OwnClaims::default())),
            Kind::NotFound
        );
        assert!(!directory.path().join("acme.json").exists());
        let nowhere = Secret {
            directory: directory.path().join("nowhere"),
            name: SecretName::parse("acme").unwrap(),
            bytes_max: SECRET_BYTES_MAX,
        };
        assert_eq!(kind(nowhere.read()), Kind::NotFound);
    }

    #[test]
    fn bytes_that_are_no_text_are_malformed() {
        let directory = directory();
        let path = put(&directory, "acme.json", "");
        fs::write(path, [0xff, b'C']).unwrap();
        assert_eq!(kind(secret(&directory, "acme").read()), Kind::Malformed);
    }

    #[test]
    fn what_a_writer_that_died_left_is_in_nobodys_way() {
        let directory = directory();
        put(&directory, "acme.json", "{}");
        put(&directory, "acme.next", "half a sec");
        let secret = secret(&directory, "acme");
        let version = secret.read().unwrap().version;
        secret
            .write(&version, &"{\"a\":1}".into(), &OwnClaims::default())
            .unwrap();
        assert_eq!(secret.read().unwrap().text.expose_secret(), "{\"a\":1}");
        assert!(!directory.path().join("acme.next").exists());
    }

    #[test]
    fn a_lock_is_not_waited_for_for_ever() {
        let directory = directory();
        let held = secret(&directory, "acme").lock().unwrap();
        let path = directory.path().join("acme.lock");
        let other = File::open(path).unwrap();
        let refused = lock_within(&other, Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        drop(held);
        lock_within(&other, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_file_of_the_limit_is_read_and_a_longer_is_not() {
        let directory = directory();
        let secret = secret(&directory, "acme");
        put(&directory, "acme.json", &"x".repeat(SECRET_BYTES_MAX));
        assert!(secret.read().is_ok());
        put(&directory, "acme.json", &"x".repeat(SECRET_BYTES_MAX + 1));
        assert_eq!(kind(secret.read()), Kind::Malformed);
        let longer = Secret {
            bytes_max: SECRET_BYTES_MAX + 1,
            ..secret
        };
        assert!(longer.read().is_ok());
    }

    #[test]
    fn a_text_of_the_limit_is_written_and_a_longer_is_not() {
        let directory = directory();
        let short = Secret {
            bytes_max: 7,
            ..secret(&directory, "acme")
        };
        assert_eq!(kind(short.create(&"12345678".into())), Kind::Malformed);
        let version = short.create(&"1234567".into()).unwrap();
        let own = OwnClaims::default();
        let longer = short.write(&version, &"12345678".into(), &own);
        assert_eq!(kind(longer), Kind::Malformed);
        assert_eq!(short.read().unwrap().version, version);
    }

    #[test]
    fn no_write_is_lost_among_many_writers() {
        // Each opens the files anew, as a process of its own would: the lock is
        // of the open file, not of the process (flock(2)).
        const WRITERS: usize = 4;
        const WRITES: usize = 50;
        let directory = directory();
        put(&directory, "acme.json", "0");
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    let secret = secret(&directory, "acme");
                    let mut written = 0;
                    while written < WRITES {
                        let snapshot = secret.read().unwrap();
                        let number: usize = snapshot.text.expose_secret().parse().unwrap();
                        match secret.write(
                            &snapshot.version,
                            &(number + 1).to_string().into(),
                            &OwnClaims::default(),
                        ) {
                            Ok(_) => written += 1,
                            Err(error) => assert_eq!(error.kind(), Kind::Conflict),
                        }
                    }
                });
            }
        });
        let text = secret(&directory, "acme").read().unwrap().text;
        assert_eq!(text.expose_secret(), (WRITERS * WRITES).to_string());
    }

    #[test]
    fn a_secret_is_made_once_and_listed() {
        let directory = directory();
        put(&directory, "no name.json", "");
        put(&directory, "%2e.json", "");
        let names: Vec<SecretName> = ["a.b/c", "acme"]
            .into_iter()
            .map(|name| {
                let made = secret(&directory, name);
                let version = made.create(&"{}".into()).unwrap();
                assert_eq!(made.read().unwrap().version, version);
                assert_eq!(kind(made.create(&"CHANGED".into())), Kind::Conflict);
                assert_eq!(made.read().unwrap().version, version);
                made.name
            })
            .collect();
        assert_eq!(list(directory.path(), "").unwrap(), names);
        assert_eq!(list(directory.path(), "ac").unwrap(), names[1..]);
        let nowhere = directory.path().join("nowhere");
        assert_eq!(list(&nowhere, "").unwrap(), []);
        assert!(!nowhere.exists());
    }

    #[test]
    fn a_write_ends_the_writers_claim_and_no_other() {
        let directory = directory();
        put(&directory, "acme.json", "{}");
        let (ours, theirs) = (OwnClaims::default(), OwnClaims::default());
        let acme = secret(&directory, "acme");
        assert_eq!(acme.claim("k", &ours).unwrap(), Claimed::Won);
        let version = acme.read().unwrap().version;
        let version = acme.write(&version, &"{\"a\":1}".into(), &theirs).unwrap();
        assert!(matches!(acme.claim("k", &theirs), Ok(Claimed::Held(_))));
        acme.write(&version, &"{\"a\":2}".into(), &ours).unwrap();
        assert_eq!(acme.claim("k", &theirs).unwrap(), Claimed::Won);
    }

    #[test]
    fn a_claims_key_stays_in_the_directory() {
        let directory = directory();
        put(&directory, "acme.json", "{}");
        let own = OwnClaims::default();
        let acme = secret(&directory, "acme");
        assert_eq!(acme.claim("../../x", &own).unwrap(), Claimed::Won);
        assert!(
            directory
                .path()
                .join("acme.%2E%2E%2F%2E%2E%2Fx.claim")
                .exists()
        );
    }

    #[test]
    fn many_claim_at_once_and_one_wins() {
        let directory = directory();
        put(&directory, "acme.json", "{}");
        let processes: Vec<OwnClaims> = (0..8).map(|_| OwnClaims::default()).collect();
        let won = std::thread::scope(|scope| {
            let claims = processes.iter().map(|own| {
                let acme = secret(&directory, "acme");
                scope.spawn(move || acme.claim("k", own).unwrap() == Claimed::Won)
            });
            let claims: Vec<_> = claims.collect();
            claims
                .into_iter()
                .map(|claim| usize::from(claim.join().unwrap()))
                .sum::<usize>()
        });
        assert_eq!(won, 1);
    }
}
