//! Where and with what it was measured.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::nginx;
use super::peers::{self, INSTALLED};
use crate::command::output;

/// The libraries whose versions matter, as the lock files call them.
const OURS: [&str; 4] = ["hyper", "hyper-util", "rustls", "wasmtime"];

/// A few lines of Markdown.
pub(super) fn description(command: &str) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
    format!(
        "* `{command}`, {today}\n* {}, {cores} core(s), {}\n* {}\n",
        model(&cpu).unwrap_or("an unknown processor"),
        said("uname", &["-sr"]),
        versions().join(", "),
    )
}

fn versions() -> Vec<String> {
    let mut versions = vec![format!(
        "sfbox {} ({})",
        env!("CARGO_PKG_VERSION"),
        said("git", &["describe", "--always", "--dirty"])
    )];
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    let of_force = fs::read_to_string("benches/peers/force/Cargo.lock").unwrap_or_default();
    let names = OURS.iter().map(|name| (&lock, *name));
    for (lock, name) in names.chain([(&of_force, "force"), (&of_force, "reqwest")]) {
        versions.extend(locked(lock, name).map(|version| format!("{name} {version}")));
    }
    let requirements = fs::read_to_string("tests/python/requirements.txt").unwrap_or_default();
    versions.extend(pinned(&requirements, "simple-salesforce"));
    versions.push(said("target/python/bin/python", &["--version"]));
    let package = fs::read("target/peers/jsforce/package.json").unwrap_or_default();
    versions.extend(dependency(&package, "jsforce"));
    let node = peers::node(&Path::new(INSTALLED).join("jsforce"));
    versions.push(format!("Node {}", said(node, &["--version"])));
    versions.extend(nginx::version());
    let curl = said("curl", &["--version"]);
    versions.push(curl.split(" (").next().unwrap_or_default().to_owned());
    versions.push(said("rustc", &["--version"]));
    versions
}

/// The first line that a program says, as far as it is there.
fn said(program: impl AsRef<OsStr>, arguments: &[&str]) -> String {
    let program = program.as_ref();
    let text = output(Command::new(program).args(arguments)).unwrap_or_default();
    match text.lines().next() {
        Some(line) => line.to_owned(),
        None => format!("{}: unknown", program.display()),
    }
}

/// What Linux calls the processor.
fn model(cpuinfo: &str) -> Option<&str> {
    let mut lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let (_, model) = lines.find(|(name, _)| name.trim() == "model name")?;
    Some(model.trim())
}

/// The newest version of a package in one of cargo's lock files.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let head = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.rsplit_once(&head)?;
    rest.split('"').next()
}

/// A package that pip is told the version of, and its version.
fn pinned(requirements: &str, name: &str) -> Option<String> {
    let mut pins = requirements
        .lines()
        .filter_map(|line| line.split_once("=="));
    let (_, version) = pins.find(|(pinned, _)| *pinned == name)?;
    Some(format!("{name} {version}"))
}

/// A package that npm is told the version of, and its version.
fn dependency(package: &[u8], name: &str) -> Option<String> {
    let package: serde_json::Value = serde_json::from_slice(package).ok()?;
    let version = package["dependencies"][name].as_str()?;
    Some(format!("{name} {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_where_they_are_pinned() {
        let lock = "[[package]]\nname = \"hyper\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"hyper-util\"\nversion = \"0.1.0\"\n";
        assert_eq!(locked(lock, "hyper"), Some("1.2.3"));
        assert_eq!(locked(lock, "tokio"), None);
        let requirements =
            "# Why\nboto3==1.0\nsimple-salesforce==1.12.10\nsimple-salesforce-extends==0.2.0\n";
        let version = pinned(requirements, "simple-salesforce");
        assert_eq!(version.as_deref(), Some("simple-salesforce 1.12.10"));
        let package = br#"{"dependencies":{"jsforce":"3.0.0"}}"#;
        assert_eq!(
            dependency(package, "jsforce").as_deref(),
            Some("jsforce 3.0.0")
        );
        assert_eq!(dependency(package, "n"), None);
        assert_eq!(dependency(b"{", "n"), None);
    }

    #[test]
    fn the_processor_is_named_as_linux_does() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A Fine CPU @ 3 GHz\nmodel name\t: other\n";
        assert_eq!(model(cpuinfo), Some("A Fine CPU @ 3 GHz"));
        assert_eq!(model(""), None);
    }
}
