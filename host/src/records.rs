//! All records of a query: how they come from the component to their reader.

mod channel;
mod lines;
mod record;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{FutureExt as _, Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::bindings::exports::sfbox::client::query_stream::{Beginning, Summary};
use crate::bindings::exports::sfbox::client::types::Parameter;
use crate::engine::{Retirement, Started};
use crate::error::{Error, Failure, Unexpected};
use crate::options::{CallOptions as _, MAX_TIMEOUT, RecordsOptions};
use crate::org::{Org, Time, ended};
use crate::pulse::{Patience, Pulse};
use crate::state::Lasts;
use channel::{Ending, Reader};
use lines::Lines;
pub use record::Record;

/// The words for a query of all records in logs and errors.
const OPERATION: &str = "query";

/// For how long a reader may wait for more. The component limits each of its requests; this is
/// for one that does not. Until the first page has come, it is the time of two requests.
fn patience(request: Duration) -> Patience {
    Patience {
        head: MAX_TIMEOUT,
        idle: (2 * request).min(MAX_TIMEOUT),
    }
}

/// How often it is looked whether the reader asks for more.
const BEAT: Duration = Duration::from_secs(60);

/// The records of a query, in their order. Dropping it ends the query.
///
/// It can be read on any thread, by any executor. The last item is an error if not all records
/// came; then the ones before it are correct, and not complete.
pub struct Records {
    org: Org,
    begun: Instant,
    beginning: Beginning,
    reader: Reader,
    ending: oneshot::Receiver<Result<Summary, Failure>>,
    retired: oneshot::Receiver<Retirement>,
    lines: Lines,
    summary: Option<Summary>,
    is_over: bool,
}

/// A customer's data is not printed by accident.
impl fmt::Debug for Records {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Records")
            .field("org", &self.org.name())
            .field("total_size", &self.total_size())
            .finish_non_exhaustive()
    }
}

/// What the component answers first.
struct Begun {
    beginning: Beginning,
    reader: Reader,
    ending: oneshot::Receiver<Result<Summary, Failure>>,
}

/// Runs a statement, and answers when its first page has come.
pub(crate) async fn begin(
    org: &Org,
    soql: &str,
    parameters: &[Parameter],
    options: &RecordsOptions,
) -> Result<Records, Error> {
    let begun = Instant::now();
    org.logged(
        OPERATION,
        Box::pin(begun_at(org, soql, parameters, options, begun)),
    )
    .await
}

async fn begun_at(
    org: &Org,
    soql: &str,
    parameters: &[Parameter],
    options: &RecordsOptions,
    begun: Instant,
) -> Result<Records, Error> {
    let pulse = Pulse::begin(patience(options.call.time()), false);
    let time = Time {
        limit: options.call.time(),
        pulse: Some(Arc::clone(&pulse)),
    };
    let input = (
        org.name().to_owned(),
        soql.to_owned(),
        parameters.to_vec(),
        options.clone(),
    );
    let lasts = Lasts::AsLongAsItsBody;
    let answered = org.begin(OPERATION, lasts, time, move |started, place, sender| {
        Box::pin(async move {
            let _until_it_ends = place;
            run(started, input, sender, pulse).await
        })
    });
    let (answer, retired) = answered.await?;
    let Begun {
        beginning,
        reader,
        ending,
    } = answer;
    Ok(Records {
        org: org.clone(),
        begun,
        beginning,
        reader,
        ending,
        retired,
        lines: Lines::default(),
        summary: None,
        is_over: false,
    })
}

/// The function's input.
type Input = (String, String, Vec<Parameter>, RecordsOptions);

