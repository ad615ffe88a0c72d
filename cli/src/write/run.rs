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
    /// end. An input that cannot be read any more and a file that cannot be written end it,
    /// too: the outcomes of what was sent are waited for, and told wherever that is possible.
    ///
    /// # Errors
    ///
    /// When signals cannot be waited for: then nothing was sent.
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
                let launched = match self.next_batch() {
                    Ok(Some(batch)) => self.launch(&mut flights, batch),
                    Ok(None) => {
                        stop = Some(Stop::End);
                        Ok(())
                    }
                    Err(error) => Err(error),
                };
                // What was sent is waited for.
                if let Err(error) = launched {
                    stop = Some(Stop::Failed(error));
                }
            }
            let Some(batch) = flights.batches.front().cloned() else {
                break;
            };
            let answer = progress.during(STARTING, flights.answers.next());
            let Some(answered) = (match interrupts.unless(answer).await {
                Ok(answered) => answered,
                Err(interrupted) => {
                    self.abandon(&mut flights, interrupted).await;
                    stop = Some(Stop::Failed(interrupted.into()));
                    break;
                }
            }) else {
                break;
            };
            flights.batches.pop_front();
            let stopped = self.settle(&batch, answered);
            progress.reached(self.tally.all(), Some(self.records));
            match (stopped, &stop) {
                (_, Some(Stop::Failed(_))) => {}
                (Some(error), _) => stop = Some(Stop::Failed(error)),
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
        let ended = self.end();
        Ok((self.tally, error.or(ended.err())))
    }

    /// The rows of the next request that have to be sent. It ends where the number of a row
    /// is a multiple of its size, so that a run that goes on makes the same requests. Large
    /// rows end it before, unless they have to be saved together.
    fn next_batch(&mut self) -> anyhow::Result<Option<Batch>> {
        let mut batch = Batch::default();
        if let Err(error) = self.fill(&mut batch) {
            // Nothing of it is sent. A run that goes on looks at it again.
            if self.journal.is_none() {
                let outcomes = batch.not_sent();
                self.count(&outcomes);
                // What ended the run comes first.
                _ = self.tell(&batch.rows, &outcomes);
            }
            return Err(error);
        }
        Ok((!batch.is_empty()).then(|| batch.or_none(self.options.all_or_none)))
    }

    fn fill(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        while let Some(row) = self.rows.next()? {
            let is_last = row.number.is_multiple_of(self.batch_size);
            let journal = self.journal.as_ref();
            let known = journal.map_or(Known::Nothing, |journal| journal.known(row.number));
            if self.is_to_be_sent(&row, known)? {
                batch.add(self.shape, row, known);
            }
            let is_enough = batch.is_large() && !self.options.all_or_none;
            if (is_last || is_enough) && !batch.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Whether a row has to be sent. Of one that was sent before, its outcome counts.
    fn is_to_be_sent(&mut self, row: &Row, known: Known) -> anyhow::Result<bool> {
        let state = match known {
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

    /// Takes an answer into account. Answers why no more can be sent, if that is so.
    fn settle(
        &mut self,
        batch: &Batch,
        answered: Result<Outcomes, Error>,
    ) -> Option<anyhow::Error> {
        let settled = batch.settle(answered, (self.org.name(), self.shape.purpose()));
        self.count(&settled.outcomes);
        let told = self.tell(&batch.rows, &settled.outcomes);
        settled.stopped.map(Into::into).or(told.err())
    }

    /// Waits a little for the answers to what was sent. What does not come is unknown.
    async fn abandon(&mut self, flights: &mut Flights, interrupted: Interrupted) {
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
            // That the run was interrupted is what ends it.
            match answered {
                Some(answered) => drop(self.settle(&batch, answered)),
                None => {
                    let outcomes = batch.abandoned();
                    self.count(&outcomes);
                    _ = self.tell(&batch.rows, &outcomes);
                }
            }
        }
    }

    fn count(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.tally.add(outcome.state());
        }
    }

    /// Says what became of rows, in the files and on stdout. Where one of them takes nothing,
    /// the others still do.
    fn tell(&mut self, rows: &[Row], outcomes: &[Outcome]) -> anyhow::Result<()> {
        let noted = self.note(rows, outcomes);
        let printed = self.printer.print(rows, outcomes);
        noted.and(printed)
    }

    /// Writes down what became of rows: first the rows that failed, then the outcomes, so
    /// that no failed row is missing when the process is killed between the two. A row that
    /// its file did not take has no outcome in the journal: the run that goes on looks at it
    /// again.
    fn note(&mut self, rows: &[Row], outcomes: &[Outcome]) -> anyhow::Result<()> {
        let mut added = Ok(());
        let mut noted = Vec::with_capacity(rows.len());
        for (row, outcome) in rows.iter().zip(outcomes) {
            match self.add_failed(row, outcome) {
                Ok(()) => noted.push((row.number, outcome)),
                Err(error) => added = added.and(Err(error)),
            }
        }
        if let Some(journal) = &mut self.journal {
            let errors = self.failed.as_ref().map_or(0, FailedRows::bytes);
            journal.settled(noted.into_iter(), errors)?;
        }
        added
    }

    /// Adds a row that failed to the file of such rows. A run that can go on sends some of
    /// them then.
    fn add_failed(&mut self, row: &Row, outcome: &Outcome) -> anyhow::Result<()> {
        let is_sent_then = self.journal.is_some() && self.is_sent_again(outcome.state());
        if outcome.state().is_saved() || is_sent_then {
            return Ok(());
        }
        let Some(failed) = &mut self.failed else {
            return Ok(());
        };
        let reasons = match outcome {
            Outcome::NotSent => not_sent(),
            _ => outcome.reasons(),
        };
        failed.add(self.rows.names().list(), row, &line(&reasons))
    }

    /// Ends the files and the output, each whatever becomes of the others.
    fn end(&mut self) -> anyhow::Result<()> {
        let rest = self.add_rest();
        let failed = self.end_failed();
        let synced = self.journal.as_ref().map_or(Ok(()), Journal::sync);
        let printed = self.printer.end();
        rest.and(failed).and(synced).and(printed)
    }

    /// What was not read any more is written to the file of failed rows, unless the run can
    /// go on.
    fn add_rest(&mut self) -> anyhow::Result<()> {
        let Some(failed) = self.failed.as_mut().filter(|_| self.journal.is_none()) else {
            return Ok(());
        };
        let reasons = line(&not_sent());
        while let Some(row) = self.rows.next()? {
            failed.add(self.rows.names().list(), &row, &reasons)?;
        }
        Ok(())
    }

    fn end_failed(&mut self) -> anyhow::Result<()> {
        let Some(failed) = self.failed.take() else {
            return Ok(());
        };
        // Before the file is removed: a file that has its name later is not the run's.
        if let Some(journal) = self.journal.as_mut().filter(|_| failed.is_empty()) {
            journal.has_errors_file(false)?;
        }
        failed.end()
    }
}

fn not_sent() -> Vec<Reason> {
    vec![Reason::new(
        NOT_SENT,
        "the run ended before it was sent",
        &[],
    )]
}
