//! The commands of README.md and `docs/`: those that can be are run as they stand
//! there; for every other one it is known which test runs it, or why none does.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use moto::Moto;
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use workspace::console::{Block, blocks};
use workspace::{python, root};

use crate::closed_port::closed_port;
use crate::org::{CONSUMER_SECRET, Org};

/// The pages whose commands the tests below run, and the headings if not all are.
const RUN: [(&str, &[&str]); 5] = [
    (
        "README.md",
        &["Install", "First org, without AWS", "First org, on AWS"],
    ),
    ("docs/command-line.md", &[]),
    ("docs/configuration.md", &[]),
    ("docs/emulator.md", &[]),
    ("docs/from-simple-salesforce.md", &[]),
];

/// Commands that another test runs, or what they do: a page, the command's beginning,
/// the file, and the test.
const ELSEWHERE: [(&str, &str, &str, &str); 20] = [
    (
        "docs/embedding.md",
        "",
        EMBEDDING,
        "a_program_outside_embeds_the_library",
    ),
    ("docs/composing.md", "mkdir ", COMPOSING, "build"),
    ("docs/composing.md", "cp ", COMPOSING, "build"),
    ("docs/composing.md", "echo ", COMPOSING, "build"),
    ("docs/composing.md", "componentize-py ", COMPOSING, "build"),
    ("docs/composing.md", "node build.mjs", COMPOSING, "build"),
    (
        "docs/composing.md",
        "python run.py",
        CONSUMERS,
        "a_javascript_component_asks",
    ),
    ("docs/composing.md", "chmod ", INSTALLATION, "python"),
    (
        "docs/composing.md",
        "export SFBOX_SECRETS",
        CONSUMERS,
        "a_python_component_asks",
    ),
    (
        "docs/composing.md",
        "wasmtime run",
        CONSUMERS,
        "a_python_component_asks",
    ),
    (
        "docs/hosts.md",
        "export SFBOX_SECRETS",
        SERVED,
        "wasmtime_run_invokes_a_function",
    ),
    (
        "docs/hosts.md",
        "wasmtime run",
        SERVED,
        "wasmtime_run_invokes_a_function",
    ),
    (
        "docs/hosts.md",
        "wasmtime serve",
        EXAMPLES,
        "a_component_consumes_the_component",
    ),
    ("docs/hosts.md", "npx jco transpile", INSTALLATION, "jco"),
    (
        "docs/hosts.md",
        "SFBOX_SECRETS='{\"acme\": {…}}' node",
        EXAMPLES,
        "a_node_program_runs_the_component",
    ),
    (
        "docs/hosts.md",
        "SFBOX_SECRETS='{\"acme\": {…}}' python",
        EXAMPLES,
        "a_python_program_runs_the_component",
    ),
    (
        "docs/proxy.md",
        "export HTTPS_PROXY",
        PROXY,
        "a_proxy_that_wants_a_password_gets_it_and_nobody_else_does",
    ),
    (
        "docs/proxy.md",
        "sfbox org check",
        PROXY,
        "a_proxy_that_wants_a_password_gets_it_and_nobody_else_does",
    ),
    ("docs/lambda.md", "cargo lambda", WATCH, "invoke"),
    (
        "docs/lambda.md",
        "AWS_LAMBDA_RUNTIME_API",
        WATCH,
        "environment",
    ),
];

const COMPOSING: &str = "xtask/src/full/foreign/composing.rs";
const CONSUMERS: &str = "tests/foreign/src/consumers.rs";
const EMBEDDING: &str = "xtask/src/full/embedding/outside.rs";
const EXAMPLES: &str = "tests/foreign/src/examples.rs";
const INSTALLATION: &str = "xtask/src/full/foreign/installation.rs";
const PROXY: &str = "tests/e2e/proxy.rs";
const SERVED: &str = "tests/foreign/src/hosts/served.rs";
const WATCH: &str = "lambda/tests/watch.rs";

/// How long the commands of a page may take. The slowest page takes seconds; what takes
/// longer than this waits for something that does not come.
const PAGE_TAKES_MAX: Duration = Duration::from_secs(120);

