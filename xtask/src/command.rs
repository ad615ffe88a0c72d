//! Commands, printed and run.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Variables that the outer cargo sets for us, and that would mislead another.
const OUTER_CARGO: [&str; 6] = [
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "CARGO_PKG_NAME",
    "RUSTC",
    "RUSTDOC",
    "RUSTUP_TOOLCHAIN",
];

/// A cargo of this toolchain.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME");
    cargo
}

/// A command that must not know that a cargo runs us.
pub(crate) fn foreign(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in OUTER_CARGO {
        command.env_remove(name);
    }
    command
}

/// Prints the command, runs it, and fails if it does.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command
        .status()
        .with_context(|| format!("`{shown}` cannot be run"))?;
    ensure!(status.success(), "`{shown}` failed: {status}");
    Ok(())
}

/// What the command prints to stdout, if it succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// This machine, as Rust names it.
///
/// # Errors
///
/// When rustc cannot be run.
pub(crate) fn host_tuple() -> anyhow::Result<String> {
    output(Command::new("rustc").args(["--print", "host-tuple"]))
        .context("`rustc --print host-tuple` does not say what machine this is")
}

/// As one would type it in the folder that this tool is in.
pub(crate) fn shown(command: &Command) -> String {
    let variables = command.get_envs();
    let variables = variables.filter_map(|(name, value)| Some(assignment(name, value?)));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    let line = variables.chain(words).collect::<Vec<_>>().join(" ");
    match command.get_current_dir() {
        Some(folder) => format!("(cd {} && {line})", quoted(&folder.to_string_lossy())),
        None => line,
    }
}

/// A word as a shell reads it. What a terminal would act on is escaped as in
/// `$'…'`, which sh lacks and bash, zsh and fish have.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_=+,./:@%^".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains(char::is_control) {
        let escaped = word.chars().map(|character| match character {
            '\\' | '\'' => format!("\\{character}"),
            _ if character.is_control() => format!("\\x{:02x}", u32::from(character)),
            _ => character.to_string(),
        });
        format!("$'{}'", escaped.collect::<String>())
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A variable and its value; only the value can need quotes.
fn assignment(name: &OsStr, value: &OsStr) -> String {
    let value = quoted(&value.to_string_lossy());
    format!("{}={value}", name.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command
            .args(["run", "SELECT Id"])
            .env("A", "b")
            .env_remove("C");
        assert_eq!(shown(&command), "A=b cargo run 'SELECT Id'");
    }

    #[test]
    fn a_command_that_is_shown_can_be_pasted() {
        let words = [
            "", "it's", "a b", "$HOME", "`id`", "a\x1fb", "C:\\d\n", "*", "é", "~", "a#b",
        ];
        for word in words {
            let mut command = Command::new("printf");
            command.args(["%s|", word]).env("A", word);
            let line = shown(&command);
            assert!(!line.contains(char::is_control), "{line:?}");
            let pasted = Command::new("bash").args(["-c", &line]).output();
            let pasted = String::from_utf8(pasted.unwrap().stdout).unwrap();
            assert_eq!(pasted, format!("{word}|"), "{line}");
        }
    }

    #[cfg(feature = "full")]
    #[test]
    fn a_command_of_another_folder_is_pasted_with_it() {
        let folder = tempfile::Builder::new().prefix("a b'").tempdir().unwrap();
        let mut command = Command::new("pwd");
        command.current_dir(folder.path()).env("A", "b");
        let pasted = Command::new("bash").args(["-c", &shown(&command)]).output();
        let pasted = String::from_utf8(pasted.unwrap().stdout).unwrap();
        let folder = folder.path().canonicalize().unwrap();
        assert_eq!(pasted.trim_end(), folder.to_str().unwrap());
    }
}
