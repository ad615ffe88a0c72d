//! What comes on stdin where nobody types: line by line, read by a thread.

use std::io::{self, BufRead as _, Read as _, stdin};
use std::thread;

use tokio::sync::mpsc;

use super::typed::{Item, Open, Typed};
use crate::verdict::Usage;

/// Bytes that a statement and a line have at most: SOQL's 100,000 characters, which have up
/// to four bytes, and some comments.
///
/// Source: SOQL and SOSL Reference, "SOQL and SOSL Limits".
const BYTES_MAX: usize = 1 << 20;

/// The lines of stdin.
pub(super) struct Lines {
    lines: mpsc::Receiver<io::Result<Vec<u8>>>,
    pending: Pending,
}

/// The beginning of a statement.
#[derive(Default)]
struct Pending {
    text: String,
    /// Whether nothing has come yet.
    is_begun: bool,
}

impl Lines {
    /// Begins to read.
    pub(super) fn start() -> io::Result<Self> {
        let (sender, lines) = mpsc::channel(1);
        thread::Builder::new()
            .name("sfbox-stdin".to_owned())
            .spawn(move || {
                let mut stdin = stdin().lock();
                loop {
                    let mut line = Vec::new();
                    let read = stdin
                        .by_ref()
                        .take(BYTES_MAX as u64 + 1)
                        .read_until(b'\n', &mut line);
                    let is_end = !matches!(read, Ok(1..));
                    // The end is an empty line.
                    if sender.blocking_send(read.map(|_| line)).is_err() || is_end {
                        return;
                    }
                }
            })?;
        Ok(Self {
            lines,
            pending: Pending::default(),
        })
    }

    /// What is to be done next; `None` at the end.
    ///
    /// # Errors
    ///
    /// When what comes is no text, or has no end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Vec<Item>>> {
        loop {
            let line = self.lines.recv().await.transpose()?.unwrap_or_default();
            if line.is_empty() {
                return Ok(self.pending.end()?.map(|last| vec![last]));
            }
            let items = self.pending.line(line)?;
            if !items.is_empty() {
                return Ok(Some(items));
            }
        }
    }
}

impl Pending {
    /// Reads a line; answers with what it completes.
    fn line(&mut self, line: Vec<u8>) -> Result<Vec<Item>, Usage> {
        let line = String::from_utf8(line).map_err(|_| Usage::new("stdin is not UTF-8"))?;
        let line = match self.is_begun {
            true => line.as_str(),
            false => line.trim_start_matches('\u{feff}'),
        };
        self.is_begun = true;
        if self.text.len() + line.len() > BYTES_MAX {
            let why = format!("a statement on stdin is longer than {BYTES_MAX} bytes");
            return Err(Usage::new(why));
        }
        // Nothing else can complete something: a statement of many lines is read once.
        let may_complete =
            self.text.is_empty() || line.contains(';') || line.trim_start().starts_with('\\');
        self.text.push_str(line);
        if !may_complete {
            return Ok(Vec::new());
        }
        let typed = Typed::of(&self.text);
        self.text = typed.rest;
        Ok(typed.items)
    }

    /// What was not completed before the end.
    fn end(&mut self) -> Result<Option<Item>, Usage> {
        let typed = Typed::of(&std::mem::take(&mut self.text));
        match typed.open {
            Some(Open::Comment) => Err(Usage::new("a comment `/*` on stdin does not end")),
            Some(Open::Text) => Err(Usage::new("a string on stdin does not end")),
            None => Ok(typed.last().map(Item::Statement)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Result<Vec<Item>, Usage> {
        let mut pending = Pending::default();
        let mut items = Vec::new();
        for line in text.split_inclusive('\n') {
            items.extend(pending.line(line.as_bytes().to_vec())?);
        }
        items.extend(pending.end()?);
        Ok(items)
    }

    fn statement(text: &str) -> Item {
        Item::Statement(text.to_owned())
    }

    #[test]
    fn statements_are_those_of_a_file() {
        let text = "\u{feff}-- all\nSELECT Id\n\nFROM A;\n\\x\nSELECT Id FROM B -- last\n";
        assert_eq!(
            items(text).unwrap(),
            [
                statement("SELECT Id\n\nFROM A"),
                Item::Command("\\x".to_owned()),
                statement("SELECT Id FROM B"),
            ]
        );
    }

    #[test]
    fn what_does_not_end_is_a_mistake() {
        assert!(items("SELECT 'x;\n").is_err());
        assert!(items("SELECT /* x;\n").is_err());
        assert!(items("").unwrap().is_empty());
    }

    #[test]
    fn a_statement_has_a_longest_length() {
        let line = |length: usize| format!("{}\n", "x".repeat(length - 1));
        assert!(items(&line(BYTES_MAX)).is_ok());
        assert!(items(&line(BYTES_MAX + 1)).is_err());
        assert!(items(&line(1 << 10).repeat(1 << 10)).is_ok());
        assert!(items(&line(1 << 10).repeat((1 << 10) + 1)).is_err());
        assert!(Pending::default().line(vec![0xff]).is_err());
    }
}
