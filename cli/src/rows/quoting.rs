//! Whether the quotes of CSV are in order.
//!
//! A reader of CSV that forgives them reads the rest of a file as one cell, if a quote is
//! not closed. Nothing would be said of the rows that are lost so.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::{Malformed, RECORD_BYTES_MAX};

/// Follows the quotes of a text.
pub(super) struct Quoting {
    delimiter: u8,
    state: State,
    /// The line that the next byte is on, from 1. A carriage return, a line feed, and both
    /// together end a line.
    line: u64,
    after_return: bool,
    /// The record that the next byte is in.
    record: Option<Begun>,
    /// The lines of the records that have begun, and that nobody has asked for.
    lines: VecDeque<u64>,
}

/// A record that has not ended.
#[derive(Clone, Copy)]
struct Begun {
    line: u64,
    /// Without the quotes around its cells.
    bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Begin,
    /// In a cell without quotes.
    Plain,
    /// In a cell whose quote was opened on that line, with so many bytes so far.
    Quoted { since: u64, bytes: usize },
    /// After a quote in such a cell: it is the end of the cell, or half of a quote in it.
    Quote { since: u64, bytes: usize },
}

impl Quoting {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::Begin,
            line: 1,
            after_return: false,
            record: None,
            lines: VecDeque::new(),
        }
    }

    /// Follows the next bytes.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for byte in bytes {
            let before = self.state;
            self.state = self.next(*byte)?;
            let is_break = matches!(byte, b'\r' | b'\n');
            if is_break && self.state == State::Begin {
                self.record = None;
            } else {
                let is_quote =
                    *byte == b'"' && matches!(before, State::Begin | State::Quoted { .. });
                self.count(usize::from(!is_quote))?;
            }
            if *byte == b'\r' || (*byte == b'\n' && !self.after_return) {
                self.line += 1;
            }
            self.after_return = *byte == b'\r';
        }
        Ok(())
    }

    /// Counts what belongs to a record, which begins with it if none has.
    fn count(&mut self, bytes: usize) -> Result<(), Malformed> {
        let line = self.line;
        let lines = &mut self.lines;
        let record = self.record.get_or_insert_with(|| {
            lines.push_back(line);
            Begun { line, bytes: 0 }
        });
        record.bytes += bytes;
        match record.bytes > RECORD_BYTES_MAX {
            false => Ok(()),
            true => Err(Malformed::new(
                record.line,
                format!(
                    "a record begins here, and does not end within {} MiB",
                    RECORD_BYTES_MAX >> 20
                ),
            )),
        }
    }

    fn next(&self, byte: u8) -> Result<State, Malformed> {
        let ends = byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        Ok(match self.state {
            State::Begin if byte == b'"' => State::Quoted {
                since: self.line,
                bytes: 0,
            },
            State::Begin | State::Plain if ends => State::Begin,
            State::Begin | State::Plain => State::Plain,
            State::Quoted { since, bytes } if byte == b'"' => State::Quote { since, bytes },
            State::Quoted { since, bytes } if bytes < RECORD_BYTES_MAX => State::Quoted {
                since,
                bytes: bytes + 1,
            },
            State::Quoted { since, .. } => {
                return Err(Malformed::new(
                    since,
                    format!(
                        "a quote is opened here, and not closed within {} MiB",
                        RECORD_BYTES_MAX >> 20
                    ),
                ));
            }
            State::Quote { since, bytes } if byte == b'"' => State::Quoted {
                since,
                bytes: bytes + 1,
            },
            State::Quote { .. } if ends => State::Begin,
            State::Quote { .. } => {
                return Err(Malformed::new(
                    self.line,
                    "a cell goes on after its closing quote: write a quote in a cell twice",
                ));
            }
        })
    }

    /// Whether the text may end here.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        match self.state {
            State::Quoted { since, .. } => Err(Malformed::new(
                since,
                "a quote is opened here and never closed",
            )),
            State::Begin | State::Plain | State::Quote { .. } => Ok(()),
        }
    }
}

/// Bytes whose quotes are followed while they are read.
pub(super) struct Followed<R> {
    from: R,
    quoting: Quoting,
}

impl<R: Read> Followed<R> {
    pub(super) fn new(from: R, delimiter: u8) -> Self {
        Self {
            from,
            quoting: Quoting::new(delimiter),
        }
    }
}

impl<R> Followed<R> {
    /// The line on which the next record begins, of which nobody has asked yet. A reader that
    /// asks after each record leaves only what it has read ahead.
    pub(super) fn record_line(&mut self) -> Option<u64> {
        self.quoting.lines.pop_front()
    }
}

impl<R: Read> Read for Followed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        let followed = match read {
            0 => self.quoting.end(),
            _ => self.quoting.follow(into.get(..read).unwrap_or_default()),
        };
        followed.map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Option<u64> {
        let mut quoting = Quoting::new(b',');
        let followed = quoting.follow(text.as_bytes());
        followed
            .and_then(|()| quoting.end())
            .err()
            .map(|error| error.line)
    }

    #[test]
    fn quotes_are_closed_and_end_their_cell() {
        for text in [
            "",
            "a,b\n",
            "\"a\",\"b\"\r\n",
            "\"a\"\"b\",c\n",
            "\"a\nb\",c",
            "a \"b\" c,d\n",
            "\"\",\"\"",
            "\"\"\"\"",
        ] {
            assert_eq!(judged(text), None, "{text:?}");
        }
        for (text, line) in [
            ("\"a", 1),
            ("a,b\nc,\"d\ne\nf", 2),
            ("\"a\"b,c", 1),
            ("a\n\"b\" ,c", 2),
            ("\"a\"\"", 1),
        ] {
            assert_eq!(judged(text), Some(line), "{text:?}");
        }
    }

    #[test]
    fn a_cell_may_be_as_long_as_a_record_and_no_longer() {
        let cell = |bytes| format!("x\n\"{}\"", "y".repeat(bytes));
        assert_eq!(judged(&cell(RECORD_BYTES_MAX)), None);
        assert_eq!(judged(&cell(RECORD_BYTES_MAX + 1)), Some(2));
    }

    #[test]
    fn a_record_may_be_so_long_and_no_longer() {
        let plain = |bytes: usize| format!("x\n{}", "y".repeat(bytes));
        let cells = |bytes: usize| format!("x\n\n{}", ",".repeat(bytes));
        let both = |bytes: usize| format!("x\n\"y\",\"{}\"", "y".repeat(bytes - 2));
        for (record, line) in [
            (&plain as &dyn Fn(usize) -> String, 2),
            (&cells, 3),
            (&both, 2),
        ] {
            assert_eq!(judged(&record(RECORD_BYTES_MAX)), None);
            assert_eq!(judged(&record(RECORD_BYTES_MAX + 1)), Some(line));
        }
        assert_eq!(
            judged(&format!("{}\n", "y\n".repeat(RECORD_BYTES_MAX))),
            None
        );
    }

    #[test]
    fn text_after_a_delimiter_may_be_quoted_anew() {
        let mut quoting = Quoting::new(b';');
        quoting.follow(b"a;\"b;c\";d").unwrap();
        assert!(quoting.end().is_ok());
    }
}
