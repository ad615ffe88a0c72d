//! The body of an answer on its way to a client: counted, and ended when its key is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::access::{Access, AccessLog};
use crate::live_key::Place;
use crate::metrics::{Gauge, Metrics};
use crate::pace::Exchange;
use crate::upstream::{Body, BodyError};

/// What is noted of a request when it has ended.
pub(crate) struct Record {
    pub(crate) access: Access,
    pub(crate) begun: Instant,
    pub(crate) log: AccessLog,
    pub(crate) metrics: Arc<Metrics>,
    /// Bytes of the answer's body, if its head says so: who writes them need not ask what
    /// follows the last one.
    pub(crate) promised: Option<u64>,
    /// Until then the connection has a request under way.
    _exchange: Exchange,
}

impl Record {
    /// Counts a request as under way until its record is dropped.
    pub(crate) fn begin(
        access: Access,
        log: AccessLog,
        metrics: Arc<Metrics>,
        exchange: Exchange,
    ) -> Self {
        metrics.begin(Gauge::InFlight);
        Self {
            access,
            begun: Instant::now(),
            log,
            metrics,
            promised: None,
            _exchange: exchange,
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.access.took = self.begun.elapsed();
        self.metrics.end(Gauge::InFlight);
        self.metrics.sent(self.access.bytes, self.access.whole);
        if !self.log.write(&self.access) {
            self.metrics.line_lost();
        }
    }
}

/// A body that goes out, with what is held and noted until it has.
pub(crate) struct Passage {
    body: Body,
    record: Record,
    /// Absent for answers of the door itself.
    key: Option<Held>,
}

/// What an answer of a key holds.
struct Held {
    revoked: Pin<Box<WaitForCancellationFutureOwned>>,
    _place: Place,
}

/// The key was revoked, or has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is not valid any more")]
struct Revoked;

impl Passage {
    /// An answer of the door itself.
    pub(crate) fn own(body: Body, mut record: Record) -> Self {
        // An empty body is asked for nothing.
        record.access.whole = body.is_end_stream();
        Self {
            body,
            record,
            key: None,
        }
    }

    /// An answer for a key.
    pub(crate) fn of_key(
        body: Body,
        record: Record,
        revoked: CancellationToken,
        place: Place,
    ) -> Self {
        Self {
            key: Some(Held {
                revoked: Box::pin(revoked.cancelled_owned()),
                _place: place,
            }),
            ..Self::own(body, record)
        }
    }
}

impl http_body::Body for Passage {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Some(held) = &mut this.key
            && held.revoked.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Some(Err(Revoked.into())));
        }
        let polled = Pin::new(&mut this.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                let record = &mut this.record;
                record.access.bytes += bytes as u64;
                let is_all = record.promised == Some(record.access.bytes);
                if is_all || this.body.is_end_stream() {
                    record.access.whole = true;
                }
            }
            Poll::Ready(None) => this.record.access.whole = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::{BodyExt as _, Full, StreamBody};
    use jiff::Timestamp;

    use super::*;
    use crate::key::Key;

    fn record(metrics: &Arc<Metrics>) -> Record {
        let access = Access {
            began: Timestamp::UNIX_EPOCH,
            key: None,
            org: None,
            method: "GET",
            route: "/",
            status: 200,
            bytes: 0,
            took: Duration::ZERO,
            attempts: sfbox::Attempts::default(),
            whole: false,
            code: None,
        };
        let exchange = crate::pace::Pulse::new().exchange();
        Record::begin(access, AccessLog::none(), Arc::clone(metrics), exchange)
    }

    fn whole(text: &'static str) -> Body {
        Full::from(text)
            .map_err(|never| match never {})
            .boxed_unsync()
    }

    fn place() -> Place {
        struct Nobody;
        impl crate::upstream::Upstream for Nobody {
            fn send(
                &self,
                _: http::Request<Body>,
            ) -> futures::future::BoxFuture<'_, Result<http::Response<Body>, sfbox::Error>>
            {
                Box::pin(futures::future::pending())
            }
        }
        let entry = crate::entry::tests::of(&Key::generate().unwrap(), "a");
        let key = crate::live_key::LiveKey::new(entry, Arc::new(Nobody));
        key.enter(Duration::ZERO).unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_counted_to_its_last_byte() {
        let metrics = Arc::new(Metrics::default());
        let passage = Passage::own(whole("12345"), record(&metrics));
        assert_eq!(metrics.in_flight(), 1);
        assert_eq!(passage.collect().await.unwrap().to_bytes(), "12345");
        assert_eq!(metrics.in_flight(), 0);
        let text = metrics.text(0);
        assert!(text.contains("sfbox_response_bytes_total 5\n"), "{text}");
        assert!(text.contains("sfbox_responses_cut_total 0\n"), "{text}");
        drop(Passage::own(whole("12345"), record(&metrics)));
        assert!(metrics.text(0).contains("sfbox_responses_cut_total 1\n"));
    }

    #[tokio::test]
    async fn an_answer_is_whole_with_its_last_byte_though_nobody_asks_what_follows() {
        for (promised, cut) in [(Some(5), 0), (Some(6), 1), (None, 1)] {
            let metrics = Arc::new(Metrics::default());
            let mut record = record(&metrics);
            record.promised = promised;
            let bytes = Ok(Frame::data(Bytes::from_static(b"12345")));
            let bytes = futures::stream::iter([bytes]);
            let more = futures::stream::pending::<Result<Frame<Bytes>, BodyError>>();
            let body = StreamBody::new(futures::StreamExt::chain(bytes, more));
            let mut passage = Passage::own(body.boxed_unsync(), record);
            assert!(passage.frame().await.unwrap().is_ok());
            drop(passage);
            let text = metrics.text(0);
            let line = format!("sfbox_responses_cut_total {cut}\n");
            assert!(text.contains(&line), "{promised:?}: {text}");
        }
    }

    #[tokio::test]
    async fn a_key_that_is_revoked_ends_its_answer() {
        let metrics = Arc::new(Metrics::default());
        let dripping = futures::stream::pending::<Result<Frame<Bytes>, BodyError>>();
        let revoked = CancellationToken::new();
        let body = StreamBody::new(dripping).boxed_unsync();
        let passage = Passage::of_key(body, record(&metrics), revoked.clone(), place());
        let collected = tokio::spawn(passage.collect());
        revoked.cancel();
        let error = collected.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), Revoked.to_string());
        assert!(metrics.text(0).contains("sfbox_responses_cut_total 1\n"));
    }
}
