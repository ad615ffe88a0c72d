//! The last answer on a connection of HTTP/1.1, to a head that the server beneath is not to see.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::refusal::Refusal;

/// How much of what a client still sends is read over, in bytes. Bytes that nobody has read end a
/// connection at once, and its client may not see the answer then.
const READ_OVER_MAX: usize = 256 << 10;

/// How much of that is read at a time.
const PART_BYTES: usize = 4 << 10;

/// An answer on its way, after which nothing is said.
pub(crate) struct Farewell {
    unsent: Bytes,
    is_told: bool,
    left: usize,
}

impl Farewell {
    pub(crate) fn new(refusal: &Refusal) -> Self {
        Self {
            unsent: bytes_of(refusal),
            is_told: false,
            left: READ_OVER_MAX,
        }
    }

    /// Sends the answer, and reads over what comes until the client has left, or for long enough.
    pub(crate) fn poll<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // Whatever goes wrong, nobody is left to be told.
        _ = ready!(self.poll_all(stream, context));
        Poll::Ready(())
    }

    fn poll_all<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        while !self.unsent.is_empty() {
            match ready!(Pin::new(&mut *stream).poll_write(context, &self.unsent))? {
                0 => return Poll::Ready(Ok(())),
                sent => self.unsent.advance(sent),
            }
        }
        if !self.is_told {
            ready!(Pin::new(&mut *stream).poll_flush(context))?;
            ready!(Pin::new(&mut *stream).poll_shutdown(context))?;
            self.is_told = true;
        }
        loop {
            let mut part = [0; PART_BYTES];
            let mut part = ReadBuf::new(&mut part);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut part))?;
            let read = part.filled().len();
            self.left = self.left.saturating_sub(read);
            if read == 0 || self.left == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// A refusal as it stands on the wire.
fn bytes_of(refusal: &Refusal) -> Bytes {
    let (head, body) = refusal.response().into_parts();
    let mut bytes = format!("HTTP/1.1 {}\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let length = body.len();
    bytes.extend_from_slice(
        format!("content-length: {length}\r\nconnection: close\r\n\r\n").as_bytes(),
    );
    bytes.extend_from_slice(&body);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_refusal_can_be_read_without_a_server() {
        let refusal = Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "SFBOX_X", "x");
        let bytes = bytes_of(&refusal);
        assert_eq!(
            str::from_utf8(&bytes).unwrap(),
            "HTTP/1.1 431 Request Header Fields Too Large\r\n\
             content-type: application/json;charset=UTF-8\r\ncache-control: no-store\r\n\
             content-length: 39\r\nconnection: close\r\n\r\n\
             [{\"message\":\"x\",\"errorCode\":\"SFBOX_X\"}]"
        );
    }
}
