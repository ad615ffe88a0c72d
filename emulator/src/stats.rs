//! What has happened on this org.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Version;
use serde::{Deserialize, Serialize};

use crate::resource::Route;

/// Counts since the start or the last reset. Requests to `/__emulator/` are
/// counted nowhere but among the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    /// Logins that were answered with a token.
    pub logins: u64,
    /// Logins that were refused. Those that a fault answered are in neither.
    pub failed_logins: u64,
    /// Requests by resource.
    pub requests: BTreeMap<Route, u64>,
    /// Requests that count against the org's daily limit.
    pub api_calls: u64,
    /// Writes that were carried out, by resource: of calls that write several
    /// records one for each, and also those that such a call takes back.
    pub writes: BTreeMap<Route, u64>,
    /// Executions of the Apex REST class, with every method.
    pub apex_executions: u64,
    /// Answers with status 401 that no fault made.
    pub unauthorized: u64,
    /// Requests that no client which works as it should would send: unknown
    /// hosts, paths, methods and versions, malformed headers and logins, and
    /// SOQL that this emulator does not support.
    pub unexpected: u64,
    /// Requests whose answer has not been sent whole.
    pub in_flight: u64,
    /// The most that `in_flight` has been.
    pub in_flight_peak: u64,
    /// Requests that a fault holds.
    pub held: u64,
    /// TCP connections.
    pub connections: Connections,
    /// Requests by protocol.
    pub protocols: Protocols,
}

/// TCP connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// How many have been accepted.
    pub accepted: u64,
    /// How many are open.
    pub open: u64,
    /// How many completed a TLS handshake.
    pub tls_handshakes: u64,
}

/// Requests by protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocols {
    /// HTTP/1.0 and HTTP/1.1.
    pub http1: u64,
    /// HTTP/2.
    pub http2: u64,
}

/// Statistics that many requests write.
#[derive(Debug, Default)]
pub(crate) struct SharedStats(Mutex<Stats>);

impl SharedStats {
    /// A copy.
    pub(crate) fn snapshot(&self) -> Stats {
        self.lock().clone()
    }

    /// Changes the statistics.
    pub(crate) fn record(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.lock());
    }

    /// Sets the counts to zero; what is open or in flight stays counted.
    pub(crate) fn reset(&self) {
        let mut stats = self.lock();
        let (in_flight, held, open) = (stats.in_flight, stats.held, stats.connections.open);
        *stats = Stats {
            in_flight,
            in_flight_peak: in_flight,
            held,
            connections: Connections {
                open,
                ..Connections::default()
            },
            ..Stats::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Stats> {
        // Counters are whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stats {
    /// Counts a write that was carried out.
    pub(crate) fn wrote(&mut self, route: Route) {
        *self.writes.entry(route).or_default() += 1;
    }

    /// Counts a request that has begun.
    pub(crate) fn begin(&mut self, route: Route, version: Version) {
        *self.requests.entry(route).or_default() += 1;
        match version {
            Version::HTTP_2 => self.protocols.http2 += 1,
            _ => self.protocols.http1 += 1,
        }
        self.in_flight += 1;
        self.in_flight_peak = self.in_flight_peak.max(self.in_flight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_keeps_what_is_still_going_on() {
        let shared = SharedStats::default();
        shared.record(|stats| {
            stats.begin(Route::Token, Version::HTTP_2);
            stats.begin(Route::Query, Version::HTTP_11);
            stats.in_flight -= 1;
            stats.connections = Connections {
                accepted: 3,
                open: 2,
                tls_handshakes: 3,
            };
            stats.logins = 1;
        });
        assert_eq!(shared.snapshot().in_flight_peak, 2);
        assert_eq!(
            shared.snapshot().protocols,
            Protocols { http1: 1, http2: 1 }
        );
        shared.reset();
        let expected = Stats {
            in_flight: 1,
            in_flight_peak: 1,
            connections: Connections {
                open: 2,
                ..Connections::default()
            },
            ..Stats::default()
        };
        assert_eq!(shared.snapshot(), expected);
    }

    #[test]
    fn json_names_routes_as_faults_do() {
        let stats = Stats {
            requests: BTreeMap::from([(Route::QueryMore, 2)]),
            ..Stats::default()
        };
        let json = serde_json::to_value(&stats).expect("JSON");
        assert_eq!(json["requests"]["query_more"], 2);
        assert_eq!(serde_json::from_value::<Stats>(json).expect("stats"), stats);
    }
}
