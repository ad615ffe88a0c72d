//! A command line that cannot be, and what is said about it.

use clap::Command;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A command line that `clap` takes, and that means nothing all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    kind: ErrorKind,
    why: String,
}

impl Refused {
    /// Two things that exclude each other, as they are typed.
    pub(crate) fn conflict(one: &str, other: &str) -> Self {
        Self {
            kind: ErrorKind::ArgumentConflict,
            why: format!("'{one}' cannot be used with '{other}'"),
        }
    }

    /// A value that is wrong, such as one of the configuration file.
    pub(crate) fn value(why: &str) -> Self {
        Self {
            kind: ErrorKind::ValueValidation,
            why: why.to_owned(),
        }
    }

    /// As `clap` prints its own, but for the usage, which would explain nothing.
    pub(crate) fn of(self, command: &Command) -> clap::Error {
        let Self { kind, why } = self;
        let text = format!("{why}\n\nFor more information, try '--help'.\n");
        clap::Error::raw(kind, text).with_cmd(command)
    }
}

/// `-o` is the org in Salesforce's own command line, a file in curl's, and a format in
/// kubectl's.
const OPTIONS_FOR_O: &str = "use `--org NAME` for the org, `-O FILE` for an output file, \
    `--output FORMAT` for the format";

/// The same error, with advice for what people type out of habit.
pub(crate) fn advised(mut error: clap::Error) -> clap::Error {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        _ => "",
    };
    if error.kind() == ErrorKind::UnknownArgument && argument == "-o" {
        let advice = StyledStr::from(OPTIONS_FOR_O);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![advice]),
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::command_line::Cli;

    #[test]
    fn a_conflict_shows_no_usage() {
        let refused = Refused::conflict("--demo", "--org").of(&Cli::command());
        assert_eq!(
            refused.to_string(),
            "error: '--demo' cannot be used with '--org'\n\nFor more information, try '--help'.\n"
        );
        assert_eq!(refused.exit_code(), 2);
    }

    #[test]
    fn an_option_of_another_program_is_answered_with_ours() {
        let told = |line: &str| {
            let parsed = Cli::command().try_get_matches_from(line.split(' '));
            advised(parsed.unwrap_err()).to_string()
        };
        for line in [
            "sfbox query x -o acme",
            "sfbox -o acme query x",
            "sfbox query x -oacme",
            "sfbox session status -o acme",
        ] {
            let told = told(line);
            assert!(told.contains("unexpected argument '-o'"), "{told}");
            assert!(told.contains("tip: use `--org NAME`"), "{told}");
            assert!(told.contains("`-O FILE`"), "{told}");
        }
        assert!(!told("sfbox query x -z").contains("--org NAME"));
    }
}
