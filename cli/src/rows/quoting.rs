//! Whether the quotes of CSV are in order.
//!
//! A reader of CSV that forgives them reads the rest of a file as one cell, if a quote is
//! not closed. Nothing would be said of the rows that are lost so.

use std::io::{self, Read};

use super::{Malformed, RECORD_BYTES_MAX};

/// Follows the quotes of a text.
pub(super) struct Quoting {
    delimiter: u8,
    state: State,
    /// The line that the next byte is on, from 1.
    line: u64,
    /// Whether the first line ends in a carriage return and a line feed. `None`: it has not
    /// ended.
    ends_in_two: Option<bool>,
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
            ends_in_two: None,
        }
    }

    /// Follows the next bytes.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for byte in bytes {
            self.state = self.next(*byte)?;
            let is_end = self.state == State::Begin && matches!(byte, b'\r' | b'\n');
            if is_end && self.ends_in_two.is_none() {
                self.ends_in_two = Some(*byte == b'\r');
            }
            if *byte == b'\n' {
                self.line += 1;
            }
        }
        Ok(())
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
    /// How many lines a reader is behind that takes the carriage return for the end of a
    /// line, and the line feed for the beginning of the next one.
    pub(super) fn lines_behind(&self) -> u64 {
        self.quoting.ends_in_two.map_or(0, u64::from)
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
    fn text_after_a_delimiter_may_be_quoted_anew() {
        let mut quoting = Quoting::new(b';');
        quoting.follow(b"a;\"b;c\";d").unwrap();
        assert!(quoting.end().is_ok());
    }
}
