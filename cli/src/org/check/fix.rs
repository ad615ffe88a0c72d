//! From a failure to what would cure it.
//!
//! Source of the codes: Salesforce Help, "OAuth 2.0 Error Codes", "OAuth 2.0
//! Client Credentials Flow", and REST API Developer Guide, "Status Codes and
//! Error Responses". Of the settings' places: Setup's own menus for External
//! Client Apps.

use sfbox::error::{ApiFailure, OauthError, RateLimit, SecretError};
use sfbox::secret_store::{Kind, StoreError};
use sfbox::{Error, Failure};

/// What to do, and the statement that the store's access policy lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fix {
    pub(super) words: Option<String>,
    pub(super) statement: Option<String>,
}

impl Fix {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self {
            words: Some(words.into()),
            statement: None,
        }
    }
}

const DENIED: &str = "check the IAM policy, or the file's owner and mode; the README shows both";

const MALFORMED: &str = "the README shows the two layouts of a secret";

/// The cure of a call that failed.
pub(super) fn of_call(error: &Error) -> Fix {
    if let Some(store) = error.store() {
        return of_store(store);
    }
    let known = match error {
        // What its hint says.
        _ if error.is_of_proxy() => None,
        Error::Call { failure, .. } => of_failure(failure),
        Error::Lost { .. } => None,
    };
    Fix {
        // A hint to check the org would be one to itself.
        words: known
            .or(error.verdict().hint)
            .filter(|words| !words.contains("sfbox org check"))
            .map(str::to_owned),
        statement: None,
    }
}

/// The cure of a store that failed.
pub(super) fn of_store(error: &StoreError) -> Fix {
    if error.kind() == Kind::NotFound {
        let look = error.advised().unwrap_or("check `--org` and `--store`");
        return Fix::new(format!("{look}; `sfbox org add` creates a new secret"));
    }
    let known = error.advised().or(match error.kind() {
        Kind::Conflict | Kind::Throttled(_) | Kind::Unavailable => {
            Some("try again; if the error persists, check that the secret store is reachable")
        }
        Kind::Denied => Some(DENIED),
        Kind::Malformed => Some(MALFORMED),
        Kind::NotFound => None,
    });
    Fix {
        words: known.map(str::to_owned),
        statement: error.lacks().map(str::to_owned),
    }
}

/// What passes by itself says nothing about settings.
const LATER: &str = "try again later: Salesforce is not available at the moment \
    (https://status.salesforce.com)";

/// Too many requests, of which no `Retry-After` tells more.
const SLOWER: &str = "try again later: the org gets too many requests";

/// The cure of a status that passes by itself.
fn of_status(status: u16) -> Option<&'static str> {
    match status {
        429 => Some(SLOWER),
        420 | 500.. => Some(LATER),
        _ => None,
    }
}

fn of_failure(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Login(OauthError { status, .. }) | Failure::Api(ApiFailure { status, .. })
            if of_status(*status).is_some() =>
        {
            of_status(*status)
        }
        Failure::Login(oauth) => Some(of_login(oauth)),
        Failure::RefusedToken(api) => Some(of_refused_token(api)),
        Failure::Api(api) => Some(of_api(api)),
        Failure::RateLimited(RateLimit {
            refusal: Some(_), ..
        }) => {
            Some("wait, then run the check again: it will then show how to fix the refused login")
        }
        Failure::RateLimited(_) => Some(
            "wait: a user may log in 3,600 times an hour, and an org has a limit of API calls a \
             day (Setup → Company Information); a shared session needs few logins",
        ),
        Failure::Unreachable(_) => Some(
            "check the My Domain in the secret, and that this machine can reach it: DNS, firewall, and \
             `--cacert` where a proxy has its own certificate authority",
        ),
        Failure::UnexpectedAnswer(_) => Some(
            "find out what answers instead of the org: a proxy, or Salesforce under maintenance \
             (https://status.salesforce.com)",
        ),
        Failure::Secret(SecretError::Denied) => Some(DENIED),
        Failure::Secret(SecretError::Malformed(_)) => Some(MALFORMED),
        Failure::Secret(_)
        | Failure::InvalidInput(_)
        | Failure::PreconditionFailed
        | Failure::Ambiguous(_)
        | Failure::SessionChanged
        | Failure::OutcomeUnknown
        | Failure::Timeout
        | Failure::Denied(_)
        | Failure::Unsupported(_) => None,
    }
}

