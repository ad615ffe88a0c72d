//! A batch of queued requests: a query is run to its last page, any other request once,
//! and what was not done is reported, for the queue to bring it again.

use futures::StreamExt as _;
use serde::Serialize;
use sfbox::Completeness;

use crate::client::Client;
use crate::deadline::{Deadline, within};
use crate::event::Message;
use crate::refusal::Refusal;
use crate::request::{Asked, Query, Request, Start, To};
use crate::rest::{self, Rest};
use crate::results::{Place, Results};
use crate::{answer, parts};

/// How many requests of a batch run at once: a batch of the default size at once,
/// and no more pages in memory than a small function has room for.
const AT_ONCE: usize = 10;

/// What is reported of a batch.
///
/// Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source in
/// Lambda", partial batch responses.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    batch_item_failures: Vec<ItemFailure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: String,
}

/// What became of a request's records.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    pages: u64,
    parts: u64,
    rows: u64,
}

/// Runs a batch. Whether a failure may pass or not is for the queue to decide: its
/// redrive policy counts.
pub(crate) async fn run(
    client: &Client,
    results: Option<&Results>,
    messages: Vec<Message>,
    deadline: Deadline,
) -> Report {
    let mut running = futures::stream::iter(messages)
        .map(|message| async move {
            let work = request(client, results, &message, deadline);
            let done = within(deadline, Refusal::Late, work).await;
            (message, done)
        })
        .buffer_unordered(AT_ONCE);
    let mut failures = Vec::new();
    while let Some((message, done)) = running.next().await {
        let message_id = message.message_id;
        match done {
            Ok(tally) => tracing::info!(
                message_id,
                pages = tally.pages,
                parts = tally.parts,
                rows = tally.rows,
                "done"
            ),
            Err(refusal) => {
                let retryable = refusal.advice().retryable;
                let (code, reason) = (refusal.code(), refusal.reason());
                tracing::warn!(message_id, code, retryable, reason, "not done");
                failures.push(ItemFailure {
                    item_identifier: message_id,
                });
            }
        }
    }
    Report {
        batch_item_failures: failures,
    }
}

/// Does what a message asks.
async fn request(
    client: &Client,
    results: Option<&Results>,
    message: &Message,
    deadline: Deadline,
) -> Result<Tally, Refusal> {
    let Request { to, asked } = Request::from_queue(&message.body)?;
    match asked {
        Asked::Records(query) => all_pages(client, results, message, &to, query, deadline).await,
        Asked::Rest(rest) => one_answer(client, results, message, &to, &rest, deadline).await,
    }
}

/// The answer is a line of one part. A refusal of Salesforce is none: as with a query,
/// the queue brings the request again, and then sets it aside.
async fn one_answer(
    client: &Client,
    results: Option<&Results>,
    message: &Message,
    to: &To,
    rest: &Rest,
    deadline: Deadline,
) -> Result<Tally, Refusal> {
    let response = client.rest_again(to, rest, deadline).await?;
    if response.status >= 400 {
        return Err(Refusal::Answered(response.status));
    }
    let mut tally = Tally {
        pages: 1,
        ..Tally::default()
    };
    if let Some(results) = results {
        let answer = rest::answer::of(&response)?;
        for body in parts::cut(&[&answer])? {
            tally.parts += 1;
            let place = Place {
                source: message,
                page: tally.pages,
                part: tally.parts,
                last: true,
            };
            results.send(body, place).await?;
        }
    }
    Ok(tally)
}

/// Every page is where it goes before the next is asked for, and the last one before
/// the request counts as done.
async fn all_pages(
    client: &Client,
    results: Option<&Results>,
    message: &Message,
    to: &To,
    mut query: Query,
    deadline: Deadline,
) -> Result<Tally, Refusal> {
    let mut tally = Tally::default();
    let mut completeness = match &query.start {
        Start::Soql(soql) => Completeness::of(soql),
        Start::Next(_) => Completeness::of(""),
    };
    loop {
        let page = client.page(to, &query, deadline).await?;
        tally.pages += 1;
        let records = answer::records(&page)?;
        completeness.page(&page, records.iter().map(|record| record.get()))?;
        tally.rows += records.len() as u64;
        // No part is called the last of a result that is not whole.
        let ends = page.next.is_none() && completeness.end().is_ok();
        if let Some(results) = results {
            let mut bodies = parts::cut(&records)?.into_iter().peekable();
            while let Some(body) = bodies.next() {
                tally.parts += 1;
                let place = Place {
                    source: message,
                    page: tally.pages,
                    part: tally.parts,
                    last: ends && bodies.peek().is_none(),
                };
                results.send(body, place).await?;
            }
        }
        match page.next {
            Some(next) => query.start = Start::Next(next),
            None => {
                completeness.end()?;
                return Ok(tally);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_as_lambda_wants_it() {
        let report = |ids: &[&str]| {
            let failures = ids.iter().map(|id| ItemFailure {
                item_identifier: (*id).to_owned(),
            });
            serde_json::to_string(&Report {
                batch_item_failures: failures.collect(),
            })
            .unwrap()
        };
        assert_eq!(report(&[]), r#"{"batchItemFailures":[]}"#);
        assert_eq!(
            report(&["a", "b"]),
            r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}"#
        );
    }
}
