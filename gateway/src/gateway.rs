//! A door that is open.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::access::AccessLog;
use crate::admin;
use crate::door::Door;
use crate::entry::Entry;
use crate::key_file::{KeyFile, KeyFileError};
use crate::key_ring::KeyRing;
use crate::keys_watch::{KeysWatch, take};
use crate::limits;
use crate::listen::{ListenError, Listener};
use crate::server::{Patience, Server};
use crate::threads::Threads;
use crate::tls::{CertificateError, Shown, TlsSource};
use crate::upkeep;
use crate::upstream::Orgs;

/// How long the last lines of the access log may take at the end.
pub const LOG_WAIT: Duration = Duration::from_secs(1);

/// What an operator decides about a door.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens for TCP.
    pub listen: Option<SocketAddr>,
    /// Where it listens in the file system: plain HTTP, for its owner.
    pub unix: Option<PathBuf>,
    /// The certificate that it shows on TCP.
    pub tls: TlsSource,
    /// What it is called, besides the names of its certificate or of this machine.
    pub hosts: Vec<String>,
    /// Where operators ask for its health.
    pub admin: Option<SocketAddr>,
    /// How long an org may take for the beginning of an answer, and for each part of it. Nothing
    /// is cut before.
    pub timeout: Duration,
    /// How long requests may go on after it was told to stop.
    pub grace: Duration,
    /// The threads that serve connections, best those that run their calls; the runtime
    /// where the door is opened, if there are none.
    pub threads: Vec<Handle>,
}

/// Which keys open a door.
pub enum Keys {
    /// Those of a file, which is read again when it changes.
    File(KeyFile),
    /// One, for as long as the door is open.
    One(Box<Entry>),
}

/// The door cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Where it listens.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Its keys.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// It would listen nowhere.
    #[error("the door needs an address or a socket to listen on")]
    Nowhere,
}

/// An open door. Dropped, it is closed at once.
pub struct Gateway {
    server: Arc<Server>,
    settings: Settings,
    listening: JoinSet<()>,
    others: Vec<JoinHandle<()>>,
    address: Option<SocketAddr>,
    admin: Option<SocketAddr>,
    ca_file: Option<PathBuf>,
}

impl Gateway {
    /// Opens a door to these orgs.
    ///
    /// # Errors
    ///
    /// When its certificate, its keys or its addresses cannot be used.
    pub async fn start(
        settings: Settings,
        keys: Keys,
        orgs: Arc<dyn Orgs>,
        log: AccessLog,
    ) -> Result<Self, StartError> {
        let Shown {
            config,
            names,
            ca_file,
        } = settings.tls.open(&settings.hosts).await?;
        let mut listeners = Vec::new();
        if let Some(address) = settings.listen {
            listeners.push(Listener::tcp(address, config.is_none()).await?);
        }
        if let Some(path) = &settings.unix {
            listeners.push(Listener::unix(path).await?);
        }
        let address = listeners.iter().find_map(Listener::address);
        if listeners.is_empty() {
            return Err(StartError::Nowhere);
        }
        let admin_listener = match settings.admin {
            // Whether that is reached from elsewhere is its operator's word: it tells no secret.
            Some(address) => Some(Listener::tcp(address, false).await?),
            None => None,
        };
        let file = match &keys {
            Keys::File(file) => Some(file.clone()),
            Keys::One(_) => None,
        };
        let door = Arc::new(Door::new(KeyRing::new(orgs), file, names, log));
        let mut others = Vec::new();
        match keys {
            Keys::File(file) => {
                let watch = KeysWatch::begin(Arc::clone(&door), file).await?;
                others.push(tokio::spawn(watch.run()));
            }
            Keys::One(entry) => take(&door, vec![*entry]),
        }
        others.push(tokio::spawn(upkeep::run(
            Arc::clone(&door),
            limits::still(settings.timeout),
        )));
        let stop = CancellationToken::new();
        let admin = admin_listener.as_ref().and_then(Listener::address);
        if let Some(listener) = admin_listener {
            let served = admin::serve(Arc::clone(&door), listener, stop.clone());
            others.push(tokio::spawn(served));
        }
        let server = Arc::new(Server {
            door,
            tls: RwLock::new(config),
            patience: Patience::with(settings.timeout),
            stop,
            grace: settings.grace,
            threads: Threads::new(settings.threads.clone(), Handle::current()),
        });
        let mut listening = JoinSet::new();
        for listener in listeners {
            listening.spawn(Arc::clone(&server).run(listener));
        }
        Ok(Self {
            server,
            settings,
            listening,
            others,
            address,
            admin,
            ca_file,
        })
    }

    /// Where it listens for TCP.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where operators ask.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// The file that clients are to trust, if it is one of ours.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// The URL at which clients of this machine reach it.
    pub fn url(&self) -> Option<String> {
        let address = self.address?;
        let scheme = match self.settings.tls {
            TlsSource::Plain => "http",
            TlsSource::Files { .. } | TlsSource::Own { .. } => "https",
        };
        let names = &self.server.door.names;
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        let host = names.in_url(&self.settings.hosts, address.ip());
        Some(format!("{scheme}://{host}:{}", address.port()))
    }

    /// How many keys open it now.
    pub fn keys(&self) -> usize {
        self.server.door.keys()
    }

    /// Reads the certificate again, or makes a new one: for connections from now on. Keys
    /// are read again by themselves.
    ///
    /// # Errors
    ///
    /// When it cannot be used: then the one from before stays.
    pub async fn reload(&self) -> Result<(), CertificateError> {
        let Shown { config, names, .. } = self.settings.tls.open(&self.settings.hosts).await?;
        *self
            .server
            .tls
            .write()
            .unwrap_or_else(PoisonError::into_inner) = config;
        *self
            .server
            .door
            .names
            .write()
            .unwrap_or_else(PoisonError::into_inner) = names;
        Ok(())
    }

    /// Takes no more requests, and waits for those that are under way to the last byte of
    /// their answers, within the bound, and until their lines are written.
    pub async fn stop(mut self) {
        self.server.stop.cancel();
        while self.listening.join_next().await.is_some() {}
        self.server.door.log.written(LOG_WAIT).await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.stop.cancel();
        for other in &self.others {
            other.abort();
        }
    }
}
