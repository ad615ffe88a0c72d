//! The first hour of somebody new, in a real terminal: the demo, a first org on files,
//! its check, and queries whose records are as awkward as those of real orgs.

use std::process::{Child, Command};

use serde_json::{Map, Value, json};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::org::{CONSUMER_SECRET, Org, set_mode};
use crate::screen::screen;
use crate::sfbox::command;
use crate::terminal::Terminal;

/// How wide terminals are.
const WIDTHS: [u16; 3] = [60, 80, 120];

/// A command in a terminal of its own.
struct Session {
    terminal: Terminal,
    process: Child,
    columns: u16,
}

impl Session {
    fn start(columns: u16, command: &mut Command) -> Self {
        let mut terminal = Terminal::new(columns);
        let process = terminal.start(command.env("TERM", "xterm-256color"));
        terminal.read();
        Self {
            terminal,
            process,
            columns,
        }
    }

    /// Answers a question.
    fn answer(&mut self, question: &str, answer: &str) {
        self.terminal.until_shown(question);
        self.terminal.type_in(&format!("{answer}\n"));
    }

    /// The lines that are seen at the end. Each fits the terminal, however it takes the
    /// parts of an emoji.
    #[track_caller]
    fn end(mut self) -> Vec<String> {
        let status = self.process.wait().unwrap();
        let written = self.terminal.end();
        assert!(status.success(), "{written}");
        let seen = screen(&written);
        for line in &seen {
            let apart: usize = line.chars().filter_map(char::width).sum();
            let width = line.width().max(apart);
            assert!(
                width <= usize::from(self.columns),
                "{width}: {line}\n{seen:#?}"
            );
        }
        seen
    }
}

#[test]
fn the_demo_shows_a_table_that_fits() {
    for columns in WIDTHS {
        let query = "SELECT Id, Name, Industry, AnnualRevenue, CreatedDate FROM Account LIMIT 5";
        let mut demo = command();
        let seen = Session::start(columns, demo.args(["--demo", "query", query])).end();
        let text = seen.join("\n");
        let ids = text.matches("001").count();
        assert!(ids >= 5, "{columns}: {text}");
        assert!(text.contains("5 row(s)"), "{columns}: {text}");
        let told = seen.last().unwrap();
        assert!(told.starts_with("demo: 1 login(s), "), "{columns}: {text}");
    }
}

#[test]
fn a_first_org_on_files_is_added_checked_and_queried() {
    let org = Org::start();
    let home = tempfile::tempdir().unwrap();
    set_mode(home.path(), 0o700);
    let store = format!("file:{}", home.path().join("secrets").display());
    let with = |arguments: &[&str]| {
        let mut command = command();
        command.env("HOME", home.path());
        command.args(["--store", &store]).args(arguments);
        command
    };
    let mut add = Session::start(80, &mut with(&["org", "add", "prod/acme"]));
    add.answer("My Domain: ", "acme.my.salesforce.com");
    add.answer("Consumer Key: ", "key");
    add.answer("Consumer Secret (not shown): ", CONSUMER_SECRET);
    let status = add.process.wait().unwrap();
    let shown = add.terminal.end();
    assert!(status.success(), "{shown}");
    assert!(!shown.contains(CONSUMER_SECRET), "{shown}");
    assert!(
        shown.contains("next: sfbox --org prod/acme org check"),
        "{shown}"
    );
    let connect_to = org.connect_to();
    let cacert = org.cacert();
    let reach = |arguments: &[&str]| {
        let mut command = with(&["--org", "prod/acme", "--connect-to", &connect_to]);
        command.arg("--cacert").arg(&cacert).args(arguments);
        command
    };
    let mut check = reach(&["org", "check"]);
    let mut terminal = Terminal::new(120);
    let mut process = terminal.start(check.env("TERM", "xterm"));
    terminal.read();
    assert!(process.wait().unwrap().success());
    let checked = screen(&terminal.end());
    assert!(
        checked.iter().all(|line| line.starts_with('✓')),
        "{checked:#?}"
    );
    assert!(
        checked.iter().any(|line| line.contains("write-back")),
        "{checked:#?}"
    );
    let count = ["query", "SELECT COUNT() FROM User"];
    let seen = Session::start(80, &mut reach(&count)).end();
    assert_eq!(seen[0], "totalSize", "{seen:#?}");
    assert_eq!(org.logins(), 1, "the check's session is used again");
}

