//! One record, as it was typed.

use anyhow::Context as _;
use serde::Serialize;
use sfbox::error::ApiFailure;
use sfbox::{
    ChangeOptions, Error, ExternalId, Failure, Key, ManyOptions, Org, Outcome as Answered,
    Outcomes, Validator, WriteOptions,
};

use super::Target;
use super::given::{Given, Typed};
use super::options::Writing;
use super::outcome::{Outcome, State};
use super::repeatable::Repeatable;
use crate::calling::Calling;
use crate::describe::{Purpose, Record, Seen, Shape, prefixes};
use crate::reason::Reason;
use crate::report::{note, remark};
use crate::verdict::Usage;

/// The status of a request that Salesforce could read and refused, in an answer of a
/// collection, which has none of its own for a record.
const REFUSED: u16 = 400;

/// One record, and what is to be done with it.
pub(crate) struct One<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) given: Given,
    pub(crate) typed: &'a Typed,
    pub(crate) writing: &'a Writing,
    pub(crate) repeatable: Option<&'a Repeatable>,
    /// The state that the record must still be in.
    pub(crate) if_unchanged: Option<Validator>,
}

/// What became of it, as it is printed.
#[derive(Serialize)]
struct Shown {
    id: Option<String>,
    outcome: &'static str,
}

impl One<'_> {
    /// Does it.
    ///
    /// # Errors
    ///
    /// When what was typed cannot be sent, and when Salesforce refuses it.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        self.writing.run.refuse_for_one()?;
        let mut write = self.writing.write.options(self.target.call)?;
        // A deletion needs none: the component compares its id with the object.
        let described = match self.target.purpose {
            Purpose::Delete if !self.writing.run.dry_run => None,
            _ => self.target.described(&self.given.names, self.typed).await?,
        };
        let names = (self.given.names.as_slice(), self.typed.skip.as_slice());
        let shape = Shape::of(
            self.target.purpose.clone(),
            described,
            names,
            &self.typed.null,
        )?;
        let record = shape.record(&self.given.row).map_err(|why| refused(&why))?;
        if self.writing.run.dry_run {
            return self.judge(&shape, &record).await;
        }
        write.repeat = self.repeatable.map(Repeatable::announced);
        let (id, state) = self.send(&record, write).await?;
        if id.is_none() {
            note(
                "the record was created, and its user may not see it: a rule gave it to somebody else",
            );
        }
        let shown = serde_json::value::to_raw_value(&Shown {
            id,
            outcome: state.name(),
        })?;
        self.writing.output.print_one(&["id", "outcome"], &shown)
    }

    async fn judge(&self, shape: &Shape, record: &Record) -> anyhow::Result<()> {
        let prefixes = prefixes(self.target.org, self.target.call).await?;
        let reasons = shape.judge(record, &prefixes, &mut Seen::default());
        if !reasons.is_empty() {
            return Err(refused(&reasons).into());
        }
        remark("dry run: nothing speaks against the record, and nothing was sent");
        Ok(())
    }

    async fn send(
        &self,
        record: &Record,
        write: WriteOptions,
    ) -> anyhow::Result<(Option<String>, State)> {
        let (org, object, body) = (self.target.org, self.target.object.as_str(), record.body());
        let mut calling = Calling::begin(org)?;
        let id = record.id.clone();
        let key = || id.clone().map(Key::Id).context("the record has no id");
        Ok(match &self.target.purpose {
            Purpose::Create => {
                let created = calling.during(org.create(object, &body, &write)).await??;
                for notice in &created.notices {
                    note(&format!("{}: {}", notice.code, notice.message));
                }
                (created.id, State::Created)
            }
            Purpose::Update => {
                let options = ChangeOptions {
                    write,
                    if_unchanged: self.if_unchanged.clone(),
                };
                let key = key()?;
                calling
                    .during(org.update(object, &key, &body, &options))
                    .await??;
                (id, State::Updated)
            }
            Purpose::Upsert(field) => {
                let external_id = external_id(record).context("the record has no external id")?;
                if !fits_a_path(&external_id.value) {
                    let options = ManyOptions {
                        write,
                        ..ManyOptions::default()
                    };
                    let whole = [record.whole()];
                    let upsert = org.upsert_many(object, field, &whole, &options);
                    let outcomes = calling.during(upsert).await??;
                    return of_only(org, &self.target.purpose, outcomes);
                }
                let upsert = org.upsert(object, &external_id, &body, &write);
                let upserted = calling.during(upsert).await??;
                let state = if upserted.created {
                    State::Created
                } else {
                    State::Updated
                };
                (Some(upserted.id), state)
            }
            Purpose::Delete => {
                let key = key()?;
                calling.during(org.delete(object, &key, &write)).await??;
                (id, State::Deleted)
            }
        })
    }
}

/// Whether a path can have this value, so that no server reads it in two ways. Others
/// travel in a body.
fn fits_a_path(value: &str) -> bool {
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    !value.contains(['%', '\\']) && !value.split('/').any(is_dots)
}

/// What became of the only record of a collection.
fn of_only(
    org: &Org,
    purpose: &Purpose,
    outcomes: Outcomes,
) -> anyhow::Result<(Option<String>, State)> {
    let failed = |failure| {
        anyhow::Error::new(Error::Call {
            org: org.name().to_owned(),
            operation: "collections upsert",
            failure: Box::new(failure),
            cause: None,
        })
    };
    match (outcomes.outcomes.into_iter().next(), outcomes.stopped) {
        (Some(Answered::Refused(errors)), _) => Err(failed(Failure::Api(ApiFailure {
            status: REFUSED,
            errors,
            request_id: None,
        }))),
        (Some(saved @ Answered::Saved(_)), _) => {
            let outcome = Outcome::of(saved, purpose);
            Ok((outcome.id().map(str::to_owned), outcome.state()))
        }
        (Some(Answered::NotSent), Some(stopped)) => Err(failed(stopped)),
        _ => Err(failed(Failure::OutcomeUnknown)),
    }
}

/// The value by which the record is found, as text.
fn external_id(record: &Record) -> Option<ExternalId> {
    let (field, json) = record.key.clone()?;
    let value = match serde_json::from_str(&json).ok()? {
        serde_json::Value::String(text) => text,
        _ => json,
    };
    Some(ExternalId { field, value })
}

/// That a record cannot be sent.
fn refused(reasons: &[Reason]) -> Usage {
    let reasons: Vec<String> = reasons
        .iter()
        .map(|reason| format!("{}: {}", reason.code, reason.message))
        .collect();
    Usage::new(format!("{}; nothing was sent", reasons.join("; ")))
}
