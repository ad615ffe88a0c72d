//! Tests of `host/build.rs`: which image it builds in, and what it says without one;
//! of `cli/build.rs`, which refuses a binary without one; and of a program that embeds
//! the library.

mod outside;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::cargo;

/// A crate of its own that has the host's build script, in a folder of its own; and
/// a program on it that has the command line's, in the folder `cli`.
struct Crate {
    folder: TempDir,
}

/// The crate: the image's length, for want of a host to run it.
const LIBRARY: &str = "mod image { include!(concat!(env!(\"OUT_DIR\"), \"/image.rs\")); \
    pub fn length() -> usize { IMAGE.map_or(0, <[u8]>::len) } }\n\
    pub fn length() -> usize { image::length() }\n";

/// Prints it.
const PROGRAM: &str = "fn main() { println!(\"{}\", embeds::length()); }\n";

/// As `host/Cargo.toml` has its features, and what its build script says is read by.
const MANIFEST: &str = "[package]\nname = \"embeds\"\nversion = \"0.0.0\"\n\
    edition = \"2024\"\nlinks = \"sfbox\"\n[features]\ncompiler = []\n\
    [workspace]\nmembers = [\"cli\"]\n";

const MANIFEST_OF_CLI: &str = "[package]\nname = \"installs\"\nversion = \"0.0.0\"\n\
    edition = \"2024\"\n[dependencies]\nembeds = { path = \"..\" }\n";

/// What came of a build.
struct Build {
    succeeded: bool,
    stderr: String,
}

