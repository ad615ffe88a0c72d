//! How AWS is reached: the environment, or a configuration of the embedder's.

use std::sync::Arc;
use std::time::Instant;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::SharedHttpClient;
use sfbox_secret::aws::{ATTEMPT_TIMEOUT, ATTEMPTS_MAX, KnownClaims, OPERATION_TIMEOUT};

use super::credentials::Watched;
use super::error::{AwsError, SENSITIVE_LOGGING};
use super::profile::Profile;
use super::{Aws, http};
use crate::egress::Proxy;

impl Aws {
    /// Configures AWS as every AWS tool does: variables, profiles, roles of
    /// containers and machines. `AWS_ENDPOINT_URL_SECRETS_MANAGER` names another
    /// endpoint. Credentials are looked for at the first call. No proxy is used.
    ///
    /// # Errors
    ///
    /// When there is no region, or when the environment would have secrets
    /// logged.
    pub async fn from_env() -> Result<Self, AwsError> {
        Self::from_env_through(None).await
    }

    /// The same, through a proxy if there is one: all that goes to AWS over HTTPS, the
    /// sources of credentials too. What goes over plain HTTP does not, which the metadata
    /// services of machines and containers are reached by.
    ///
    /// # Errors
    ///
    /// As of [`Aws::from_env`], or when AWS's client cannot use the proxy.
    pub async fn from_env_through(proxy: Option<&Proxy>) -> Result<Self, AwsError> {
        if std::env::var(SENSITIVE_LOGGING).is_ok_and(|value| value.eq_ignore_ascii_case("true")) {
            return Err(AwsError::SensitiveLogging);
        }
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Self::http_client(proxy)?)
            .load()
            .await;
        if let Some(proxy) = proxy {
            tracing::info!(%proxy, "AWS is asked through the proxy");
        }
        match Self::new(&config, true) {
            Ok(aws) => Ok(Self {
                proxy: proxy.cloned(),
                ..aws
            }),
            Err(AwsError::NoRegion) => Err(no_region(Profile::from_env().await)),
            Err(error) => Err(error),
        }
    }

    /// What [`Aws::from_env_through`] speaks to AWS with: for other clients of AWS in the
    /// same program, and for a configuration of your own.
    ///
    /// # Errors
    ///
    /// When AWS's client cannot use the proxy.
    pub fn http_client(proxy: Option<&Proxy>) -> Result<SharedHttpClient, AwsError> {
        http::client(proxy)
    }

    /// Uses a configuration of the embedder's, but for timeouts and retries,
    /// which are this store's. Nothing is sent before the first call.
    ///
    /// # Errors
    ///
    /// When it has no region.
    pub fn from_config(config: &SdkConfig) -> Result<Self, AwsError> {
        Self::new(config, false)
    }

    /// `is_of_env`: the configuration is that of the environment.
    fn new(config: &SdkConfig, is_of_env: bool) -> Result<Self, AwsError> {
        let region = config.region().ok_or(AwsError::NoRegion)?.to_string();
        let source = config.credentials_provider();
        let credentials = source.map(|source| Watched::new(source, is_of_env));
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut config = aws_sdk_secretsmanager::config::Builder::from(config)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX));
        config.set_credentials_provider(credentials.clone().map(SharedCredentialsProvider::new));
        Ok(Self {
            client: Client::from_conf(config.build()),
            region,
            credentials,
            proxy: None,
            claims: KnownClaims::default(),
            started: Instant::now(),
            arns: Arc::default(),
        })
    }
}

/// Why there is no region: the profile that names it may not be there.
fn no_region(profile: Option<Profile>) -> AwsError {
    let missing = profile.filter(|profile| !profile.is_there);
    missing.map_or(AwsError::NoRegion, |profile| {
        AwsError::NoProfile(profile.name)
    })
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
