//! A running org.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;

use crate::control::Control;
use crate::credentials::Credentials;
use crate::org::Org;

/// An org on loopback, served by tasks of the runtime that started it.
///
/// Dropping it stops it: it accepts nothing more, requests in flight get one
/// second, then every connection is closed. [`stop`](Self::stop) also waits for
/// that.
pub struct Emulator {
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: Option<String>,
    pub(crate) org: Arc<Org>,
    /// Dropped to stop the server.
    pub(crate) running: watch::Sender<()>,
    /// Its sender is dropped when the server has stopped.
    pub(crate) ended: watch::Receiver<()>,
}

impl Emulator {
    /// Where it listens: 127.0.0.1, unless [`listen`](crate::Builder::listen) said
    /// otherwise, and a port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its My Domain host, such as `acme.my.salesforce.com`. Clients that are led from
    /// there to [`address`](Self::address) see what they would see at Salesforce.
    pub fn host(&self) -> &str {
        &self.org.names.host
    }

    /// The URL of its My Domain, such as `https://acme.my.salesforce.com`, or its
    /// [`public_url`](crate::Builder::public_url).
    pub fn url(&self) -> String {
        self.org.names.own_url()
    }

    /// The URL at which every client on this machine reaches it, without being led there,
    /// such as `https://localhost:8443`.
    pub fn local_url(&self) -> String {
        let scheme = self.org.names.scheme;
        if self.address.ip() == Ipv4Addr::LOCALHOST {
            format!("{scheme}://localhost:{}", self.address.port())
        } else {
            format!("{scheme}://{}", self.address)
        }
    }

    /// The PEM of the authority that vouches for its certificate; `None`
    /// without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// What a client needs to log in.
    pub fn credentials(&self) -> &Credentials {
        &self.org.credentials
    }

    /// A handle to what `/__emulator/` offers.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.org))
    }

    /// Waits until the server has stopped by itself, which it does only when
    /// its runtime ends: for running one in the foreground.
    pub async fn stopped(&self) {
        // An error is what it waits for: the sender is gone.
        let _ = self.ended.clone().changed().await;
    }

    /// Stops it and waits until its last connection is closed.
    pub async fn stop(self) {
        let Self {
            running, mut ended, ..
        } = self;
        drop(running);
        let _ = ended.changed().await;
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.address)
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}
