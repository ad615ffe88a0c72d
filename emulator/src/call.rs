//! A call of the API.

use crate::org::Org;
use crate::request::Request;
use crate::segments::Segments;
use crate::session::SessionId;
use crate::version::ApiVersion;

/// A request below a version, once its session is known and it is counted.
pub(crate) struct Call<'a> {
    pub(crate) org: &'a Org,
    pub(crate) request: &'a Request,
    pub(crate) segments: &'a Segments,
    pub(crate) version: ApiVersion,
    pub(crate) session: SessionId,
    /// The calls that count against the daily limit, with this one.
    pub(crate) used: u64,
}
