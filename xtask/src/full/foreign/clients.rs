//! The clients of `docs/clients.md`, which others wrote.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use workspace::console::{Block, blocks};

use super::folder;
use super::npm::npm;
use crate::command::{cargo, foreign, run};
use crate::digest::Digest;

/// The page.
const PAGE: &str = "docs/clients.md";

/// The lock files of the page's packages.
const LOCKS: &str = "tests/clients";

fn page() -> anyhow::Result<Vec<Block>> {
    Ok(blocks(&fs::read_to_string(PAGE).context(PAGE)?))
}

/// jsforce.
///
/// # Errors
///
/// When npm cannot install it.
pub(super) fn jsforce() -> anyhow::Result<()> {
    npm("jsforce", Path::new(LOCKS))
}

/// The page's package in Rust, built: the test that runs its programs builds no more than
/// those.
///
/// # Errors
///
/// When it does not build.
pub(super) fn rust() -> anyhow::Result<()> {
    let here = folder("rust");
    for block in page()? {
        let Some(name) = block.file().filter(|name| is_of_package(name)) else {
            continue;
        };
        let path = here.join(name);
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        // A workspace of its own: it lies in ours.
        let more = if name == "Cargo.toml" {
            "\n[workspace]\n"
        } else {
            ""
        };
        fs::write(path, format!("{}{more}", block.text))?;
    }
    fs::copy(Path::new(LOCKS).join("Cargo.lock"), here.join("Cargo.lock"))?;
    run(cargo()
        .args(["build", "--locked"])
        .current_dir(&here)
        .env(
            "CARGO_TARGET_DIR",
            std::path::absolute(here.join("target"))?,
        )
        // It takes a third less time, and half of the space.
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_CODEGEN_UNITS", "4")
        .env("CARGO_PROFILE_DEV_DEBUG", "0"))
}

/// Whether the page's package in Rust has this file.
fn is_of_package(name: &str) -> bool {
    name == "Cargo.toml" || name.starts_with("src/")
}

/// Salesforce CLI, in the version that the page names. Its package brings a lock file of its
/// own along (`npm-shrinkwrap.json`).
///
/// # Errors
///
/// When npm cannot install it.
pub(super) fn salesforce_cli() -> anyhow::Result<()> {
    let package = installed(&page()?, "@salesforce/cli@")?;
    let here = folder("salesforce-cli");
    fs::create_dir_all(&here)?;
    let digest = Digest::new(&here.join("installed"), &[package.as_bytes()]);
    if digest.is_current() {
        return Ok(());
    }
    fs::write(here.join("package.json"), r#"{"private": true}"#)?;
    let install = ["install", "--ignore-scripts", "--no-package-lock"];
    run(foreign("npm")
        .args(install)
        .args(["--no-audit", "--no-fund", &package])
        .current_dir(&here))
    .context("npm is needed")?;
    Ok(digest.set()?)
}

/// The package that begins so, as the page has its reader install it.
fn installed(page: &[Block], begins: &str) -> anyhow::Result<String> {
    let mut commands = page.iter().flat_map(Block::commands);
    let package = commands.find_map(|command| {
        let package = command.strip_prefix("npm install ")?;
        package.starts_with(begins).then(|| package.to_owned())
    });
    package.with_context(|| format!("{PAGE} does not install {begins}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Vec<Block> {
        blocks(&fs::read_to_string(Path::new("..").join(PAGE)).unwrap())
    }

    #[test]
    fn the_page_installs_what_the_lock_files_have() {
        let lock = |name: &str| fs::read_to_string(Path::new("..").join(LOCKS).join(name)).unwrap();
        let jsforce = installed(&page(), "jsforce@").unwrap();
        let (_, version) = jsforce.split_once('@').unwrap();
        assert!(lock("package.json").contains(&format!(r#""jsforce": "{version}""#)));
        // A lock file names no registry, so that each machine uses its own.
        assert!(!lock("package-lock.json").contains(r#""resolved""#));
        let force = "name = \"force\"\nversion = \"0.5.0\"";
        assert!(lock("Cargo.lock").contains(force));
    }

    #[test]
    fn the_package_in_rust_has_two_programs() {
        let page = page();
        let mut files: Vec<&str> = page.iter().filter_map(Block::file).collect();
        files.retain(|name| is_of_package(name));
        assert_eq!(
            files,
            [
                "Cargo.toml",
                "src/bin/with_reqwest.rs",
                "src/bin/with_force.rs"
            ]
        );
    }
}
