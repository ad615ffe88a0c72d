//! What a caller may set on a call.

use std::time::Duration;

use crate::bindings::exports::sfbox::client::query::{self, Rows};
use crate::bindings::exports::sfbox::client::search::{self, Scope};
use crate::bindings::exports::sfbox::client::types::{Assignment, Duplicates, Repeat, Validator};
use crate::bindings::exports::sfbox::client::{
    collections, org, query_stream, rest, sobjects, types,
};

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
    /// Whether the objects are those of the Tooling API.
    pub tooling: bool,
    /// Whether a statement that is too long for a URI is sent as a part of a composite
    /// request. `true`, the default; Salesforce does not document it for this purpose.
    pub composite: bool,
    /// Whether the lists of child records are read to their ends. `true`, the default;
    /// otherwise a long one is cut, and has `"done":false`.
    pub complete_children: bool,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            call: Options::default(),
            rows: Rows::Live,
            batch_size: None,
            tooling: false,
            composite: true,
            complete_children: true,
        }
    }
}

/// What a caller may set on a query of all records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordsOptions {
    /// Timeout and API version. The timeout limits each request, not the stream.
    pub call: Options,
    /// As in [`QueryOptions`].
    pub rows: Rows,
    /// As in [`QueryOptions`].
    pub batch_size: Option<u16>,
    /// As in [`QueryOptions`].
    pub tooling: bool,
    /// As in [`QueryOptions`].
    pub composite: bool,
    /// Whether the query goes on after the last record when its session ends. `false`, the
    /// default. See `stream-options` in `wit/query-stream.wit` for what it needs.
    pub resumable: bool,
}

impl Default for RecordsOptions {
    fn default() -> Self {
        Self {
            call: Options::default(),
            rows: Rows::Live,
            batch_size: None,
            tooling: false,
            composite: true,
            resumable: false,
        }
    }
}

/// What a caller may set on a search without SOSL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindOptions {
    /// Timeout and API version.
    pub call: Options,
    /// Which fields are searched. All, by default.
    pub scope: Scope,
    /// Records of all objects together, 1 to 2,000. `None`: 2,000.
    pub max_records: Option<u16>,
    /// Records to skip, at most 2,000; with one target only.
    pub offset: Option<u16>,
}

impl Default for FindOptions {
    fn default() -> Self {
        Self {
            call: Options::default(),
            scope: Scope::All,
            max_records: None,
            offset: None,
        }
    }
}

/// What a caller may set on a description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribeOptions {
    /// Timeout and API version.
    pub call: Options,
    /// Whether the objects are those of the Tooling API.
    pub tooling: bool,
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

/// What a caller may set on a write of records.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Timeout and API version.
    pub call: Options,
    /// What to do when the answer is lost. `None`: what the call's documentation says.
    pub repeat: Option<Repeat>,
    /// Which assignment rule runs. `None`: Salesforce's default, the active one.
    pub assignment: Option<Assignment>,
    /// What duplicate rules do. `None`: Salesforce's default, which saves no duplicate.
    pub duplicates: Option<Duplicates>,
    /// More headers, for what Salesforce offers by header; see `write-options` in
    /// `wit/types.wit`.
    pub headers: Vec<(String, String)>,
}

/// What a caller may set on an update of a record.
#[derive(Clone, Debug, Default)]
pub struct ChangeOptions {
    /// The options of a write.
    pub write: WriteOptions,
    /// Write only if the record is still in this state, else
    /// [`Failure::PreconditionFailed`](crate::Failure::PreconditionFailed).
    pub if_unchanged: Option<Validator>,
}

/// What a caller may set on a write of many records.
#[derive(Clone, Debug, Default)]
pub struct ManyOptions {
    /// The options of a write; the timeout is that of the whole call. An idempotency key is
    /// [`Failure::Unsupported`](crate::Failure::Unsupported).
    pub write: WriteOptions,
    /// Whether either all records of a request are saved or none. `false`, the default: each
    /// is saved or refused by itself.
    pub all_or_none: bool,
    /// Records a request, 1 to 200. `None`: 200.
    pub batch_size: Option<u8>,
    /// Requests at the same time, 1 to 16. `None`: 4.
    pub in_flight: Option<u8>,
}

