//! The headers of a request that a caller may set, and those of an answer that a caller
//! gets. Pure.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::error::Error;

/// Names and values of a request's headers together, in bytes: Salesforce answers 431 when
/// they and the URI are longer (REST API Developer Guide, "Status Codes and Error
/// Responses").
pub(crate) const BYTES_MAX: usize = 16_384;

/// What a caller may not set: the session, what the component and its host set, and what
/// changes the meaning of a request.
const NOT_THE_CALLERS: [&str; 11] = [
    "accept-encoding",
    "authorization",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-sfdc-session",
];

/// The headers of one connection (RFC 9110, section 7.6.1, and RFC 7540, section 3.2.1),
/// of requests and of answers. Those that begin with `proxy-` belong to them.
const OF_ONE_CONNECTION: [&str; 8] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// What a caller does not get: cookies, and what is asked of a login.
const NOT_ANSWERED: [&str; 3] = ["set-cookie", "set-cookie2", "www-authenticate"];

/// What only browsers read.
const OF_BROWSERS: [&str; 20] = [
    "alt-svc",
    "clear-site-data",
    "content-security-policy",
    "content-security-policy-report-only",
    "expect-ct",
    "feature-policy",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "public-key-pins",
    "referrer-policy",
    "report-to",
    "reporting-endpoints",
    "strict-transport-security",
    "timing-allow-origin",
    "x-content-type-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-robots-tag",
    "x-xss-protection",
];

/// How the names of further ones begin.
const OF_BROWSERS_BEGIN: [&str; 2] = ["access-control-", "cross-origin-"];

/// Reads the headers of a request.
///
/// # Errors
///
/// Names the rule that a header breaks, and quotes no value.
pub(crate) fn sent(given: &[(String, String)]) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let lengths = given.iter().map(|(name, value)| name.len() + value.len());
    let bytes: usize = lengths.sum();
    if bytes > BYTES_MAX {
        return Err(Error::InvalidInput(format!(
            "the headers have {bytes} bytes, and {BYTES_MAX} are allowed"
        )));
    }
    let headers: Vec<_> = given.iter().map(one).collect::<Result<_, _>>()?;
    let types = headers.iter().filter(|(name, _)| name == CONTENT_TYPE);
    match types.count() {
        0 | 1 => Ok(headers),
        _ => Err(refused("`content-type` may occur once")),
    }
}

