//! Completion scripts, in the shells that they are for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::org::set_mode;
use crate::sfbox::run;
use crate::terminal::Terminal;

/// A home with a script, a configuration file and a store of files.
struct Home {
    folder: tempfile::TempDir,
    script: PathBuf,
}

impl Home {
    fn with_script_of(shell: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = run(["completions", shell]);
        assert_eq!(made.status, 0, "{}", made.stderr);
        let script = folder.path().join("script");
        fs::write(&script, made.stdout).unwrap();
        let store = folder.path().join("store");
        fs::create_dir(&store).unwrap();
        set_mode(&store, 0o700);
        for name in ["acme", "prod%2Fsalesforce"] {
            let file = store.join(format!("{name}.json"));
            fs::write(&file, "{}").unwrap();
            set_mode(&file, 0o600);
        }
        let config = folder.path().join(".config/sfbox");
        fs::create_dir_all(&config).unwrap();
        let text = format!(
            "store = 'file:{}'\n[profiles.production]\norg = 'of-a-profile'\n",
            store.display()
        );
        fs::write(config.join("config.toml"), text).unwrap();
        Self { folder, script }
    }

    /// A shell with this home, in which `sfbox` is the binary of the tests.
    fn shell(&self, program: &str, arguments: &[&str]) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_sfbox"));
        let folder = binary.parent().unwrap().display();
        let mut shell = Command::new(program);
        shell
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
            .env("TERM", "dumb")
            .env("LANG", "C.UTF-8")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(self.folder.path());
        shell
    }
}

/// What a shell shows when somebody types lines in it, of which `\t` completes.
fn typed(home: &Home, program: &str, arguments: &[&str], prepare: &str, line: &str) -> String {
    let mut terminal = Terminal::new(200);
    // In a session of its own, as a person's shell is.
    let in_session = [&["--ctty", "--wait", program][..], arguments].concat();
    let mut shell = terminal.start(&mut home.shell("setsid", &in_session));
    terminal.read();
    terminal.type_in(&format!("{prepare}; echo is-\"\"ready\n"));
    terminal.until_shown("is-ready");
    terminal.type_in(line);
    // Ctrl-A and a word before the line: what it has become is printed.
    terminal.type_in("\u{1}echo 'became:' \u{5} is-''it\n");
    terminal.until_shown("is-it");
    terminal.type_in("exit\n");
    shell.wait().unwrap();
    terminal.end()
}

#[test]
fn bash_completes() {
    let home = Home::with_script_of("bash");
    let prepare = format!("PS1='$ '; source {}", home.script.display());
    for (line, became) in [
        ("sfbox ses\t", "became: sfbox session is-it"),
        ("sfbox --org ac\t", "became: sfbox --org acme is-it"),
        (
            "sfbox query --org prod/\t",
            "became: sfbox query --org prod/salesforce is-it",
        ),
        (
            "sfbox --org of-\t",
            "became: sfbox --org of-a-profile is-it",
        ),
        (
            "sfbox --profile pro\t",
            "became: sfbox --profile production is-it",
        ),
        (
            "sfbox --store aws --org ac\t",
            "became: sfbox --store aws --org ac is-it",
        ),
        (
            "sfbox query x --output nd\t",
            "became: sfbox query x --output ndjson is-it",
        ),
        (
            "sfbox query x --output-file scr\t",
            "became: sfbox query x --output-file script is-it",
        ),
        ("sfbox --org=ac\t", "became: sfbox --org=acme is-it"),
        (
            "sfbox query --org=prod/\t",
            "became: sfbox query --org=prod/salesforce is-it",
        ),
        (
            "sfbox --profile=\t",
            "became: sfbox --profile=production is-it",
        ),
        (
            "sfbox --store=aws --org=ac\t",
            "became: sfbox --store=aws --org=ac is-it",
        ),
        (
            "sfbox query x --output=nd\t",
            "became: sfbox query x --output=ndjson is-it",
        ),
        (
            "sfbox query x --output-file=scr\t",
            "became: sfbox query x --output-file=script is-it",
        ),
    ] {
        let shown = typed(
            &home,
            "bash",
            &["--norc", "--noprofile", "-i"],
            &prepare,
            line,
        );
        assert!(shown.contains(became), "{became}\n{shown}");
    }
}

