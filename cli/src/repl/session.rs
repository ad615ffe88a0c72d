//! What the statements and commands of a prompt do, one after the other.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Instant;

use serde::Serialize;
use sfbox::error::Failure;
use sfbox::{Options, Org};

use super::caret::Told;
use super::command::{Command, HELP};
use super::output::{ResultFile, Sink};
use super::stop::Stop;
use super::typed::Item;
use crate::describe::{self, Api, Choices, FieldRow, ObjectRow, Rows};
use crate::hint::Typed;
use crate::interrupt::{Interrupted, Interrupts};
use crate::leaving;
use crate::object_name::ObjectName;
use crate::printable::printable;
use crate::progress::{Progress, STARTING, above};
use crate::query::{Asked, Reached, Run};
use crate::records::{Columns, Format, Look, Output, Records, terminal_columns};
use crate::report::{note, remark, tell, tell_as};
use crate::verdict::Usage;

/// What explains a mistake at the prompt.
const EXPLANATION: &str = "`\\?` shows the commands of the prompt";

/// What is before the lines of an error, in columns: `report` puts it there.
const MARGIN: usize = 4;

/// What goes on between statements.
pub(super) struct Session<'a> {
    pub(super) org: &'a Org,
    pub(super) options: &'a Options,
    /// What was typed on the command line.
    pub(super) typed: Typed,
    pub(super) output: &'a Output,
    pub(super) interrupts: Interrupts,
    /// At a terminal: Ctrl-C stops a statement, and not the prompt.
    pub(super) stop: Option<Stop>,
    pub(super) settings: Settings,
}

/// What commands change.
#[derive(Default)]
pub(super) struct Settings {
    file: Option<ResultFile>,
    expanded: bool,
    timing: bool,
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    GoOn,
    Quit,
}

impl Session<'_> {
    /// Does what was typed, until something fails.
    ///
    /// # Errors
    ///
    /// What ends the prompt. Where somebody types, other errors are told here.
    pub(super) async fn items(&mut self, items: Vec<Item>) -> anyhow::Result<After> {
        for item in items {
            match self.item(&item).await {
                Ok(After::GoOn) => {}
                Ok(After::Quit) => return Ok(After::Quit),
                Err(error) => {
                    self.failed(error, &item)?;
                    return Ok(After::GoOn);
                }
            }
        }
        Ok(After::GoOn)
    }

    async fn item(&mut self, item: &Item) -> anyhow::Result<After> {
        if let Some(stop) = &self.stop {
            stop.forget();
            self.interrupts.forget_ctrl_c()?;
        }
        let begun = Instant::now();
        match item {
            Item::Statement(soql) => self.statement(soql).await?,
            Item::Command(line) => match Command::read(line).map_err(Usage::new)? {
                Command::Describe(object) => self.describe(object.as_deref()).await?,
                Command::Quit => return Ok(After::Quit),
                command => {
                    self.set(command)?;
                    return Ok(After::GoOn);
                }
            },
        }
        if self.settings.timing {
            let took = begun.elapsed().as_secs_f64() * 1e3;
            above(|| _ = writeln!(stderr().lock(), "Time: {took:.3} ms"));
        }
        Ok(After::GoOn)
    }

    /// Runs a statement, and prints its records.
    async fn statement(&mut self, soql: &str) -> anyhow::Result<()> {
        let asked = Asked::plain(soql.to_owned(), self.options.clone());
        let run = Run {
            org: self.org,
            asked: &asked,
            limit_pages: None,
            format: self.format(),
            look: self.look(),
            is_shown: self.is_shown(),
        };
        let (file, stop) = (self.settings.file.as_ref(), self.stop.clone());
        let escape = self.format().escape();
        let open = || Ok(Sink::open(file, escape, stop)?);
        let (sink, reached) = run.print(&mut self.interrupts, open).await?;
        sink.finish()?;
        if let Some(reached) = reached {
            self.tell_rows(&reached);
        }
        Ok(())
    }

    /// Shows all objects, or the fields of one.
    async fn describe(&mut self, object: Option<&str>) -> anyhow::Result<()> {
        let object: Option<ObjectName> = match object {
            None => None,
            Some(name) => Some(name.parse().map_err(Usage::new)?),
        };
        let progress = Progress::of(self.org);
        let read = describe::read(self.org, self.options, Api::Data, object.as_ref());
        let read = progress.during(STARTING, read);
        let body = self.interrupts.unless(read).await??;
        drop(progress);
        match object {
            None => self.print(&ObjectRow::COLUMNS, &ObjectRow::all(&body)?),
            Some(_) => self.print(&FieldRow::COLUMNS, &FieldRow::all(&body, Choices::Few)?),
        }
    }

    fn print(&self, columns: &[&str], rows: &Rows<'_, impl Serialize>) -> anyhow::Result<()> {
        let format = self.format();
        let file = self.settings.file.as_ref();
        let sink = Sink::open(file, format.escape(), self.stop.clone())?;
        let records = Records::of(sink, format, Columns::named(columns), self.look());
        Ok(rows.print(records, format)?.finish()?)
    }

    /// Changes how results are shown, and where.
    fn set(&mut self, command: Command) -> anyhow::Result<()> {
        let settings = &mut self.settings;
        match command {
            Command::Expanded(on) => {
                settings.expanded = on.unwrap_or(!settings.expanded);
                say("Expanded display is", settings.expanded);
            }
            Command::Timing(on) => {
                settings.timing = on.unwrap_or(!settings.timing);
                say("Timing is", settings.timing);
            }
            Command::Output(None) => settings.file = None,
            Command::Output(Some(file)) => settings.file = Some(ResultFile::create(&file)?),
            Command::Help => above(|| _ = stderr().lock().write_all(HELP.as_bytes())),
            Command::Describe(_) | Command::Quit => {}
        }
        Ok(())
    }

    /// Tells of an error; answers with it if it ends the prompt.
    fn failed(&self, error: anyhow::Error, item: &Item) -> anyhow::Result<()> {
        let is_prompt = self.stop.is_some();
        match interrupted(&error) {
            Some(Interrupted::Interrupt) if is_prompt => {
                leaving::give_up_a_call();
                note("stopped");
                return Ok(());
            }
            Some(_) => return Err(error),
            None => {}
        }
        let pointed = match item {
            Item::Statement(soql) => pointed(&error, soql),
            Item::Command(_) => None,
        };
        let told = match pointed {
            Some((words, hint)) => tell_as(error, words, hint),
            None => tell(error, self.typed, EXPLANATION),
        };
        if is_prompt { Ok(()) } else { Err(told) }
    }

    fn format(&self) -> Format {
        match &self.settings.file {
            Some(file) if self.output.is_default() => Format::of_file(&file.name),
            _ => self.output.format(),
        }
    }

    fn look(&self) -> Look {
        let to_terminal = self.settings.file.is_none();
        Look {
            room: to_terminal.then(terminal_columns).flatten(),
            expanded: self.settings.expanded,
            ..Look::default()
        }
    }

    /// Whether records are on a terminal.
    fn is_shown(&self) -> bool {
        self.settings.file.is_none() && std::io::stdout().is_terminal()
    }

    /// Says to a person how many rows there were.
    fn tell_rows(&self, reached: &Reached) {
        let rows = reached.rows;
        if let Some(doubt) = reached.doubt() {
            note(&doubt);
            return;
        }
        if !stderr().is_terminal() {
            return;
        }
        match &self.settings.file {
            Some(file) => {
                let name = printable(file.name.display());
                remark(&format!("{rows} row(s) written to {name}"));
            }
            None if self.format() == Format::Table => remark(&format!("{rows} row(s)")),
            None => {}
        }
    }
}