/// Names that are too long, wide, put together out of parts, or written from right to
/// left.
const NAMES: [&str; 6] = [
    "Étoile Marmalade & Daughters of the Northern Coast, Limited (in liquidation)",
    "株式会社アクメ東雲マーマレード製作所株式会社東京本社営業部",
    "e\u{301}toile cafe\u{301} combining n\u{303}andu\u{301} o\u{308}o\u{308}o\u{308}o\u{308}",
    "🍊🍊🍊 👍🏽 ❤️ 👩‍👩‍👧 🇩🇪🇫🇷 emoji until the end of the line and on and on",
    "שלום עולם חברה בערבון מוגבל של אנשים טובים",
    "x",
];

/// An org with an account of each name.
fn awkward() -> (Org, Vec<String>) {
    let org = Org::start();
    let rows: Vec<Map<String, Value>> = NAMES
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let revenue = [1_234_567.89, -7.0, 0.5, 1e9, 42.0, 100.25][number];
            let row = json!({
                "Name": name,
                "AnnualRevenue": revenue,
                "NumberOfEmployees": 1_000 * (number + 1),
                "Industry": "Awkward",
                "Website": "https://a.example/with/a/path/that/is/longer/than/any/column",
            });
            row.as_object().unwrap().clone()
        })
        .collect();
    let ids = org.control().seed("Account", &rows).unwrap();
    (org, ids)
}

#[test]
fn a_table_cuts_nothing_but_text_at_any_width() {
    let (org, ids) = awkward();
    let soql = "SELECT Id, Name, Website, AnnualRevenue, NumberOfEmployees, Parent.Name, CreatedDate \
                FROM Account WHERE Industry = 'Awkward' ORDER BY Id";
    let records = org.sfbox(&["query", soql]).records();
    assert_eq!(records.len(), NAMES.len());
    for columns in WIDTHS {
        let seen = Session::start(columns, &mut org.command(&["query", soql])).end();
        let text = seen.join("\n");
        for id in &ids {
            assert_eq!(
                (id.len(), text.contains(id)),
                (18, true),
                "{columns}: {id}\n{text}"
            );
        }
        for record in &records {
            for field in ["AnnualRevenue", "NumberOfEmployees", "CreatedDate"] {
                let cell = record[field].to_string();
                let cell = cell.trim_matches('"');
                assert!(text.contains(cell), "{columns}: {field} {cell}\n{text}");
            }
        }
        for header in ["Id", "Name", "Website", "CreatedDate"] {
            assert!(text.contains(header), "{columns}: {header}\n{text}");
        }
        assert!(text.contains("6 row(s)"), "{columns}: {text}");
        // What is cut says so, and what is short stays.
        let begins = |name: &str| name.chars().take(3).collect::<String>();
        for name in NAMES {
            assert!(text.contains(&begins(name)), "{columns}: {name}\n{text}");
        }
    }
}

#[test]
fn a_table_that_has_room_cuts_nothing() {
    let (org, _) = awkward();
    let soql = "SELECT Id, Name FROM Account WHERE Industry = 'Awkward' ORDER BY Id";
    let seen = Session::start(120, &mut org.command(&["query", soql])).end();
    assert!(seen[0].starts_with("Id "), "{seen:#?}");
    let text = seen.join("\n");
    // A zero-width joiner is shown escaped.
    for name in NAMES.iter().filter(|name| !name.contains('\u{200d}')) {
        assert!(text.contains(name), "{name}\n{text}");
    }
    assert!(!text.contains('…'), "{text}");
    // And where nothing is cut on request, the texts are whole.
    let whole = ["query", soql, "--no-truncate"];
    let mut terminal = Terminal::new(60);
    let mut process = terminal.start(&mut org.command(&whole));
    terminal.read();
    assert!(process.wait().unwrap().success());
    assert!(!terminal.end().contains('…'));
}
