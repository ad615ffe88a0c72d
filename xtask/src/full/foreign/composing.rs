//! The component in Python of `examples/composing`, built by the commands of
//! `docs/composing.md` and composed with the product.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context as _, ensure};

use super::folder;
use crate::command::{foreign, run};
use crate::digest::Digest;
use crate::full::catalog::QUERY;
use crate::full::compose;
use crate::full::console::blocks;

/// The page.
const PAGE: &str = "docs/composing.md";

/// The headings with the commands of the component in Python.
const SECTIONS: [&str; 2] = ["Which WIT to copy", "Python"];

/// What the page has the reader install, and what it runs: neither belongs here.
const LEFT_OUT: [&str; 2] = ["pip ", "wac "];

/// What it is built from, besides the page.
const SOURCES: [&str; 2] = ["examples/composing/python", "wit"];

/// Builds `target/foreign/ask-python.wasm`, unless what it needs could not be installed.
///
/// # Errors
///
/// When a command of the page fails, or the component does not fit the product.
pub(super) fn build() -> anyhow::Result<()> {
    if folder("componentize-py.absent").exists() {
        return Ok(());
    }
    let here = folder("composing").join("python");
    let component = here.join("ask.wasm");
    let commands = commands(&fs::read_to_string(PAGE).context(PAGE)?);
    let mut inputs = vec![commands.clone().into_bytes()];
    for source in SOURCES {
        read_all(Path::new(source), &mut inputs)?;
    }
    let digest = Digest::new(&component, &[&inputs.concat()]);
    if !digest.is_current() || !component.exists() {
        prepare(&here)?;
        let programs = std::path::absolute(folder("componentize-py/bin"))?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [programs].into_iter().chain(std::env::split_paths(&path));
        run(foreign("bash")
            .args(["-euc", &commands])
            .current_dir(&here)
            .env("PATH", std::env::join_paths(path)?))?;
        digest.set()?;
    }
    let product = fs::read(folder("sfbox-with-environment.wasm"))?;
    let composed = compose::satisfy(&fs::read(&component)?, QUERY, &product)?;
    Ok(fs::write(folder("ask-python.wasm"), composed)?)
}

/// The page's commands for it, a line each.
fn commands(page: &str) -> String {
    let blocks = blocks(page).into_iter();
    let blocks = blocks.filter(|block| SECTIONS.contains(&block.section.as_str()));
    let commands = blocks.flat_map(|block| block.commands());
    let is_ours = |command: &String| !LEFT_OUT.iter().any(|begin| command.starts_with(begin));
    commands.filter(is_ours).collect::<Vec<_>>().join("\n")
}

/// An empty folder beside a clone, as the page has it.
fn prepare(here: &Path) -> anyhow::Result<()> {
    if here.exists() {
        fs::remove_dir_all(here)?;
    }
    fs::create_dir_all(here)?;
    let clone = folder("composing/sfbox");
    if clone.symlink_metadata().is_ok() {
        fs::remove_file(&clone)?;
    }
    Ok(symlink(std::path::absolute(".")?, clone)?)
}

/// Adds every file below a folder, in a fixed order.
fn read_all(folder: &Path, into: &mut Vec<Vec<u8>>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    ensure!(!paths.is_empty(), "{} is empty", folder.display());
    for path in paths {
        if path.is_dir() {
            read_all(&path, into)?;
        } else {
            into.push(fs::read(path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_commands_and_none_that_installs() {
        let page = fs::read_to_string(Path::new("..").join(PAGE)).unwrap();
        let commands = commands(&page);
        assert!(
            commands.starts_with("mkdir -p wit/deps/sfbox\ncp "),
            "{commands}"
        );
        let last = commands.lines().last().unwrap();
        assert!(last.starts_with("componentize-py"), "{commands}");
        for unwanted in ["install", "wac"] {
            assert!(!commands.contains(unwanted), "{commands}");
        }
    }

    #[test]
    fn every_file_of_the_example_is_copied_by_a_command() {
        let page = fs::read_to_string(Path::new("..").join(PAGE)).unwrap();
        let commands = commands(&page);
        for file in fs::read_dir(Path::new("..").join(SOURCES[0])).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let copied = format!("../sfbox/{}/{name}", SOURCES[0]);
            assert!(commands.contains(&copied), "{copied}");
        }
    }
}
