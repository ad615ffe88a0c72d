//! The query resources: first pages and further ones.
//!
//! Source: REST API Developer Guide, "Query", "QueryAll", "Query Options
//! Header".

mod columns;
mod explain;

use std::ops::RangeInclusive;

use http::{HeaderName, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::database::{self, Batch, Matches, Place};
use crate::error::ApiError;
use crate::ignored::Ignored;
use crate::locator::{LocatorError, Snapshot};
use crate::org::Org;
use crate::record::{Record, Rest};
use crate::request::Request;
use crate::schema::Schema;
use crate::soql::{self, Query};
use crate::sql::{Environment, GROUPS_MAX, Rows, Statement, translate};
use crate::version::ApiVersion;

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

/// What names the pages of a result so far, and where one begins.
struct Begin<'a> {
    /// The locator; `None` at the beginning of the result.
    name: Option<&'a str>,
    place: Place,
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
    if let Some(soql) = request.parameter("explain") {
        return explain::answer(call, &soql, environment(call, rows));
    }
    let soql = request.parameter("q").ok_or_else(ApiError::missing_query)?;
    let batch_size = batch_size(request)?.unwrap_or(BATCH_SIZE_DEFAULT);
    let query = soql::parse(&soql)?;
    let internal = |error| ApiError::internal(&error);
    let statement = translate(&query, &soql, environment(call, rows))?;
    let ignored = Ignored::of(&query, &org.schema);
    if request.parameter("columns").as_deref() == Some("true") {
        let columns = columns_of(&org.schema, &query)?;
        return Ok(ignored.named_in(columns));
    }
    let answer = match statement {
        Statement::Count(count) => {
            let count = org.database().number(&count).map_err(internal)?;
            whole(count, Vec::new())
        }
        Statement::Groups(query) => {
            let groups = org.database().groups(&query).map_err(internal)?;
            if groups.len() > GROUPS_MAX {
                return Err(too_many_groups());
            }
            whole(groups.len(), groups)
        }
        Statement::Records { matching, record } => {
            let matches = org.database().matches(&matching).map_err(internal)?;
            let snapshot = Snapshot {
                record,
                matches,
                batch_size,
            };
            let begin = Begin {
                name: None,
                place: Place::default(),
            };
            page(call, &snapshot, &begin)?
        }
    };
    Ok(ignored.named_in(answer))
}

/// What the columns of a statement are, which has been found to be one.
pub(crate) fn columns_of(schema: &Schema, query: &Query) -> Result<Answer, ApiError> {
    let sobject = schema.named(&query.from.name.text);
    columns::answer(schema, sobject.ok_or_else(ApiError::not_found)?, query)
}

/// A result in one page.
fn whole(total_size: usize, records: Vec<Record>) -> Answer {
    let page = Page {
        total_size: i64::try_from(total_size).unwrap_or(i64::MAX),
        done: true,
        next_records_url: None,
        records,
    };
    Answer::json(StatusCode::OK, &page)
}

/// Source of code and words: clients that met them, such as
/// sfdecoded.github.io, "Aggregate query does not support queryMore".
fn too_many_groups() -> ApiError {
    ApiError::caller(
        StatusCode::BAD_REQUEST,
        "EXCEEDED_ID_LIMIT",
        "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
    )
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
    let name = Some(locator);
    page(call, &snapshot, &Begin { name, place })
}

fn page(call: &Call<'_>, snapshot: &Snapshot, begin: &Begin<'_>) -> Result<Answer, ApiError> {
    let Call { org, version, .. } = call;
    let Snapshot {
        record,
        matches,
        batch_size,
    } = snapshot;
    let batch = Batch {
        rows: *batch_size,
        children: org.state().settings.child_pages,
    };
    let database::Page { mut records, end } = org
        .database()
        .page(record, matches, &begin.place, batch, *version)
        .map_err(|error| ApiError::internal(&error))?;
    for record in &mut records {
        record.name_rests(&mut |rest| url(call, &open_rest(call, rest, *batch_size)));
    }
    // Records that were deleted since are on no page.
    let more = end.row < matches.count() && !records.is_empty();
    // Source: Apex Developer Guide, "queryMore with the Apex Connector Framework".
    let is_unknown = more && record.selected.is_external();
    let count = i64::try_from(matches.count()).unwrap_or(i64::MAX);
    let next = more.then(|| locator(call, snapshot, begin, end));
    let page = Page {
        total_size: if is_unknown { -1 } else { count },
        done: !more,
        next_records_url: next.map(|locator| url(call, &locator)),
        records,
    };
    Ok(Answer::json(StatusCode::OK, &page))
}

/// Where a locator leads: to `query` also for `queryAll`, as the guide's example
/// says.
fn url(call: &Call<'_>, locator: &str) -> String {
    format!("/services/data/{}/query/{locator}", call.version)
}

/// Names the place `next` of a result.
fn locator(call: &Call<'_>, snapshot: &Snapshot, begin: &Begin<'_>, next: Place) -> String {
    let Call { org, session, .. } = call;
    let now_ms = org.clock.now_ms();
    let mut state = org.state();
    let name = begin.name;
    let advanced = name.and_then(|name| state.locators.advance(name, next.clone()));
    // A locator that was dropped while its page was read is opened anew.
    advanced.unwrap_or_else(|| {
        state
            .locators
            .open(*session, snapshot.clone(), next, now_ms)
    })
}

/// Opens a locator of children alone.
fn open_rest(call: &Call<'_>, rest: Rest, batch_size: usize) -> String {
    let Call { org, session, .. } = call;
    let snapshot = Snapshot {
        record: rest.record,
        matches: Matches::Keys(rest.keys),
        batch_size,
    };
    let now_ms = org.clock.now_ms();
    let place = Place::at(rest.from);
    let mut state = org.state();
    state.locators.open(*session, snapshot, place, now_ms)
}

/// What a statement depends on: the org, its user, and the day by its clock, in
/// the user's time zone, GMT.
pub(crate) fn environment<'a>(call: &Call<'a>, rows: Rows) -> Environment<'a> {
    environment_of(call.org, call.version, rows)
}

/// The same for a statement that no call of its own brings.
pub(crate) fn environment_of(org: &Org, version: ApiVersion, rows: Rows) -> Environment<'_> {
    let now = Timestamp::from_millisecond(org.clock.now_ms()).unwrap_or(Timestamp::MAX);
    Environment {
        schema: &org.schema,
        rows,
        today: now.to_zoned(TimeZone::UTC).date(),
        user: &org.user,
        version,
    }
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
