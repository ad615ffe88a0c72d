//! The programs of `docs/clients.md`: clients that others wrote, on `sfbox emulate` as they
//! are.

use std::fs;
use std::path::Path;

use serde_json::Value;
use workspace::console::Block;
use workspace::extent;

use crate::closed_port::closed_port;
use crate::commands::{is_not_run, sections};
use crate::machine::{Machine, are_installed, made, node, script_of};

const PAGE: &str = "docs/clients.md";

/// What starts the emulator, for all others.
const START: &str = "Clients";

/// Its package takes 300 MB.
const SALESFORCE_CLI: &str = "Salesforce CLI";

/// Those of the page that print the same records.
const PROGRAMS: usize = 8;

/// The page's commands below the headings that `is_wanted` names, on a free port.
fn commands(machine: &Machine, is_wanted: impl Fn(&str) -> bool) -> String {
    let mut blocks: Vec<Block> = sections(PAGE, None);
    blocks.retain(|block| is_wanted(&block.section));
    let port = closed_port().to_string();
    script_of(machine, &blocks, is_not_run, &[("8443", &port)])
}

/// The names in the answer to the page's query.
fn names(page: &Value) -> Vec<&str> {
    let records = page["records"].as_array().unwrap().iter();
    records
        .map(|record| record["Name"].as_str().unwrap())
        .collect()
}

/// A cargo that takes what the page's package depends on as xtask has built it.
pub(crate) fn cargo(machine: &Machine) {
    let cargo = Path::new(env!("CARGO"));
    let folder = made("rust");
    let lock = fs::copy(folder.join("Cargo.lock"), machine.path("Cargo.lock"));
    lock.unwrap();
    let home = std::env::var("CARGO_HOME").ok();
    let home = home.unwrap_or_else(|| {
        let user = std::env::home_dir().unwrap();
        user.join(".cargo").display().to_string()
    });
    let settings = [
        format!("CARGO_HOME={home}"),
        "CARGO_NET_OFFLINE=true".to_owned(),
        format!("CARGO_TARGET_DIR={}", folder.join("target").display()),
        // As xtask builds it: otherwise all of it would be built again.
        "CARGO_INCREMENTAL=0".to_owned(),
        "CARGO_PROFILE_DEV_DEBUG=0".to_owned(),
        format!("RUSTC={}", cargo.with_file_name("rustc").display()),
    ];
    let line = format!("{} exec {} \"$@\"", settings.join(" "), cargo.display());
    machine.program("cargo", &line);
}

#[test]
fn every_client_reads_the_same_records() {
    if !are_installed(PAGE, &["node", "jsforce", "rust"]) {
        return;
    }
    let machine = Machine::new();
    machine.link("bin/node", &node(26));
    machine.link("node_modules", &made("jsforce/node_modules"));
    cargo(&machine);
    let script = commands(&machine, |section| section != SALESFORCE_CLI);
    let printed = machine.run(&script, &[]);
    let is_page = |line: &&str| line.starts_with(r#"{"totalSize""#);
    let page = printed.lines().find(is_page).expect("curl prints a page");
    // curl ends no line: what the next program prints follows at once.
    let mut values = serde_json::Deserializer::from_str(page).into_iter();
    let page = values.next().expect("a page").unwrap();
    let names = names(&page);
    assert_eq!(names.len(), 3);
    for name in names {
        let times = printed.matches(name).count();
        assert_eq!(times, PROGRAMS, "{name}:\n{printed}");
    }
    // The name that was added.
    assert!(
        printed.contains(r#""url":"/services/data/v31.0""#),
        "{printed}"
    );
}

#[test]
fn the_command_line_of_salesforce_logs_in_and_asks() {
    if !extent::is_whole() || !are_installed(PAGE, &["node", "salesforce-cli"]) {
        return;
    }
    let machine = Machine::new();
    let program = made("salesforce-cli/node_modules/@salesforce/cli/bin/run.js");
    let line = format!("exec {} {} \"$@\"", node(26).display(), program.display());
    machine.program("sf", &line);
    let wanted = [START, SALESFORCE_CLI];
    let script = commands(&machine, |section| wanted.contains(&section));
    let environment = [
        // It asks for the machine's keychain otherwise.
        ("SF_USE_GENERIC_UNIX_KEYCHAIN", "true"),
        ("SF_DISABLE_TELEMETRY", "true"),
        ("SF_AUTOUPDATE_DISABLE", "true"),
    ];
    let printed = machine.run(&script, &environment);
    for told in [
        "Successfully authorized user@demo.example",
        "\"totalSize\": 3",
        "Successfully created record: 001",
    ] {
        assert!(printed.contains(told), "{told} is not in:\n{printed}");
    }
}
