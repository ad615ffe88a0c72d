//! Secrets in AWS Secrets Manager.
//!
//! A write is a compare-and-swap of two calls: `PutSecretValue` makes a version
//! under a stage of ours, where nobody looks, and `UpdateSecretVersionStage`
//! moves `AWSCURRENT` to it *from the version that was read*; AWS refuses the
//! move if that is not the current one any more. The stage has a fixed name: a
//! secret has room for 20, and a version that holds one is never cleaned up.

use std::error::Error as StdError;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_smithy_http_client::tls;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Kind, SecretName, SecretStore, Snapshot, StoreError};

/// The version that everybody reads.
const CURRENT: &str = "AWSCURRENT";

/// Where a version is until it becomes current.
const NEXT: &str = "SF_NEXT";

/// How long one attempt of a call may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call may take in all.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(7);

/// How often a call is attempted.
const ATTEMPTS_MAX: u32 = 3;

/// Makes the SDK log bodies, secrets and all.
const SENSITIVE_LOGGING: &str = "LOG_SENSITIVE_BODIES";

/// AWS Secrets Manager.
#[derive(Clone)]
pub struct Aws {
    client: Client,
}

/// Why AWS cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// No region is configured.
    #[error("no AWS region: set AWS_REGION, or `region` in the AWS profile")]
    NoRegion,
    /// The SDK was told to log secrets.
    #[error("{SENSITIVE_LOGGING} is set, which makes the AWS SDK log secrets: unset it")]
    SensitiveLogging,
}

impl Aws {
    /// Configures AWS as every AWS tool does: variables, profiles, roles of
    /// containers and machines. `AWS_ENDPOINT_URL_SECRETS_MANAGER` names another
    /// endpoint. Credentials are looked for at the first call.
    ///
    /// # Errors
    ///
    /// When there is no region, or when the environment would have secrets
    /// logged.
    pub async fn from_env() -> Result<Self, AwsError> {
        if std::env::var_os(SENSITIVE_LOGGING).is_some() {
            return Err(AwsError::SensitiveLogging);
        }
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::Ring,
            ))
            .build_https();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .load()
            .await;
        Self::from_config(&config)
    }

    /// Uses a configuration of the embedder's, but for timeouts and retries.
    ///
    /// # Errors
    ///
    /// When it has no region.
    pub fn from_config(config: &SdkConfig) -> Result<Self, AwsError> {
        if config.region().is_none() {
            return Err(AwsError::NoRegion);
        }
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let config = aws_sdk_secretsmanager::config::Builder::from(config)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            .build();
        Ok(Self {
            client: Client::from_conf(config),
        })
    }

    async fn get(&self, name: &SecretName) -> Result<Snapshot, StoreError> {
        let attempted = Attempted {
            operation: "GetSecretValue",
            name,
        };
        let answer = self
            .client
            .get_secret_value()
            .secret_id(name.as_str())
            .version_stage(CURRENT)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        let malformed = |why: &str| attempted.error(Kind::Malformed).answered(why);
        let version = answer.version_id.ok_or_else(|| malformed("no version"))?;
        let text = answer
            .secret_string
            .ok_or_else(|| malformed("a secret of bytes, not of text"))?;
        Ok(Snapshot {
            version,
            text: text.into(),
            writable: true,
        })
    }

    async fn swap(
        &self,
        name: &SecretName,
        base: &str,
        text: &SecretString,
    ) -> Result<String, StoreError> {
        let next = uuid::Uuid::new_v4().to_string();
        self.client
            .put_secret_value()
            .secret_id(name.as_str())
            .client_request_token(&next)
            .version_stages(NEXT)
            .secret_string(text.expose_secret())
            .send()
            .await
            .map_err(|error| {
                Attempted {
                    operation: "PutSecretValue",
                    name,
                }
                .failed(&error)
            })?;
        let attempted = Attempted {
            operation: "UpdateSecretVersionStage",
            name,
        };
        let moved = self
            .client
            .update_secret_version_stage()
            .secret_id(name.as_str())
            .version_stage(CURRENT)
            .remove_from_version_id(base)
            .move_to_version_id(&next)
            .send()
            .await
            .map_err(|error| attempted.failed(&error));
        match moved {
            Ok(_) => Ok(next),
            Err(error) if matches!(error.kind(), Kind::Denied | Kind::Throttled(_)) => Err(error),
            // Whether it moved is not for the error to say: a reply can be lost,
            // and the SDK's own second attempt then be refused.
            Err(error) if self.get(name).await?.version == next => {
                tracing::debug!(%error, "the move worked all the same");
                Ok(next)
            }
            Err(error) => Err(attempted.error(Kind::Conflict).caused_by(error)),
        }
    }
}

