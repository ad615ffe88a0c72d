//! What the door answers by itself, in the shape that Salesforce's errors have.
//!
//! Source of the shape: REST API Developer Guide, "Status Codes and Error Responses": a
//! list of objects with `message` and `errorCode`. Every code of ours begins with `SFBOX_`, so
//! that nobody takes it for one of Salesforce's.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Serialize;

/// An answer that is no answer of an org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
    /// After which time the same may work.
    pub(crate) retry_after: Option<Duration>,
    /// The methods that there are, where another one was asked for (RFC 9110, section 15.5.6).
    pub(crate) allowed: Vec<&'static str>,
    /// In which shape it is told.
    pub(crate) shape: Shape,
}

/// What clients of a path read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// That of the REST API.
    Api,
    /// That of OAuth (RFC 6749, section 5.2).
    OAuth,
}

#[derive(Serialize)]
struct ApiError<'a> {
    message: &'a str,
    #[serde(rename = "errorCode")]
    code: &'a str,
}

#[derive(Serialize)]
struct OAuthError<'a> {
    error: &'a str,
    error_description: &'a str,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
            allowed: Vec::new(),
            shape: Shape::Api,
        }
    }

    /// A refusal of a login. Source of the status: every public capture has it, even for
    /// wrong credentials.
    pub(crate) fn of_login(code: &'static str, message: &'static str) -> Self {
        Self {
            shape: Shape::OAuth,
            ..Self::new(StatusCode::BAD_REQUEST, code, message)
        }
    }

    /// A request that can be read in two ways, or not at all.
    pub(crate) fn bad(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "SFBOX_BAD_REQUEST", message)
    }

    /// The same after a while.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// The same, which says that these methods would be taken.
    pub(crate) fn allowing(self, methods: &[&'static str]) -> Self {
        Self {
            allowed: methods.to_vec(),
            ..self
        }
    }

    /// As it is sent.
    pub(crate) fn response(&self) -> http::Response<Bytes> {
        let body = match self.shape {
            Shape::Api => serde_json::to_vec(&[ApiError {
                message: &self.message,
                code: self.code,
            }]),
            Shape::OAuth => serde_json::to_vec(&OAuthError {
                error: self.code,
                error_description: &self.message,
            }),
        };
        // Texts always have a form in JSON.
        let mut response = http::Response::new(Bytes::from(body.unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json;charset=UTF-8"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // Names of methods can be in a header.
        if let Ok(methods) = HeaderValue::try_from(self.allowed.join(", "))
            && !self.allowed.is_empty()
        {
            headers.insert(ALLOW, methods);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_shape_that_clients_read() {
        let busy = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "SFBOX_RATE", "too \"many\"")
            .after(Duration::from_millis(1_200));
        let response = busy.response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(
            response.body(),
            r#"[{"message":"too \"many\"","errorCode":"SFBOX_RATE"}]"#
        );
        assert!(!response.headers().contains_key("allow"));
        let other = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "SFBOX_X", "x");
        let response = other.allowing(&["GET", "HEAD"]).response();
        assert_eq!(response.headers()["allow"], "GET, HEAD");
        let login = Refusal::of_login("invalid_client", "invalid client credentials").response();
        assert_eq!(login.status(), 400);
        assert_eq!(
            login.body(),
            r#"{"error":"invalid_client","error_description":"invalid client credentials"}"#
        );
    }
}
