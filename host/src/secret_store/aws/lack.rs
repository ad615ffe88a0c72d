//! Why there are no AWS credentials, and what to do about it. Pure.
//!
//! The SDK has no type for most of these cases, or one that it keeps to itself: they are
//! told apart by its words, which `tests/e2e/aws_credentials.rs` tries in the real SDK.

use std::error::Error as StdError;
use std::io;

use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_config::meta::ProviderChainError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;

use super::super::Kind;
use super::profile::Profile;

/// Where credentials come from, as something to do.
const SOURCES: &str = "run `aws configure` or `aws sso login`, name a profile with AWS_PROFILE, or \
    run on a machine with an AWS role";

/// Why there are no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lack {
    /// Denied: somebody has to do something. Unavailable: it may pass.
    pub(super) kind: Kind,
    /// What came back.
    pub(super) words: String,
    /// What to do about it.
    pub(super) advice: String,
}

/// Who gives credentials for others, or for a person's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    AssumeRole,
    WebIdentity,
    Sso,
    Container,
}

impl Lack {
    fn denied(words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            kind: Kind::Denied,
            words: words.into(),
            advice: advice.into(),
        }
    }

    fn unavailable(words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            kind: Kind::Unavailable,
            ..Self::denied(words, advice)
        }
    }
}

/// Nobody answered in time.
pub(super) fn silent() -> Lack {
    Lack::unavailable(
        "the source of AWS credentials did not answer in time",
        "repeat the command in a moment; if the error persists, check that this machine can reach \
         its source of AWS credentials",
    )
}

/// What the SDK's own error comes to.
pub(super) fn of(error: &CredentialsError, profile: Option<&Profile>) -> Lack {
    causes(error)
        .find_map(|cause| known(cause, profile))
        .unwrap_or_else(|| {
            Lack::unavailable(
                "AWS credentials could not be loaded",
                "repeat the command with `-v` to see which sources were tried",
            )
        })
}

/// Everything that the SDK says, for the log. No answer is in it, and nothing that another
/// program wrote.
pub(super) fn chain(error: &CredentialsError) -> String {
    let mut words = Vec::new();
    for cause in causes(error) {
        if let Some(ImdsError::ErrorResponse(answer)) = cause.downcast_ref() {
            let status = answer.response().status().as_u16();
            words.push(format!("the metadata service answered {status}"));
            break;
        }
        let cause = cause.to_string();
        let ours = cause.split("Stderr:").next().unwrap_or_default();
        words.push(ours.trim_end().to_owned());
    }
    words.join(": ")
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// What one of the causes says, if that is known.
fn known(cause: &(dyn StdError + 'static), profile: Option<&Profile>) -> Option<Lack> {
    if let Some(error) = cause.downcast_ref::<CredentialsError>() {
        return of_provider(error, profile);
    }
    if let Some(error) = cause.downcast_ref::<ImdsError>() {
        return Some(of_metadata(error));
    }
    of_service::<AssumeRoleError>(cause, Service::AssumeRole, profile)
        .or_else(|| {
            of_service::<AssumeRoleWithWebIdentityError>(cause, Service::WebIdentity, profile)
        })
        .or_else(|| of_service::<GetRoleCredentialsError>(cause, Service::Sso, profile))
        .or_else(|| {
            let asked = cause.downcast_ref::<SdkError<CredentialsError, HttpResponse>>()?;
            let is_answered = matches!(asked, SdkError::ServiceError(_));
            (!is_answered).then(|| unanswered(Service::Container))
        })
        .or_else(|| {
            let error = cause.downcast_ref::<io::Error>()?;
            Some(Lack::denied(
                format!("the file with the token for AWS credentials cannot be read: {error}"),
                "check AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, and \
                 `web_identity_token_file` in the AWS profile",
            ))
        })
        .or_else(|| of_words(&cause.to_string(), profile))
}

/// What a provider says of itself. `None`: one of its causes says more.
fn of_provider(error: &CredentialsError, profile: Option<&Profile>) -> Option<Lack> {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Some(not_found(error, profile)),
        CredentialsError::ProviderTimedOut(_) => Some(silent()),
        CredentialsError::InvalidConfiguration(_) => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            let why = why.trim_start_matches("ProfileFile provider could not be built: ");
            Some(Lack::denied(
                format!("the AWS configuration cannot be used: {why}"),
                "correct it in ~/.aws/config, or in the variables AWS_…",
            ))
        }
        _ => None,
    }
}

