//! HTTP, as API Gateway and function URLs hand it over and want it back. Pure.
//!
//! Sources: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway"
//! (REST APIs, format 1.0) and "Create AWS Lambda proxy integrations for HTTP APIs"
//! (format 2.0); Lambda Developer Guide, "Invoking Lambda function URLs" (format 2.0).
//!
//! Why not by `aws_lambda_events` 1.2 or `lambda_http` 1.3, which AWS maintains beside
//! `lambda_runtime` (MIT, Apache-2.0):
//!
//! * `ApiGatewayV2httpRequest` splits each parameter at its commas (`query_map` 0.7),
//!   and the fields of a SELECT are separated by commas.
//! * Each type reads every member of its event, and fails at one that it does not
//!   expect. Four matter here: the method, the parameters, the body and its encoding.
//! * The response types own their body: one more copy of a page of up to 6 MiB.
//! * `lambda_http` reads a load balancer's event as well, which is refused here. Its
//!   handler gets only HTTP; one function here also answers direct calls and queues.
//! * They add eight crates and 7 s to a build, and would replace 20 lines.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer;
use crate::refusal::Refusal;
use crate::request::{Request, RequestError};

/// What is read of a request over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    format: Format,
    method: String,
    parameters: BTreeMap<String, String>,
    body: String,
    is_base64: bool,
}

/// What a gateway speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// REST APIs.
    V1,
    /// HTTP APIs and function URLs.
    V2,
}

