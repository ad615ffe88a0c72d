//! Records on their way to their reader.

use std::pin::pin;

use futures::channel::oneshot;
use futures::future::{Either, select};

use super::Records;
use crate::contract::query_stream::Summary;
use crate::error::Error;
use crate::platform::Platform;
use crate::query::lines::Lines;

/// Where the records go.
pub(crate) trait Sink {
    /// Writes all of it. `begun` is told when the reader has taken the first of it. Whether the
    /// reader wants more.
    async fn write(&mut self, bytes: Vec<u8>, begun: oneshot::Sender<()>) -> bool;
}

/// Brings all records to their reader: the next page is asked for while the current one is read.
/// A reader that has gone gets no error, for nobody sees it.
///
/// # Errors
///
/// Why not all of them came.
pub(crate) async fn pump<P: Platform>(
    records: &mut Records<P>,
    sink: &mut impl Sink,
) -> Result<Summary, Error> {
    let mut next = records.next().await?;
    while let Some(lines) = next {
        let step = match records.may_prefetch() {
            true => together(records, sink, lines).await,
            false => in_turn(records, sink, lines).await,
        };
        let Some(read) = step else { break };
        next = read?;
    }
    Ok(records.summary())
}

/// Writes, and asks for the next records when that is done. `None`: the reader has gone.
async fn in_turn<P: Platform>(
    records: &mut Records<P>,
    sink: &mut impl Sink,
    lines: Lines,
) -> Option<Result<Option<Lines>, Error>> {
    let (begun, _) = oneshot::channel();
    match sink.write(lines.into_bytes(), begun).await {
        true => Some(records.next().await),
        false => None,
    }
}

/// Writes, and asks for the next records meanwhile. `None`: the reader has gone.
async fn together<P: Platform>(
    records: &mut Records<P>,
    sink: &mut impl Sink,
    lines: Lines,
) -> Option<Result<Option<Lines>, Error>> {
    let (begun, has_begun) = oneshot::channel();
    let writing = pin!(sink.write(lines.into_bytes(), begun));
    let asking = pin!(async {
        // For a reader that never begins, nothing is asked for.
        _ = has_begun.await;
        records.next().await
    });
    match select(writing, asking).await {
        Either::Left((true, asking)) => Some(asking.await),
        // A request that is under way ends when it is dropped.
        Either::Left((false, _)) => None,
        Either::Right((read, writing)) => writing.await.then_some(read),
    }
}
