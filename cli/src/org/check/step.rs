//! A step of the way, and what came of it.

use serde::Serialize;
use serde_json::value::RawValue;
use sfbox::secret_store::StoreError;
use sfbox::{Error, Verdict};

use super::fix::{self, Fix};
use crate::printable::with_margin;

/// Before the further lines of a text.
const MARGIN: &str = "      ";

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Name {
    Secret,
    SessionSecret,
    Layout,
    Rotation,
    Claims,
    Login,
    Call,
    WriteBack,
}

impl Name {
    /// As it is printed.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::SessionSecret => "session-secret",
            Self::Layout => "layout",
            Self::Rotation => "rotation",
            Self::Login => "login",
            Self::Call => "call",
            Self::WriteBack => "write-back",
            Self::Claims => "claims",
        }
    }
}

/// What ends a step badly.
#[derive(Debug)]
pub(super) enum Fault {
    Call(Error),
    Store(StoreError),
}

/// What came of a step.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All is well.
    Passed(String),
    /// It works, and something should be changed all the same.
    Warned(String, Fix),
    /// It does not work.
    Failed(Fault),
}

/// A step as it is printed.
#[derive(Serialize)]
pub(super) struct Shown {
    step: Name,
    ok: bool,
    detail: String,
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<Box<RawValue>>,
}

impl Outcome {
    pub(super) fn passed(detail: impl Into<String>) -> Self {
        Self::Passed(detail.into())
    }

    /// As people read it: a line, and what to do below it.
    pub(super) fn glance(&self, step: Name) -> String {
        let shown = self.shown(step);
        let mark = match self {
            Self::Passed(_) => '✓',
            Self::Warned(..) => '!',
            Self::Failed(_) => '✗',
        };
        let detail = with_margin(shown.detail, MARGIN);
        let mut lines = format!("{mark} {:14}  {detail}\n", step.as_str());
        let statement = shown.statement.as_deref().map(RawValue::get);
        for (what, text) in [("fix", shown.fix.as_deref()), ("IAM statement", statement)] {
            if let Some(text) = text {
                lines.push_str(&format!("    {what}: {}\n", with_margin(text, MARGIN)));
            }
        }
        lines
    }

    /// As it is printed.
    pub(super) fn shown(&self, step: Name) -> Shown {
        let (ok, detail, fix) = match self {
            Self::Passed(detail) => (true, detail.clone(), Fix::default()),
            Self::Warned(detail, fix) => (true, detail.clone(), fix.clone()),
            Self::Failed(fault) => (false, fault.words(), fault.fix()),
        };
        Shown {
            step,
            ok,
            detail,
            fix: fix.words,
            // As an object, so that it can be pasted as it is printed.
            statement: fix
                .statement
                .and_then(|statement| RawValue::from_string(statement).ok()),
        }
    }
}

impl Fault {
    /// What would cure it.
    pub(super) fn fix(&self) -> Fix {
        match self {
            Self::Call(error) => fix::of_call(error),
            Self::Store(error) => fix::of_store(error),
        }
    }

    /// What happened, with its causes, and each only once. What to do about it is
    /// in `fix`.
    fn words(&self) -> String {
        let (error, store): (&(dyn std::error::Error + 'static), _) = match self {
            Self::Call(error) => (error, error.store()),
            Self::Store(error) => (error, Some(error)),
        };
        let advice = store.and_then(StoreError::advised);
        let advice = advice.map(|advice| format!("; {advice}"));
        let mut words = String::new();
        for cause in std::iter::successors(Some(error), |error| error.source()) {
            let cause = cause.to_string();
            let cause = advice
                .as_deref()
                .and_then(|advice| cause.strip_suffix(advice))
                .unwrap_or(&cause);
            if words.contains(cause) {
                continue;
            }
            if !words.is_empty() {
                words.push_str(": ");
            }
            words.push_str(cause);
        }
        words
    }

    /// The exit status that belongs to it.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Call(error) => error.verdict(),
            Self::Store(error) => error.verdict(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sfbox::secret_store::Kind;

    use super::*;

    fn shown(outcome: &Outcome) -> String {
        serde_json::to_string(&outcome.shown(Name::WriteBack)).unwrap()
    }

    #[test]
    fn a_step_is_printed_with_what_to_do_and_a_statement_to_paste() {
        assert_eq!(
            shown(&Outcome::passed("stored")),
            r#"{"step":"write-back","ok":true,"detail":"stored","fix":null}"#
        );
        assert_eq!(
            shown(&Outcome::Warned("rotated".to_owned(), Fix::new("do x"))),
            r#"{"step":"write-back","ok":true,"detail":"rotated","fix":"do x"}"#
        );
        let denied = StoreError::new(Kind::Denied, "writing")
            .advice("allow it")
            .lacking(r#"{"Effect":"Allow"}"#)
            .caused_by("the cause");
        assert_eq!(
            shown(&Outcome::Failed(Fault::Store(denied))),
            r#"{"step":"write-back","ok":false,"detail":"writing failed: the cause","fix":"allow it","statement":{"Effect":"Allow"}}"#
        );
    }

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let denied = StoreError::new(Kind::Denied, "writing")
            .answered("no")
            .caused_by("no");
        let fault = Fault::Store(denied);
        assert_eq!(fault.words(), "writing failed: no");
    }

    #[test]
    fn a_step_has_one_name() {
        for name in [
            Name::Secret,
            Name::SessionSecret,
            Name::Layout,
            Name::Rotation,
            Name::Login,
            Name::Call,
            Name::WriteBack,
            Name::Claims,
        ] {
            let printed = serde_json::to_value(name).unwrap();
            assert_eq!(printed, name.as_str());
        }
    }
}