/// Both formats: they differ in where the method is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proxied {
    http_method: Option<String>,
    request_context: Context,
    query_string_parameters: Option<BTreeMap<String, String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct Context {
    http: Option<Http>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl HttpRequest {
    /// Reads an event of either format.
    ///
    /// # Errors
    ///
    /// [`Refusal::Event`] for one of neither.
    pub(crate) fn read(event: Value) -> Result<Self, Refusal> {
        let unknown = || Refusal::Event("a form that neither API Gateway nor a function URL has");
        let event: Proxied = serde_json::from_value(event).map_err(|_| unknown())?;
        let (format, method) = match (event.request_context.http, event.http_method) {
            (Some(http), _) => (Format::V2, http.method),
            (None, Some(method)) => (Format::V1, method),
            (None, None) => return Err(unknown()),
        };
        Ok(Self {
            format,
            method,
            parameters: event.query_string_parameters.unwrap_or_default(),
            body: event.body.unwrap_or_default(),
            is_base64: event.is_base64_encoded,
        })
    }

    /// What it asks for: a GET's parameters, or a POST's body.
    ///
    /// # Errors
    ///
    /// When it is not a request, or the method is another.
    pub(crate) fn request(&self) -> Result<Request, Refusal> {
        match self.method.as_str() {
            "GET" => Ok(Request::from_parameters(self.parameters.clone())?),
            "POST" if self.is_base64 => {
                let bytes = BASE64_STANDARD.decode(&self.body);
                let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
                Ok(Request::from_text(&text.ok_or(RequestError::Form)?)?)
            }
            "POST" => Ok(Request::from_text(&self.body)?),
            _ => Err(Refusal::Method),
        }
    }

    /// An answer over HTTP: the page, or what is told instead of one.
    ///
    /// # Errors
    ///
    /// When not even that can be answered.
    pub(crate) fn respond(
        &self,
        answered: Result<Box<RawValue>, Refusal>,
    ) -> Result<Box<RawValue>, Refusal> {
        let page = answered.and_then(|page| {
            // Only in its envelope is it seen how long it is: its quotes are escaped there.
            answer::bounded(&Response::new(self.format, 200, page.get()))
        });
        match page {
            Ok(response) => Ok(response),
            Err(refusal) => self.refuse(&refusal),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Result<Box<RawValue>, Refusal> {
        let advice = refusal.advice();
        let told = answer::bounded(&Told {
            code: refusal.code(),
            message: &refusal.to_string(),
            hint: advice.hint,
            retryable: advice.retryable,
        })?;
        let mut response = Response::new(self.format, advice.status, told.get());
        if let Some(seconds) = refusal.retry_after() {
            response.headers.insert("retry-after", seconds.to_string());
        }
        if matches!(refusal, Refusal::Method) {
            response.headers.insert("allow", "GET, POST".to_owned());
        }
        answer::bounded(&response)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: &'a str,
    is_base64_encoded: bool,
    /// `cargo lambda watch` 1.9 takes no answer without this; a REST API none with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<[&'a str; 0]>,
}

/// What is answered instead of a page.
#[derive(Serialize)]
struct Told<'a> {
    code: &'static str,
    message: &'a str,
    hint: Option<&'static str>,
    retryable: bool,
}

impl<'a> Response<'a> {
    fn new(format: Format, status_code: u16, body: &'a str) -> Self {
        Self {
            status_code,
            headers: BTreeMap::from([
                ("cache-control", "no-store".to_owned()),
                ("content-type", "application/json".to_owned()),
            ]),
            body,
            is_base64_encoded: false,
            cookies: (format == Format::V2).then_some([]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sfbox::Failure;
    use sfbox::error::RateLimit;

    use super::*;
    use crate::answer::RESPONSE_BYTES_MAX;
    use crate::request::{Asked, Start};

    fn v1(method: &str) -> Value {
        json!({
            "httpMethod": method, "requestContext": {"stage": "prod"}, "body": null,
            "queryStringParameters": null, "isBase64Encoded": false,
        })
    }

    fn v2(method: &str) -> Value {
        json!({
            "version": "2.0", "requestContext": {"http": {"method": method}},
            "isBase64Encoded": false,
        })
    }

    fn request(event: Value) -> Result<Request, Refusal> {
        HttpRequest::read(event)?.request()
    }

    #[test]
    fn a_request_is_in_the_parameters_or_in_the_body() {
        const SOQL: &str = "SELECT Id FROM Account WHERE Name = 'a, b'";
        let body = json!({ "soql": SOQL }).to_string();
        for event in [v1, v2] {
            let mut get = event("GET");
            get["queryStringParameters"] = json!({ "soql": SOQL });
            let mut post = event("POST");
            post["body"] = body.clone().into();
            let mut encoded = event("POST");
            encoded["body"] = BASE64_STANDARD.encode(&body).into();
            encoded["isBase64Encoded"] = true.into();
            for event in [get, post, encoded] {
                let Asked::Records(query) = request(event).unwrap().asked else {
                    panic!("it asks for records");
                };
                assert_eq!(query.start, Start::Soql(SOQL.to_owned()));
            }
        }
    }

    #[test]
    fn what_is_no_request_over_http_is_refused() {
        let code = |event| request(event).unwrap_err().code();
        assert_eq!(code(v1("GET")), "invalid-input");
        assert_eq!(code(v2("POST")), "invalid-input");
        assert_eq!(request(v1("PUT")).unwrap_err().advice().status, 405);
        let mut encoded = v2("POST");
        encoded["isBase64Encoded"] = true.into();
        for body in ["%", "/w=="] {
            encoded["body"] = body.into();
            assert_eq!(code(encoded.clone()), "invalid-input", "{body}");
        }
        let neither = json!({"requestContext": {}});
        assert_eq!(code(neither), "unsupported");
    }

    fn respond(answered: Result<Box<RawValue>, Refusal>) -> Box<RawValue> {
        let request = HttpRequest::read(v2("GET")).unwrap();
        request.respond(answered).unwrap()
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    fn parsed(response: &RawValue) -> Value {
        serde_json::from_str(response.get()).unwrap()
    }

    #[test]
    fn a_page_is_the_body_as_it_is() {
        let page = r#"{"totalSize":1,"records":[{"Amount":1.50}],"next":null}"#;
        let response = parsed(&respond(Ok(raw(page))));
        assert_eq!(response["statusCode"], 200);
        assert_eq!(response["body"], page);
        assert_eq!(response["headers"]["content-type"], "application/json");
        assert_eq!(response["isBase64Encoded"], false);
        assert_eq!(response["cookies"], json!([]));
        let rest = HttpRequest::read(v1("GET")).unwrap();
        let response = parsed(&rest.respond(Ok(raw(page))).unwrap());
        assert_eq!(response["body"], page);
        assert_eq!(response.get("cookies"), None);
    }

    #[test]
    fn a_refusal_is_told_with_its_status() {
        let limit = RateLimit {
            retry_after_s: Some(30),
            refusal: Some("invalid_client".to_owned()),
        };
        let limited = sfbox::Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(Failure::RateLimited(limit)),
            cause: None,
        };
        let response = parsed(&respond(Err(limited.into())));
        assert_eq!(response["statusCode"], 429);
        assert_eq!(response["headers"]["retry-after"], "30");
        let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["code"], "rate-limited");
        assert_eq!(body["retryable"], true);
        let message = body["message"].as_str().unwrap();
        assert!(message.contains("30 s") && message.contains("invalid_client"));
        let response = parsed(&respond(Err(Refusal::Method)));
        assert_eq!(response["headers"]["allow"], "GET, POST");
    }

    #[test]
    fn a_page_is_bounded_with_its_envelope() {
        let empty = respond(Ok(raw("\"\"")));
        let room = RESPONSE_BYTES_MAX - empty.get().len();
        let fits = respond(Ok(raw(&format!("\"{}\"", "x".repeat(room)))));
        assert_eq!(fits.get().len(), RESPONSE_BYTES_MAX);
        assert_eq!(parsed(&fits)["statusCode"], 200);
        let past = respond(Ok(raw(&format!("\"{}\"", "x".repeat(room + 1)))));
        assert_eq!(parsed(&past)["statusCode"], 400);
        assert!(past.get().contains("batchSize"));
    }
}
