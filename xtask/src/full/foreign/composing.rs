//! The components of `examples/composing`, built by the commands of
//! `docs/composing.md` and composed with the product.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::folder;
use crate::command::{foreign, run};
use crate::digest::Digest;
use crate::full::catalog::QUERY;
use crate::full::compose;
use crate::full::console::blocks;

/// The page.
const PAGE: &str = "docs/composing.md";

/// One language of the page.
struct Language {
    name: &'static str,
    /// The headings with its commands.
    sections: &'static [&'static str],
    /// What its commands need: packages that were installed, and where their programs
    /// are below `target/foreign`.
    packages: &'static [&'static str],
    programs: fn() -> PathBuf,
    /// The interface that the component asks for, and the component that has it.
    interface: &'static str,
    product: &'static str,
}

const LANGUAGES: [Language; 1] = [Language {
    name: "python",
    sections: &["Which WIT to copy", "Python"],
    packages: &["componentize-py"],
    programs: || folder("componentize-py/bin"),
    interface: QUERY,
    product: "sfbox-with-environment.wasm",
}];

/// What the page has the reader install, and what it runs: neither belongs here.
const LEFT_OUT: [&str; 2] = ["pip ", "wac "];

/// What the components are built from, besides the page.
const SOURCES: [&str; 3] = ["examples/composing", "wit", "wit-0.2"];

/// Builds each, unless what it needs could not be installed:
/// `target/foreign/ask-LANGUAGE.wasm`.
///
/// # Errors
///
/// When a command of the page fails, or the component does not fit the product.
pub(super) fn build() -> anyhow::Result<()> {
    let page = fs::read_to_string(PAGE).context(PAGE)?;
    for language in LANGUAGES {
        let is_absent = |package: &&str| folder(&format!("{package}.absent")).exists();
        if !language.packages.iter().any(is_absent) {
            language.build(&page).with_context(|| language.name)?;
        }
    }
    Ok(())
}

impl Language {
    fn build(&self, page: &str) -> anyhow::Result<()> {
        let here = folder("composing").join(self.name);
        let component = here.join("ask.wasm");
        let commands = self.commands(page);
        let mut inputs = vec![commands.clone().into_bytes()];
        for source in SOURCES {
            read_all(Path::new(source), &mut inputs)?;
        }
        let digest = Digest::new(&component, &[&inputs.concat()]);
        if !digest.is_current() || !component.exists() {
            self.prepare(&here)?;
            let programs = std::path::absolute((self.programs)())?;
            let path = std::env::var_os("PATH").unwrap_or_default();
            let path = [programs].into_iter().chain(std::env::split_paths(&path));
            run(foreign("bash")
                .args(["-euc", &commands])
                .current_dir(&here)
                .env("PATH", std::env::join_paths(path)?))?;
            digest.set()?;
        }
        let product = fs::read(folder(self.product))?;
        let composed = compose::satisfy(&fs::read(&component)?, self.interface, &product)?;
        fs::write(folder(&format!("ask-{}.wasm", self.name)), composed)?;
        Ok(())
    }

    /// The page's commands for this language, a line each.
    fn commands(&self, page: &str) -> String {
        let blocks = blocks(page).into_iter();
        let blocks = blocks.filter(|block| self.sections.contains(&block.section.as_str()));
        let commands = blocks.flat_map(|block| block.commands());
        let is_ours = |command: &String| {
            let mut left_out = LEFT_OUT.iter();
            !left_out.any(|begin| command.starts_with(begin))
        };
        commands.filter(is_ours).collect::<Vec<_>>().join("\n")
    }

    /// An empty folder beside a clone, as the page has it.
    fn prepare(&self, here: &Path) -> anyhow::Result<()> {
        if here.exists() {
            fs::remove_dir_all(here)?;
        }
        fs::create_dir_all(here)?;
        let link = |to: &Path, from: PathBuf| -> anyhow::Result<()> {
            if from.symlink_metadata().is_ok() {
                fs::remove_file(&from)?;
            }
            Ok(symlink(std::path::absolute(to)?, from)?)
        };
        link(Path::new("."), folder("composing/sfbox"))
    }
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
    fn the_page_has_commands_for_each_language_and_none_that_installs() {
        let page = fs::read_to_string(Path::new("..").join(PAGE)).unwrap();
        for (language, last) in LANGUAGES.iter().zip(["componentize-py"]) {
            let commands = language.commands(&page);
            assert!(
                commands.starts_with("mkdir -p wit/deps/sfbox\ncp "),
                "{commands}"
            );
            assert!(
                commands.lines().last().unwrap().starts_with(last),
                "{commands}"
            );
            for unwanted in ["install", "wac"] {
                assert!(!commands.contains(unwanted), "{commands}");
            }
        }
    }

    #[test]
    fn every_file_of_the_examples_is_copied_by_a_command() {
        let page = fs::read_to_string(Path::new("..").join(PAGE)).unwrap();
        for language in LANGUAGES {
            let folder = format!("examples/composing/{}", language.name);
            for file in fs::read_dir(Path::new("..").join(&folder)).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                let copied = format!("../sfbox/{folder}/{name}");
                assert!(language.commands(&page).contains(&copied), "{copied}");
            }
        }
    }
}
