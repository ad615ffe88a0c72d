//! Options of every command that may be repeated, before and after it.
//!
//! clap keeps the values of one place only, those after the command: what was typed
//! before it would be lost without a word. So all of them are read in one place.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// What ends the options: all that follows is an argument.
const END: &str = "--";

/// The same arguments, with those options in front of all others, in their order.
pub(crate) fn before_the_command(
    command: &Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Vec<OsString> {
    let options = Options::of(command);
    let mut arguments = arguments.into_iter().peekable();
    let mut ordered: Vec<OsString> = arguments.next().into_iter().collect();
    let mut rest = Vec::new();
    while let Some(argument) = arguments.next() {
        match options.takes(&argument) {
            _ if argument == END => {
                rest.push(argument);
                rest.extend(arguments.by_ref());
            }
            Some(Takes::Nothing) => ordered.push(argument),
            Some(Takes::Next) => match arguments.next_if(|next| !is_option(next)) {
                Some(value) => ordered.extend([argument, value]),
                // clap says that its value is missing.
                None => rest.push(argument),
            },
            None => rest.push(argument),
        }
    }
    ordered.extend(rest);
    ordered
}

/// No value begins so.
fn is_option(argument: &OsStr) -> bool {
    argument.as_encoded_bytes().starts_with(b"-")
}

/// What belongs to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// It is whole.
    Nothing,
    /// The next argument is its value.
    Next,
}

/// The options that may be repeated.
struct Options<'c> {
    /// With a value each time.
    valued: Vec<&'c str>,
    /// Counted, by their long names.
    counted: Vec<&'c str>,
    /// Counted, by their letters.
    letters: Vec<char>,
}

impl<'c> Options<'c> {
    fn of(command: &'c Command) -> Self {
        let global = || command.get_arguments().filter(|arg| arg.is_global_set());
        let with =
            |action: fn(&ArgAction) -> bool| global().filter(move |arg| action(arg.get_action()));
        let counted = || with(|action| matches!(action, ArgAction::Count));
        Self {
            valued: with(|action| matches!(action, ArgAction::Append))
                .filter_map(Arg::get_long)
                .collect(),
            counted: counted().filter_map(Arg::get_long).collect(),
            letters: counted().filter_map(Arg::get_short).collect(),
        }
    }

    fn takes(&self, argument: &OsStr) -> Option<Takes> {
        // A value need not be UTF-8; the option before it is.
        let argument = argument.to_string_lossy();
        if let Some(long) = argument.strip_prefix("--") {
            return match long.split_once('=') {
                Some((name, _)) => self.valued.contains(&name).then_some(Takes::Nothing),
                None if self.valued.contains(&long) => Some(Takes::Next),
                None => self.counted.contains(&long).then_some(Takes::Nothing),
            };
        }
        let letters = argument.strip_prefix('-')?;
        let is_counted =
            !letters.is_empty() && letters.chars().all(|letter| self.letters.contains(&letter));
        is_counted.then_some(Takes::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::command_line::Cli;

    fn ordered(line: &str) -> String {
        let words = line.split(' ').map(OsString::from);
        let ordered = before_the_command(&Cli::command(), words);
        let words: Vec<String> = ordered
            .into_iter()
            .map(|word| word.into_string().unwrap())
            .collect();
        words.join(" ")
    }

    #[test]
    fn what_may_be_repeated_comes_first_in_its_order() {
        for (line, expected) in [
            ("sfbox", "sfbox"),
            ("sfbox query x", "sfbox query x"),
            (
                "sfbox --connect-to a query --org o --connect-to=b x -v --allow-host c",
                "sfbox --connect-to a --connect-to=b -v --allow-host c query --org o x",
            ),
            ("sfbox query -vv x --verbose", "sfbox -vv --verbose query x"),
            // Not only that letter, and an option that is given once.
            ("sfbox query -vO f", "sfbox query -vO f"),
            ("sfbox query --org a", "sfbox query --org a"),
            ("sfbox query x --connect-to", "sfbox query x --connect-to"),
            (
                "sfbox query --connect-to --org x",
                "sfbox query --connect-to --org x",
            ),
            (
                "sfbox query -v -- --connect-to -v",
                "sfbox -v query -- --connect-to -v",
            ),
            ("sfbox query -", "sfbox query -"),
            ("sfbox --connect-to-all x", "sfbox --connect-to-all x"),
        ] {
            assert_eq!(ordered(line), expected);
        }
        assert!(before_the_command(&Cli::command(), []).is_empty());
    }
}
