//! Hosts that others wrote, on `sfbox emulate`: the commands of a section of
//! `docs/hosts.md`.

use std::fs;
use std::time::Duration;

use workspace::root;

use crate::closed_port::closed_port;
use crate::commands::sections;
use crate::machine::{Machine, are_installed, made, node, script};

const PAGE: &str = "docs/hosts.md";
const SECTION: &str = "With the emulator";

/// How long the commands may take: wasmtime compiles a component of 20 MB, and jco
/// translates one, beside other tests.
const TAKES_MAX: Duration = Duration::from_secs(300);

/// What a component of the page is called where xtask has composed it with the detour, as
/// the page's command does it: building `wac` takes three minutes.
fn composed(socket: &str, plug: &str) -> String {
    let detour = match socket {
        "sfbox-wasi-0.2.wasm" => "sfbox-detour-wasi-0.2.wasm",
        _ => "sfbox-detour.wasm",
    };
    assert_eq!(plug, detour, "{socket}");
    match socket {
        // `docs/composing.md` has the reader create it.
        "app.wasm" => "ask-python.wasm".to_owned(),
        _ => socket.to_owned(),
    }
}

/// The components that the page's `wac plug SOCKET --plug PLUG -o OUTPUT` create.
fn compose(machine: &Machine) {
    let blocks = sections(PAGE, Some(SECTION)).into_iter();
    let commands: Vec<String> = blocks.flat_map(|block| block.commands()).collect();
    let mut outputs = 0;
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        if let ["wac", "plug", socket, "--plug", plug, "-o", output] = words[..] {
            let from = made(&composed(socket, plug));
            fs::copy(from, machine.path(output)).unwrap();
            outputs += 1;
        }
    }
    assert_eq!(outputs, 3);
}

#[test]
fn components_on_hosts_of_others_reach_the_emulator() {
    let packages = ["node", "jco", "wasmtime", "wasmtime-py", "componentize-py"];
    if !are_installed(PAGE, &packages) {
        return;
    }
    let machine = Machine::new();
    machine.link("bin/wasmtime", &made("wasmtime/bin/wasmtime"));
    machine.python(&made("wasmtime-py/bin/python"));
    machine.link("bin/node", &node(20));
    machine.link("node_modules", &made("jco/node_modules"));
    machine.program(
        "npx",
        "name=$1; shift; exec \"node_modules/.bin/$name\" \"$@\"",
    );
    // `npm pkg set type=module`.
    machine.write("package.json", r#"{"type": "module"}"#);
    for example in ["query.mjs", "query.py"] {
        let from = root().join("examples").join(example);
        fs::copy(from, machine.path(example)).unwrap();
    }
    compose(&machine);
    let port = closed_port().to_string();
    let mut commands = script(&machine, PAGE, Some(SECTION), &[("8080", &port)]);
    commands.push_str("curl --silent --fail http://$SFBOX_DETOUR/__emulator/stats\n");
    let printed = machine.run_within(TAKES_MAX, &commands, &[]).unwrap();
    // wasmtime ends with status 0 whatever the function returns.
    assert!(printed.contains("ok({body: "), "{printed}");
    assert!(printed.contains(r#"ok("3 records")"#), "{printed}");
    let pages = printed
        .lines()
        .filter(|line| line.starts_with(r#"{"totalSize":1,"#));
    assert_eq!(pages.count(), 2, "{printed}");
    let stats = printed.lines().last().unwrap();
    let stats: serde_json::Value = serde_json::from_str(stats).unwrap();
    // Nothing of them remembers the session of another.
    assert_eq!(
        (&stats["logins"], &stats["unexpected"]),
        (&4.into(), &0.into()),
        "{stats}"
    );
}