/// Nobody has credentials.
fn not_found(error: &CredentialsError, profile: Option<&Profile>) -> Lack {
    const NONE: &str = "no AWS credentials were found";
    if let Some(missing) = profile.filter(|profile| !profile.is_there) {
        return Lack::denied(
            format!("{NONE}: there is no AWS profile `{}`", missing.name),
            "check AWS_PROFILE: `aws configure list-profiles` lists the profiles",
        );
    }
    let chain = error
        .source()
        .and_then(|source| source.downcast_ref::<ProviderChainError<CredentialsError>>());
    let Some(chain) = chain else {
        if causes(error).any(is_silence) {
            return unanswered_metadata();
        }
        let words = match error.source() {
            Some(source) => format!("{NONE} ({source})"),
            None => NONE.to_owned(),
        };
        return Lack::denied(words, SOURCES);
    };
    let attempts = || chain.attempts().iter().map(|attempt| attempt.error());
    if attempts().flat_map(|error| causes(error)).any(is_silence) {
        return unanswered_metadata();
    }
    let missing = attempts()
        .filter_map(StdError::source)
        .map(ToString::to_string)
        .find(|words| words.contains("was not defined"));
    match missing {
        Some(words) => Lack::denied(
            format!("{NONE}: {words}"),
            "correct the AWS profile in ~/.aws/config",
        ),
        None => Lack::denied(NONE, SOURCES),
    }
}

/// A service that was reached and said nothing. One that cannot be reached is not there:
/// the metadata service's address leads nowhere outside of AWS.
fn is_silence(cause: &(dyn StdError + 'static)) -> bool {
    let is_timeout = cause
        .downcast_ref::<ConnectorError>()
        .is_some_and(ConnectorError::is_timeout);
    is_timeout && !causes(cause).any(|cause| cause.to_string().starts_with("HTTP connect"))
}

fn unanswered_metadata() -> Lack {
    Lack::unavailable(
        "the metadata service of this machine did not answer in time",
        "repeat the command in a moment; outside of AWS set AWS_EC2_METADATA_DISABLED=true",
    )
}

/// Source of the statuses: Amazon EC2 User Guide, "Use the Instance Metadata Service"
/// (403: it is switched off or not allowed; 404: the machine has no role).
fn of_metadata(error: &ImdsError) -> Lack {
    let status = match error {
        ImdsError::ErrorResponse(answer) => Some(answer.response().status().as_u16()),
        ImdsError::FailedToLoadToken(_) => error
            .source()
            .and_then(|source| source.downcast_ref::<SdkError<TokenError, HttpResponse>>())
            .and_then(SdkError::raw_response)
            .map(|answer| answer.status().as_u16()),
        _ => None,
    };
    match status {
        Some(status) if status < 500 => Lack::denied(
            format!(
                "no AWS credentials were found: the metadata service of this machine answered \
                 {status}"
            ),
            SOURCES,
        ),
        Some(status) => Lack::unavailable(
            format!("the metadata service of this machine answered {status}"),
            "repeat the command in a moment",
        ),
        None => unanswered_metadata(),
    }
}

fn of_service<E>(
    cause: &(dyn StdError + 'static),
    service: Service,
    profile: Option<&Profile>,
) -> Option<Lack>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let error = cause.downcast_ref::<SdkError<E, HttpResponse>>()?;
    Some(match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let code = answer.err().code().unwrap_or_default();
            answered(service, status, code, profile)
        }
        _ => unanswered(service),
    })
}

fn name(service: Service) -> &'static str {
    match service {
        Service::AssumeRole | Service::WebIdentity => "AWS STS",
        Service::Sso => "AWS SSO",
        Service::Container => "the container's credentials service",
    }
}

