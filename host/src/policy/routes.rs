//! The table of routes: what each method of each does to the org.
//!
//! The templates are from the REST API, Tooling API, Bulk API, UI API, Analytics
//! and Connect developer guides (API 66.0 to 68.0). The first row whose template
//! fits a path decides; a method that the row does not name is unknown, and HEAD
//! is judged as GET. Templates serve audits, too, so that no id gets there.

use super::Effect;
use super::address::Address;
use super::class::{Class, Shape};
use super::decision::Ambiguity;

/// A row of the table.
pub(super) struct Route {
    pub(super) template: &'static str,
    methods: &'static [(&'static str, Class)],
}

/// A path that a row fits.
pub(super) struct Found<'a> {
    pub(super) route: &'static Route,
    /// What stands for `{object}`.
    pub(super) object: Option<&'a str>,
    /// Whether the words of the template are spelled as in it.
    exact: bool,
}

/// Every method, also those that the row does not name.
const ANY: &str = "*";

const READ: Class = Class::Fixed(Effect::Read);
const WRITE: Class = Class::Fixed(Effect::Write);
const DELETE: Class = Class::Fixed(Effect::Delete);
const MAY_DELETE: Class = Class::Fixed(Effect::MayDelete);
const APEX: Class = Class::Fixed(Effect::AnonymousApex);

type Methods = &'static [(&'static str, Class)];

const GET: Methods = &[("GET", READ)];
const POST_RUNS: Methods = &[("POST", MAY_DELETE)];
const GET_POST_RUNS: Methods = &[("GET", READ), ("POST", MAY_DELETE)];
const ANY_RUNS: Methods = &[(ANY, MAY_DELETE)];
const ANY_APEX: Methods = &[(ANY, APEX)];
const LOGIN: Methods = &[
    ("POST", Class::Fixed(Effect::Own)),
    (ANY, Class::Fixed(Effect::NeverACallers)),
];
const SOQL: Methods = &[("GET", Class::Soql)];
const SOSL: Methods = &[("GET", Class::Sosl)];
const ROW: Methods = &[("GET", READ), ("PATCH", Class::Object), ("DELETE", DELETE)];
const TOOLING_ROW: Methods = &[("GET", READ), ("PATCH", MAY_DELETE), ("DELETE", DELETE)];
const PASSWORD: Methods = &[("GET", READ), ("POST", MAY_DELETE), ("DELETE", MAY_DELETE)];
const RETRIEVE: Methods = &[("GET", READ), ("POST", Class::Retrieve)];

const fn row(template: &'static str, methods: Methods) -> Route {
    Route { template, methods }
}

