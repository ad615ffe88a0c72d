//! What came of a step, from what was seen. Pure.

use sfbox::error::SecretError;
use sfbox::secret_store::{Claimed, Kind, SecretName, StoreError};
use sfbox::{Error, Failure, Origin, Sent};

use super::super::layout::Found;
use super::fix::{self, Fix};
use super::step::{Fault, Name, Outcome};

/// What was seen of a token's storing.
pub(super) struct Storing {
    /// What came of the last write; `None`: there was none.
    pub(super) written: Option<Result<(), StoreError>>,
    /// Whether the secret that it belongs into has a place for it.
    pub(super) has_place: bool,
    /// Whether that secret can be expected to be writable.
    pub(super) writable: bool,
    /// Whether it holds a session now.
    pub(super) is_there: bool,
}

/// Of a secret whose members the component takes.
pub(super) fn layout(found: Option<&Found>) -> Outcome {
    let layout = found.and_then(|found| found.layout);
    let layout = layout.map_or("unknown", |layout| layout.as_str());
    let domain = found.and_then(|found| found.domain.as_ref());
    Outcome::Passed(match domain {
        Some(domain) => format!("layout `{layout}`, My Domain `{domain}`"),
        None => format!("layout `{layout}`"),
    })
}

/// Of a secret that the token is written to.
pub(super) fn rotation(secret: &SecretName, rotated: Result<bool, StoreError>) -> Outcome {
    match rotated {
        Ok(false) => Outcome::passed("the store does not rotate it"),
        Ok(true) => Outcome::Warned(
            "AWS rotates this secret, and counts each stored token as a rotation: it may never \
             rotate the credentials"
                .to_owned(),
            Fix::new(format!(
                "store the token in a second secret: `--session-secret {secret}/session`"
            )),
        ),
        Err(error) => Outcome::Warned(
            format!("cannot tell whether AWS rotates it: {error}"),
            fix::of_store(&error),
        ),
    }
}

/// Whether it is the caller's mistake, and none on the way to the org.
pub(super) fn is_usage(error: &Error) -> bool {
    match error {
        Error::Call { failure, .. } => {
            matches!(
                **failure,
                Failure::InvalidInput(_) | Failure::Unsupported(_)
            )
        }
        Error::Lost { .. } => false,
    }
}

/// Of the session that a call used or asked for: only what was seen of it. `None`:
/// nothing was.
pub(super) fn session(
    failure: Option<&Error>,
    had_session: bool,
    found: Option<Origin>,
    sent: Option<Sent>,
) -> Option<Outcome> {
    let is_refused = matches!(
        failure,
        Some(Error::Call { failure, .. }) if matches!(**failure, Failure::RefusedToken(_))
    );
    let seen = match found {
        _ if is_refused => "the login returned a token",
        Some(Origin::Login) => "logged in",
        Some(Origin::Stored) => "the stored session is in use: no login was needed",
        Some(Origin::None) | None if had_session => "a stored session was found",
        // A call that was sent, or answered, needed one.
        Some(Origin::None) | None if failure.is_none() || sent == Some(Sent::Request) => {
            "the call had a session"
        }
        Some(Origin::None) | None => return None,
    };
    Some(Outcome::passed(seen))
}

/// Whether the store denied something to a call.
pub(super) fn is_denied(error: &Error) -> bool {
    matches!(
        error,
        Error::Call { failure, .. } if matches!(**failure, Failure::Secret(SecretError::Denied))
    )
}

/// The step that a call's failure belongs to, if it was sent this last.
pub(super) fn blamed(error: &Error, sent: Option<Sent>) -> Name {
    let Error::Call { failure, .. } = error else {
        return Name::Call;
    };
    match **failure {
        Failure::Login(_) => Name::Login,
        Failure::RefusedToken(_) | Failure::Api(_) => Name::Call,
        Failure::Secret(_) => Name::Login,
        Failure::InvalidInput(_)
        | Failure::PreconditionFailed
        | Failure::Ambiguous(_)
        | Failure::SessionChanged
        | Failure::OutcomeUnknown
        | Failure::RateLimited(_)
        | Failure::Timeout
        | Failure::Unreachable(_)
        | Failure::Denied(_)
        | Failure::UnexpectedAnswer(_)
        | Failure::Unsupported(_) => match sent {
            // It had a session, whether or not there was one before.
            Some(Sent::Request) => Name::Call,
            _ => Name::Login,
        },
    }
}

