//! The line that is typed at a terminal: a thread waits for it, because the library that
//! edits it does.

use std::borrow::Cow;
use std::io::{Write as _, stdin, stdout};
use std::sync::mpsc;
use std::thread;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, Config, Context as Before, Helper};

use super::catalog::Catalog;
use super::command;
use super::context::{Context, Wanted};
use super::history::{LINES_MAX, is_kept};
use super::history_file::HistoryFile;
use super::schema::beginning;
use super::{keywords, typed::Typed};
use crate::printable::{is_command, printable};
use crate::report::warn;

/// Turns bracketed paste off, which the library has turned on, and begins a new line.
const AFTER: &[u8] = b"\x1b[?2004l\r\n";

/// What a person did.
pub(super) enum Read {
    /// They typed statements or commands.
    Line(String),
    /// They cleared the line: Ctrl-C.
    Cleared,
    /// They left: Ctrl-D, or the terminal was closed.
    Ended,
}

/// A line editor, which somebody types into whenever it is asked to read.
pub(super) struct Editor {
    ask: mpsc::Sender<Ask>,
    read: tokio::sync::mpsc::Receiver<rustyline::Result<Read>>,
    /// How the terminal was.
    modes: Option<Termios>,
    is_reading: bool,
}

/// What is shown.
struct Ask {
    prompt: String,
    /// What was typed already.
    begun: String,
}

type Library = rustyline::Editor<Proposer, MemHistory>;

impl Editor {
    /// Starts it. What was typed before is in `history`, and what is typed goes there.
    pub(super) fn start(catalog: Catalog, history: Option<HistoryFile>) -> anyhow::Result<Self> {
        let (ask, asked) = mpsc::channel();
        let (sender, read) = tokio::sync::mpsc::channel(1);
        let modes = tcgetattr(stdin()).ok();
        let library = library(catalog)?;
        thread::Builder::new()
            .name("sfbox-prompt".to_owned())
            .spawn(move || run(library, history, &asked, &sender))?;
        Ok(Self {
            ask,
            read,
            modes,
            is_reading: false,
        })
    }

    /// Waits for what is typed after the prompt.
    pub(super) async fn read(&mut self, prompt: &str, begun: &str) -> anyhow::Result<Read> {
        let ask = Ask {
            prompt: prompt.to_owned(),
            begun: begun.to_owned(),
        };
        self.is_reading = true;
        // It has ended if nobody takes it.
        _ = self.ask.send(ask);
        let read = self.read.recv().await;
        self.is_reading = false;
        Ok(read.unwrap_or(Ok(Read::Ended))?)
    }
}

/// A terminal that a thread still reads is made as it was: the process ends.
impl Drop for Editor {
    fn drop(&mut self) {
        if self.is_reading
            && let Some(modes) = &self.modes
        {
            _ = tcsetattr(stdin(), OptionalActions::Now, modes);
            _ = stdout().write_all(AFTER);
            _ = stdout().flush();
        }
    }
}

fn library(catalog: Catalog) -> rustyline::Result<Library> {
    let config = Config::builder()
        .max_history_size(LINES_MAX)?
        .history_ignore_space(true)
        .auto_add_history(false)
        .completion_type(rustyline::CompletionType::List)
        .bracketed_paste(true)
        // What is shown goes through the highlighter, which colours nothing, in any case.
        .color_mode(ColorMode::Forced)
        .build();
    let history = MemHistory::with_config(&config);
    let mut library = Library::with_history(config, history)?;
    library.set_helper(Some(Proposer { catalog }));
    Ok(library)
}

fn run(
    mut library: Library,
    mut history: Option<HistoryFile>,
    asked: &mpsc::Receiver<Ask>,
    sender: &tokio::sync::mpsc::Sender<rustyline::Result<Read>>,
) {
    if let Some(file) = &history {
        match file.read() {
            Ok(entries) => {
                for entry in entries {
                    _ = library.add_history_entry(entry);
                }
            }
            Err(why) => {
                not_kept(file, &why);
                history = None;
            }
        }
    }
    while let Ok(Ask { prompt, begun }) = asked.recv() {
        let read = match library.readline_with_initial(&prompt, (&begun, "")) {
            Ok(line) => {
                keep(&mut library, &mut history, &line);
                Ok(Read::Line(line))
            }
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Read::Cleared),
            Err(ReadlineError::Eof) => Ok(Read::Ended),
            Err(error) => Err(error),
        };
        if sender.blocking_send(read).is_err() {
            return;
        }
    }
}

/// Keeps what was typed. One that is typed twice in a row is kept once.
fn keep(library: &mut Library, history: &mut Option<HistoryFile>, line: &str) {
    if !is_kept(line) || !library.add_history_entry(line.trim_end()).unwrap_or(false) {
        return;
    }
    if let Some(file) = history
        && let Err(why) = file.add(line)
    {
        not_kept(file, &why);
        *history = None;
    }
}

fn not_kept(file: &HistoryFile, why: &std::io::Error) {
    let name = printable(file.path().display());
    warn(&format!("the history {name} cannot be used: {why}"));
}

/// What proposes names, and says when a statement has ended.
struct Proposer {
    catalog: Catalog,
}

impl Helper for Proposer {}

/// What is pasted can be anything: what a terminal would obey takes no column, and is not
/// shown.
impl Highlighter for Proposer {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match line.contains(commands) {
            true => Cow::Owned(line.replace(commands, "")),
            false => Cow::Borrowed(line),
        }
    }

    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        line.contains(commands)
    }
}

fn commands(letter: char) -> bool {
    is_command(letter) && !matches!(letter, '\n' | '\t')
}

impl Hinter for Proposer {
    type Hint = String;
}

impl Validator for Proposer {
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if Typed::of(typed.input()).is_complete() {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Completer for Proposer {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Before<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let Context { start, wanted } = Context::of(line, at);
        let word = line.get(start..at).unwrap_or_default();
        let names = match &wanted {
            Wanted::Nothing => Vec::new(),
            Wanted::Commands => command::NAMES.map(str::to_owned).to_vec(),
            Wanted::Keywords => keywords::beginning(word),
            Wanted::Objects | Wanted::Children(_) => self.catalog.names(&wanted),
            Wanted::Fields { path, .. } => {
                let mut names = self.catalog.names(&wanted);
                // Nobody looks for a keyword among 300 fields.
                if path.is_empty() && !word.is_empty() {
                    names.extend(keywords::beginning(word));
                }
                names
            }
        };
        Ok((start, beginning(names, word)))
    }
}
