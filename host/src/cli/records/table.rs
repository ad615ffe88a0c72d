//! A table that people read.
//!
//! Rows are printed page by page, so that any number of them takes the same
//! memory; what the first page needs decides how wide the columns are.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, LineStyle, Row, TableStyle, Width, presets,
};

use super::super::report::printable;

/// The narrowest that a column is made for others, in terminal columns. A
/// terminal that is too small for that breaks lines by itself.
const WIDTH_MIN: u16 = 6;

/// After the text of a cell.
const PADDING: u16 = 1;

/// Between two columns, where there is a blank as well.
const GAP: u16 = PADDING + 1;

const STYLE: TableStyle =
    presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// Writes a table.
pub(super) struct Table<W> {
    out: W,
    /// The columns of the terminal, if cells are cut to fit.
    room: Option<u16>,
    /// What is to be printed above the first page.
    header: Option<Row>,
    /// Empty until the first page.
    layout: Vec<Layout>,
}

/// How a column is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Layout {
    /// In terminal columns, the gap left out.
    width: u16,
    number: bool,
}

/// What a cell says, and whether that is a number.
pub(super) struct Said<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) number: bool,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, room: Option<u16>) -> Self {
        Self {
            out,
            room,
            header: None,
            layout: Vec::new(),
        }
    }

    /// Sets what is above the first page.
    pub(super) fn header(&mut self, headers: &[String]) {
        let cells = headers
            .iter()
            .map(|header| Cell::new_owned(one_line(header)));
        self.header = Some(Row::from(cells.collect::<Vec<_>>()));
    }

    /// Prints a page. All rows have as many cells as the header.
    pub(super) fn page(&mut self, rows: Vec<Vec<Said<'_>>>) -> io::Result<()> {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE);
        // No cell holds it, so that lines are cut anywhere.
        table.set_delimiter('\0');
        let header = self.header.take();
        let is_first = header.is_some();
        if let Some(header) = header {
            self.layout = numbers(header.cell_count(), &rows);
            table.set_header(header);
        }
        for row in rows {
            let cells = row.iter().map(|said| Cell::new_owned(one_line(&said.text)));
            let mut row = Row::from(cells.collect::<Vec<_>>());
            if self.room.is_some() {
                row.max_height(1);
            }
            table.add_row(row);
        }
        let natural = table.column_max_content_widths();
        match self.room {
            // Wider cells of later pages are cut.
            Some(room) if is_first => widen(&mut self.layout, &fitted(&natural, room)),
            Some(_) => {}
            None => widen(&mut self.layout, &natural),
        }
        let last = self.layout.len().saturating_sub(1);
        for (at, (column, layout)) in table.column_iter_mut().zip(&self.layout).enumerate() {
            let padding = if at == last { 0 } else { PADDING };
            column.set_padding((0, padding));
            let width = Width::Fixed(layout.width.saturating_add(padding));
            column.set_constraint(ColumnConstraint::Absolute(width));
            if layout.number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        self.out.flush()
    }

    /// Ends the output.
    pub(super) fn end(self) -> W {
        self.out
    }
}

fn widen(layout: &mut [Layout], widths: &[u16]) {
    for (column, &width) in layout.iter_mut().zip(widths) {
        column.width = column.width.max(width);
    }
}

