//! The commands of README.md and `docs/`: those that can be are run as they stand
//! there; for every other one it is known which test runs it, or why none does.

use std::fs;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use moto::Moto;
use workspace::console::Block;
use workspace::root;

use crate::clients::cargo;
use crate::closed_port::closed_port;
use crate::commands::{ELSEWHERE, is_elsewhere, is_not_run, sections, text};
use crate::machine::{Machine, PAGE_TAKES_MAX, are_installed, made, node, script, script_of};
use crate::org::{CONSUMER_SECRET, Org};

/// The pages whose commands are run by the tests below, by `clients.rs` and by `detour.rs`,
/// and the headings if not all are.
const RUN: [(&str, &[&str]); 8] = [
    (
        "README.md",
        &["Install", "First org, without AWS", "First org, on AWS"],
    ),
    ("docs/clients.md", &[]),
    ("docs/command-line.md", &[]),
    ("docs/configuration.md", &[]),
    ("docs/emulator.md", &[]),
    ("docs/from-simple-salesforce.md", &[]),
    ("docs/gateway.md", &[]),
    ("docs/hosts.md", &["With the emulator"]),
];

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
    let machine = Machine::new();
    let port = closed_port().to_string();
    let changed = [("8443", port.as_str())];
    let printed = machine.run(&script(&machine, "docs/emulator.md", None, &changed), &[]);
    for told in [
        r#""consumerKey":"demo-consumer-key""#,
        r#""localUrl":"https://localhost:"#,
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

#[test]
fn the_gateway_as_its_page_shows_it() {
    const PAGE: &str = "docs/gateway.md";
    let machine = Machine::new();
    let (door, admin) = (closed_port().to_string(), closed_port().to_string());
    let serve = format!("sfbox serve --listen 127.0.0.1:{door}");
    let changed = [
        ("sfbox serve", serve.as_str()),
        ("8443", door.as_str()),
        ("9090", admin.as_str()),
    ];
    let mut blocks = sections(PAGE, None);
    if are_installed(PAGE, &["node", "jsforce"]) {
        machine.link("bin/node", &node(26));
        machine.link("node_modules", &made("jsforce/node_modules"));
    } else {
        blocks.retain(|block| !["jsforce", "fetch"].contains(&block.section.as_str()));
    }
    if are_installed(PAGE, &["rust"]) {
        cargo(&machine);
        let package = sections("docs/clients.md", Some("Rust"));
        machine.write("Cargo.toml", &package[0].text);
    } else {
        blocks.retain(|block| block.section != "force");
    }
    let commands = script_of(&machine, &blocks, is_not_run, &changed);
    let printed = machine.run(&commands, &[]);
    for told in [
        r#""keys":1"#,
        r#"{"totalSize":3"#,
        r#""access_token":"sfbox_"#,
        r#""access":"no-delete""#,
        "sfbox_requests_total{status=\"200\"}",
    ] {
        assert!(printed.contains(told), "{told} is not in:\n{printed}");
    }
    // Each client reads the same records: curl, and one that each other section has.
    let has = |section: &&str| blocks.iter().any(|block| block.section == *section);
    let others = [
        "simple-salesforce",
        "jsforce",
        "fetch",
        "aiosalesforce",
        "force",
    ];
    let clients = 1 + others.iter().filter(|section| has(section)).count();
    let page = printed
        .lines()
        .find(|line| line.starts_with(r#"{"totalSize""#));
    // curl ends no line: what the next program prints follows at once.
    let mut values = serde_json::Deserializer::from_str(page.unwrap()).into_iter();
    let page: serde_json::Value = values.next().unwrap().unwrap();
    let names = page["records"].as_array().unwrap().iter();
    for name in names.map(|record| record["Name"].as_str().unwrap()) {
        assert!(
            printed.matches(name).count() == clients,
            "{name}:\n{printed}"
        );
    }
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
