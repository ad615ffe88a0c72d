//! The records of an input, sent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use sfbox::{Error, ManyOptions, Org, Outcomes};

use super::batch::Batch;
use super::journal::{Journal, Known};
use super::outcome::{Outcome, State};
use super::printer::Printer;
use super::tally::Tally;
use crate::describe::{Purpose, Shape};
use crate::interrupt::{Interrupted, Interrupts};
use crate::progress::{Progress, STARTING};
use crate::reason::{Reason, line};
use crate::report::warn;
use crate::rows::{FailedRows, Row, Rows};

/// How long the answers to what was sent are waited for after an interrupt: less than until
/// the process is ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// The code of a record that was not sent because the run ended before.
const NOT_SENT: &str = "SFBOX_NOT_SENT";

/// Sends the records of an input, in their order.
pub(super) struct Run<'a> {
    pub(super) org: &'a Org,
    pub(super) object: &'a str,
    pub(super) shape: &'a Shape,
    pub(super) options: ManyOptions,
    pub(super) batch_size: u64,
    pub(super) in_flight: usize,
    pub(super) limit_errors: u64,
    /// All records of the input.
    pub(super) records: u64,
    pub(super) rows: Rows,
    pub(super) journal: Option<Journal>,
    pub(super) failed: Option<FailedRows>,
    pub(super) printer: Printer,
    pub(super) tally: Tally,
}

/// Requests that were sent, in their order, each with what is in it.
struct Flights {
    answers: FuturesOrdered<BoxFuture<'static, Result<Outcomes, Error>>>,
    batches: VecDeque<Arc<Batch>>,
}

/// Why no more is sent.
enum Stop {
    /// There is no more.
    End,
    Failed(anyhow::Error),
    TooManyFailed,
}