impl SecretStore for Aws {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        self.get(name).boxed()
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        async move { self.swap(name, version, &text).await }.boxed()
    }
}

/// A call, for the errors.
struct Attempted<'a> {
    operation: &'static str,
    name: &'a SecretName,
}

impl Attempted<'_> {
    fn error(&self, kind: Kind) -> StoreError {
        StoreError::new(kind, format!("{} of `{}`", self.operation, self.name))
    }

    /// Code and request id, never the response: a body that did not parse would
    /// be in it.
    fn failed<E, R>(&self, error: &SdkError<E, R>) -> StoreError
    where
        E: ProvideErrorMetadata + RequestId + StdError + 'static,
    {
        match error {
            SdkError::ServiceError(context) => {
                let code = context.err().code().unwrap_or("an error without a code");
                let id = context.err().request_id().unwrap_or("none");
                let kind = kind_of(code, context.err().message().unwrap_or_default());
                let failed = self
                    .error(kind)
                    .answered(format!("{code} (request id {id})"));
                match kind {
                    Kind::Denied => failed.advice(format!(
                        "allow `secretsmanager:{}` on this secret, and its KMS key if it has one",
                        self.operation
                    )),
                    _ => failed,
                }
            }
            SdkError::DispatchFailure(failure) => {
                let words = failure.as_connector_error().map_or_else(String::new, words);
                self.error(Kind::Unavailable).answered(words)
            }
            SdkError::TimeoutError(_) => {
                self.error(Kind::Unavailable).answered("no answer in time")
            }
            _ => self
                .error(Kind::Unavailable)
                .answered("an answer that cannot be read"),
        }
    }
}

/// The causes of a connection that was not made; no response is among them.
fn words(error: &(impl StdError + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

/// Source of the codes: Secrets Manager API Reference, and "Common Errors".
/// Which one a refused move gets is not documented, so nothing depends on it.
fn kind_of(code: &str, message: &str) -> Kind {
    match code {
        "ResourceNotFoundException" => Kind::NotFound,
        "AccessDenied"
        | "AccessDeniedException"
        | "DecryptionFailure"
        | "EncryptionFailure"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidRequestException"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "UnrecognizedClientException" => Kind::Denied,
        // "Operation not permitted on a replica secret."
        "InvalidParameterException" if message.contains("replica") => Kind::Denied,
        "LimitExceededException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => Kind::Throttled(None),
        _ => Kind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        for (code, message, kind) in [
            ("ResourceNotFoundException", "", Kind::NotFound),
            ("AccessDeniedException", "", Kind::Denied),
            ("DecryptionFailure", "", Kind::Denied),
            (
                "InvalidParameterException",
                "Operation not permitted on a replica secret.",
                Kind::Denied,
            ),
            ("InvalidParameterException", "x", Kind::Unavailable),
            ("ThrottlingException", "", Kind::Throttled(None)),
            ("LimitExceededException", "", Kind::Throttled(None)),
            ("InternalServiceError", "", Kind::Unavailable),
        ] {
            assert_eq!(kind_of(code, message), kind, "{code}");
        }
    }

    #[test]
    fn a_configuration_needs_a_region() {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .build();
        assert_eq!(Aws::from_config(&config).err(), Some(AwsError::NoRegion));
    }
}
