//! Why there is no connection.

use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::StatusCode;

use super::connect_to::Endpoint;
use super::proxy::Proxy;

/// How long a connection may take in all: DNS, a proxy and TLS included.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the name cannot be resolved")]
    Dns(#[source] io::Error),
    #[error("the name resolves to {0}, which is not a public address")]
    Prohibited(IpAddr),
    #[error("no connection to {address}")]
    Tcp {
        address: SocketAddr,
        #[source]
        why: io::Error,
    },
    #[error("TLS failed")]
    Tls(#[source] Box<dyn StdError + Send + Sync>),
    #[error("connecting took longer than {} s", CONNECT_TIMEOUT.as_secs())]
    Timeout,
    #[error("the proxy {proxy} {why}")]
    Proxy {
        proxy: Endpoint,
        #[source]
        why: TunnelError,
    },
    /// Nobody is told: another connection was free before.
    #[error("the call went out on another connection")]
    NotNeeded,
}

impl ConnectError {
    /// The same, of a connection through a proxy: what else would be unclear names it.
    pub(super) fn through(self, proxy: &Proxy) -> Self {
        let why = match self {
            Self::Tls(why) => TunnelError::Tls(why),
            Self::Timeout => TunnelError::Late,
            other => return other,
        };
        let proxy = proxy.endpoint().clone();
        Self::Proxy { proxy, why }
    }
}

/// Why a proxy is no way to the org's host. The sentence begins with the proxy.
#[derive(Debug, thiserror::Error)]
pub(super) enum TunnelError {
    #[error("cannot be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    #[error("asks for a user and a password (407): set its URL to http://USER:PASSWORD@HOST:PORT")]
    Unauthenticated,
    #[error("does not accept the user and the password of its URL (407)")]
    WrongCredentials,
    #[error("refused CONNECT {target} with {status}")]
    Refused { target: String, status: StatusCode },
    #[error("answered CONNECT with something that is not HTTP")]
    Unreadable(#[source] hyper::Error),
    #[error("sent unexpected data after its answer to CONNECT")]
    Early,
    #[error("opened a tunnel, but TLS through it failed")]
    Tls(#[source] Box<dyn StdError + Send + Sync>),
    #[error("gave no connection within {} s", CONNECT_TIMEOUT.as_secs())]
    Late,
}
