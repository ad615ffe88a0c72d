//! What is measured: our own programs, and the peers' with their libraries.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::program::Program;
use super::report::Report;
use crate::command::{self, cargo, foreign};
use crate::digest::Digest;
use crate::full::python;
use crate::{binary, image};

/// The peers' sources, and where their libraries go.
const PEERS: &str = "benches/peers";
pub(super) const INSTALLED: &str = "target/peers";

/// The names in the table.
pub(super) const BARE: &str = "bare hyper";
pub(super) const SFBOX: &str = "**sfbox**";
pub(super) const SIMPLE_SALESFORCE: &str = "simple-salesforce";
pub(super) const JSFORCE: &str = "jsforce";
pub(super) const FORCE: &str = "force";
pub(super) const FORCE_BATCHES: &str = "force, batches of 25";
pub(super) const FORCE_GRAPHS: &str = "force, graphs of 500";

/// The name of ours that creates records.
pub(super) const LIBRARY: &str = "**sfbox**, library";

/// A program under the name that the table has for it.
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) program: Program,
}

/// What a peer has a program for.
struct Peer {
    driver: Program,
    exporter: Program,
    creator: Program,
}

/// All that can be measured here.
pub(super) struct Contenders {
    /// Where our own programs are.
    pub(super) release: PathBuf,
    /// Do rounds of queries.
    pub(super) drivers: Vec<Contender>,
    /// Print all rows of a query, given a form and the query.
    pub(super) exporters: Vec<Contender>,
    /// Prints rows of 20 fields only.
    typed_exporter: Option<Contender>,
    /// Do rounds of records that are created.
    pub(super) creators: Vec<Contender>,
}

impl Contenders {
    /// Builds or installs all, or only what the door is measured with; a peer that cannot be
    /// had is reported as absent.
    ///
    /// # Errors
    ///
    /// When one of ours does not build.
    pub(super) fn prepare(all: bool, report: &mut Report) -> anyhow::Result<Self> {
        let mut contenders = Self::ours(build()?);
        match all.then(force).transpose() {
            Ok(None) => {}
            Ok(Some(force)) => contenders.add_force(&force),
            Err(error) => report.absent(FORCE, &error),
        }
        for (name, installed) in [
            (SIMPLE_SALESFORCE, simple_salesforce().map(Some)),
            (JSFORCE, all.then(jsforce).transpose()),
        ] {
            match installed {
                Ok(None) => {}
                Ok(Some(peer)) => contenders.add(name, peer),
                Err(error) => report.absent(name, &error),
            }
        }
        Ok(contenders)
    }

    fn ours(release: PathBuf) -> Self {
        let contender = |name, program| Contender { name, program };
        let ours = |program: &str| Program::new(release.join(program));
        Self {
            drivers: vec![
                contender(BARE, ours("bare")),
                contender("the same core natively", ours("native")),
                contender(
                    "**sfbox**, on the caller's thread",
                    ours("library").arg("0"),
                ),
                contender("**sfbox**, one worker", ours("library").arg("1")),
                contender("**sfbox**, two workers", ours("library").arg("2")),
            ],
            exporters: Vec::new(),
            typed_exporter: None,
            creators: vec![contender(LIBRARY, ours("create"))],
            release,
        }
    }

    fn add_force(&mut self, force: &Program) {
        for (name, threads) in [("force, one thread", "1"), ("force, two threads", "2")] {
            let program = force.clone().args(["queries", threads]);
            self.drivers.push(Contender { name, program });
        }
        for (name, what) in [(FORCE_BATCHES, "batches"), (FORCE_GRAPHS, "graphs")] {
            let program = force.clone().args([what, "1"]);
            self.creators.push(Contender { name, program });
        }
        self.typed_exporter = Some(Contender {
            name: FORCE,
            program: force.clone().arg("export"),
        });
    }

    fn add(&mut self, name: &'static str, peer: Peer) {
        let contender = |program| Contender { name, program };
        self.drivers.push(contender(peer.driver));
        self.exporters.push(contender(peer.exporter));
        self.creators.push(contender(peer.creator));
    }

    /// Print all rows of 20 fields, given a form and the query.
    pub(super) fn row_printers(&self) -> impl Iterator<Item = &Contender> {
        self.exporters.iter().chain(&self.typed_exporter)
    }
}

/// Each package by itself: together they would be built with each other's
/// features.
fn build() -> anyhow::Result<PathBuf> {
    image::build(None)?;
    for package in [
        &["--package", "sfbox-cli"][..],
        &["--package", "sfbox-bench"],
        &["--package", "sfbox-emulator", "--example", "org"],
    ] {
        command::run(cargo().args(["build", "--release"]).args(package))?;
    }
    Ok(std::path::absolute(binary::built())?.join("release"))
}

/// A workspace of its own, with a lock file of its own.
fn force() -> anyhow::Result<Program> {
    let target = std::path::absolute(INSTALLED)?.join("force");
    let manifest = Path::new(PEERS).join("force/Cargo.toml");
    command::run(
        cargo()
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(manifest)
            .arg("--target-dir")
            .arg(&target),
    )?;
    Ok(Program::new(target.join("release/sfbox-bench-force")))
}

/// In the environment of the tests.
fn simple_salesforce() -> anyhow::Result<Peer> {
    python::ensure()?;
    let python = python::interpreter()?;
    let folder = std::path::absolute(PEERS)?.join("simple-salesforce");
    let program = |file| Program::new(&python).arg(folder.join(file));
    Ok(Peer {
        driver: program("driver.py"),
        exporter: program("export.py"),
        creator: program("create.py"),
    })
}

/// In a folder of its own below target, where Node looks for its packages. They
/// include a Node that this jsforce wants, which may be newer than the
/// machine's.
fn jsforce() -> anyhow::Result<Peer> {
    let folder = std::path::absolute(INSTALLED)?.join("jsforce");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(Path::new(PEERS).join("jsforce"))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    let package = fs::read(folder.join("package.json"))?;
    let digest = Digest::new(&folder.join("installed"), &[&package]);
    if !digest.is_current() {
        let install = ["install", "--no-package-lock", "--no-audit", "--no-fund"];
        command::run(foreign("npm").args(install).current_dir(&folder)).context("npm is needed")?;
        digest.set()?;
    }
    let node = node(&folder);
    let program = |file| Program::new(&node).arg(folder.join(file));
    Ok(Peer {
        driver: program("driver.mjs"),
        exporter: program("export.mjs"),
        creator: program("create.mjs"),
    })
}

/// Of the peer's, if npm has one for this machine; else the machine's.
pub(super) fn node(folder: &Path) -> PathBuf {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let package = format!("node-{}-{architecture}", std::env::consts::OS);
    let node = folder.join("node_modules").join(package).join("bin/node");
    if node.exists() { node } else { "node".into() }
}
