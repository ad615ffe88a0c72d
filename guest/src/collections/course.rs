//! How a write of many records goes: which rows are sent next, what became of each, and
//! which are sent again. Pure: it is told what every request came to.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Many, Verb, refused};
use crate::call::Repeat;
use crate::contract::collections::{Outcome, Outcomes, Saved as Done};
use crate::error::{ApiError, Error, Remedy};
use crate::retry::jitter;
use crate::saved::Saved;

/// A request's records at most, in bytes: what a policy of the host reads of a body is
/// 1 MiB, and it denies what it cannot read.
const BATCH_BYTES: usize = 1_000_000;

/// Runs of records of one object in a request at most.
const RUNS_MAX: usize = 10;

/// How often rows are sent again that failed for a reason which passes.
const ROUNDS_MAX: u32 = 5;

/// The wait before they are; it doubles with every round.
const BACKOFF: Duration = Duration::from_millis(500);

const ROLLED_BACK: &str = "ALL_OR_NONE_OPERATION_ROLLED_BACK";

/// A write of many records on its way.
pub(crate) struct Course<'a> {
    many: &'a Many,
    waiting: VecDeque<Vec<usize>>,
    outcomes: Vec<Option<Outcome>>,
    /// Rows that failed for a reason which passes, with the words for it.
    again: Vec<(String, usize)>,
    /// With all-or-none, the requests that did.
    again_whole: Vec<Vec<usize>>,
    rounds: u32,
    stopped: Option<Error>,
}

impl<'a> Course<'a> {
    pub(crate) fn new(many: &'a Many) -> Self {
        let mut rows: Vec<usize> = (0..many.rows.len()).collect();
        if !many.all_or_none {
            let object = |&row: &usize| many.rows.get(row).map(|row| &*row.object);
            rows.sort_by(|one, other| object(one).cmp(&object(other)));
        }
        Self {
            many,
            waiting: cut(many, &rows),
            outcomes: many.rows.iter().map(|_| None).collect(),
            again: Vec::new(),
            again_whole: Vec::new(),
            rounds: 0,
            stopped: None,
        }
    }

    /// The rows of the next request. `None`: there is none in this round.
    pub(crate) fn next(&mut self) -> Option<Vec<usize>> {
        match self.stopped {
            None => self.waiting.pop_front(),
            Some(_) => None,
        }
    }

    /// Notes what a request came to.
    pub(crate) fn note(&mut self, rows: Vec<usize>, outcome: Result<Vec<Saved>, Error>) {
        match outcome {
            Ok(saved) => self.note_rows(rows, saved),
            Err(error) => {
                let (fate, stops) = fate(&error, self.many.repeat);
                for row in rows {
                    self.settle(row, fate.clone());
                }
                if stops && self.stopped.is_none() {
                    self.stopped = Some(error);
                }
            }
        }
    }

    /// Begins another round of the rows that failed for a reason which passes, and says how
    /// long to wait before it. `None`: there is none.
    pub(crate) fn again(&mut self, random: u64, remaining: Duration) -> Option<Duration> {
        let wait = jitter(BACKOFF.saturating_mul(1 << self.rounds.min(16)), random);
        let may = self.rounds < ROUNDS_MAX && self.stopped.is_none() && wait < remaining;
        let is_none = self.again.is_empty() && self.again_whole.is_empty();
        if is_none || !may {
            return None;
        }
        self.rounds += 1;
        // Those that wait for the same record go in one request, so that they do not wait
        // for each other: the words name it.
        let mut again = std::mem::take(&mut self.again);
        again.sort();
        let rows: Vec<usize> = again.into_iter().map(|(_, row)| row).collect();
        self.waiting = cut(self.many, &rows);
        self.waiting.extend(std::mem::take(&mut self.again_whole));
        Some(wait)
    }

    /// What became of all records.
    ///
    /// # Errors
    ///
    /// Why nothing was sent, if that is so.
    pub(crate) fn end(self) -> Result<Outcomes, Error> {
        let is_untouched = self
            .outcomes
            .iter()
            .all(|outcome| matches!(outcome, None | Some(Outcome::NotSent)));
        match self.stopped {
            Some(error) if is_untouched => Err(error),
            stopped => Ok(Outcomes {
                outcomes: self
                    .outcomes
                    .into_iter()
                    .map(|outcome| outcome.unwrap_or(Outcome::NotSent))
                    .collect(),
                stopped: stopped.map(Into::into),
            }),
        }
    }

    fn note_rows(&mut self, rows: Vec<usize>, saved: Vec<Saved>) {
        if self.many.all_or_none && is_passing_whole(&saved) && self.rounds < ROUNDS_MAX {
            for (&row, saved) in rows.iter().zip(saved) {
                self.settle(row, self.outcome(row, saved));
            }
            self.again_whole.push(rows);
            return;
        }
        for (row, saved) in rows.into_iter().zip(saved) {
            if !self.many.all_or_none && is_passing(&saved) {
                let words = saved.errors.iter().map(|error| &*error.message);
                self.again.push((words.collect(), row));
            }
            let outcome = self.outcome(row, saved);
            self.settle(row, outcome);
        }
    }

