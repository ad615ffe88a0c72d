//! A call to AWS that failed, in our words: the code and the request id of the
//! answer, never its body. One that could not be parsed may be the secret.

use std::error::Error as StdError;

use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;

use sfbox_secret::SecretName;
use sfbox_secret::aws::{is_deleted, is_replica, kind_of};

use super::super::{Kind, StoreError};
use super::credentials::Watched;
use super::iam;
use super::lack::Lack;
use super::operation::CREATE;
use crate::egress::Proxy;

/// What AWS's client says of a proxy that opens no tunnel begins so. The error's type has
/// no name outside of hyper-util.
const NO_TUNNEL: &str = "tunnel error: ";

/// What it says next when the proxy answers 407.
const UNAUTHENTICATED: &str = "proxy authorization required";

/// What was called, and on what.
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    /// `None`: on none in particular.
    pub(super) secret: Option<&'a SecretName>,
    /// The secret's ARN, once it was read.
    pub(super) arn: Option<String>,
    pub(super) region: &'a str,
    /// What it is signed with, as far as that is known.
    pub(super) credentials: Option<&'a Watched>,
    pub(super) proxy: Option<&'a Proxy>,
}

impl Call<'_> {
    pub(super) fn error(&self, kind: Kind) -> StoreError {
        let attempted = match self.secret {
            Some(secret) => format!("{} of `{secret}`", self.operation),
            None => self.operation.to_owned(),
        };
        StoreError::new(kind, attempted)
    }

    /// The call itself, unless its secret's ARN is of a region that is not asked.
    ///
    /// # Errors
    ///
    /// What is wrong with the region.
    pub(super) fn checked(self) -> Result<Self, StoreError> {
        let asked = self.region;
        match self.secret.and_then(region_of) {
            Some(region) if region != asked => {
                let words = format!(
                    "the ARN names a secret in AWS region `{region}`, but the configured region is `{asked}`"
                );
                let refused = self.error(Kind::Denied).answered(words);
                Err(refused
                    .advice(format!(
                        "set AWS_REGION={region}, or use the secret in `{asked}`"
                    ))
                    .unsent())
            }
            _ => Ok(self),
        }
    }

    pub(super) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> StoreError
    where
        E: ProvideErrorMetadata + RequestId,
    {
        let is_answered = matches!(
            error,
            SdkError::ServiceError(_) | SdkError::ResponseError(_)
        );
        let lack = self.credentials.and_then(Watched::lack);
        if let Some(Lack {
            kind,
            words,
            advice,
        }) = lack.filter(|_| !is_answered)
        {
            return self.error(kind).answered(words).advice(advice).unsent();
        }
        match error {
            SdkError::ServiceError(answer) => self.refused(answer.err(), answer.raw()),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(cause) => self.not_sent(cause),
                None => self.error(Kind::Unavailable),
            },
            SdkError::TimeoutError(_) => self
                .error(Kind::Unavailable)
                .answered("no answer in time")
                .advice(match self.proxy {
                    Some(proxy) => format!(
                        "check that AWS is reachable in region {} through the proxy {proxy}",
                        self.region
                    ),
                    None => format!("check that AWS is reachable in region {}", self.region),
                }),
            SdkError::ConstructionFailure(_) => self
                .error(Kind::Denied)
                .answered(format!(
                    "no request can be made to AWS region `{}`",
                    self.region
                ))
                .advice(CHECK_REGION)
                .unsent(),
            _ => self
                .error(Kind::Unavailable)
                .answered("an answer that cannot be read"),
        }
    }

    fn refused<E>(&self, error: &E, answer: &HttpResponse) -> StoreError
    where
        E: ProvideErrorMetadata + RequestId,
    {
        let Some(code) = error.code() else {
            let status = answer.status().as_u16();
            return self
                .error(Kind::Unavailable)
                .answered(format!("HTTP {status} with a body that is not from AWS"))
                .advice("check whether a proxy answers in place of AWS");
        };
        let message = error.message().unwrap_or_default();
        let kind = kind_of(self.operation, code, message, || retry_after(answer));
        let id = error.request_id().unwrap_or("none");
        let failed = self
            .error(kind)
            .answered(format!("{code} (request id {id})"));
        let failed = match self.advice(code, message) {
            Some(advice) => failed.advice(advice),
            None => failed,
        };
        match self.lacks(code, message) {
            Some(statement) => failed.lacking(statement),
            None => failed,
        }
    }

    /// No connection. No response is among the causes.
    fn not_sent(&self, cause: &ConnectorError) -> StoreError {
        if let Some(refused) = self.no_tunnel(cause) {
            return refused;
        }
        let words = words(cause);
        let region = self.region;
        match unresolved(&words) {
            None => self.error(Kind::Unavailable).answered(words),
            Some(kind) => self
                .error(kind)
                .answered(format!(
                    "the host of Secrets Manager in AWS region `{region}` has no address"
                ))
                .advice(CHECK_REGION)
                .unsent(),
        }
    }

    /// The proxy is what failed.
    fn no_tunnel(&self, cause: &ConnectorError) -> Option<StoreError> {
        let proxy = self.proxy?;
        let words = words(cause);
        let (_, why) = words.split_once(NO_TUNNEL)?;
        Some(if why.starts_with(UNAUTHENTICATED) {
            self.error(Kind::Denied)
                .answered(format!(
                    "the proxy {proxy} asks for a user and a password (407)"
                ))
                .advice(
                    "put the right user and password into the proxy's URL: \
                     http://USER:PASSWORD@HOST:PORT",
                )
        } else {
            self.error(Kind::Unavailable)
                .answered(format!("the proxy {proxy} opened no tunnel: {why}"))
                .advice("check the proxy's URL, and that it lets AWS's hosts through")
        })
    }

    /// The IAM statement that would have allowed it.
    fn lacks(&self, code: &str, message: &str) -> Option<String> {
        let secret = self.secret.map(SecretName::as_str);
        match code {
            "AccessDenied" | "AccessDeniedException" if !message.contains("KMS") => {
                let name = self.arn.as_deref().or(secret);
                Some(iam::on_secret(self.operation, name, self.region))
            }
            "AccessDenied"
            | "AccessDeniedException"
            | "DecryptionFailure"
            | "EncryptionFailure" => Some(iam::on_key(self.region)),
            _ => None,
        }
    }

    fn advice(&self, code: &str, message: &str) -> Option<String> {
        let operation = self.operation;
        Some(match code {
            "ResourceNotFoundException" => {
                format!("check the name, and that it is in region {}", self.region)
            }
            "AccessDenied" | "AccessDeniedException" if message.contains("KMS") => kms_advice(),
            "DecryptionFailure" | "EncryptionFailure" => kms_advice(),
            "AccessDenied" | "AccessDeniedException" => {
                let on = self.secret.map_or("all secrets", |_| "this secret");
                format!("allow `secretsmanager:{operation}` on {on}")
            }
            "ResourceExistsException" if operation == CREATE => {
                "a secret with this name already exists".to_owned()
            }
            "InvalidRequestException" if is_deleted(message) => {
                "the secret is marked for deletion: restore it, or use another".to_owned()
            }
            "InvalidParameterException" if is_replica(message) => {
                "the secret is a replica: use the secret in the primary region".to_owned()
            }
            "LimitExceededException" => {
                "the secret has reached AWS's limit on versions: sessions are renewed too often"
                    .to_owned()
            }
            "ExpiredToken" | "ExpiredTokenException" => "renew the AWS credentials".to_owned(),
            "InvalidSignatureException" | "SignatureDoesNotMatch" => {
                "check the AWS credentials and this machine's clock".to_owned()
            }
            "InvalidClientTokenId"
            | "MissingAuthenticationToken"
            | "UnrecognizedClientException" => "check the AWS credentials".to_owned(),
            _ => return None,
        })
    }
}

