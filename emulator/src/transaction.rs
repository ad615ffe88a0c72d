//! Writes that are kept together, or not at all.

use std::sync::MutexGuard;

use crate::call::Call;
use crate::database::Savepoint;
use crate::error::ApiError;
use crate::org::Org;

/// The turn to write, and what to go back to.
pub(crate) struct Transaction<'a> {
    org: &'a Org,
    savepoint: Option<Savepoint>,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl<'a> Transaction<'a> {
    /// Takes the turn, unless the call is a part of one that has it.
    pub(crate) fn begin(call: &Call<'a>, all_or_none: bool) -> Result<Self, ApiError> {
        let org = call.org;
        let turn = (!call.is_part).then(|| org.turn());
        let savepoint = if all_or_none {
            let savepoint = org.database().savepoint();
            Some(savepoint.map_err(|error| ApiError::internal(&error))?)
        } else {
            None
        };
        Ok(Self {
            org,
            savepoint,
            _turn: turn,
        })
    }

    /// Keeps what was written, or takes it back.
    pub(crate) fn end(mut self, is_kept: bool) -> Result<(), ApiError> {
        let mut database = self.org.database();
        let ended = match (self.savepoint.take(), is_kept) {
            (Some(savepoint), true) => database.keep(&savepoint),
            (Some(savepoint), false) => database.go_back(&savepoint),
            (None, _) => Ok(()),
        };
        ended.map_err(|error| ApiError::internal(&error))
    }
}

impl Drop for Transaction<'_> {
    /// What broke off is taken back.
    fn drop(&mut self) {
        if let Some(savepoint) = self.savepoint.take() {
            let _ = self.org.database().go_back(&savepoint);
        }
    }
}
