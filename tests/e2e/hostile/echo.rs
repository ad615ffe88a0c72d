//! Answers that repeat what they were sent: the token, the consumer secret, or the header
//! of the login, as they are or written in another way.

use std::io;

use super::{Row, basic, encoded};
use crate::org::CONSUMER_SECRET;
use crate::raw_org::{Request, TOKEN, Wire};

const HTML: (&str, &str) = ("content-type", "text/html");
const JSON: (&str, &str) = ("content-type", "application/json");

pub(super) const ROWS: [Row; 9] = [
    Row::http1(
        "the token in an API's message",
        |wire, request| api(wire, request, TOKEN),
        1,
        "MALFORMED_QUERY: see [redacted]",
    ),
    Row::http2(
        "the token in percent-encoding",
        |wire, request| api(wire, request, &encoded(TOKEN)),
        1,
        "MALFORMED_QUERY: see [redacted]",
    ),
    Row::http1(
        "the token escaped as in JSON",
        |wire, request| api(wire, request, &TOKEN.replace('!', "\\u0021")),
        1,
        "MALFORMED_QUERY: see [redacted]",
    ),
    Row::http2(
        "the token on a proxy's page",
        |wire, request| {
            let page = format!("<h1>Forbidden</h1> Bearer {TOKEN}");
            wire.answer_with(request, 403, &[HTML], page.as_bytes())
        },
        6,
        "[redacted]",
    ),
    Row::http1(
        "the token as the request's id",
        |wire, request| {
            let body = r#"[{"message":"x","errorCode":"MALFORMED_QUERY"}]"#;
            let id = ("x-request-id", TOKEN);
            wire.answer_with(request, 400, &[JSON, id], body.as_bytes())
        },
        1,
        "request id [redacted]",
    ),
    Row::http1(
        "the consumer secret in a login's refusal",
        |wire, request| login(wire, request, CONSUMER_SECRET),
        3,
        "invalid_client: see [redacted]",
    )
    .at_login(),
    Row::http2(
        "the login's header in its refusal",
        |wire, request| login(wire, request, &basic()),
        3,
        "invalid_client: see [redacted]",
    )
    .at_login(),
    Row::http2(
        "the login's header on a proxy's page",
        |wire, request| {
            let page = format!("<h1>Forbidden</h1> Authorization: Basic {}", basic());
            wire.answer_with(request, 403, &[HTML], page.as_bytes())
        },
        6,
        "[redacted]",
    )
    .at_login(),
    Row::http1(
        "the consumer secret as a refusal's code",
        |wire, request| {
            let body = serde_json::json!({"error": CONSUMER_SECRET, "error_description": "x"});
            wire.answer_with(request, 400, &[JSON], body.to_string().as_bytes())
        },
        3,
        "[redacted]",
    )
    .at_login(),
];

/// The API's list of errors, with this as it is in a message.
fn api(wire: &mut Wire, request: &Request, told: &str) -> io::Result<()> {
    let body = format!(r#"[{{"message":"see {told}","errorCode":"MALFORMED_QUERY"}}]"#);
    wire.answer_with(request, 400, &[JSON], body.as_bytes())
}

/// The token endpoint's object, with this in its description.
fn login(wire: &mut Wire, request: &Request, told: &str) -> io::Result<()> {
    let body = format!(r#"{{"error":"invalid_client","error_description":"see {told}"}}"#);
    wire.answer_with(request, 400, &[JSON], body.as_bytes())
}
