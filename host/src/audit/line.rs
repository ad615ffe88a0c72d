//! A line of the audit.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::clock::rfc_3339;
use crate::served::Served;

/// What a line is about. Method and route are words of the policy's table, so that
/// nothing that a request says can get here.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) served: Arc<Served>,
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
}

impl Subject {
    /// A request of an org under its policy.
    pub(crate) fn of(served: &Arc<Served>, method: &'static str, route: &'static str) -> Self {
        Self {
            served: Arc::clone(served),
            method,
            route,
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The policy denied it.
    Denied,
    /// The policy denied so many alike.
    DeniedAgain { denials: u64 },
    /// It is about to be sent.
    Allowed,
    /// It was answered.
    Answered {
        status: u16,
        /// The answer's body; absent while nobody knows how long it is.
        bytes: Option<u64>,
        took: Duration,
    },
    /// It has no answer. Whether it was executed is unknown.
    Unanswered { took: Duration },
}

/// The members of a line, in their order. Nothing that a caller or an org chose is
/// among them but the org's name.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    event: &'a str,
    org: &'a str,
    policy: String,
    method: &'a str,
    route: &'a str,
    decision: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denials: Option<u64>,
}

/// The line of an event at a moment, without its end.
pub(super) fn line(event: &str, subject: &Subject, outcome: Outcome, at: SystemTime) -> String {
    let denials = match outcome {
        Outcome::DeniedAgain { denials } => Some(denials),
        _ => None,
    };
    let (decision, status, bytes, took) = match outcome {
        Outcome::Denied | Outcome::DeniedAgain { .. } => ("denied", None, None, None),
        Outcome::Allowed => ("allowed", None, None, None),
        Outcome::Answered {
            status,
            bytes,
            took,
        } => ("answered", Some(status), bytes, Some(took)),
        Outcome::Unanswered { took } => ("unanswered", None, None, Some(took)),
    };
    let line = Line {
        time: rfc_3339(at),
        event,
        org: subject.served.org.as_str(),
        policy: subject.served.policy.to_string(),
        method: subject.method,
        route: subject.route,
        decision,
        status,
        bytes,
        ms: took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        denials,
    };
    // Texts and numbers always have a form in JSON.
    serde_json::to_string(&line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use sfbox_secret::SecretName;

    use super::*;
    use crate::policy::{Level, Policy};

    #[test]
    fn a_line_has_what_is_known() {
        let policy = Policy {
            level: Level::NoDelete,
            anonymous_apex: true,
            ..Policy::default()
        };
        let served = Served {
            org: SecretName::parse("acme").unwrap(),
            policy,
        };
        let subject = Subject {
            served: Arc::new(served),
            method: "PATCH",
            route: "/a/{id}",
        };
        let head = r#"{"time":"1970-01-01T00:00:00.000Z","event":"e-1","org":"acme","policy":"no-delete+anonymous-apex","method":"PATCH","route":"/a/{id}","decision":"#;
        let took = Duration::from_millis(7);
        let answered = |bytes| Outcome::Answered {
            status: 204,
            bytes,
            took,
        };
        for (outcome, tail) in [
            (Outcome::Denied, r#""denied"}"#),
            (
                Outcome::DeniedAgain { denials: 7 },
                r#""denied","denials":7}"#,
            ),
            (Outcome::Allowed, r#""allowed"}"#),
            (
                answered(Some(0)),
                r#""answered","status":204,"bytes":0,"ms":7}"#,
            ),
            (answered(None), r#""answered","status":204,"ms":7}"#),
            (Outcome::Unanswered { took }, r#""unanswered","ms":7}"#),
        ] {
            let line = line("e-1", &subject, outcome, UNIX_EPOCH);
            assert_eq!(line, format!("{head}{tail}"));
        }
    }
}
