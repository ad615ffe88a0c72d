//! Secrets as files of a directory.
//!
//! `DIR/<name>.json` is a secret, and the SHA-256 of its bytes is its version.
//! Writers take turns by a lock on a file beside it that is never renamed, and
//! replace the secret by renaming a whole new one over it: a reader, or a machine
//! that stops, sees the old text or the new.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::{Kind, SECRET_BYTES_MAX, SecretName, SecretStore, Snapshot, StoreError};

/// The longest file name, in bytes, that the usual file systems take.
const FILE_NAME_BYTES_MAX: usize = 255;

/// Only the owner.
const FILE_MODE: u32 = 0o600;

/// What group and others may do.
const FOREIGN_MODE: u32 = 0o077;

/// Secrets in a directory that belongs to this user alone.
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: PathBuf,
}

/// Why there is no default directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither XDG_STATE_HOME nor HOME is an absolute path: name a directory, as in `file:/var/lib/x`"
)]
pub struct FileStoreError;

impl FileStore {
    /// A store over `directory`, which must be this user's, with mode 0700.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
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

    /// Runs blocking work off the runtime's thread.
    fn blocking<T: Send + 'static>(
        &self,
        name: &SecretName,
        work: impl FnOnce(Secret) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let secret = Secret {
            directory: self.directory.clone(),
            name: name.clone(),
        };
        async move {
            tokio::task::spawn_blocking(move || work(secret))
                .await
                .unwrap_or_else(|error| {
                    Err(StoreError::new(Kind::Unavailable, "using a file").caused_by(error))
                })
        }
        .boxed()
    }
}

impl SecretStore for FileStore {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        self.blocking(name, |secret| secret.read())
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let version = version.to_owned();
        self.blocking(name, move |secret| secret.write(&version, &text))
    }
}

/// One secret's file.
struct Secret {
    directory: PathBuf,
    name: SecretName,
}

impl Secret {
    fn read(&self) -> Result<Snapshot, StoreError> {
        let path = self.path("json")?;
        self.check_directory()?;
        let text = read_file(&path).map_err(|error| self.failed("reading", &path, error))?;
        // Whoever may put a file beside it may replace it.
        let writable = rustix::fs::access(&self.directory, rustix::fs::Access::WRITE_OK).is_ok();
        Ok(Snapshot {
            version: version_of(&text),
            text: text.into(),
            writable,
        })
    }

    fn write(&self, version: &str, text: &SecretString) -> Result<String, StoreError> {
        let path = self.path("json")?;
        let _lock = self.lock()?;
        if self.read()?.version != version {
            return Err(StoreError::new(
                Kind::Conflict,
                format!("writing {}", path.display()),
            ));
        }
        let replaced = self.replace(&path, text.expose_secret().as_bytes());
        replaced.map_err(|error| self.failed("writing", &path, error))?;
        Ok(version_of(text.expose_secret()))
    }

    /// Held until it is dropped; a process that dies drops it.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.path("lock")?;
        self.check_directory()?;
        let locked = open(OpenOptions::new().write(true).create(true), &path)
            .and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| self.failed("locking", &path, error))
    }

    fn replace(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".sfbox-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(FILE_MODE))
            .tempfile_in(&self.directory)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        // The rename is only safe when the directory is.
        File::open(&self.directory)?.sync_all()
    }

    /// The file's path. Every byte of the name outside `[A-Za-z0-9_-]` is
    /// percent-encoded, so that it stays in the directory.
    fn path(&self, extension: &str) -> Result<PathBuf, StoreError> {
        let mut file = String::new();
        for byte in self.name.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
                file.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                _ = write!(file, "%{byte:02X}");
            }
        }
        file.push('.');
        file.push_str(extension);
        if file.len() > FILE_NAME_BYTES_MAX {
            let attempted = format!("using `{}`", self.name);
            return Err(StoreError::new(Kind::NotFound, attempted).answered(format!(
                "its file's name would have {} bytes, and {FILE_NAME_BYTES_MAX} is the most",
                file.len()
            )));
        }
        Ok(self.directory.join(file))
    }

    /// Others must neither read secrets nor put theirs in our way.
    fn check_directory(&self) -> Result<(), StoreError> {
        let path = &self.directory;
        let found = fs::metadata(path).map_err(|error| self.failed("reading", path, error))?;
        let foreign = found.uid() != rustix::process::getuid().as_raw();
        if foreign || found.mode() & FOREIGN_MODE != 0 {
            let attempted = format!("using {}", path.display());
            return Err(StoreError::new(Kind::Denied, attempted).answered(format!(
                "it is not this user's alone: `chown` it to uid {} and `chmod 700` it",
                rustix::process::getuid().as_raw()
            )));
        }
        Ok(())
    }

    fn failed(&self, doing: &str, path: &Path, error: io::Error) -> StoreError {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => Kind::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::Denied,
            _ if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) => {
                Kind::Denied
            }
            io::ErrorKind::InvalidData => Kind::Malformed,
            _ => Kind::Unavailable,
        };
        StoreError::new(kind, format!("{doing} {}", path.display())).caused_by(error)
    }
}

