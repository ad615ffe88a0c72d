//! What all who share a secret in AWS Secrets Manager have to do alike.
//!
//! A write is a compare-and-swap of two calls: [`PUT`] makes a version under the
//! stage [`NEXT`], where nobody looks, and [`MOVE`] moves [`CURRENT`] to it *from
//! the version that was read*; AWS refuses the move if that is not the current
//! one any more. The stage has a fixed name: a secret has room for 20, and a
//! version that holds one is never cleaned up.

mod claim;
mod claiming;

use std::time::Duration;

pub use claim::{Ended, KnownClaims, Note, STAGE as CLAIM};
pub use claiming::{Claiming, Found, Step};

use crate::Kind;

/// Reads a secret. The operations are called as in an IAM policy.
pub const GET: &str = "GetSecretValue";

/// Makes a version.
pub const PUT: &str = "PutSecretValue";

/// Moves a stage from one version to another.
pub const MOVE: &str = "UpdateSecretVersionStage";

/// The stage of the version that everybody reads. It is always named: an IAM
/// policy that is conditioned on it denies reads that leave it to its default
/// (aws/aws-cli, issue 5031).
pub const CURRENT: &str = "AWSCURRENT";

/// The stage of a version that is to become current.
pub const NEXT: &str = "SF_NEXT";

/// How long one attempt of a call may take: Secrets Manager answers in
/// milliseconds, and a lost connection should not cost a caller its patience.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call may take in all: its attempts, and the waits between them.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(7);

/// How often a call is attempted (the AWS SDKs' own default).
pub const ATTEMPTS_MAX: u32 = 3;

/// What to make of a code. Source: Secrets Manager API Reference, and its
/// "Common Errors"; the throttling codes are those of `aws-runtime`.
pub fn kind_of(
    operation: &str,
    code: &str,
    message: &str,
    retry_after: impl FnOnce() -> Option<u32>,
) -> Kind {
    match code {
        "ResourceNotFoundException" => Kind::NotFound,
        "InvalidRequestException" if is_deleted(message) => Kind::NotFound,
        "InvalidParameterException" if is_replica(message) => Kind::Denied,
        "ResourceExistsException" => Kind::Conflict,
        // The stage is not where it was. Which code says so is not documented;
        // this one is what terraform-provider-aws got (issue 19943).
        "InvalidParameterException" | "InvalidRequestException" if operation == MOVE => {
            Kind::Conflict
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "DecryptionFailure"
        | "EncryptionFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidRequestException"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException"
        // The quota of versions lasts a day: waiting a little does not help.
        | "LimitExceededException" => Kind::Denied,
        "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => Kind::Throttled(retry_after()),
        _ => Kind::Unavailable,
    }
}

/// "You can't perform this operation on the secret because it was marked for
/// deletion."
pub fn is_deleted(message: &str) -> bool {
    message.contains("marked")
}

/// "Operation not permitted on a replica secret. Call must be made in primary
/// secret's region."
pub fn is_replica(message: &str) -> bool {
    message.contains("replica")
}

/// A new version's id, out of random bytes. It is its writer's to choose, so that
/// an attempt whose reply was lost can be repeated.
pub fn version_id(random: [u8; 16]) -> String {
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    id.to_string()
}

/// What a move came to that AWS answered with a refusal, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It worked all the same.
    Done,
    /// Somebody else was faster.
    Conflict,
    /// It did not work, and the refusal says why.
    Refused,
}

/// Whether `next` was made current in the place of `base`, judging from which
/// version is `current` now. That is not for the refusal to say: a reply can be
/// lost, and a second attempt then be refused.
pub fn moved(refusal: Kind, current: &str, base: &str, next: &str) -> Moved {
    if current == next {
        Moved::Done
    } else if current == base && refusal != Kind::Conflict {
        Moved::Refused
    } else {
        Moved::Conflict
    }
}

/// How old a version is by AWS's own clock, so that no two machines' clocks are
/// ever compared: the answer's `Date`, less the version's `CreatedDate`, both in
/// seconds since 1970.
pub fn age(date_s: f64, created_s: f64) -> Option<Duration> {
    Duration::try_from_secs_f64((date_s - created_s).max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let replica = "Operation not permitted on a replica secret.";
        let deletion = "You can't perform this operation on the secret because it was marked for \
                        deletion.";
        for (operation, code, message, kind) in [
            (GET, "ResourceNotFoundException", "", Kind::NotFound),
            (GET, "InvalidRequestException", deletion, Kind::NotFound),
            (GET, "AccessDeniedException", "", Kind::Denied),
            (GET, "DecryptionFailure", "", Kind::Denied),
            (GET, "ExpiredTokenException", "", Kind::Denied),
            (
                PUT,
                "InvalidRequestException",
                "managed by another service",
                Kind::Denied,
            ),
            (PUT, "InvalidParameterException", replica, Kind::Denied),
            (PUT, "LimitExceededException", "", Kind::Denied),
            (PUT, "ResourceExistsException", "", Kind::Conflict),
            (PUT, "InvalidParameterException", "", Kind::Unavailable),
            (MOVE, "InvalidParameterException", "", Kind::Conflict),
            (MOVE, "InvalidParameterException", replica, Kind::Denied),
            (MOVE, "ThrottlingException", "", Kind::Throttled(Some(7))),
            (MOVE, "InternalServiceError", "", Kind::Unavailable),
            (GET, "", "", Kind::Unavailable),
        ] {
            let found = kind_of(operation, code, message, || Some(7));
            assert_eq!(found, kind, "{operation}: {code}");
        }
    }

    #[test]
    fn a_versions_id_is_as_long_as_aws_asks_and_another_for_other_bytes() {
        // `ClientRequestToken` has 32 to 64 characters.
        assert_eq!(version_id([7; 16]).len(), 36);
        assert_ne!(version_id([7; 16]), version_id([8; 16]));
    }

    #[test]
    fn what_is_current_tells_what_a_refused_move_came_to() {
        for (refusal, current, moved) in [
            (Kind::Conflict, "next", Moved::Done),
            (Kind::Unavailable, "next", Moved::Done),
            (Kind::Conflict, "another", Moved::Conflict),
            (Kind::Unavailable, "another", Moved::Conflict),
            // A read that lags behind.
            (Kind::Conflict, "base", Moved::Conflict),
            (Kind::Unavailable, "base", Moved::Refused),
            (Kind::Throttled(None), "base", Moved::Refused),
        ] {
            let found = super::moved(refusal, current, "base", "next");
            assert_eq!(found, moved, "{refusal:?}: {current}");
        }
    }

    #[test]
    fn an_age_is_never_negative_and_never_nonsense() {
        for (date, created, age) in [
            (100.0, 93.5, Some(Duration::from_millis(6_500))),
            // A `Date` has whole seconds.
            (100.0, 100.7, Some(Duration::ZERO)),
            (f64::INFINITY, 0.0, None),
            (f64::MAX, 0.0, None),
        ] {
            assert_eq!(super::age(date, created), age, "{date} {created}");
        }
    }
}
