//! An org by hand: sockets, TLS, and the bytes of HTTP/1.1 or HTTP/2 as they are written,
//! so that it can do what no server's library lets it do.

pub(crate) mod cut;
pub(crate) mod http1;
pub(crate) mod http2;
mod tls;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use sfbox::secret_store::FileStore;
use sfbox::{Builder, Runtime};
use tempfile::TempDir;

use crate::org::{CONSUMER_SECRET, NAME, set_mode};
use crate::sfbox::command;

/// The host of the org.
const HOST: &str = "acme.my.salesforce.com";

/// A recognisable token, which must never be seen.
pub(crate) const TOKEN: &str = "00D000000000001!AQCANARY-token-93e1";

/// A page with one row.
pub(crate) const PAGE: &str = r#"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"/services/data/v66.0/sobjects/Account/001000000000001AAA"},"Id":"001000000000001AAA"}]}"#;

/// How often a connection looks whether something has changed.
const TICK: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// What a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Login,
    Page,
}

/// A request that has been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) asked: Asked,
    /// HTTP/2's stream.
    pub(crate) stream: u32,
    /// How many of its kind came before.
    pub(crate) number: usize,
    /// How many connections were accepted before this one.
    pub(crate) connection: usize,
}

/// What an org does with a request. An error closes the connection.
pub(crate) type Script = dyn Fn(&mut Wire, &Request) -> io::Result<()> + Send + Sync;

/// What all connections share.
pub(crate) struct Shared {
    script: Box<Script>,
    protocol: Protocol,
    connections: AtomicUsize,
    logins: AtomicUsize,
    pages: AtomicUsize,
    /// The most streams of HTTP/2 that one connection had open at once.
    most_open: AtomicUsize,
    /// The heads of HTTP/1.1's requests, in their order.
    heads: Mutex<Vec<String>>,
    /// Connections with a lower number say nothing any more.
    silent_below: AtomicUsize,
    released: AtomicBool,
    stopped: AtomicBool,
}

/// A running org, and a directory with its secret and its certificate authority.
pub(crate) struct RawOrg {
    address: SocketAddr,
    directory: TempDir,
    shared: Arc<Shared>,
}

impl RawOrg {
    pub(crate) fn start(
        protocol: Protocol,
        script: impl Fn(&mut Wire, &Request) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (config, ca_pem) = tls::server(HOST, protocol);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let directory = tempfile::tempdir().expect("a directory");
        let org = Self {
            address: listener.local_addr().expect("an address"),
            directory,
            shared: Arc::new(Shared {
                script: Box::new(script),
                protocol,
                connections: AtomicUsize::new(0),
                logins: AtomicUsize::new(0),
                pages: AtomicUsize::new(0),
                most_open: AtomicUsize::new(0),
                heads: Mutex::default(),
                silent_below: AtomicUsize::new(0),
                released: AtomicBool::new(false),
                stopped: AtomicBool::new(false),
            }),
        };
        set_mode(org.directory.path(), 0o700);
        fs::write(org.path("ca.pem"), ca_pem).expect("written");
        org.put_secret(false);
        let shared = Arc::clone(&org.shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                if shared.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, config) = (Arc::clone(&shared), Arc::clone(&config));
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    if let Ok(connection) = ServerConnection::new(config) {
                        // A client that hangs up is no failure.
                        _ = Wire::serve(connection, stream, &shared, number);
                    }
                });
            }
        });
        org
    }

    /// Puts the credentials into the store, and perhaps a session.
    pub(crate) fn put_secret(&self, with_session: bool) {
        let mut secret = serde_json::json!({
            "Domain": "acme.my", "ConsumerKey": "key", "ConsumerSecret": CONSUMER_SECRET,
        });
        if with_session {
            secret["SessionId"] = TOKEN.into();
            secret["Instance"] = HOST.into();
        }
        fs::write(self.path("acme.json"), secret.to_string()).expect("written");
        set_mode(&self.path("acme.json"), 0o600);
    }

    /// The token in the store.
    pub(crate) fn stored_token(&self) -> Option<String> {
        let text = fs::read_to_string(self.path("acme.json")).expect("a secret");
        let secret: serde_json::Value = serde_json::from_str(&text).expect("an object");
        secret["SessionId"].as_str().map(str::to_owned)
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn connect_to(&self) -> String {
        format!("{HOST}:443:{}", self.address)
    }

    /// The binary, for this org.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        let store = format!("file:{}", self.directory.path().display());
        command
            .args(["--org", NAME, "--store", &store])
            .args(["--connect-to", &self.connect_to(), "--cacert"])
            .arg(self.path("ca.pem"))
            .args(arguments);
        command
    }

    /// The library, for this org.
    pub(crate) fn library(&self) -> sfbox::Org {
        let runtime = self.builder().build().expect("a runtime");
        runtime.org(NAME).expect("the org")
    }

    /// The library's builder, for this org and no other.
    pub(crate) fn builder(&self) -> Builder {
        Runtime::builder()
            .store(FileStore::new(self.directory.path()))
            .org(NAME)
            .workers(std::num::NonZeroUsize::MIN)
            .connect_to(self.connect_to().parse().expect("an entry"))
            .extra_ca(fs::read(self.path("ca.pem")).expect("a certificate"))
    }

    /// The heads of HTTP/1.1's requests, in their order.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().expect("heads").clone()
    }

    /// All connections that are open say nothing any more. What comes in is read.
    pub(crate) fn fall_silent(&self) {
        let connections = self.shared.connections.load(Ordering::SeqCst);
        self.shared
            .silent_below
            .store(connections, Ordering::SeqCst);
    }

    /// Lets go what waits for it.
    pub(crate) fn release(&self) {
        self.shared.released.store(true, Ordering::SeqCst);
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn most_open_streams(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    pub(crate) fn logins(&self) -> usize {
        self.shared.logins.load(Ordering::SeqCst)
    }

    pub(crate) fn pages(&self) -> usize {
        self.shared.pages.load(Ordering::SeqCst)
    }
}

impl Drop for RawOrg {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // The listener wakes up, and ends.
        _ = TcpStream::connect(self.address);
    }
}