    fn outcome(&self, row: usize, saved: Saved) -> Outcome {
        if saved.success {
            let given = self.many.rows.get(row).map(|row| row.text.clone());
            let id = saved
                .id
                .or(given.filter(|_| self.many.verb == Verb::Delete));
            return Outcome::Saved(Done {
                id: id.unwrap_or_default(),
                created: match self.many.verb {
                    Verb::Create => true,
                    Verb::Upsert { .. } => saved.created == Some(true),
                    Verb::Update | Verb::Delete => false,
                },
            });
        }
        if saved.errors.iter().any(|error| error.code == ROLLED_BACK) {
            return Outcome::RolledBack;
        }
        let errors = match saved.errors.is_empty() {
            false => saved.errors,
            true => vec![unnamed()],
        };
        Outcome::Refused(errors.into_iter().map(Into::into).collect())
    }

    fn settle(&mut self, row: usize, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(row) {
            *place = Some(outcome);
        }
    }
}

/// Refuses a write that cannot keep what all-or-none promises: to cut the records of a
/// request into two would save some and not the others.
///
/// # Errors
///
/// Says which limit the records of one request exceed.
pub(super) fn check_whole(many: &Many) -> Result<(), Error> {
    if !many.all_or_none {
        return Ok(());
    }
    for unit in many
        .rows
        .chunks(many.batch_size)
        .filter(|unit| unit.len() > 1)
    {
        let commas = unit.len() - 1;
        let bytes = commas + unit.iter().map(|row| row.text.len()).sum::<usize>();
        let pairs = unit.iter().zip(unit.iter().skip(1));
        let changes = pairs
            .filter(|(one, other)| one.object != other.object)
            .count();
        let changes_max = RUNS_MAX - 1;
        let why = if bytes > BATCH_BYTES {
            format!("have {bytes} bytes, and {BATCH_BYTES} are allowed")
        } else if changes > changes_max {
            format!("change their object {changes} times, and {changes_max} times are allowed")
        } else {
            continue;
        };
        return Err(refused(&format!(
            "with `all-or-none`, the records of a request {why}: use a smaller `batch-size`"
        )));
    }
    Ok(())
}

/// Cuts rows into requests, in their order. With all-or-none, a request has the records that
/// are saved together, and [`check_whole`] has refused what does not fit into one.
fn cut(many: &Many, rows: &[usize]) -> VecDeque<Vec<usize>> {
    let mut batches = VecDeque::new();
    let mut batch: Vec<usize> = Vec::new();
    let (mut bytes, mut runs, mut object) = (0, 0, None);
    for &row in rows {
        let Some(record) = many.rows.get(row) else {
            continue;
        };
        let is_new_run = object != Some(&record.object);
        let is_too_much =
            bytes + record.text.len() > BATCH_BYTES || (is_new_run && runs >= RUNS_MAX);
        let is_full = batch.len() >= many.batch_size || (!many.all_or_none && is_too_much);
        if is_full && !batch.is_empty() {
            batches.push_back(std::mem::take(&mut batch));
            (bytes, runs, object) = (0, 0, None);
        }
        if object != Some(&record.object) {
            runs += 1;
            object = Some(&record.object);
        }
        bytes += record.text.len() + 1;
        batch.push(row);
    }
    if !batch.is_empty() {
        batches.push_back(batch);
    }
    batches
}

fn is_passing(saved: &Saved) -> bool {
    let mut errors = saved.errors.iter();
    let passes = |error: &ApiError| sfbox_remedy::is_passing_row(&error.code);
    !saved.success && !saved.errors.is_empty() && errors.all(passes)
}

/// Whether a request failed as a whole, and only for reasons which pass.
fn is_passing_whole(rows: &[Saved]) -> bool {
    let is_rolled_back = |row: &Saved| row.errors.iter().any(|error| error.code == ROLLED_BACK);
    let none_saved = rows.iter().all(|row| !row.success);
    let mut rows = rows.iter().filter(|row| !is_rolled_back(row)).peekable();
    none_saved && rows.peek().is_some() && rows.all(is_passing)
}

/// What a failed request means for its rows, and whether the others would fail alike.
fn fate(error: &Error, class: Repeat) -> (Outcome, bool) {
    match error {
        Error::OutcomeUnknown => (Outcome::Unknown, false),
        Error::Api(failure)
            if failure
                .errors
                .iter()
                .any(|error| error.remedy == Remedy::Wait) =>
        {
            (Outcome::NotSent, true)
        }
        Error::Api(failure) => {
            let errors = failure.errors.iter().cloned();
            (Outcome::Refused(errors.map(Into::into).collect()), false)
        }
        // It was answered, so it may have been executed.
        Error::UnexpectedAnswer(_) => (Outcome::Unknown, true),
        // What may be sent twice was perhaps executed by an attempt before the last one.
        Error::Timeout | Error::Unreachable(_) | Error::RateLimited(_)
            if class != Repeat::UnlessExecuted =>
        {
            (Outcome::Unknown, true)
        }
        _ => (Outcome::NotSent, true),
    }
}

/// An entry that says neither success nor why not.
fn unnamed() -> ApiError {
    ApiError {
        code: "UNKNOWN_EXCEPTION".to_owned(),
        message: "Salesforce gave no reason".to_owned(),
        fields: Vec::new(),
        remedy: Remedy::Unknown,
        details: None,
    }
}
