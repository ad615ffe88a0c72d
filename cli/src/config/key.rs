//! The keys of the file, which are the options of the command line.

use clap::builder::OsStr;
use clap::{Arg, ArgAction, Command};
use toml::de::DeValue;

use super::entry::Entry;

/// Global options that are for one run only.
const NO_KEYS: [&str; 7] = [
    "config", "profile", "demo", "verbose", "quiet", "help", "version",
];

/// The option of several commands that is a key as well.
const OUTPUT: &str = "output";

/// Where [`OUTPUT`] is documented.
const QUERY: &str = "query";

/// What people put into configuration files all the same.
const SECRETS: [&str; 8] = [
    "consumer-secret",
    "client-secret",
    "secret",
    "password",
    "token",
    "access-token",
    "session-id",
    "consumer-key",
];

/// How alike two names must be for one to be meant by the other.
const ALIKE: f64 = 0.7;

/// One key.
pub(crate) struct Key {
    /// The option's long name.
    pub(crate) name: String,
    /// What it is set to, as help shows it.
    pub(crate) value: String,
    /// What it does, in one line.
    pub(crate) help: String,
    arg: Arg,
}

impl Key {
    /// All keys, in the order of help.
    pub(crate) fn all(command: &Command) -> Vec<Self> {
        let global = command.get_arguments().filter(|arg| arg.is_global_set());
        let output = command
            .find_subcommand(QUERY)
            .and_then(|query| query.get_arguments().find(|arg| arg.get_id() == OUTPUT));
        global.chain(output).filter_map(Self::of).collect()
    }

    fn of(arg: &Arg) -> Option<Self> {
        let name = arg.get_long().filter(|name| !NO_KEYS.contains(name))?;
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Self {
            name: name.to_owned(),
            value: value(arg),
            help: help.split_whitespace().collect::<Vec<_>>().join(" "),
            arg: arg.clone(),
        })
    }

    /// The key that an entry is for.
    pub(super) fn find<'k>(keys: &'k [Self], entry: &Entry<'_>) -> Result<&'k Self, String> {
        let Entry { name, line, .. } = entry;
        if let Some(key) = keys.iter().find(|key| key.name == *name) {
            return Ok(key);
        }
        if SECRETS.contains(&name.replace('_', "-").to_lowercase().as_str()) {
            return Err(format!(
                "line {line}: `{name}` is a secret and must not be in this file: it belongs in the org's \
                 secret, see `sfbox org add --help`"
            ));
        }
        let names = keys.iter().map(|key| key.name.as_str());
        Err(match closest(name, names) {
            Some(close) => format!("line {line}: unknown key `{name}`: did you mean `{close}`?"),
            None => format!("line {line}: unknown key `{name}`: `sfbox config` shows all keys"),
        })
    }

    /// What the entry sets the option to, as it would be typed.
    pub(super) fn values(&self, entry: &Entry<'_>) -> Result<Vec<String>, String> {
        let Entry { name, value, line } = entry;
        let is_list = matches!(self.arg.get_action(), ArgAction::Append);
        let typed = match value {
            DeValue::Array(values) if is_list => {
                values.iter().map(|value| text(value.get_ref())).collect()
            }
            value => text(value).map(|text| vec![text]),
        };
        let typed = typed.filter(|_| self.is_flag() == matches!(value, DeValue::Boolean(_)));
        let typed = typed.ok_or_else(|| {
            let wanted = match (self.is_flag(), is_list) {
                (true, _) => "true or false",
                (false, true) => "a string, or an array of strings",
                (false, false) => "a string or a number",
            };
            format!("line {line}: `{name}` needs {wanted}")
        })?;
        if !self.is_flag() {
            self.judge(&typed)
                .map_err(|why| format!("line {line}: {why}"))?;
        }
        Ok(typed)
    }

    /// Lets the option itself judge its values.
    fn judge(&self, values: &[String]) -> Result<(), String> {
        let arg = self.arg.clone().global(false).required(false);
        let option = |value: &String| format!("--{}={value}", self.name);
        let parsed = Command::new("sfbox")
            .no_binary_name(true)
            .arg(arg)
            .try_get_matches_from(values.iter().map(option));
        match parsed {
            Ok(_) => Ok(()),
            Err(error) => {
                let words = error.to_string();
                let first = words.lines().next().unwrap_or_default();
                Err(first.trim_start_matches("error: ").to_owned())
            }
        }
    }

    /// Makes these the option's defaults, wherever it is one.
    pub(super) fn set_default(&self, command: Command, values: &[String]) -> Command {
        let id = self.arg.get_id().clone();
        let has_it = command.get_arguments().any(|arg| *arg.get_id() == id);
        let command = if has_it {
            let values: Vec<OsStr> = values.iter().map(|value| value.clone().into()).collect();
            command.mut_arg(&id, |arg| arg.default_values(values))
        } else {
            command
        };
        let names: Vec<String> = command
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        names.into_iter().fold(command, |command, name| {
            command.mut_subcommand(name, |command| self.set_default(command, values))
        })
    }

    fn is_flag(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }
}

/// As help shows it: choices, the name of the value, or what a flag can be.
fn value(arg: &Arg) -> String {
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return "true|false".to_owned();
    }
    let choices = arg.get_possible_values();
    let names: Vec<&str> = choices.iter().map(|choice| choice.get_name()).collect();
    let one = if names.is_empty() {
        let names = arg.get_value_names().unwrap_or_default();
        names.join(" ")
    } else {
        names.join("|")
    };
    match arg.get_action() {
        ArgAction::Append => format!("[{one}, …]"),
        _ => one,
    }
}

/// A value as it would be typed; `None` for what cannot be.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The name that is most like another, if any is.
pub(super) fn closest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}
