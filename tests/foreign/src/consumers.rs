//! Components in other languages that ask the product: `examples/composing`, built
//! and composed as `docs/composing.md` says.

use std::path::Path;
use std::process::Command;

use crate::examples::{row, run, secrets};
use crate::hosts::served::wasmtime;
use crate::org::{ORG, Org};
use crate::report::{absent, made};

const SOQL: &str = "SELECT Id FROM Account LIMIT 3";

#[tokio::test]
async fn a_python_component_asks() {
    if absent(
        &row("examples/composing/python"),
        &["componentize-py", "wasmtime"],
    ) {
        return;
    }
    let org = Org::start_at_detour().await;
    let (secrets, detour) = (secrets(), org.detour());
    let environment = [
        ("SFBOX_SECRETS", secrets.as_str()),
        ("SFBOX_DETOUR", &detour),
    ];
    let ask = |of: &str, soql: &str| {
        let mut program = wasmtime("run", &environment);
        let call = format!("ask({of:?}, {soql:?})");
        program.args(["--invoke", &call]);
        program.arg(made("ask-python.wasm"));
        program
    };
    let (printed, complaint) = run(ask(ORG, SOQL)).await;
    assert_eq!(printed.trim(), r#"ok("3 records")"#, "{complaint}");
    assert_eq!(org.control().stats().logins, 1);

    let (printed, complaint) = run(ask("other", SOQL)).await;
    assert_eq!(printed.trim(), r#"err("Secret")"#, "{complaint}");
    assert_eq!(org.control().stats().logins, 1);
}

/// The page's `run.py`, which hosts the component by the example's functions.
const RUN: &str = "run.py";

#[tokio::test]
async fn a_javascript_component_asks() {
    if absent(
        &row("examples/composing/javascript"),
        &["node", "componentize-js", "wasmtime-py"],
    ) {
        return;
    }
    let org = Org::start_at_detour().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/composing.md")).unwrap();
    let (_, program) = page.split_once(&format!("```python\n# {RUN}\n")).unwrap();
    let (program, _) = program.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join(RUN), program).unwrap();
    std::fs::copy(root.join("examples/query.py"), here.join("query.py")).unwrap();
    let ask = |of: &str| {
        let mut python = Command::new(made("wasmtime-py/bin/python"));
        python
            .arg(here.join(RUN))
            .arg(made("ask-javascript.wasm"))
            .args([of, SOQL])
            .env("SFBOX_SECRETS", secrets())
            .env("SFBOX_DETOUR", org.detour());
        python
    };
    let (printed, complaint) = run(ask(ORG)).await;
    assert_eq!(printed.trim(), "ok 3 records", "{complaint}");
    assert_eq!(org.control().stats().logins, 1);

    let (printed, complaint) = run(ask("other")).await;
    assert_eq!(printed.trim(), "err secret", "{complaint}");
    assert_eq!(org.control().stats().logins, 1);
}
