//! The headers of requests on their way out, and of answers on their way in.

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName,
    HeaderValue, TRANSFER_ENCODING,
};
use wasmtime_wasi_http::Error;

/// Carries the token to the first version of the Bulk API (Bulk API Developer Guide,
/// "Session Header").
pub(super) const SESSION: HeaderName = HeaderName::from_static("x-sfdc-session");

/// How many headers an answer may tell the component: as many as the client beneath
/// takes of HTTP/1.1.
const HEADERS_MAX: usize = 100;

/// How many bytes they may have, names and values. Salesforce's have less than 2 KiB.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// Completes a request's headers.
pub(super) fn prepare(headers: &mut HeaderMap) {
    // The client makes its own from the URL, where the protocol wants one.
    headers.remove(HOST);
    if headers.contains_key(CONTENT_LENGTH) {
        // One message has one of the two (RFC 9112, section 6.2).
        headers.remove(TRANSFER_ENCODING);
    }
    if !headers.contains_key(ACCEPT_ENCODING) {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    for name in [AUTHORIZATION, SESSION] {
        if let Some(token) = headers.get_mut(name) {
            // Neither logged nor put into HTTP/2's tables.
            token.set_sensitive(true);
        }
    }
}

/// Leaves out of an answer what is not for the caller of an API: cookies, what is said
/// to the next hop, how to authenticate, and what only browsers read.
///
/// # Errors
///
/// When what is left is more than an answer may tell.
pub(super) fn keep(headers: &mut HeaderMap) -> Result<(), Error> {
    let hop = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok());
    let unwanted = headers.keys().filter(|name| is_left_out(name.as_str()));
    let left_out: Vec<HeaderName> = hop.chain(unwanted.cloned()).collect();
    for name in left_out {
        headers.remove(name);
    }
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum::<usize>();
    if headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        let bytes = u32::try_from(bytes).ok();
        return Err(Error::HttpResponseHeaderSectionSize(bytes));
    }
    Ok(())
}

/// Sources: RFC 9110, section 7.6.1 (the next hop's), and 11 (authentication); RFC 6265
/// (cookies); MDN, "HTTP headers" (security, CORS, client hints, reporting).
fn is_left_out(name: &str) -> bool {
    match name {
        "set-cookie" | "set-cookie2" | "clear-site-data" => true,
        "connection" | "keep-alive" | "te" | "trailer" | "transfer-encoding" | "upgrade"
        | "http2-settings" => true,
        "www-authenticate" | "authentication-info" => true,
        "strict-transport-security"
        | "expect-ct"
        | "public-key-pins"
        | "referrer-policy"
        | "permissions-policy"
        | "feature-policy"
        | "origin-agent-cluster"
        | "timing-allow-origin"
        | "service-worker-allowed"
        | "document-policy" => true,
        "x-content-type-options"
        | "x-frame-options"
        | "x-xss-protection"
        | "x-permitted-cross-domain-policies"
        | "x-download-options"
        | "x-dns-prefetch-control"
        | "x-ua-compatible"
        | "x-robots-tag"
        | "p3p" => true,
        "alt-svc"
        | "report-to"
        | "reporting-endpoints"
        | "nel"
        | "server-timing"
        | "sourcemap"
        | "x-sourcemap"
        | "accept-ch"
        | "critical-ch" => true,
        _ => [
            "proxy-",
            "access-control-",
            "content-security-policy",
            "x-content-security-policy",
            "cross-origin-",
        ]
        .iter()
        .any(|beginning| name.starts_with(beginning)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_marked_sensitive() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.insert(SESSION, HeaderValue::from_static("x"));
        headers.insert(HOST, HeaderValue::from_static("evil.example"));
        prepare(&mut headers);
        assert!(headers[AUTHORIZATION].is_sensitive());
        assert!(headers[SESSION].is_sensitive());
        assert!(!headers.contains_key(HOST));
        assert_eq!(headers[ACCEPT_ENCODING], "gzip");
    }

    #[test]
    fn a_body_of_known_length_is_not_sent_in_chunks() {
        let mut headers = HeaderMap::new();
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        prepare(&mut headers);
        assert!(headers.contains_key(TRANSFER_ENCODING));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("7"));
        prepare(&mut headers);
        assert!(!headers.contains_key(TRANSFER_ENCODING));
        assert_eq!(headers[CONTENT_LENGTH], "7");
    }

    fn named(names: &[&'static str]) -> HeaderMap {
        let value = HeaderValue::from_static("1");
        let pairs = names
            .iter()
            .map(|name| (HeaderName::from_static(name), value.clone()));
        pairs.collect()
    }

    #[test]
    fn what_the_api_speaks_of_arrives() {
        let api = [
            "allow",
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
            "date",
            "etag",
            "last-modified",
            "link",
            "location",
            "retry-after",
            "sforce-limit-info",
            "vary",
            "warning",
            "x-of-an-apex-class",
            "x-request-id",
            "x-sfdc-request-id",
        ];
        let mut headers = named(&api);
        headers.append("sforce-limit-info", HeaderValue::from_static("2"));
        keep(&mut headers).unwrap();
        let mut kept: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, api);
        assert_eq!(headers.get_all("sforce-limit-info").iter().count(), 2);
    }

    #[test]
    fn cookies_hops_challenges_and_browsers_words_do_not() {
        let mut headers = named(&[
            "set-cookie",
            "set-cookie2",
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "www-authenticate",
            "authentication-info",
            "strict-transport-security",
            "content-security-policy",
            "content-security-policy-report-only",
            "x-content-type-options",
            "x-frame-options",
            "x-xss-protection",
            "referrer-policy",
            "permissions-policy",
            "access-control-allow-origin",
            "cross-origin-opener-policy",
            "alt-svc",
            "report-to",
            "nel",
        ]);
        keep(&mut headers).unwrap();
        assert!(headers.is_empty(), "{headers:?}");
        // What `Connection` names is the next hop's, too.
        let mut headers = named(&["x-hop", "x-other", "etag"]);
        headers.append(CONNECTION, HeaderValue::from_static("close, X-Hop"));
        keep(&mut headers).unwrap();
        assert_eq!(headers.len(), 2);
        assert!(!headers.contains_key("x-hop"));
    }

    #[test]
    fn as_many_headers_as_the_limit_pass_and_one_more_does_not() {
        let some = |count: usize| -> HeaderMap {
            let pairs = (0..count).map(|number| {
                let name: HeaderName = format!("x-{number}").parse().unwrap();
                (name, HeaderValue::from_static("1"))
            });
            pairs.collect()
        };
        keep(&mut some(HEADERS_MAX)).unwrap();
        keep(&mut some(HEADERS_MAX + 1)).unwrap_err();
        let cookies = std::iter::repeat_n("set-cookie", HEADERS_MAX + 1);
        let mut many = some(HEADERS_MAX);
        for name in cookies {
            many.append(name, HeaderValue::from_static("1"));
        }
        keep(&mut many).unwrap();
    }

    #[test]
    fn as_many_bytes_as_the_limit_pass_and_one_more_does_not() {
        let long = |bytes: usize| {
            let value = "x".repeat(bytes - "etag".len());
            HeaderMap::from_iter([(http::header::ETAG, value.parse().unwrap())])
        };
        keep(&mut long(HEADER_BYTES_MAX)).unwrap();
        let refused = keep(&mut long(HEADER_BYTES_MAX + 1)).unwrap_err();
        assert!(
            matches!(refused, Error::HttpResponseHeaderSectionSize(Some(bytes)) if bytes as usize == HEADER_BYTES_MAX + 1)
        );
    }
}