/// Which columns hold numbers and nothing else.
fn numbers(columns: usize, rows: &[Vec<Said<'_>>]) -> Vec<Layout> {
    let is_number = |column: usize| {
        let mut said = rows
            .iter()
            .filter_map(|row| row.get(column))
            .filter(|said| !said.text.is_empty())
            .peekable();
        said.peek().is_some() && said.all(|said| said.number)
    };
    (0..columns)
        .map(|column| Layout {
            width: 0,
            number: is_number(column),
        })
        .collect()
}

/// Widths that fit into `room` with the gaps: the widest columns give way first.
fn fitted(natural: &[u16], room: u16) -> Vec<u16> {
    let gaps =
        GAP.saturating_mul(u16::try_from(natural.len().saturating_sub(1)).unwrap_or(u16::MAX));
    let room = u32::from(room.saturating_sub(gaps));
    let total = |limit: u16| {
        natural
            .iter()
            .map(|&width| u32::from(width.min(limit)))
            .sum::<u32>()
    };
    let widest = natural.iter().copied().max().unwrap_or(0);
    // The largest limit on all of them that fits.
    let (mut fits, mut too_wide) = (0, widest.saturating_add(1));
    while too_wide - fits > 1 {
        let limit = fits + (too_wide - fits) / 2;
        if total(limit) <= room {
            fits = limit;
        } else {
            too_wide = limit;
        }
    }
    let limit = fits.max(WIDTH_MIN);
    natural.iter().map(|&width| width.min(limit)).collect()
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
mod tests {
    use super::*;

    fn said(text: &str) -> Said<'_> {
        Said {
            text: text.into(),
            number: text.parse::<f64>().is_ok(),
        }
    }

    fn printed(room: Option<u16>, headers: &[&str], pages: &[&[&[&str]]]) -> String {
        let mut table = Table::new(Vec::new(), room);
        let headers: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
        table.header(&headers);
        for page in pages {
            let rows = page
                .iter()
                .map(|row| row.iter().map(|text| said(text)).collect());
            table.page(rows.collect()).unwrap();
        }
        format!("\n{}", String::from_utf8(table.end()).unwrap())
    }

    #[test]
    fn wide_characters_are_aligned_and_numbers_are_right() {
        insta::assert_snapshot!(
            printed(
                None,
                &["Name", "Employees", "City"],
                &[&[
                    &["株式会社アクメ", "12000", "東京"],
                    &["Café 🦀", "7", ""],
                    &["a\tb\nc\u{1b}[2J", "", "x"],
                ]],
            ),
            @r"

            Name              Employees  City
            ─────────────────────────────────
            株式会社アクメ        12000  東京
            Café 🦀                   7
            a\tb\nc\u{1b}[2J             x
            "
        );
    }

    #[test]
    fn cells_are_cut_to_the_terminal_the_widest_first() {
        insta::assert_snapshot!(
            printed(
                Some(30),
                &["Id", "Name", "Description"],
                &[
                    &[&["001", "a name", "a description that is much too long"]],
                    &[&["002", "a much longer name than before", "株式会社アクメ株式会社アクメ"]],
                ],
            ),
            @r"

             Id  Name    Description
            ──────────────────────────────
            001  a name  a description th…
            002  a muc…  株式会社アクメ株…
            "
        );
    }

    #[test]
    fn without_cutting_nothing_is_lost() {
        let long = "long ".repeat(40);
        let text = printed(None, &["A", "B"], &[&[&["x", "y"]], &[&[&long, "y"]]]);
        assert!(text.contains(long.trim_end()), "{text}");
        assert!(!text.contains('…'), "{text}");
    }

    #[test]
    fn nothing_found_is_printed_as_headers() {
        assert_eq!(
            printed(None, &["Id", "Name"], &[&[]]),
            "\nId  Name\n────────\n"
        );
    }

    #[test]
    fn columns_share_the_room_there_is() {
        for (natural, room, widths) in [
            (&[3, 4][..], 80, &[3, 4][..]),
            (&[10, 10], 22, &[10, 10]),
            (&[10, 10], 21, &[9, 9]),
            (&[3, 50, 50], 47, &[3, 20, 20]),
            (&[3, 50, 50], 5, &[3, 6, 6]),
            (&[], 80, &[]),
            (&[u16::MAX, u16::MAX], u16::MAX, &[32_766, 32_766]),
        ] {
            assert_eq!(fitted(natural, room), widths, "{natural:?} in {room}");
        }
    }
}
