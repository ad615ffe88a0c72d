//! Calls of Secrets Manager as requests: built, and signed.
//!
//! Source: Secrets Manager API Reference, for the members of each call; the
//! protocol is AWS's JSON 1.1 (Smithy, "AWS JSON 1.1 protocol"), the signature its
//! Version 4, by AWS's own crate.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sfbox_secret::aws::{CURRENT, GET, MOVE, PUT};

use crate::endpoint::Endpoint;
use crate::platform::Request;

/// What Secrets Manager is called in signatures, and in the names of operations.
const SERVICE: &str = "secretsmanager";

/// An operation, and what it is called with as JSON text.
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    body: SecretString,
}

/// Which version of a secret.
pub(crate) enum Which<'a> {
    Stage(&'static str),
    Id(&'a str),
}

/// The members of all calls; each has some of them.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Members<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stages: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_string: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_from_version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    move_to_version_id: Option<&'a str>,
}

impl Call {
    fn new(operation: &'static str, members: &Members<'_>) -> Self {
        // Strings always have a text.
        let body = serde_json::to_string(members).unwrap_or_default();
        Self {
            operation,
            body: body.into(),
        }
    }

    /// Reads a version.
    pub(crate) fn get(secret: &str, which: &Which<'_>) -> Self {
        let (version_stage, version_id) = match which {
            Which::Stage(stage) => (Some(*stage), None),
            Which::Id(id) => (None, Some(*id)),
        };
        let members = Members {
            secret_id: secret,
            version_id,
            version_stage,
            ..Members::default()
        };
        Self::new(GET, &members)
    }

    /// Makes a version with that id under a stage.
    pub(crate) fn put(secret: &str, stage: &'static str, id: &str, text: &SecretString) -> Self {
        let members = Members {
            secret_id: secret,
            version_stages: Some([stage]),
            client_request_token: Some(id),
            secret_string: Some(text.expose_secret()),
            ..Members::default()
        };
        Self::new(PUT, &members)
    }

    /// Makes `next` the version that everybody reads, if that is still `base`.
    pub(crate) fn make_current(secret: &str, base: &str, next: &str) -> Self {
        let members = Members {
            secret_id: secret,
            version_stage: Some(CURRENT),
            remove_from_version_id: Some(base),
            move_to_version_id: Some(next),
            ..Members::default()
        };
        Self::new(MOVE, &members)
    }

    /// The request, signed; `None` for credentials that cannot be sent in a header.
    pub(crate) fn signed(
        &self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Option<Request> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = endpoint.uri.clone();
        let target = HeaderValue::from_str(&format!("{SERVICE}.{}", self.operation)).ok()?;
        let headers = request.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.1"),
        );
        headers.insert(HeaderName::from_static("x-amz-target"), target);
        let signature = signature(&request, endpoint, credentials, now)?;
        request.headers_mut().extend(signature);
        Some(request)
    }
}

