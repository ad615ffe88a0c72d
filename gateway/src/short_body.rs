//! Short bodies of requests, which are read before their requests are sent: a client that
//! sends one slowly keeps nobody waiting but itself.

use std::time::Duration;

use http::{Method, StatusCode};
use http_body::Body as _;
use tokio::time::timeout;

use crate::bounded::{BodyProblem, bounded};
use crate::refusal::Refusal;
use crate::upstream::{self, Body};

/// The longest body that is read, in bytes: those that the component would read whole, so that
/// it can send them again.
const BYTES_MAX: usize = sfbox::SHORT_BODY_BYTES_MAX;

/// How long a client may send nothing.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// How long all of it may take: as long as a call may by default.
const TOTAL_MAX: Duration = Duration::from_secs(120);

/// Whether a body is read before its request is sent. One that is longer, or of which nobody
/// knows how long it is, passes as it comes; but methods whose requests have none should not
/// have a long one.
pub(crate) fn is_short(method: &Method, body: &Body) -> bool {
    let has_one = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    let length = body.size_hint().exact();
    let is_short = length.map_or(!has_one, |length| length <= BYTES_MAX as u64);
    is_short && !body.is_end_stream()
}

/// All of a short body.
///
/// # Errors
///
/// What is answered where it does not come, or not in time.
pub(crate) async fn read(body: Body) -> Result<Body, Refusal> {
    let whole = timeout(TOTAL_MAX, bounded(body, BYTES_MAX, IDLE_MAX)).await;
    match whole.unwrap_or(Err(BodyProblem::Late)) {
        Ok(bytes) => Ok(upstream::whole(bytes)),
        Err(BodyProblem::Late) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "SFBOX_BODY_LATE",
            "the body of the request did not come in time: nothing was sent to Salesforce",
        )),
        Err(BodyProblem::BrokenOff) => Err(Refusal::bad("the body of the request broke off")),
        Err(BodyProblem::TooLong(_)) => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "SFBOX_BODY_TOO_LONG",
            "a request of this method has no long body",
        )),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::stream;
    use http_body::Frame;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;
    use crate::upstream::BodyError;

    fn of_unknown_length(pieces: Vec<Result<Frame<Bytes>, BodyError>>) -> Body {
        StreamBody::new(stream::iter(pieces)).boxed_unsync()
    }

    fn of_length(length: usize) -> Body {
        upstream::whole(vec![b'x'; length])
    }

    #[test]
    fn a_body_is_short_if_it_says_so() {
        for (method, body, expected) in [
            (Method::POST, of_length(1), true),
            (Method::PATCH, of_length(BYTES_MAX), true),
            (Method::POST, of_length(BYTES_MAX + 1), false),
            (Method::POST, of_length(0), false),
            (Method::GET, of_length(0), false),
            (Method::GET, of_length(5), true),
            (Method::PUT, of_unknown_length(Vec::new()), false),
            (Method::DELETE, of_unknown_length(Vec::new()), true),
        ] {
            let length = body.size_hint().exact();
            assert_eq!(is_short(&method, &body), expected, "{method} {length:?}");
        }
    }

    #[tokio::test]
    async fn a_short_body_is_read_whole() {
        let frame = |text: &'static str| Ok(Frame::data(Bytes::from_static(text.as_bytes())));
        let body = read(of_unknown_length(vec![frame("ab"), frame("c")])).await;
        let body = body.ok().unwrap();
        assert_eq!(body.size_hint().exact(), Some(3));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
    }

    #[tokio::test]
    async fn what_does_not_come_whole_is_not_sent() {
        let code = |read: Result<Body, Refusal>| read.err().map(|refusal| refusal.code);
        let broken = of_unknown_length(vec![Err("cut".into())]);
        assert_eq!(code(read(broken).await), Some("SFBOX_BAD_REQUEST"));
        let long = read(of_length(BYTES_MAX + 1)).await;
        assert_eq!(code(long), Some("SFBOX_BODY_TOO_LONG"));
    }
}
