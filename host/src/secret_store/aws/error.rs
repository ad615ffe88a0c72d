//! Why AWS cannot be used at all.

/// If it is `true`, the SDK logs bodies, secrets and all.
pub(super) const SENSITIVE_LOGGING: &str = "LOG_SENSITIVE_BODIES";

/// Why AWS cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// No region is configured.
    #[error("no AWS region: set AWS_REGION, or `region` in the AWS profile")]
    NoRegion,
    /// No region is configured, because the profile of `AWS_PROFILE` is not there.
    #[error(
        "no AWS region, because there is no AWS profile `{0}`: check AWS_PROFILE; `aws configure \
         list-profiles` lists the profiles"
    )]
    NoProfile(String),
    /// The SDK was told to log secrets.
    #[error("{SENSITIVE_LOGGING} is set, which makes the AWS SDK log secrets: unset it")]
    SensitiveLogging,
    /// AWS's client cannot use the proxy.
    #[error("AWS cannot be reached through this proxy")]
    Proxy,
}
