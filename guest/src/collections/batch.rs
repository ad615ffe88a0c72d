//! One request of many records.

use http::Method;

use super::{Many, Verb, below};
use crate::answer::Answer;
use crate::call::{Call, Operation};
use crate::error::Error;
use crate::rest::DELETED;
use crate::saved::Saved;
use crate::sobjects::JSON;
use crate::token::Fingerprint;

/// The request of some rows.
pub(crate) struct Batch<'a> {
    pub(super) many: &'a Many,
    /// Places in the list.
    pub(super) rows: Vec<usize>,
}

impl Batch<'_> {
    fn texts(&self) -> String {
        let rows = self.rows.iter().filter_map(|&row| self.many.rows.get(row));
        let texts: Vec<&str> = rows.map(|row| row.text.as_str()).collect();
        texts.join(",")
    }
}

impl Operation for Batch<'_> {
    /// One for each row, in their order.
    type Output = Vec<Saved>;

    fn call(&self) -> Result<Call, Error> {
        let (records, all_or_none) = (self.texts(), self.many.all_or_none);
        let body = || format!(r#"{{"allOrNone":{all_or_none},"records":[{records}]}}"#);
        let collection = || below("composite/sobjects".to_owned());
        self.many.apply(match &self.many.verb {
            Verb::Create => Call::new(Method::POST, collection()).body(JSON, body()),
            Verb::Update => Call::new(Method::PATCH, collection()).body(JSON, body()),
            Verb::Upsert { object, field } => {
                let path = below(format!("composite/sobjects/{object}/{field}"));
                Call::new(Method::PATCH, path).body(JSON, body())
            }
            Verb::Delete => {
                let path = format!("composite/sobjects?ids={records}&allOrNone={all_or_none}");
                Call::new(Method::DELETE, below(path))
            }
        })
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Vec<Saved>, Error> {
        if !answer.is_success() {
            // An attempt before this one may have done what this one is refused.
            return Err(match answer.may_have_run_before {
                true => Error::OutcomeUnknown,
                false => answer.failure(),
            });
        }
        let rows = Saved::many(&answer).filter(|rows| rows.len() == self.rows.len());
        let mut rows = rows.ok_or_else(|| {
            answer.unexpected("no list with one entry for each record of the request")
        })?;
        if self.many.verb == Verb::Delete && answer.may_have_run_before {
            for row in &mut rows {
                row.success |= row.errors.iter().any(|error| error.code == DELETED);
            }
        }
        Ok(rows)
    }
}