/// The call of the component, which lasts until the last record has been read.
async fn run(
    started: Started<'_>,
    (org, soql, parameters, options): Input,
    answer: oneshot::Sender<Result<Begun, Failure>>,
    pulse: Arc<Pulse>,
) -> wasmtime::Result<()> {
    let refuse = |failure, answer: oneshot::Sender<Result<Begun, Failure>>| {
        // A caller that has gone does not want it.
        _ = answer.send(Err(failure));
        Ok(())
    };
    let interface = match &started.exports.query_stream {
        Ok(interface) => interface,
        Err(missing) => return refuse(missing.failure(), answer),
    };
    let accessor = started.accessor;
    let options = options.with_time_left(started.remaining);
    let called = interface.call_records(accessor, org, soql, parameters, options);
    let (beginning, stream, future) = match called.await? {
        Ok(begun) => begun,
        Err(failure) => return refuse(failure, answer),
    };
    pulse.sent();
    let (writer, reader, demand) = channel::new(Arc::clone(&pulse));
    let (ending, ended) = oneshot::channel();
    let (over, is_over) = oneshot::channel::<()>();
    accessor.with(|mut access| {
        stream.pipe(&mut access, writer)?;
        future.pipe(&mut access, Ending::new(ending, over))
    })?;
    _ = answer.send(Ok(Begun {
        beginning,
        reader,
        ending: ended,
    }));
    let mut is_over = is_over.fuse();
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            _ = &mut is_over => return Ok(()),
            // A reader that does not ask for more is not limited.
            _ = beat.tick() => if !demand.is_waiting() {
                pulse.beat();
            },
        }
    }
}

impl Records {
    /// How many records the query matches. `None`: Salesforce does not know it, or the
    /// statement had to be split.
    pub fn total_size(&self) -> Option<u64> {
        self.beginning.total_size
    }

    /// What is known after the last record; `None` before.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// The next records, as many as have come: NDJSON, in whole lines. `None` after the last
    /// one.
    ///
    /// # Errors
    ///
    /// Why no more come.
    pub async fn next_lines(&mut self) -> Result<Option<Bytes>, Error> {
        std::future::poll_fn(|context| self.poll_lines(context))
            .await
            .transpose()
    }

    /// The records as values of a type. One that is not of the type is an error, and the
    /// stream goes on behind it.
    pub fn typed<T: DeserializeOwned>(self) -> impl Stream<Item = Result<T, Error>> {
        let (org, begun) = (self.org.clone(), self.begun);
        self.map(move |record| {
            let record = record?;
            record.parse().map_err(|error| {
                // serde's words would quote the record.
                let place = format!("column {}", error.column());
                let reason = format!("a record is not of the type that was asked for, at {place}");
                org.failed(OPERATION, unexpected(reason), begun)
            })
        })
    }

    fn poll_lines(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            // A reader may have begun to read them one by one.
            if let Some(lines) = self.lines.kept() {
                return Poll::Ready(Some(Ok(lines)));
            }
            if self.is_over {
                return Poll::Ready(None);
            }
            match ready!(self.reader.poll_next(context)) {
                Some(chunk) => {
                    if let Some(lines) = self.lines.take(chunk) {
                        return Poll::Ready(Some(Ok(lines)));
                    }
                }
                None => {
                    let ended = ready!(self.poll_end(context));
                    self.is_over = true;
                    return Poll::Ready(ended.err().map(Err));
                }
            }
        }
    }

    /// How the query ended, after the last record.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Ok(outcome) = ready!(self.ending.poll_unpin(context)) else {
            let why = ended(ready!(self.retired.poll_unpin(context)));
            return Poll::Ready(Err(self.org.lost(OPERATION, why)));
        };
        let failure = match outcome {
            Ok(_) if self.lines.is_broken() => unexpected("the last record broke off".to_owned()),
            Ok(summary) => {
                self.summary = Some(summary);
                return Poll::Ready(Ok(()));
            }
            Err(failure) => failure,
        };
        Poll::Ready(Err(self.org.failed(OPERATION, failure, self.begun)))
    }
}

impl Stream for Records {
    type Item = Result<Record, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(line) = self.lines.next() {
                let record = Record::new(line).ok_or_else(|| {
                    let reason = "a record is not UTF-8".to_owned();
                    self.org.failed(OPERATION, unexpected(reason), self.begun)
                });
                return Poll::Ready(Some(record));
            }
            match ready!(self.poll_lines(context)) {
                Some(Ok(lines)) => self.lines.keep(lines),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

fn unexpected(reason: String) -> Failure {
    Failure::UnexpectedAnswer(Unexpected {
        status: 0,
        reason,
        request_id: None,
    })
}
