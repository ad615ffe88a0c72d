//! The configuration file: what an operator types every time, written down.
//!
//! Its keys are the global options by their long names. What it says is a
//! default: the environment and what is typed count for more.

mod file;
mod key;

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _, stdout};
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command};

use file::File;
pub(super) use key::Key;

/// Show the keys of the configuration file
///
/// The file is the one of `--config`, or `$XDG_CONFIG_HOME/sfbox/config.toml`
/// (`~/.config/sfbox/config.toml`), if there is one. It is TOML: a key is a global
/// option's long name, and counts as its default. What is typed counts for more,
/// then the environment, then the profile of `--profile`, then the rest of the
/// file.
///
///   store = "file:/var/lib/sfbox"
///   timeout = 30
///
///   [profiles.prod]
///   org = "prod/salesforce"
///   allow-host = ["files.example.com"]
///
/// Secrets do not belong there.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:
  sfbox config
  sfbox --profile prod query \"SELECT Id FROM Account\""
)]
pub(super) struct Config {}

impl Config {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(super) fn run(&self, command: &Command) -> anyhow::Result<()> {
        let mut lines = String::new();
        for key in Key::all(command) {
            lines.push_str(&format!("{:16} {:24} {}\n", key.name, key.value, key.help));
        }
        Ok(stdout().lock().write_all(lines.as_bytes())?)
    }
}

/// Which file, and which profile of it.
struct Choice {
    /// `None` where nobody has a home.
    file: Option<PathBuf>,
    /// Whether somebody named it; else it need not be there.
    named: bool,
    profile: Option<String>,
}

/// Makes what the file says the defaults of `command`, which is about to read
/// these arguments.
///
/// # Errors
///
/// When the file is not there, is no TOML, or says what cannot be; then with its
/// name and the line.
pub(super) fn apply(command: Command, arguments: &[OsString]) -> Result<Command, String> {
    let Some(choice) = choice(&command, arguments) else {
        return Ok(command);
    };
    let Choice {
        file,
        named,
        profile,
    } = choice;
    let Some(file) = file else {
        return match profile {
            None => Ok(command),
            Some(profile) => Err(format!("no file for the profile `{profile}`: see --config")),
        };
    };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !named && profile.is_none() => {
            return Ok(command);
        }
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    defaults(command, &text, profile.as_deref()).map_err(|why| format!("{}: {why}", file.display()))
}

/// `None` where the command line cannot be read: that is said by who reads it
/// next.
fn choice(command: &Command, arguments: &[OsString]) -> Option<Choice> {
    let matches = command.clone().try_get_matches_from(arguments).ok()?;
    let leaf = deepest(&matches);
    let named = leaf.get_one::<PathBuf>("config").cloned();
    Some(Choice {
        named: named.is_some(),
        file: named.or_else(default_file),
        profile: leaf.get_one::<String>("profile").cloned(),
    })
}

/// The matches of the last subcommand, where global options end up.
pub(super) fn deepest(matches: &ArgMatches) -> &ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, matches)| deepest(matches))
}

/// Source: XDG Base Directory Specification, "Environment variables".
fn default_file() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let folder = PathBuf::from(std::env::var_os(name)?);
        folder.is_absolute().then_some(folder)
    };
    let folder = absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(Path::new(".config"))))?;
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
