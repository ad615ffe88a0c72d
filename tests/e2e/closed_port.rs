//! A port that nobody listens on.

use std::net::TcpListener;

/// A port on 127.0.0.1 that was free a moment ago: it refuses connections, and a server
/// can be told to take it.
pub(crate) fn closed_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}
