//! A machine as a reader of README.md and `docs/` has it, on which a page's commands are
//! run as they stand there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use workspace::console::Block;
use workspace::{python, root};

use crate::commands::{is_elsewhere, is_not_run, sections};
use crate::org::Org;

/// How long the commands of a page may take. The slowest page takes seconds; what takes
/// longer than this waits for something that does not come.
pub(crate) const PAGE_TAKES_MAX: Duration = Duration::from_secs(120);

/// A machine as a reader has it: a home, and the programs that the pages name.
pub(crate) struct Machine {
    home: TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let machine = Self { home };
        machine.python(&python());
        machine.link("bin/sfbox", Path::new(env!("CARGO_BIN_EXE_sfbox")));
        machine
    }

    /// The Python of an environment. A link would leave the environment that its packages
    /// are in.
    pub(crate) fn python(&self, python: &Path) {
        self.program("python", &format!("exec {} \"$@\"", python.display()));
    }

    /// A program that runs this line of the shell.
    pub(crate) fn program(&self, name: &str, line: &str) {
        let name = format!("bin/{name}");
        self.write(&name, &format!("#!/bin/sh\n{line}\n"));
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(&name), executable).unwrap();
    }

    pub(crate) fn link(&self, name: &str, to: &Path) {
        symlink(to, self.path(name)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Leads sfbox to the org, without a word on its command line.
    pub(crate) fn lead_to(&self, org: &Org, more: &str) {
        let way = format!(
            "connect-to = [\"{}\"]\ncacert = \"{}\"\n{more}",
            org.connect_to(),
            org.cacert().display()
        );
        self.write(".config/sfbox/config.toml", &way);
    }

    /// Runs commands in one shell up to the first that fails; answers what they print.
    #[track_caller]
    pub(crate) fn run(&self, script: &str, environment: &[(&str, &str)]) -> String {
        match self.run_within(PAGE_TAKES_MAX, script, environment) {
            Ok(printed) => printed,
            Err(told) => panic!("{told}"),
        }
    }

    /// The same, and answers what the commands say if one fails, or if they take longer
    /// than that: then they are ended, and so is all that they began.
    pub(crate) fn run_within(
        &self,
        limit: Duration,
        script: &str,
        environment: &[(&str, &str)],
    ) -> Result<String, String> {
        let home = self.home.path();
        let script = format!("set -euo pipefail\ntrap 'kill $(jobs -p) || true' EXIT\n{script}");
        self.write("script.sh", &script);
        // Files, and no pipes: what was begun in the background may hold those open.
        let [printed, told] = ["printed", "told"].map(|name| self.path(name));
        let mut shell = Command::new("bash")
            .arg("script.sh")
            .current_dir(home)
            .env_clear()
            .env("PATH", format!("{}/bin:/usr/bin:/bin", home.display()))
            .env("HOME", home)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(fs::File::create(&printed).unwrap())
            .stderr(fs::File::create(&told).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let status = loop {
            match shell.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if begun.elapsed() > limit => break None,
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        if status.is_none() {
            let group = Pid::from_child(&shell);
            kill_process_group(group, Signal::KILL).unwrap();
            shell.wait().unwrap();
        }
        let printed = fs::read_to_string(printed).unwrap();
        let told = fs::read(told).unwrap();
        let told = String::from_utf8_lossy(&told);
        match status {
            Some(status) if status.success() => Ok(printed),
            Some(status) => Err(format!("{script}\n{printed}{told}\n{status}")),
            None => Err(format!("{script}\n{printed}{told}\nno end after {limit:?}")),
        }
    }
}

/// Something that `cargo xtask test` made for hosts and clients of others.
pub(crate) fn made(name: &str) -> PathBuf {
    let path = root().join("target/foreign").join(name);
    assert!(
        path.exists(),
        "no {}: run `cargo xtask test`",
        path.display()
    );
    path
}

/// Whether all of these packages could be installed; says so, loudly, if one could not.
#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
pub(crate) fn are_installed(page: &str, packages: &[&str]) -> bool {
    packages.iter().all(|package| {
        let note = format!("target/foreign/{package}.absent");
        let why = fs::read_to_string(root().join(note));
        if let Ok(why) = &why {
            eprintln!("\nSKIPPED the commands of {page}: no {package}: {why}\n");
        }
        why.is_err()
    })
}

/// The Node of that version, which is a package.
pub(crate) fn node(version: u32) -> PathBuf {
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    made(&format!(
        "node/node_modules/node-{version}-{machine}/bin/node"
    ))
}

/// The commands of a page, or of one of its sections; see [`script_of`]. Of a whole page,
/// what another test runs is left out.
pub(crate) fn script(
    machine: &Machine,
    page: &str,
    section: Option<&str>,
    changed: &[(&str, &str)],
) -> String {
    let blocks = sections(page, section);
    let is_left_out = |command: &str| match section {
        None => is_elsewhere(page, command),
        Some(_) => is_not_run(command),
    };
    let script = script_of(machine, &blocks, is_left_out, changed);
    assert!(!script.is_empty(), "{page} has commands");
    script
}

/// Writes the files that blocks show, and answers their commands as a script; in both
/// every `from` becomes its `to`.
pub(crate) fn script_of(
    machine: &Machine,
    blocks: &[Block],
    is_left_out: impl Fn(&str) -> bool,
    changed: &[(&str, &str)],
) -> String {
    let change = |text: &str| {
        let changes = changed.iter();
        changes.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let mut script = String::new();
    for block in blocks {
        if let Some(name) = block.file() {
            machine.write(name, &change(&block.text));
        }
        let commands = block.commands().into_iter();
        for command in commands.filter(|command| !is_left_out(command)) {
            script.extend([change(&command).as_str(), "\n"]);
        }
    }
    script
}