/// Of the secret that the token belongs into.
pub(super) fn storing(secret: &SecretName, seen: Storing) -> Outcome {
    let writing = format!("writing `{secret}`");
    let denied = |words: &str| StoreError::new(Kind::Denied, &writing).answered(words);
    match seen.written {
        Some(Ok(())) => Outcome::passed("the token was stored: other processes use it"),
        // Somebody else's was there first.
        Some(Err(error)) if error.kind() == Kind::Conflict && seen.is_there => {
            Outcome::passed("another process stored a token first: all processes use that token")
        }
        Some(Err(error)) => Outcome::Failed(Fault::Store(error)),
        None if !seen.has_place => Outcome::Failed(Fault::Store(
            denied("the layout of AWS managed external secrets has no place for a token").advice(
                format!("store the token in a second secret: `--session-secret {secret}/session`"),
            ),
        )),
        None if !seen.writable => Outcome::Failed(Fault::Store(
            denied("it is read-only").advice("allow this process to write it"),
        )),
        None if seen.is_there => Outcome::passed(
            "other processes use the stored session too; whether this process may store a new \
             token is known only after the next login",
        ),
        None => Outcome::Failed(Fault::Store(
            StoreError::new(Kind::Unavailable, writing).answered("no token was stored"),
        )),
    }
}