fn unanswered(service: Service) -> Lack {
    let advice = match service {
        Service::Container => {
            "repeat the command in a moment; if the error persists, check AWS_CONTAINER_CREDENTIALS_FULL_URI"
        }
        _ => {
            "repeat the command in a moment; if the error persists, check that this machine can reach it"
        }
    };
    Lack::unavailable(format!("{} did not answer", name(service)), advice)
}

/// Source of the codes: AWS STS API Reference, "AssumeRole", "AssumeRoleWithWebIdentity"
/// and "Common Errors"; IAM Identity Center Portal API Reference, "GetRoleCredentials".
fn answered(service: Service, status: u16, code: &str, profile: Option<&Profile>) -> Lack {
    let short = code.strip_suffix("Exception").unwrap_or(code);
    match (service, short) {
        (
            _,
            "Throttling" | "RequestLimitExceeded" | "TooManyRequests" | "IDPCommunicationError",
        ) => Lack::unavailable(
            format!("{} cannot give AWS credentials now: {code}", name(service)),
            "repeat the command in a moment",
        ),
        (_, _) if status >= 500 => Lack::unavailable(
            format!("{} answered {status}", name(service)),
            "repeat the command in a moment",
        ),
        (Service::Sso, "Unauthorized") => sso_ended(profile),
        (Service::Sso, _) => Lack::denied(
            format!("AWS SSO gives no credentials for this account and role: {code}"),
            "check `sso_account_id` and `sso_role_name` in the AWS profile",
        ),
        (Service::WebIdentity, "ExpiredToken") => Lack::denied(
            "the web identity token has expired",
            "write a new one to the file of AWS_WEB_IDENTITY_TOKEN_FILE",
        ),
        (Service::WebIdentity, "InvalidIdentityToken" | "IDPRejectedClaim") => Lack::denied(
            format!("AWS STS refuses the web identity token: {code}"),
            "compare the token's issuer and audience with the role's trust policy",
        ),
        (Service::AssumeRole, "ExpiredToken") => Lack::denied(
            "the AWS credentials for assuming the role have expired",
            "renew them, for example with `aws sso login`",
        ),
        (
            Service::AssumeRole,
            "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "InvalidSignature"
            | "UnrecognizedClient",
        ) => Lack::denied(
            format!("AWS STS does not accept the credentials for assuming the role: {code}"),
            "check them, and this machine's clock",
        ),
        (_, "AccessDenied") => Lack::denied(
            "AWS STS refuses to assume the role: AccessDenied",
            "check the role's ARN, name these credentials in its trust policy, and allow them \
             `sts:AssumeRole`",
        ),
        (_, _) => Lack::denied(
            format!("{} refuses to give AWS credentials: {code}", name(service)),
            "check the role in the AWS profile or in AWS_ROLE_ARN",
        ),
    }
}

fn sso_ended(profile: Option<&Profile>) -> Lack {
    let profile = profile.map(|profile| format!(" --profile {}", profile.name));
    Lack::denied(
        "the AWS SSO session is missing or has expired",
        format!("run `aws sso login{}`", profile.unwrap_or_default()),
    )
}

