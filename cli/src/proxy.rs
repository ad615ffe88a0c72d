//! `--proxy`, and the variables that say the same.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use secrecy::{ExposeSecret as _, SecretString};
use sfbox::egress::Proxy;

use crate::config::deepest;
use crate::verdict::Usage;

/// The option's id.
const ID: &str = "proxy";

/// What goes without a proxy.
const NONE: &str = "none";

/// What was given. It is judged when it is used: a proxy that other programs have stops
/// no command that sends nothing. Whatever is wrong with it is said without repeating it.
#[derive(Clone, Debug)]
pub(crate) struct Given(SecretString);

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// Where it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the command line.
    Typed,
    /// In this variable of the environment.
    Variable(&'static str),
    /// In the configuration file.
    #[default]
    File,
}

impl Place {
    /// Where the option's value comes from.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        match (deepest(matches).value_source(ID), variable()) {
            (Some(ValueSource::CommandLine), _) => Self::Typed,
            (Some(ValueSource::EnvVariable), Some(name)) => Self::Variable(name),
            _ => Self::File,
        }
    }
}

impl Given {
    /// The proxy, with the hosts that NO_PROXY lists.
    ///
    /// # Errors
    ///
    /// When it cannot be used.
    pub(crate) fn judge(&self, place: Place) -> Result<Option<Proxy>, Usage> {
        let text = self.0.expose_secret();
        if text == NONE {
            return Ok(None);
        }
        let proxy: Proxy = text.parse().map_err(|why| {
            Usage::new(match place {
                Place::Typed => format!("--proxy: {why}"),
                Place::Variable(name) => format!("{name}: {why}"),
                Place::File => format!("`proxy` in the configuration file: {why}"),
            })
        })?;
        let direct = Proxy::NO_PROXY_VARIABLES.into_iter().find_map(value);
        Ok(Some(proxy.no_proxy(&direct.unwrap_or_default())))
    }
}

/// Lets the variable count for the option, as others count for theirs. It has one of
/// several names, and its value is in no help.
pub(crate) fn with_variable(command: Command) -> Command {
    match variable() {
        Some(name) => command.mut_arg(ID, |arg| arg.env(name).hide_env(true)),
        None => command,
    }
}

/// The first of the variables that is set.
fn variable() -> Option<&'static str> {
    let mut names = Proxy::VARIABLES.into_iter();
    names.find(|name| value(name).is_some())
}

/// What a variable says; an empty one says nothing.
fn value(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    let value = value.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_cannot_be_used_is_named_by_its_place_and_not_repeated() {
        for (place, words) in [
            (Place::Typed, "--proxy: socks5 proxies are not supported"),
            (Place::Variable("ALL_PROXY"), "ALL_PROXY: socks5 proxies"),
            (
                Place::File,
                "`proxy` in the configuration file: socks5 proxies",
            ),
        ] {
            let given = Given::from("socks5://canary:canary@proxy.example");
            let why = given.judge(place).unwrap_err().to_string();
            assert!(why.starts_with(words) && !why.contains("canary"), "{why}");
            assert!(!format!("{given:?}").contains("canary"));
        }
    }

    #[test]
    fn a_proxy_can_be_none() {
        assert_eq!(Given::from("none").judge(Place::Typed).unwrap(), None);
        let one = Given::from("http://proxy.example:1").judge(Place::Typed);
        assert_eq!(one.unwrap().unwrap().to_string(), "proxy.example:1");
    }
}
