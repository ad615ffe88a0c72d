//! A client that nobody here wrote, as it is: `jsforce`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sfbox_emulator::Emulator;

use crate::client::Org;
use crate::program;

/// What `cargo xtask test` made for hosts and clients of others.
fn made() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .parent()
        .expect("a workspace")
        .join("target/foreign")
}

/// The folder with jsforce; `None` where it could not be installed, which is said.
fn jsforce() -> Option<PathBuf> {
    let folder = made().join("jsforce");
    let why = ["node", "jsforce"]
        .iter()
        .find_map(|package| std::fs::read_to_string(made().join(format!("{package}.absent"))).ok());
    if let Some(why) = why {
        #[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
        {
            eprintln!("\nSKIPPED jsforce: {why}\n");
        }
        return None;
    }
    let place = folder.display();
    assert!(
        folder.exists(),
        "{place} is missing: run `cargo xtask test`"
    );
    Some(folder)
}

/// The Node that jsforce needs, which is a package.
fn node() -> PathBuf {
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    made().join(format!("node/node_modules/node-26-{machine}/bin/node"))
}

/// The documented calls that fail, and the error.
const FAILED: [(&str, &str); 9] = [
    // Logins other than with the client credentials.
    ("conn.login", "invalid_grant"),
    ("conn.loginBySoap", "TypeError"),
    ("conn.oauth2.refreshToken", "invalid_grant"),
    // Other families.
    ("conn.analytics.reports", "EMULATOR_UNSUPPORTED"),
    ("conn.chatter.resource", "EMULATOR_UNSUPPORTED"),
    ("conn.metadata.list", "ERROR_HTTP_404"),
    ("conn.process.approval.list", "EMULATOR_UNSUPPORTED"),
    ("conn.process.rule.list", "EMULATOR_UNSUPPORTED"),
    ("conn.tooling.completions", "EMULATOR_UNSUPPORTED"),
];

#[tokio::test(flavor = "multi_thread")]
async fn its_documented_calls_work_but_for_what_is_named_here() {
    let Some(folder) = jsforce() else {
        return;
    };
    let org = Org::start_with(Emulator::builder().accounts(5_000)).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/documented.mjs");
    let port = org.emulator.address().port();
    let mut command = Command::new(node());
    command
        .arg(script)
        .arg(folder)
        .arg(format!("https://localhost:{port}"));
    let mut done = program::run(&org, command, "NODE_EXTRA_CA_CERTS");
    let failed: BTreeMap<String, String> = read(done["failed"].take());
    let named = FAILED.map(|(name, error)| (name.to_owned(), error.to_owned()));
    assert_eq!(failed, BTreeMap::from(named));
    let calls = json!({"connection": 13, "query": 20, "records": 13, "describe": 8, "others": 16});
    assert_eq!(done["calls"], calls);
}

fn read(table: Value) -> BTreeMap<String, String> {
    serde_json::from_value(table).expect("a table")
}