/// What only the SDK's words tell.
fn of_words(words: &str, profile: Option<&Profile>) -> Option<Lack> {
    if words.contains("SSO token") || words.contains("/sso/cache/") {
        return Some(sso_ended(profile));
    }
    if words.starts_with("Error retrieving credentials from IMDS") {
        return Some(Lack::denied(
            "the metadata service of this machine has no credentials for its role",
            "check the role of this machine's instance profile",
        ));
    }
    if words.starts_with("Error retrieving credentials") {
        return Some(Lack::denied(
            "the program of `credential_process` in the AWS profile gave no AWS credentials",
            "run it by hand: its output says why",
        ));
    }
    if let Some(status) = words.strip_prefix("Non-success status from HTTP credential provider: ") {
        let digits: String = status.chars().filter(char::is_ascii_digit).collect();
        return Some(match digits.parse::<u16>() {
            Ok(status @ 500..) => answered(Service::Container, status, "", profile),
            _ => Lack::denied(
                format!(
                    "the container's credentials service gave no credentials: it answered {digits}"
                ),
                "check the role of the task or pod, and AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ),
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(lack: &Lack, kind: Kind, words: &str, advice: &str) {
        assert_eq!(lack.kind, kind, "{lack:?}");
        assert!(lack.words.contains(words), "{lack:?}");
        assert!(lack.advice.contains(advice), "{lack:?}");
    }

    fn profile(is_there: bool) -> Profile {
        Profile {
            name: "prod".to_owned(),
            is_there,
        }
    }

    #[test]
    fn nobody_has_any() {
        let none = CredentialsError::not_loaded_no_source();
        let found = of(&none, None);
        is(
            &found,
            Kind::Denied,
            "no AWS credentials were found",
            "aws configure",
        );
        assert_eq!(of(&none, Some(&profile(true))), found);
        let missing = of(&none, Some(&profile(false)));
        is(
            &missing,
            Kind::Denied,
            "no AWS profile `prod`",
            "AWS_PROFILE",
        );
        // A role's own source.
        let nested = CredentialsError::provider_error(CredentialsError::not_loaded("not set"));
        is(&of(&nested, None), Kind::Denied, "(not set)", "AWS_PROFILE");
    }

    /// What a service answers, and what comes of it.
    type Row = (u16, &'static str, Kind, &'static str, &'static str);

    #[track_caller]
    fn each(service: Service, rows: &[Row]) {
        for &(status, code, kind, words, advice) in rows {
            let lack = answered(service, status, code, Some(&profile(true)));
            is(&lack, kind, words, advice);
        }
    }

    #[test]
    fn an_sso_session_ends() {
        use Kind::Denied;
        let (ended, login) = ("UnauthorizedException", "sso login --profile prod");
        let rows: [Row; 2] = [
            (401, ended, Denied, "has expired", login),
            (403, "ForbiddenException", Denied, "role", "sso_role_name"),
        ];
        each(Service::Sso, &rows);
    }

    #[test]
    fn a_web_identity_is_refused() {
        use Kind::{Denied, Unavailable};
        let (expired, invalid) = ("ExpiredTokenException", "InvalidIdentityToken");
        let rows: [Row; 4] = [
            (400, expired, Denied, "token has expired", "TOKEN_FILE"),
            (400, invalid, Denied, "web identity token", "audience"),
            (
                403,
                "AccessDenied",
                Denied,
                "to assume the role",
                "trust policy",
            ),
            (400, "IDPCommunicationError", Unavailable, "IDP", "moment"),
        ];
        each(Service::WebIdentity, &rows);
    }

    #[test]
    fn a_role_is_not_assumed() {
        use Kind::{Denied, Unavailable};
        let rows: [Row; 6] = [
            (
                403,
                "AccessDenied",
                Denied,
                "to assume the role",
                "sts:AssumeRole",
            ),
            (403, "ExpiredToken", Denied, "have expired", "renew"),
            (403, "InvalidClientTokenId", Denied, "not accept", "clock"),
            (400, "Throttling", Unavailable, "now", "moment"),
            (503, "", Unavailable, "AWS STS answered 503", "moment"),
            (
                400,
                "ValidationError",
                Denied,
                "ValidationError",
                "AWS_ROLE",
            ),
        ];
        each(Service::AssumeRole, &rows);
        let broken: Row = (500, "", Unavailable, "service answered 500", "moment");
        each(Service::Container, &[broken]);
    }

    #[test]
    fn what_another_program_wrote_is_not_repeated() {
        let error = CredentialsError::provider_error(
            "Error retrieving credentials: external process exited with code 1. Stderr: CANARY",
        );
        let lack = of(&error, None);
        is(&lack, Kind::Denied, "credential_process", "by hand");
        let said = chain(&error);
        assert!(said.contains("exited with code 1"), "{said}");
        assert!(
            !said.contains("CANARY") && !lack.words.contains("CANARY"),
            "{said}"
        );
    }

    #[test]
    fn what_nobody_knows_may_pass() {
        let lack = of(&CredentialsError::unhandled("CANARY"), None);
        is(&lack, Kind::Unavailable, "could not be loaded", "-v");
        assert!(!lack.words.contains("CANARY"));
    }
}
