//! An answer before it is sent.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::error::{ApiError, Blame};
use crate::pretty;
use crate::request::Request;

/// The smallest body that is compressed, in bytes. Salesforce compresses
/// "normally"; below this it would not pay.
pub(crate) const COMPRESSED_FROM: usize = 1_024;

/// Asks for JSON that people can read. Source: REST API Developer Guide, "List
/// Org Limits".
const PRETTY_PRINT: HeaderName = HeaderName::from_static("x-prettyprint");

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const FORM: HeaderValue =
    HeaderValue::from_static("application/x-www-form-urlencoded;charset=UTF-8");
const SCRIPT: HeaderValue = HeaderValue::from_static("application/javascript;charset=UTF-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=UTF-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain;charset=UTF-8");

/// Status, headers and body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whose doing it is that the answer is no success.
    pub(crate) blame: Blame,
}

impl Answer {
    /// A JSON body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => Self::new(status, JSON, Bytes::from(json)),
            Err(error) => Self::from(ApiError::internal(&error)),
        }
    }

    /// A JSON object as a form is written, with `%20` for blanks.
    pub(crate) fn form(status: StatusCode, body: &impl Serialize) -> Self {
        let object = serde_json::to_value(body).unwrap_or_default();
        let members = object.as_object().into_iter().flatten();
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(members.map(|(name, value)| (name, text(value))))
            .finish();
        Self::new(status, FORM, Bytes::from(form.replace('+', "%20")))
    }

    /// JSON as the argument of a function: JSONP. Always 200, because a browser
    /// runs nothing else.
    pub(crate) fn script(function: &str, body: &impl Serialize) -> Self {
        let json = serde_json::to_string(body).unwrap_or_default();
        let script = format!("{function}({json});");
        Self::new(StatusCode::OK, SCRIPT, Bytes::from(script))
    }

    /// An HTML page, as Salesforce's edge sends it before anything has looked
    /// at the request. The words are the emulator's own.
    pub(crate) fn page(status: StatusCode, words: &str) -> Self {
        let html = format!(
            "<html><head><title>{status}</title></head><body><h1>{words}</h1></body></html>"
        );
        Self::new(status, HTML, Bytes::from(html)).unexpected()
    }

    /// No body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        let mut answer = Self::new(status, JSON, Bytes::new());
        answer.headers.remove(CONTENT_TYPE);
        answer
    }

    /// Plain text.
    pub(crate) fn text(status: StatusCode, text: &'static str) -> Self {
        Self::new(status, TEXT, Bytes::from_static(text.as_bytes()))
    }

    /// Counts it as one that no client should ever get.
    pub(crate) fn unexpected(mut self) -> Self {
        self.blame = Blame::Client;
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Whether the body is compressed on its way to that client.
    pub(crate) fn is_compressed_for(&self, request: &Request) -> bool {
        request.coding().is_some() && self.body.len() >= COMPRESSED_FROM
    }

    /// Compresses the body, if the client takes that and it pays.
    pub(crate) fn compressed_for(mut self, request: &Request) -> Self {
        self.headers
            .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        let Some(coding) = request.coding().filter(|_| self.is_compressed_for(request)) else {
            return self;
        };
        // Writing to a vector cannot fail; if it did, the plain body would do.
        if let Ok(body) = coding.compressed(&self.body) {
            self.body = Bytes::from(body);
            let name = HeaderValue::from_static(coding.name());
            self.headers.insert(CONTENT_ENCODING, name);
        }
        self
    }

    /// Breaks JSON into lines, if the client asks for it.
    pub(crate) fn printed_for(mut self, request: &Request) -> Self {
        let is_json = self.headers.get(CONTENT_TYPE) == Some(&JSON);
        if is_json && request.header(&PRETTY_PRINT).map(str::trim) == Some("1") {
            self.body = Bytes::from(pretty::print(&self.body));
        }
        self
    }

    /// A body of that kind.
    pub(crate) fn new(status: StatusCode, kind: HeaderValue, body: Bytes) -> Self {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, kind),
            (
                CACHE_CONTROL,
                HeaderValue::from_static("no-cache,must-revalidate,max-age=0,no-store,private"),
            ),
        ]);
        Self {
            status,
            headers,
            body,
            blame: Blame::Caller,
        }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        // An array of two strings always serializes; were it not so, the body
        // would be empty.
        let body = serde_json::to_vec(&error.body()).unwrap_or_default();
        let mut answer = Self::new(error.status, JSON, Bytes::from(body));
        if error.status == StatusCode::UNAUTHORIZED {
            answer = answer.with(WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        // Source: RFC 9110, section 15.5.6.
        if !error.allowed.is_empty()
            && let Ok(methods) = HeaderValue::try_from(error.allowed.join(", "))
        {
            answer = answer.with(ALLOW, methods);
        }
        answer.blame = error.blame;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Unauthorized;

    #[test]
    fn an_error_is_an_array_with_salesforces_names() {
        let answer = Answer::from(ApiError::unauthorized(Unauthorized::SessionExpired));
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            &answer.body[..],
            br#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#
        );
        assert_eq!(answer.headers[WWW_AUTHENTICATE], "Token");
        assert_eq!(
            answer.headers[CONTENT_TYPE],
            "application/json;charset=UTF-8"
        );
    }

    #[test]
    fn a_method_that_is_not_allowed_is_told_those_that_are() {
        let error = ApiError::method_not_allowed(&http::Method::POST, &["GET", "HEAD"]);
        let answer = Answer::from(error);
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(
            &answer.body[..],
            br#"[{"message":"HTTP Method 'POST' not allowed. Allowed are GET,HEAD","errorCode":"METHOD_NOT_ALLOWED"}]"#
        );
        assert_eq!(answer.headers[ALLOW], "GET, HEAD");
    }

    fn request(name: &str, value: &str) -> Request {
        let request = http::Request::builder().header(name, value).body(());
        Request::new(request.expect("a request").into_parts().0, Bytes::new())
    }

    #[test]
    fn only_bodies_of_some_size_are_compressed() {
        for (accepted, coding) in [("gzip, deflate", "gzip"), ("deflate", "deflate")] {
            let request = request("accept-encoding", accepted);
            let answer = |bytes: usize| {
                let answer = Answer::json(StatusCode::OK, &"x".repeat(bytes - 2));
                answer.compressed_for(&request)
            };
            let plain = answer(COMPRESSED_FROM - 1);
            assert_eq!(plain.headers.get(CONTENT_ENCODING), None);
            assert_eq!(plain.headers[VARY], "Accept-Encoding");
            let compressed = answer(COMPRESSED_FROM);
            assert_eq!(compressed.headers[CONTENT_ENCODING], coding);
            assert!(compressed.body.len() < COMPRESSED_FROM);
        }
        let plain = Answer::json(StatusCode::OK, &"x".repeat(COMPRESSED_FROM));
        let plain = plain.compressed_for(&request("accept-encoding", "br"));
        assert_eq!(plain.headers.get(CONTENT_ENCODING), None);
    }

    #[test]
    fn json_is_printed_for_people_who_ask() {
        let body = |name, value| {
            let answer = Answer::json(StatusCode::OK, &serde_json::json!({"a": 1}));
            answer.printed_for(&request(name, value)).body
        };
        assert_eq!(body("x-prettyprint", "1"), "{\n  \"a\" : 1\n}");
        for (name, value) in [("x-prettyprint", "0"), ("x-other", "1")] {
            assert_eq!(body(name, value), "{\"a\":1}");
        }
        let text = Answer::text(StatusCode::OK, "{}").printed_for(&request("x-prettyprint", "1"));
        assert_eq!(text.body, "{}");
    }

    #[test]
    fn forms_and_scripts_have_their_own_types() {
        let body = serde_json::json!({"error": "a b+&é", "n": 1});
        let form = Answer::form(StatusCode::BAD_REQUEST, &body);
        assert_eq!(form.body, "error=a%20b%2B%26%C3%A9&n=1");
        assert_eq!(form.headers[CONTENT_TYPE], FORM);
        let script = Answer::script("done", &serde_json::json!({}));
        assert_eq!(
            (script.status, &script.body[..]),
            (StatusCode::OK, &b"done({});"[..])
        );
    }
}
