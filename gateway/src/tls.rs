//! The certificate that the door shows: one that was given, or one of an authority of its own,
//! which clients trust by a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret as _;
use sfbox::secret_store::{FileStore, Kind, SecretName, SecretStore as _, StoreError};
use sfbox_certificate::{Authority, Day, TlsError, server};

use crate::authority::Names;

/// Both versions of HTTP.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The name of the authority. It differs from that of what it vouches for: OpenSSL takes a
/// certificate for self-signed whose two names are the same.
const AUTHORITY: &str = "sfbox serve CA";

/// The name of a door.
const DOOR: &str = "sfbox serve";

/// The file of its key, without the ending: a secret of the folder like the keys of clients.
const AUTHORITY_KEY: &str = "authority";

/// What clients are given to trust.
const CA_FILE: &str = "ca.pem";

/// For how long a certificate of our own is valid. A door makes a new one at each start and
/// reload; clients of Apple's take none that is longer (Apple Support, HT210176).
const DAYS: i64 = 825;

/// Which certificate the door shows.
#[derive(Clone, Debug)]
pub enum TlsSource {
    /// That of these PEM files: the chain with the door's own first, and its key.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// One of an authority whose key is kept in this folder. Clients trust `ca.pem` there.
    Own {
        /// The folder.
        folder: PathBuf,
    },
    /// None: the door speaks plain HTTP.
    Plain,
}