/// Opens a file of ours; a symbolic link is none.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits();
    options
        .mode(FILE_MODE)
        .custom_flags(no_follow.cast_signed())
        .open(path)
}

fn read_file(path: &Path) -> io::Result<String> {
    let file = open(OpenOptions::new().read(true), path)?;
    if file.metadata()?.mode() & FOREIGN_MODE != 0 {
        let advice = "it is not this user's alone: `chmod 600` it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, advice));
    }
    let mut text = String::new();
    let most = u64::try_from(SECRET_BYTES_MAX).unwrap_or(u64::MAX);
    file.take(most + 1).read_to_string(&mut text)?;
    if text.len() > SECRET_BYTES_MAX {
        let why = format!("it has more than {SECRET_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(text)
}

fn version_of(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use tempfile::TempDir;

    use super::*;

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
    fn a_secret_is_read_and_written_if_it_is_still_the_same() {
        let directory = directory();
        let path = put(&directory, "acme.json", "{}");
        let secret = secret(&directory, "acme");
        let version = secret.read().unwrap().version;
        let next = secret.write(&version, &"{\"a\":1}".into()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, FILE_MODE);
        assert_eq!(secret.read().unwrap().version, next);
        assert_eq!(kind(secret.write(&version, &"{}".into())), Kind::Conflict);
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
    fn what_others_can_read_is_refused() {
        let directory = directory();
        let path = put(&directory, "acme.json", "{}");
        let secret = secret(&directory, "acme");
        for mode in [0o640, 0o604, 0o620] {
            set_mode(&path, mode);
            assert_eq!(kind(secret.read()), Kind::Denied, "{mode:o}");
        }
        set_mode(&path, FILE_MODE);
        for mode in [0o750, 0o705, 0o720] {
            set_mode(directory.path(), mode);
            assert_eq!(kind(secret.read()), Kind::Denied, "{mode:o}");
        }
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let directory = directory();
        let target = put(&directory, "elsewhere", "{}");
        symlink(target, directory.path().join("acme.json")).unwrap();
        assert_eq!(kind(secret(&directory, "acme").read()), Kind::Denied);
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let directory = directory();
        assert_eq!(kind(secret(&directory, "acme").read()), Kind::NotFound);
        let nowhere = Secret {
            directory: directory.path().join("nowhere"),
            name: SecretName::parse("acme").unwrap(),
        };
        assert_eq!(kind(nowhere.read()), Kind::NotFound);
    }

    #[test]
    fn a_file_of_the_limit_is_read_and_a_longer_is_not() {
        let directory = directory();
        let secret = secret(&directory, "acme");
        put(&directory, "acme.json", &"x".repeat(SECRET_BYTES_MAX));
        assert!(secret.read().is_ok());
        put(&directory, "acme.json", &"x".repeat(SECRET_BYTES_MAX + 1));
        assert_eq!(kind(secret.read()), Kind::Malformed);
    }

    #[test]
    fn no_write_is_lost_among_many_writers() {
        const WRITERS: usize = 4;
        const WRITES: usize = 25;
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
                        match secret.write(&snapshot.version, &(number + 1).to_string().into()) {
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
}
