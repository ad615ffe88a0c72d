//! A body that is read whole, within bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::upstream::Body;

/// Why a body was not read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyProblem {
    /// It is longer than this.
    TooLong(usize),
    /// It did not come whole.
    BrokenOff,
    /// It did not come in time.
    Late,
}

/// Reads a body to its end: at most so many bytes, and none that lets itself be waited for
/// longer than `idle`.
pub(crate) async fn bounded(
    mut body: Body,
    most: usize,
    idle: Duration,
) -> Result<Bytes, BodyProblem> {
    let mut whole = BytesMut::new();
    loop {
        let frame = match timeout(idle, body.frame()).await {
            Err(_) => return Err(BodyProblem::Late),
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(_))) => return Err(BodyProblem::BrokenOff),
            Ok(Some(Ok(frame))) => frame,
        };
        if let Ok(data) = frame.into_data() {
            if data.len() > most - whole.len() {
                return Err(BodyProblem::TooLong(most));
            }
            whole.extend_from_slice(&data);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use futures::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;
    use crate::upstream::BodyError;

    const IDLE: Duration = Duration::from_secs(30);

    fn pieces(pieces: &[&'static str]) -> Vec<Result<Frame<Bytes>, BodyError>> {
        let frame = |piece: &&'static str| Ok(Frame::data(Bytes::from_static(piece.as_bytes())));
        pieces.iter().map(frame).collect()
    }

    #[tokio::test]
    async fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
        let body = |parts| StreamBody::new(stream::iter(pieces(parts))).boxed_unsync();
        let read = bounded(body(&["ab", "", "cd"]), 4, IDLE).await;
        assert_eq!(read.as_deref(), Ok(&b"abcd"[..]));
        let long = bounded(body(&["ab", "cd", "e"]), 4, IDLE).await;
        assert_eq!(long, Err(BodyProblem::TooLong(4)));
        let nothing = bounded(body(&[]), 0, IDLE).await;
        assert_eq!(nothing.as_deref(), Ok(&b""[..]));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_or_lets_itself_be_waited_for_is_not() {
        let broken = stream::iter(pieces(&["ab"])).chain(stream::iter([Err("cut".into())]));
        let broken = bounded(StreamBody::new(broken).boxed_unsync(), 9, IDLE).await;
        assert_eq!(broken, Err(BodyProblem::BrokenOff));
        let late = stream::iter(pieces(&["ab"])).chain(stream::pending());
        let idle = Duration::from_millis(1);
        let late = bounded(StreamBody::new(late).boxed_unsync(), 9, idle).await;
        assert_eq!(late, Err(BodyProblem::Late));
    }
}
