//! `sfbox repl`.

mod caret;
mod catalog;
mod command;
mod context;
mod editor;
mod history;
mod history_file;
mod keywords;
mod lines;
mod output;
mod pieces;
mod schema;
mod session;
mod stop;
mod typed;

use std::io::{IsTerminal as _, stdin, stdout};
use std::pin::pin;

use clap::Args;
use sfbox::{Options, Org};

use crate::hint;
use crate::interrupt::{Interrupted, Interrupts};
use crate::printable::printable;
use crate::records::Output;
use crate::report::remark;
use crate::width::cut;
use catalog::Catalog;
use editor::{Editor, Read};
use history_file::HistoryFile;
use lines::Lines;
use session::{After, Session, Settings};
use stop::Stop;
use typed::Typed;

/// The columns of the prompt that an org's name gets.
const NAME_COLUMNS: usize = 32;

/// Run SOQL statements one after the other, with history and completion
///
/// A statement ends with `;` and may have several lines. Tab completes the names of objects,
/// fields and relationships. `\d` shows all objects, `\d OBJECT` the fields of one, and `\?`
/// all commands. Ctrl-C clears what is typed, or stops the statement that runs. Ctrl-D
/// leaves. A pasted text runs only after Enter.
///
/// The org is opened as with `--read-only`: nothing can be written, and statements with FOR
/// VIEW, FOR REFERENCE, FOR UPDATE or UPDATE TRACKING are refused. `--write` allows them.
///
/// If stdin is not a terminal, its statements run without prompt and history. The first
/// error ends them, with its exit status.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox --demo repl
  sfbox --org prod/salesforce repl
  sfbox --org prod/salesforce repl --output csv < statements.soql")]
pub(crate) struct Repl {
    /// Do not read or write the history, $XDG_STATE_HOME/sfbox/history or
    /// ~/.local/state/sfbox/history. A line with a leading blank is never kept
    #[arg(long)]
    no_history: bool,
    /// Do not open the org as with `--read-only`: allow statements that change what Salesforce
    /// keeps, such as FOR VIEW
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    output: Output,
}

impl Repl {
    /// Whether the org is opened as with `--read-only`.
    pub(crate) fn is_read_only(&self) -> bool {
        !self.write
    }

    /// Needs a runtime with threads of its own: somebody may press Ctrl-C while records are
    /// printed.
    pub(crate) async fn run(
        &self,
        org: &Org,
        options: &Options,
        typed: hint::Typed,
    ) -> anyhow::Result<()> {
        let is_prompt = stdin().is_terminal() && stdout().is_terminal();
        // At a prompt Ctrl-C ends a statement; elsewhere it ends the process in any case.
        let (interrupts, stop) = match is_prompt {
            true => (Interrupts::new()?, Some(Stop::listen()?)),
            false => (Interrupts::with_backstop()?, None),
        };
        let mut session = Session {
            org,
            options,
            typed,
            output: &self.output,
            interrupts,
            stop,
            settings: Settings::default(),
        };
        if !is_prompt {
            return script(&mut session).await;
        }
        remark("Type \\? for help, and \\q to leave.");
        let catalog = Catalog::new(org, options);
        let history = HistoryFile::find().filter(|_| !self.no_history);
        let editor = Editor::start(catalog.clone(), history)?;
        let done = prompt(&mut session, editor, org.name()).await;
        catalog.end();
        done
    }
}

/// Does what comes on stdin.
async fn script(session: &mut Session<'_>) -> anyhow::Result<()> {
    let mut lines = Lines::start()?;
    loop {
        let items = session.interrupts.unless(lines.next()).await??;
        let Some(items) = items else { return Ok(()) };
        if session.items(items).await? == After::Quit {
            return Ok(());
        }
    }
}

/// Does what somebody types.
async fn prompt(session: &mut Session<'_>, mut editor: Editor, name: &str) -> anyhow::Result<()> {
    let prompt = format!("{}=> ", short(name));
    let mut begun = String::new();
    loop {
        let line = match read(session, &mut editor, &prompt, &begun).await? {
            Read::Line(line) => line,
            Read::Cleared => {
                begun.clear();
                continue;
            }
            Read::Ended => return Ok(()),
        };
        let typed = Typed::of(&line);
        begun = typed.rest;
        if session.items(typed.items).await? == After::Quit {
            return Ok(());
        }
    }
}

/// Waits for what is typed. A Ctrl-C that came before is over.
async fn read(
    session: &mut Session<'_>,
    editor: &mut Editor,
    prompt: &str,
    begun: &str,
) -> anyhow::Result<Read> {
    let mut read = pin!(editor.read(prompt, begun));
    loop {
        match session.interrupts.unless(read.as_mut()).await {
            Ok(read) => return read,
            Err(Interrupted::Interrupt) => {}
            Err(other) => return Err(other.into()),
        }
    }
}

/// An org's name as a prompt has room for it: of an ARN only its end.
fn short(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    cut(&printable(name), NAME_COLUMNS).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_has_a_short_name() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/salesforce-AbCdEf";
        assert_eq!(short(arn), "prod/salesforce-AbCdEf");
        assert_eq!(short("demo"), "demo");
        assert_eq!(short("a\u{1b}[2J\nb"), "a\\u{1b}[2J b");
        assert_eq!(short(&"x".repeat(100)).chars().count(), NAME_COLUMNS);
    }
}
