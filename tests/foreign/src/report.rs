//! What a host's test leaves for the table in `docs/hosts.md`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::conversation::{Host, Step, hold};
use crate::figures::Figures;
use crate::org::Org;

/// A host's place in the table, its name there, and its WASI.
pub(crate) struct Row {
    pub(crate) order: u32,
    pub(crate) host: &'static str,
    pub(crate) wasi: &'static str,
}

/// What `cargo xtask test` made for these tests.
pub(crate) fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/foreign")).to_owned()
}

/// Something of it.
pub(crate) fn made(name: &str) -> PathBuf {
    let path = folder().join(name);
    assert!(
        path.exists(),
        "no {}: run `cargo xtask test`",
        path.display()
    );
    path
}

/// The Node of that version, under the name that its packages have for this machine.
pub(crate) fn node(version: u32) -> PathBuf {
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    made(&format!(
        "node/node_modules/node-{version}-{machine}/bin/node"
    ))
}

/// Whether one of these could not be installed; says so, loudly.
pub(crate) fn absent(row: &Row, packages: &[&str]) -> bool {
    packages.iter().any(|package| {
        let note = folder().join(format!("{package}.absent"));
        let why = fs::read_to_string(note);
        if let Ok(why) = &why {
            eprintln!("\nSKIPPED {}: no {package}: {why}\n", row.host);
        }
        why.is_ok()
    })
}

/// Holds the conversation, measures if that is asked for, and notes what came of it.
pub(crate) async fn held<H: Host>(row: &Row, org: &Org, host: &mut H) {
    hold(org, host).await;
    let limits = host.limits();
    let steps = Step::ALL.map(|step| {
        let limit = limits.iter().find(|(limit, _)| *limit == step);
        let result = limit.map_or(json!({"Ok": null}), |(_, why)| json!({"Err": why}));
        json!([step.name(), result])
    });
    let figures = if Figures::wanted() {
        Figures::of(host).await.to_json()
    } else {
        Value::Null
    };
    let result = json!({
        "order": row.order, "host": row.host, "wasi": row.wasi, "steps": steps, "figures": figures,
    });
    let results = folder().join("results");
    fs::create_dir_all(&results).unwrap();
    let file = results.join(format!("{}.json", row.order));
    fs::write(file, result.to_string()).unwrap();
}