/// Of a mark that was made and, if so, taken away.
pub(super) fn claims(
    claimed: Result<Claimed, StoreError>,
    released: Result<(), StoreError>,
) -> Outcome {
    match (claimed, released) {
        (Ok(Claimed::Won), Ok(())) => Outcome::passed(
            "a mark was created and removed: only one of many processes will log in",
        ),
        (Ok(Claimed::Won), Err(error)) => Outcome::Warned(
            format!("the mark was created, but not removed: {error}"),
            fix::of_store(&error),
        ),
        (Ok(Claimed::Held(_) | Claimed::Spent { .. }), _) => Outcome::Warned(
            "another process holds the test mark, which should be impossible".to_owned(),
            Fix::new("run the check again: another program seems to create marks in this store"),
        ),
        (Ok(Claimed::Unsupported), _) => Outcome::Warned(
            "this store cannot coordinate logins: when a session expires, every process logs in"
                .to_owned(),
            Fix::new("if many processes share an org, store its secret in AWS or in a file"),
        ),
        (Err(error), _) => Outcome::Failed(Fault::Store(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sfbox::error::{ApiFailure, OauthError, Unexpected};

    use super::*;

    fn acme() -> SecretName {
        SecretName::parse("acme").unwrap()
    }

    fn denied() -> StoreError {
        StoreError::new(Kind::Denied, "x")
    }

    /// How a step ended, and everything that it says.
    fn told(outcome: &Outcome) -> (&'static str, String) {
        let how = match outcome {
            Outcome::Passed(_) => "passed",
            Outcome::Warned(..) => "warned",
            Outcome::Failed(_) => "failed",
        };
        let shown = serde_json::to_string(&outcome.shown(Name::Call)).unwrap();
        (how, shown)
    }

    #[track_caller]
    fn is(outcome: &Outcome, how: &str, words: &str) {
        let told = told(outcome);
        assert_eq!(told.0, how, "{}", told.1);
        assert!(told.1.contains(words), "`{words}` is not in {}", told.1);
    }

    fn call(failure: Failure) -> Error {
        Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(failure),
            cause: None,
        }
    }

    #[test]
    fn a_failure_is_blamed_on_the_step_that_it_belongs_to() {
        let oauth = OauthError {
            status: 400,
            code: String::new(),
            description: String::new(),
            request_id: None,
        };
        let api = ApiFailure {
            status: 401,
            errors: vec![],
            request_id: None,
        };
        let page = |status| {
            Failure::UnexpectedAnswer(Unexpected {
                status,
                reason: String::new(),
                request_id: None,
            })
        };
        let unreachable = || Failure::Unreachable(String::new());
        let (login, request) = (Some(Sent::Login), Some(Sent::Request));
        for (failure, sent, name) in [
            (Failure::Login(oauth), login, Name::Login),
            (Failure::RefusedToken(api.clone()), request, Name::Call),
            (Failure::Api(api), request, Name::Call),
            (Failure::Timeout, login, Name::Login),
            (Failure::Timeout, request, Name::Call),
            // It waited for the store, or for another process.
            (Failure::Timeout, None, Name::Login),
            (unreachable(), login, Name::Login),
            (unreachable(), request, Name::Call),
            (page(503), login, Name::Login),
            (page(503), request, Name::Call),
            (Failure::Secret(SecretError::Denied), login, Name::Login),
            (Failure::Secret(SecretError::Unavailable), None, Name::Login),
        ] {
            let error = call(failure);
            assert_eq!(blamed(&error, sent), name, "{error}, {sent:?}");
        }
        assert!(is_denied(&call(Failure::Secret(SecretError::Denied))));
        assert!(!is_denied(&call(Failure::Secret(SecretError::Unavailable))));
    }

    #[test]
    fn a_session_is_told_of_only_if_one_was_seen() {
        let refused = call(Failure::RefusedToken(ApiFailure {
            status: 401,
            errors: vec![],
            request_id: None,
        }));
        let late = call(Failure::Timeout);
        let (none, login) = (Some(Origin::None), Some(Origin::Login));
        let stored = Some(Origin::Stored);
        let (asked, lost) = (Some(Sent::Request), Some(Sent::Login));
        for (failure, had_session, found, sent, words) in [
            (None, false, login, asked, Some("logged in")),
            (None, true, stored, asked, Some("no login was needed")),
            (None, false, None, asked, Some("the call had a session")),
            (Some(&refused), false, none, asked, Some("returned a token")),
            (
                Some(&refused),
                true,
                stored,
                asked,
                Some("returned a token"),
            ),
            (
                Some(&late),
                true,
                None,
                asked,
                Some("a stored session was found"),
            ),
            (
                Some(&late),
                false,
                none,
                asked,
                Some("the call had a session"),
            ),
            (Some(&late), false, none, lost, None),
            (Some(&late), false, None, None, None),
        ] {
            match (session(failure, had_session, found, sent), words) {
                (Some(outcome), Some(words)) => is(&outcome, "passed", words),
                (None, None) => {}
                (outcome, _) => panic!("{outcome:?}: {words:?}"),
            }
        }
    }

    #[test]
    fn a_callers_mistake_is_no_step() {
        for (failure, is) in [
            (Failure::InvalidInput(String::new()), true),
            (Failure::Unsupported(String::new()), true),
            (Failure::Timeout, false),
            (Failure::Secret(SecretError::NotFound), false),
        ] {
            assert_eq!(is_usage(&call(failure)), is);
        }
    }

    #[test]
    fn a_token_is_stored_or_it_is_said_why_not() {
        let seen = |written, has_place, writable, is_there| {
            let seen = Storing {
                written,
                has_place,
                writable,
                is_there,
            };
            storing(&acme(), seen)
        };
        let conflict = || Some(Err(StoreError::new(Kind::Conflict, "x")));
        is(
            &seen(Some(Ok(())), true, true, true),
            "passed",
            "was stored",
        );
        is(
            &seen(Some(Err(denied())), true, true, false),
            "failed",
            "x failed",
        );
        is(
            &seen(conflict(), true, true, true),
            "passed",
            "another process",
        );
        is(&seen(conflict(), true, true, false), "failed", "x failed");
        is(
            &seen(None, false, true, false),
            "failed",
            "--session-secret acme/session",
        );
        is(&seen(None, true, false, true), "failed", "read-only");
        is(
            &seen(None, true, true, true),
            "passed",
            "known only after the next login",
        );
        is(
            &seen(None, true, true, false),
            "failed",
            "no token was stored",
        );
    }

    #[test]
    fn rotation_of_the_tokens_secret_is_a_warning() {
        is(&rotation(&acme(), Ok(false)), "passed", "does not rotate");
        is(
            &rotation(&acme(), Ok(true)),
            "warned",
            "--session-secret acme/session",
        );
        let unknown = denied().lacking(r#"{"Action":["DescribeSecret"]}"#);
        is(&rotation(&acme(), Err(unknown)), "warned", "DescribeSecret");
    }

    #[test]
    fn a_claim_is_won_or_it_is_said_what_that_costs() {
        let held = Claimed::Held(Duration::ZERO);
        is(
            &claims(Ok(Claimed::Won), Ok(())),
            "passed",
            "created and removed",
        );
        is(
            &claims(Ok(Claimed::Won), Err(denied())),
            "warned",
            "not removed",
        );
        is(&claims(Ok(held), Ok(())), "warned", "holds the test mark");
        is(
            &claims(Ok(Claimed::Unsupported), Ok(())),
            "warned",
            "every process logs in",
        );
        is(&claims(Err(denied()), Ok(())), "failed", "x failed");
    }
}