#[test]
fn zsh_completes_and_runs_no_name_of_a_value() {
    let home = Home::with_script_of("zsh");
    let prepare = format!(
        "PS1='$ '; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source {}",
        home.script.display()
    );
    for (line, became) in [
        ("sfbox ses\t", "became: sfbox session is-it"),
        ("sfbox --org ac\t", "became: sfbox --org acme is-it"),
        (
            "sfbox query --org=prod/\t",
            "became: sfbox query --org=prod/salesforce is-it",
        ),
        (
            "sfbox --profile pro\t",
            "became: sfbox --profile production is-it",
        ),
        (
            "sfbox --store aws --org ac\t",
            "became: sfbox --store aws --org ac is-it",
        ),
        (
            "sfbox --profile=\t",
            "became: sfbox --profile=production is-it",
        ),
        (
            "sfbox query x --output=nd\t",
            "became: sfbox query x --output=ndjson is-it",
        ),
        ("sfbox --store \t", "became: sfbox --store"),
        ("sfbox --connect-to \t", "became: sfbox --connect-to"),
        ("sfbox --allow-host \t", "became: sfbox --allow-host"),
    ] {
        let shown = typed(&home, "zsh", &["-f", "-i"], &prepare, line);
        assert!(shown.contains(became), "{became}\n{shown}");
        assert!(!shown.contains("not found"), "{line}\n{shown}");
    }
}

#[test]
fn fish_completes() {
    let home = Home::with_script_of("fish");
    for (line, completed) in [
        ("sfbox ses", "session"),
        ("sfbox --org ac", "acme"),
        ("sfbox query --org prod", "prod/salesforce"),
        ("sfbox --org of", "of-a-profile"),
        ("sfbox --profile pro", "production"),
        ("sfbox query x --output nd", "ndjson"),
        ("sfbox --org=ac", "--org=acme"),
        ("sfbox query --org=prod", "--org=prod/salesforce"),
        ("sfbox --profile=pro", "--profile=production"),
        ("sfbox query x --output=nd", "--output=ndjson"),
    ] {
        let script = format!("source {}; complete -C '{line}'", home.script.display());
        let done = home.shell("fish", &["--no-config", "-c", &script]).output();
        let done = done.unwrap();
        let words = String::from_utf8(done.stdout).unwrap();
        let first = words.lines().next().unwrap_or_default();
        assert_eq!(first.split('\t').next(), Some(completed), "{line}: {words}");
        assert!(done.stderr.is_empty(), "{line}");
    }
}

/// Every example of `completions --help`, in a home without anything.
#[test]
fn the_examples_work_in_a_fresh_home() {
    let help = run(["completions", "--help"]).stdout;
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    let commands = examples
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("  "));
    let mut tried = 0;
    let home = Home::with_script_of("bash");
    fs::remove_dir_all(home.folder.path().join(".config")).unwrap();
    for command in commands.filter(|line| !line.is_empty()) {
        let done = home.shell("bash", &["--noprofile", "-c", command]).output();
        let done = done.unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.success() && error.is_empty(),
            "{command}: {error}"
        );
        tried += 1;
    }
    assert!(tried >= 6, "{examples}");
    for file in [
        ".local/share/bash-completion/completions/sfbox",
        ".zfunc/_sfbox",
        ".config/fish/completions/sfbox.fish",
    ] {
        assert!(home.folder.path().join(file).is_file(), "{file}");
    }
    // And zsh finds it there, by what the examples wrote into its configuration.
    let shown = typed(&home, "zsh", &["-i"], "PS1='$ '", "sfbox ses\t");
    assert!(shown.contains("became: sfbox session is-it"), "{shown}");
}
