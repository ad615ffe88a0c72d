//! `sfbox repl`, as a person at a terminal and as a script use it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sfbox_emulator::{CannedAnswer, Effect, Route};
use tempfile::TempDir;

use crate::org::Org;
use crate::sfbox::{Run, command, end, piped, start};
use crate::terminal::{Terminal, until};

/// The library turns bracketed paste on whenever it shows a prompt.
const PROMPT: &str = "\u{1b}[?2004h";

/// Around what is pasted.
const PASTE: (&str, &str) = ("\u{1b}[200~", "\u{1b}[201~");

const CTRL_A: &str = "\u{1}";
const CTRL_B: &str = "\u{2}";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";
const CTRL_K: &str = "\u{b}";
const UP: &str = "\u{1b}[A";

/// A prompt in a terminal, and the folder of its history.
struct Prompt {
    terminal: Terminal,
    process: Child,
}

fn state() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn history(state: &TempDir) -> PathBuf {
    state.path().join("sfbox/history")
}

impl Prompt {
    fn start(command: &mut Command, state: &TempDir) -> Self {
        let mut terminal = Terminal::new(100);
        command.env("XDG_STATE_HOME", state.path());
        command.env("TERM", "xterm").env("NO_COLOR", "1");
        let process = terminal.start(command);
        terminal.read();
        terminal.until_shown(PROMPT);
        Self { terminal, process }
    }

    /// The built-in org.
    fn demo(state: &TempDir) -> Self {
        Self::start(command().args(["--demo", "repl"]), state)
    }

    fn on(org: &Org, state: &TempDir) -> Self {
        Self::start(&mut org.command(&["repl"]), state)
    }

    /// How many prompts there were.
    fn prompts(&self) -> usize {
        self.terminal.written().matches(PROMPT).count()
    }

    fn type_in(&mut self, text: &str) {
        self.terminal.type_in(text);
    }

    /// Types something that leads to the next prompt; answers with all that was shown.
    fn until_prompt(&mut self, text: &str) -> String {
        let (prompts, begin) = (self.prompts(), self.terminal.written().len());
        self.type_in(text);
        until(|| self.prompts() > prompts);
        self.terminal.written()[begin..].to_owned()
    }

    fn enter(&mut self, line: &str) -> String {
        self.until_prompt(&format!("{line}\r"))
    }

    /// Presses Tab until this is shown: what is asked for may come later.
    fn tab_until(&mut self, words: &str) {
        let begin = self.terminal.written().len();
        let mut glances = 0;
        until(|| {
            if glances % 200 == 0 {
                self.terminal.type_in("\t");
            }
            glances += 1;
            self.terminal.written()[begin..].contains(words)
        });
    }

    fn until_shown(&self, words: &str) {
        self.terminal.until_shown(words);
    }

    /// Leaves, and answers with the exit status and all that was shown.
    fn end(mut self, keys: &str) -> (i32, String) {
        self.type_in(keys);
        let status = self.process.wait().unwrap();
        (status.code().unwrap(), self.terminal.end())
    }