/// The headers that sign a request.
fn signature(
    request: &Request,
    endpoint: &Endpoint,
    credentials: &Credentials,
    now: SystemTime,
) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Bytes(request.body().expose_secret().as_bytes());
    let uri = request.uri().to_string();
    let signable = SignableRequest::new(request.method().as_str(), uri, headers, body).ok()?;
    let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
    let (headers, _) = instructions.into_parts();
    headers
        .into_iter()
        .map(|header| {
            let mut value = HeaderValue::from_str(header.value()).ok()?;
            // Whoever has them can send the request, too.
            value.set_sensitive(true);
            Some((HeaderName::from_static(header.name()), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sfbox_secret::aws::NEXT;

    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint {
            uri: "https://secretsmanager.eu-west-1.amazonaws.com/"
                .parse()
                .unwrap(),
            region: "eu-west-1".to_owned(),
        }
    }

    fn credentials(token: Option<&str>) -> Credentials {
        Credentials::new("AKID", "CANARY-key", token.map(str::to_owned), None, "test")
    }

    /// 2026-11-24T23:00:00Z.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_561_200)
    }

    #[test]
    fn a_call_says_what_the_reference_asks_for() {
        let text = "{\"a\":\"\u{e9}\n\"}".into();
        for (call, operation, body) in [
            (
                Call::get("acme", &Which::Stage(CURRENT)),
                "GetSecretValue",
                r#"{"SecretId":"acme","VersionStage":"AWSCURRENT"}"#,
            ),
            (
                Call::get("acme", &Which::Id("v")),
                "GetSecretValue",
                r#"{"SecretId":"acme","VersionId":"v"}"#,
            ),
            (
                Call::put("acme", NEXT, "v", &text),
                "PutSecretValue",
                "{\"SecretId\":\"acme\",\"VersionStages\":[\"SF_NEXT\"],\"ClientRequestToken\":\"v\",\
                 \"SecretString\":\"{\\\"a\\\":\\\"\u{e9}\\n\\\"}\"}",
            ),
            (
                Call::make_current("acme", "old", "new"),
                "UpdateSecretVersionStage",
                r#"{"SecretId":"acme","VersionStage":"AWSCURRENT","RemoveFromVersionId":"old","MoveToVersionId":"new"}"#,
            ),
        ] {
            assert_eq!(call.operation, operation);
            assert_eq!(call.body.expose_secret(), body);
        }
    }

    #[test]
    fn a_request_is_signed_for_the_service_and_the_region() {
        let call = Call::get("acme", &Which::Stage(CURRENT));
        let request = call.signed(&endpoint(), &credentials(None), now()).unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), &endpoint().uri);
        let header = |name| request.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(header("x-amz-target"), "secretsmanager.GetSecretValue");
        assert_eq!(header("x-amz-date"), "20261124T230000Z");
        // Computed by botocore 1.44.5 from the same parts.
        assert_eq!(
            header("authorization"),
            "AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-1/secretsmanager/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=\
             68283852113ee81960f7a6237c36ad7bde378423a382187a5f67384a3567ad7c"
        );
        assert_eq!(request.headers().get("x-amz-security-token"), None);
    }

    #[test]
    fn a_session_token_is_signed_and_sent() {
        let call = Call::get("acme", &Which::Stage(CURRENT));
        let credentials = credentials(Some("CANARY-token"));
        let request = call.signed(&endpoint(), &credentials, now()).unwrap();
        assert_eq!(request.headers()["x-amz-security-token"], "CANARY-token");
        let authorization = request.headers()["authorization"].to_str().unwrap();
        // Computed by botocore 1.44.5 from the same parts.
        assert!(
            authorization.ends_with(
                "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, \
                 Signature=c73d5d85a0d0ba3762e83311040914cf9b6be0a769c411037a62759a7166a3a3"
            ),
            "{authorization}"
        );
    }

    #[test]
    fn another_key_time_region_or_body_is_another_signature() {
        let call = Call::get("acme", &Which::Stage(CURRENT));
        let of = |call: &Call, endpoint: &Endpoint, key: &str, now| {
            let credentials = Credentials::new("AKID", key, None, None, "test");
            let request = call.signed(endpoint, &credentials, now).unwrap();
            let text = request.headers()["authorization"].to_str().unwrap();
            text.rsplit('=').next().unwrap().to_owned()
        };
        let first = of(&call, &endpoint(), "key", now());
        let elsewhere = Endpoint {
            region: "eu-west-2".to_owned(),
            ..endpoint()
        };
        let other = Call::get("acmf", &Which::Stage(CURRENT));
        let later = now() + Duration::from_secs(1);
        for another in [
            of(&call, &endpoint(), "kez", now()),
            of(&call, &endpoint(), "key", later),
            of(&call, &elsewhere, "key", now()),
            of(&other, &endpoint(), "key", now()),
        ] {
            assert_ne!(another, first);
        }
    }

    #[test]
    fn credentials_that_are_no_header_are_refused() {
        let call = Call::get("acme", &Which::Stage(CURRENT));
        let credentials = credentials(Some("a\nb"));
        assert!(call.signed(&endpoint(), &credentials, now()).is_none());
    }

    #[test]
    fn nothing_secret_of_a_request_is_told() {
        let call = Call::put("acme", NEXT, "v", &"CANARY-text".into());
        let credentials = credentials(Some("CANARY-token"));
        let request = call.signed(&endpoint(), &credentials, now()).unwrap();
        assert!(!format!("{request:?}").contains("CANARY"));
    }
}