fn of_login(oauth: &OauthError) -> &'static str {
    match (oauth.code.as_str(), oauth.description.as_str()) {
        ("invalid_client", _) => {
            "copy the app's consumer secret into the secret: Setup → External Client App Manager → \
             the app → Settings → OAuth Settings → Consumer Key and Secret"
        }
        ("invalid_client_id", _) => {
            "copy the app's consumer key into the secret: Setup → External Client App Manager → the \
             app → Settings → OAuth Settings → Consumer Key and Secret; a new app can take up to \
             ten minutes to work"
        }
        (_, "no client credentials user enabled") => {
            "set a run-as user: Setup → External Client App Manager → the app → Policies → OAuth \
             Policies → Enable Client Credentials Flow → Run As"
        }
        (_, "request not supported on this domain") => {
            "write the org's My Domain into the secret, not login.salesforce.com or \
             test.salesforce.com: Setup → My Domain → Current My Domain URL"
        }
        ("inactive_user", _) => "activate the app's run-as user: Setup → Users",
        ("rate_limit_exceeded", _) | (_, "login rate exceeded") => {
            "wait an hour: a user may log in 3,600 times in one; a shared session needs few logins"
        }
        (_, "authentication failure") => {
            "look up the reason in the run-as user's Login History (Setup → Users → the user): IP \
             ranges and login hours of the profile, or a locked user"
        }
        _ => {
            "enable the client credentials flow in both places: Setup → External Client App Manager \
             → the app → Settings → Flow Enablement, and → Policies → OAuth Policies with a Run As \
             user; the Login History of that user shows the reason"
        }
    }
}

/// A token that the org gave out and does not take.
fn of_refused_token(api: &ApiFailure) -> &'static str {
    if api
        .errors
        .iter()
        .any(|error| error.code == "API_DISABLED_FOR_ORG")
    {
        return of_api(api);
    }
    "let the run-as user call the API: the app's scope `api` (Setup → External Client App Manager \
     → the app → Settings → OAuth Settings), the user's permission `API Enabled`, and this \
     machine's address in the profile's Login IP Ranges, or IP Relaxation in the app's OAuth \
     Policies"
}

fn of_api(api: &ApiFailure) -> &'static str {
    if let Some(passes) = of_status(api.status) {
        return passes;
    }
    match api.errors.first().map(|error| error.code.as_str()) {
        Some("API_DISABLED_FOR_ORG") => {
            "give the run-as user the permission `API Enabled` (Setup → Permission Sets), in an \
             edition of Salesforce that has the API"
        }
        Some("REQUEST_LIMIT_EXCEEDED") => {
            "wait: the org has used its API calls of the day (Setup → Company Information → API \
             Requests, Last 24 Hours)"
        }
        Some("NOT_FOUND" | "UNSUPPORTED_API_VERSION") => {
            "check `--api-version`: `latest` always works"
        }
        Some("INVALID_TYPE" | "INVALID_FIELD" | "INSUFFICIENT_ACCESS") => {
            "let the run-as user read the object User: the permissions `API Enabled` and, for \
             other objects, Read (Setup → Permission Sets)"
        }
        _ => {
            "look up the error's code in the REST API Developer Guide, \"Status Codes and Error \
             Responses\""
        }
    }
}

#[cfg(test)]
mod tests {
    use sfbox::error::{ApiError, Remedy, Unexpected};

    use super::*;

