//! What `sfbox create`, `update`, `upsert` and `delete` have in common: one record that was
//! typed, or the records of an input.

mod batch;
mod check;
mod dry_run;
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

use crate::describe::Purpose;
use crate::object_name::ObjectName;
pub(crate) use given::{Given, Typed};
pub(crate) use many::Many;
pub(crate) use not_all_saved::NotAllSaved;
pub(crate) use one::One;
pub(crate) use options::{Confirmed, Input, Writing};
pub(crate) use repeatable::{NEW as NEW_KEY, NO_KEYS, Repeatable};
pub(crate) use request::Request;

/// What is done, to which object of which org.
pub(crate) struct Target<'a> {
    pub(crate) org: &'a Org,
    pub(crate) call: &'a Options,
    pub(crate) object: &'a ObjectName,
    pub(crate) purpose: Purpose,
}
