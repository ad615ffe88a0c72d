//! The body of an answer on its way to a client: counted, and known to its key, which ends it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::access::{Access, AccessLog};
use crate::live_key::{LiveKey, Place};
use crate::metrics::{Gauge, Metrics};
use crate::pace::Exchange;
use crate::under_way::Moving;
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
    pub(crate) exchange: Exchange,
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
            exchange,
        }
    }
}

impl Record {
    /// The request has shown a key.
    pub(crate) fn of_key(&mut self, key: &LiveKey) {
        self.exchange.is_of_key();
        self.access.key = Some(key.entry.name.to_string());
        self.access.org = Some(key.entry.org.clone());
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.access.took = self.begun.elapsed();
        self.metrics.end(Gauge::InFlight);
        self.metrics.sent(self.access.bytes, self.access.whole);
        self.log.write(&self.access);
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
    moving: Moving,
    _place: Place,
}

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
    pub(crate) fn of_key(body: Body, record: Record, moving: Moving, place: Place) -> Self {
        Self {
            key: Some(Held {
                moving,
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
        let polled = Pin::new(&mut this.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                let record = &mut this.record;
                record.access.bytes += bytes as u64;
                if let Some(held) = &this.key {
                    held.moving.moves(Instant::now());
                }
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
pub(crate) mod tests {
    use std::time::Duration;

    use http_body_util::{BodyExt as _, StreamBody};
    use jiff::Timestamp;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::key::Key;
    use crate::upstream::tests::Silent;
    use crate::upstream::whole;

    /// That of a request which was read just now.
    pub(crate) fn record(metrics: &Arc<Metrics>) -> Record {
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

    fn key() -> LiveKey {
        let entry = crate::entry::tests::of(&Key::generate().unwrap(), "a");
        LiveKey::new(entry, Arc::new(Silent))
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
    async fn an_answer_is_known_to_its_key_until_it_has_ended() {
        let (metrics, key) = (Arc::new(Metrics::default()), key());
        let cut = CancellationToken::new();
        let place = key.enter(Duration::ZERO).unwrap();
        let moving = key.answers(&cut);
        let passage = Passage::of_key(whole("12345"), record(&metrics), moving, place);
        assert_eq!(passage.collect().await.unwrap().to_bytes(), "12345");
        key.revoke();
        assert!(!cut.is_cancelled(), "nothing was left to end");
    }
}