impl Crate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embeds = Self { folder };
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (name, script) in [
            ("build.rs", "host/build.rs"),
            ("cli/build.rs", "cli/build.rs"),
        ] {
            embeds.write(name, &fs::read(ours.join(script)).unwrap());
        }
        for (name, text) in [
            ("Cargo.toml", MANIFEST),
            ("src/lib.rs", LIBRARY),
            ("src/main.rs", PROGRAM),
            ("cli/Cargo.toml", MANIFEST_OF_CLI),
            ("cli/src/main.rs", PROGRAM),
        ] {
            embeds.write(name, text.as_bytes());
        }
        embeds
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// cargo, as somebody would run it who has none of the workspace's settings.
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("SFBOX_IMAGE")
            .env_remove("SFBOX_WORKSPACE_IMAGE")
            .env("CARGO_TARGET_DIR", self.path("target"));
        command
    }

    fn build(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Build {
        let mut command = self.cargo(&["build"]);
        let output = command
            .args(arguments)
            .envs(variables.iter().copied())
            .output();
        let output = output.unwrap();
        Build {
            succeeded: output.status.success(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The length of the image in the program that was built last.
    fn embedded(&self) -> usize {
        let program = Command::new(self.path("target/debug/embeds"))
            .output()
            .unwrap();
        String::from_utf8(program.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }
}

impl Build {
    fn compiled(&self) -> bool {
        self.stderr.contains("Compiling embeds")
    }
}

#[test]
fn the_image_that_is_chosen_is_built_in() {
    let embeds = Crate::new();
    let chosen = embeds.write("chosen.cwasm", b"chosen");
    let of_workspace = embeds.write("target/component/sfbox.cwasm", b"of the workspace");
    let both = [
        ("SFBOX_IMAGE", chosen.as_path()),
        ("SFBOX_WORKSPACE_IMAGE", of_workspace.as_path()),
    ];
    assert!(embeds.build(&[], &both).succeeded);
    assert_eq!(embeds.embedded(), b"chosen".len());
    assert!(embeds.build(&[], &both[1..]).succeeded);
    assert_eq!(embeds.embedded(), b"of the workspace".len());
}

#[test]
fn a_chosen_image_that_does_not_exist_or_is_relative_ends_the_build() {
    let embeds = Crate::new();
    embeds.write("here.cwasm", b"here");
    for chosen in ["/nowhere/sfbox.cwasm", "here.cwasm", "/"] {
        let build = embeds.build(&[], &[("SFBOX_IMAGE", Path::new(chosen))]);
        assert!(!build.succeeded);
        let named = format!("SFBOX_IMAGE={chosen} is not the absolute path of a file");
        assert!(build.stderr.contains(&named), "{}", build.stderr);
    }
}

#[test]
fn an_image_that_lies_in_a_folder_above_is_not_taken() {
    let embeds = Crate::new();
    for folder in ["component", "target/component", "target/debug/component"] {
        embeds.write(&format!("{folder}/sfbox.cwasm"), b"planted");
    }
    assert!(embeds.build(&[], &[]).succeeded);
    assert_eq!(embeds.embedded(), 0);
}

#[test]
fn without_an_image_a_second_build_compiles_nothing_and_a_new_image_does() {
    let embeds = Crate::new();
    let image = embeds.path("target/component/sfbox.cwasm");
    let of_workspace = [("SFBOX_WORKSPACE_IMAGE", image.as_path())];
    let first = embeds.build(&[], &of_workspace);
    assert!(first.succeeded && first.compiled(), "{}", first.stderr);
    assert!(
        first.stderr.contains("cargo xtask image"),
        "{}",
        first.stderr
    );
    assert_eq!(embeds.embedded(), 0);
    let second = embeds.build(&[], &of_workspace);
    assert!(!second.compiled(), "{}", second.stderr);
    embeds.write("target/component/sfbox.cwasm", b"new");
    let third = embeds.build(&[], &of_workspace);
    assert!(third.compiled(), "{}", third.stderr);
    assert_eq!(embeds.embedded(), b"new".len());
    let fourth = embeds.build(&[], &of_workspace);
    assert!(!fourth.compiled(), "{}", fourth.stderr);
}

#[test]
fn a_library_without_an_image_is_warned_of_the_three_ways_to_one() {
    let embeds = Crate::new();
    let build = embeds.build(&[], &[]);
    assert!(build.succeeded, "{}", build.stderr);
    for way in ["SFBOX_IMAGE", "Builder::component", "Builder::native_image"] {
        assert!(build.stderr.contains(way), "{}", build.stderr);
    }
    let compiler = embeds.build(&["--features", "compiler"], &[]);
    assert!(!compiler.stderr.contains("warning"), "{}", compiler.stderr);
}

#[test]
fn a_binary_that_would_have_no_component_is_not_installed() {
    let embeds = Crate::new();
    let install = ["install", "--path", "cli", "--root", "installed"];
    let outside = embeds.cargo(&install).output().unwrap();
    let said = String::from_utf8(outside.stderr).unwrap();
    assert!(!outside.status.success());
    assert!(said.contains("cargo xtask install"), "{said}");
    let missing = embeds.path("target/component/sfbox.cwasm");
    let inside = embeds
        .cargo(&install)
        .env("SFBOX_WORKSPACE_IMAGE", missing)
        .output()
        .unwrap();
    let said = String::from_utf8(inside.stderr).unwrap();
    assert!(!inside.status.success());
    assert!(said.contains("cargo xtask install"), "{said}");
    assert!(!embeds.path("installed/bin/installs").exists());
    let chosen = embeds.write("chosen.cwasm", b"chosen");
    let installed = embeds.cargo(&install).env("SFBOX_IMAGE", chosen).output();
    assert!(installed.unwrap().status.success());
    assert!(embeds.path("installed/bin/installs").exists());
}

#[test]
fn an_editor_checks_the_binary_without_an_image() {
    let embeds = Crate::new();
    let missing = embeds.path("target/component/sfbox.cwasm");
    let check = embeds
        .cargo(&["check", "--package", "installs"])
        .env("SFBOX_WORKSPACE_IMAGE", missing)
        .output()
        .unwrap();
    let said = String::from_utf8(check.stderr).unwrap();
    assert!(check.status.success(), "{said}");
    assert!(said.contains("cargo xtask image"), "{said}");
}
