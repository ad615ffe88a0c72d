//! The objects of a JSON text, one at a time.
//!
//! A parser that reads an array whole takes as much memory as the file. This looks only for
//! where objects begin and end, and leaves what is between to a parser.

use std::io::{self, BufRead};

use super::{Malformed, RECORD_BYTES_MAX};

/// Finds the objects.
pub(super) struct Splitter<R> {
    from: R,
    /// The line that the next byte is on, from 1.
    line: u64,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first object.
    Start,
    /// Among objects that stand one after the other.
    Sequence,
    /// In an array, before its first object.
    First,
    /// In an array, after an object.
    After,
    /// After the array.
    End,
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            line: 1,
            place: Place::Start,
        }
    }

    /// The next object, and the line on which it begins.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, String)>> {
        loop {
            let Some(byte) = self.significant()? else {
                return match self.place {
                    Place::First | Place::After => Err(self.malformed("the array is not closed")),
                    Place::Start | Place::Sequence | Place::End => Ok(None),
                };
            };
            match (self.place, byte) {
                (Place::Start, b'[') => {
                    self.from.consume(1);
                    self.place = Place::First;
                }
                (Place::First | Place::After, b']') => {
                    self.from.consume(1);
                    self.place = Place::End;
                }
                (Place::After, b',') => {
                    self.from.consume(1);
                    if self.significant()? != Some(b'{') {
                        return Err(self.malformed("an object is missing after the comma"));
                    }
                    return self.object().map(Some);
                }
                (Place::Start | Place::Sequence, b'{') => {
                    self.place = Place::Sequence;
                    return self.object().map(Some);
                }
                (Place::First, b'{') => {
                    self.place = Place::After;
                    return self.object().map(Some);
                }
                (Place::After, _) => return Err(self.malformed("a comma or `]` is missing")),
                (Place::End, _) => return Err(self.malformed("the array has ended before")),
                _ => return Err(self.malformed("a record is an object: `{` is missing")),
            }
        }
    }

    /// The next byte that is not white space, which stays.
    fn significant(&mut self) -> io::Result<Option<u8>> {
        loop {
            let bytes = self.from.fill_buf()?;
            let Some(byte) = bytes.first().copied() else {
                return Ok(None);
            };
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.from.consume(1);
        }
    }

    /// An object, from its opening brace to the brace that closes it.
    fn object(&mut self) -> io::Result<(u64, String)> {
        let begun = self.line;
        let mut object = Vec::new();
        let mut braces = Braces::default();
        loop {
            let bytes = self.from.fill_buf()?;
            if bytes.is_empty() {
                let why = "an object is opened here and never closed";
                return Err(io::Error::other(Malformed::new(begun, why)));
            }
            let end = bytes.iter().position(|byte| braces.close(*byte));
            let taken = end.map_or(bytes.len(), |end| end + 1);
            let part = bytes.get(..taken).unwrap_or_default();
            self.line += part
                .iter()
                .map(|byte| u64::from(*byte == b'\n'))
                .sum::<u64>();
            object.extend_from_slice(part);
            self.from.consume(taken);
            if object.len() > RECORD_BYTES_MAX {
                let why = format!("the record is longer than {} MiB", RECORD_BYTES_MAX >> 20);
                return Err(io::Error::other(Malformed::new(begun, why)));
            }
            if end.is_some() {
                let text = String::from_utf8(object);
                let text = text.map_err(|_| Malformed::new(begun, "it is not UTF-8"));
                return Ok((begun, text.map_err(io::Error::other)?));
            }
        }
    }

    fn malformed(&self, why: &str) -> io::Error {
        io::Error::other(Malformed::new(self.line, why))
    }
}

/// Which braces are open.
#[derive(Default)]
struct Braces {
    open: usize,
    in_text: bool,
    is_escaped: bool,
}

impl Braces {
    /// Whether this byte closes the first brace.
    fn close(&mut self, byte: u8) -> bool {
        if self.in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' => self.open += 1,
            b'}' => {
                self.open = self.open.saturating_sub(1);
                return self.open == 0;
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Result<Vec<(u64, String)>, String> {
        // With a buffer of one byte, each place in the text is the end of a buffer.
        let mut splitter = Splitter::new(BufReader::with_capacity(1, text.as_bytes()));
        let mut objects = Vec::new();
        loop {
            match splitter.next().map_err(|error| error.to_string())? {
                Some(object) => objects.push(object),
                None => return Ok(objects),
            }
        }
    }

    #[test]
    fn objects_stand_in_an_array_or_one_after_the_other() {
        let two = vec![
            (1, r#"{"a":"}\"{"}"#.to_owned()),
            (3, "{\"b\":\n{}}".to_owned()),
        ];
        let array = "[{\"a\":\"}\\\"{\"}\n,\n{\"b\":\n{}}]\n";
        assert_eq!(split(array).unwrap(), two);
        let lines = "{\"a\":\"}\\\"{\"}\n\r\n{\"b\":\n{}}";
        assert_eq!(split(lines).unwrap(), two);
        for empty in ["", " \n", "[]", " [ ] "] {
            assert_eq!(split(empty).unwrap(), [], "{empty:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_line() {
        for (text, words) in [
            ("[{}", "line 1: the array is not closed"),
            ("\n[{},\n]", "line 3: an object is missing after the comma"),
            ("[{}\n{}]", "line 2: a comma or `]` is missing"),
            ("[{}]\n\n{}", "line 3: the array has ended before"),
            ("{}\n7", "line 2: a record is an object: `{` is missing"),
            ("[[]]", "line 1: a record is an object: `{` is missing"),
            (
                "{}\n{\"a\":\"}",
                "line 2: an object is opened here and never closed",
            ),
            ("[", "line 1: the array is not closed"),
        ] {
            assert_eq!(split(text).unwrap_err(), words, "{text:?}");
        }
    }

    #[test]
    fn a_record_may_be_so_long_and_no_longer() {
        let object = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        let mut longest = Splitter::new(BufReader::new(io::Cursor::new(object(RECORD_BYTES_MAX))));
        assert!(longest.next().unwrap().is_some());
        let mut longer = Splitter::new(BufReader::new(io::Cursor::new(object(
            RECORD_BYTES_MAX + 1,
        ))));
        assert!(longer.next().unwrap_err().to_string().contains("8 MiB"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let mut splitter = Splitter::new(bytes.as_slice());
            while let Ok(Some(_)) = splitter.next() {}
        }

        #[test]
        fn what_serde_writes_is_split_again(texts in prop::collection::vec(".{0,9}", 0..5)) {
            let objects: Vec<_> = texts
                .iter()
                .map(|text| serde_json::json!({"a": text, "b": {"c": text}}).to_string())
                .collect();
            for text in [format!("[{}]", objects.join(",")), objects.join("\n")] {
                let found: Vec<String> = split(&text).unwrap().into_iter().map(|one| one.1).collect();
                prop_assert_eq!(&found, &objects);
            }
        }
    }
}
