//! The headers of requests on their way out, and of answers on their way in.

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG,
    HOST, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION, RETRY_AFTER,
    TRANSFER_ENCODING, WARNING,
};

/// What Salesforce's API speaks of. Source: REST API Developer Guide, "Headers",
/// and the RFCs that it names; `sforce-…` and request ids come on top.
const KNOWN: [HeaderName; 9] = [
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    DATE,
    ETAG,
    LAST_MODIFIED,
    LOCATION,
    RETRY_AFTER,
    WARNING,
];

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
    if let Some(authorization) = headers.get_mut(AUTHORIZATION) {
        // Neither logged nor put into HTTP/2's tables.
        authorization.set_sensitive(true);
    }
}

/// Leaves out of an answer what is for browsers, cookies above all: the component
/// has no use for it, and every header that it is told costs.
pub(super) fn keep_known(headers: &mut HeaderMap) {
    let mut known = HeaderMap::with_capacity(KNOWN.len());
    for (name, value) in &*headers {
        if is_known(name) {
            known.append(name, value.clone());
        }
    }
    *headers = known;
}

fn is_known(name: &HeaderName) -> bool {
    KNOWN.contains(name)
        || name.as_str().starts_with("sforce-")
        || name.as_str().ends_with("request-id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_marked_sensitive() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.insert(HOST, HeaderValue::from_static("evil.example"));
        prepare(&mut headers);
        assert!(headers[AUTHORIZATION].is_sensitive());
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

    #[test]
    fn of_an_answer_only_what_the_api_speaks_of_is_kept() {
        let mut headers = HeaderMap::new();
        for name in [
            "content-type",
            "retry-after",
            "x-request-id",
            "x-sfdc-request-id",
            "sforce-limit-info",
            "set-cookie",
            "server",
            "content-security-policy",
        ] {
            headers.append(name, HeaderValue::from_static("1"));
        }
        headers.append("sforce-limit-info", HeaderValue::from_static("2"));
        keep_known(&mut headers);
        let mut kept: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(
            kept,
            [
                "content-type",
                "retry-after",
                "sforce-limit-info",
                "x-request-id",
                "x-sfdc-request-id"
            ]
        );
        assert_eq!(headers.get_all("sforce-limit-info").iter().count(), 2);
    }
}