/// What is to be done about a region that there seems not to be.
const CHECK_REGION: &str = "check AWS_REGION, or `region` in the AWS profile, and that this machine \
    can reach AWS";

/// Whether a host's name came to no address, and what to make of that. A name that is known
/// to nobody stays so; a resolver that does not answer may answer later.
fn unresolved(words: &str) -> Option<Kind> {
    if !words.contains("failed to lookup address") && !words.contains("dns error") {
        return None;
    }
    let is_unknown = [
        "not known",
        "No address associated",
        "nodename nor servname",
    ]
    .into_iter()
    .any(|unknown| words.contains(unknown));
    Some(if is_unknown {
        Kind::Denied
    } else {
        Kind::Unavailable
    })
}

/// The region in an ARN. Source: AWS General Reference, "Amazon Resource Names".
fn region_of(secret: &SecretName) -> Option<&str> {
    let mut parts = secret.as_str().split(':');
    (parts.next() == Some("arn")).then(|| parts.nth(2))?
}

fn kms_advice() -> String {
    "allow `kms:Decrypt` and `kms:GenerateDataKey` on the secret's KMS key".to_owned()
}

/// Seconds, by RFC 9110, section 10.2.3; a date is not what AWS sends.
fn retry_after(response: &HttpResponse) -> Option<u32> {
    response.headers().get("retry-after")?.trim().parse().ok()
}

fn causes<'a>(error: &'a ConnectorError) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

