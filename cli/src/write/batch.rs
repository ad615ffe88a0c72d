//! The rows of one request.

use std::sync::Arc;

use sfbox::error::ApiFailure;
use sfbox::{Error, Failure, ManyOptions, Org, Outcomes};

use super::journal::Known;
use super::outcome::{Outcome, State};
use crate::describe::{Purpose, Record, Shape};
use crate::reason::Reason;
use crate::rows::Row;

/// Salesforce's answer to a request of which it could read nothing.
const BAD_REQUEST: u16 = 400;

/// Salesforce's code of a record that is deleted already.
const DELETED: &str = "ENTITY_IS_DELETED";

/// Rows with so many bytes are enough: the library takes 64 MiB at once, and a row has at
/// most 8 MiB, of which JSON makes six times as many if each byte needs an escape.
const BYTES_ENOUGH: usize = 8 << 20;

/// Rows that go in one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Row>,
    /// What has become of each row without sending it; `None`: it is sent.
    unsent: Vec<Option<Outcome>>,
    /// The id of each row that an earlier run may have carried out.
    again: Vec<Option<String>>,
    records: Vec<Record>,
    /// Of all rows, as far as they take memory.
    bytes: usize,
}

/// What became of a batch.
pub(super) struct Settled {
    /// One for each row.
    pub(super) outcomes: Vec<Outcome>,
    /// Why nothing more can be sent.
    pub(super) stopped: Option<Error>,
}

impl Batch {
    /// Adds a row, of which the earlier runs know so much.
    pub(super) fn add(&mut self, shape: &Shape, row: Row, known: Known) {
        let (unsent, again) = match shape.record(&row) {
            Ok(record) => {
                self.bytes += record.bytes();
                let id = record.id.clone().filter(|_| known.may_have_run());
                self.records.push(record);
                (None, id)
            }
            Err(reasons) => {
                self.bytes += row.bytes();
                (Some(Outcome::Refused(reasons)), None)
            }
        };
        self.unsent.push(unsent);
        self.again.push(again);
        self.rows.push(row);
    }

    /// Whether it has so many bytes that the next row has to wait for the next request.
    pub(super) fn is_large(&self) -> bool {
        self.bytes >= BYTES_ENOUGH
    }

    /// Sends nothing of it if one row cannot be sent: all or none.
    pub(super) fn or_none(mut self, all_or_none: bool) -> Self {
        if all_or_none && self.unsent.iter().any(Option::is_some) {
            self.records.clear();
            for unsent in &mut self.unsent {
                unsent.get_or_insert(Outcome::RolledBack);
            }
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The numbers of the rows that are sent.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let rows = self.rows.iter().zip(&self.unsent);
        rows.filter_map(|(row, unsent)| unsent.is_none().then_some(row.number))
            .collect()
    }

    /// Sends it.
    pub(super) async fn send(
        self: Arc<Self>,
        org: Org,
        object: String,
        purpose: Purpose,
        options: ManyOptions,
    ) -> Result<Outcomes, Error> {
        if self.records.is_empty() {
            return Ok(Outcomes {
                outcomes: Vec::new(),
                stopped: None,
            });
        }
        let whole = || -> Vec<String> { self.records.iter().map(Record::whole).collect() };
        match &purpose {
            Purpose::Create => org.create_many(&object, &whole(), &options).await,
            Purpose::Update => org.update_many(&object, &whole(), &options).await,
            Purpose::Upsert(key) => org.upsert_many(&object, key, &whole(), &options).await,
            Purpose::Delete => {
                let ids = self.records.iter().filter_map(|record| record.id.clone());
                org.delete_many(&ids.collect::<Vec<_>>(), &options).await
            }
        }
    }

    /// What became of its rows.
    pub(super) fn settle(
        &self,
        answered: Result<Outcomes, Error>,
        (org, purpose): (&str, &Purpose),
    ) -> Settled {
        let (answered, stopped, otherwise) = match answered {
            Ok(Outcomes { outcomes, stopped }) => {
                let stopped = stopped.map(|failure| Error::Call {
                    org: org.to_owned(),
                    operation: operation(purpose),
                    failure: Box::new(failure),
                    cause: None,
                });
                // An answer has an outcome for each record: else nothing is known.
                (outcomes, stopped, Outcome::Unknown)
            }
            Err(error) => {
                let outcome = of_all(&error);
                let is_refused = matches!(outcome, Outcome::Refused(_));
                (Vec::new(), (!is_refused).then_some(error), outcome)
            }
        };
        let mut answered = answered.into_iter();
        let mut outcomes = self.outcomes(|| match answered.next() {
            Some(answered) => Outcome::of(answered, purpose),
            None => otherwise.clone(),
        });
        if *purpose == Purpose::Delete {
            self.forgive_deleted(&mut outcomes);
        }
        Settled { outcomes, stopped }
    }

    /// A record that an earlier run may have deleted, and that is deleted, is not refused.
    fn forgive_deleted(&self, outcomes: &mut [Outcome]) {
        for (outcome, again) in outcomes.iter_mut().zip(&self.again) {
            let is_deleted = match &*outcome {
                Outcome::Refused(reasons) => reasons.iter().any(|reason| reason.code == DELETED),
                _ => false,
            };
            if let Some(id) = again.as_ref().filter(|_| is_deleted) {
                *outcome = Outcome::Saved(State::Deleted, id.clone());
            }
        }
    }

    /// What became of its rows if nobody waits for the answer.
    pub(super) fn abandoned(&self) -> Vec<Outcome> {
        self.outcomes(|| Outcome::Unknown)
    }

    /// What became of its rows if it is not sent.
    pub(super) fn not_sent(&self) -> Vec<Outcome> {
        self.outcomes(|| Outcome::NotSent)
    }

    /// One for each row: what is known of it, or what became of it when it was sent.
    fn outcomes(&self, mut sent: impl FnMut() -> Outcome) -> Vec<Outcome> {
        let unsent = self.unsent.iter().cloned();
        unsent
            .map(|unsent| unsent.unwrap_or_else(&mut sent))
            .collect()
    }
}

/// What the library calls the call.
fn operation(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Create => "collections create",
        Purpose::Update => "collections update",
        Purpose::Upsert(_) => "collections upsert",
        Purpose::Delete => "collections delete",
    }
}

