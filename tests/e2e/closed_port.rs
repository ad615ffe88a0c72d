//! A port that nobody listens on.

use std::net::{Ipv4Addr, TcpListener};

use tokio::net::TcpSocket;

/// A port on 127.0.0.1 that was free a moment ago: it refuses connections, and a server
/// can be told to take it.
pub(crate) fn closed_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// A port on 127.0.0.1 that refuses connections for as long as this is kept: nobody else gets
/// it.
pub(crate) struct RefusingPort(TcpSocket);

impl RefusingPort {
    pub(crate) fn new() -> Self {
        // Bound, and not listened on.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self(socket)
    }

    pub(crate) fn number(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}