/// The list in CONTRIBUTING.md: a command's beginning, and why.
const NOT_RUN: &str = "## Commands that no test runs";

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The beginnings of the commands that no test runs.
fn not_run() -> Vec<String> {
    let contributing = text("CONTRIBUTING.md");
    let (_, list) = contributing.split_once(NOT_RUN).unwrap();
    let list = list
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let commands = list.filter_map(|row| row.strip_prefix("| `")?.split_once("` |"));
    commands.map(|(command, _)| command.to_owned()).collect()
}

/// Whether a command is for none of the tests here.
fn is_elsewhere(page: &str, command: &str) -> bool {
    let mut elsewhere = ELSEWHERE.iter();
    elsewhere.any(|(of, begins, ..)| *of == page && command.starts_with(begins))
        || not_run().iter().any(|begins| command.starts_with(begins))
}

/// A machine as a reader has it: a home, and the programs that the pages name.
struct Machine {
    home: TempDir,
}

impl Machine {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let machine = Self { home };
        machine.write(
            "bin/python",
            // A link would leave the environment that its packages are in.
            &format!("#!/bin/sh\nexec {} \"$@\"\n", python().display()),
        );
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(machine.path("bin/python"), executable).unwrap();
        symlink(env!("CARGO_BIN_EXE_sfbox"), machine.path("bin/sfbox")).unwrap();
        if let Some(node) = node() {
            symlink(node, machine.path("bin/node")).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Leads sfbox to the org, without a word on its command line.
    fn lead_to(&self, org: &Org, more: &str) {
        let way = format!(
            "connect-to = [\"{}\"]\ncacert = \"{}\"\n{more}",
            org.connect_to(),
            org.cacert().display()
        );
        self.write(".config/sfbox/config.toml", &way);
    }

    /// Runs commands in one shell up to the first that fails; answers what they print.
    #[track_caller]
    fn run(&self, script: &str, environment: &[(&str, &str)]) -> String {
        match self.run_within(PAGE_TAKES_MAX, script, environment) {
            Ok(printed) => printed,
            Err(told) => panic!("{told}"),
        }
    }

    /// The same, and answers what the commands say if one fails, or if they take longer
    /// than that: then they are ended, and so is all that they began.
    fn run_within(
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

/// The Node that `cargo xtask test` installs, if it could.
fn node() -> Option<std::path::PathBuf> {
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let node = format!("target/foreign/node/node_modules/node-20-{machine}/bin/node");
    Some(root().join(node)).filter(|node| node.exists())
}

/// The blocks of a page below one heading, or all.
fn sections(page: &str, section: Option<&str>) -> Vec<Block> {
    let blocks = blocks(&text(page)).into_iter();
    let blocks = blocks.filter(|block| section.is_none_or(|section| block.section == section));
    blocks.collect()
}

/// The file that a block shows, if its first line names one.
fn file(block: &Block) -> Option<&str> {
    let first = block.text.lines().next()?;
    let name = first
        .strip_prefix("# ")
        .or_else(|| first.strip_prefix("// "))?;
    Path::new(name).extension()?;
    (!name.contains(char::is_whitespace)).then_some(name)
}

/// Writes the files that blocks show, and answers their commands as a script; in both
/// every `from` becomes its `to`.
fn script(
    machine: &Machine,
    page: &str,
    section: Option<&str>,
    changed: &[(&str, &str)],
) -> String {
    let change = |text: &str| {
        let changes = changed.iter();
        changes.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let mut script = String::new();
    for block in sections(page, section) {
        if let Some(name) = file(&block) {
            machine.write(name, &change(&block.text));
        }
        let commands = block.commands().into_iter();
        for command in commands.filter(|command| !is_elsewhere(page, command)) {
            script.extend([change(&command).as_str(), "\n"]);
        }
    }
    assert!(!script.is_empty(), "{page} has commands");
    script
}

#[test]
fn every_command_is_run_or_said_not_to_be() {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let docs = docs.filter(|name| name.ends_with(".md"));
    let pages = docs.map(|name| format!("docs/{name}"));
    let mut commands = 0;
    for page in pages.chain(["README.md".to_owned()]) {
        let run = RUN.iter().find(|(run, _)| *run == page);
        for block in sections(&page, None) {
            let is_run = run.is_some_and(|(_, sections)| {
                sections.is_empty() || sections.contains(&block.section.as_str())
            });
            for command in block.commands() {
                commands += 1;
                assert!(
                    is_run || is_elsewhere(&page, &command),
                    "no test is known to run a command of {page}; \
                     CONTRIBUTING.md lists those that none runs:\n{command}"
                );
            }
        }
    }
    assert!(commands > 50, "{commands} were found");
}

#[test]
fn tests_that_are_said_to_run_a_command_exist() {
    for (page, begins, file, test) in ELSEWHERE {
        let named = format!("fn {test}(");
        assert!(text(file).contains(&named), "{test} of {file}");
        let blocks = sections(page, None);
        let mut commands = blocks.iter().flat_map(Block::commands);
        assert!(
            commands.any(|command| command.starts_with(begins)),
            "{page} has no `{begins}`"
        );
    }
}

#[test]
fn a_first_org_without_aws() {
    let (org, machine) = (Org::start(), Machine::new());
    machine.lead_to(&org, "");
    let add = format!("--consumer-key key --secret-stdin <<< '{CONSUMER_SECRET}'");
    let changed = [("--consumer-key 3MVG9…", add.as_str())];
    let section = Some("First org, without AWS");
    let printed = machine.run(&script(&machine, "README.md", section, &changed), &[]);
    assert!(
        printed.contains(r#""step":"write-back","ok":true"#),
        "{printed}"
    );
    assert!(printed.contains(r#""Name":"#), "{printed}");
    assert_eq!(org.logins(), 1);
    // Where the page says that it is.
    let secret = machine.path(".local/state/sfbox/secrets/acme.json");
    assert!(secret.exists());
}

#[test]
fn a_first_org_on_aws() {
    let (org, moto, machine) = (Org::start(), Moto::start(), Machine::new());
    machine.lead_to(&org, "");
    let add = format!("--consumer-key key --secret-stdin <<< '{CONSUMER_SECRET}'");
    let changed = [("--consumer-key 3MVG9…", add.as_str())];
    let section = Some("First org, on AWS");
    let commands = script(&machine, "README.md", section, &changed);
    let printed = machine.run(&commands, &moto.environment());
    assert!(
        printed.contains(r#""name":"prod/salesforce","layout":"extends""#),
        "{printed}"
    );
    assert!(
        printed.contains(r#""step":"write-back","ok":true"#),
        "{printed}"
    );
    assert!(printed.contains(r#""origin":"stored""#), "{printed}");
    assert_eq!(org.logins(), 1);
}

#[test]
fn the_binary_that_is_installed_tells_its_version() {
    let machine = Machine::new();
    let printed = machine.run(&script(&machine, "README.md", Some("Install"), &[]), &[]);
    assert!(printed.starts_with("sfbox "), "{printed}");
}

#[test]
fn the_command_line_as_its_page_shows_it() {
    let (org, machine) = (Org::start(), Machine::new());
    machine.lead_to(
        &org,
        &format!("org = \"acme\"\nstore = \"{}\"\n", org.store()),
    );
    let changed = [("--consumer-key 3MVG9…", "--consumer-key key")];
    let commands = script(&machine, "docs/command-line.md", None, &changed);
    let printed = machine.run(&commands, &[("CONSUMER_SECRET", CONSUMER_SECRET)]);
    assert!(
        printed.contains(r#""name":"test/salesforce","layout":"extends""#),
        "{printed}"
    );
    assert!(!printed.contains(CONSUMER_SECRET), "{printed}");
    let stored = machine.run("sfbox org list", &[]);
    assert!(!stored.contains("test/salesforce"), "{stored}");
    assert_eq!(org.logins(), 1);
    let accounts = fs::read_to_string(machine.path("accounts.ndjson")).unwrap();
    assert_eq!(accounts.lines().count(), sfbox_emulator::ACCOUNTS_DEFAULT);
    assert!(machine.path("man/sfbox-query.1").exists());
}

#[test]
fn the_configuration_as_its_page_shows_it() {
    let (org, machine) = (Org::start(), Machine::new());
    let profile = format!(
        "store = \"{}\"\n[profiles.prod]\norg = \"acme\"\n",
        org.store()
    );
    machine.lead_to(&org, &profile);
    let printed = machine.run(&script(&machine, "docs/configuration.md", None, &[]), &[]);
    assert!(printed.contains("session-ttl"), "{printed}");
    assert!(printed.contains(r#""Id":"001"#), "{printed}");
}

#[test]
fn the_emulator_as_its_page_shows_it() {
    if node().is_none() {
        eprintln!("\nSKIPPED the commands of docs/emulator.md: there is no Node 20\n");
        return;
    }
    let machine = Machine::new();
    let port = closed_port().to_string();
    let changed = [("8443", port.as_str())];
    let printed = machine.run(&script(&machine, "docs/emulator.md", None, &changed), &[]);
    for told in [
        r#""consumerKey":"demo-consumer-key""#,
        r#"{"totalSize":1000}"#,
        r#""version":"66.0""#,
        r#""DailyApiRequests""#,
        r#""active":true"#,
        r#""preferred_username""#,
        r#""expired":"#,
        r#""token_format":"jwt""#,
        r#""released":0"#,
        r#""ids":["001"#,
    ] {
        assert!(printed.contains(told), "{told} is not in:\n{printed}");
    }
    let next = fs::read_to_string(machine.path("next.json")).unwrap();
    assert!(next.contains(r#""records""#), "{next}");
}

/// Nobody waits for an emulator that does not come, and its reader learns why.
#[test]
fn a_page_whose_emulator_cannot_start_ends_with_its_words() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let machine = Machine::new();
    let page = script(&machine, "docs/emulator.md", None, &[("8443", &port)]);
    let begun = Instant::now();
    let told = machine.run_within(PAGE_TAKES_MAX, &page, &[]).unwrap_err();
    assert!(told.contains("in use"), "{told}");
    assert!(!told.contains("no end after"), "{told}");
    assert!(begun.elapsed() < PAGE_TAKES_MAX / 2, "{told}");
}

#[test]
fn commands_that_do_not_end_are_ended_with_what_they_began() {
    let machine = Machine::new();
    let script = "echo printed; sleep 600 & echo $! > pid; echo told >&2; wait";
    let limit = Duration::from_secs(2);
    let told = machine.run_within(limit, script, &[]).unwrap_err();
    assert!(told.contains("printed\ntold\n"), "{told}");
    assert!(told.ends_with("no end after 2s"), "{told}");
    let pid = fs::read_to_string(machine.path("pid")).unwrap();
    // A signal that was sent takes its effect a moment later. Then the process is gone, or
    // was not yet waited for by whoever inherited it.
    let is_running = || {
        let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        state.is_ok_and(|state| !state.contains(") Z "))
    };
    while is_running() {
        thread::yield_now();
    }
}

#[test]
fn a_python_program_comes_over() {
    let (org, moto, machine) = (Org::start(), Moto::start(), Machine::new());
    org.block_on(moto.create("prod/salesforce", &org.secret()));
    machine.lead_to(&org, "");
    let commands = script(&machine, "docs/from-simple-salesforce.md", None, &[]);
    let printed = machine.run(&commands, &moto.environment());
    let names = printed
        .lines()
        .rev()
        .take_while(|line| !line.starts_with(']'));
    assert_eq!(names.count(), 3, "{printed}");
    // What the page says of a failure.
    let failing = "import accounts\ntry:\n    list(accounts.query('SELECT Nothing FROM Account', \
                   '--org', 'prod/salesforce'))\nexcept accounts.QueryFailed as error:\n    \
                   print(error.status)\n";
    machine.write("failing.py", failing);
    assert_eq!(machine.run("python failing.py", &moto.environment()), "1\n");
}
