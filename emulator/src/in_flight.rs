//! A request from its beginning to the last byte of its answer.

use std::sync::Arc;

use http::Version;

use crate::org::Org;
use crate::resource::Route;

/// Counts one request as in flight while it lives.
pub(crate) struct InFlight(Arc<Org>);

impl InFlight {
    pub(crate) fn begin(org: &Arc<Org>, route: Route, version: Version) -> Self {
        org.stats.record(|stats| stats.begin(route, version));
        Self(Arc::clone(org))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0
            .stats
            .record(|stats| stats.in_flight = stats.in_flight.saturating_sub(1));
    }
}
