//! Where a request goes, and by which right: versions, methods, paths, sessions.

use super::{Target, Wrong, wrong};

const STATUS: &str = "Status Codes and Error Responses";
const VERSIONS: &str = "API End-of-Life Policy; the words of 410 are unconfirmed";
const METHODS: &str = "the wire page, 2.2, METHOD_NOT_ALLOWED";
const HEADERS: &str = "the wire page, 1.3, INVALID_AUTH_HEADER";
const SINCE: &str = "the first paragraph of the resource";
const OURS: &str = "the emulator's own words for what only Salesforce does";
const NOT_FOUND: &str = "404 NOT_FOUND: The requested resource does not exist";
const GONE: &str = "410 GONE: The requested resource is no longer available";
const EXPIRED: &str = "401 INVALID_SESSION_ID: Session expired or invalid";
const HEADER_TYPE: &str = "401 INVALID_AUTH_HEADER: INVALID_HEADER_TYPE";
const XML: &str =
    "406 EMULATOR_UNSUPPORTED: this emulator does not support XML here: accept application/json";

pub(super) const ROWS: &[Wrong] = &[
    // Versions.
    wrong(VERSIONS, "GET /services/data/v30.0/limits", &[], "", GONE),
    wrong(
        VERSIONS,
        "GET /services/data/v7.0",
        &[("authorization", "")],
        "",
        GONE,
    ),
    wrong(
        VERSIONS,
        "GET /services/data/v69.0/limits",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        VERSIONS,
        "GET /services/data/v6.0/limits",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(STATUS, "GET /services/data/66.0/limits", &[], "", NOT_FOUND),
    wrong(STATUS, "GET /services/data/v66/limits", &[], "", NOT_FOUND),
    wrong(
        STATUS,
        "GET /services/data/latest/limits",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        SINCE,
        "GET /services/data/v39.0/limits/recordCount",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        SINCE,
        "GET /services/data/v31.0/sobjects/Account/listviews",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        SINCE,
        "POST /services/data/v33.0/composite/batch",
        &[],
        "{}",
        NOT_FOUND,
    ),
    wrong(
        SINCE,
        "POST /services/data/v41.0/composite/sobjects",
        &[],
        "{}",
        NOT_FOUND,
    ),
    wrong(
        SINCE,
        "POST /services/data/v49.0/composite/graph",
        &[],
        "{}",
        NOT_FOUND,
    ),
    wrong(
        SINCE,
        "POST /services/data/v46.0/jobs/query",
        &[],
        "{}",
        NOT_FOUND,
    ),
    wrong(
        "REST API Architecture",
        "GET /services/data/v58.0/limits.json",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        "REST API Architecture, and the emulator's own words",
        "GET /services/data/v57.0/limits.xml",
        &[],
        "",
        XML,
    ),
    // Methods.
    wrong(
        METHODS,
        "POST limits",
        &[],
        "{}",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'POST' not allowed. Allowed are GET,HEAD",
    ),
    wrong(
        METHODS,
        "DELETE query?q=SELECT+Id+FROM+Account",
        &[],
        "",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'DELETE' not allowed. Allowed are GET,HEAD",
    ),
    wrong(
        METHODS,
        "PUT sobjects/Account/{account}",
        &[],
        "{}",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'PUT' not allowed. Allowed are DELETE,GET,HEAD,PATCH",
    ),
    wrong(
        METHODS,
        "PATCH composite/graph",
        &[],
        "{}",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'PATCH' not allowed. Allowed are POST",
    ),
    wrong(
        METHODS,
        "POST /services/data",
        &[],
        "{}",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'POST' not allowed. Allowed are GET,HEAD",
    ),
    wrong(
        METHODS,
        "OPTIONS theme",
        &[],
        "",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'OPTIONS' not allowed. Allowed are GET,HEAD",
    ),
    wrong(
        "REST API Architecture, Method Overriding",
        "POST limits?_HttpMethod=PATCH",
        &[],
        "",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'PATCH' not allowed. Allowed are GET,HEAD",
    ),
    wrong(
        "REST API Architecture, Method Overriding",
        "POST limits?_HttpMethod=patch",
        &[],
        "",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'POST' not allowed. Allowed are GET,HEAD",
    ),
    // Paths.
    wrong(STATUS, "GET nothing", &[], "", NOT_FOUND),
    wrong(STATUS, "GET limits/nothing", &[], "", NOT_FOUND),
    wrong(
        STATUS,
        "GET Query?q=SELECT+Id+FROM+Account",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(STATUS, "GET %71uery", &[], "", NOT_FOUND),
    wrong(
        STATUS,
        "GET /services/data/v66.0//limits",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(STATUS, "POST sobjects/Accountz", &[], "{}", NOT_FOUND),
    wrong(
        STATUS,
        "GET sobjects/Accountz/updated?start=x&end=y",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        STATUS,
        "GET sobjects/Accountz/quickActions",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        STATUS,
        "GET sobjects/Accountz/listviews",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        STATUS,
        "GET sobjects/Account/listviews/00BD0000005WcCN",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        OURS,
        "GET search/scopeOrder",
        &[],
        "",
        "404 EMULATOR_UNSUPPORTED: this emulator does not support the resource search/scopeOrder",
    ),
    wrong(
        OURS,
        "GET ui-api/record-ui/001000000000001",
        &[],
        "",
        "404 EMULATOR_UNSUPPORTED: this emulator does not support the resource ui-api/record-ui/001000000000001",
    ),
    wrong(
        OURS,
        "POST ui-api/records/batch",
        &[],
        "{}",
        "404 EMULATOR_UNSUPPORTED: this emulator does not support the resource POST ui-api/records/batch",
    ),
    wrong(
        OURS,
        "POST quickActions",
        &[],
        "{}",
        "404 EMULATOR_UNSUPPORTED: this emulator does not support the resource POST quickActions",
    ),
    wrong(
        OURS,
        "GET jobs/query/750000000000001/resultPages",
        &[],
        "",
        "404 EMULATOR_UNSUPPORTED: this emulator does not support the resource jobs/query/750000000000001/resultPages",
    ),
    // Authorization.
    wrong(STATUS, "GET limits", &[("authorization", "")], "", EXPIRED),
    wrong(STATUS, "GET nothing", &[("authorization", "")], "", EXPIRED),
    wrong(
        STATUS,
        "GET limits",
        &[("authorization", "Bearer {token}x")],
        "",
        EXPIRED,
    ),
    wrong(
        "unconfirmed: a cookie is no token for the API",
        "GET limits",
        &[("authorization", ""), ("cookie", "sid={token}")],
        "",
        EXPIRED,
    ),
    wrong(
        HEADERS,
        "GET limits",
        &[("authorization", "Basic eDp5")],
        "",
        HEADER_TYPE,
    ),
    wrong(
        HEADERS,
        "GET limits",
        &[("authorization", "Digest x")],
        "",
        HEADER_TYPE,
    ),
    wrong(
        HEADERS,
        "GET limits",
        &[("authorization", "{token}")],
        "",
        HEADER_TYPE,
    ),
];

#[tokio::test]
async fn wrong_places_are_refused_as_documented() {
    Target::start().await.check(ROWS).await;
}
