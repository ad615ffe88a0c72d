//! Components in other languages that ask the product: `examples/composing`, built
//! and composed as `docs/composing.md` says.

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
