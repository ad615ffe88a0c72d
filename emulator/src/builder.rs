//! An org to be started.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;

use crate::credentials::{ConsumerSecret, Credentials};
use crate::database::DataFileError;
use crate::emulator::Emulator;
use crate::listeners::Listeners;
use crate::load::{LoadError, LoadFile};
use crate::names::{self, ALIASES_MAX, DOMAIN, DOMAIN_IN_CHINA, Names, PublicUrl};
use crate::org::{Initial, Org, RecordsError};
use crate::recipe::Recipe;
use crate::schema::{Schema, SchemaError, SchemaFile};
use crate::seed::{ACCOUNTS_DEFAULT, ACCOUNTS_MAX};
use crate::server::{Protocols, Server};
use crate::settings::{ChildPages, JwtLifetime, OrgSettings, TokenFormat};
use crate::tls::{CertificateKind, Tls, TlsError};

/// Describes an org to be started.
#[derive(Clone)]
pub struct Builder {
    my_domain: String,
    domain: &'static str,
    aliases: Vec<String>,
    public_url: Option<String>,
    consumer_key: String,
    consumer_secret: ConsumerSecret,
    listen: Option<IpAddr>,
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
    /// A further name is no host.
    #[error("{0:?} is not the name or the address of a host, such as `emulator`, without a port")]
    Alias(String),
    /// More further names than an org can have.
    #[error("an org can have at most {ALIASES_MAX} further names, not {0}")]
    Aliases(usize),
    /// The public URL is more or less than a scheme and a host.
    #[error("{0:?} is not a URL such as `https://acme.my.salesforce.com`, without a path")]
    PublicUrl(String),
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
    /// The data file cannot be used.
    #[error(transparent)]
    DataFile(DataFileError),
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
            aliases: Vec::new(),
            public_url: None,
            consumer_key: "demo-consumer-key".to_owned(),
            consumer_secret: ConsumerSecret::new("demo-consumer-secret"),
            listen: None,
            port: 0,
            transport: Transport::Tls(CertificateKind::Valid),
            protocols: Protocols::Http1AndHttp2,
            schemas: Vec::new(),
            initial: Initial {
                settings: OrgSettings::default(),
                recipe: Recipe {
                    accounts: ACCOUNTS_DEFAULT,
                    loads: Vec::new(),
                },
                schema: Arc::new(Schema::standard()),
                data_file: None,
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

    /// Adds a host to those that the org answers to, and to its certificate: a DNS name or
    /// an address, without a port, such as the name of a container. It always answers to
    /// its My Domain host, `localhost`, `127.0.0.1` and `[::1]`. At most 64 names can be
    /// added.
    #[must_use]
    pub fn also_known_as(mut self, host: &str) -> Self {
        self.aliases.push(host.to_owned());
        self
    }

    /// The URL by which every answer calls the org, such as
    /// `https://acme.my.salesforce.com`; its host is one of the org's names, too. Unless
    /// set, an answer calls the org by the name that its request was addressed to, and
    /// that leads clients astray behind something that changes a request's address or
    /// scheme, such as a reverse proxy.
    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        self.public_url = Some(url.to_owned());
        self
    }

    /// The app's consumer key and consumer secret.
    #[must_use]
    pub fn credentials(mut self, consumer_key: &str, consumer_secret: &str) -> Self {
        self.consumer_key = consumer_key.to_owned();
        self.consumer_secret = ConsumerSecret::new(consumer_secret);
        self
    }

    /// The address to listen on, such as `0.0.0.0` for a container whose port is
    /// published. Unless set: 127.0.0.1, and ::1 where the machine has IPv6. The org
    /// answers to an address that is set here, as to a name.
    #[must_use]
    pub fn listen(mut self, address: IpAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// The port; 0, which is the default, lets the system choose.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Without TLS: the URLs in answers begin with `http`, unless there is a
    /// [`public_url`](Self::public_url).
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
        self.initial.recipe.accounts = accounts;
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
        self.initial.recipe.loads.push(file);
        self
    }

