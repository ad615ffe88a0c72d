//! The names that a completion script asks for. A mistake on the way is not told:
//! somebody is typing.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Command, FromArgMatches as _, ValueEnum};

use crate::config;
use crate::global::Global;
use crate::store::Store;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// The orgs of the configuration file and of a store of files.
    Orgs,
    /// The profiles of the configuration file.
    Profiles,
}

/// The options that say where names are, of all that may have been typed.
const WHERE: [&str; 3] = ["--store", "--config", "--profile"];

/// The names, one a line.
pub(super) async fn lines(kind: Kind, command: Command, words: &[String]) -> String {
    let arguments = arguments(words);
    let mut names: BTreeSet<String> = match config::names(&command, &arguments) {
        Some(found) if kind == Kind::Orgs => found.orgs.into_iter().collect(),
        Some(found) => found.profiles.into_iter().collect(),
        None => BTreeSet::new(),
    };
    if kind == Kind::Orgs
        && let Some(store) = store(command, arguments)
    {
        names.extend(in_files(&store).await);
    }
    // A control character would be typed into a shell.
    names.retain(|name| !name.is_empty() && !name.contains(char::is_control));
    names.into_iter().map(|name| format!("{name}\n")).collect()
}

/// A command line that says the same about where names are, and nothing else.
/// Words may come as one line, as bash has them.
fn arguments(words: &[String]) -> Vec<OsString> {
    let mut words = words.iter().flat_map(|word| word.split_whitespace());
    let mut arguments: Vec<OsString> = vec!["sfbox".into()];
    while let Some(word) = words.next() {
        let given = match word.split_once('=') {
            Some((option, value)) => Some((option, value)),
            None if WHERE.contains(&word) => words.next().map(|value| (word, value)),
            None => None,
        };
        if let Some((option, value)) = given
            && WHERE.contains(&option)
        {
            arguments.push(format!("{option}={}", with_home(value)).into());
        }
    }
    arguments.push("config".into());
    arguments
}

/// A shell has not replaced it yet.
fn with_home(value: &str) -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    for before in ["~/", "file:~/"] {
        if let Some(rest) = value.strip_prefix(before) {
            return format!("{}{home}/{rest}", before.trim_end_matches("~/"));
        }
    }
    value.to_owned()
}

/// The store, with the file's defaults if that can be read.
fn store(command: Command, arguments: Vec<OsString>) -> Option<Store> {
    let applied = config::apply(command, &arguments).ok()?;
    let matches = applied.command.try_get_matches_from(arguments).ok()?;
    let global = Global::from_arg_matches(&matches).ok()?;
    Some(global.store)
}

/// The orgs of a store of files; of any other nothing is known without a network.
async fn in_files(store: &Store) -> Vec<String> {
    if !matches!(store, Store::File(_)) {
        return Vec::new();
    }
    let Ok(store) = store.open(None).await else {
        return Vec::new();
    };
    let names = store.list("").await.unwrap_or_default();
    names.iter().map(|name| name.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let arguments = arguments(&words).into_iter();
        arguments.map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn what_was_typed_says_where_names_are() {
        for (words, arguments) in [
            (&[][..], &["sfbox", "config"][..]),
            (
                &["--store", "file:/x", "query", "--org"],
                &["sfbox", "--store=file:/x", "config"],
            ),
            (
                &["sfbox --profile=p query 'x' --config /c --org ac"],
                &["sfbox", "--profile=p", "--config=/c", "config"],
            ),
            (&["--store"], &["sfbox", "config"]),
            (&["query", "a=b", "--timeout=3"], &["sfbox", "config"]),
        ] {
            assert_eq!(typed(words), arguments, "{words:?}");
        }
    }
}
