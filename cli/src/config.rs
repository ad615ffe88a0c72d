//! The configuration file: what an operator types every time, written down.
//!
//! Its keys are the global options by their long names. What it says is a
//! default: the environment and what is typed count for more.

mod entry;
mod file;
mod key;

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _, stdout};
use std::path::PathBuf;

use clap::{ArgMatches, Args, Command};

use crate::base_directory;
use file::File;
pub(crate) use key::Key;

/// Show the keys of the configuration file
///
/// The file is that of `--config`; the default is `$XDG_CONFIG_HOME/sfbox/config.toml`
/// (`~/.config/sfbox/config.toml`). It is TOML: a key is the long name of an option
/// of `sfbox help options`. Precedence, highest first: the command line, the
/// environment, the profile of `--profile`, the rest of the file.
///
///   store = "file:/var/lib/sfbox"
///   timeout = 30
///
///   [profiles.prod]
///   org = "prod/salesforce"
///   allow-host = ["files.example.com"]
///
/// Do not write secrets into this file.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:
  sfbox config
  sfbox --profile prod query \"SELECT Id FROM Account\""
)]
pub(crate) struct Config {}

impl Config {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(&self, command: &Command) -> anyhow::Result<()> {
        let mut lines = String::new();
        for key in Key::all(command) {
            lines.push_str(&format!("{:16} {:24} {}\n", key.name, key.value, key.help));
        }
        Ok(stdout().lock().write_all(lines.as_bytes())?)
    }
}

/// Which file, which profile of it, and for what.
struct Choice {
    /// `None` where nobody has a home.
    file: Option<PathBuf>,
    /// Whether somebody named it; else it need not be there.
    named: bool,
    profile: Option<String>,
    /// Whether what the file says is about an org that the command does not use.
    does_without: bool,
}

/// The commands that use no org of the file.
const DO_WITHOUT: [&str; 4] = ["completions", "config", "emulate", "man"];

/// A command with the file's defaults, and what is wrong with the file.
pub(crate) struct Applied {
    pub(crate) command: Command,
    /// What a person should know, although the command goes on.
    pub(crate) warning: Option<String>,
}

/// Makes what the file says the defaults of `command`, which is about to read
/// these arguments.
///
/// # Errors
///
/// When a file that was named cannot be read, or the file is not TOML, or says
/// what cannot be; then with its name and the line.
pub(crate) fn apply(command: Command, arguments: &[OsString]) -> Result<Applied, String> {
    let Some(choice) = choice(&command, arguments) else {
        return Ok(Applied::new(command, None));
    };
    let Some(file) = &choice.file else {
        return match &choice.profile {
            None => Ok(Applied::new(command, None)),
            Some(profile) => Err(format!(
                "there is no configuration file for the profile `{profile}`: see --config"
            )),
        };
    };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if !choice.is_wanted() => {
            let is_there = !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
            let why = format!("{} is ignored: it cannot be read: {error}", file.display());
            return Ok(Applied::new(command, is_there.then_some(why)));
        }
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    match defaults(command.clone(), &text, choice.profile.as_deref()) {
        Ok(command) => Ok(Applied::new(command, None)),
        Err(why) if choice.does_without => {
            let why = format!("{} is ignored: {why}", file.display());
            Ok(Applied::new(command, Some(why)))
        }
        Err(why) => Err(format!("{}: {why}", file.display())),
    }
}

impl Applied {
    fn new(command: Command, warning: Option<String>) -> Self {
        Self { command, warning }
    }
}

impl Choice {
    /// Whether somebody asked for the file.
    fn is_wanted(&self) -> bool {
        self.named || self.profile.is_some()
    }
}

/// `None` where the command line cannot be read: that is said by who reads it
/// next.
fn choice(command: &Command, arguments: &[OsString]) -> Option<Choice> {
    let matches = command.clone().try_get_matches_from(arguments).ok()?;
    let leaf = deepest(&matches);
    let named = leaf.get_one::<PathBuf>("config").cloned();
    let is_demo = leaf.try_get_one::<bool>("demo").ok().flatten() == Some(&true);
    let name = matches.subcommand_name();
    Some(Choice {
        named: named.is_some(),
        file: named.or_else(default_file),
        profile: leaf.get_one::<String>("profile").cloned(),
        does_without: is_demo || name.is_some_and(|name| DO_WITHOUT.contains(&name)),
    })
}

/// The matches of the last subcommand, where global options end up.
pub(crate) fn deepest(matches: &ArgMatches) -> &ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, matches)| deepest(matches))
}

/// What a file names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) orgs: Vec<String>,
    pub(crate) profiles: Vec<String>,
}

/// What the file names for whoever types these arguments; `None` without a file
/// that can be read.
pub(crate) fn names(command: &Command, arguments: &[OsString]) -> Option<Names> {
    let file = choice(command, arguments)?.file?;
    let text = std::fs::read_to_string(file).ok()?;
    Some(File::parse(&text).ok()?.names())
}

fn default_file() -> Option<PathBuf> {
    let folder = base_directory::find("XDG_CONFIG_HOME", ".config")?;
    Some(folder.join("sfbox/config.toml"))
}

fn defaults(command: Command, text: &str, profile: Option<&str>) -> Result<Command, String> {
    let file = File::parse(text)?;
    let keys = Key::all(&command);
    let mut command = command;
    for entry in file.entries(profile)? {
        let key = Key::find(&keys, &entry)?;
        let values = key.values(&entry)?;
        command = key.set_default(command, &values);
    }
    Ok(command)
}

#[cfg(test)]
mod tests;