fn say(what: &str, on: bool) {
    remark(&format!("{what} {}.", if on { "on" } else { "off" }));
}

/// The signal that ended something.
fn interrupted(error: &anyhow::Error) -> Option<Interrupted> {
    error.chain().find_map(|cause| {
        let inside = cause.downcast_ref::<std::io::Error>();
        let inside = inside.and_then(std::io::Error::get_ref);
        let inside = inside.and_then(|inside| inside.downcast_ref());
        cause.downcast_ref().or(inside).copied()
    })
}

/// Salesforce's words about a statement, with a caret below the place if they name one, and
/// what helps at the prompt.
fn pointed(error: &anyhow::Error, soql: &str) -> Option<(String, Option<&'static str>)> {
    let failure = error
        .chain()
        .find_map(|cause| match cause.downcast_ref()? {
            sfbox::Error::Call { failure, .. } => Some(failure),
            sfbox::Error::Lost { .. } => None,
        })?;
    let Failure::Api(api) = &**failure else {
        return None;
    };
    let first = api.errors.first()?;
    let told = Told::read(&first.message);
    let room = rustix::termios::tcgetwinsize(stderr()).ok();
    let room = room
        .map(|size| usize::from(size.ws_col))
        .filter(|&room| room > 0);
    let pointed = told.pointed(soql, room.map(|room| room.saturating_sub(MARGIN)))?;
    let words = format!(
        "{}: {}\n{}\n{}",
        first.code,
        told.words.trim_end(),
        pointed.line,
        pointed.caret
    );
    let hint = match first.code.as_str() {
        "INVALID_FIELD" => Some("`\\d OBJECT` shows the fields of an object"),
        "INVALID_TYPE" => Some("`\\d` shows all objects"),
        _ => None,
    };
    Some((words, hint))
}
