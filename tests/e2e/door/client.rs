//! A client by hand: a socket with TLS, and the bytes of HTTP/1.1, so that it can stop
//! reading where no library lets it.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use socket2::{Domain, Socket, Type};

use super::Door;

/// How long a client waits for the next bytes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What reaches a door of a network: packets as long as those of an Ethernet, and not the
/// 64 KiB of the loopback interface, of which the kernel would hold ten for each connection.
const SEGMENT_BYTES: u32 = 1_400;

/// Bytes that the kernel takes for a client which does not read: the least that it allows.
const RECEIVE_BYTES: usize = 4 << 10;

/// What clients of a door need to connect.
pub(super) struct Connector {
    config: Arc<ClientConfig>,
    address: SocketAddr,
}

/// A connection to a door.
pub(super) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    /// What has come and was not asked for yet.
    read: Vec<u8>,
}

impl Connector {
    pub(super) fn new(door: &Door) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = fs::read(door.ca()).unwrap();
        roots
            .add(CertificateDer::from_pem_slice(&ca).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let port = door.url().rsplit(':').next().unwrap().parse().unwrap();
        Self {
            config: Arc::new(config),
            address: (Ipv4Addr::LOCALHOST, port).into(),
        }
    }

    /// A connection of a client that reads.
    pub(super) fn connect(&self) -> Client {
        self.secured(TcpStream::connect(self.address).unwrap())
    }

    /// A connection of which the kernel reads ahead next to nothing.
    pub(super) fn connect_slow(&self) -> Client {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(RECEIVE_BYTES).unwrap();
        socket.set_tcp_mss(SEGMENT_BYTES).unwrap();
        socket.connect(&self.address.into()).unwrap();
        self.secured(socket.into())
    }

    fn secured(&self, stream: TcpStream) -> Client {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        Client {
            stream: StreamOwned::new(connection, stream),
            read: Vec::new(),
        }
    }
}

impl Client {
    /// Sends the head of a request with a key, and with these further lines.
    pub(super) fn ask(&mut self, method: &str, path: &str, key: &str, lines: &str) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n{lines}\r\n"
        );
        self.send(head.as_bytes());
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
        self.stream.flush().unwrap();
    }

    /// The head of the next answer.
    pub(super) fn head(&mut self) -> String {
        let end = loop {
            let mut parts = self.read.windows(4);
            if let Some(end) = parts.position(|part| part == b"\r\n\r\n") {
                break end + 4;
            }
            let mut buffer = [0; 1 << 10];
            let bytes = self.stream.read(&mut buffer).unwrap();
            assert_ne!(bytes, 0, "the door has hung up");
            self.read.extend_from_slice(&buffer[..bytes]);
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        String::from_utf8(head).unwrap()
    }

    /// Reads so many bytes of a body, and forgets them.
    pub(super) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let mut left = bytes - self.read.drain(..).len() as u64;
        let mut buffer = vec![0; 256 << 10];
        while left > 0 {
            let most = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            match self.stream.read(&mut buffer[..most])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                bytes => left -= bytes as u64,
            }
        }
        Ok(())
    }
}
