//! A table in Markdown, as GitHub and others render it.
//!
//! Source: GitHub Flavored Markdown Spec, "Tables (extension)" and "Backslash
//! escapes".

use std::io::{self, Write};

use super::table::{Kind, Said};

/// Writes a Markdown table.
pub(super) struct Markdown<W> {
    out: W,
    /// What is to be printed above the first page.
    header: Option<Vec<String>>,
}

impl<W: Write> Markdown<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, header: None }
    }

    /// Sets what is above the first page.
    pub(super) fn header(&mut self, headers: &[String]) {
        self.header = Some(headers.to_vec()).filter(|headers| !headers.is_empty());
    }

    /// Prints a page. Columns that hold numbers in the first one are on the right.
    pub(super) fn page(&mut self, rows: &[Vec<Said<'_>>]) -> io::Result<()> {
        if let Some(headers) = self.header.take() {
            self.line(headers.iter().map(|header| escaped(header)))?;
            let rules = (0..headers.len()).map(|column| {
                let is_number = is_number(column, rows);
                if is_number { "---:" } else { "---" }.to_owned()
            });
            self.line(rules)?;
        }
        for row in rows {
            self.line(row.iter().map(|said| escaped(&said.text)))?;
        }
        self.out.flush()
    }

    /// Ends the output.
    pub(super) fn end(self) -> W {
        self.out
    }

    fn line(&mut self, cells: impl Iterator<Item = String>) -> io::Result<()> {
        for cell in cells {
            write!(self.out, "| {cell} ")?;
        }
        writeln!(self.out, "|")
    }
}

fn is_number(column: usize, rows: &[Vec<Said<'_>>]) -> bool {
    let mut kinds = rows
        .iter()
        .filter_map(|row| row.get(column))
        .map(|said| said.kind)
        .filter(|kind| *kind != Kind::Null)
        .peekable();
    kinds.peek().is_some() && kinds.all(|kind| kind == Kind::Number)
}

/// Text that Markdown shows as it is, on one line.
fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => escaped.push_str("<br>"),
            '<' => escaped.push_str("&lt;"),
            '&' if begins_entity(letters.peek().copied()) => escaped.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '[' | ']' | '~' => escaped.extend(['\\', letter]),
            // Within a word it means nothing.
            '_' if is_word(before) && is_word(letters.peek().copied()) => escaped.push('_'),
            '_' => escaped.push_str("\\_"),
            letter => escaped.push(letter),
        }
        before = Some(letter);
    }
    escaped
}

/// Whether what comes after an ampersand may make it an entity.
fn begins_entity(next: Option<char>) -> bool {
    next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '#')
}

fn is_word(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_shown_as_it_is() {
        for (text, written) in [
            ("a|b", "a\\|b"),
            ("a\\|b", "a\\\\\\|b"),
            ("one\r\ntwo\nthree\rfour", "one<br>two<br>three<br>four"),
            ("<script>&amp;&#39;", "&lt;script>&amp;amp;&amp;#39;"),
            ("a & b > c &", "a & b > c &"),
            (
                "*a* _b_ Field__c `c` [d](e) ~~f~~",
                "\\*a\\* \\_b\\_ Field__c \\`c\\` \\[d\\](e) \\~\\~f\\~\\~",
            ),
            ("é 株 🦀", "é 株 🦀"),
            ("", ""),
        ] {
            assert_eq!(escaped(text), written);
        }
    }
}
