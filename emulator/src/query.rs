//! The query resources: first pages and further ones.
//!
//! Source: REST API Developer Guide, "Query", "QueryAll", "Query Options
//! Header".

use std::ops::RangeInclusive;
use std::sync::Arc;

use http::{HeaderName, StatusCode};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::database;
use crate::error::ApiError;
use crate::locator::{LocatorError, Snapshot};
use crate::org::Org;
use crate::record::Record;
use crate::request::Request;
use crate::soql;
use crate::sql::{Rows, Statement, translate};

/// The rows of a page, if the client does not say otherwise.
const BATCH_SIZE_DEFAULT: usize = 2_000;

/// The rows of a page that a client may ask for.
const BATCH_SIZES: RangeInclusive<usize> = 200..=2_000;

const QUERY_OPTIONS: HeaderName = HeaderName::from_static("sforce-query-options");

/// One page of a result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    /// -1 while Salesforce does not know it.
    total_size: i64,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_records_url: Option<String>,
    records: Vec<Record>,
}

/// Where a page begins, and what names the pages of its result so far.
enum Place<'a> {
    Beginning,
    Locator {
        name: &'a str,
        place: database::Place,
    },
}

/// Answers `query`: the first page of a statement.
pub(crate) fn live(call: &Call<'_>) -> Result<Answer, ApiError> {
    first_page(call, Rows::Live)
}

/// Answers `queryAll`: the same, with deleted and archived records.
pub(crate) fn all(call: &Call<'_>) -> Result<Answer, ApiError> {
    first_page(call, Rows::All)
}

fn first_page(call: &Call<'_>, rows: Rows) -> Result<Answer, ApiError> {
    let Call { org, request, .. } = call;
    if request.parameter("explain").is_some() {
        return Err(soql::SoqlError::unsupported("query plans (explain)").into());
    }
    let soql = request.parameter("q").ok_or_else(ApiError::missing_query)?;
    let batch_size = batch_size(request)?.unwrap_or(BATCH_SIZE_DEFAULT);
    let statement = translate(&org.schema, &soql::parse(&soql)?, &soql, rows, today(org))?;
    let matches = org
        .database()
        .matches(&statement)
        .map_err(|error| ApiError::internal(&error))?;
    let snapshot = Snapshot {
        statement: Arc::new(statement),
        matches,
        batch_size,
    };
    page(call, &snapshot, &Place::Beginning)
}

/// Answers `query/{locator}` and `queryAll/{locator}`: a further page.
pub(crate) fn next_page(call: &Call<'_>) -> Result<Answer, ApiError> {
    let Call { org, request, .. } = call;
    let locator = call.segments.get("locator");
    let batch_size = batch_size(request)?;
    let now_ms = org.clock.now_ms();
    let (mut snapshot, place) = {
        let state = org.state();
        let bound = state
            .settings
            .locators_bound_to_session
            .then_some(call.session);
        state
            .locators
            .find(locator, bound, now_ms)
            .map_err(|error| match error {
                LocatorError::Unknown => ApiError::invalid_locator(),
                LocatorError::OtherSession => ApiError::unauthorized(state.settings.unauthorized),
            })?
    };
    snapshot.batch_size = batch_size.unwrap_or(snapshot.batch_size);
    let name = locator;
    page(call, &snapshot, &Place::Locator { name, place })
}

fn page(call: &Call<'_>, snapshot: &Snapshot, place: &Place<'_>) -> Result<Answer, ApiError> {
    let Call { org, version, .. } = call;
    let Snapshot {
        statement,
        matches,
        batch_size,
    } = snapshot;
    let begin = match place {
        Place::Beginning => database::Place::default(),
        Place::Locator { place, .. } => *place,
    };
    let database::Page { records, end } = org
        .database()
        .page(statement, matches, begin, *batch_size, *version)
        .map_err(|error| ApiError::internal(&error))?;
    let more = end.row < matches.count() && !is_count(statement);
    // Source: Apex Developer Guide, "queryMore with the Apex Connector Framework".
    let is_unknown = more
        && statement.record.as_ref().is_some_and(|record| {
            let sobject = &record.selected.sobject;
            sobject.is_external()
        });
    let count = i64::try_from(matches.count()).unwrap_or(i64::MAX);
    let next = more.then(|| locator(call, snapshot, place, end));
    let page = Page {
        total_size: if is_unknown { -1 } else { count },
        done: !more,
        // `query` also for `queryAll`: the guide's example says so.
        next_records_url: next.map(|locator| format!("/services/data/{version}/query/{locator}")),
        records,
    };
    Ok(Answer::json(StatusCode::OK, &page))
}

/// Names the place `next` of a result.
fn locator(
    call: &Call<'_>,
    snapshot: &Snapshot,
    place: &Place<'_>,
    next: database::Place,
) -> String {
    let Call { org, session, .. } = call;
    let now_ms = org.clock.now_ms();
    let mut state = org.state();
    let advanced = match place {
        Place::Beginning => None,
        Place::Locator { name, .. } => state.locators.advance(name, next),
    };
    // A locator that was dropped while its page was read is opened anew.
    advanced.unwrap_or_else(|| {
        state
            .locators
            .open(*session, snapshot.clone(), next, now_ms)
    })
}

fn is_count(statement: &Statement) -> bool {
    statement.record.is_none()
}

/// The day by the org's clock, in the user's time zone, GMT.
fn today(org: &Org) -> Date {
    let now = Timestamp::from_millisecond(org.clock.now_ms()).unwrap_or(Timestamp::MAX);
    now.to_zoned(TimeZone::UTC).date()
}

/// The batch size that the client asks for, if it does.
fn batch_size(request: &Request) -> Result<Option<usize>, ApiError> {
    let Some(options) = request.header(&QUERY_OPTIONS) else {
        return Ok(None);
    };
    let refused = || ApiError::invalid_batch_size(options);
    let (name, value) = options.split_once('=').ok_or_else(refused)?;
    if !name.trim().eq_ignore_ascii_case("batchSize") {
        return Err(refused());
    }
    let size = value
        .trim()
        .parse()
        .ok()
        .filter(|size| BATCH_SIZES.contains(size));
    size.map(Some).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn asked(options: &str) -> Result<Option<usize>, ApiError> {
        let request = http::Request::builder()
            .header(QUERY_OPTIONS, options)
            .body(())
            .expect("a request");
        batch_size(&Request::new(request.into_parts().0, Bytes::new()))
    }

    #[test]
    fn a_batch_size_lies_in_its_range() {
        for (options, size) in [
            ("batchSize=200", Some(200)),
            ("BATCHSIZE = 2000", Some(2_000)),
            ("batchSize=199", None),
            ("batchSize=2001", None),
            ("batchSize=", None),
            ("batchSize", None),
            ("size=500", None),
            ("batchSize=-5", None),
        ] {
            assert_eq!(asked(options).ok().flatten(), size, "{options}");
            assert_eq!(asked(options).is_err(), size.is_none(), "{options}");
        }
    }
}
