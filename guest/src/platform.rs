//! What the component asks of the world around it: the imports of the WIT
//! world, one method each, and the tasks that the component model gives it.

use std::time::Duration;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use secrecy::SecretString;

/// A request, whole. The URI is absolute. Its body is cheap to send again.
pub type Request = http::Request<Bytes>;

/// What a request has among its extensions if its answer's body is handed over while it
/// arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// How long the bodies may stand still: `wasi:http`'s `between-bytes-timeout`.
    pub idle: Duration,
}

/// The world. Implementors: the component's, the tests', and whoever runs the
/// core natively.
#[expect(
    async_fn_in_trait,
    reason = "a core lives on one thread, as a component does"
)]
pub trait Platform: 'static {
    /// A response's body, unread.
    type Body: Body;

    /// `wasi:http/client.send`: ends with the status line, or as
    /// [`TransportError::Late`] when that is not there `within` a time.
    async fn send(
        &self,
        request: &Request,
        within: Duration,
    ) -> Result<http::Response<Self::Body>, TransportError>;

    /// `secret-store.get`.
    async fn get(&self, org: &str) -> Result<Document, StoreError>;

    /// `secret-store.replace`.
    async fn replace(
        &self,
        org: &str,
        version: &str,
        changes: Changes,
    ) -> Result<String, StoreError>;

    /// `secret-store.claim`.
    async fn claim(&self, org: &str, key: &str) -> Result<Claimed, StoreError>;

    /// `secret-store.release`.
    async fn release(
        &self,
        org: &str,
        key: &str,
        refusal: Option<String>,
    ) -> Result<(), StoreError>;

    /// `wasi:clocks/system-clock.now`, in milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// `wasi:clocks/monotonic-clock.now`, since an unspecified moment.
    fn monotonic(&self) -> Duration;

    /// `wasi:clocks/monotonic-clock.wait-for`.
    async fn sleep(&self, duration: Duration);

    /// `wasi:random/random.get-random-u64`.
    fn random(&self) -> u64;

    /// Runs a task that outlives the call that began it.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);
}

/// A world that passes on bodies that it does not read.
#[expect(async_fn_in_trait, reason = "as above")]
pub trait Streams: Platform {
    /// The body of a request, unread.
    type Upload: 'static;

    /// As [`Platform::send`], with that body. The time counts from its last byte, where the
    /// host knows it.
    async fn pass_on(
        &self,
        request: http::Request<Self::Upload>,
        within: Duration,
    ) -> Result<http::Response<Self::Body>, TransportError>;
}

/// A response's body.
#[expect(async_fn_in_trait, reason = "as above")]
pub trait Body {
    /// Reads all of it, up to `limit` bytes.
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError>;
}

/// Why a body could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than the limit.
    TooLong,
    /// The connection failed on the way.
    Transport(TransportError),
}

/// Why a request got no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// No connection was made, so nothing was sent; the text says why.
    NotSent(String),
    /// The same, and in such a way as if the host were no more: its name has no
    /// address, it refuses connections, or does not answer to any.
    NoHost(String),
    /// No connection can be made, now or later: the certificate is not this
    /// host's.
    WrongHost(String),
    /// No connection can be made, now or later: a TLS version.
    Untrusted(String),
    /// The request may have been received.
    Lost(String),
    /// The same, and the caller's time is up.
    Late,
    /// The host's policy refused it.
    Denied,
    /// The host does not send a request of this form, so nothing was sent.
    Unsendable(String),
    /// The request may have been received. What came back is not HTTP, or more than the host takes.
    Unreadable(String),
}

/// `secret-store.document`.
#[derive(Clone)]
pub struct Document {
    /// Names this state of the secret.
    pub version: String,
    /// Its members: a name and a value as JSON text each.
    pub entries: Vec<(String, SecretString)>,
    /// Whether `replace` can work.
    pub writable: bool,
    /// Whether a token must be in the store before it is used.
    pub require_shared: bool,
    /// How long a session lasts, if the operator knows.
    pub session_ttl: Option<Duration>,
}

/// What `replace` changes: `None` removes a member. Values are JSON text.
pub type Changes = Vec<(&'static str, Option<SecretString>)>;

/// `secret-store.claimed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The key is ours.
    Won,
    /// Somebody has had it for so long.
    Held(Duration),
    /// Nobody has it, and nobody can get it.
    Spent {
        /// It was released for the last time so long ago.
        age: Duration,
        /// The code with which its last login was refused.
        refusal: Option<String>,
    },
    /// The store has no claims.
    Unsupported,
}

/// `secret-store.error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No secret of that name.
    #[error("not found")]
    NotFound,
    /// Access refused.
    #[error("denied")]
    Denied,
    /// The version is no longer current.
    #[error("conflict")]
    Conflict,
    /// Slow down; the store's wish in seconds.
    #[error("throttled")]
    Throttled(Option<u32>),
    /// No answer.
    #[error("unavailable")]
    Unavailable,
    /// Not a JSON object.
    #[error("malformed")]
    Malformed,
}
