//! How help is arranged: a command shows its own options, and `sfbox help options`
//! shows those that all of them have.

use std::io::{Write as _, stdout};

use clap::{Arg, ArgAction, Args, Command};

/// The command that has the options of all others.
const OPTIONS: &str = "options";

/// Below the help of every command.
const POINTER: &str = "Options of every command, such as --org, --store and --timeout:
  sfbox help options";

/// The help of a command with many options: `--help` shows each on a line or two, as `-h`
/// does.
#[derive(Args, Debug)]
pub(crate) struct ShortHelp {
    /// Print help
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

/// Show the options of every command
///
/// Write them before or after a command.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, override_usage = "sfbox [OPTIONS] <COMMAND>")]
pub(crate) struct Options {}

impl Options {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(&self, command: Command) -> anyhow::Result<()> {
        let mut command = arranged(command);
        command.build();
        let help = command
            .find_subcommand_mut(OPTIONS)
            .map(|options| options.render_long_help().to_string());
        Ok(stdout()
            .lock()
            .write_all(help.unwrap_or_default().as_bytes())?)
    }
}

/// The command line with its help in order.
pub(crate) fn arranged(command: Command) -> Command {
    let of_all: Vec<Arg> = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    let command = command.mut_args(|arg| {
        if arg.is_global_set() {
            arg.hide(true)
        } else {
            arg
        }
    });
    pointed(command).mut_subcommand(OPTIONS, |options| {
        // Its own, so that they are not hidden there; on few lines.
        let shown = of_all.into_iter().map(|arg| {
            arg.global(false)
                .hide_short_help(false)
                .hide_possible_values(false)
        });
        options.args(shown)
    })
}

/// The command and its subcommands, each with a pointer below its help.
fn pointed(command: Command) -> Command {
    let below = |help: Option<&clap::builder::StyledStr>| match help {
        Some(help) => format!("{help}\n\n{POINTER}"),
        None => POINTER.to_owned(),
    };
    let (short, long) = (
        below(command.get_after_help()),
        command.get_after_long_help().map(|help| below(Some(help))),
    );
    let mut command = command.after_help(short);
    if let Some(long) = long {
        command = command.after_long_help(long);
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| name != OPTIONS)
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, pointed)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::command_line::Cli;

    /// The most lines that a command's help may have, its examples among them.
    const LINES_MAX: usize = 60;

    /// All commands below one, by their words.
    fn all(command: &Command, words: &[String]) -> Vec<Vec<String>> {
        let mut found = vec![words.to_vec()];
        for below in command.get_subcommands() {
            let words = [words, &[below.get_name().to_owned()]].concat();
            found.extend(all(below, &words));
        }
        found
    }

    fn help(words: &[String], flag: &str) -> String {
        let line = std::iter::once("sfbox").chain(words.iter().map(String::as_str));
        let line = line.chain([flag]);
        let shown = arranged(Cli::command()).try_get_matches_from(line);
        shown.unwrap_err().to_string()
    }

    #[test]
    fn a_commands_help_is_short_and_shows_only_its_own_options() {
        let command = Cli::command();
        for words in all(&command, &[]) {
            if words.last().is_some_and(|word| word == OPTIONS) {
                continue;
            }
            for flag in ["-h", "--help"] {
                let help = help(&words, flag);
                let lines = help.lines().count();
                assert!(lines <= LINES_MAX, "{lines} lines of {words:?} {flag}");
                let shows = |option: &str| help.lines().any(|line| line.trim().starts_with(option));
                assert!(
                    !shows("--org") && !shows("--log-format"),
                    "{words:?} {flag}"
                );
                assert!(help.contains("sfbox help options"), "{words:?} {flag}");
            }
        }
    }

    #[test]
    fn the_options_of_every_command_stand_once() {
        let mut command = arranged(Cli::command());
        command.build();
        let options = command.find_subcommand_mut(OPTIONS).unwrap();
        let help = options.render_long_help().to_string();
        for arg in Cli::command()
            .get_arguments()
            .filter(|arg| arg.is_global_set())
        {
            let long = format!("--{}", arg.get_long().unwrap());
            assert!(help.contains(&long), "{long}");
        }
    }

    #[test]
    fn hidden_options_are_still_read() {
        for line in [
            "sfbox --org x query y",
            "sfbox query y --org x",
            "sfbox --org x options",
        ] {
            let matches = arranged(Cli::command())
                .try_get_matches_from(line.split(' '))
                .unwrap();
            let leaf = crate::config::deepest(&matches);
            assert_eq!(leaf.get_one::<String>("org").unwrap(), "x", "{line}");
        }
    }
}
