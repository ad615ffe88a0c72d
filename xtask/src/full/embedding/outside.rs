//! The program of `docs/embedding.md`, built outside of the workspace as the page says,
//! and run: it depends on the sources under test by git, and cargo takes everything
//! else as the workspace has built it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use workspace::console::blocks;

use crate::binary::built;
use crate::command::{cargo, foreign, output};

/// The program's files, as the page shows them.
const FILES: [&str; 3] = ["Cargo.toml", ".cargo/config.toml", "src/main.rs"];

/// What the workspace asks of crates that the program has, too.
const SHARED: &str = include_str!("shared.toml");

/// The workspace's profile, but for what only its own crates have.
const PROFILE: [&str; 5] = [
    "profile.dev.debug = 'line-tables-only'",
    "profile.dev.package.'*'.codegen-units = 4",
    "profile.dev.package.'*'.debug = false",
    "profile.dev.package.'*'.debug-assertions = false",
    "profile.dev.package.'*'.overflow-checks = false",
];

/// Crates that may be compiled a second time, because their features have changed
/// since `shared.toml` was written.
const TWICE_MAX: usize = 10;

/// Where the sources under test are in the repository.
const REFERENCE: &str = "refs/heads/under-test";

/// More than a page.
const ROWS: usize = 2_500;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

fn target() -> PathBuf {
    root().join(built())
}

fn example(name: &str) -> String {
    fs::read_to_string(root().join("examples/embedding").join(name)).unwrap()
}

/// A repository that has the sources as they are now, committed or not, under the same
/// name each time.
fn repository() -> PathBuf {
    let folder = target().join("embedding.git");
    let git = |arguments: &[&str]| {
        let mut git = foreign("git");
        git.arg("--git-dir").arg(&folder).args(arguments);
        git.current_dir(root()).env("GIT_WORK_TREE", root());
        for who in ["AUTHOR", "COMMITTER"] {
            // The same sources are the same commit.
            git.env(format!("GIT_{who}_NAME"), "nobody")
                .env(format!("GIT_{who}_EMAIL"), "nobody@example.com")
                .env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        let printed = output(&mut git);
        printed.unwrap_or_else(|| panic!("`git {}` failed", arguments.join(" ")))
    };
    let init = ["init", "--quiet", "--bare"];
    let made = output(foreign("git").args(init).arg(&folder));
    made.expect("`git init` works");
    git(&["-c", "core.bare=false", "add", "--all"]);
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", &tree, "-m", "The sources under test"]);
    git(&["update-ref", REFERENCE, &commit]);
    folder
}

/// The built-in org, until it is dropped.
struct Emulator(Child);

impl Emulator {
    /// Serves the org out of `folder`, and tells its port.
    fn start(folder: &Path) -> (Self, u64) {
        let sfbox = target().join("debug/sfbox");
        let rows = ROWS.to_string();
        let mut process = Command::new(&sfbox)
            .args(["emulate", "--dir", "org", "--rows", &rows])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", sfbox.display()));
        let mut line = String::new();
        let printed = process.stdout.take().unwrap();
        BufReader::new(printed).read_line(&mut line).unwrap();
        let emulator = Self(process);
        let ready: Value = serde_json::from_str(&line).unwrap();
        let address = ready["address"].as_str().unwrap();
        let (_, port) = address.rsplit_once(':').unwrap();
        (emulator, port.parse().unwrap())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// The program's folder, somewhere else.
fn program(port: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let url = format!("file://{}", repository().display());
    for name in FILES {
        let text = example(name)
            .replace("URL-OF-THIS-REPOSITORY", &url)
            .replace("COMMIT", REFERENCE)
            .replace("8443", &port.to_string());
        write(name, text.as_bytes());
    }
    let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
    write("Cargo.toml", format!("{manifest}{SHARED}").as_bytes());
    // Dependencies of builds are unified only for a crate that has a build.
    write("build.rs", b"fn main() {}");
    write("Cargo.lock", &fs::read(root().join("Cargo.lock")).unwrap());
    let image = root().join("target/component/sfbox.cwasm");
    write("images/sfbox.cwasm", &fs::read(image).unwrap());
    folder
}

/// The crates that cargo says it compiles.
fn compiled(stderr: &str) -> Vec<&str> {
    let lines = stderr.lines().map(str::trim);
    let crates = lines.filter_map(|line| line.strip_prefix("Compiling "));
    crates
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

#[test]
fn the_page_shows_the_program() {
    let page = fs::read_to_string(root().join("docs/embedding.md")).unwrap();
    let shown = blocks(&page);
    for name in FILES {
        let text = example(name);
        assert!(shown.iter().any(|block| block.text == text), "{name}");
    }
}

#[test]
fn a_program_outside_embeds_the_library() {
    let org = tempfile::tempdir().unwrap();
    let (_emulator, port) = Emulator::start(org.path());
    let program = program(port);
    let build = cargo()
        .arg("build")
        .args(PROFILE.iter().flat_map(|profile| ["--config", profile]))
        .current_dir(program.path())
        .env_remove("SFBOX_IMAGE")
        .env_remove("SFBOX_WORKSPACE_IMAGE")
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{told}");
    let ours = [
        "embedding",
        "sfbox",
        "sfbox-completeness",
        "sfbox-remedy",
        "sfbox-secret",
    ];
    let mut twice = compiled(&told);
    twice.retain(|name| !ours.contains(name));
    assert!(
        twice.len() <= TWICE_MAX,
        "the workspace builds these with other features, which shared.toml lacks: {twice:?}"
    );
    let run = Command::new(target().join("debug/embedding"))
        .current_dir(org.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    let pages = String::from_utf8(run.stdout).unwrap();
    let records = pages.lines().map(|page| {
        let page: Value = serde_json::from_str(page).unwrap();
        page["records"].as_array().unwrap().len()
    });
    assert_eq!(records.collect::<Vec<_>>(), [2_000, ROWS - 2_000]);
}
