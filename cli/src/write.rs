//! What `sfbox create`, `update`, `upsert` and `delete` have in common: one record that was
//! typed, or the records of an input.

mod batch;
mod check;
mod dry_run;
mod errors_file;
mod given;
mod journal;
mod many;
mod not_all_saved;
mod one;
mod options;
mod outcome;
mod printer;
mod repeatable;
mod request;
mod run;
mod tally;

use sfbox::{Options, Org};

use crate::describe::{Described, Purpose, describe, wanted};
use crate::object_name::ObjectName;
use crate::rows::Name;
pub(crate) use given::{Given, Typed};
pub(crate) use many::Many;
pub(crate) use not_all_saved::NotAllSaved;
pub(crate) use one::One;
pub(crate) use options::{Input, Writing};
pub(crate) use repeatable::{NEW as NEW_KEY, NO_KEYS, Repeatable};
pub(crate) use request::Request;

/// What is done, to which object of which org.
pub(crate) struct Target<'a> {
    pub(crate) org: &'a Org,
    pub(crate) call: &'a Options,
    pub(crate) object: &'a ObjectName,
    pub(crate) purpose: Purpose,
}

impl Target<'_> {
    /// The descriptions that records with these columns need: of the object, and of the
    /// parents that columns name.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    async fn described(&self, names: &[Name], typed: &Typed) -> anyhow::Result<Option<Described>> {
        if typed.no_describe {
            return Ok(None);
        }
        let object = describe(self.org, self.call, self.object).await?;
        let mut parents = Vec::new();
        for parent in wanted(&object, names, &typed.skip) {
            parents.push(describe(self.org, self.call, &parent).await?);
        }
        Ok(Some(Described { object, parents }))
    }
}
