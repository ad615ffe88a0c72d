//! A table that people read.
//!
//! Rows are printed page by page, so that any number of them takes the same
//! memory; the first page decides how wide the columns are. Texts are cut to a
//! terminal, ids, numbers and dates are not. A row that does not fit is printed
//! as a record, a line for each of its cells; all are where a table of the first
//! page does not fit.

mod layout;
mod record;

use std::borrow::Cow;
use std::io::{self, Write};

use crate::printable::printable;
use crate::width::{self, blanks, cut, width};
use layout::{GAP, Layout, Need};
use record::Record;

/// Writes a table.
pub(super) struct Table<W> {
    out: W,
    /// The columns of the terminal, if texts are cut to fit.
    room: Option<usize>,
    shows_header: bool,
    /// Whether each row is printed as a record, whatever fits.
    expanded: bool,
    /// What the columns are called.
    headers: Vec<String>,
    /// None before the first page.
    layout: Option<Layout>,
    /// Which columns hold numbers and nothing else.
    numbers: Vec<bool>,
    /// How many rows have been printed.
    rows: u64,
}

/// What a cell says, and of what kind that is.
pub(super) struct Said<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) kind: Kind,
}

/// How a cell is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It may be cut.
    Text,
    /// It would say something else if it was cut.
    Whole,
    /// Likewise, and it stands on the right.
    Number,
    /// Nothing.
    Null,
}

/// A cell on one line, with its width.
struct Line {
    text: String,
    width: usize,
    kind: Kind,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, room: Option<u16>, shows_header: bool) -> Self {
        Self {
            out,
            room: room.map(usize::from),
            shows_header,
            expanded: false,
            headers: Vec::new(),
            layout: None,
            numbers: Vec::new(),
            rows: 0,
        }
    }

    /// The same, with each row as a record.
    pub(super) fn expanded(self) -> Self {
        Self {
            expanded: true,
            ..self
        }
    }

    /// Sets what the columns are called.
    pub(super) fn header(&mut self, headers: &[String]) {
        self.headers = headers.iter().map(|header| one_line(header)).collect();
    }

    /// Prints a page. All rows have as many cells as the header. `more`: pages
    /// will follow.
    pub(super) fn page(&mut self, rows: Vec<Vec<Said<'_>>>, more: bool) -> io::Result<()> {
        let rows: Vec<Vec<Line>> = rows
            .into_iter()
            .map(|row| row.iter().map(Line::of).collect())
            .collect();
        let layout = match self.layout.take() {
            Some(layout) => layout,
            None => self.begin(&rows, more)?,
        };
        for row in &rows {
            self.rows += 1;
            let line = match &layout {
                Layout::Columns(widths) => row_line(row, widths, &self.numbers, self.room),
                Layout::Records => None,
            };
            match line {
                Some(line) => writeln!(self.out, "{}", line.trim_end())?,
                None => self.record(row)?,
            }
        }
        self.layout = Some(layout);
        self.out.flush()
    }

    /// Ends the output.
    pub(super) fn end(self) -> W {
        self.out
    }

    /// Decides on the layout, and prints the header.
    fn begin(&mut self, rows: &[Vec<Line>], more: bool) -> io::Result<Layout> {
        self.numbers = numbers(self.headers.len(), rows);
        let layout = if self.expanded {
            Layout::Records
        } else {
            Layout::of(&needs(&self.headers, rows), self.room, more)
        };
        match &layout {
            _ if !self.shows_header => {}
            Layout::Columns(widths) => self.print_header(widths)?,
            Layout::Records if rows.is_empty() => {
                for header in &self.headers {
                    writeln!(self.out, "{header}")?;
                }
            }
            Layout::Records => {}
        }
        Ok(layout)
    }

    fn print_header(&mut self, widths: &[usize]) -> io::Result<()> {
        let columns: Vec<Vec<String>> = self
            .headers
            .iter()
            .zip(widths)
            .map(|(header, width)| wrapped(header, *width))
            .collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let cells: Vec<Line> = columns
                .iter()
                .map(|lines| Line::plain(lines.get(at).map_or("", String::as_str)))
                .collect();
            let line = row_line(&cells, widths, &self.numbers, None).unwrap_or_default();
            writeln!(self.out, "{}", line.trim_end())?;
        }
        let gaps = GAP * widths.len().saturating_sub(1);
        let rule = widths.iter().sum::<usize>() + gaps;
        writeln!(self.out, "{}", "─".repeat(rule))
    }

    fn record(&mut self, row: &[Line]) -> io::Result<()> {
        let cells = self.headers.iter().map(String::as_str).zip(row);
        let lines = Record {
            number: self.rows,
            room: self.room,
        }
        .lines(&cells.collect::<Vec<_>>());
        self.out.write_all(lines.as_bytes())
    }
}

