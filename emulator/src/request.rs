//! A request as the resources see it.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode};

use crate::authority::Authority;
use crate::coding::Coding;

/// Bytes of the longest URI: path and query.
///
/// Source: REST API Developer Guide, "Status Codes and Error Responses".
pub(crate) const URI_BYTES_MAX: usize = 16_384;

/// Bytes of URI and headers together. Source: as above.
pub(crate) const HEAD_BYTES_MAX: usize = 16_384;

/// Bytes of the longest body that is read where nothing needs more.
pub(crate) const BODY_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Bytes of the longest body that the API takes, and that Apex gets here.
/// Source: the REST API's own error, as in simple-salesforce, issue 195.
pub(crate) const API_BODY_BYTES_MAX: usize = 52_428_800;

/// Bytes of the longest upload of Bulk API 2.0: so many that base64 makes 150 MB of
/// them. Source: Bulk API 2.0 and Bulk API Developer Guide, "Upload Job Data".
pub(crate) const UPLOAD_BYTES_MAX: usize = 150_000_000 / 4 * 3;

/// Bytes of the longest batch of the first Bulk API. Source: as above, "Batches".
pub(crate) const BATCH_BYTES_MAX: usize = 10_000_000;

/// How long a body may take to arrive: a login's form takes no time on loopback, and one
/// that stops would hold its connection for ever.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The same for a body that may be as long as [`API_BODY_BYTES_MAX`].
pub(crate) const API_BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// A whole request.
pub(crate) struct Request {
    /// The method that counts: see [`method_of`].
    pub(crate) method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    asked: Authority,
    pub(crate) body: Bytes,
}

/// What `Authorization` says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authorization<'a> {
    /// Nothing.
    Absent,
    /// A session's token.
    Token(&'a str),
    /// A client's credentials, in base64.
    Basic(&'a str),
    /// Anything else.
    Other,
}

impl Request {
    pub(crate) fn new(parts: Parts, body: Bytes) -> Self {
        Self {
            method: method_of(&parts),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or("").to_owned(),
            asked: Authority::of(&parts).unwrap_or_default(),
            headers: parts.headers,
            body,
        }
    }

    /// The request as a server sees it that reads a body by its `Content-Length`
    /// alone, if this one `requires_length`.
    pub(crate) fn announced(mut self, requires_length: bool) -> Self {
        if requires_length && !self.headers.contains_key(CONTENT_LENGTH) {
            self.body = Bytes::new();
        }
        self
    }

    /// The host that it is addressed to, without a port; empty if none is
    /// named.
    pub(crate) fn host(&self) -> &str {
        self.asked.host()
    }

    /// The host that it is addressed to, with its port.
    pub(crate) fn asked(&self) -> &Authority {
        &self.asked
    }

    /// A request within this one, to a path and query with a JSON body.
    pub(crate) fn part(
        &self,
        method: Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        Self {
            method: overridden(method, path, query),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            asked: self.asked.clone(),
            body,
        }
    }

    /// The path, as it came.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The query string, as it came.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    /// The parameters of the query string, in their order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.query.as_bytes())
    }

    /// A parameter of the query string.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.query.as_bytes(), name)
    }

    /// A parameter of a form in the body.
    pub(crate) fn form_parameter(&self, name: &str) -> Option<String> {
        parameter(&self.body, name)
    }

    /// Whether the body says that it is a form.
    pub(crate) fn is_form(&self) -> bool {
        let kind = self.media_type();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// What the body says that it is, without parameters; empty if it does not.
    pub(crate) fn media_type(&self) -> &str {
        let kind = text(&self.headers, &CONTENT_TYPE).unwrap_or("");
        kind.split(';').next().unwrap_or("").trim()
    }

    /// Every value of a header that is text.
    pub(crate) fn headers(&self, name: &HeaderName) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        text(&self.headers, name)
    }

    /// What `Authorization` says.
    pub(crate) fn authorization(&self) -> Authorization<'_> {
        let Some(value) = self.headers.get(AUTHORIZATION) else {
            return Authorization::Absent;
        };
        match value.to_str().ok().and_then(|value| value.split_once(' ')) {
            Some((scheme, token)) if is_session_scheme(scheme) => {
                Authorization::Token(token.trim())
            }
            Some((scheme, basic)) if scheme.eq_ignore_ascii_case("Basic") => {
                Authorization::Basic(basic.trim())
            }
            _ => Authorization::Other,
        }
    }

    /// The coding in which the client takes a body best; `None`: as it is.
    pub(crate) fn coding(&self) -> Option<Coding> {
        let accepted = text(&self.headers, &ACCEPT_ENCODING).unwrap_or("");
        let takes = |names: &[&str]| {
            accepted.split(',').any(|coding| {
                let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
                let weight = weight
                    .trim()
                    .trim_start_matches("q=")
                    .parse()
                    .unwrap_or(1.0_f32);
                names.contains(&name.trim()) && weight > 0.0
            })
        };
        if takes(&["gzip", "x-gzip", "*"]) {
            Some(Coding::Gzip)
        } else if takes(&["deflate"]) {
            Some(Coding::Deflate)
        } else {
            None
        }
    }
}

/// The method that counts: a POST below `/services/data/` may name another one
/// in its parameter `_HttpMethod`, for clients that cannot send it.
///
/// Source: REST API Developer Guide, "REST API Architecture": "The _HttpMethod
/// parameter is case-sensitive." What else than PATCH and DELETE it may be, and
/// what a second one does, is not said: such ones count for nothing here.
pub(crate) fn method_of(parts: &Parts) -> Method {
    let query = parts.uri.query().unwrap_or("");
    overridden(parts.method.clone(), parts.uri.path(), query)
}

