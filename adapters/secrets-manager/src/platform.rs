//! What the adapter asks of the world around it: the imports of its world.

use std::time::{Duration, SystemTime};

use secrecy::{SecretSlice, SecretString};

/// A request, whole: what is written to a secret is in its body.
pub(crate) type Request = http::Request<SecretString>;

/// An answer, whole: what is read of a secret, or a key, is in its body.
pub(crate) type Answer = http::Response<SecretSlice<u8>>;

/// The world. Implementors: the component's, and the tests'.
pub(crate) trait Platform {
    /// Sends a request, and reads its answer up to `limit` bytes.
    async fn send(&self, request: Request, limit: usize) -> Result<Answer, Unanswered>;

    /// The time since 1970, for signatures and the end of credentials. No two
    /// machines' clocks are compared by it.
    fn now(&self) -> SystemTime;

    /// The time since an unspecified moment.
    fn monotonic(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, duration: Duration);

    /// Random bytes.
    fn random(&self) -> [u8; 16];
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It was not sent, or its answer was lost on the way.
    Lost,
    /// The host's policy refuses the destination, or the request's form.
    Refused,
    /// The answer is longer than the limit.
    TooLong,
}
