//! A row as a record: a line for each of its cells.

use super::layout::GAP;
use super::{Line, wrapped};
use crate::width::{blanks, cut, width};

/// How wide the line above a record is at most.
const RULE_MAX: usize = 72;

/// The room of a terminal that names get at most, as one in so many.
const NAMES_SHARE: usize = 2;

/// The narrowest that a text is cut to beside its name.
const TEXT_MIN: usize = 16;

/// Before a cell that does not fit beside its name.
const INDENT: usize = 2;

/// How a record is printed.
pub(super) struct Record {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) room: Option<usize>,
}

impl Record {
    /// The lines of a record, each cell with the name of its column.
    pub(super) fn lines(&self, cells: &[(&str, &Line)]) -> String {
        let room = self.room.unwrap_or(usize::MAX);
        let rule = format!("─[ {} ]", self.number);
        let rest = room.min(RULE_MAX).saturating_sub(width(&rule));
        let mut lines = format!("{rule}{}\n", "─".repeat(rest));
        let limit = room / NAMES_SHARE;
        let names = cells.iter().map(|(name, _)| width(name));
        let names = names.filter(|name| *name <= limit).max().unwrap_or(0);
        for (name, cell) in cells {
            lines.push_str(&entry(name, cell, names, room));
        }
        lines
    }
}

/// A cell beside its name, or below it if there is too little room.
fn entry(name: &str, cell: &Line, names: usize, room: usize) -> String {
    let beside = room.saturating_sub(names + GAP);
    let needed = if cell.is_cut() {
        cell.width.min(TEXT_MIN)
    } else {
        cell.width
    };
    if width(name) <= names && needed <= beside {
        let gap = blanks(names - width(name) + GAP);
        return line(&format!("{name}{gap}"), cell, beside);
    }
    let mut lines = wrapped(name, room).join("\n");
    lines.push('\n');
    let below = room.saturating_sub(INDENT);
    let indent = if needed <= below { INDENT } else { 0 };
    lines.push_str(&line(&blanks(indent), cell, room.saturating_sub(indent)));
    lines
}

fn line(before: &str, cell: &Line, room: usize) -> String {
    let line = if cell.is_cut() {
        format!("{before}{}", cut(&cell.text, room))
    } else {
        format!("{before}{}", cell.text)
    };
    format!("{}\n", line.trim_end())
}
