//! What a caller may set on a call.

use std::time::Duration;

use crate::bindings::exports::sfbox::client::query::{self, Rows};
use crate::bindings::exports::sfbox::client::{rest, types};

/// How long a call may take unless its options say otherwise: the contract's
/// default (`wit/types.wit`).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The longest timeout that the contract allows.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(3_600);

/// What a caller may set on any call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How long the caller is willing to wait: 1 ms to [`MAX_TIMEOUT`], else
    /// [`Failure::InvalidInput`](crate::Failure::InvalidInput). `None`:
    /// [`DEFAULT_TIMEOUT`].
    pub timeout: Option<Duration>,
    /// The REST API version, as `v66.0`, or `latest`. `None`: the component's
    /// default.
    pub api_version: Option<String>,
}

/// What a caller may set on a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// Timeout and API version.
    pub call: Options,
    /// Which rows: live ones, or all with the deleted and archived.
    pub rows: Rows,
    /// Rows a page, 200 to 2,000, else
    /// [`Failure::InvalidInput`](crate::Failure::InvalidInput). `None`:
    /// Salesforce's default.
    pub batch_size: Option<u16>,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            call: Options::default(),
            rows: Rows::Live,
            batch_size: None,
        }
    }
}

/// What a caller may set on a request of [`Org::rest`](crate::Org::rest).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestOptions {
    /// Timeout and API version. A path that is absolute has its own version.
    pub call: Options,
    /// Whether sending the request twice has the same result as sending it once, so that it
    /// is sent again when its answer is lost. `false`, the default: only a GET or HEAD that
    /// reads is.
    pub repeatable: bool,
}

/// Options of a call, as the component gets them.
pub(crate) trait CallOptions: Clone + Send + 'static {
    /// The contract's record.
    type Record;

    /// What these options have in common with those of any call.
    fn call(&self) -> &Options;

    /// The contract's record with `call` in it.
    fn record(self, call: types::Options) -> Self::Record;

    /// The contract's record, with the time that is left of the call.
    fn with_time_left(self, remaining: Duration) -> Self::Record {
        let call = self.call().with_timeout(remaining);
        self.record(call)
    }
}

impl CallOptions for Options {
    type Record = types::Options;

    fn call(&self) -> &Options {
        self
    }

    fn record(self, call: types::Options) -> Self::Record {
        call
    }
}

impl CallOptions for QueryOptions {
    type Record = query::QueryOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        let (rows, batch_size) = (self.rows, self.batch_size);
        query::QueryOptions {
            call,
            rows,
            batch_size,
        }
    }
}

impl CallOptions for RestOptions {
    type Record = rest::RestOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        let repeatable = self.repeatable;
        rest::RestOptions { call, repeatable }
    }
}

impl Options {
    /// How long the host waits for the call.
    pub(crate) fn time(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT).min(MAX_TIMEOUT)
    }

    fn with_timeout(&self, remaining: Duration) -> types::Options {
        // What the caller asked for is handed on as it is, so that the contract's
        // own bounds are judged in one place; only waiting for a turn shortens it.
        let asked = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let timeout = if asked > MAX_TIMEOUT || asked.is_zero() {
            asked
        } else {
            remaining.max(Duration::from_millis(1))
        };
        types::Options {
            timeout_ms: Some(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)),
            api_version: self.api_version.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout_ms(asked: Option<Duration>, remaining: Duration) -> u32 {
        let options = Options {
            timeout: asked,
            api_version: None,
        };
        let of_any = options.clone().with_time_left(remaining);
        let query = QueryOptions {
            call: options.clone(),
            ..QueryOptions::default()
        };
        let of_query = query.with_time_left(remaining).call;
        assert_eq!(of_any.timeout_ms, of_query.timeout_ms);
        let rest = RestOptions {
            call: options,
            repeatable: true,
        };
        let of_rest = rest.with_time_left(remaining);
        assert_eq!(of_any.timeout_ms, of_rest.call.timeout_ms);
        assert!(of_rest.repeatable && !RestOptions::default().repeatable);
        of_any.timeout_ms.unwrap()
    }

    #[test]
    fn waiting_for_a_turn_shortens_the_timeout() {
        let second = Duration::from_secs(1);
        assert_eq!(timeout_ms(Some(2 * second), second), 1_000);
        assert_eq!(timeout_ms(None, second), 1_000);
        assert_eq!(
            timeout_ms(None, Duration::ZERO),
            1,
            "the guest answers `timeout`, not us"
        );
    }

    #[test]
    fn a_timeout_out_of_bounds_reaches_the_component_as_it_is() {
        let second = Duration::from_secs(1);
        assert_eq!(timeout_ms(Some(Duration::ZERO), Duration::ZERO), 0);
        assert_eq!(timeout_ms(Some(MAX_TIMEOUT), MAX_TIMEOUT), 3_600_000);
        let past = MAX_TIMEOUT + Duration::from_millis(1);
        assert_eq!(timeout_ms(Some(past), second), 3_600_001);
        assert_eq!(timeout_ms(Some(Duration::MAX), second), u32::MAX);
    }
}
