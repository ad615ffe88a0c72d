//! An answer that is printed while it arrives.

use std::io::Write as _;

use bytes::Bytes;
use futures::FutureExt as _;
use http_body::Frame;
use http_body_util::BodyExt as _;
use sfbox::{Body, BodyError, RestResponse};
use tokio::task::consume_budget;

use super::asking::{Asking, RECEIVING};
use super::call::texts;
use super::method::Method;
use super::{answer, header};
use crate::destination::{Destination, Escape, Place};

/// The longest answer that a terminal shows with line breaks, in bytes: it is in memory as a
/// whole, and nobody reads more of it there.
const SHOWN_BYTES_MAX: usize = 4 << 20;

/// A body on its way.
struct Arriving<'a> {
    asking: &'a mut Asking,
    method: Method,
    body: Body,
}

/// Prints an answer: to `place`, or to stdout. `include`: its status and headers first. A
/// terminal shows a short one as `answer` does, and a longer one as it comes.
///
/// # Errors
///
/// When it breaks off: what was printed is its beginning then, and no file is written.
pub(super) async fn print(
    asking: &mut Asking,
    method: Method,
    response: http::Response<Body>,
    include: bool,
    place: Option<Place>,
) -> anyhow::Result<()> {
    let (head, body) = response.into_parts();
    let mut out = answer::open(place)?;
    let mut begun = RestResponse {
        status: head.status.as_u16(),
        headers: texts(&head.headers),
        body: Vec::new(),
    };
    let mut arriving = Arriving {
        asking,
        method,
        body,
    };
    if out.is_terminal() {
        if arriving.is_short(&mut begun.body).await? {
            return answer::write(&begun, include, out);
        }
        // From here on the line would stand within the answer.
        arriving.asking.calling.progress.end();
        out.escape_as(escape(&begun.headers));
    }
    if include {
        out.write_all(answer::head(&begun, out.is_terminal()).as_bytes())?;
    }
    out.write_all(&begun.body)?;
    drop(begun);
    let copied = arriving.copy(&mut out).await;
    if copied.is_err() {
        // What came is handed over, if somebody takes it.
        _ = out.flush();
    }
    let last = copied?;
    if out.is_terminal() && last != Some(b'\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.finish()?)
}

/// How a text is escaped that is too long to be looked at.
fn escape(headers: &[(String, String)]) -> Escape {
    let is_json = |kind: &str| kind.starts_with(header::JSON);
    match header::value(headers, header::CONTENT_TYPE).is_some_and(is_json) {
        true => Escape::Json,
        false => Escape::Text,
    }
}

impl Arriving<'_> {
    /// Reads the body until it is longer than a terminal shows with line breaks. Answers
    /// whether that was all.
    async fn is_short(&mut self, begun: &mut Vec<u8>) -> anyhow::Result<bool> {
        while begun.len() <= SHOWN_BYTES_MAX {
            match self.next().await? {
                Some(part) => begun.extend_from_slice(&part),
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Writes the body to its end. What has come is handed over before the rest is waited
    /// for. Answers the last byte.
    async fn copy(&mut self, out: &mut Destination) -> anyhow::Result<Option<u8>> {
        let mut last = None;
        loop {
            // A signal is noticed although there is always more.
            consume_budget().await;
            let part = match self.body.frame().now_or_never() {
                Some(frame) => self.part(frame)?,
                None => {
                    out.flush()?;
                    self.next().await?
                }
            };
            let Some(part) = part else { return Ok(last) };
            out.write_all(&part)?;
            last = part.last().copied().or(last);
        }
    }

    /// The next part; `None` at the end.
    async fn next(&mut self) -> anyhow::Result<Option<Bytes>> {
        let frame = self.asking.during(RECEIVING, self.body.frame()).await?;
        self.part(frame)
    }

    /// What is in a frame: of trailers nothing.
    fn part(
        &self,
        frame: Option<Result<Frame<Bytes>, BodyError>>,
    ) -> anyhow::Result<Option<Bytes>> {
        match frame {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(why)) => Err(self.asking.cut(self.method, why).into()),
        }
    }
}
