//! The exit status of the process.

use std::borrow::Cow;
use std::io;

use sfbox::secret_store::StoreError;
use sfbox::{ConfigError, Error, Incomplete, Verdict};

use crate::interrupt::Interrupted;
use crate::org::StepFailed;
use crate::rest::{Cut, Refusal};
use crate::write::NotAllSaved;

/// What explains a command line, where the command is not known.
pub(crate) const EXPLANATION: &str = "`sfbox help` explains commands and options";

/// Salesforce said no.
const REFUSED: u8 = 1;

/// What `clap` exits with, too.
pub(crate) const USAGE: u8 = 2;

/// Something that is in the way for now.
const TRY_LATER: u8 = 4;

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

/// The output cannot take what is written to it: a full disk, for example.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be written")]
pub(crate) struct Unwritten {
    name: String,
    #[source]
    cause: io::Error,
}

impl Unwritten {
    /// An error of the same kind that says what could not be written. A reader
    /// that has what it wanted stays what it is.
    pub(crate) fn because(name: &str, cause: io::Error) -> io::Error {
        if cause.kind() == io::ErrorKind::BrokenPipe {
            return cause;
        }
        let name = name.to_owned();
        io::Error::new(cause.kind(), Self { name, cause })
    }
}

/// An answer that cannot be taken apart.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Into records.
    #[error("the page contains no array `records`")]
    Page(#[source] serde_json::Error),
    /// Into the records of a page that a request of the user's own asked for.
    #[error("the answer holds no array of records, so it has no pages")]
    Paginated(#[source] serde_json::Error),
    /// Into the address of the next page.
    #[error("the answer names a next page that is no page of a query")]
    NextPage,
    /// Into what the command is for.
    #[error("the answer does not have the form that Salesforce documents")]
    Answer(#[source] serde_json::Error),
    /// Into a number of records.
    #[error("Salesforce does not know how many records there are")]
    Count,
    /// Into text.
    #[error("the answer is not UTF-8")]
    Encoding,
    /// Into the columns that the statement names.
    #[error("a record cannot be printed in columns")]
    Record(#[source] serde_json::Error),
}

/// The exit status and the hint for whatever ended a command.
pub(crate) fn of(error: &anyhow::Error) -> Verdict {
    for cause in error.chain() {
        // Before the error that it has as its cause.
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return refusal.verdict();
        }
        if let Some(cut) = cause.downcast_ref::<Cut>() {
            return cut.verdict();
        }
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
        if let Some(not_all) = cause.downcast_ref::<NotAllSaved>() {
            return Verdict {
                hint: not_all.hint(),
                ..plain(REFUSED)
            };
        }
        if let Some(error) = cause.downcast_ref::<Incomplete>() {
            return error.into();
        }
        if let Some(error) = cause.downcast_ref::<io::Error>()
            && let Some(verdict) = of_output(error)
        {
            return verdict;
        }
        if let Some(unreadable) = cause.downcast_ref::<Unreadable>() {
            return Verdict {
                hint: match unreadable {
                    Unreadable::Paginated(_) => {
                        Some("leave out `--paginate`: it is for answers with `records`")
                    }
                    Unreadable::Page(_)
                    | Unreadable::NextPage
                    | Unreadable::Answer(_)
                    | Unreadable::Encoding => {
                        Some("`sfbox org check` shows whether the answer comes from Salesforce")
                    }
                    Unreadable::Count => {
                        Some("query a field instead of COUNT(), and count the records")
                    }
                    Unreadable::Record(_) => Some("`--output ndjson` prints all records unchanged"),
                },
                ..plain(UNREADABLE)
            };
        }
        if let Some(interrupted) = cause.downcast_ref::<Interrupted>() {
            return plain(interrupted.exit_code());
        }
        if cause.is::<ConfigError>() || cause.is::<Usage>() {
            return Verdict {
                hint: Some(EXPLANATION),
                ..plain(USAGE)
            };
        }
    }
    plain(USAGE)
}

/// What to do about an output that takes no more; `None` if that is not what the
/// error says.
fn of_output(error: &io::Error) -> Option<Verdict> {
    use io::ErrorKind::{
        BrokenPipe, FileTooLarge, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
        StorageFull,
    };
    let is_output = error.get_ref().is_some_and(|inner| inner.is::<Unwritten>());
    let hint = match error.kind() {
        // The reader has what it wanted, as in `sfbox query … | head`.
        BrokenPipe => return Some(plain(0)),
        StorageFull | QuotaExceeded => {
            Some("free space on the disk of the output, then repeat the command")
        }
        FileTooLarge => {
            Some("raise the limit on file sizes (`ulimit -f`), or write to another place")
        }
        NotFound | PermissionDenied | ReadOnlyFilesystem => return None,
        _ if is_output => None,
        _ => return None,
    };
    Some(Verdict {
        exit_code: TRY_LATER,
        retryable: true,
        hint,
    })
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
    }

    #[test]
    fn a_full_disk_is_not_the_users_mistake() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        for error in [full(), Unwritten::because("stdout", full())] {
            let verdict = of(&anyhow::Error::new(error));
            assert_eq!(verdict.exit_code, TRY_LATER);
            assert!(verdict.hint.unwrap().contains("free space on the disk"));
        }
        let broken = io::Error::from(io::ErrorKind::BrokenPipe);
        let broken = anyhow::Error::new(Unwritten::because("stdout", broken));
        assert_eq!(of(&broken).exit_code, 0);
        let forbidden = io::Error::from(io::ErrorKind::PermissionDenied);
        let forbidden = anyhow::Error::new(Unwritten::because("stdout", forbidden));
        assert_eq!(of(&forbidden).exit_code, USAGE);
        let disk = io::Error::other("it is broken");
        let disk = anyhow::Error::new(Unwritten::because("stdout", disk));
        assert_eq!(of(&disk).exit_code, TRY_LATER);
    }
}