/// A connection.
pub(crate) struct Wire {
    stream: StreamOwned<ServerConnection, TcpStream>,
    shared: Arc<Shared>,
    pub(crate) number: usize,
    input: Vec<u8>,
    pub(crate) http2: http2::State,
    /// Requests that are answered later.
    pub(crate) held: Vec<Request>,
}

impl Wire {
    fn serve(
        connection: ServerConnection,
        stream: TcpStream,
        shared: &Arc<Shared>,
        number: usize,
    ) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        let mut wire = Self {
            stream: StreamOwned::new(connection, stream),
            shared: Arc::clone(shared),
            number,
            input: Vec::new(),
            http2: http2::State::default(),
            held: Vec::new(),
        };
        match shared.protocol {
            Protocol::Http1 => http1::serve(&mut wire),
            Protocol::Http2 => http2::serve(&mut wire),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.shared.protocol
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// A good answer with this body.
    pub(crate) fn answer(&mut self, request: &Request, body: &[u8]) -> io::Result<()> {
        self.answer_with(request, 200, &[("content-type", "application/json")], body)
    }

    pub(crate) fn answer_with(
        &mut self,
        request: &Request,
        status: u16,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<()> {
        match self.protocol() {
            Protocol::Http1 => self.send(&http1::answer(status, headers, body)),
            Protocol::Http2 => http2::answer(self, request.stream, status, headers, body),
        }
    }

    /// What a good org answers.
    pub(crate) fn answer_well(&mut self, request: &Request) -> io::Result<()> {
        match request.asked {
            Asked::Login => self.answer(request, grant().as_bytes()),
            Asked::Page => self.answer(request, PAGE.as_bytes()),
        }
    }

    /// What has come of an upload since, which may be nothing yet.
    pub(crate) fn upload_part(&mut self) -> io::Result<Vec<u8>> {
        if self.input.is_empty() {
            self.read_more()?;
        }
        Ok(std::mem::take(&mut self.input))
    }

    /// Reads what comes and says nothing, until the client hangs up.
    pub(crate) fn say_nothing(&mut self) -> io::Result<()> {
        loop {
            self.input.clear();
            self.read_more()?;
        }
    }

    /// Waits until the org releases what waits. What comes in is read.
    pub(crate) fn until_released(&mut self) -> io::Result<()> {
        while !self.is_released() {
            self.read_more()?;
        }
        Ok(())
    }

    /// Whether the org has released what waits.
    pub(crate) fn is_released(&self) -> bool {
        self.shared.released.load(Ordering::SeqCst)
    }

    fn is_silent(&self) -> bool {
        self.number < self.shared.silent_below.load(Ordering::SeqCst)
    }

    fn run(&mut self, asked: Asked, stream: u32) -> io::Result<()> {
        let counter = match asked {
            Asked::Login => &self.shared.logins,
            Asked::Page => &self.shared.pages,
        };
        let request = Request {
            asked,
            stream,
            number: counter.fetch_add(1, Ordering::SeqCst),
            connection: self.number,
        };
        let shared = Arc::clone(&self.shared);
        (shared.script)(self, &request)
    }

    /// Reads once: what has come, or nothing after a while.
    fn read_more(&mut self) -> io::Result<()> {
        if self.shared.stopped.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let mut buffer = [0; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => {
                self.input.extend_from_slice(&buffer[..bytes]);
                Ok(())
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Cuts the connection with a reset instead of an orderly end.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream.sock).set_linger(Some(Duration::ZERO))?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// What a login answers.
pub(crate) fn grant() -> String {
    let issued_at = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock")
        .as_millis();
    serde_json::json!({
        "access_token": TOKEN,
        "instance_url": format!("https://{HOST}"),
        "token_type": "Bearer",
        "issued_at": issued_at.to_string(),
    })
    .to_string()
}
