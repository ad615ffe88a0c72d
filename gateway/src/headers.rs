//! The headers that a request takes along to the org, and those that an answer takes along to
//! the client. Pure.

use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, TRANSFER_ENCODING};

use crate::framing::Fault;
use crate::refusal::Refusal;

/// The headers of one connection (RFC 9110, section 7.6.1, and RFC 7540, section 3.2.1).
/// Those that begin with `proxy-` belong to them.
const OF_ONE_CONNECTION: [&str; 8] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "trailers",
];

/// What a client says to the door, and not to the org: who it is, by which way it came, and
/// how it wants its answer packed.
const FOR_THE_DOOR: [&str; 11] = [
    "accept-encoding",
    "authorization",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "via",
    "x-real-ip",
    "x-sfdc-session",
    "content-length",
];

/// What an org says to a browser, or to whom it takes for its client: cookies, how to log
/// in, and what is about the org's own name and connection.
const FOR_THE_ORGS_CLIENT: [&str; 9] = [
    "alt-svc",
    "authentication-info",
    "clear-site-data",
    "public-key-pins",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "vary",
    "www-authenticate",
];

/// What a request must not have.
///
/// # Errors
///
/// A request whose body has two lengths could be read as two requests, and one with two hosts is
/// for one of them to one reader, and for the other one to another (RFC 9112, section 3.2).
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING) {
        return Err(broken(Fault::TwoLengths));
    }
    if headers.get_all(CONTENT_LENGTH).iter().count() > 1 {
        return Err(Refusal::bad("a request has one Content-Length"));
    }
    if headers.get_all(HOST).iter().count() > 1 {
        return Err(Refusal::bad("a request has one Host"));
    }
    Ok(())
}

/// What is answered to a request that breaks a rule of its protocol.
pub(crate) fn broken(fault: Fault) -> Refusal {
    let why = match fault {
        Fault::TwoLengths => "a request has Content-Length or Transfer-Encoding, and not both",
        Fault::Length => {
            "the length of a body is one number in Content-Length, or Transfer-Encoding is chunked"
        }
        Fault::Line => "a line of a request ends with CR and LF, which stand nowhere else",
        Fault::Chunk => "the length of a chunk is not a hexadecimal number",
        Fault::LongHead => {
            return Refusal::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "SFBOX_HEAD_TOO_LONG",
                "the head of a request has at most 32 KiB and 100 headers",
            );
        }
        Fault::Endless => "a line of a request is too long",
    };
    Refusal::bad(why)
}

/// Leaves out of a request what is not for the org.
pub(crate) fn inward(headers: &mut HeaderMap) {
    let left_out = |name: &str| FOR_THE_DOOR.contains(&name) || name.starts_with("x-forwarded-");
    leave_out(headers, left_out);
}

/// Leaves out of an answer what is not for a client of the door.
pub(crate) fn outward(headers: &mut HeaderMap) {
    leave_out(headers, |name| FOR_THE_ORGS_CLIENT.contains(&name));
}

fn leave_out(headers: &mut HeaderMap, further: impl Fn(&str) -> bool) {
    let of_connection =
        |name: &str| OF_ONE_CONNECTION.contains(&name) || name.starts_with("proxy-");
    let named = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse::<HeaderName>().ok())
        // A client cannot take away what says how its body is read.
        .filter(|name| !matches!(name.as_str(), "content-type" | "content-encoding"));
    let unwanted = headers.keys().filter(|name| {
        let name = name.as_str();
        of_connection(name) || further(name)
    });
    let left_out: Vec<HeaderName> = named.chain(unwanted.cloned()).collect();
    for name in left_out {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn named(names: &[&'static str]) -> HeaderMap {
        let value = HeaderValue::from_static("1");
        let pairs = names
            .iter()
            .map(|name| (HeaderName::from_static(name), value.clone()));
        pairs.collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_the_api_speaks_of_goes_in() {
        let api = [
            "accept",
            "content-encoding",
            "content-type",
            "if-match",
            "if-modified-since",
            "sforce-call-options",
            "sforce-query-options",
            "x-of-an-apex-class",
            "x-prettyprint",
        ];
        let mut headers = named(&api);
        inward(&mut headers);
        assert_eq!(names(&headers), api);
    }

    #[test]
    fn who_a_client_is_and_how_it_came_stays_at_the_door() {
        let mut headers = named(&[
            "authorization",
            "x-sfdc-session",
            "cookie",
            "host",
            "connection",
            "keep-alive",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-real-ip",
            "via",
            "accept-encoding",
            "expect",
            "content-length",
        ]);
        inward(&mut headers);
        assert!(headers.is_empty(), "{headers:?}");
    }

    #[test]
    fn what_connection_names_is_for_the_next_hop() {
        let mut headers = named(&["x-hop", "x-other", "content-type"]);
        headers.append(CONNECTION, HeaderValue::from_static("close, X-Hop"));
        headers.append(CONNECTION, HeaderValue::from_static("content-type"));
        inward(&mut headers);
        assert_eq!(names(&headers), ["content-type", "x-other"]);
    }

    #[test]
    fn cookies_and_challenges_do_not_come_out() {
        let mut headers = named(&[
            "set-cookie",
            "www-authenticate",
            "strict-transport-security",
            "alt-svc",
            "connection",
            "transfer-encoding",
            "sforce-limit-info",
            "etag",
        ]);
        headers.append("set-cookie", HeaderValue::from_static("2"));
        outward(&mut headers);
        assert_eq!(names(&headers), ["etag", "sforce-limit-info"]);
    }

    #[test]
    fn a_request_has_one_host() {
        let mut headers = named(&["host"]);
        assert!(check(&headers).is_ok());
        headers.append(HOST, HeaderValue::from_static("1"));
        let refused = check(&headers).expect_err("the same twice");
        assert_eq!(refused.status, 400);
    }

    #[test]
    fn a_body_has_one_length() {
        assert!(check(&named(&["content-length"])).is_ok());
        assert!(check(&named(&["transfer-encoding"])).is_ok());
        assert!(check(&named(&["content-length", "transfer-encoding"])).is_err());
        let mut twice = named(&["content-length"]);
        twice.append(CONTENT_LENGTH, HeaderValue::from_static("1"));
        assert!(check(&twice).is_err());
    }
}
