//! What clients of other languages are sent, byte by byte: it stands between them and a door,
//! and passes on what each says as it is.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use sfbox_certificate::Authority;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::door::Door;
use crate::door::connection::Connector;
use crate::raw_org::Protocol;

/// What a client was sent on one connection.
type Seen = Arc<Mutex<Vec<u8>>>;

/// A running recorder; it ends when it is dropped.
pub(super) struct Recorder {
    address: SocketAddr,
    folder: TempDir,
    connections: Arc<Mutex<Vec<Seen>>>,
    _runtime: Runtime,
}

impl Recorder {
    pub(super) fn start(door: &Door) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("recorder").unwrap();
        fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let days = ((2020, 1, 1), (2120, 1, 1));
        let certified = authority.certify("localhost", ["localhost".to_owned()], days);
        // What the bytes of HTTP/2 say is not seen without its tables of headers.
        let config = certified.unwrap().server(&[b"http/1.1"]).unwrap();
        let acceptor = TlsAcceptor::from(config);
        let door = Connector::to(door, Protocol::Http1);
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        let connections: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let all = Arc::clone(&connections);
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let seen = Seen::default();
                all.lock().unwrap().push(Arc::clone(&seen));
                let (acceptor, door) = (acceptor.clone(), door.clone());
                // A connection that breaks is its client's to notice.
                tokio::spawn(async move { _ = pass_on(client, &acceptor, &door, &seen).await });
            }
        });
        Self {
            address,
            folder,
            connections,
            _runtime: runtime,
        }
    }

    /// What its clients are to trust.
    pub(super) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What its clients take for their instance.
    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// What was sent on each connection.
    pub(super) fn seen(&self) -> Vec<Vec<u8>> {
        let connections = self.connections.lock().unwrap();
        let seen = connections.iter().map(|seen| seen.lock().unwrap().clone());
        seen.collect()
    }
}

async fn pass_on(
    client: TcpStream,
    acceptor: &TlsAcceptor,
    door: &Connector,
    seen: &Seen,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut from_client, mut to_client) = split(acceptor.accept(client).await?);
    let (mut from_door, mut to_door) = split(door.stream().await?);
    let up = async {
        copy(&mut from_client, &mut to_door).await?;
        to_door.shutdown().await
    };
    let down = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let bytes = from_door.read(&mut buffer).await?;
            if bytes == 0 {
                return to_client.shutdown().await;
            }
            seen.lock().unwrap().extend_from_slice(&buffer[..bytes]);
            to_client.write_all(&buffer[..bytes]).await?;
        }
    };
    tokio::select! {
        ended = up => ended,
        ended = down => ended,
    }
}
