//! A body that is short enough to be read whole. It is read before its request takes a place
//! among the org's calls: a body that does not come must hold up nobody else.

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use wasmtime_wasi_http::WasiBody;

use crate::error::Failure;
use crate::state::SHORT_BODY_BYTES_MAX as BYTES_MAX;

/// What a request's body is, as far as its head tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing has to be waited for.
    Here,
    /// It is read whole. It has this many bytes, if anybody knows.
    Short(Option<usize>),
    /// It is passed on while it comes.
    Long,
}

impl Kind {
    /// The kind of a body, by the component's rule. Lengths that are not valid are the
    /// component's to refuse.
    pub(super) fn of(method: &Method, headers: &HeaderMap, body: &WasiBody) -> Self {
        if body.is_end_stream() {
            return Self::Here;
        }
        let mut lengths = headers.get_all(CONTENT_LENGTH).into_iter();
        let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(method);
        match (lengths.next(), lengths.next()) {
            (None, _) if has_body => Self::Long,
            (None, _) => Self::Short(None),
            (Some(length), None) => {
                let length = length.to_str().ok().and_then(|text| text.parse().ok());
                match length {
                    Some(length) if length <= BYTES_MAX => Self::Short(Some(length)),
                    Some(_) => Self::Long,
                    None => Self::Here,
                }
            }
            (Some(_), Some(_)) => Self::Here,
        }
    }
}

/// All of a short body.
///
/// # Errors
///
/// When it has other than `length` bytes, or breaks off.
pub(super) async fn read(mut body: WasiBody, length: Option<usize>) -> Result<Bytes, Failure> {
    let limit = length.unwrap_or(BYTES_MAX);
    let mut all = BytesMut::new();
    while length.is_none_or(|length| all.len() < length) {
        let Some(frame) = body.frame().await else {
            break;
        };
        let frame = frame.map_err(|_| broken_off())?;
        // Trailers say nothing of a body that is sent anew.
        let Ok(part) = frame.into_data() else {
            continue;
        };
        if all.len() + part.len() > limit {
            return Err(too_long(length));
        }
        all.extend_from_slice(&part);
    }
    match length {
        Some(length) if all.len() < length => Err(broken_off()),
        _ => Ok(all.freeze()),
    }
}

fn too_long(length: Option<usize>) -> Failure {
    Failure::InvalidInput(match length {
        Some(length) => format!("the body has more than its {length} bytes"),
        None => {
            format!("the body has more than {BYTES_MAX} bytes: say how many in `content-length`")
        }
    })
}

fn broken_off() -> Failure {
    Failure::InvalidInput("the body of the request broke off".to_owned())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::stream::{iter, pending};
    use http::HeaderValue;
    use http_body_util::{Empty, Full, StreamBody};
    use hyper::body::Frame;
    use wasmtime_wasi_http::Error;

    use super::*;

    fn parts(parts: Vec<Result<&'static [u8], Error>>, ends: bool) -> WasiBody {
        let data = |part: &'static [u8]| Frame::data(Bytes::from_static(part));
        let parts = iter(parts).map(move |part| part.map(data));
        use futures::StreamExt as _;
        match ends {
            true => StreamBody::new(parts).boxed_unsync(),
            false => StreamBody::new(parts.chain(pending())).boxed_unsync(),
        }
    }

    fn words(outcome: Option<Result<Bytes, Failure>>) -> String {
        match outcome {
            Some(Err(Failure::InvalidInput(why))) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_head_tells_which_body_is_read_whole() {
        let some = || parts(vec![Ok(b"x")], true);
        let most = BYTES_MAX.to_string();
        let more = (BYTES_MAX + 1).to_string();
        for (method, lengths, expected) in [
            (Method::POST, vec!["7"], Kind::Short(Some(7))),
            (
                Method::PUT,
                vec![most.as_str()],
                Kind::Short(Some(BYTES_MAX)),
            ),
            (Method::PUT, vec![more.as_str()], Kind::Long),
            (Method::POST, vec![], Kind::Long),
            (Method::PATCH, vec![], Kind::Long),
            (Method::GET, vec![], Kind::Short(None)),
            (Method::DELETE, vec![], Kind::Short(None)),
            (Method::POST, vec!["7", "7"], Kind::Here),
            (Method::POST, vec!["x"], Kind::Here),
        ] {
            let mut headers = HeaderMap::new();
            for length in &lengths {
                headers.append(CONTENT_LENGTH, HeaderValue::try_from(*length).unwrap());
            }
            let kind = Kind::of(&method, &headers, &some());
            assert_eq!(kind, expected, "{method} {lengths:?}");
            let empty = Empty::new().map_err(|never| match never {});
            let kind = Kind::of(&method, &headers, &empty.boxed_unsync());
            assert_eq!(kind, Kind::Here, "{method} {lengths:?}");
        }
    }

    #[test]
    fn a_body_is_whole_when_it_has_its_length_or_ends() {
        let whole = |body, length| read(body, length).now_or_never().map(Result::unwrap);
        let two = || vec![Ok(&b"one"[..]), Ok(b"two")];
        assert_eq!(whole(parts(two(), true), None).unwrap(), "onetwo");
        assert_eq!(whole(parts(two(), false), Some(6)).unwrap(), "onetwo");
        assert!(whole(parts(two(), false), None).is_none(), "it may go on");
        assert!(whole(parts(two(), false), Some(7)).is_none());
        let all = Bytes::from(vec![b'x'; BYTES_MAX]);
        let full = Full::new(all.clone()).map_err(|never| match never {});
        assert_eq!(whole(full.boxed_unsync(), None).unwrap(), all);
    }

    #[test]
    fn a_body_of_another_length_is_refused() {
        let read = |body, length| words(read(body, length).now_or_never());
        let two = || vec![Ok(&b"one"[..]), Ok(b"two")];
        assert!(read(parts(two(), true), Some(7)).contains("broke off"));
        assert!(read(parts(two(), false), Some(5)).contains("more than its 5 bytes"));
        let broken = vec![Ok(&b"one"[..]), Err(Error::InternalError(None))];
        assert!(read(parts(broken, true), None).contains("broke off"));
        let long = Bytes::from(vec![b'x'; BYTES_MAX + 1]);
        let long = Full::new(long).map_err(|never| match never {});
        assert!(read(long.boxed_unsync(), None).contains("content-length"));
    }
}
