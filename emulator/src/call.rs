//! A call of the API.

use crate::answer::Answer;
use crate::database::Database;
use crate::error::ApiError;
use crate::org::Org;
use crate::request::Request;
use crate::resource::Route;
use crate::segments::Segments;
use crate::session::SessionId;
use crate::version::ApiVersion;

/// A request below a version, once its session is known and it is counted.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) org: &'a Org,
    pub(crate) request: &'a Request,
    pub(crate) segments: &'a Segments,
    /// Its name in statistics.
    pub(crate) route: Route,
    pub(crate) version: ApiVersion,
    pub(crate) session: SessionId,
    /// The calls that count against the daily limit, with this one.
    pub(crate) used: u64,
    /// Whether it is a part of another call, which then has the turn to write.
    pub(crate) is_part: bool,
    /// Answers a part of this call.
    pub(crate) parts: fn(&Call<'_>, &Request) -> Answer,
}

impl Call<'_> {
    /// Answers a part of this call, by the same table of resources.
    pub(crate) fn part(&self, request: &Request) -> Answer {
        (self.parts)(self, request)
    }

    /// Does all of it in one turn to write.
    pub(crate) fn in_turn<T>(&self, work: impl FnOnce(&Call<'_>) -> T) -> T {
        let _turn = (!self.is_part).then(|| self.org.turn());
        let with_turn = Call {
            is_part: true,
            ..*self
        };
        work(&with_turn)
    }

    /// Writes records, and counts that once if it was done.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let _turn = (!self.is_part).then(|| self.org.turn());
        let done = work(&mut self.org.database())?;
        self.wrote();
        Ok(done)
    }

    /// Counts a write.
    pub(crate) fn wrote(&self) {
        self.org.stats.record(|stats| stats.wrote(self.route));
    }
}
