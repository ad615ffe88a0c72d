//! A request inside another one, and its answer. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::refused;
use crate::call::Repeat;
use crate::contract::composite::{Subrequest, Subresponse};
use crate::contract::rest::Method as Verb;
use crate::error::Error;
use crate::names::ApiVersion;
use crate::rest::{self, headers};

/// A request that is valid.
pub(super) struct Part {
    name: String,
    method: Method,
    path: String,
    body: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    reads: bool,
}

impl Part {
    /// # Errors
    ///
    /// Names the rule that it breaks, and quotes nothing of it.
    pub(super) fn new(request: &Subrequest) -> Result<Self, Error> {
        if request.method == Verb::Options {
            return Err(refused("OPTIONS is not possible"));
        }
        let method = rest::method(request.method);
        if request.path.starts_with('/') {
            return Err(refused("its path is not relative to the API version"));
        }
        let headers = headers::sent(&request.headers)?;
        let own = [ACCEPT, AUTHORIZATION, CONTENT_TYPE];
        if headers.iter().any(|(name, _)| own.contains(name)) {
            return Err(refused(
                "`Accept` and `Content-Type` are not the caller's to set",
            ));
        }
        // What a reference stands for is not known yet: the rest of the path must be valid.
        let known = without_references(&request.path);
        let call = rest::call(method.clone(), &known, headers.clone(), false)?;
        if let Some(body) = &request.body {
            serde_json::from_str::<&RawValue>(body).map_err(|_| refused("its body is not JSON"))?;
        }
        Ok(Self {
            name: request.reference_id.clone(),
            reads: call.manner().repeat == Repeat::Always,
            method,
            path: request.path.clone(),
            body: request.body.clone(),
            headers,
        })
    }

    pub(super) fn reads(&self) -> bool {
        self.reads
    }

    pub(super) fn has_headers(&self) -> bool {
        !self.headers.is_empty()
    }

    pub(super) fn is_query_or_collection(&self) -> bool {
        let path = self.path.split(['?', '/']).next().unwrap_or_default();
        let is_query = ["query", "queryAll"]
            .iter()
            .any(|known| path.eq_ignore_ascii_case(known));
        let begins = self.path.get(.."composite/sobjects".len());
        is_query || begins.is_some_and(|path| path.eq_ignore_ascii_case("composite/sobjects"))
    }

    /// As a composite request and a graph have it.
    pub(super) fn composite(&self, version: ApiVersion) -> String {
        let url = format!("/services/data/{version}/{}", self.path);
        let mut json = format!(
            r#"{{"method":"{}","url":{},"referenceId":{}"#,
            self.method,
            text(&url),
            text(&self.name)
        );
        if !self.headers.is_empty() {
            let value = |value: &HeaderValue| text(value.to_str().unwrap_or_default());
            let headers = self.headers.iter();
            let headers =
                headers.map(|(name, of)| format!("{}:{}", text(name.as_str()), value(of)));
            let headers: Vec<String> = headers.collect();
            json.push_str(&format!(r#","httpHeaders":{{{}}}"#, headers.join(",")));
        }
        self.with_body(json, "body")
    }

    /// As a batch has it.
    pub(super) fn batch(&self, version: ApiVersion) -> String {
        let url = format!("{version}/{}", self.path);
        let json = format!(r#"{{"method":"{}","url":{}"#, self.method, text(&url));
        self.with_body(json, "richInput")
    }

    fn with_body(&self, mut json: String, name: &str) -> String {
        if let Some(body) = &self.body {
            json.push_str(&format!(r#","{name}":{body}"#));
        }
        json.push('}');
        json
    }
}

/// A path in which a letter stands for each reference, such as `@{account.id}`.
fn without_references(path: &str) -> Cow<'_, str> {
    if !path.contains("@{") {
        return Cow::Borrowed(path);
    }
    let mut known = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("@{") {
        known.push_str(before);
        let Some((reference, behind)) = after.split_once('}') else {
            known.push_str("@{");
            rest = after;
            continue;
        };
        let is_reference = !reference.is_empty()
            && reference
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte));
        known.push_str(if is_reference { "X" } else { "@{" });
        rest = behind;
    }
    known.push_str(rest);
    Cow::Owned(known)
}

/// A text as JSON.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The answer to a request inside another one, as Salesforce writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered<'a> {
    http_status_code: u16,
    reference_id: String,
    #[serde(borrow)]
    http_headers: Option<BTreeMap<Cow<'a, str>, serde_json::Value>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

impl Answered<'_> {
    pub(super) fn subresponse(self) -> Subresponse {
        let headers = self.http_headers.unwrap_or_default().into_iter();
        let headers = headers.map(|(name, value)| {
            let value = match value {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            (name.into_owned(), value)
        });
        Subresponse {
            reference_id: self.reference_id,
            status: self.http_status_code,
            headers: headers.collect(),
            body: self.body.map(|json| json.get().to_owned()),
        }
    }
}