    /// Keeps the records in this file, which one emulator at a time can use; in
    /// memory unless set.
    ///
    /// A new or empty file gets the records of a new org. A file with records
    /// stays as it is, whatever [`accounts`](Self::accounts) and [`load`](Self::load)
    /// say. A reset gives it the records with which it was made. A process that is
    /// killed loses no write that was answered. Sessions, settings, faults and the
    /// clock are not kept.
    #[must_use]
    pub fn data_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.initial.data_file = Some(path.into());
        self
    }

    /// The org's names, if every value is in its range.
    fn names(&self) -> Result<Names, StartError> {
        if !names::is_my_domain(&self.my_domain) {
            return Err(StartError::MyDomain(self.my_domain.clone()));
        }
        let accounts = self.initial.recipe.accounts;
        if accounts > ACCOUNTS_MAX {
            return Err(StartError::Accounts(accounts));
        }
        if self.aliases.len() > ALIASES_MAX {
            return Err(StartError::Aliases(self.aliases.len()));
        }
        // An address that is listened on is a name: clients have no other.
        let listen = self.listen.filter(|address| !address.is_unspecified());
        let listen = listen.map(|address| address.to_string());
        let aliases = self.aliases.iter().chain(&listen);
        let aliases =
            aliases.map(|text| names::alias(text).ok_or_else(|| StartError::Alias(text.clone())));
        let public_url = self
            .public_url
            .as_ref()
            .map(|text| PublicUrl::parse(text).ok_or_else(|| StartError::PublicUrl(text.clone())));
        Ok(Names {
            host: format!("{}{}", self.my_domain, self.domain),
            aliases: aliases.collect::<Result<_, _>>()?,
            scheme: match self.transport {
                Transport::Plain => "http",
                Transport::Tls(_) => "https",
            },
            port: self.port,
            public_url: public_url.transpose()?,
        })
    }

    /// Starts the org on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When a value set here is out of its range, the port cannot be listened
    /// on, or certificate or records cannot be made.
    pub async fn start(mut self) -> Result<Emulator, StartError> {
        let mut names = self.names()?;
        for file in &self.schemas {
            let schema = file.add_to(&self.initial.schema);
            self.initial.schema = Arc::new(schema.map_err(StartError::Schema)?);
        }
        let tls = match self.transport {
            Transport::Plain => None,
            Transport::Tls(kind) => {
                Some(Tls::new(&names, kind, self.protocols.alpn()).map_err(StartError::Tls)?)
            }
        };
        let port = self.port;
        let unusable = |why| StartError::Listen { port, why };
        let listeners = Listeners::bind(self.listen, port).await.map_err(unusable)?;
        let address = listeners.address().map_err(unusable)?;
        names.port = address.port();
        let credentials = Credentials {
            domain: self.my_domain,
            consumer_key: self.consumer_key,
            consumer_secret: self.consumer_secret,
        };
        // SQLite would keep the runtime's other tasks waiting.
        let org = spawn_blocking(move || Org::new(credentials, names, self.initial))
            .await
            .map_err(|error| StartError::Database(error.into()))?
            .map_err(|error| match error {
                RecordsError::Database(error) => StartError::Database(error.into()),
                RecordsError::Recipe(error) => StartError::Database(error.into()),
                RecordsError::Load(error) => StartError::Load(error),
                RecordsError::DataFile(error) => StartError::DataFile(error),
            })?;
        let org = Arc::new(org);
        let (running, stop) = watch::channel(());
        let (ending, ended) = watch::channel(());
        let server = Server {
            listeners,
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let refused = Builder::default().also_known_as("*.example").start().await;
        assert!(matches!(refused, Err(StartError::Alias(_))));
        let refused = Builder::default().public_url("acme.example").start().await;
        assert!(matches!(refused, Err(StartError::PublicUrl(_))));
        let most = Builder::default().accounts(ACCOUNTS_MAX);
        let most = (1..=ALIASES_MAX).fold(most, |most, number| {
            most.also_known_as(&format!("org-{number}"))
        });
        assert!(most.names().is_ok());
        let more = most.also_known_as("one-more").names();
        assert!(matches!(more, Err(StartError::Aliases(65))));
    }

    #[tokio::test]
    async fn a_port_in_use_is_an_error() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let refused = Builder::default().plain().port(port).start().await;
        let refused = refused.expect_err("it is taken");
        assert_eq!(
            refused.to_string(),
            format!("port {port} cannot be listened on")
        );
    }
}
