//! The exit status of the process.

use std::borrow::Cow;
use std::io;

use sfbox::secret_store::StoreError;
use sfbox::{ConfigError, Error, Incomplete, Verdict};

use super::interrupt::Interrupted;
use super::org::StepFailed;

/// What `clap` exits with, too.
pub(crate) const USAGE: u8 = 2;

/// An answer that is not what the contract promises.
const UNREADABLE: u8 = 6;

/// The command line asks for something that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(Cow<'static, str>);

impl Usage {
    pub(crate) fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

/// An answer that cannot be taken apart.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Into records.
    #[error("the page holds no array of records")]
    Page(#[source] serde_json::Error),
    /// Into a number of records.
    #[error("Salesforce does not know how many records there are")]
    Count,
    /// Into the columns that the statement names.
    #[error("a record cannot be put into columns")]
    Record(#[source] serde_json::Error),
}

/// The exit status and the hint for whatever ended a command.
pub(crate) fn of(error: &anyhow::Error) -> Verdict {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<Error>() {
            return error.verdict();
        }
        if let Some(failed) = cause.downcast_ref::<StepFailed>() {
            return failed.verdict();
        }
        // A command that asks the store itself.
        if let Some(error) = cause.downcast_ref::<StoreError>() {
            return error.verdict();
        }
        if let Some(error) = cause.downcast_ref::<Incomplete>() {
            return error.verdict();
        }
        if let Some(error) = cause.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            // The reader has what it wanted, as in `sfbox query … | head`.
            return plain(0);
        }
        if let Some(unreadable) = cause.downcast_ref::<Unreadable>() {
            return Verdict {
                hint: match unreadable {
                    Unreadable::Page(_) => {
                        Some("`sfbox org check` says whether it is the org that answers")
                    }
                    Unreadable::Count => {
                        Some("query a field instead of COUNT(), and count the records")
                    }
                    Unreadable::Record(_) => {
                        Some("`--output ndjson` prints records as they are, all of them")
                    }
                },
                ..plain(UNREADABLE)
            };
        }
        if let Some(interrupted) = cause.downcast_ref::<Interrupted>() {
            return plain(interrupted.exit_code());
        }
        if cause.is::<ConfigError>() || cause.is::<Usage>() {
            return Verdict {
                hint: Some(
                    "`sfbox help` explains commands and options, `sfbox help query` those of one",
                ),
                ..plain(USAGE)
            };
        }
    }
    plain(USAGE)
}

const fn plain(exit_code: u8) -> Verdict {
    Verdict {
        exit_code,
        retryable: false,
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use sfbox::secret_store::Kind;

    use super::*;

    #[test]
    fn a_broken_pipe_is_success() {
        let broken = io::Error::from(io::ErrorKind::BrokenPipe);
        let error = anyhow::Error::new(broken).context("stdout");
        assert_eq!(of(&error).exit_code, 0);
    }

    #[test]
    fn a_page_that_cannot_be_read_is_not_the_users_fault() {
        let why = serde_json::from_str::<bool>("7").unwrap_err();
        assert_eq!(
            of(&anyhow::Error::new(Unreadable::Page(why))).exit_code,
            UNREADABLE
        );
    }

    #[test]
    fn a_result_that_is_not_whole_is_an_answer_that_cannot_be_read() {
        for incomplete in [
            Incomplete::Circle,
            Incomplete::EmptyPage,
            Incomplete::Missing(sfbox::Missing::default()),
        ] {
            let verdict = of(&anyhow::Error::new(incomplete));
            assert_eq!((verdict.exit_code, verdict.retryable), (UNREADABLE, false));
        }
        assert_eq!(of(&Unreadable::Count.into()).exit_code, UNREADABLE);
    }

    #[test]
    fn a_store_that_fails_is_found_behind_what_was_attempted() {
        let denied = StoreError::new(Kind::Denied, "reading `acme`");
        let error = anyhow::Error::new(denied).context("listing");
        assert_eq!(of(&error).exit_code, 3);
    }

    #[test]
    fn usage_and_configuration_are_the_users() {
        assert_eq!(of(&anyhow::Error::new(Usage::new("x"))).exit_code, USAGE);
        assert_eq!(
            of(&anyhow::Error::new(ConfigError::NoStore)).exit_code,
            USAGE
        );
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(of(&anyhow::Error::new(full)).exit_code, USAGE);
    }
}