/// What a caller may set on a read of a record.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Timeout and API version.
    pub call: Options,
    /// Answer [`Fetched::NotModified`](crate::Fetched::NotModified) if the record is still
    /// in this state.
    pub if_changed: Option<Validator>,
    /// More headers; see `write-options` in `wit/types.wit`.
    pub headers: Vec<(String, String)>,
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
        query::QueryOptions {
            call,
            rows: self.rows,
            batch_size: self.batch_size,
            tooling: self.tooling,
            composite: self.composite,
            complete_children: self.complete_children,
        }
    }
}

impl CallOptions for RecordsOptions {
    type Record = query_stream::StreamOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        query_stream::StreamOptions {
            call,
            rows: self.rows,
            batch_size: self.batch_size,
            tooling: self.tooling,
            composite: self.composite,
            resumable: self.resumable,
        }
    }
}

impl CallOptions for FindOptions {
    type Record = search::FindOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        search::FindOptions {
            call,
            scope: self.scope,
            max_records: self.max_records,
            offset: self.offset,
        }
    }
}

impl CallOptions for DescribeOptions {
    type Record = org::DescribeOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        let tooling = self.tooling;
        org::DescribeOptions { call, tooling }
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

impl CallOptions for WriteOptions {
    type Record = types::WriteOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        types::WriteOptions {
            call,
            repeat: self.repeat,
            assignment: self.assignment,
            duplicates: self.duplicates,
            headers: self.headers,
        }
    }
}

impl CallOptions for ChangeOptions {
    type Record = sobjects::ChangeOptions;

    fn call(&self) -> &Options {
        &self.write.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        sobjects::ChangeOptions {
            write: self.write.record(call),
            if_unchanged: self.if_unchanged,
        }
    }
}

impl CallOptions for ManyOptions {
    type Record = collections::ManyOptions;

    fn call(&self) -> &Options {
        &self.write.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        collections::ManyOptions {
            write: self.write.record(call),
            all_or_none: self.all_or_none,
            batch_size: self.batch_size,
            in_flight: self.in_flight,
        }
    }
}

impl CallOptions for ReadOptions {
    type Record = sobjects::ReadOptions;

    fn call(&self) -> &Options {
        &self.call
    }

    fn record(self, call: types::Options) -> Self::Record {
        sobjects::ReadOptions {
            call,
            if_changed: self.if_changed,
            headers: self.headers,
        }
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

    fn with_timeout_of(timeout: Option<Duration>) -> Options {
        Options {
            timeout,
            api_version: None,
        }
    }

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
        let write = WriteOptions {
            call: with_timeout_of(asked),
            headers: vec![("x".to_owned(), "y".to_owned())],
            ..WriteOptions::default()
        };
        let change = ChangeOptions {
            write: write.clone(),
            if_unchanged: Some(Validator::ModifiedAtMs(1)),
        };
        let read = ReadOptions {
            call: with_timeout_of(asked),
            ..ReadOptions::default()
        };
        let of_write = write.clone().with_time_left(remaining);
        let of_change = change.with_time_left(remaining);
        let of_read = read.with_time_left(remaining);
        let many = ManyOptions {
            write: write.clone(),
            all_or_none: true,
            ..ManyOptions::default()
        };
        let of_many = many.with_time_left(remaining);
        assert!(of_many.all_or_none && of_many.batch_size.is_none());
        assert_eq!(of_any.timeout_ms, of_many.write.call.timeout_ms);
        for call in [&of_write.call, &of_change.write.call, &of_read.call] {
            assert_eq!(of_any.timeout_ms, call.timeout_ms);
        }
        assert_eq!(of_write.headers.len(), 1);
        assert!(of_change.if_unchanged.is_some());
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