    fn call(failure: Failure) -> Error {
        Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(failure),
            cause: None,
        }
    }

    fn login(code: &str, description: &str) -> Failure {
        Failure::Login(OauthError {
            status: 400,
            code: code.to_owned(),
            description: description.to_owned(),
            request_id: None,
        })
    }

    fn api(code: &str) -> ApiFailure {
        ApiFailure {
            status: 403,
            errors: vec![ApiError {
                code: code.to_owned(),
                message: String::new(),
                fields: vec![],
                remedy: Remedy::Unknown,
                details: None,
            }],
            request_id: None,
        }
    }

    #[track_caller]
    fn cures(failure: Failure, words: &str) {
        let error = call(failure);
        let fix = of_call(&error).words.unwrap_or_default();
        assert!(fix.contains(words), "{error}: {fix}");
    }

    #[test]
    fn every_refused_login_names_the_setting_that_cures_it() {
        for (code, description, words) in [
            (
                "invalid_client",
                "invalid client credentials",
                "consumer secret into",
            ),
            (
                "invalid_client_id",
                "client identifier invalid",
                "consumer key into",
            ),
            (
                "invalid_grant",
                "no client credentials user enabled",
                "Enable Client Credentials Flow → Run As",
            ),
            (
                "invalid_grant",
                "request not supported on this domain",
                "not login.salesforce.com",
            ),
            ("invalid_grant", "authentication failure", "IP ranges"),
            ("invalid_grant", "login rate exceeded", "wait an hour"),
            ("rate_limit_exceeded", "", "wait an hour"),
            ("inactive_user", "", "activate"),
            ("unsupported_grant_type", "", "Flow Enablement"),
            ("never_heard_of", "", "Flow Enablement"),
        ] {
            cures(login(code, description), words);
        }
    }

    #[test]
    fn every_other_failure_of_a_call_names_what_cures_it() {
        let unexpected = Unexpected {
            status: 502,
            reason: "x".to_owned(),
            request_id: None,
        };
        let refused = |code| Failure::RefusedToken(api(code));
        let limited = |refusal| {
            Failure::RateLimited(RateLimit {
                retry_after_s: None,
                refusal,
            })
        };
        for (failure, words) in [
            (refused("INVALID_SESSION_ID"), "scope `api`"),
            (refused("INVALID_SESSION_ID"), "Login IP Ranges"),
            (refused("API_DISABLED_FOR_ORG"), "`API Enabled`"),
            (Failure::Api(api("INVALID_TYPE")), "object User"),
            (Failure::Api(api("NEVER_HEARD_OF")), "the error's code"),
            (
                Failure::Api(ApiFailure {
                    status: 503,
                    ..api("INVALID_TYPE")
                }),
                "try again later",
            ),
            (Failure::Api(api("REQUEST_LIMIT_EXCEEDED")), "of the day"),
            (Failure::Api(api("NOT_FOUND")), "--api-version"),
            (limited(None), "3,600 times an hour"),
            (limited(Some("invalid_client".to_owned())), "check again"),
            (Failure::Unreachable("x".to_owned()), "DNS, firewall"),
            (
                Failure::UnexpectedAnswer(unexpected),
                "status.salesforce.com",
            ),
            (Failure::Denied("x".to_owned()), "--allow-host"),
            (Failure::Timeout, "--timeout"),
            (Failure::SessionChanged, "again"),
            (Failure::OutcomeUnknown, "check in Salesforce"),
            (Failure::Secret(SecretError::NotFound), "--org"),
            (Failure::Secret(SecretError::Denied), "IAM policy"),
            (
                Failure::Secret(SecretError::Malformed("x".to_owned())),
                "two layouts",
            ),
        ] {
            cures(failure, words);
        }
        // Each has a cure of its own: none is told to check the org.
        let denied = call(Failure::Denied("x".to_owned()));
        let words = of_call(&denied).words.unwrap_or_default();
        assert!(!words.contains("org check"), "{words}");
    }

    #[test]
    fn every_failure_of_a_store_names_what_cures_it() {
        for (kind, words) in [
            (Kind::NotFound, "sfbox org add"),
            (Kind::Denied, "IAM policy"),
            (Kind::Malformed, "two layouts"),
            (Kind::Conflict, "try again"),
            (Kind::Throttled(Some(7)), "try again"),
            (Kind::Unavailable, "reachable"),
        ] {
            let fix = of_store(&StoreError::new(kind, "x"));
            assert!(
                fix.words.as_deref().unwrap_or_default().contains(words),
                "{kind:?}"
            );
            assert_eq!(fix.statement, None);
        }
        let known = StoreError::new(Kind::Denied, "x")
            .advice("allow it")
            .lacking("{}");
        let fix = of_store(&known);
        assert_eq!(
            fix.words.as_deref(),
            Some("allow it"),
            "the store knows best"
        );
        assert_eq!(fix.statement.as_deref(), Some("{}"));
    }
}