impl Line {
    fn of(said: &Said<'_>) -> Self {
        let text = one_line(&said.text);
        Self {
            width: width(&text),
            text,
            kind: said.kind,
        }
    }

    fn plain(text: &str) -> Self {
        Self {
            width: width(text),
            text: text.to_owned(),
            kind: Kind::Whole,
        }
    }

    fn is_cut(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Null)
    }
}

/// A row on one line; `None` if that is wider than the room. What is wider than
/// its column and not cut pushes what comes after it, until there are blanks or a
/// text to make up for it.
fn row_line(
    row: &[Line],
    widths: &[usize],
    numbers: &[bool],
    room: Option<usize>,
) -> Option<String> {
    let mut line = String::new();
    // Where the line ends, and where it should.
    let (mut at, mut end) = (0, 0);
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        if column > 0 {
            line.push_str(&blanks(GAP));
            at += GAP;
            end += GAP;
        }
        end += width;
        let free = end.saturating_sub(at);
        let text = match room {
            Some(_) if cell.is_cut() => cut(&cell.text, free.max(1)),
            _ => Cow::Borrowed(cell.text.as_str()),
        };
        let used = if text.len() == cell.text.len() {
            cell.width
        } else {
            width::width(&text)
        };
        let padding = blanks(free.saturating_sub(used));
        if numbers.get(column).is_some_and(|is| *is) {
            line.push_str(&padding);
            line.push_str(&text);
        } else {
            line.push_str(&text);
            line.push_str(&padding);
        }
        at += used + padding.len();
    }
    room.is_none_or(|room| at <= room.max(end)).then_some(line)
}

/// What the columns need for these rows.
fn needs(headers: &[String], rows: &[Vec<Line>]) -> Vec<Need> {
    let mut needs: Vec<Need> = headers
        .iter()
        .map(|header| Need {
            word: words(header).map(width).max().unwrap_or(0),
            header: width(header),
            whole: 0,
            text: 0,
        })
        .collect();
    for row in rows {
        for (need, cell) in needs.iter_mut().zip(row) {
            let widest = if cell.is_cut() {
                &mut need.text
            } else {
                &mut need.whole
            };
            *widest = cell.width.max(*widest);
        }
    }
    needs
}

/// Which columns hold numbers and nothing else.
fn numbers(columns: usize, rows: &[Vec<Line>]) -> Vec<bool> {
    let is_number = |column: usize| {
        let mut kinds = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.kind)
            .filter(|kind| *kind != Kind::Null)
            .peekable();
        kinds.peek().is_some() && kinds.all(|kind| kind == Kind::Number)
    };
    (0..columns).map(is_number).collect()
}

/// The parts of a header that are not broken: the names of a path, with the
/// points between them.
fn words(header: &str) -> impl Iterator<Item = &str> {
    header.split_inclusive(['.', ' '])
}

/// A header on as few lines as its width allows.
fn wrapped(header: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words(header) {
        match lines.last_mut() {
            Some(line) if width(line) + width(word) <= columns => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A cell takes one line, and commands nothing.
fn one_line(text: &str) -> String {
    let text = printable(text);
    if text.contains(['\n', '\t']) {
        text.replace('\n', "\\n").replace('\t', "\\t")
    } else {
        text
    }
}

#[cfg(test)]
mod tests;
