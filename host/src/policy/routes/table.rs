//! The rows: each template, and what each of its methods does.
//!
//! The templates are from the REST API, Tooling API, Bulk API, UI API, Analytics
//! and Connect developer guides (API 66.0 to 68.0), and from Salesforce Help.

use super::super::Effect;
use super::super::class::{Class, Shape};
use super::{ANY, Route};

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

/// A template below an API version.
macro_rules! data {
    ($rest:literal) => {
        concat!("/services/data/{version}/", $rest)
    };
}

/// The table. Before a template with a placeholder come those that have a word
/// in its place.
pub(in super::super) static TABLE: &[Route] = &[
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
    // Who a user is (Salesforce Help, "Identity URLs").
    row("/id/{org}/{user}", GET),
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
    row(data!("limits"), GET),
    row(data!("limits/recordCount"), GET),
    // Records.
    row(data!("sobjects"), GET),
    row(data!("sobjects/Global/describe/layouts"), GET),
    row(data!("sobjects/User/{id}/password"), PASSWORD),
    row(data!("sobjects/SelfServiceUser/{id}/password"), PASSWORD),
    row(
        data!("sobjects/{object}"),
        &[("GET", READ), ("POST", Class::Object)],
    ),
    row(data!("sobjects/{object}/describe"), GET),
    row(data!("sobjects/{object}/describe/layouts"), GET),
    row(data!("sobjects/{object}/describe/layouts/{id}"), GET),
    row(data!("sobjects/{object}/describe/namedLayouts/{name}"), GET),
    row(data!("sobjects/{object}/describe/compactLayouts"), GET),
    row(data!("sobjects/{object}/describe/compactLayouts/{id}"), GET),
    row(data!("sobjects/{object}/describe/approvalLayouts"), GET),
    row(
        data!("sobjects/{object}/describe/approvalLayouts/{name}"),
        GET,
    ),
    row(data!("sobjects/{object}/deleted"), GET),
    row(data!("sobjects/{object}/updated"), GET),
    row(data!("sobjects/{object}/eventSchema"), GET),
    row(data!("sobjects/{object}/listviews"), GET),
    row(data!("sobjects/{object}/listviews/recent"), GET),
    row(data!("sobjects/{object}/listviews/{name}"), GET),
    row(data!("sobjects/{object}/listviews/{name}/describe"), GET),
    row(data!("sobjects/{object}/listviews/{name}/results"), GET),
    row(data!("sobjects/{object}/quickActions"), GET_POST_RUNS),
    row(
        data!("sobjects/{object}/quickActions/{name}"),
        GET_POST_RUNS,
    ),
    row(data!("sobjects/{object}/quickActions/{name}/describe"), GET),
    row(
        data!("sobjects/{object}/quickActions/{name}/defaultValues"),
        GET,
    ),
    row(
        data!("sobjects/{object}/quickActions/{name}/defaultValues/{id}"),
        GET,
    ),
    row(data!("sobjects/{object}/Id"), &[("POST", Class::Object)]),
    row(data!("sobjects/{object}/{id}"), ROW),
    row(
        data!("sobjects/{object}/{id}/richTextImageFields/{name}/{id}"),
        GET,
    ),
    row(data!("sobjects/{object}/{field}/{value}"), ROW),
    row(data!("compactLayouts"), GET),
    row(data!("recent"), GET),
    // Queries and searches.
    row(data!("query"), SOQL),
    row(data!("query/{locator}"), GET),
    row(data!("queryAll"), SOQL),
    row(data!("queryAll/{locator}"), GET),
    row(data!("search"), SOSL),
    row(data!("search/suggestions"), GET),
    row(data!("search/suggestTitleMatches"), GET),
    row(data!("search/suggestSearchQueries"), GET),
    row(data!("search/scopeOrder"), GET),
    row(data!("search/layout"), GET),
    row(data!("searchlayout"), GET),
    row(
        data!("parameterizedSearch"),
        &[
            ("GET", Class::SearchParameters),
            ("POST", Class::SearchBody),
        ],
    ),
    row(data!("graphql"), &[("POST", Class::GraphQl)]),
    // Many records, many parts.
    row(
        data!("composite"),
        &[("GET", READ), ("POST", Class::Parts(Shape::Composite))],
    ),
    row(
        data!("composite/batch"),
        &[("POST", Class::Parts(Shape::Batch))],
    ),
    row(
        data!("composite/graph"),
        &[("POST", Class::Parts(Shape::Graph))],
    ),
    row(
        data!("composite/tree/{object}"),
        &[("POST", Class::Records)],
    ),
    row(
        data!("composite/sobjects"),
        &[
            ("POST", Class::Records),
            ("PATCH", Class::Records),
            ("DELETE", DELETE),
        ],
    ),
    row(data!("composite/sobjects/{object}"), RETRIEVE),
    row(
        data!("composite/sobjects/{object}/{field}"),
        &[("PATCH", Class::Records)],
    ),
    // Bulk API 2.0. The documentation spells two of the names in two ways.
    row(
        data!("jobs/ingest"),
        &[("GET", READ), ("POST", Class::IngestJob)],
    ),
    row(
        data!("jobs/ingest/{id}"),
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(data!("jobs/ingest/{id}/batches"), &[("PUT", WRITE)]),
    row(data!("jobs/ingest/{id}/successfulResults"), GET),
    row(data!("jobs/ingest/{id}/failedResults"), GET),
    row(
        data!("jobs/ingest/{id}/unprocessedrecords|unprocessedRecords"),
        GET,
    ),
    row(
        data!("jobs/query"),
        &[("GET", READ), ("POST", Class::QueryJob)],
    ),
    row(
        data!("jobs/query/{id}"),
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(data!("jobs/query/{id}/results"), GET),
    row(data!("jobs/query/{id}/resultPages|resultpages"), GET),
    // What the org defines and runs.
    row(data!("quickActions"), GET_POST_RUNS),
    row(data!("quickActions/{name}"), GET_POST_RUNS),
    row(data!("quickActions/{name}/describe"), GET),
    row(data!("quickActions/{name}/defaultValues"), GET),
    row(data!("actions"), GET_POST_RUNS),
    row(data!("actions/{**}"), GET_POST_RUNS),
    row(data!("process/rules"), GET_POST_RUNS),
    row(data!("process/rules/{object}"), GET_POST_RUNS),
    row(data!("process/rules/{object}/{id}"), GET_POST_RUNS),
    row(data!("process/approvals"), GET_POST_RUNS),
    row(data!("metadata/deployRequest"), POST_RUNS),
    row(
        data!("metadata/deployRequest/{id}"),
        &[("GET", READ), ("POST", MAY_DELETE), ("PATCH", MAY_DELETE)],
    ),
    // Tooling: each write changes what the org runs.
    row(data!("tooling"), GET),
    row(data!("tooling/executeAnonymous"), ANY_APEX),
    row(data!("tooling/executeAnonymous/{**}"), ANY_APEX),
    row(data!("tooling/query"), SOQL),
    row(data!("tooling/query/{locator}"), GET),
    row(data!("tooling/queryAll"), SOQL),
    row(data!("tooling/queryAll/{locator}"), GET),
    row(data!("tooling/search"), SOSL),
    row(data!("tooling/completions"), GET),
    row(data!("tooling/runTestsSynchronous"), ANY_RUNS),
    row(data!("tooling/runTestsAsynchronous"), ANY_RUNS),
    row(data!("tooling/sobjects"), GET),
    row(data!("tooling/sobjects/{object}"), GET_POST_RUNS),
    row(data!("tooling/sobjects/{object}/describe"), GET),
    row(data!("tooling/sobjects/{object}/describe/layouts"), GET),
    row(
        data!("tooling/sobjects/{object}/describe/layouts/{id}"),
        GET,
    ),
    row(data!("tooling/sobjects/{object}/{id}"), TOOLING_ROW),
    row(
        data!("tooling/sobjects/{object}/{field}/{value}"),
        TOOLING_ROW,
    ),
    row(
        data!("tooling/composite"),
        &[("GET", READ), ("POST", Class::Parts(Shape::Composite))],
    ),
    row(
        data!("tooling/composite/batch"),
        &[("POST", Class::Parts(Shape::Batch))],
    ),
    row(
        data!("tooling/composite/graph"),
        &[("POST", Class::Parts(Shape::Graph))],
    ),
    row(data!("tooling/composite/tree/{object}"), POST_RUNS),
    row(
        data!("tooling/composite/sobjects"),
        &[
            ("POST", MAY_DELETE),
            ("PATCH", MAY_DELETE),
            ("DELETE", DELETE),
        ],
    ),
    row(data!("tooling/composite/sobjects/{object}"), RETRIEVE),
    row(
        data!("tooling/composite/sobjects/{object}/{field}"),
        &[("PATCH", MAY_DELETE)],
    ),
    // The UI API.
    row(data!("ui-api/records"), &[("POST", WRITE)]),
    row(data!("ui-api/records/batch"), &[("POST", Class::UiBatch)]),
    row(data!("ui-api/records/batch/{ids}"), GET),
    row(
        data!("ui-api/records/content-documents/content-versions"),
        &[("POST", WRITE)],
    ),
    row(
        data!("ui-api/records/{id}"),
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(data!("ui-api/record-ui/{ids}"), GET),
    row(data!("ui-api/record-defaults/{**}"), GET),
    row(data!("ui-api/object-info"), GET),
    row(data!("ui-api/object-info/batch/{names}"), GET),
    row(data!("ui-api/object-info/{object}"), GET),
    row(
        data!("ui-api/object-info/{object}/picklist-values/{id}"),
        GET,
    ),
    row(
        data!("ui-api/object-info/{object}/picklist-values/{id}/{name}"),
        GET,
    ),
    row(data!("ui-api/layout/{object}"), GET),
    row(data!("ui-api/list-info/{**}"), GET),
    row(data!("ui-api/list-records/{**}"), GET),
    row(data!("ui-api/list-ui/{**}"), GET),
    row(data!("ui-api/lookups/{**}"), GET),
    row(data!("ui-api/related-list-count/{**}"), GET),
    row(data!("ui-api/related-list-info/{**}"), GET),
    row(data!("ui-api/related-list-preferences/{**}"), GET),
    row(data!("ui-api/related-list-records/{**}"), GET),
    row(data!("ui-api/actions/{**}"), GET),
    row(data!("ui-api/predupe"), &[("POST", READ)]),
    row(data!("ui-api/duplicates/{object}"), GET),
    row(data!("ui-api/favorites"), &[("GET", READ), ("POST", WRITE)]),
    row(
        data!("ui-api/favorites/{id}"),
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(data!("ui-api/apps"), GET),
    row(
        data!("ui-api/apps/{name}"),
        &[("GET", READ), ("PATCH", WRITE)],
    ),
    row(data!("ui-api/nav-items"), GET),
    row(data!("ui-api/themes/active"), GET),
    // Reports and dashboards: GET runs a report and stores nothing.
    row(data!("analytics/reports"), GET),
    row(
        data!("analytics/reports/{id}"),
        &[("GET", READ), ("PATCH", WRITE), ("DELETE", DELETE)],
    ),
    row(data!("analytics/reports/{id}/describe"), GET),
    row(
        data!("analytics/reports/{id}/instances"),
        &[("GET", READ), ("POST", WRITE)],
    ),
    row(
        data!("analytics/reports/{id}/instances/{id}"),
        &[("GET", READ), ("DELETE", DELETE)],
    ),
    row(data!("analytics/report-types"), GET),
    row(data!("analytics/report-types/{name}"), GET),
    row(data!("analytics/dashboards"), GET),
    row(
        data!("analytics/dashboards/{id}"),
        &[
            ("GET", READ),
            ("PUT", WRITE),
            ("PATCH", WRITE),
            ("DELETE", DELETE),
        ],
    ),
    row(data!("analytics/dashboards/{id}/describe"), GET),
    row(data!("analytics/dashboards/{id}/status"), GET),
    // Small things.
    row(
        data!("consent/action/{name}"),
        &[("GET", READ), ("PATCH", WRITE)],
    ),
    row(
        data!("consent/multiaction"),
        &[("GET", READ), ("PATCH", WRITE)],
    ),
    row(data!("event/eventSchema/{name}"), GET),
    row(data!("support/knowledgeArticles"), GET),
    row(
        data!("support/knowledgeArticles/{name}"),
        &[("GET", Class::ViewCounted)],
    ),
    row(data!("support/dataCategoryGroups"), GET),
    row(data!("support/dataCategoryGroups/{**}"), GET),
    row(data!("knowledgeManagement/settings"), GET),
    row(data!("tabs"), GET),
    row(data!("theme"), GET),
    row(data!("appMenu/AppSwitcher"), GET),
    row(data!("appMenu/Salesforce1"), GET),
];