fn one((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), Error> {
    let name = HeaderName::try_from(name.as_str()).map_err(|_| refused("a name is not valid"))?;
    let known = NOT_THE_CALLERS.iter().chain(&OF_ONE_CONNECTION);
    let mut known = known.filter(|known| name == **known);
    if let Some(known) = known.next() {
        return Err(refused(&format!("`{known}` is not the caller's to set")));
    }
    if name.as_str().starts_with("proxy-") {
        return Err(refused("names that begin with `proxy-` are not allowed"));
    }
    let value = Some(value).filter(|value| value.is_ascii());
    let value = value.and_then(|value| HeaderValue::try_from(value.as_str()).ok());
    let value = value.ok_or_else(|| {
        refused(&format!(
            "the value of `{name}` is not of printable ASCII characters"
        ))
    })?;
    Ok((name, value))
}

fn refused(rule: &str) -> Error {
    Error::InvalidInput(format!("the headers cannot be sent: {rule}"))
}

/// The headers of an answer, without the secrets that it repeats.
pub(crate) fn answered(answer: &Answer) -> Vec<(String, String)> {
    answered_if(answer, |name, value| {
        // A host that has undone a coding may have left the length of before, and the
        // answer to a HEAD has no body to measure.
        name != CONTENT_LENGTH || value == answer.body.len().to_string().as_str()
    })
}

/// The same of an answer whose body is left out.
pub(crate) fn answered_without_body(answer: &Answer) -> Vec<(String, String)> {
    answered_if(answer, |name, _| !name.as_str().starts_with("content-"))
}

fn answered_if(
    answer: &Answer,
    is_wanted: impl Fn(&HeaderName, &HeaderValue) -> bool,
) -> Vec<(String, String)> {
    let headers = answer.headers.iter();
    let wanted = headers.filter(|(name, value)| is_the_callers(name) && is_wanted(name, value));
    wanted
        .map(|(name, value)| {
            let value = answer.secrets.text(text(value.as_bytes()));
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// Whether it is a header of one connection.
#[cfg(not(feature = "wasi-0-2"))]
pub(crate) fn is_of_one_connection(name: &HeaderName) -> bool {
    let name = name.as_str();
    OF_ONE_CONNECTION.contains(&name) || name.starts_with("proxy-")
}

fn is_the_callers(name: &HeaderName) -> bool {
    let name = name.as_str();
    let lists: [&[&str]; 3] = [&OF_ONE_CONNECTION, &NOT_ANSWERED, &OF_BROWSERS];
    let mut begin = OF_BROWSERS_BEGIN.iter().chain(&["proxy-"]);
    !lists.iter().any(|list| list.contains(&name)) && !begin.any(|start| name.starts_with(start))
}

/// Each byte is a character of ISO 8859-1.
fn text(value: &[u8]) -> String {
    value.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;
    use crate::redaction::Redaction;

    fn rule(name: &str, value: &str) -> Option<String> {
        match sent(&[(name.to_owned(), value.to_owned())]) {
            Ok(_) => None,
            Err(Error::InvalidInput(why)) => Some(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_the_callers_is_refused_by_its_name_in_any_case() {
        for name in [
            "Authorization",
            "X-SFDC-Session",
            "Cookie",
            "Host",
            "Content-Length",
            "Proxy-Authorization",
            "Proxy-Connection",
            "PROXY-X",
            "Expect",
            "Accept-Encoding",
            "TE",
            "Forwarded",
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
            "Connection",
            "Keep-Alive",
            "Transfer-Encoding",
            "Trailer",
            "Upgrade",
            "HTTP2-Settings",
        ] {
            for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                let why = rule(&name, "CANARY").expect(&name);
                let begins = name.to_lowercase();
                let is_named = why.contains(&format!("`{begins}`")) || why.contains("`proxy-`");
                assert!(is_named && !why.contains("CANARY"), "{why}");
            }
        }
        for name in [
            "Accept",
            "Content-Type",
            "Content-Encoding",
            "If-Match",
            "If-None-Match",
            "If-Modified-Since",
            "Range",
            "Sforce-Auto-Assign",
            "Sforce-Query-Options",
            "Sforce-Call-Options",
            "X-PrettyPrint",
            "Idempotency-Key",
            "Cookies",
            "Hosts",
            "Proxy",
            "User-Agent",
            "X-Authorization",
        ] {
            assert_eq!(rule(name, "x"), None, "{name}");
        }
    }

    #[test]
    fn a_header_that_is_none_is_refused_without_its_value() {
        for (name, value, words) in [
            ("", "CANARY", "a name is not valid"),
            ("a b", "CANARY", "a name is not valid"),
            ("a\r\nhost", "CANARY", "a name is not valid"),
            ("é", "CANARY", "a name is not valid"),
            ("x", "CANARY\r\nhost: evil", "the value of `x`"),
            ("x", "CANARY\u{0}", "the value of `x`"),
            ("x", "CANARYé", "the value of `x`"),
        ] {
            let why = rule(name, value).unwrap();
            assert!(why.contains(words) && !why.contains("CANARY"), "{why}");
        }
        assert_eq!(rule("x", ""), None);
        assert_eq!(rule("x", "a\tb"), None);
    }

    #[test]
    fn headers_of_the_limit_pass_and_one_byte_more_does_not() {
        let value = "x".repeat(BYTES_MAX / 2 - 1);
        let header = |name: &str| (name.to_owned(), value.clone());
        assert!(sent(&[header("a"), header("b")]).is_ok());
        let refused = sent(&[header("a"), header("bb")]).unwrap_err();
        assert!(refused.to_string().contains("16385 bytes"), "{refused}");
    }

    #[test]
    fn a_type_of_the_body_is_said_once_and_other_headers_may_be_said_twice() {
        let twice = |name: &str| {
            let header = (name.to_owned(), "x".to_owned());
            sent(&[header.clone(), header])
        };
        assert!(twice("Content-Type").is_err());
        assert_eq!(twice("Sforce-Call-Options").unwrap().len(), 2);
    }

    #[test]
    fn an_answers_headers_arrive_but_for_those_that_are_not_its_callers() {
        let mut answer = answer(200, "application/json", "{}");
        answer.secrets = Redaction::default();
        answer.secrets.add("00D!a-token");
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("www-authenticate", "Token"),
            ("proxy-authenticate", "x"),
            ("connection", "close"),
            ("transfer-encoding", "chunked"),
            ("strict-transport-security", "x"),
            ("access-control-allow-origin", "*"),
            ("etag", "\"1\""),
            ("link", "<a>"),
            ("link", "<b>"),
            ("allow", "GET"),
            ("content-length", "2"),
            ("content-disposition", "attachment"),
            ("sforce-limit-info", "api-usage=1/9"),
            ("x-echo", "Bearer 00D!a-token."),
        ] {
            let name = HeaderName::from_static(name);
            answer.headers.append(name, HeaderValue::from_static(value));
        }
        let caf = HeaderValue::from_bytes(b"caf\xe9").unwrap();
        answer.headers.append("x-latin", caf);
        let mut told = answered(&answer);
        told.sort();
        let told: Vec<_> = told.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [
            ("allow", "GET"),
            ("content-disposition", "attachment"),
            ("content-length", "2"),
            ("content-type", "application/json"),
            ("etag", "\"1\""),
            ("link", "<a>"),
            ("link", "<b>"),
            ("sforce-limit-info", "api-usage=1/9"),
            ("x-echo", "Bearer [redacted]."),
            ("x-latin", "café"),
        ];
        assert_eq!(told, expected);
        let without = answered_without_body(&answer);
        assert!(
            without
                .iter()
                .all(|(name, _)| !name.starts_with("content-"))
        );
        assert_eq!(without.len(), told.len() - 3);
        answer.body.push(b' ');
        assert_eq!(answered(&answer).len(), told.len() - 1, "another length");
    }
}
