//! Programs that run the component, each instance in a process of its own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::caller::Caller;
use crate::conversation::{Host, Step};
use crate::hosts::library::ONE_AT_A_TIME;
use crate::org::Org;
use crate::process::Pipe;
use crate::report::{Row, absent, held, made, node};
use crate::shared_folder::SharedFolder;

/// A program and what it is started with.
struct Programs {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: &'static [(Step, &'static str)],
    detour: String,
    secrets: SharedFolder,
    newest: Option<u32>,
}

impl Host for Programs {
    type Guest = Caller<Pipe>;

    // jco's `wasi:http` hangs with three at once on every other run.
    const AT_ONCE: usize = 2;

    async fn instance(&mut self) -> Caller<Pipe> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env("SFBOX_DETOUR", &self.detour)
            .env("SFBOX_SECRETS_FOLDER", self.secrets.path())
            // Python would leave files beside its sources.
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let pipe = Pipe::start(&mut command);
        self.newest = Some(pipe.id());
        Caller(pipe)
    }

    async fn stored(&self) -> Option<String> {
        self.secrets.token()
    }

    fn process(&self) -> Option<u32> {
        self.newest
    }

    fn limits(&self) -> &'static [(Step, &'static str)] {
        self.limits
    }
}

const NO_SHARED_RENEWAL: &[(Step, &str)] = &[(
    Step::SharedRenewal,
    "jco does not wake a call that waits for another one's renewal: both hang",
)];

async fn converse(
    row: &Row,
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: &'static [(Step, &'static str)],
) {
    let org = Org::start_at_detour().await;
    let mut host = Programs {
        program,
        arguments,
        limits,
        detour: org.detour(),
        secrets: SharedFolder::new(),
        newest: None,
    };
    held(row, &org, &mut host).await;
}

async fn on_node(
    row: &Row,
    version: u32,
    component: &str,
    limits: &'static [(Step, &'static str)],
) {
    if absent(row, &["node", "jco"]) {
        return;
    }
    let arguments = vec![made("jco/host.mjs").into(), component.into()];
    converse(row, node(version), arguments, limits).await;
}

#[tokio::test]
async fn jco_on_node_20() {
    let row = Row {
        order: 40,
        host: "jco 1.35 on Node 20",
        wasi: "0.2",
    };
    on_node(&row, 20, "wasi-0.2", ONE_AT_A_TIME).await;
}

#[tokio::test]
async fn jco_on_node_26() {
    let row = Row {
        order: 50,
        host: "jco 1.35 on Node 26",
        wasi: "0.3",
    };
    on_node(&row, 26, "wasi-0.3", NO_SHARED_RENEWAL).await;
}

#[tokio::test]
async fn wasmtime_py() {
    let row = Row {
        order: 60,
        host: "wasmtime-py 50",
        wasi: "0.2",
    };
    if absent(&row, &["wasmtime-py"]) {
        return;
    }
    let host = concat!(env!("CARGO_MANIFEST_DIR"), "/python/host.py");
    let arguments = vec![host.into(), made("sfbox-wasi-0.2.wasm").into()];
    converse(
        &row,
        made("wasmtime-py/bin/python"),
        arguments,
        ONE_AT_A_TIME,
    )
    .await;
}
