//! A request as `rest-streams` takes it. Pure.
//!
//! That interface wants absolute paths, and ignores the headers that the component sets.
//! `rest` takes more and refuses such a header. So what is not plainly the same to both is
//! left to `rest`, which has the words for what is wrong with it.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;

use super::call::Request;

/// The oldest version of the API that the component takes.
const VERSION_MIN: u16 = 31;

/// Names and values of headers together, in bytes: 256 less than the component takes, for
/// those that the library adds.
const HEADER_BYTES_MAX: usize = 16_384 - 256;

/// What `rest` refuses, because the component or its host sets it (`wit/rest.wit`).
const NOT_THE_CALLERS: [&str; 19] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-sfdc-session",
];

/// The head of a request. `None`: it is left to `rest`. `version` is that of the API, for a
/// path that is relative to it.
pub(super) fn head(request: &Request, version: &str) -> Option<http::Request<()>> {
    let mut head = http::Request::new(());
    *head.method_mut() = http::Method::from(request.method);
    *head.uri_mut() = path(&request.path, version)?.into();
    *head.headers_mut() = headers(&request.headers)?;
    Some(head)
}

/// Whether a path is relative to the version of the API.
pub(super) fn is_relative(path: &str) -> bool {
    !path.starts_with('/')
}

fn path(typed: &str, version: &str) -> Option<PathAndQuery> {
    let path = match is_relative(typed) {
        false => typed.to_owned(),
        true if typed.is_empty() || typed.starts_with('?') || !is_version(version) => return None,
        true => format!("/services/data/{version}/{typed}"),
    };
    let parsed: PathAndQuery = path.parse().ok()?;
    // What is not a part of a path is dropped in silence otherwise.
    (parsed.as_str() == path).then_some(parsed)
}

fn is_version(text: &str) -> bool {
    let number = text.strip_prefix('v');
    let digits = number.and_then(|number| number.strip_suffix(".0"));
    let digits = digits.filter(|digits| (2..=3).contains(&digits.len()));
    let is_plain = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u16> = digits
        .filter(is_plain)
        .and_then(|digits| digits.parse().ok());
    number.is_some_and(|number| number >= VERSION_MIN)
}

fn headers(typed: &[(String, String)]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let mut bytes = 0;
    for (name, value) in typed {
        bytes += name.len() + value.len();
        let name: HeaderName = name.parse().ok()?;
        let is_ours = NOT_THE_CALLERS.contains(&name.as_str());
        let is_twice = name == CONTENT_TYPE && headers.contains_key(&name);
        if is_ours || is_twice || name.as_str().starts_with("proxy-") || !value.is_ascii() {
            return None;
        }
        headers.append(name, HeaderValue::from_str(value).ok()?);
    }
    (bytes <= HEADER_BYTES_MAX).then_some(headers)
}

#[cfg(test)]
mod tests {
    use super::super::method::Method;
    use super::*;

    fn request(path: &str, headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter();
        Request {
            method: Method::Patch,
            path: path.to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn a_request_is_the_same_to_both() {
        let headers = [
            ("Content-Type", "text/csv"),
            ("If-Match", "\"1\""),
            ("if-match", "2"),
        ];
        let head = head(&request("limits?x=%20&y=a/b", &headers), "v66.0").unwrap();
        assert_eq!(head.method(), http::Method::PATCH);
        assert_eq!(head.uri(), "/services/data/v66.0/limits?x=%20&y=a/b");
        assert_eq!(head.headers()["content-type"], "text/csv");
        assert_eq!(head.headers().get_all("if-match").iter().count(), 2);
    }

    #[test]
    fn a_path_is_absolute_or_below_a_version() {
        for (typed, version, path) in [
            ("limits", "v67.0", Some("/services/data/v67.0/limits")),
            ("limits", "v100.0", Some("/services/data/v100.0/limits")),
            ("limits", "v31.0", Some("/services/data/v31.0/limits")),
            ("limits", "v30.0", None),
            ("limits", "66.0", None),
            ("limits", "v66", None),
            ("limits", "v6600.0", None),
            ("limits", "v66.0/..", None),
            ("limits", "latest", None),
            (
                "/services/apexrest/x?y",
                "latest",
                Some("/services/apexrest/x?y"),
            ),
            ("", "v66.0", None),
            ("?q=1", "v66.0", None),
            ("limits#x", "v66.0", None),
            ("limits\u{7f}", "v66.0", None),
            ("limits x", "v66.0", None),
        ] {
            let found = super::path(typed, version);
            assert_eq!(
                found.as_ref().map(|path| path.as_str()),
                path,
                "{typed} {version}"
            );
        }
    }

    #[test]
    fn headers_that_are_not_the_callers_are_left_to_rest() {
        for name in NOT_THE_CALLERS
            .into_iter()
            .chain(["Proxy-X", "HOST", "a b", ""])
        {
            assert!(
                head(&request("x", &[(name, "1")]), "v66.0").is_none(),
                "{name}"
            );
        }
        let twice = [("Content-Type", "a"), ("content-type", "b")];
        assert!(head(&request("x", &twice), "v66.0").is_none());
        for value in ["é", "a\nb", "a\u{0}"] {
            assert!(
                head(&request("x", &[("X", value)]), "v66.0").is_none(),
                "{value:?}"
            );
        }
        let long = "x".repeat(HEADER_BYTES_MAX - 1);
        assert!(head(&request("x", &[("X", &long)]), "v66.0").is_some());
        assert!(head(&request("x", &[("XY", &long)]), "v66.0").is_none());
    }
}