fn words(error: &ConnectorError) -> String {
    let words: Vec<String> = causes(error).map(ToString::to_string).collect();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::super::operation::{GET, PUT};
    use super::*;

    fn call<'a>(operation: &'static str, secret: &'a SecretName) -> Call<'a> {
        Call {
            operation,
            secret: Some(secret),
            arn: None,
            region: "eu-west-1",
            credentials: None,
            proxy: None,
        }
    }

    #[test]
    fn whoever_is_denied_learns_what_to_allow() {
        let secret = SecretName::parse("prod/x").unwrap();
        let call = call(PUT, &secret);
        for (code, message, advice) in [
            (
                "AccessDeniedException",
                "not authorized",
                "secretsmanager:PutSecretValue",
            ),
            (
                "AccessDeniedException",
                "Access to KMS is not allowed",
                "kms:GenerateDataKey",
            ),
            ("DecryptionFailure", "", "kms:Decrypt"),
            ("ResourceNotFoundException", "", "eu-west-1"),
            (
                "InvalidParameterException",
                "a replica secret",
                "primary region",
            ),
            ("ExpiredTokenException", "", "renew"),
        ] {
            assert!(
                call.advice(code, message).unwrap().contains(advice),
                "{code}"
            );
        }
        assert_eq!(call.advice("InternalServiceError", ""), None);
        let lacks = |code, message| call.lacks(code, message).unwrap_or_default();
        assert!(lacks("AccessDenied", "").contains("secret:prod/x-??????"));
        assert!(lacks("AccessDenied", "Access to KMS").contains("kms:Decrypt"));
        assert!(lacks("EncryptionFailure", "").contains("kms:Decrypt"));
        assert_eq!(lacks("ExpiredTokenException", ""), "");
        let arn = Some("arn:aws:secretsmanager:x:1:secret:prod/x-AbCdEf".to_owned());
        let known = Call { arn, ..call };
        assert!(
            known
                .lacks("AccessDenied", "")
                .unwrap()
                .contains("prod/x-AbCdEf")
        );
    }

    #[test]
    fn an_arn_is_of_the_region_that_is_asked() {
        let arn = |region| format!("arn:aws:secretsmanager:{region}:123456789012:secret:x-AbCdEf");
        let checked = |secret: &str| {
            let secret = SecretName::parse(secret).unwrap();
            call(GET, &secret).checked().err()
        };
        for right in ["x", &arn("eu-west-1"), "arn:x"] {
            assert!(checked(right).is_none(), "{right}");
        }
        let refused = checked(&arn("us-east-1")).unwrap();
        assert!(refused.is_unsent());
        let said = refused.to_string();
        assert!(
            said.contains("`us-east-1`") && said.contains("`eu-west-1`"),
            "{said}"
        );
        assert!(
            refused
                .advised()
                .unwrap()
                .starts_with("set AWS_REGION=us-east-1")
        );
    }

    #[test]
    fn a_region_that_there_is_not_is_told_from_a_resolver_that_is_down() {
        for (words, kind) in [
            (
                "failed to lookup address information: Name or service not known",
                Some(Kind::Denied),
            ),
            (
                "dns error: No address associated with hostname",
                Some(Kind::Denied),
            ),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                Some(Kind::Unavailable),
            ),
            ("tcp connect error: Connection refused", None),
        ] {
            assert_eq!(unresolved(words), kind, "{words}");
        }
    }

    #[test]
    fn a_proxy_that_opens_no_tunnel_is_named_without_its_password() {
        let secret = SecretName::parse("prod/x").unwrap();
        let proxy: Proxy = "http://canary:canary@proxy.example:3128".parse().unwrap();
        let call = |proxy| Call {
            proxy,
            ..call(GET, &secret)
        };
        let failed = |words: &'static str| {
            let cause: Box<dyn StdError + Send + Sync> = words.into();
            ConnectorError::io(cause)
        };
        for (words, kind, told) in [
            (
                "tunnel error: proxy authorization required",
                Kind::Denied,
                "the proxy proxy.example:3128 asks for a user and a password (407)",
            ),
            (
                "tunnel error: unsuccessful",
                Kind::Unavailable,
                "the proxy proxy.example:3128 opened no tunnel: unsuccessful",
            ),
            ("connection reset", Kind::Unavailable, "connection reset"),
        ] {
            let error = call(Some(&proxy)).not_sent(&failed(words));
            let shown = error.to_string();
            assert_eq!(error.kind(), kind, "{shown}");
            assert!(shown.contains(told) && !shown.contains("canary"), "{shown}");
        }
        let without = call(None).not_sent(&failed("tunnel error: unsuccessful"));
        assert_eq!(without.kind(), Kind::Unavailable);
    }

    #[test]
    fn the_wish_to_wait_is_read_in_seconds() {
        for (header, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("-1", None),
            ("4294967296", None),
            ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ] {
            let mut response = HttpResponse::new(400.try_into().unwrap(), "".into());
            response.headers_mut().insert("retry-after", header);
            assert_eq!(retry_after(&response), seconds, "{header}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_not_repeated() {
        let secret = SecretName::parse("prod/x").unwrap();
        let call = call(GET, &secret);
        let response = HttpResponse::new(200.try_into().unwrap(), "CANARY".into());
        let error: SdkError<
            aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError,
            HttpResponse,
        > = SdkError::response_error("CANARY", response);
        let failed = call.failed(&error);
        assert_eq!(failed.kind(), Kind::Unavailable);
        assert!(!format!("{failed} {failed:?}").contains("CANARY"));
    }
}
