//! The components of `examples/composing`, built by the commands of
//! `docs/composing.md`, and composed with the product and then with the detour to the
//! emulator, as `docs/hosts.md` says.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use workspace::console::{Block, blocks};

use super::components::{CLIENT, OUTGOING_HANDLER};
use super::folder;
use super::installation::node_programs;
use crate::command::{foreign, run};
use crate::component;
use crate::digest::Digest;
use crate::full::catalog::{self, DETOUR, DETOUR_0_2, SFBOX_0_2};
use crate::full::compose;

/// The page.
const PAGE: &str = "docs/composing.md";

/// A language in which the page has a component.
struct Language {
    /// The name of its folder below `examples/composing`.
    name: &'static str,
    /// The headings with its commands.
    sections: &'static [&'static str],
    /// The packages that its commands need, below `target/foreign`.
    packages: &'static [&'static str],
    /// The folder of the programs that its commands name.
    programs: fn() -> PathBuf,
    /// The folder of WIT that it copies from.
    wit: &'static str,
    /// What exports the interfaces that the component imports.
    product: &'static str,
    /// What leads the two to the emulator, and what it stands in for.
    detour: (&'static str, &'static str),
}

const LANGUAGES: [Language; 2] = [
    Language {
        name: "python",
        sections: &["Which WIT to copy", "Python"],
        packages: &["componentize-py"],
        programs: || folder("componentize-py/bin"),
        wit: "wit",
        product: "sfbox-with-environment",
        detour: (DETOUR.name, CLIENT),
    },
    Language {
        name: "javascript",
        sections: &["JavaScript"],
        packages: &["node", "componentize-js"],
        programs: node_programs,
        wit: "wit-0.2",
        product: SFBOX_0_2.name,
        detour: (DETOUR_0_2.name, OUTGOING_HANDLER),
    },
];

/// What the page has the reader install, and what it runs: neither belongs here.
const LEFT_OUT: [&str; 5] = [
    "pip ",
    "npm ",
    "wac ",
    "python ",
    "cp ../sfbox/examples/query.py",
];

/// Builds `target/foreign/ask-LANGUAGE.wasm` for each language whose packages could be
/// installed.
///
/// # Errors
///
/// When a command of the page fails, or a component does not fit the product.
pub(super) fn build() -> anyhow::Result<()> {
    let blocks = blocks(&fs::read_to_string(PAGE).context(PAGE)?);
    for language in &LANGUAGES {
        let is_absent = |package: &&str| folder(&format!("{package}.absent")).exists();
        if !language.packages.iter().any(is_absent) {
            language.build(&blocks).with_context(|| language.name)?;
        }
    }
    Ok(())
}

impl Language {
    /// Its sources.
    fn source(&self) -> String {
        format!("examples/composing/{}", self.name)
    }

    fn build(&self, page: &[Block]) -> anyhow::Result<()> {
        let here = folder("composing").join(self.name);
        let ask = here.join("ask.wasm");
        let commands = self.commands(page);
        let mut inputs = vec![commands.clone().into_bytes()];
        for source in [&self.source(), self.wit] {
            read_all(Path::new(source), &mut inputs)?;
        }
        let digest = Digest::new(&ask, &[&inputs.concat()]);
        if !digest.is_current() || !ask.exists() {
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
        let product = component::built(self.product)?;
        let exports = catalog::exports_of(Path::new(self.wit))?;
        let composed = compose::satisfy(&fs::read(&ask)?, &exports, &product)?;
        let (detour, interface) = self.detour;
        let composed = compose::interpose(&composed, interface, &component::built(detour)?)?;
        Ok(fs::write(
            folder(&format!("ask-{}.wasm", self.name)),
            composed,
        )?)
    }

    /// The page's commands for it, a line each.
    fn commands(&self, page: &[Block]) -> String {
        let blocks = page.iter();
        let blocks = blocks.filter(|block| self.sections.contains(&block.section.as_str()));
        let commands = blocks.flat_map(Block::commands);
        let is_ours = |command: &String| !LEFT_OUT.iter().any(|begin| command.starts_with(begin));
        commands.filter(is_ours).collect::<Vec<_>>().join("\n")
    }

    /// An empty folder beside a clone, as the page has it, with the packages of npm.
    fn prepare(&self, here: &Path) -> anyhow::Result<()> {
        if here.exists() {
            fs::remove_dir_all(here)?;
        }
        fs::create_dir_all(here)?;
        let clone = folder("composing/sfbox");
        if clone.symlink_metadata().is_ok() {
            fs::remove_file(&clone)?;
        }
        symlink(std::path::absolute(".")?, clone)?;
        for package in self.packages {
            let modules = folder(package).join("node_modules");
            // Node itself is a package, too, but not one that the component needs.
            if *package != "node" && modules.exists() {
                symlink(std::path::absolute(modules)?, here.join("node_modules"))?;
            }
        }
        Ok(())
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

    fn page() -> Vec<Block> {
        blocks(&fs::read_to_string(Path::new("..").join(PAGE)).unwrap())
    }

    #[test]
    fn the_page_has_commands_for_each_language_and_none_that_installs() {
        for (language, last) in LANGUAGES.iter().zip(["componentize-py ", "node build.mjs"]) {
            let commands = language.commands(&page());
            assert!(
                commands.starts_with("mkdir -p wit/deps/sfbox\ncp "),
                "{commands}"
            );
            let ends = commands.lines().last().unwrap();
            assert!(ends.starts_with(last), "{commands}");
            for unwanted in ["install", "npm", "wac", "query.py"] {
                assert!(!commands.contains(unwanted), "{commands}");
            }
        }
    }

    #[test]
    fn every_file_of_the_examples_is_copied_by_a_command() {
        for language in &LANGUAGES {
            let commands = language.commands(&page());
            let source = language.source();
            for file in fs::read_dir(Path::new("..").join(&source)).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                let copied = format!("../sfbox/{source}/{name}");
                assert!(commands.contains(&copied), "{copied}");
            }
        }
    }

    #[test]
    fn every_folder_of_the_examples_is_a_language() {
        let folders = fs::read_dir("../examples/composing").unwrap();
        let folders = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut folders: Vec<String> = folders.collect();
        folders.sort();
        let mut languages = LANGUAGES.map(|language| language.name);
        languages.sort_unstable();
        assert_eq!(folders, languages);
    }
}