/// What became of all records of a call that failed as a whole.
fn of_all(error: &Error) -> Outcome {
    match error {
        Error::Lost { .. } => Outcome::Unknown,
        Error::Call { failure, .. } => match &**failure {
            // One record made the request unreadable. The next request has others.
            Failure::Api(api @ ApiFailure { status, .. }) if *status == BAD_REQUEST => {
                Outcome::Refused(api.errors.iter().map(Reason::from).collect())
            }
            Failure::OutcomeUnknown => Outcome::Unknown,
            _ => Outcome::NotSent,
        },
    }
}

#[cfg(test)]
mod tests {
    use sfbox::Outcome as Answered;
    use sfbox::error::{ApiError, Remedy};

    use super::*;
    use crate::rows::{Name, Value};

    const ID: &str = "001D000000IqhSLIAZ";

    fn shape(purpose: Purpose, name: &str) -> Shape {
        let name = Name {
            text: name.to_owned(),
            line: 1,
        };
        Shape::of(purpose, None, (&[name], &[]), "#N/A").unwrap()
    }

    fn row(text: &str) -> Row {
        Row {
            number: 1,
            line: 2,
            values: vec![(0, Value::Text(text.to_owned()))],
        }
    }

    #[test]
    fn a_few_rows_can_be_enough() {
        let create = shape(Purpose::Create, "Name");
        let update = shape(Purpose::Update, "Id");
        // The second shape refuses the rows, which take memory all the same.
        for shape in [create, update] {
            let mut batch = Batch::default();
            let mut rows = 0;
            while !batch.is_large() {
                batch.add(&shape, row(&"x".repeat(1 << 20)), Known::Nothing);
                rows += 1;
            }
            assert_eq!(rows, 8);
        }
    }

    #[test]
    fn a_record_that_an_earlier_run_may_have_deleted_is_deleted() {
        let shape = shape(Purpose::Delete, "Id");
        for (known, state) in [
            (Known::Nothing, State::Refused),
            (Known::Settled(State::NotSent), State::Refused),
            (Known::Sent, State::Deleted),
            (Known::Settled(State::Unknown), State::Deleted),
        ] {
            let mut batch = Batch::default();
            batch.add(&shape, row(ID), known);
            let gone = ApiError {
                code: DELETED.to_owned(),
                message: "entity is deleted".to_owned(),
                fields: Vec::new(),
                remedy: Remedy::Unknown,
                details: None,
            };
            let answered = Outcomes {
                outcomes: vec![Answered::Refused(vec![gone])],
                stopped: None,
            };
            let settled = batch.settle(Ok(answered), ("acme", shape.purpose()));
            assert_eq!(settled.outcomes[0].state(), state, "{known:?}");
        }
    }
}
