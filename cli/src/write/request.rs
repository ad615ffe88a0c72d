//! What was typed: one record, or the name of an input.

use sfbox::Validator;

use super::Target;
use super::given::{Given, Typed};
use super::many::Many;
use super::one::One;
use super::options::Writing;
use super::repeatable::{NO_KEYS, Repeatable};
use crate::verdict::Usage;

/// What was typed after a command that creates, updates or upserts.
pub(crate) struct Request<'a> {
    pub(crate) target: Target<'a>,
    /// The id of the one record, where it exists.
    pub(crate) id: Option<&'a str>,
    /// `FIELD=VALUE`, as often as it was typed.
    pub(crate) fields: &'a [String],
    pub(crate) typed: &'a Typed,
    pub(crate) writing: &'a Writing,
    pub(crate) repeatable: Option<&'a Repeatable>,
    /// The state that the one record must still be in.
    pub(crate) if_unchanged: Option<Validator>,
}

impl Request<'_> {
    /// Carries it out.
    ///
    /// # Errors
    ///
    /// Those of [`One`] and [`Many`].
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        // Before an input is read, which may take long.
        if self.writing.input.is_given() {
            self.refuse_for_many()?;
        }
        let Some(source) = self.writing.source()? else {
            return Box::pin(self.one()?.run()).await;
        };
        let many = Many {
            target: self.target,
            source,
            typed: self.typed,
            writing: self.writing,
            yes: None,
        };
        Box::pin(many.run()).await
    }
}

impl<'a> Request<'a> {
    /// Many records have no use for what is about one.
    fn refuse_for_many(&self) -> Result<(), Usage> {
        if self.repeatable.is_some() {
            return Err(Usage::new(NO_KEYS));
        }
        match self.if_unchanged {
            None => Ok(()),
            Some(_) => Err(Usage::new(
                "a condition is for one record: leave out `--file`",
            )),
        }
    }

    fn one(self) -> Result<One<'a>, Usage> {
        let given = Given::of(self.fields)?;
        given.refuse_empty()?;
        Ok(One {
            target: self.target,
            given: match self.id {
                Some(id) => given.with("Id", id),
                None => given,
            },
            typed: self.typed,
            writing: self.writing,
            repeatable: self.repeatable,
            if_unchanged: self.if_unchanged,
        })
    }
}
