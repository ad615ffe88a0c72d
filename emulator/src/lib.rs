//! A Salesforce org on loopback, for demos and tests.
//!
//! It speaks OAuth's client credentials flow and introspection, and of the REST
//! API what clients query and write records with, over TLS or plain HTTP, as
//! strictly as Salesforce does: a wrong method, path, header, grant or SOQL gets
//! Salesforce's own error. SOQL is parsed by its grammar and run by SQLite on
//! invented records.
//! It shares no code with any client, so that a misreading of the API is not
//! made twice.
//!
//! Under `/__emulator/`, and through [`Control`] within the process, tests see
//! what happened ([`Stats`]), end sessions, advance the clock and make things
//! go wrong ([`Fault`]).
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use sfbox_emulator::Emulator;
//!
//! let org = Emulator::builder().my_domain("acme.my").start().await?;
//! println!("{} at {}", org.host(), org.address());
//! assert_eq!(org.control().stats().logins, 0);
//! org.stop().await;
//! # Ok::<(), sfbox_emulator::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anonymous;
mod answer;
mod apex;
mod api;
mod authority;
mod authorized;
mod body;
mod builder;
mod bulk;
mod call;
mod catalog;
mod clock;
mod coding;
mod collation;
mod composite;
mod conditional;
mod control;
#[cfg(test)]
mod coverage;
mod credentials;
mod database;
mod describe;
mod duplicate;
mod emulator;
mod error;
mod fault;
mod format;
mod graphql;
mod http_date;
mod icons;
mod id;
mod idempotency;
mod identity;
mod ignored;
mod import;
mod in_flight;
mod incoming;
mod inner_query;
mod jobs;
mod json_body;
mod json_syntax;
mod jsonp;
mod limits;
mod list_view;
mod list_views;
mod listeners;
mod load;
mod locale;
mod locator;
mod lock;
mod login_rate;
mod menus;
mod misdirected;
mod names;
mod oauth;
mod objects;
mod org;
mod pretty;
mod query;
mod recent;
mod recipe;
mod record;
mod record_count;
mod repeated;
mod replication;
mod request;
mod resource;
mod resource_names;
mod router;
mod schema;
mod search;
mod seed;
mod segments;
mod server;
mod service;
mod session;
mod settings;
mod sized;
mod sobject;
mod soql;
mod sosl;
mod sql;
mod stats;
mod tabs;
mod theme;
mod tls;
mod tooling;
mod transaction;
mod ui_api;
mod unsupported;
mod version;
mod viewed;

pub use builder::{Builder, StartError};
pub use clock::{AdvanceTooFar, CLOCK_ADVANCE_MAX_MS};
pub use control::{Control, InvalidKey};
pub use credentials::{ConsumerSecret, Credentials};
pub use database::{DataFileError, DataFileProblem};
pub use duplicate::{DUPLICATE_RULES_MAX, DuplicateAction, DuplicateRule, DuplicateRuleError};
pub use emulator::Emulator;
pub use fault::{
    ANSWER_BYTES_MAX, ANSWER_BYTES_MIN, CannedAnswer, Effect, FAULTS_MAX, Fault, FaultError,
    FaultRoute, Slow, WAIT_MS_MAX,
};
pub use incoming::{IMPORT_ROWS_MAX, ImportError};
pub use load::{LoadError, LoadFile, LoadFormat};
pub use lock::{LOCKS_MAX, LockError, LockedRecord, RecordLock};
pub use resource::Route;
pub use schema::{SchemaError, SchemaFile};
pub use seed::{ACCOUNTS_DEFAULT, ACCOUNTS_MAX};
pub use settings::{
    ChildPages, JWT_LIFETIME_MS, JWT_LIFETIME_MS_MAX, JWT_LIFETIME_MS_MIN, JwtLifetime,
    JwtLifetimeError, LOGINS_PER_HOUR, OrgSettings, SESSION_TIMEOUT_MS, TokenFormat, Unauthorized,
};
pub use soql::reading as statement_reading;
pub use stats::{Connections, Protocols, Stats};
pub use tls::{CertificateKind, TlsError};

/// The page's program compiles, and does what it says.
#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator.md")]
struct Page;