fn overridden(method: Method, path: &str, query: &str) -> Method {
    if method != Method::POST || !path.starts_with("/services/data/") {
        return method;
    }
    match parameter(query.as_bytes(), "_HttpMethod").as_deref() {
        Some("PATCH") => Method::PATCH,
        Some("DELETE") => Method::DELETE,
        _ => method,
    }
}

/// Why a request's head is too long, if it is: 414 for the URI alone, 431 for
/// URI and headers together.
pub(crate) fn too_long(parts: &Parts) -> Option<StatusCode> {
    let uri = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if uri > URI_BYTES_MAX {
        return Some(StatusCode::URI_TOO_LONG);
    }
    // As a header stands on the wire in HTTP/1.1: with `: ` and CR LF.
    let headers: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    (uri + headers > HEAD_BYTES_MAX).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

/// `OAuth` is the older spelling of `Bearer`.
fn is_session_scheme(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn parameter(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut builder = http::Request::builder().uri(target);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).expect("a request").into_parts().0
    }

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        Request::new(parts(target, headers), Bytes::new())
    }

    #[test]
    fn a_host_comes_from_either_protocol() {
        assert_eq!(
            request("/", &[("host", "a.example:443")]).host(),
            "a.example"
        );
        assert_eq!(request("/", &[("host", "a.example")]).host(), "a.example");
        assert_eq!(request("https://b.example:1/x", &[]).host(), "b.example");
        assert_eq!(request("/", &[]).host(), "");
    }

    #[test]
    fn a_body_without_a_length_counts_unless_one_is_required() {
        let body = |headers, required| {
            let request = Request::new(parts("/", headers), Bytes::from_static(b"a=1"));
            request.announced(required).form_parameter("a")
        };
        let length = [("content-length", "3")];
        assert_eq!(body(&length, true).as_deref(), Some("1"));
        assert_eq!(body(&length, false).as_deref(), Some("1"));
        assert_eq!(body(&[], false).as_deref(), Some("1"));
        assert_eq!(body(&[("transfer-encoding", "chunked")], true), None);
    }

    #[test]
    fn a_post_may_name_another_method() {
        let row = "/services/data/v66.0/sobjects/Account/001";
        for (method, path, query, counts) in [
            ("POST", row, "_HttpMethod=PATCH", "PATCH"),
            ("POST", row, "a=1&_HttpMethod=DELETE", "DELETE"),
            ("POST", row, "%5FHttpMethod=PATC%48", "PATCH"),
            ("POST", row, "_HttpMethod=patch", "POST"),
            ("POST", row, "_httpmethod=PATCH", "POST"),
            ("POST", row, "_HttpMethod=GET", "POST"),
            ("POST", row, "_HttpMethod=PATCH&_HttpMethod=DELETE", "PATCH"),
            ("POST", row, "", "POST"),
            ("GET", row, "_HttpMethod=DELETE", "GET"),
            ("PUT", row, "_HttpMethod=DELETE", "PUT"),
            (
                "POST",
                "/services/apexrest/echo",
                "_HttpMethod=DELETE",
                "POST",
            ),
        ] {
            let mut parts = parts(&format!("{path}?{query}"), &[]);
            parts.method = method.parse().expect("a method");
            assert_eq!(method_of(&parts), counts, "{method} {query}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let request = request("/query?q=SELECT+Id%20FROM%20A%2B%C3%A9&x=1", &[]);
        assert_eq!(
            request.parameter("q").as_deref(),
            Some("SELECT Id FROM A+é")
        );
        assert_eq!(request.parameter("y"), None);
    }

    #[test]
    fn authorization_is_told_apart() {
        for (value, expected) in [
            ("Bearer t", Authorization::Token("t")),
            ("bearer t", Authorization::Token("t")),
            ("OAuth t", Authorization::Token("t")),
            ("Basic eA==", Authorization::Basic("eA==")),
            ("Digest x", Authorization::Other),
            ("t", Authorization::Other),
        ] {
            assert!(
                request("/", &[("authorization", value)]).authorization() == expected,
                "{value}"
            );
        }
        assert!(request("/", &[]).authorization() == Authorization::Absent);
    }

    #[test]
    fn codings_are_accepted_as_rfc_9110_says() {
        for (value, coding) in [
            ("gzip", Some(Coding::Gzip)),
            ("deflate, gzip;q=0.5", Some(Coding::Gzip)),
            ("*", Some(Coding::Gzip)),
            ("deflate", Some(Coding::Deflate)),
            ("gzip;q=0, deflate", Some(Coding::Deflate)),
            ("gzip;q=0", None),
            ("gzip; q=0.0", None),
            ("br", None),
            ("", None),
        ] {
            let request = request("/", &[("accept-encoding", value)]);
            assert_eq!(request.coding(), coding, "{value}");
        }
    }

    #[test]
    fn a_head_may_be_as_long_as_the_limits_and_no_longer() {
        let target = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
        assert_eq!(too_long(&parts(&target(URI_BYTES_MAX), &[])), None);
        assert_eq!(
            too_long(&parts(&target(URI_BYTES_MAX + 1), &[])),
            Some(StatusCode::URI_TOO_LONG)
        );
        let header = "x".repeat(HEAD_BYTES_MAX - 100 - "n: \r\n".len());
        assert_eq!(too_long(&parts(&target(100), &[("n", &header)])), None);
        let status = too_long(&parts(&target(101), &[("n", &header)]));
        assert_eq!(status, Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }

    #[test]
    fn forms_are_recognised_by_their_type() {
        for (kind, form) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", true),
            ("application/json", false),
        ] {
            assert_eq!(
                request("/", &[("content-type", kind)]).is_form(),
                form,
                "{kind}"
            );
        }
        assert!(!request("/", &[]).is_form());
    }
}
