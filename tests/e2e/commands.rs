//! Who runs the commands of README.md and `docs/`: a test here, another one, or none.

use std::fs;

use workspace::console::{Block, blocks};
use workspace::root;

/// Commands that another test runs, or what they do: a page, the command's beginning,
/// the file, and the test.
pub(crate) const ELSEWHERE: [(&str, &str, &str, &str); 20] = [
    (
        "docs/embedding.md",
        "",
        EMBEDDING,
        "a_program_outside_embeds_the_library",
    ),
    ("docs/composing.md", "mkdir ", COMPOSING, "build"),
    ("docs/composing.md", "cp ", COMPOSING, "build"),
    ("docs/composing.md", "echo ", COMPOSING, "build"),
    ("docs/composing.md", "componentize-py ", COMPOSING, "build"),
    ("docs/composing.md", "node build.mjs", COMPOSING, "build"),
    (
        "docs/composing.md",
        "python run.py",
        CONSUMERS,
        "a_javascript_component_asks",
    ),
    ("docs/composing.md", "chmod ", INSTALLATION, "python"),
    (
        "docs/composing.md",
        "export SFBOX_SECRETS",
        CONSUMERS,
        "a_python_component_asks",
    ),
    (
        "docs/composing.md",
        "wasmtime run",
        CONSUMERS,
        "a_python_component_asks",
    ),
    (
        "docs/hosts.md",
        "export SFBOX_SECRETS",
        SERVED,
        "wasmtime_run_invokes_a_function",
    ),
    (
        "docs/hosts.md",
        "wasmtime run",
        SERVED,
        "wasmtime_run_invokes_a_function",
    ),
    (
        "docs/hosts.md",
        "wasmtime serve",
        EXAMPLES,
        "a_component_consumes_the_component",
    ),
    ("docs/hosts.md", "npx jco transpile", INSTALLATION, "jco"),
    (
        "docs/hosts.md",
        "SFBOX_SECRETS='{\"acme\": {…}}' node",
        EXAMPLES,
        "a_node_program_runs_the_component",
    ),
    (
        "docs/hosts.md",
        "SFBOX_SECRETS='{\"acme\": {…}}' python",
        EXAMPLES,
        "a_python_program_runs_the_component",
    ),
    (
        "docs/proxy.md",
        "export HTTPS_PROXY",
        PROXY,
        "a_proxy_that_wants_a_password_gets_it_and_nobody_else_does",
    ),
    (
        "docs/proxy.md",
        "sfbox org check",
        PROXY,
        "a_proxy_that_wants_a_password_gets_it_and_nobody_else_does",
    ),
    ("docs/lambda.md", "cargo lambda", WATCH, "invoke"),
    (
        "docs/lambda.md",
        "AWS_LAMBDA_RUNTIME_API",
        WATCH,
        "environment",
    ),
];

const COMPOSING: &str = "xtask/src/full/foreign/composing.rs";
const CONSUMERS: &str = "tests/foreign/src/consumers.rs";
const EMBEDDING: &str = "xtask/src/full/embedding/outside.rs";
const EXAMPLES: &str = "tests/foreign/src/examples.rs";
const INSTALLATION: &str = "xtask/src/full/foreign/installation.rs";
const PROXY: &str = "tests/e2e/proxy.rs";
const SERVED: &str = "tests/foreign/src/hosts/served.rs";
const WATCH: &str = "lambda/tests/watch.rs";

/// The list in CONTRIBUTING.md: a command's beginning, and why.
const NOT_RUN: &str = "## Commands that no test runs";

/// A page of the workspace.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The beginnings of the commands that no test runs.
fn not_run() -> Vec<String> {
    let contributing = text("CONTRIBUTING.md");
    let (_, list) = contributing.split_once(NOT_RUN).unwrap();
    let list = list
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let commands = list.filter_map(|row| row.strip_prefix("| `")?.split_once("` |"));
    commands.map(|(command, _)| command.to_owned()).collect()
}

/// Whether no test runs a command.
pub(crate) fn is_not_run(command: &str) -> bool {
    not_run().iter().any(|begins| command.starts_with(begins))
}

/// Whether a command is for none of the tests that run a whole page.
pub(crate) fn is_elsewhere(page: &str, command: &str) -> bool {
    let mut elsewhere = ELSEWHERE.iter();
    elsewhere.any(|(of, begins, ..)| *of == page && command.starts_with(begins))
        || is_not_run(command)
}

/// The blocks of a page below one heading, or all.
pub(crate) fn sections(page: &str, section: Option<&str>) -> Vec<Block> {
    let blocks = blocks(&text(page)).into_iter();
    let blocks = blocks.filter(|block| section.is_none_or(|section| block.section == section));
    blocks.collect()
}
