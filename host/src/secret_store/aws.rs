//! Secrets in AWS Secrets Manager.
//!
//! A write is a compare-and-swap of two calls: `PutSecretValue` makes a version
//! under a stage of ours, where nobody looks, and `UpdateSecretVersionStage`
//! moves `AWSCURRENT` to it *from the version that was read*; AWS refuses the
//! move if that is not the current one any more. The stage has a fixed name: a
//! secret has room for 20, and a version that holds one is never cleaned up.

mod failure;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_secretsmanager::Client;
use aws_smithy_http_client::tls;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use self::failure::Call;
use super::{Kind, SecretName, SecretStore, Snapshot, StoreError};

/// The stage of the version that everybody reads.
const CURRENT: &str = "AWSCURRENT";

/// The stage of a version that is to become current.
const NEXT: &str = "SF_NEXT";

/// How long one attempt of a call may take: Secrets Manager answers in
/// milliseconds, and a lost connection should not cost a caller its patience.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call may take in all: its attempts, and the waits between them.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(7);

/// How often a call is attempted (the SDK's own default, which the environment
/// could otherwise change).
const ATTEMPTS_MAX: u32 = 3;

/// If it is `true`, the SDK logs bodies, secrets and all.
const SENSITIVE_LOGGING: &str = "LOG_SENSITIVE_BODIES";

/// AWS Secrets Manager.
#[derive(Clone)]
pub struct Aws {
    client: Client,
    region: String,
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
        if std::env::var(SENSITIVE_LOGGING).is_ok_and(|value| value.eq_ignore_ascii_case("true")) {
            return Err(AwsError::SensitiveLogging);
        }
        // One crypto stack in the binary: the one that Salesforce is spoken to with.
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

    /// Uses a configuration of the embedder's, but for timeouts and retries,
    /// which are this store's. Nothing is sent before the first call.
    ///
    /// # Errors
    ///
    /// When it has no region.
    pub fn from_config(config: &SdkConfig) -> Result<Self, AwsError> {
        let region = config.region().ok_or(AwsError::NoRegion)?.to_string();
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
            region,
        })
    }

    /// The stage is always named: an IAM policy that is conditioned on it denies
    /// reads that leave it to its default (aws/aws-cli, issue 5031).
    async fn get(&self, secret: &SecretName) -> Result<Snapshot, StoreError> {
        let call = self.call(failure::GET, secret);
        let answer = self
            .client
            .get_secret_value()
            .secret_id(secret.as_str())
            .version_stage(CURRENT)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let malformed = |why: &str| call.error(Kind::Malformed).answered(why);
        let version = answer.version_id.ok_or_else(|| malformed("no version"))?;
        let text = answer
            .secret_string
            .ok_or_else(|| malformed("a secret of bytes, not of text"))?;
        Ok(Snapshot {
            version,
            text: text.into(),
            // A replica says so only when it is written to.
            writable: true,
        })
    }

    async fn swap(
        &self,
        secret: &SecretName,
        base: &str,
        text: &SecretString,
    ) -> Result<String, StoreError> {
        let next = self.put(secret, text).await?;
        let Err(refused) = self.make_current(secret, base, &next).await else {
            return Ok(next);
        };
        if refused.kind() == Kind::Denied {
            return Err(refused);
        }
        // Whether it moved is not for the error to say: a reply can be lost,
        // and the SDK's own second attempt then be refused.
        let current = self.get(secret).await?.version;
        if current == next {
            tracing::debug!(error = %refused, "the move worked all the same");
            return Ok(next);
        }
        if current == base && refused.kind() != Kind::Conflict {
            return Err(refused);
        }
        let call = self.call(failure::MOVE, secret);
        Err(call.error(Kind::Conflict).caused_by(refused))
    }

    /// Makes a version that nobody reads yet. Its id is ours, so that an attempt
    /// whose reply was lost can be repeated.
    async fn put(&self, secret: &SecretName, text: &SecretString) -> Result<String, StoreError> {
        let next = uuid::Uuid::new_v4().to_string();
        let call = self.call(failure::PUT, secret);
        self.client
            .put_secret_value()
            .secret_id(secret.as_str())
            .client_request_token(&next)
            .version_stages(NEXT)
            .secret_string(text.expose_secret())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(next)
    }

    /// Makes `next` the version that everybody reads, if that is still `base`.
    async fn make_current(
        &self,
        secret: &SecretName,
        base: &str,
        next: &str,
    ) -> Result<(), StoreError> {
        let call = self.call(failure::MOVE, secret);
        self.client
            .update_secret_version_stage()
            .secret_id(secret.as_str())
            .version_stage(CURRENT)
            .remove_from_version_id(base)
            .move_to_version_id(next)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(())
    }

    fn call<'a>(&'a self, operation: &'static str, secret: &'a SecretName) -> Call<'a> {
        Call {
            operation,
            secret,
            region: &self.region,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_needs_a_region() {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .build();
        assert_eq!(Aws::from_config(&config).err(), Some(AwsError::NoRegion));
    }
}
