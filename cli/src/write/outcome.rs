//! What became of a record.

use serde::Serialize;
use sfbox::Outcome as Answered;

use crate::describe::Purpose;
use crate::reason::{OUTCOME_UNKNOWN, ROLLED_BACK, Reason};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Saved(State, String),
    Refused(Vec<Reason>),
    RolledBack,
    Unknown,
    NotSent,
}

/// An outcome, without what belongs to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Created,
    Updated,
    Deleted,
    Refused,
    RolledBack,
    Unknown,
    NotSent,
}

impl State {
    pub(super) const ALL: [Self; 7] = [
        Self::Created,
        Self::Updated,
        Self::Deleted,
        Self::Refused,
        Self::RolledBack,
        Self::Unknown,
        Self::NotSent,
    ];

    /// As people and programs read it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Refused => "refused",
            Self::RolledBack => "rolled back",
            Self::Unknown => "unknown",
            Self::NotSent => "not sent",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub(crate) fn is_saved(self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Deleted)
    }
}

impl Outcome {
    /// Of a record that was sent for that purpose.
    pub(crate) fn of(answered: Answered, purpose: &Purpose) -> Self {
        match answered {
            Answered::Saved(saved) => {
                let state = match purpose {
                    Purpose::Delete => State::Deleted,
                    Purpose::Create => State::Created,
                    Purpose::Upsert(_) if saved.created => State::Created,
                    Purpose::Upsert(_) | Purpose::Update => State::Updated,
                };
                Self::Saved(state, saved.id)
            }
            Answered::Refused(errors) => Self::Refused(errors.iter().map(Reason::from).collect()),
            Answered::RolledBack => Self::RolledBack,
            Answered::Unknown => Self::Unknown,
            Answered::NotSent => Self::NotSent,
        }
    }

    pub(crate) fn state(&self) -> State {
        match self {
            Self::Saved(state, _) => *state,
            Self::Refused(_) => State::Refused,
            Self::RolledBack => State::RolledBack,
            Self::Unknown => State::Unknown,
            Self::NotSent => State::NotSent,
        }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Saved(_, id) => Some(id),
            _ => None,
        }
    }

    /// Why the record was not saved, or may not have been.
    pub(crate) fn reasons(&self) -> Vec<Reason> {
        match self {
            Self::Saved(..) | Self::NotSent => Vec::new(),
            Self::Refused(reasons) => reasons.clone(),
            Self::RolledBack => {
                let why = "another record of the same request was refused";
                vec![Reason::new(ROLLED_BACK, why, &[])]
            }
            Self::Unknown => {
                let why = "the answer was lost: Salesforce may have saved the record or not";
                vec![Reason::new(OUTCOME_UNKNOWN, why, &[])]
            }
        }
    }
}

/// An outcome as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    /// The line of the input on which the record begins.
    line: u64,
    outcome: &'static str,
    id: Option<&'a str>,
    code: Option<String>,
    message: Option<String>,
    fields: Option<String>,
}

/// What is printed of an outcome, in this order.
pub(super) const COLUMNS: [&str; 6] = ["line", "outcome", "id", "code", "message", "fields"];

impl<'a> Shown<'a> {
    pub(super) fn of(line: u64, outcome: &'a Outcome) -> Self {
        let reasons = outcome.reasons();
        let join = |text: fn(&Reason) -> String, between: &str| {
            let texts: Vec<String> = reasons.iter().map(text).collect();
            let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
            (!texts.is_empty()).then(|| texts.join(between))
        };
        Self {
            line,
            outcome: outcome.state().name(),
            id: outcome.id(),
            code: join(|reason| reason.code.clone(), ", "),
            message: join(|reason| reason.message.clone(), "; "),
            fields: join(|reason| reason.fields.join(", "), ", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known_by_their_names() {
        for state in State::ALL {
            assert_eq!(State::named(state.name()), Some(state));
        }
        assert_eq!(State::named("x"), None);
    }

    #[test]
    fn an_outcome_is_told_with_its_reasons() {
        let refused = Outcome::Refused(vec![
            Reason::new("A", "one", &["X", "Y"]),
            Reason::new("B", "two", &[]),
        ]);
        let shown = serde_json::to_string(&Shown::of(7, &refused)).unwrap();
        assert_eq!(
            shown,
            r#"{"line":7,"outcome":"refused","id":null,"code":"A, B","message":"one; two","fields":"X, Y"}"#
        );
        let saved = Outcome::Saved(State::Created, "001".to_owned());
        let shown = serde_json::to_value(Shown::of(8, &saved)).unwrap();
        assert_eq!((&shown["id"], &shown["code"]), (&"001".into(), &().into()));
        for column in COLUMNS {
            assert!(shown.get(column).is_some(), "{column}");
        }
    }
}
