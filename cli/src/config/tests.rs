use clap::CommandFactory as _;

use super::*;
use crate::command_line::Cli;

fn set(text: &str, profile: Option<&str>) -> Result<Command, String> {
    defaults(Cli::command(), text, profile)
}

fn refused(text: &str, profile: Option<&str>) -> String {
    set(text, profile).map(|_| ()).unwrap_err()
}

/// What an option is, once a file has been read and a line typed.
fn value(text: &str, profile: Option<&str>, line: &str, id: &str) -> Vec<String> {
    let matches = set(text, profile)
        .unwrap()
        .try_get_matches_from(line.split(' '))
        .unwrap();
    let leaf = deepest(&matches);
    let raw = leaf.get_raw(id).into_iter().flatten();
    raw.map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

/// Every key with a value that is not its default.
const ALL: &str = r#"
org = "acme"
store = "file:/x"
session-secret = "acme/session"
session-ttl = 7200
require-shared = true
connect-to = ["a:1:b:2", "c:3:d:4"]
proxy = "http://proxy.example:3128"
allow-host = "files.example.com"
cacert = "/ca.pem"
api-version = "latest"
timeout = 30
read-only = true
no-delete = true
allow-path = "POST /services/apexrest/orders/*"
allow-anonymous-apex = true
audit = "/audit.ndjson"
color = "never"
log-format = "json"
output = "csv"
"#;

#[test]
fn every_key_sets_its_option() {
    let keys = Key::all(&Cli::command());
    for key in &keys {
        let id = key.name.replace('-', "_");
        let values = value(ALL, None, "sfbox query x", &id);
        assert!(!values.is_empty(), "{}", key.name);
        let none = value("", None, "sfbox query x", &id);
        assert_ne!(values, none, "{}", key.name);
    }
    assert_eq!(
        ALL.trim().lines().count(),
        keys.len(),
        "all of them are here"
    );
    let both = value(ALL, None, "sfbox session status", "connect_to");
    assert_eq!(both, ["a:1:b:2", "c:3:d:4"]);
}

#[test]
fn what_is_typed_counts_for_more_and_a_profile_more_than_the_rest() {
    let text = "timeout = 30\n[profiles.slow]\ntimeout = 300\n[profiles.other]\norg = 'x'\n";
    for (profile, line, seconds) in [
        (None, "sfbox session status", "30"),
        (Some("slow"), "sfbox session status", "300"),
        (Some("other"), "sfbox session status", "30"),
        (Some("slow"), "sfbox --timeout 5 session status", "5"),
        (Some("slow"), "sfbox session status --timeout 5", "5"),
    ] {
        assert_eq!(value(text, profile, line, "timeout"), [seconds], "{line}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_line_and_a_suggestion() {
    for (text, words) in [
        (
            "\nstroe = 'aws'",
            "line 2: unknown key `stroe`: did you mean `store`?",
        ),
        (
            "xyzzy = 1",
            "line 1: unknown key `xyzzy`: `sfbox config` shows all keys",
        ),
        ("verbose = 3", "unknown key `verbose`"),
        ("consumer_secret = 'x'", "belongs in the org's secret"),
        ("timeout = 0", "line 1: invalid value '0' for '--timeout"),
        ("timeout = true", "`timeout` needs a string or a number"),
        ("timeout = [1]", "`timeout` needs a string or a number"),
        ("timeout = 0x10", "`timeout` needs a string or a number"),
        (
            "require-shared = 'yes'",
            "`require-shared` needs true or false",
        ),
        (
            "connect-to = 1.5",
            "`connect-to` needs a string, or an array",
        ),
        ("store = 'vault:x'", "expected `aws` or `file:DIR`"),
        ("proxy = true", "`proxy` needs a string or a number"),
        ("output = 'xml'", "invalid value 'xml' for '--output"),
        ("profiles = 1", "line 1: profiles are tables"),
        ("[profiles]\nprod = 1", "line 2: profiles are tables"),
        ("a = ", "line 1: "),
        ("timeout = 1\ntimeout = 2", "line 2: duplicate key"),
    ] {
        let why = refused(text, None);
        assert!(why.contains(words), "{text}: {why}");
    }
}

#[test]
fn a_mistake_does_not_repeat_the_proxy_s_password() {
    for text in [
        "proxy = 'http://u:canary@proxy.example\n",
        "proxy = 'http://u:canary@proxy.example'\nproxy = 'x'",
        "proxy = ['http://u:canary@proxy.example']",
        "prxy = 'http://u:canary@proxy.example'",
        "http://u:canary@proxy.example",
    ] {
        let why = refused(text, None);
        assert!(!why.contains("canary"), "{text}: {why}");
    }
}

#[test]
fn a_profile_that_is_not_there_is_refused_with_those_that_are() {
    let text = "[profiles.prod]\n[profiles.test]\n";
    assert_eq!(
        refused(text, Some("prd")),
        "unknown profile `prd`: did you mean `prod`? (the file has prod, test)"
    );
    assert_eq!(
        refused("", Some("x")),
        "unknown profile `x`: the file has no profiles"
    );
}

/// The table in docs/configuration.md, made of what help says.
fn table() -> String {
    let mut table = "| key | value | meaning |\n|---|---|---|\n".to_owned();
    for key in Key::all(&Cli::command()) {
        let value = key.value.replace('|', "\\|");
        table.push_str(&format!("| `{}` | `{value}` | {} |\n", key.name, key.help));
    }
    table
}

/// After a change of an option, paste what this test prints.
#[test]
fn the_page_has_every_key() {
    let page = include_str!("../../../docs/configuration.md");
    let table = table();
    assert!(
        page.contains(&table),
        "docs/configuration.md lacks:\n{table}"
    );
}

#[test]
fn a_file_names_its_orgs_and_its_profiles() {
    let text = "org = 'a'\n[profiles.x]\norg = 'b'\n[profiles.y]\ntimeout = 3\n";
    let names = File::parse(text).unwrap().names();
    assert_eq!(names.orgs, ["a", "b"]);
    assert_eq!(names.profiles, ["x", "y"]);
    assert_eq!(
        File::parse("org = 3\nprofiles = 1").unwrap().names(),
        Names::default()
    );
}
