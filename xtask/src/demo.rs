//! A first look: one query on the built-in org.

use std::process::Command;
use std::time::Instant;

use crate::command::{self, cargo};
use crate::{component, guest, image};

/// What the demo asks.
const SOQL: &str = "SELECT Id, Name FROM Account LIMIT 3";

/// The profile in `Cargo.toml`, and the name of its folder. `.cargo/config.toml` builds the
/// tool with it, too: they share what they are made of.
const PROFILE: &str = "first-look";

/// What the demo's host is compiled from; see [`host`].
const HOST: [&str; 5] = [
    "--package",
    "sfbox-cli",
    "--no-default-features",
    "--features",
    "emulator,compiler",
];

/// What happens, and what does it.
type Step = (&'static str, fn() -> anyhow::Result<()>);

/// All of it, in this order.
const STEPS: [Step; 3] = [
    (
        "compiling the component to WebAssembly and to machine code",
        component,
    ),
    (
        "compiling the host, with the component and the built-in org in it",
        host,
    ),
    ("running a query", query),
];

/// Builds the component and the host, and runs one query.
///
/// # Errors
///
/// When something cannot be built, or the query fails.
pub(crate) fn run() -> anyhow::Result<()> {
    eprintln!(
        "The demo builds sfbox without optimization and without the store of AWS, and queries the\n\
         org that is built into it: the component runs in its sandbox, over TLS. The first time\n\
         takes about three minutes on two processors, the next time seconds. Everything is\n\
         written to the folder `target`."
    );
    for (number, (step, run)) in (1..).zip(STEPS) {
        eprintln!("\n[{number}/{}] {step}", STEPS.len());
        let begun = Instant::now();
        run()?;
        eprintln!(
            "[{number}/{}] took {} s",
            STEPS.len(),
            begun.elapsed().as_secs()
        );
    }
    eprintln!(
        "\nNext: `cargo xtask install` builds the optimized binary and puts `sfbox` on the PATH."
    );
    Ok(())
}

fn component() -> anyhow::Result<()> {
    let component = component::build(&guest::SFBOX_QUICKLY)?;
    image::write(guest::SFBOX_QUICKLY.name, &component)
}

/// By itself: with other packages it would be built with their features.
///
/// Without the store of AWS, which the demo does not use. With the compiler, which the
/// demo does not use either: then wasmtime has the features that it has in this tool, and
/// is not compiled again.
fn host() -> anyhow::Result<()> {
    let image = std::path::absolute(component::path(guest::SFBOX_QUICKLY.name, "cwasm"))?;
    command::run(
        cargo()
            .args(["build", "--profile", PROFILE])
            .args(HOST)
            .env("SFBOX_IMAGE", image),
    )
}

fn query() -> anyhow::Result<()> {
    let binary = crate::binary::path(PROFILE);
    command::run(Command::new(binary).args(["--demo", "query", SOQL]))
}

#[cfg(feature = "full")]
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// wasmtime and every crate below it, each with its features.
    fn wasmtime(package: &[&str]) -> BTreeSet<String> {
        let tree = [
            "tree",
            "--offline",
            "--edges=normal,build",
            "--prefix=depth",
            "--no-dedupe",
            "--format= {p} {f}",
        ];
        let tree = command::output(cargo().args(tree).args(package)).unwrap();
        let lines = tree.lines().filter_map(|line| line.split_once(' '));
        let mut inside = None;
        lines
            .filter_map(|(depth, package)| {
                let depth: u32 = depth.parse().unwrap();
                inside = inside.filter(|top| depth > *top);
                if package.starts_with("wasmtime v") {
                    inside = Some(depth);
                }
                inside.map(|_| package.to_owned())
            })
            .collect()
    }

    #[test]
    fn the_tool_and_the_demo_have_one_profile() {
        let aliases = std::fs::read_to_string("../.cargo/config.toml").unwrap();
        let tool = format!("xtask = \"run --package xtask --profile {PROFILE} --\"");
        assert!(aliases.lines().any(|line| line == tool), "{aliases}");
    }

    /// A feature more in one of them, and the demo takes half a minute longer.
    #[test]
    fn the_demo_compiles_wasmtime_once() {
        let tool = wasmtime(&["--package", "xtask"]);
        assert!(tool.len() > 50, "{tool:?}");
        let host = wasmtime(&HOST);
        let apart: Vec<_> = tool.symmetric_difference(&host).collect();
        assert!(
            apart.is_empty(),
            "xtask/Cargo.toml has to ask for the features of the host: {apart:?}"
        );
    }
}
