//! Commands with a backslash, as psql has them.

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// All objects, or the fields of one.
    Describe(Option<String>),
    /// Records with a line for each field: on, off, or the other of both.
    Expanded(Option<bool>),
    /// Results go to a file, or back to the terminal.
    Output(Option<NewFile>),
    /// How long a statement took: on, off, or the other of both.
    Timing(Option<bool>),
    Help,
    Quit,
}

/// A file for results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewFile {
    pub(super) name: String,
    /// Whether it replaces what is there.
    pub(super) replaces: bool,
}

/// What `\?` shows.
pub(super) const HELP: &str = "\
Statements
  SELECT … ;         run a statement, on one line or on several
  Tab                complete the name of an object, a field or a relationship
  Ctrl-C             clear what is typed, or stop the statement that runs

Commands
  \\d                 show all objects
  \\d OBJECT          show the fields of an object
  \\x [on|off]        show each record with a line for each field
  \\o FILE            write results to a new .csv, .ndjson, .json, .txt or .md
  \\o! FILE           the same, and replace a file that exists
  \\o                 show results on the terminal again
  \\timing [on|off]   show how long each statement took
  \\?  \\h             show this help
  \\q                 leave, as Ctrl-D does
";

impl Command {
    /// Reads a line that begins with a backslash.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let typed = line.strip_prefix('\\').unwrap_or(line);
        if let Some(output) = typed.strip_prefix("o!") {
            return output_to(output, true);
        }
        let (name, argument) = match typed.split_once(char::is_whitespace) {
            Some((name, argument)) => (name, argument.trim()),
            None => (typed, ""),
        };
        match name {
            "d" | "dt" => Ok(Self::Describe(some(argument).map(str::to_owned))),
            "x" => Ok(Self::Expanded(switch(name, argument)?)),
            "timing" => Ok(Self::Timing(switch(name, argument)?)),
            "o" | "out" => match argument.strip_prefix('!') {
                Some(argument) => output_to(argument, true),
                None => output_to(argument, false),
            },
            "?" | "h" => Ok(Self::Help),
            "q" | "quit" if argument.is_empty() => Ok(Self::Quit),
            "q" | "quit" => Err(format!("`\\{name}` takes no argument")),
            _ => Err(format!(
                "there is no command `\\{name}`; `\\?` shows all commands"
            )),
        }
    }
}

/// The names of all commands, for completion.
pub(super) const NAMES: [&str; 8] = ["\\d", "\\x", "\\o", "\\o!", "\\timing", "\\?", "\\h", "\\q"];

fn some(argument: &str) -> Option<&str> {
    (!argument.is_empty()).then_some(argument)
}

fn switch(name: &str, argument: &str) -> Result<Option<bool>, String> {
    match argument.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "on" => Ok(Some(true)),
        "off" => Ok(Some(false)),
        _ => Err(format!("`\\{name}` takes `on`, `off` or nothing")),
    }
}

fn output_to(argument: &str, replaces: bool) -> Result<Command, String> {
    let argument = argument.trim();
    let quoted = argument
        .strip_prefix('\'')
        .and_then(|inside| inside.strip_suffix('\''));
    let name = quoted.unwrap_or(argument);
    match some(name) {
        None if replaces => Err("`\\o!` needs the name of a file".to_owned()),
        name => Ok(Command::Output(name.map(|name| NewFile {
            name: name.to_owned(),
            replaces,
        }))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(name: &str, replaces: bool) -> Command {
        Command::Output(Some(NewFile {
            name: name.to_owned(),
            replaces,
        }))
    }

    #[test]
    fn commands_are_those_of_psql() {
        for (line, command) in [
            ("\\d", Command::Describe(None)),
            (
                "\\d  Account ;",
                Command::Describe(Some("Account".to_owned())),
            ),
            ("\\x", Command::Expanded(None)),
            ("\\x ON", Command::Expanded(Some(true))),
            ("\\timing off", Command::Timing(Some(false))),
            ("\\o", Command::Output(None)),
            ("\\o a b.csv", file("a b.csv", false)),
            ("\\o 'a b.csv'", file("a b.csv", false)),
            ("\\o! a.csv", file("a.csv", true)),
            ("\\o!a.csv", file("a.csv", true)),
            ("\\o ! a.csv", file("a.csv", true)),
            ("\\o !a.csv", file("a.csv", true)),
            ("\\?", Command::Help),
            ("\\h SELECT", Command::Help),
            ("\\q", Command::Quit),
        ] {
            assert_eq!(Command::read(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn a_mistake_is_named() {
        for line in [
            "\\",
            "\\e",
            "\\x maybe",
            "\\o!",
            "\\o !",
            "\\q now",
            "\\D",
            "\\é",
        ] {
            assert!(Command::read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_help_has_every_command() {
        for name in NAMES {
            assert!(HELP.contains(name), "{name}");
        }
        assert!(HELP.lines().all(|line| line.chars().count() <= 80));
    }

    proptest! {
        #[test]
        fn no_line_is_too_odd(line in "\\PC{0,20}") {
            _ = Command::read(&line);
            _ = Command::read(&format!("\\{line}"));
        }
    }
}
