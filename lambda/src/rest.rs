//! A request that goes to Salesforce as it is. Pure.

pub(crate) mod answer;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use sfbox::{Options, RestMethod, RestOptions, RestRequest};

const CONTENT_TYPE: &str = "content-type";

/// A request of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    repeatable: bool,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

/// A request as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Form {
    #[serde(default)]
    method: Method,
    path: String,
    headers: Option<BTreeMap<String, String>>,
    /// Its text is sent as it was written: a number keeps all its digits.
    body: Option<Box<RawValue>>,
    body_base64: Option<String>,
    #[serde(default)]
    repeatable: bool,
}

impl Form {
    /// The request; `None` for a body that is neither text nor an object or an array, is
    /// not in base64, or is there twice.
    pub(crate) fn read(self) -> Option<Rest> {
        let mut headers: Vec<_> = self.headers.unwrap_or_default().into_iter().collect();
        let body = match (self.body, self.body_base64) {
            (None, None) => Vec::new(),
            (None, Some(encoded)) => BASE64_STANDARD.decode(encoded).ok()?,
            (Some(body), None) if body.get().starts_with('"') => {
                serde_json::from_str::<String>(body.get()).ok()?.into()
            }
            (Some(body), None) if body.get().starts_with(['{', '[']) => {
                let names = |(name, _): &(String, String)| name.eq_ignore_ascii_case(CONTENT_TYPE);
                if !headers.iter().any(names) {
                    headers.push((CONTENT_TYPE.to_owned(), "application/json".to_owned()));
                }
                body.get().into()
            }
            _ => return None,
        };
        Some(Rest {
            method: self.method,
            path: self.path,
            headers,
            body,
            repeatable: self.repeatable,
        })
    }
}

impl Rest {
    /// Whether the method is one that HTTP calls safe, and nothing is sent with it.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.method, Method::Get | Method::Head) && self.body.is_empty()
    }

    /// Whether the caller says that it may be sent twice.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Whether it may have changed something that must not be changed twice, if it has
    /// no answer.
    pub(crate) fn may_write(&self) -> bool {
        !self.is_plain() && !self.repeatable
    }

    /// The library's request.
    pub(crate) fn request(&self) -> RestRequest {
        RestRequest {
            method: match self.method {
                Method::Get => RestMethod::Get,
                Method::Head => RestMethod::Head,
                Method::Post => RestMethod::Post,
                Method::Put => RestMethod::Put,
                Method::Patch => RestMethod::Patch,
                Method::Delete => RestMethod::Delete,
                Method::Options => RestMethod::Options,
            },
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
        }
    }

    /// The library's options for it.
    pub(crate) fn options(&self, call: Options) -> RestOptions {
        RestOptions {
            call,
            repeatable: self.repeatable,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(mut form: Value) -> Option<Rest> {
        form["path"] = "limits".into();
        let form: Form = serde_json::from_str(&form.to_string()).unwrap();
        form.read()
    }

    #[test]
    fn a_path_alone_is_a_get() {
        let rest = read(json!({})).unwrap();
        assert!(rest.is_plain() && !rest.is_repeatable());
        assert_eq!(rest.path, "limits");
        assert!(rest.headers.is_empty() && rest.body.is_empty());
    }

    #[test]
    fn json_is_sent_as_it_was_written_and_says_so() {
        let text = r#"{"path": "x", "body": {"Amount": 12345678901234567.89, "N": 1.50}}"#;
        let form: Form = serde_json::from_str(text).unwrap();
        let rest = form.read().unwrap();
        assert_eq!(rest.body, br#"{"Amount": 12345678901234567.89, "N": 1.50}"#);
        let json = ("content-type".to_owned(), "application/json".to_owned());
        assert_eq!(rest.headers, [json]);
        let other = json!({"body": [], "headers": {"Content-Type": "application/x"}});
        let headers = read(other).unwrap().headers;
        assert_eq!(
            headers,
            [("Content-Type".to_owned(), "application/x".to_owned())]
        );
    }

    #[test]
    fn text_and_bytes_are_sent_as_they_are() {
        let text = read(json!({"body": "a\n\"b\""})).unwrap();
        assert_eq!(text.body, b"a\n\"b\"");
        assert!(text.headers.is_empty());
        assert_eq!(read(json!({"bodyBase64": "/wA="})).unwrap().body, [255, 0]);
        assert!(read(json!({"body": null})).unwrap().body.is_empty());
        for body in [
            json!({"body": 1}),
            json!({"body": true}),
            json!({"body": "a", "bodyBase64": "/wA="}),
            json!({"bodyBase64": "%"}),
        ] {
            assert_eq!(read(body.clone()), None, "{body}");
        }
    }

    #[test]
    fn a_write_without_an_answer_may_have_been_executed() {
        for (form, may_write) in [
            (json!({}), false),
            (json!({"method": "HEAD"}), false),
            (json!({"method": "DELETE", "repeatable": true}), false),
            (json!({"method": "POST"}), true),
            (json!({"method": "DELETE"}), true),
            (json!({"body": {}}), true),
        ] {
            assert_eq!(read(form.clone()).unwrap().may_write(), may_write, "{form}");
        }
    }
}
