//! An org to be started.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;

use crate::credentials::{ConsumerSecret, Credentials};
use crate::emulator::Emulator;
use crate::load::{LoadError, LoadFile};
use crate::org::{Initial, Names, Org, RecordsError};
use crate::schema::{Schema, SchemaError, SchemaFile};
use crate::seed::{ACCOUNTS_DEFAULT, ACCOUNTS_MAX};
use crate::server::{Protocols, Server};
use crate::settings::{ChildPages, JwtLifetime, OrgSettings, TokenFormat};
use crate::tls::{CertificateKind, Tls, TlsError};

/// Characters of the longest My Domain, so that its host stays a DNS name
/// (253; RFC 1035, section 2.3.4), in China too.
const MY_DOMAIN_MAX: usize = 253 - DOMAIN_IN_CHINA.len();

/// What every My Domain host ends in.
const DOMAIN: &str = ".salesforce.com";

/// What it ends in where Salesforce runs on Alibaba's cloud. Source: simple-salesforce,
/// PR 799; sfdx-core, PR 1039.
const DOMAIN_IN_CHINA: &str = ".sfcrmproducts.cn";

/// Characters of the longest label of a DNS name. Source: RFC 1035, section
/// 2.3.4.
const LABEL_MAX: usize = 63;

/// Describes an org to be started.
#[derive(Clone)]
pub struct Builder {
    my_domain: String,
    domain: &'static str,
    alias: Option<String>,
    consumer_key: String,
    consumer_secret: ConsumerSecret,
    port: u16,
    transport: Transport,
    protocols: Protocols,
    schemas: Vec<SchemaFile>,
    initial: Initial,
}

#[derive(Clone, Copy)]
enum Transport {
    Plain,
    Tls(CertificateKind),
}

/// An org that cannot be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// The My Domain is not made of DNS labels.
    #[error("{0:?} is not a My Domain such as `acme.my`")]
    MyDomain(String),
    /// More accounts than an org can have.
    #[error("an org can have at most {ACCOUNTS_MAX} accounts, not {0}")]
    Accounts(usize),
    /// The port is not free, or may not be used.
    #[error("port {port} cannot be listened on")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        #[source]
        why: io::Error,
    },
    /// There is no certificate.
    #[error("the TLS server cannot be set up")]
    Tls(#[source] TlsError),
    /// A file's objects or fields cannot be added.
    #[error("the schema cannot be used")]
    Schema(#[source] SchemaError),
    /// A file's records cannot be loaded.
    #[error("the records cannot be loaded")]
    Load(#[source] LoadError),
    /// The records could not be made.
    #[error("the org's records cannot be made")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Emulator {
    /// Describes an org to be started.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            my_domain: "acme.my".to_owned(),
            domain: DOMAIN,
            alias: None,
            consumer_key: "demo-consumer-key".to_owned(),
            consumer_secret: ConsumerSecret::new("demo-consumer-secret"),
            port: 0,
            transport: Transport::Tls(CertificateKind::Valid),
            protocols: Protocols::Http1AndHttp2,
            schemas: Vec::new(),
            initial: Initial {
                settings: OrgSettings::default(),
                accounts: ACCOUNTS_DEFAULT,
                schema: Arc::new(Schema::standard()),
                loads: Vec::new(),
            },
        }
    }
}

impl Builder {
    /// The My Domain without `.salesforce.com`; `acme.my` unless set.
    #[must_use]
    pub fn my_domain(mut self, my_domain: &str) -> Self {
        self.my_domain = my_domain.to_ascii_lowercase();
        self
    }

    /// In Salesforce's cloud for China, where hosts end in `.sfcrmproducts.cn`.
    #[must_use]
    pub fn in_china(mut self) -> Self {
        self.domain = DOMAIN_IN_CHINA;
        self
    }

    /// Answers requests that are addressed to this host as well, without a port: for
    /// clients behind something that changes their requests' authority, such as
    /// `127.0.0.1`. Salesforce has no such thing.
    #[must_use]
    pub fn also_known_as(mut self, host: &str) -> Self {
        self.alias = Some(host.to_ascii_lowercase());
        self
    }

