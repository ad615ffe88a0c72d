//! A request that wants to leave.

use std::fmt;

use http::{HeaderMap, Method};

/// A request that wants to leave. There is no `Debug`: bodies and queries are
/// never shown.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    /// From the first slash to the question mark, as it is sent.
    pub(crate) path: &'a str,
    /// What follows the question mark, as it is sent.
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Body<'a>,
    /// Whether it goes to the host where the org logs in.
    pub(crate) login_host: bool,
}

/// The body of a request, as far as it was read.
#[derive(Clone, Copy)]
pub(crate) enum Body<'a> {
    /// There is no body.
    Absent,
    /// All of it.
    Whole(&'a [u8]),
    /// It was not read.
    Unread(Unread),
}

/// Why nobody knows what a body says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Nobody has read it.
    NotBuffered,
    /// It is longer than [`super::BODY_BYTES_MAX`].
    TooLong,
    /// It took longer than a body may that is read for its judgement.
    Late,
    /// It is compressed.
    Compressed,
    /// It is of another type than the request takes, or not of its own type.
    Unreadable,
}

impl fmt::Display for Unread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotBuffered => "was not read",
            Self::TooLong => "is longer than 1 MiB",
            Self::Late => "did not arrive in time",
            Self::Compressed => "is compressed",
            Self::Unreadable => "cannot be read",
        })
    }
}
