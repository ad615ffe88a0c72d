//! The binary by itself.

use std::fs;

use crate::sfbox::run;

#[test]
fn the_shipped_binary_holds_no_compiler() {
    let binary = fs::read(env!("CARGO_BIN_EXE_sfbox")).unwrap();
    let holds = |text: &[u8]| binary.windows(text.len()).any(|window| window == text);
    assert!(holds(b"AWSCURRENT"), "the search finds what is there");
    assert!(!holds(b"cranelift_codegen"));
    assert!(!holds(b"regalloc2"));
}

#[test]
fn help_teaches_with_an_example_for_each_command() {
    for command in [
        &["--help"][..],
        &["query", "--help"],
        &["session", "--help"],
        &["org", "--help"],
    ] {
        let help = run(command);
        assert_eq!(help.status, 0);
        assert!(
            help.stdout.contains("Example"),
            "{command:?}: {}",
            help.stdout
        );
        assert!(help.stderr.is_empty());
    }
    let query = run(["query", "--help"]).stdout;
    assert!(
        query.contains("COUNT()"),
        "not only its first line: {query}"
    );
    for (family, command) in [
        ("session", "status"),
        ("session", "renew"),
        ("session", "forget"),
        ("org", "add"),
        ("org", "list"),
        ("org", "check"),
    ] {
        let help = run([family, command, "--help"]).stdout;
        assert!(help.contains("Example"), "{family} {command}: {help}");
    }
}

#[test]
fn help_and_its_page_have_the_same_exit_statuses() {
    let page = workspace::root().join("docs/command-line.md");
    let page = fs::read_to_string(page).unwrap();
    let help = run(["--help"]).stdout;
    for status in ["0", "1", "2", "3", "4", "5", "6", "101"] {
        let described = |line: &&str| line.trim_start().starts_with(&format!("{status} "));
        let line = help.lines().find(described).expect(status);
        let meaning = line
            .trim_start()
            .trim_start_matches(status)
            .trim()
            .trim_start_matches("try again later: ");
        assert!(page.contains(meaning), "`{meaning}` is not on the page");
    }
}

#[test]
fn what_is_typed_wrong_is_a_usage_error() {
    for arguments in [
        &["query"][..],
        &["query", "x", "--store", "nonsense"],
        &["query", "x", "--batch-size", "199"],
        &["query", "x", "--timeout", "0"],
        &["query", "x", "--connect-to", "a:b"],
        &["query", "x", "--allow-host", "127.0.0.1"],
        &["--demo", "--org", "x", "query", "x"],
        &["--store", "file:/x", "query", "x"],
        &["--org", "a b", "--store", "file:/x", "query", "x"],
        &["org", "add"],
        &["org", "add", "acme", "--consumer-secret", "x"],
        &["org", "add", "acme", "--domain", "login.salesforce.com"],
        &["org", "add", "acme", "--org", "x"],
        &["org", "list", "--output", "csv"],
        &["org", "check"],
        &["--demo", "org", "add", "acme"],
        &["--demo", "org", "list"],
        &["nonsense"],
    ] {
        let run = run(arguments);
        assert_eq!(run.status, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty());
        assert!(run.stderr.contains("error: "), "{}", run.stderr);
    }
}

#[test]
fn the_demo_needs_nothing() {
    let demo = run(["--demo", "query", "SELECT Id, Name FROM Account LIMIT 3"]);
    assert_eq!(demo.records().len(), 3);
    assert!(demo.stderr.starts_with("demo: 1 login"), "{}", demo.stderr);
    let demo = run(["--demo", "session", "status"]);
    assert_eq!(demo.object()["origin"], "none");
    assert!(demo.stderr.starts_with("demo: 0 login"), "{}", demo.stderr);
}
