//! Salesforce access as a sandboxed WebAssembly component, and the host that
//! runs it.
//!
//! The component speaks Salesforce; this library speaks everything else: it
//! keeps the org's secret, polices where HTTP may go, and runs the component on
//! threads of its own, so that any number of tasks may call at once.
//!
//! ```no_run
//! use sfbox::secret_store::FileStore;
//! use sfbox::{QueryOptions, Runtime};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::builder()
//!     .store(FileStore::new("/var/lib/orders/secrets"))
//!     .org("acme")
//!     .build()?;
//! let org = runtime.org("acme")?;
//! let options = QueryOptions::default();
//! let mut page = org.query("SELECT Id, Name FROM Account", &options).await?;
//! while let Some(next) = &page.next {
//!     println!("{}", page.body);
//!     page = org.query_more(next, &options).await?;
//! }
//! println!("{}", page.body);
//! runtime.shut_down().await;
//! # Ok(())
//! # }
//! ```
//!
//! In reading order: [`Runtime`] and [`Org`] (the calls), [`Builder`] (what an
//! operator decides), [`policy`] (what requests may do), [`Error`] (what to do when it fails), [`Completeness`] (whether
//! all of a query has come), [`secret_store`], [`egress`].
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `aws` | yes | [`secret_store`] over AWS Secrets Manager |
//! | `compiler` | no | `Builder::component`: compiles a component of your own at run time, with Cranelift |
//!
//! The library prints nothing, never exits, and reads the environment only in
//! constructors whose name says so. It follows no redirect, keeps no schema, and
//! retries nothing itself: that is the component's part.
#![doc(test(attr(deny(warnings))))]

mod answer;
mod attempts;
mod audit;
mod bindings;
mod builder;
mod calls;
mod completeness;
mod config;
pub mod egress;
mod engine;
pub mod error;
mod options;
mod org;
mod overwriting;
pub mod policy;
mod private;
mod pulse;
mod records;
mod runtime;
pub mod secret_store;
mod served;
mod state;
mod stream;

pub use attempts::Attempts;
pub use builder::Builder;
pub use calls::{
    Assignment, Changes, Content, Created, Duplicates, ExternalId, Fetched, Graph, GraphAnswer,
    Key, OnFailure, Origin, Outcome, Outcomes, Page, Parameter, Planted, Refusal, Repeat,
    RestMethod, RestRequest, RestResponse, Rows, Saved, Scope, Status, Subrequest, Subresponse,
    Target, TreeAnswer, Upserted, Validator, Value,
};
pub use completeness::{Completeness, CutChildren, Incomplete, Missing};
pub use config::{ConfigError, SESSION_TTL_MAX, SESSION_TTL_MIN};
pub use engine::LocalWorker;
pub use error::{Error, Failure, Verdict};
pub use options::{
    ChangeOptions, DescribeOptions, FindOptions, ManyOptions, Options, QueryOptions, ReadOptions,
    RecordsOptions, RestOptions, WriteOptions,
};
pub use org::Org;
pub use records::{Record, Records};
pub use runtime::Runtime;
pub use state::{Activity, SHORT_BODY_BYTES_MAX, Sent};
pub use stream::{Body, BodyError, StreamOptions};

/// The embedder's API: typed calls on an org, and what bounds their time.
pub mod client {
    pub use crate::calls::{
        Assignment, Changes, Content, Created, Duplicates, ExternalId, Fetched, Graph, GraphAnswer,
        Key, OnFailure, Origin, Outcome, Outcomes, Page, Parameter, Planted, Refusal, Repeat,
        RestMethod, RestRequest, RestResponse, Rows, Saved, Scope, Status, Subrequest, Subresponse,
        Target, TreeAnswer, Upserted, Validator, Value,
    };
    pub use crate::options::{
        ChangeOptions, DEFAULT_TIMEOUT, DescribeOptions, FindOptions, MAX_TIMEOUT, ManyOptions,
        Options, QueryOptions, ReadOptions, RecordsOptions, RestOptions, WriteOptions,
    };
    pub use crate::org::Org;
    pub use crate::records::{Record, Records};
    pub use crate::runtime::Runtime;
    pub use crate::stream::{Body, BodyError, StreamOptions};
}

/// The README's program compiles, and so do those of the page for embedders.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../docs/embedding.md")]
struct Pages;
