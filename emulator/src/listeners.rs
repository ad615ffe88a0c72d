//! Where the org listens.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};

/// How many ports are tried until one is free at both addresses of loopback, where the
/// system chooses. It chooses at random among thousands.
const PORTS_MAX: usize = 16;

/// Sockets that listen on one port.
pub(crate) struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Listens on this address, or on loopback: on 127.0.0.1, and on ::1 where the machine
    /// has IPv6. Clients take `localhost` for either. Port 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// When a port is taken at one of the addresses, or may not be used. A server of
    /// somebody else on ::1 would get what clients send to `localhost`.
    pub(crate) async fn bind(address: Option<IpAddr>, port: u16) -> io::Result<Self> {
        if let Some(address) = address {
            return Ok(Self(vec![TcpListener::bind((address, port)).await?]));
        }
        // Held until the end: what is free again might be chosen again.
        let mut taken = Vec::new();
        loop {
            let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let chosen = first.local_addr()?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, chosen)).await {
                Ok(second) => return Ok(Self(vec![first, second])),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    taken.push(first);
                    if port != 0 || taken.len() == PORTS_MAX {
                        return Err(error);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
                // Without IPv6 there is no such address, or no such family.
                Err(_) => return Ok(Self(vec![first])),
            }
        }
    }

    /// Where clients of this machine reach it.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        let first = self.0.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let mut address = first.local_addr()?;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
        Ok(address)
    }

    /// The next connection on any of them.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|context| {
            for listener in &self.0 {
                if let Poll::Ready(accepted) = listener.poll_accept(context) {
                    return Poll::Ready(accepted.map(|(stream, _)| stream));
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this machine has IPv6: where it has not, nothing of it can be tested.
    fn has_ipv6() -> bool {
        std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
    }

    async fn reaches(listeners: &Listeners, address: IpAddr) -> bool {
        let port = listeners.address().expect("an address").port();
        match TcpStream::connect((address, port)).await {
            Ok(_) => listeners.accept().await.is_ok(),
            Err(_) => false,
        }
    }

    #[tokio::test]
    async fn loopback_is_both_of_its_addresses() {
        let listeners = Listeners::bind(None, 0).await.expect("a port");
        assert!(reaches(&listeners, Ipv4Addr::LOCALHOST.into()).await);
        if has_ipv6() {
            assert!(reaches(&listeners, Ipv6Addr::LOCALHOST.into()).await);
        }
        let address = listeners.address().expect("an address");
        assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
    }

    #[tokio::test]
    async fn a_port_that_is_taken_at_one_of_them_is_refused() {
        if !has_ipv6() {
            return;
        }
        let taken = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let refused = Listeners::bind(None, port).await.err().expect("an error");
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn an_address_by_itself_is_the_only_one() {
        let listeners = Listeners::bind(Some(Ipv4Addr::LOCALHOST.into()), 0).await;
        let listeners = listeners.expect("a port");
        assert!(reaches(&listeners, Ipv4Addr::LOCALHOST.into()).await);
        assert!(!reaches(&listeners, Ipv6Addr::LOCALHOST.into()).await);
    }

    #[tokio::test]
    async fn every_address_is_told_as_one_that_can_be_connected_to() {
        let every = Some(Ipv4Addr::UNSPECIFIED.into());
        let listeners = Listeners::bind(every, 0).await.expect("a port");
        let address = listeners.address().expect("an address");
        assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
        assert!(reaches(&listeners, address.ip()).await);
    }
}