impl Run<'_> {
    /// Sends them. Answers with the counted outcomes, and with what ended the run before its
    /// end.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or a file cannot be written.
    pub(super) async fn send(mut self) -> anyhow::Result<(Tally, Option<anyhow::Error>)> {
        let mut interrupts = Interrupts::with_backstop()?;
        let mut progress = Progress::of(self.org);
        let mut flights = Flights {
            answers: FuturesOrdered::new(),
            batches: VecDeque::new(),
        };
        let mut stop = None;
        loop {
            while stop.is_none() && flights.batches.len() < self.in_flight {
                match self.next_batch() {
                    Ok(Some(batch)) => self.launch(&mut flights, batch)?,
                    Ok(None) => stop = Some(Stop::End),
                    // What was sent is waited for.
                    Err(error) => stop = Some(Stop::Failed(error)),
                }
            }
            let Some(batch) = flights.batches.front().cloned() else {
                break;
            };
            let answer = progress.during(STARTING, flights.answers.next());
            let Some(answered) = (match interrupts.unless(answer).await {
                Ok(answered) => answered,
                Err(interrupted) => {
                    self.abandon(&mut flights, interrupted).await?;
                    stop = Some(Stop::Failed(interrupted.into()));
                    break;
                }
            }) else {
                break;
            };
            flights.batches.pop_front();
            let stopped = self.settle(&batch, answered)?;
            progress.reached(self.tally.all(), Some(self.records));
            match (stopped, &stop) {
                (Some(error), None | Some(Stop::End)) => stop = Some(Stop::Failed(error.into())),
                (_, None) if self.tally.failed_in_a_row() >= self.limit_errors => {
                    stop = Some(Stop::TooManyFailed);
                }
                _ => {}
            }
        }
        drop(progress);
        let error = match stop {
            Some(Stop::Failed(error)) => Some(error),
            Some(Stop::TooManyFailed) => {
                let most = self.limit_errors;
                warn(&format!(
                    "stopped: the last {most} records in a row were not saved; `--limit-errors` \
                     changes this limit"
                ));
                None
            }
            Some(Stop::End) | None => None,
        };
        Ok((self.end()?, error))
    }

    /// The rows of the next request that have to be sent. It ends where the number of a row
    /// is a multiple of its size, so that a run that goes on makes the same requests.
    fn next_batch(&mut self) -> anyhow::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while let Some(row) = self.rows.next()? {
            let is_last = row.number.is_multiple_of(self.batch_size);
            if self.is_to_be_sent(&row)? {
                batch.add(self.shape, row);
            }
            if is_last && !batch.is_empty() {
                break;
            }
        }
        Ok((!batch.is_empty()).then(|| batch.or_none(self.options.all_or_none)))
    }

    /// Whether a row has to be sent. Of one that was sent before, its outcome counts.
    fn is_to_be_sent(&mut self, row: &Row) -> anyhow::Result<bool> {
        let Some(journal) = &self.journal else {
            return Ok(true);
        };
        let state = match journal.known(row.number) {
            Known::Nothing => return Ok(true),
            Known::Settled(state) if self.is_sent_again(state) => return Ok(true),
            Known::Sent if self.is_sent_again(State::Unknown) => return Ok(true),
            Known::Sent => {
                // The run before ended between the request and the answer.
                self.tally.recall(State::Unknown);
                let unknown = [Outcome::Unknown];
                self.tell(std::slice::from_ref(row), &unknown)?;
                return Ok(false);
            }
            Known::Settled(state) => state,
        };
        self.tally.recall(state);
        Ok(false)
    }

    /// Whether a run that goes on sends a record with this outcome.
    fn is_sent_again(&self, state: State) -> bool {
        match state {
            State::NotSent => true,
            // Twice is as once.
            State::Unknown => *self.shape.purpose() != Purpose::Create,
            _ => false,
        }
    }

    fn launch(&mut self, flights: &mut Flights, batch: Batch) -> anyhow::Result<()> {
        let batch = Arc::new(batch);
        let numbers = batch.numbers();
        if let Some(journal) = self.journal.as_mut().filter(|_| !numbers.is_empty()) {
            journal.sent(&numbers)?;
        }
        let (org, object) = (self.org.clone(), self.object.to_owned());
        let purpose = self.shape.purpose().clone();
        let sent = Arc::clone(&batch).send(org, object, purpose, self.options.clone());
        flights.answers.push_back(Box::pin(sent));
        flights.batches.push_back(batch);
        Ok(())
    }

    fn settle(
        &mut self,
        batch: &Batch,
        answered: Result<Outcomes, Error>,
    ) -> anyhow::Result<Option<Error>> {
        let settled = batch.settle(answered, (self.org.name(), self.shape.purpose()));
        self.count(&settled.outcomes);
        self.tell(&batch.rows, &settled.outcomes)?;
        Ok(settled.stopped)
    }

    /// Waits a little for the answers to what was sent. What does not come is unknown.
    async fn abandon(
        &mut self,
        flights: &mut Flights,
        interrupted: Interrupted,
    ) -> anyhow::Result<()> {
        warn(&format!(
            "{interrupted}: waiting up to {} s for the answers to what was sent",
            PATIENCE.as_secs()
        ));
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        while let Some(batch) = flights.batches.pop_front() {
            let answered = tokio::select! {
                biased;
                answered = flights.answers.next() => answered,
                () = &mut patience => None,
            };
            match answered {
                Some(answered) => drop(self.settle(&batch, answered)?),
                None => {
                    let outcomes = batch.abandoned();
                    self.count(&outcomes);
                    self.tell(&batch.rows, &outcomes)?;
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.tally.add(outcome.state());
        }
    }

    /// Writes down what became of rows: first the rows that failed, then the outcomes, so
    /// that no failed row is missing when the process is killed between the two.
    fn tell(&mut self, rows: &[Row], outcomes: &[Outcome]) -> anyhow::Result<()> {
        let can_go_on = self.journal.is_some();
        for (row, outcome) in rows.iter().zip(outcomes) {
            // A run that can go on sends it then.
            let is_sent_then = can_go_on && self.is_sent_again(outcome.state());
            if outcome.state().is_saved() || is_sent_then {
                continue;
            }
            if let Some(failed) = &mut self.failed {
                let reasons = match outcome {
                    Outcome::NotSent => not_sent(),
                    _ => outcome.reasons(),
                };
                failed.add(self.rows.names().list(), row, &line(&reasons))?;
            }
        }
        if let Some(journal) = &mut self.journal {
            let errors = self.failed.as_mut().map_or(Ok(0), FailedRows::bytes)?;
            let numbers = rows.iter().map(|row| row.number);
            journal.settled(numbers.zip(outcomes), errors)?;
        }
        self.printer.print(rows, outcomes)
    }

    /// Ends the files. What was not read any more is written to the file of failed rows,
    /// unless the run can go on.
    fn end(mut self) -> anyhow::Result<Tally> {
        match (&self.journal, &mut self.failed) {
            (Some(journal), _) => journal.sync()?,
            (None, Some(failed)) => {
                let reasons = line(&not_sent());
                while let Some(row) = self.rows.next()? {
                    failed.add(self.rows.names().list(), &row, &reasons)?;
                }
            }
            (None, None) => {}
        }
        self.failed.take().map_or(Ok(()), FailedRows::end)?;
        self.printer.end()?;
        Ok(self.tally)
    }
}

fn not_sent() -> Vec<Reason> {
    vec![Reason::new(
        NOT_SENT,
        "the run ended before it was sent",
        &[],
    )]
}