/// The table. Before a template with a placeholder come those that have a word
/// in its place.
pub(super) static TABLE: &[Route] = &[
    // Logins, and all else that a token or a password is traded for.
    row("/services/oauth2/token", LOGIN),
    row("/services/oauth2/introspect", LOGIN),
    row(
        "/services/oauth2",
        &[(ANY, Class::Fixed(Effect::NeverACallers))],
    ),
    row(
        "/services/oauth2/{**}",
        &[(ANY, Class::Fixed(Effect::NeverACallers))],
    ),
    // What an Apex class of the org answers.
    row("/services/apexrest", ANY_RUNS),
    row("/services/apexrest/{**}", ANY_RUNS),
    // SOAP: partner, enterprise, metadata, and classes of the org. The APIs of
    // Apex and Tooling run anonymous Apex.
    row("/services/Soap/u/{**}", ANY_RUNS),
    row("/services/Soap/c/{**}", ANY_RUNS),
    row("/services/Soap/m/{**}", ANY_RUNS),
    row("/services/Soap/class/{**}", ANY_RUNS),
    row("/services/Soap", ANY_APEX),
    row("/services/Soap/{**}", ANY_APEX),
    // Bulk API v1.
    row("/services/async/{number}/job", &[("POST", Class::Job)]),
    row(
        "/services/async/{number}/job/{id}",
        &[("GET", READ), ("POST", Class::JobState)],
    ),
    row(
        "/services/async/{number}/job/{id}/batch",
        &[("GET", READ), ("POST", WRITE)],
    ),
    row("/services/async/{number}/job/{id}/batch/{id}", GET),
    row("/services/async/{number}/job/{id}/batch/{id}/request", GET),
    row("/services/async/{number}/job/{id}/batch/{id}/result", GET),
    row(
        "/services/async/{number}/job/{id}/batch/{id}/result/{id}",
        GET,
    ),
    // What there is.
    row("/services/data", GET),
    row("/services/data/{version}", GET),
    row("/services/data/{version}/limits", GET),
    row("/services/data/{version}/limits/recordCount", GET),
    // Records.
    row("/services/data/{version}/sobjects", GET),
    row(
        "/services/data/{version}/sobjects/Global/describe/layouts",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/User/{id}/password",
        PASSWORD,
    ),
    row(
        "/services/data/{version}/sobjects/SelfServiceUser/{id}/password",
        PASSWORD,
    ),
    row(
        "/services/data/{version}/sobjects/{object}",
        &[("GET", READ), ("POST", Class::Object)],
    ),
    row("/services/data/{version}/sobjects/{object}/describe", GET),
    row(
        "/services/data/{version}/sobjects/{object}/describe/layouts",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/describe/layouts/{id}",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/describe/namedLayouts/{name}",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/describe/compactLayouts",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/describe/compactLayouts/{id}",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/describe/approvalLayouts",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/describe/approvalLayouts/{name}",
        GET,
    ),
    row("/services/data/{version}/sobjects/{object}/deleted", GET),
    row("/services/data/{version}/sobjects/{object}/updated", GET),
    row(
        "/services/data/{version}/sobjects/{object}/eventSchema",
        GET,
    ),
    row("/services/data/{version}/sobjects/{object}/listviews", GET),
    row(
        "/services/data/{version}/sobjects/{object}/listviews/recent",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/listviews/{name}",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/listviews/{name}/describe",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/listviews/{name}/results",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/quickActions",
        GET_POST_RUNS,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/quickActions/{name}",
        GET_POST_RUNS,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/quickActions/{name}/describe",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/quickActions/{name}/defaultValues",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/quickActions/{name}/defaultValues/{id}",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/Id",
        &[("POST", Class::Object)],
    ),
    row("/services/data/{version}/sobjects/{object}/{id}", ROW),
    row(
        "/services/data/{version}/sobjects/{object}/{id}/richTextImageFields/{name}/{id}",
        GET,
    ),
    row(
        "/services/data/{version}/sobjects/{object}/{field}/{value}",
        ROW,
    ),
    row("/services/data/{version}/compactLayouts", GET),
    row("/services/data/{version}/recent", GET),
    // Queries and searches.
    row("/services/data/{version}/query", SOQL),
    row("/services/data/{version}/query/{locator}", GET),
    row("/services/data/{version}/queryAll", SOQL),
    row("/services/data/{version}/queryAll/{locator}", GET),
    row("/services/data/{version}/search", SOSL),
    row("/services/data/{version}/search/suggestions", GET),
    row("/services/data/{version}/search/suggestTitleMatches", GET),
    row("/services/data/{version}/search/suggestSearchQueries", GET),
    row("/services/data/{version}/search/scopeOrder", GET),
    row("/services/data/{version}/search/layout", GET),
    row("/services/data/{version}/searchlayout", GET),
    row(
        "/services/data/{version}/parameterizedSearch",
        &[
            ("GET", Class::SearchParameters),
            ("POST", Class::SearchBody),
        ],
    ),
    row(
        "/services/data/{version}/graphql",
        &[("POST", Class::GraphQl)],
    ),
    // Many records, many parts.
    row(
        "/services/data/{version}/composite",
        &[("GET", READ), ("POST", Class::Parts(Shape::Composite))],
    ),
    row(
        "/services/data/{version}/composite/batch",
        &[("POST", Class::Parts(Shape::Batch))],
    ),
    row(
        "/services/data/{version}/composite/graph",
        &[("POST", Class::Parts(Shape::Graph))],
    ),
    row(
        "/services/data/{version}/composite/tree/{object}",
        &[("POST", Class::Records)],
    ),
    row(
        "/services/data/{version}/composite/sobjects",
        &[
            ("POST", Class::Records),
            ("PATCH", Class::Records),
            ("DELETE", DELETE),
        ],
    ),
    row(
        "/services/data/{version}/composite/sobjects/{object}",
        RETRIEVE,
    ),
    row(
        "/services/data/{version}/composite/sobjects/{object}/{field}",
        &[("PATCH", Class::Records)],
    ),
    // Bulk API 2.0. The documentation spells two of the names in two ways.
    row(
        "/services/data/{version}/jobs/ingest",
        &[("GET", READ), ("POST", Class::IngestJob)],
    ),
    row(
        "/services/data/{version}/jobs/ingest/{id}",
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(
        "/services/data/{version}/jobs/ingest/{id}/batches",
        &[("PUT", WRITE)],
    ),
    row(
        "/services/data/{version}/jobs/ingest/{id}/successfulResults",
        GET,
    ),
    row(
        "/services/data/{version}/jobs/ingest/{id}/failedResults",
        GET,
    ),
    row(
        "/services/data/{version}/jobs/ingest/{id}/unprocessedrecords|unprocessedRecords",
        GET,
    ),
    row(
        "/services/data/{version}/jobs/query",
        &[("GET", READ), ("POST", Class::QueryJob)],
    ),
    row(
        "/services/data/{version}/jobs/query/{id}",
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row("/services/data/{version}/jobs/query/{id}/results", GET),
    row(
        "/services/data/{version}/jobs/query/{id}/resultPages|resultpages",
        GET,
    ),
    // What the org defines and runs.
    row("/services/data/{version}/quickActions", GET_POST_RUNS),
    row(
        "/services/data/{version}/quickActions/{name}",
        GET_POST_RUNS,
    ),
    row("/services/data/{version}/quickActions/{name}/describe", GET),
    row(
        "/services/data/{version}/quickActions/{name}/defaultValues",
        GET,
    ),
    row("/services/data/{version}/actions", GET_POST_RUNS),
    row("/services/data/{version}/actions/{**}", GET_POST_RUNS),
    row("/services/data/{version}/process/rules", GET_POST_RUNS),
    row(
        "/services/data/{version}/process/rules/{object}",
        GET_POST_RUNS,
    ),
    row(
        "/services/data/{version}/process/rules/{object}/{id}",
        GET_POST_RUNS,
    ),
    row("/services/data/{version}/process/approvals", GET_POST_RUNS),
    row("/services/data/{version}/metadata/deployRequest", POST_RUNS),
    row(
        "/services/data/{version}/metadata/deployRequest/{id}",
        &[("GET", READ), ("POST", MAY_DELETE), ("PATCH", MAY_DELETE)],
    ),
    // Tooling: each write changes what the org runs.
    row("/services/data/{version}/tooling", GET),
    row(
        "/services/data/{version}/tooling/executeAnonymous",
        ANY_APEX,
    ),
    row(
        "/services/data/{version}/tooling/executeAnonymous/{**}",
        ANY_APEX,
    ),
    row("/services/data/{version}/tooling/query", SOQL),
    row("/services/data/{version}/tooling/query/{locator}", GET),
    row("/services/data/{version}/tooling/queryAll", SOQL),
    row("/services/data/{version}/tooling/queryAll/{locator}", GET),
    row("/services/data/{version}/tooling/search", SOSL),
    row("/services/data/{version}/tooling/completions", GET),
    row(
        "/services/data/{version}/tooling/runTestsSynchronous",
        ANY_RUNS,
    ),
    row(
        "/services/data/{version}/tooling/runTestsAsynchronous",
        ANY_RUNS,
    ),
    row("/services/data/{version}/tooling/sobjects", GET),
    row(
        "/services/data/{version}/tooling/sobjects/{object}",
        GET_POST_RUNS,
    ),
    row(
        "/services/data/{version}/tooling/sobjects/{object}/describe",
        GET,
    ),
    row(
        "/services/data/{version}/tooling/sobjects/{object}/describe/layouts",
        GET,
    ),
    row(
        "/services/data/{version}/tooling/sobjects/{object}/describe/layouts/{id}",
        GET,
    ),
    row(
        "/services/data/{version}/tooling/sobjects/{object}/{id}",
        TOOLING_ROW,
    ),
    row(
        "/services/data/{version}/tooling/sobjects/{object}/{field}/{value}",
        TOOLING_ROW,
    ),
    row(
        "/services/data/{version}/tooling/composite",
        &[("GET", READ), ("POST", Class::Parts(Shape::Composite))],
    ),
    row(
        "/services/data/{version}/tooling/composite/batch",
        &[("POST", Class::Parts(Shape::Batch))],
    ),
    row(
        "/services/data/{version}/tooling/composite/graph",
        &[("POST", Class::Parts(Shape::Graph))],
    ),
    row(
        "/services/data/{version}/tooling/composite/tree/{object}",
        POST_RUNS,
    ),
    row(
        "/services/data/{version}/tooling/composite/sobjects",
        &[
            ("POST", MAY_DELETE),
            ("PATCH", MAY_DELETE),
            ("DELETE", DELETE),
        ],
    ),
    row(
        "/services/data/{version}/tooling/composite/sobjects/{object}",
        RETRIEVE,
    ),
    row(
        "/services/data/{version}/tooling/composite/sobjects/{object}/{field}",
        &[("PATCH", MAY_DELETE)],
    ),
    // The UI API.
    row(
        "/services/data/{version}/ui-api/records",
        &[("POST", WRITE)],
    ),
    row(
        "/services/data/{version}/ui-api/records/batch",
        &[("POST", Class::UiBatch)],
    ),
    row("/services/data/{version}/ui-api/records/batch/{ids}", GET),
    row(
        "/services/data/{version}/ui-api/records/content-documents/content-versions",
        &[("POST", WRITE)],
    ),
    row(
        "/services/data/{version}/ui-api/records/{id}",
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row("/services/data/{version}/ui-api/record-ui/{ids}", GET),
    row("/services/data/{version}/ui-api/record-defaults/{**}", GET),
    row("/services/data/{version}/ui-api/object-info", GET),
    row(
        "/services/data/{version}/ui-api/object-info/batch/{names}",
        GET,
    ),
    row("/services/data/{version}/ui-api/object-info/{object}", GET),
    row(
        "/services/data/{version}/ui-api/object-info/{object}/picklist-values/{id}",
        GET,
    ),
    row(
        "/services/data/{version}/ui-api/object-info/{object}/picklist-values/{id}/{name}",
        GET,
    ),
    row("/services/data/{version}/ui-api/layout/{object}", GET),
    row("/services/data/{version}/ui-api/list-info/{**}", GET),
    row("/services/data/{version}/ui-api/list-records/{**}", GET),
    row("/services/data/{version}/ui-api/list-ui/{**}", GET),
    row("/services/data/{version}/ui-api/lookups/{**}", GET),
    row(
        "/services/data/{version}/ui-api/related-list-count/{**}",
        GET,
    ),
    row(
        "/services/data/{version}/ui-api/related-list-info/{**}",
        GET,
    ),
    row(
        "/services/data/{version}/ui-api/related-list-preferences/{**}",
        GET,
    ),
    row(
        "/services/data/{version}/ui-api/related-list-records/{**}",
        GET,
    ),
    row("/services/data/{version}/ui-api/actions/{**}", GET),
    row("/services/data/{version}/ui-api/predupe", &[("POST", READ)]),
    row("/services/data/{version}/ui-api/duplicates/{object}", GET),
    row(
        "/services/data/{version}/ui-api/favorites",
        &[("GET", READ), ("POST", WRITE)],
    ),
    row(
        "/services/data/{version}/ui-api/favorites/{id}",
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row("/services/data/{version}/ui-api/apps", GET),
    row(
        "/services/data/{version}/ui-api/apps/{name}",
        &[("GET", READ), ("PATCH", WRITE)],
    ),
    row("/services/data/{version}/ui-api/nav-items", GET),
    row("/services/data/{version}/ui-api/themes/active", GET),
    // Reports and dashboards: GET runs a report and stores nothing.
    row("/services/data/{version}/analytics/reports", GET),
    row(
        "/services/data/{version}/analytics/reports/{id}",
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(
        "/services/data/{version}/analytics/reports/{id}/describe",
        GET,
    ),
    row(
        "/services/data/{version}/analytics/reports/{id}/instances",
        &[("GET", READ), ("POST", WRITE)],
    ),
    row(
        "/services/data/{version}/analytics/reports/{id}/instances/{id}",
        &[("GET", READ), ("DELETE", DELETE)],
    ),
    row("/services/data/{version}/analytics/report-types", GET),
    row(
        "/services/data/{version}/analytics/report-types/{name}",
        GET,
    ),
    row("/services/data/{version}/analytics/dashboards", GET),
    row(
        "/services/data/{version}/analytics/dashboards/{id}",
        &[
            ("GET", READ),
            ("PUT", WRITE),
            ("PATCH", WRITE),
            ("DELETE", DELETE),
        ],
    ),
    row(
        "/services/data/{version}/analytics/dashboards/{id}/describe",
        GET,
    ),
    row(
        "/services/data/{version}/analytics/dashboards/{id}/status",
        GET,
    ),
    // Small things.
    row(
        "/services/data/{version}/consent/action/{name}",
        &[("GET", READ), ("PATCH", WRITE)],
    ),
    row(
        "/services/data/{version}/consent/multiaction",
        &[("GET", READ), ("PATCH", WRITE)],
    ),
    row("/services/data/{version}/event/eventSchema/{name}", GET),
    row("/services/data/{version}/support/knowledgeArticles", GET),
    row(
        "/services/data/{version}/support/knowledgeArticles/{name}",
        &[("GET", Class::ViewCounted)],
    ),
    row("/services/data/{version}/support/dataCategoryGroups", GET),
    row(
        "/services/data/{version}/support/dataCategoryGroups/{**}",
        GET,
    ),
    row("/services/data/{version}/knowledgeManagement/settings", GET),
    row("/services/data/{version}/tabs", GET),
    row("/services/data/{version}/theme", GET),
    row("/services/data/{version}/appMenu/AppSwitcher", GET),
    row("/services/data/{version}/appMenu/Salesforce1", GET),
];

impl Route {
    /// What a method does on this route.
    pub(super) fn class(&self, method: &str) -> Class {
        self.named(method).unwrap_or(Class::Fixed(Effect::Unknown))
    }

    /// The same, if the row says anything of the method.
    pub(super) fn named(&self, method: &str) -> Option<Class> {
        let method = if method == "HEAD" { "GET" } else { method };
        let mut methods = self.methods.iter();
        let named = methods.find(|(name, _)| *name == method || *name == ANY);
        named.map(|(_, class)| *class)
    }

    fn fits<'a>(&'static self, path: &[&'a str]) -> Option<Found<'a>> {
        let mut found = Found {
            route: self,
            object: None,
            exact: true,
        };
        let mut path = path.iter();
        for part in self.template.split('/').skip(1) {
            let segment = path.next()?;
            match part {
                "{**}" => return Some(found),
                "{object}" if is_object(segment) => found.object = Some(segment),
                placeholder if placeholder.starts_with('{') => {
                    if !stands_for(segment, placeholder) {
                        return None;
                    }
                }
                words if words.split('|').any(|word| word == *segment) => {}
                words
                    if words
                        .split('|')
                        .any(|word| word.eq_ignore_ascii_case(segment)) =>
                {
                    found.exact = false;
                }
                _ => return None,
            }
        }
        path.next().is_none().then_some(found)
    }
}

/// Letters, digits, and what else is named.
fn is_name(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// An object's name: an id is none.
fn is_object(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && is_name(text, "_")
}

/// Whether a segment can stand for a placeholder.
fn stands_for(segment: &str, placeholder: &str) -> bool {
    match placeholder {
        "{version}" => segment.strip_prefix('v').is_some_and(is_version),
        "{number}" => is_version(segment),
        "{id}" => matches!(segment.len(), 15 | 18) && is_name(segment, ""),
        "{ids}" => is_name(segment, ","),
        "{locator}" => is_name(segment, "-"),
        "{field}" | "{name}" => is_name(segment, "_-."),
        "{names}" => is_name(segment, "_-.,"),
        "{value}" => true,
        _ => false,
    }
}

/// As `66.0`.
fn is_version(text: &str) -> bool {
    let number = text.strip_suffix(".0");
    number.is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn find<'a>(path: &[&'a str]) -> Option<Found<'a>> {
    TABLE.iter().find_map(|route| route.fits(path))
}

/// The row for an address. Whatever else its path could mean to a server must
/// be the same row.
pub(super) fn find_exactly<'a>(address: &Address<'a>) -> Result<Option<Found<'a>>, Ambiguity> {
    let found = find(&address.segments);
    if found.as_ref().is_some_and(|found| !found.exact) {
        return Err(Ambiguity::Case);
    }
    let template = found.as_ref().map(|found| found.route.template);
    let same = |other: &[&str]| {
        let other = find(other);
        other.is_none_or(|other| Some(other.route.template) == template)
    };
    let Some((last, folders)) = address.segments.split_last() else {
        return Ok(found);
    };
    // Before v58 a suffix chose the format of the answer.
    if let Some((stem, suffix)) = last.rsplit_once('.')
        && ["json", "xml"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(suffix))
        && !same(&[folders, &[stem]].concat())
    {
        return Err(Ambiguity::Suffix);
    }
    if let Some(value) = &address.decoded_value {
        let pieces: Vec<&str> = value
            .split(['/', '\\'])
            .filter(|piece| !piece.is_empty())
            .collect();
        if !same(&[folders, &[value.as_str()]].concat()) || !same(&[folders, &pieces].concat()) {
            return Err(Ambiguity::Encoding);
        }
    }
    Ok(found)
}