    /// Presses Ctrl-C while a statement runs. The terminal is not the one that controls the
    /// process, so it cannot send the signal itself.
    fn interrupt(&self) {
        let process = Pid::from_child(&self.process);
        kill_process(process, Signal::INT).unwrap();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Whether these lines stand in a text, one after the other.
#[track_caller]
fn has_lines(text: &str, lines: &[&str]) {
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert!(
        all.windows(lines.len()).any(|window| window == lines),
        "{lines:?} are not in:\n{text}"
    );
}

#[test]
fn statements_of_several_lines_run_at_their_semicolon() {
    let state = state();
    let mut prompt = Prompt::demo(&state);
    prompt.type_in("SELECT COUNT()\r\rFROM Account\r");
    // Nothing runs yet: the last line ends the statement.
    let shown = prompt.enter(";");
    has_lines(&shown, &["totalSize", "─────────", "       50"]);
    let shown = prompt.enter(
        "SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry ORDER BY Industry LIMIT 1;",
    );
    assert!(shown.contains("1 row(s)"), "{shown}");
    let shown = prompt.enter("SELECT Name, (SELECT LastName FROM Contacts) FROM Account LIMIT 1;");
    assert!(shown.contains("LastName"), "{shown}");
    let (status, _) = prompt.end(CTRL_D);
    assert_eq!(status, 0);
    let (status, shown) = Prompt::demo(&state).end("\\q\r");
    assert_eq!(status, 0);
    // Two statements with their pages, and nothing else.
    assert!(shown.contains("0 request(s)"), "{shown}");
}

#[test]
fn tab_completes_objects_fields_and_relationships() {
    let mut prompt = Prompt::demo(&state());
    prompt.type_in("SELECT Id FROM Acco");
    prompt.tab_until("FROM Account");
    prompt.until_prompt(CTRL_C);
    // The object comes after the cursor.
    prompt.type_in("SELECT Indus FROM Account");
    prompt.type_in(&CTRL_B.repeat(" FROM Account".len()));
    prompt.tab_until("SELECT Industry FROM Account");
    prompt.until_prompt(CTRL_C);
    prompt.type_in("SELECT Id FROM Contact WHERE Account.Indus");
    prompt.tab_until("WHERE Account.Industry");
    prompt.until_prompt(CTRL_C);
    prompt.type_in("SELECT Id FROM Contact WHERE Acc");
    prompt.tab_until("WHERE Account");
    prompt.until_prompt(CTRL_C);
    prompt.type_in("\\d Oppo");
    prompt.tab_until("\\d Opportunity");
    prompt.until_prompt(CTRL_C);
    // An object that does not exist: nothing is proposed, and the prompt goes on.
    prompt.type_in("SELECT Id FROM Nope WHERE X\t");
    let shown = prompt.until_prompt(CTRL_C);
    assert!(!shown.contains("error"), "{shown}");
    let shown = prompt.enter("SELECT COUNT() FROM Account;");
    assert!(shown.contains("50"), "{shown}");
    assert_eq!(prompt.end(CTRL_D).0, 0);
}

#[test]
fn tab_completes_children_and_their_fields() {
    let mut prompt = Prompt::demo(&state());
    for (before, after, completed) in [
        (
            "SELECT (SELECT Id FROM Conta",
            ") FROM Account",
            "FROM Contacts) FROM Account",
        ),
        (
            "SELECT (SELECT LastNa",
            " FROM Contacts) FROM Account",
            "(SELECT LastName FROM",
        ),
        (
            "SELECT Id FROM Account WHERE Owner.Manager.Titl",
            "",
            "Owner.Manager.Title",
        ),
    ] {
        prompt.type_in(&format!("{before}{after}"));
        prompt.type_in(&CTRL_B.repeat(after.len()));
        prompt.tab_until(completed);
        prompt.until_prompt(CTRL_C);
    }
    assert_eq!(prompt.end(CTRL_D).0, 0);
}

#[test]
fn a_description_that_does_not_come_does_not_stop_the_prompt() {
    let org = Org::start();
    org.strike(Route::DescribeGlobal, Some(1), Effect::Hold);
    let mut prompt = Prompt::on(&org, &state());
    prompt.type_in("SELECT Id FROM Acco\t");
    org.block_on(org.control().until_held(1));
    // The answer is still held.
    prompt.until_prompt(CTRL_C);
    let shown = prompt.enter("SELECT COUNT() FROM Account;");
    assert!(shown.contains("totalSize"), "{shown}");
    org.control().release();
    // What came later is there now, and was asked for once.
    prompt.type_in("SELECT Id FROM Acco");
    prompt.tab_until("FROM Account");
    prompt.until_prompt(CTRL_C);
    assert_eq!(org.requests(Route::DescribeGlobal), 1);
    // A refusal is not told, and the next Tab asks again.
    let refused = CannedAnswer {
        status: 403,
        headers: vec![],
        body: r#"[{"errorCode":"FUNCTIONALITY_NOT_ENABLED","message":"no"}]"#.to_owned(),
    };
    org.strike(Route::Describe, Some(1), Effect::Answer(refused));
    prompt.type_in("SELECT Id FROM Account WHERE Indus\t");
    until(|| org.requests(Route::Describe) == 1);
    prompt.tab_until("WHERE Industry");
    let shown = prompt.until_prompt(CTRL_C);
    assert!(!shown.contains("NOT_ENABLED"), "{shown}");
    // Somebody who leaves does not wait for one either.
    org.strike(Route::Describe, Some(1), Effect::Hold);
    prompt.type_in("SELECT Id FROM Contact WHERE Las\t");
    org.block_on(org.control().until_held(1));
    prompt.until_prompt(CTRL_C);
    let begun = Instant::now();
    let (status, shown) = prompt.end(CTRL_D);
    assert_eq!(status, 0);
    assert!(!shown.contains("waiting up to"), "{shown}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    org.control().release();
}

#[test]
fn the_history_goes_on_in_the_next_run_and_is_private() {
    let state = state();
    let mut prompt = Prompt::demo(&state);
    prompt.enter("SELECT COUNT() FROM Account;");
    prompt.enter(" SELECT COUNT() FROM Contact;");
    prompt.until_prompt("SELECT never entered\u{3}");
    prompt.enter("SELECT COUNT()\rFROM Lead;");
    prompt.end(CTRL_D);
    let file = history(&state);
    let kept = "SELECT COUNT() FROM Account;\nSELECT COUNT()\\nFROM Lead;\n";
    assert_eq!(fs::read_to_string(&file).unwrap(), kept);
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let mut prompt = Prompt::demo(&state);
    prompt.type_in(UP);
    prompt.until_shown("FROM Lead;");
    prompt.type_in(UP);
    prompt.type_in(UP);
    prompt.until_shown("SELECT COUNT() FROM Account;");
    let shown = prompt.enter("");
    has_lines(&shown, &["       50"]);
    prompt.end(CTRL_D);
    let mut command = command();
    command.args(["--demo", "repl", "--no-history"]);
    let before = fs::read(&file).unwrap();
    let mut prompt = Prompt::start(&mut command, &state);
    prompt.enter("SELECT COUNT() FROM Case;");
    prompt.end(CTRL_D);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn ctrl_c_clears_what_is_typed_and_stops_what_runs() {
    let org = Org::start();
    let mut prompt = Prompt::on(&org, &state());
    prompt.type_in("SELECT Id FROM Account\rWHERE ");
    prompt.until_prompt(CTRL_C);
    assert_eq!(org.requests(Route::Query), 0);
    org.strike(Route::Query, Some(1), Effect::Hold);
    let prompts = prompt.prompts();
    prompt.type_in("SELECT Id FROM Account;\r");
    org.block_on(org.control().until_held(1));
    prompt.interrupt();
    until(|| prompt.prompts() > prompts);
    prompt.until_shown("note: stopped");
    let shown = prompt.enter("SELECT COUNT() FROM Account;");
    assert!(shown.contains("totalSize"), "{shown}");
    // One at the prompt itself ends nothing either.
    prompt.interrupt();
    let shown = prompt.enter("");
    assert!(!shown.contains("error"), "{shown}");
    // Nobody waits for the statement that was stopped.
    let (status, shown) = prompt.end(CTRL_D);
    assert_eq!(status, 0);
    assert!(!shown.contains("waiting up to"), "{shown}");
    org.control().release();
}

#[test]
fn a_paste_runs_only_after_enter() {
    let org = Org::start();
    let mut prompt = Prompt::on(&org, &state());
    let pasted = "SELECT COUNT()\rFROM Account;\rSELECT COUNT() FROM Contact;\r";
    prompt.type_in(&format!("{}{pasted}{}", PASTE.0, PASTE.1));
    prompt.until_shown("FROM Contact;");
    // The library reads one key after the other: it has read all of the paste by now.
    prompt.type_in("-- typed");
    prompt.until_shown("-- typed");
    assert_eq!((org.logins(), org.requests(Route::Query)), (0, 0));
    let shown = prompt.enter("");
    assert_eq!(shown.matches("totalSize").count(), 2, "{shown}");
    assert_eq!(org.requests(Route::Query), 2);
    // What a terminal would obey is not shown again.
    prompt.type_in(&format!("{}\u{9b}2J -- odd{}", PASTE.0, PASTE.1));
    prompt.until_shown("2J -- odd");
    let shown = prompt.until_prompt(CTRL_C);
    assert!(!shown.contains('\u{9b}'), "{shown:?}");
    assert!(!prompt.terminal.written().contains('\u{9b}'));
    prompt.end(CTRL_D);
}

#[test]
fn an_error_has_a_caret_below_its_place() {
    let mut prompt = Prompt::demo(&state());
    let shown = prompt.enter("SELECT Id, Foo FROM Account;");
    assert!(
        shown.contains("error: INVALID_FIELD: No such column 'Foo'"),
        "{shown}"
    );
    has_lines(
        &shown,
        &[
            "  | LINE 1: SELECT Id, Foo FROM Account",
            "  |                    ^",
        ],
    );
    // On another line, after wide characters and a comment.
    let shown = prompt.enter("SELECT Id FROM Account -- all\rWHERE Name = '株式会社' AND Foo = 1;");
    has_lines(
        &shown,
        &[
            "  | LINE 2: WHERE Name = '株式会社' AND Foo = 1",
            &format!("  | {}^", " ".repeat(36)),
        ],
    );
    // Salesforce's parser counts columns from 0.
    let shown = prompt.enter("SELECT Id FROM Account LIMIT x;");
    has_lines(
        &shown,
        &[
            "  | LINE 1: SELECT Id FROM Account LIMIT x",
            "  |                                      ^",
        ],
    );
    // The prompt goes on.
    let shown = prompt.enter("SELECT COUNT() FROM Account;");
    assert!(shown.contains("50"), "{shown}");
    assert_eq!(prompt.end(CTRL_D).0, 0);
}

#[test]
fn results_go_to_a_new_file() {
    let (state, folder) = (state(), tempfile::tempdir().unwrap());
    let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let text = |file: &str| fs::read_to_string(name(file)).unwrap();
    fs::write(name("old.csv"), "old").unwrap();
    let mut prompt = Prompt::demo(&state);
    let shown = prompt.enter(&format!("\\o {}", name("old.csv")));
    assert!(shown.contains("\\o! FILE"), "{shown}");
    // Nothing has changed: results are still shown.
    let shown = prompt.enter("SELECT COUNT() FROM Account;");
    assert!(shown.contains("totalSize"), "{shown}");
    assert_eq!(text("old.csv"), "old");
    prompt.enter(&format!("\\o {}", name("new.csv")));
    let shown = prompt.enter("SELECT Name FROM Account ORDER BY Name LIMIT 1;");
    assert!(shown.contains("1 row(s) written to"), "{shown}");
    prompt.enter("SELECT Name FROM User ORDER BY Name LIMIT 1;");
    assert_eq!(text("new.csv").matches("Name\n").count(), 2);
    assert_eq!(mode(Path::new(&name("new.csv"))), 0o600);
    prompt.enter(&format!("\\o ! {}", name("old.csv")));
    prompt.enter("SELECT COUNT() FROM Account;");
    assert_eq!(text("old.csv"), "totalSize\n50\n");
    prompt.enter("\\o");
    let shown = prompt.enter("SELECT COUNT() FROM Account;");
    assert!(shown.contains("totalSize"), "{shown}");
    prompt.end(CTRL_D);
}

#[test]
fn commands_change_how_results_are_shown() {
    let mut prompt = Prompt::demo(&state());
    let shown = prompt.enter("\\d");
    assert!(shown.contains("\nOpportunity "), "{shown}");
    let shown = prompt.enter("\\d Account");
    assert!(shown.contains("Industry"), "{shown}");
    let shown = prompt.enter("\\d ../x");
    assert!(shown.contains("the API name of an object"), "{shown}");
    assert!(prompt.enter("\\timing").contains("Timing is on."));
    let timed = "SELECT Id, Name FROM User ORDER BY Name LIMIT 1;";
    let shown = prompt.enter(timed);
    assert!(
        shown.contains("Time: ") && shown.contains(" ms\n"),
        "{shown}"
    );
    assert!(prompt.enter("\\timing").contains("Timing is off."));
    assert!(prompt.enter("\\x").contains("Expanded display is on."));
    let shown = prompt.enter(timed);
    assert!(
        shown.contains("─[ 1 ]─") && !shown.contains("Time: "),
        "{shown}"
    );
    assert!(prompt.enter("\\x").contains("Expanded display is off."));
    assert!(!prompt.enter(timed).contains("─[ 1 ]─"));
    for help in ["\\?", "\\h", "help"] {
        assert!(prompt.enter(help).contains("\\timing [on|off]"), "{help}");
    }
    let shown = prompt.enter("\\nope");
    assert!(shown.contains("there is no command `\\nope`"), "{shown}");
    assert_eq!(prompt.end("quit\r").0, 0);
}

#[test]
fn nothing_can_be_written() {
    let org = Org::start();
    let (state, audit) = (state(), tempfile::tempdir().unwrap());
    let audit = audit.path().join("audit");
    let audit_name = audit.to_str().unwrap();
    let mut prompt = Prompt::start(&mut org.command(&["repl", "--audit", audit_name]), &state);
    for line in [
        "DELETE FROM Account;",
        "UPDATE Account SET Name = 'x';",
        "INSERT INTO Account (Name) VALUES ('x');",
        "delete [SELECT Id FROM Account];",
        "SELECT Id FROM Account LIMIT 1 FOR VIEW;",
    ] {
        let shown = prompt.enter(line);
        assert!(shown.contains("error: "), "{shown}");
    }
    prompt.end(CTRL_D);
    let stats = org.control().stats();
    let asked: Vec<_> = stats.requests.keys().collect();
    let only_reads = |route: &&Route| matches!(route, Route::Query | Route::Token);
    assert!(asked.iter().all(only_reads), "{asked:?}");
    let audited = fs::read_to_string(&audit).unwrap();
    let denied = |line: &str| line.contains(r#""policy":"read-only""#) && line.contains("denied");
    assert!(audited.lines().all(denied), "{audited}");
    // What lifts it.
    let view = "SELECT Id FROM Account LIMIT 1 FOR VIEW";
    script(&[], &state, view).fails(5, "read-only");
    let run = script(&["--write"], &state, view);
    assert_eq!(run.status, 0, "{}", run.stderr);
    // Options that cannot be together.
    let refused = org.sfbox(&[
        "repl",
        "--write",
        "--allow-path",
        "GET /services/apexrest/a",
    ]);
    refused.fails(2, "'--allow-path' needs");
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let prompt = Prompt::demo(&state());
    until(|| !prompt.terminal.echoes());
    kill_process(Pid::from_child(&prompt.process), Signal::TERM).unwrap();
    let Prompt {
        terminal,
        mut process,
    } = prompt;
    assert_eq!(process.wait().unwrap().code(), Some(143));
    assert!(terminal.echoes());
    let shown = terminal.end();
    assert!(shown.contains("\u{1b}[?2004l"), "{shown:?}");
}

#[test]
fn an_answer_does_not_command_the_terminal() {
    let org = Org::start();
    let name = "Name=a\u{1b}]0;x\u{7}b";
    org.sfbox(&["create", "Account", name]).object();
    let mut prompt = Prompt::on(&org, &state());
    let shown = prompt.enter("SELECT Name FROM Account WHERE Name LIKE 'a%b' LIMIT 1;");
    assert!(!shown.contains("\u{1b}]0"), "{shown:?}");
    assert!(shown.contains("a\\u{1b}]0;x\\u{7}b"), "{shown:?}");
    prompt.end(CTRL_D);
}

/// What a script leaves behind.
fn script(arguments: &[&str], state: &TempDir, text: &str) -> Run {
    let mut command = command();
    command.args(["--demo", "repl"]).args(arguments);
    command.env("XDG_STATE_HOME", state.path());
    piped(&mut command, text.as_bytes())
}

#[test]
fn a_script_has_no_prompt_and_stops_at_its_first_error() {
    let state = state();
    let text = "-- two of them\nSELECT Name FROM User\nORDER BY Name LIMIT 1;\n\
                SELECT COUNT() FROM Account";
    let run = script(&["--output", "csv"], &state, text);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("Name\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\ntotalSize\n50\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("=>"), "{}", run.stdout);
    let text = "SELECT COUNT() FROM Account;\nSELECT Foo FROM Account;\nSELECT COUNT() FROM Lead;";
    let run = script(&["--output", "csv"], &state, text);
    run.fails(1, "  | LINE 1: SELECT Foo FROM Account");
    assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
    assert_eq!(run.stdout, "totalSize\n50\n");
    script(&[], &state, "\\nope\n").fails(2, "there is no command");
    script(&[], &state, "SELECT 'x;\n").fails(2, "a string on stdin does not end");
    let quit = script(
        &["--output", "csv"],
        &state,
        "\\q\nSELECT Foo FROM Account;\n",
    );
    assert_eq!((quit.status, quit.stdout.as_str()), (0, ""));
    assert!(!history(&state).exists());
}

/// As in `sfbox repl < FILE | head`.
#[test]
fn a_reader_that_has_enough_ends_a_script_well() {
    let org = Org::start();
    let mut command = org.command(&["repl"]);
    command.stdin(Stdio::piped());
    let mut process = start(&mut command);
    drop(process.stdout.take());
    let mut stdin = process.stdin.take().unwrap();
    let statement = b"SELECT Id FROM Account;\n";
    // It may have ended after the first one.
    _ = stdin.write_all(statement);
    _ = stdin.write_all(statement);
    drop(stdin);
    let run = end(process);
    assert_eq!((run.status, run.complaints()), (0, vec![]));
    assert_eq!(org.requests(Route::Query), 1);
}

#[test]
fn a_script_ends_at_a_signal() {
    let org = Org::start();
    org.strike(Route::Query, Some(1), Effect::Hold);
    let mut command = org.command(&["repl"]);
    command.stdin(Stdio::piped());
    let mut process = start(&mut command);
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(b"SELECT Id FROM Account;\n").unwrap();
    org.block_on(org.control().until_held(1));
    kill_process(Pid::from_child(&process), Signal::INT).unwrap();
    let run = end(process);
    assert_eq!(run.status, 130, "{}", run.stderr);
    org.control().release();
}

#[test]
fn an_unfinished_statement_stays_after_a_command() {
    let mut prompt = Prompt::demo(&state());
    prompt.enter("SELECT COUNT()\r\\timing");
    let shown = prompt.enter("FROM Account;");
    assert!(shown.contains("50") && shown.contains("Time: "), "{shown}");
    // Everything before the cursor can be removed, too.
    prompt.type_in(&format!("SELECT{CTRL_A}{CTRL_K}"));
    prompt.enter("\\timing");
    assert_eq!(prompt.end(CTRL_D).0, 0);
}
