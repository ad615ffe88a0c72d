//! Answers over HTTP/1.1 that break off after "bytes", whichever way their end is told.

use std::io;

use super::{Wire, http1};

/// The beginning of an answer, before its connection ends.
pub(crate) type Cut = fn(&mut Wire) -> io::Result<()>;

/// Of nine bytes.
pub(crate) const BY_LENGTH: Cut = |wire| {
    let mut head = http1::head(200, &[("content-length", "9")]);
    head.extend(b"\r\nbytes");
    wire.send(&head)
};

/// After a chunk, which is not the last one.
pub(crate) const IN_CHUNKS: Cut = |wire| http1::begin_chunks(wire, "bytes");

/// Within a chunk.
pub(crate) const IN_A_CHUNK: Cut = |wire| {
    http1::begin_chunks(wire, "by")?;
    wire.send(b"9\r\ntes")
};