/// The door has no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or is no PEM file of its kind.
    #[error("{} cannot be used", .0.display())]
    File(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// A file has no certificate in it.
    #[error("{} has no certificate", .0.display())]
    Empty(PathBuf),
    /// A file cannot be written.
    #[error("{} cannot be written", .0.display())]
    Unwritten(PathBuf, #[source] io::Error),
    /// The key of the authority cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be made, or served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Something that cannot be a name is one of the door's.
    #[error("`{0}` cannot be a name of this door: expected a host name or an address")]
    Name(String),
}

/// What a door shows, and what it is called.
pub(crate) struct Shown {
    /// Absent for plain HTTP.
    pub(crate) config: Option<Arc<ServerConfig>>,
    pub(crate) names: Names,
    /// What clients are to trust, where that is a file of ours.
    pub(crate) ca_file: Option<PathBuf>,
}

impl TlsSource {
    /// Reads or makes the certificate. `hosts`: what the door is called besides the names
    /// that it has anyway.
    pub(crate) async fn open(&self, hosts: &[String]) -> Result<Shown, CertificateError> {
        match self {
            Self::Plain => Ok(Shown {
                config: None,
                names: Names::of_this_machine(hosts).map_err(CertificateError::Name)?,
                ca_file: None,
            }),
            Self::Files { certificate, key } => files(certificate, key, hosts),
            Self::Own { folder } => own(folder, hosts).await,
        }
    }
}

fn files(certificate: &Path, key: &Path, hosts: &[String]) -> Result<Shown, CertificateError> {
    let unusable = |file: &Path| {
        let file = file.to_owned();
        move |error| CertificateError::File(file, error)
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(unusable(certificate))?;
    let own = chain.first().cloned();
    let own = own.ok_or_else(|| CertificateError::Empty(certificate.to_owned()))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unusable(key))?;
    Ok(Shown {
        config: Some(server(chain, key, &PROTOCOLS)?),
        names: Names::of_certificate(own, hosts).map_err(CertificateError::Name)?,
        ca_file: None,
    })
}

async fn own(folder: &Path, hosts: &[String]) -> Result<Shown, CertificateError> {
    let names = Names::of_this_machine(hosts).map_err(CertificateError::Name)?;
    let (authority, is_new) = authority(folder).await?;
    let ca_file = folder.join(CA_FILE);
    if is_new || !ca_file.exists() {
        write(&ca_file, &authority.pem())
            .map_err(|error| CertificateError::Unwritten(ca_file.clone(), error))?;
    }
    let certified = authority.certify(DOOR, names.bare(), days(Timestamp::now()))?;
    Ok(Shown {
        config: Some(certified.server(&PROTOCOLS)?),
        names,
        ca_file: Some(ca_file),
    })
}

/// The authority of a folder, and whether it was made now. Of two doors that start at once
/// one makes it.
async fn authority(folder: &Path) -> Result<(Authority, bool), CertificateError> {
    let store = FileStore::new(folder);
    let name = SecretName::parse(AUTHORITY_KEY)
        .map_err(|_| StoreError::new(Kind::Malformed, "naming the authority's key"))?;
    loop {
        match store.read(&name).await {
            Ok(kept) => {
                let key = Authority::from_key_pem(AUTHORITY, kept.text.expose_secret())?;
                return Ok((key, false));
            }
            Err(error) if error.kind() == Kind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let authority = Authority::new(AUTHORITY)?;
        match store.create(&name, authority.key_pem().into()).await {
            Ok(_) => return Ok((authority, true)),
            Err(error) if error.kind() == Kind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// From yesterday, for clocks that are behind.
fn days(now: Timestamp) -> (Day, Day) {
    let today = TimeZone::UTC.to_datetime(now).date();
    let after = |days: i64| today.saturating_add(Span::new().days(days));
    (day(after(-1)), day(after(DAYS - 2)))
}

fn day(date: Date) -> Day {
    let number = |number: i8| u8::try_from(number).unwrap_or(1);
    (date.year().into(), number(date.month()), number(date.day()))
}

/// Puts a whole file, for its owner alone, in the place of what has that name.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn an_authority_is_made_once_and_its_key_is_its_owners_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("door");
        let source = TlsSource::Own {
            folder: folder.clone(),
        };
        let first = source.open(&[]).await.unwrap();
        assert_eq!(first.ca_file, Some(folder.join("ca.pem")));
        let config = first.config.unwrap();
        assert_eq!(
            config.alpn_protocols,
            [b"h2".to_vec(), b"http/1.1".to_vec()]
        );
        let ca = fs::read_to_string(folder.join("ca.pem")).unwrap();
        let key = fs::read_to_string(folder.join("authority.json")).unwrap();
        let mode = fs::metadata(folder.join("authority.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        source.open(&["door.example".to_owned()]).await.unwrap();
        assert_eq!(fs::read_to_string(folder.join("ca.pem")).unwrap(), ca);
        assert_eq!(
            fs::read_to_string(folder.join("authority.json")).unwrap(),
            key
        );
    }

    #[tokio::test]
    async fn a_certificate_of_files_has_its_own_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let source = TlsSource::Files {
            certificate: path("chain.pem"),
            key: path("key.pem"),
        };
        assert!(matches!(
            source.open(&[]).await,
            Err(CertificateError::File(..))
        ));
        let authority = Authority::new("test").unwrap();
        // An authority has no names of its own: enough for a file that can be read.
        fs::write(path("chain.pem"), authority.pem()).unwrap();
        fs::write(path("key.pem"), authority.key_pem()).unwrap();
        let shown = source.open(&["door.example".to_owned()]).await.unwrap();
        assert_eq!(shown.names.bare(), ["door.example"]);
        assert!(shown.config.is_some() && shown.ca_file.is_none());
        fs::write(path("chain.pem"), "").unwrap();
        assert!(matches!(
            source.open(&[]).await,
            Err(CertificateError::Empty(_))
        ));
    }

    #[tokio::test]
    async fn what_is_no_name_is_refused() {
        let refused = TlsSource::Plain.open(&["a b".to_owned()]).await;
        assert!(matches!(refused, Err(CertificateError::Name(name)) if name == "a b"));
    }

    #[test]
    fn a_certificate_begins_yesterday_and_is_not_too_long() {
        let now = "2026-03-01T00:30:00Z".parse().unwrap();
        assert_eq!(days(now), ((2026, 2, 28), (2028, 6, 1)));
    }
}
