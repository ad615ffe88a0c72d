//! An answer that broke off after its head: what was printed of it is its beginning.

use sfbox::{BodyError, Verdict};

use super::method::Method;

/// The exit status where the same request may work a moment later.
const TRY_LATER: u8 = 4;

/// The exit status where the answer is incomplete, and the request was executed.
const INCOMPLETE: u8 = 6;

/// An answer broke off.
#[derive(Debug, thiserror::Error)]
#[error("rest of org `{org}`: {why}")]
pub(crate) struct Cut {
    org: String,
    why: BodyError,
    is_safe: bool,
}

impl Cut {
    pub(super) fn new(org: &str, method: Method, why: BodyError) -> Self {
        Self {
            org: org.to_owned(),
            why,
            is_safe: method.is_safe(),
        }
    }

    /// What to do about it.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.is_safe {
            true => Verdict {
                exit_code: TRY_LATER,
                retryable: true,
                hint: Some("repeat the command: the answer is incomplete"),
            },
            false => Verdict {
                exit_code: INCOMPLETE,
                retryable: false,
                hint: Some(
                    "do not repeat it: Salesforce executed the request, only its answer is incomplete",
                ),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_asks_may_be_repeated() {
        for (method, exit_code, retryable) in [
            (Method::Get, 4, true),
            (Method::Options, 4, true),
            (Method::Post, 6, false),
            (Method::Patch, 6, false),
            (Method::Delete, 6, false),
        ] {
            let why = BodyError::BrokenOff("the connection was cut".to_owned());
            let cut = Cut::new("acme", method, why);
            let verdict = cut.verdict();
            assert_eq!(
                (verdict.exit_code, verdict.retryable),
                (exit_code, retryable)
            );
            assert_eq!(
                cut.to_string(),
                "rest of org `acme`: the answer broke off: the connection was cut"
            );
        }
    }
}