    /// The app's consumer key and consumer secret.
    #[must_use]
    pub fn credentials(mut self, consumer_key: &str, consumer_secret: &str) -> Self {
        self.consumer_key = consumer_key.to_owned();
        self.consumer_secret = ConsumerSecret::new(consumer_secret);
        self
    }

    /// The port on 127.0.0.1; 0, which is the default, lets the system choose.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Without TLS. Its logins then answer an `instance_url` with `http` and
    /// the port.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.transport = Transport::Plain;
        self
    }

    /// With TLS, which is the default, and this kind of certificate.
    #[must_use]
    pub fn certificate(mut self, kind: CertificateKind) -> Self {
        self.transport = Transport::Tls(kind);
        self
    }

    /// How long a session lives without use; two hours unless set.
    #[must_use]
    pub fn session_timeout(mut self, timeout: Duration) -> Self {
        self.initial.set_session_timeout(timeout);
        self
    }

    /// Logins answer tokens in JWT format, which live that long whatever their
    /// use; opaque ones unless set.
    #[must_use]
    pub fn jwt_tokens(mut self, lifetime: JwtLifetime) -> Self {
        self.initial.settings.token_format = TokenFormat::Jwt;
        self.initial.settings.jwt_lifetime_ms = lifetime;
        self
    }

    /// Speaks HTTP/1.1 only, and not HTTP/2 as well.
    #[must_use]
    pub fn http1_only(mut self) -> Self {
        self.protocols = Protocols::Http1;
        self
    }

    /// Lets any session read on from a locator, unlike Salesforce.
    #[must_use]
    pub fn locators_shared_by_sessions(mut self) -> Self {
        self.initial.settings.locators_bound_to_session = false;
        self
    }

    /// How the children of a record are read on that a page does not have: by a
    /// locator of their own unless set.
    #[must_use]
    pub fn child_pages(mut self, child_pages: ChildPages) -> Self {
        self.initial.settings.child_pages = child_pages;
        self
    }

    /// Refuses to introspect tokens, as orgs do that do not permit it.
    #[must_use]
    pub fn introspection_refused(mut self) -> Self {
        self.initial.settings.introspection = false;
        self
    }

    /// Ignores the body of a request that has no `Content-Length`, so that a
    /// chunked login is refused.
    #[must_use]
    pub fn body_length_required(mut self) -> Self {
        self.initial.settings.body_length_required = true;
        self
    }

    /// All settings at once.
    #[must_use]
    pub fn settings(mut self, settings: OrgSettings) -> Self {
        self.initial.settings = settings;
        self
    }

    /// How many accounts the org has, deleted ones not counted: 50 unless set,
    /// and at most
    /// [`ACCOUNTS_MAX`].
    #[must_use]
    pub fn accounts(mut self, accounts: usize) -> Self {
        self.initial.accounts = accounts;
        self
    }

    /// Adds a file's objects and fields to the org's schema, after those of files
    /// that were added before.
    #[must_use]
    pub fn schema(mut self, file: SchemaFile) -> Self {
        self.schemas.push(file);
        self
    }

    /// Adds a file's records to those that the org has at its start.
    #[must_use]
    pub fn load(mut self, file: LoadFile) -> Self {
        self.initial.loads.push(file);
        self
    }

    fn check(&self) -> Result<(), StartError> {
        if !is_my_domain(&self.my_domain) {
            return Err(StartError::MyDomain(self.my_domain.clone()));
        }
        if self.initial.accounts > ACCOUNTS_MAX {
            return Err(StartError::Accounts(self.initial.accounts));
        }
        Ok(())
    }

    /// Starts the org on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When a value set here is out of its range, the port cannot be listened
    /// on, or certificate or records cannot be made.
    pub async fn start(mut self) -> Result<Emulator, StartError> {
        self.check()?;
        for file in &self.schemas {
            let schema = file.add_to(&self.initial.schema);
            self.initial.schema = Arc::new(schema.map_err(StartError::Schema)?);
        }
        let host = format!("{}{}", self.my_domain, self.domain);
        let tls = match self.transport {
            Transport::Plain => None,
            Transport::Tls(kind) => {
                Some(Tls::new(&host, kind, self.protocols.alpn()).map_err(StartError::Tls)?)
            }
        };
        let port = self.port;
        let unusable = |why| StartError::Listen { port, why };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let url = match self.transport {
            Transport::Plain => format!("http://{host}:{}", address.port()),
            Transport::Tls(_) => format!("https://{host}"),
        };
        let credentials = Credentials {
            domain: self.my_domain,
            consumer_key: self.consumer_key,
            consumer_secret: self.consumer_secret,
        };
        let names = Names {
            host,
            alias: self.alias,
            url,
            port: address.port(),
        };
        // SQLite would keep the runtime's other tasks waiting.
        let org = spawn_blocking(move || Org::new(credentials, names, self.initial))
            .await
            .map_err(|error| StartError::Database(error.into()))?
            .map_err(|error| match error {
                RecordsError::Database(error) => StartError::Database(error.into()),
                RecordsError::Load(error) => StartError::Load(error),
            })?;
        let org = Arc::new(org);
        let (running, stop) = watch::channel(());
        let (ending, ended) = watch::channel(());
        let server = Server {
            listener,
            tls: tls
                .as_ref()
                .map(|tls| TlsAcceptor::from(Arc::clone(&tls.config))),
            protocols: self.protocols,
            org: Arc::clone(&org),
        };
        tokio::spawn(server.run(stop, ending));
        Ok(Emulator {
            address,
            ca_pem: tls.map(|tls| tls.ca_pem),
            org,
            running,
            ended,
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("my_domain", &self.my_domain)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Protocols {
    /// Their names in TLS. Source: RFC 7301 and RFC 9113, section 3.2.
    const fn alpn(self) -> &'static [&'static [u8]] {
        match self {
            Self::Http1 => &[b"http/1.1"],
            Self::Http1AndHttp2 => &[b"h2", b"http/1.1"],
        }
    }
}

fn is_my_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_MAX).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= MY_DOMAIN_MAX && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_my_domain_is_made_of_labels() {
        let label = "a".repeat(LABEL_MAX);
        let longest = format!(
            "{label}.{label}.{label}.{}",
            "a".repeat(MY_DOMAIN_MAX - 3 * (LABEL_MAX + 1))
        );
        for (text, valid) in [
            ("acme.my", true),
            ("acme--dev.sandbox.my", true),
            (longest.as_str(), true),
            (&format!("{longest}a"), false),
            (&format!("{label}a"), false),
            ("", false),
            ("acme..my", false),
            ("evil.example/", false),
            ("-acme", false),
            ("acme_", false),
            ("é", false),
        ] {
            assert_eq!(is_my_domain(text), valid, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_credentials() {
        let builder = Builder::default().credentials("canary-key", "canary-secret");
        assert!(!format!("{builder:?}").contains("canary"));
    }

    #[tokio::test]
    async fn an_org_in_china_has_its_hosts_there() {
        let builder = Builder::default().my_domain("acme.my").in_china();
        let emulator = builder.start().await.expect("an org");
        assert_eq!(emulator.host(), "acme.my.sfcrmproducts.cn");
    }

    #[tokio::test]
    async fn values_out_of_range_are_refused() {
        let refused = Builder::default().my_domain("evil.example/").start().await;
        assert!(matches!(refused, Err(StartError::MyDomain(_))));
        let refused = Builder::default().accounts(ACCOUNTS_MAX + 1).start().await;
        assert!(matches!(refused, Err(StartError::Accounts(_))));
        let most = Builder::default().accounts(ACCOUNTS_MAX);
        assert!(most.check().is_ok());
    }

    #[tokio::test]
    async fn a_port_in_use_is_an_error() {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let refused = Builder::default().plain().port(port).start().await;
        let refused = refused.expect_err("it is taken");
        assert_eq!(
            refused.to_string(),
            format!("port {port} cannot be listened on")
        );
    }
}
