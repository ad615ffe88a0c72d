//! From a name to a TCP connection: DNS, the judgement on addresses, the first that
//! answers.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::blocked_networks::is_blocked;
use super::connect_error::ConnectError;
use super::stream;

/// How long one address may take while there is another to try.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, ConnectError>> + Send>>;

/// A connection that notices a dead peer.
pub(super) fn prepared(stream: TcpStream) -> Result<TokioIo<TcpStream>, ConnectError> {
    stream::prepare(&stream).map_err(|why| tcp(&stream, why))?;
    Ok(TokioIo::new(stream))
}

fn tcp(stream: &TcpStream, why: io::Error) -> ConnectError {
    let address = stream
        .peer_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
    ConnectError::Tcp { address, why }
}

pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    let addresses = tokio::net::lookup_host((host, port))
        .await
        .map_err(ConnectError::Dns)?;
    Ok(addresses.collect())
}

/// The addresses that may be dialled, in DNS's order. One prohibited address
/// among them is left out; if no other is there, it is the reason.
pub(super) fn permitted(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, ConnectError> {
    let (blocked, permitted): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| is_blocked(address.ip()));
    match blocked.first() {
        Some(address) if permitted.is_empty() => Err(ConnectError::Prohibited(address.ip())),
        _ => Ok(permitted),
    }
}

/// The first that answers.
pub(super) async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::Dns(io::Error::from(io::ErrorKind::NotFound));
    for &address in addresses {
        let connecting = tokio::time::timeout(ADDRESS_TIMEOUT, TcpStream::connect(address));
        match connecting.await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(why)) => last = ConnectError::Tcp { address, why },
            Err(_) => {
                let why = io::Error::from(io::ErrorKind::TimedOut);
                last = ConnectError::Tcp { address, why };
            }
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts
            .iter()
            .map(|text| SocketAddr::new(text.parse().unwrap(), 443))
            .collect()
    }

    #[test]
    fn a_name_that_resolves_to_a_private_address_is_denied() {
        for private in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
            let judged = permitted(addresses(&[private]));
            assert!(
                matches!(judged, Err(ConnectError::Prohibited(_))),
                "{private}"
            );
        }
    }

    #[test]
    fn only_public_addresses_are_dialled() {
        let judged = permitted(addresses(&[
            "10.0.0.1",
            "1.1.1.1",
            "::1",
            "2606:4700::1111",
        ]));
        assert_eq!(judged.unwrap(), addresses(&["1.1.1.1", "2606:4700::1111"]));
    }
}
