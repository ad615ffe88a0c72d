//! Where a text stops being JSON, in the words of Salesforce's parser.
//!
//! That parser is Jackson, whose words stand in every public capture of
//! JSON_PARSER_ERROR. serde_json reads the bodies here, and says the same in
//! other words; so a body that it refuses is looked at a second time.
//!
//! Source of the words and of their places: jetstreamapp/jetstream, issue 538
//! (a field name that is none); the REST API's answers to a missing colon, as in
//! Salesforce's own examples. Words that no capture shows are Jackson's.

#[cfg(test)]
mod tests;

/// Objects and arrays in each other that are looked into. serde_json goes no
/// deeper either.
const DEPTH_MAX: usize = 128;

/// What is wrong, and where: line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) words: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// What a text is read as, at a byte of it.
struct Reader<'a> {
    text: &'a str,
    /// The byte that is read next.
    at: usize,
}

/// What surrounds a value, outermost first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Object,
    Array,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    /// A value, or the end of an empty array.
    ValueOrEnd,
    /// A field's name, or the end of an empty object.
    NameOrEnd,
    Name,
    /// A comma, or the end of what surrounds.
    CommaOrEnd,
}

/// The first fault of a text; `None` if it is one JSON value, with anything
/// after it, or lies deeper than [`DEPTH_MAX`].
pub(crate) fn fault(text: &str) -> Option<Fault> {
    Reader { text, at: 0 }.document().err().flatten()
}

/// Where the value of a top-level member begins, as line and column; `None` if
/// there is no such member. The member's name may be in any case.
pub(crate) fn place(text: &str, member: &str) -> Option<(usize, usize)> {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    reader.take('{')?;
    loop {
        reader.blanks();
        let name = reader.at;
        reader.string().ok()?;
        let name: String = serde_json::from_str(&text[name..reader.at]).ok()?;
        let is_it = name.eq_ignore_ascii_case(member);
        reader.blanks();
        reader.take(':')?;
        reader.blanks();
        if is_it {
            return Some(reader.place(reader.at));
        }
        reader.value().ok()?;
        reader.blanks();
        reader.take(',')?;
    }
}

/// Where a text's value begins, as line and column.
pub(crate) fn begin(text: &str) -> (usize, usize) {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    reader.place(reader.at)
}

/// `Err(None)`: no fault, but nothing more can be said.
type Read = Result<(), Option<Fault>>;

impl Reader<'_> {
    fn document(&mut self) -> Read {
        self.blanks();
        if self.peek().is_none() {
            // An empty body has words of its own.
            return Err(None);
        }
        self.value()
    }

    /// One value, with all that is in it.
    fn value(&mut self) -> Read {
        let mut levels: Vec<Level> = Vec::new();
        let mut next = Next::Value;
        loop {
            self.blanks();
            let begun = match (next, self.peek()) {
                (_, None) => return Err(Some(self.end_of_input(&levels))),
                (Next::Value | Next::ValueOrEnd, Some('{')) => Some(Level::Object),
                (Next::Value | Next::ValueOrEnd, Some('[')) => Some(Level::Array),
                (Next::ValueOrEnd | Next::CommaOrEnd, Some(']'))
                    if levels.last() == Some(&Level::Array) =>
                {
                    self.end_level(&mut levels)
                }
                (Next::NameOrEnd | Next::CommaOrEnd, Some('}'))
                    if levels.last() == Some(&Level::Object) =>
                {
                    self.end_level(&mut levels)
                }
                (Next::Value | Next::ValueOrEnd, Some(_)) => {
                    self.scalar()?;
                    None
                }
                (Next::Name | Next::NameOrEnd, Some(_)) => {
                    self.name()?;
                    next = Next::Value;
                    continue;
                }
                (Next::CommaOrEnd, Some(found)) => {
                    next = self.comma(found, &levels)?;
                    continue;
                }
            };
            if let Some(level) = begun {
                self.at += 1;
                levels.push(level);
                if levels.len() > DEPTH_MAX {
                    return Err(None);
                }
                next = match level {
                    Level::Object => Next::NameOrEnd,
                    Level::Array => Next::ValueOrEnd,
                };
            } else if levels.is_empty() {
                return Ok(());
            } else {
                next = Next::CommaOrEnd;
            }
        }
    }

    fn end_level(&mut self, levels: &mut Vec<Level>) -> Option<Level> {
        self.at += 1;
        levels.pop();
        None
    }

    fn comma(&mut self, found: char, levels: &[Level]) -> Result<Next, Option<Fault>> {
        let (entries, next) = match levels.last() {
            Some(Level::Array) => ("ARRAY", Next::Value),
            _ => ("OBJECT", Next::Name),
        };
        if self.take(',').is_some() {
            return Ok(next);
        }
        let expected = format!("was expecting comma to separate {entries} entries");
        Err(Some(self.unexpected(found, &expected)))
    }

    /// A field's name and its colon.
    fn name(&mut self) -> Read {
        match self.peek() {
            Some('"') => self.string()?,
            Some(found) => {
                let expected = "was expecting double-quote to start field name";
                return Err(Some(self.unexpected(found, expected)));
            }
            None => return Err(Some(self.end_of_input(&[Level::Object]))),
        }
        self.blanks();
        match self.peek() {
            Some(':') => {
                self.at += 1;
                Ok(())
            }
            Some(found) => {
                let expected = "was expecting a colon to separate field name and value";
                Err(Some(self.unexpected(found, expected)))
            }
            None => Err(Some(self.end_of_input(&[Level::Object]))),
        }
    }

    fn scalar(&mut self) -> Read {
        match self.peek() {
            Some('"') => self.string(),
            Some('-' | '0'..='9') => self.number(),
            Some(letter) if letter.is_alphabetic() => self.word(),
            Some(found) => {
                let expected = "expected a valid value (number, String, array, object, 'true', \
                                'false' or 'null')";
                Err(Some(self.unexpected(found, expected)))
            }
            None => Err(None),
        }
    }

    fn number(&mut self) -> Read {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| !matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'))
            .unwrap_or(rest.len());
        // What is wrong within a number has many words; serde_json's will do.
        if serde_json::from_str::<serde_json::Number>(&rest[..end]).is_err() {
            return Err(None);
        }
        self.at += end;
        Ok(())
    }

    fn word(&mut self) -> Read {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
            .unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        if matches!(word, "true" | "false" | "null") {
            return Ok(());
        }
        let words =
            format!("Unrecognized token '{word}': was expecting ('true', 'false' or 'null')");
        Err(Some(self.fault(words, self.at)))
    }

    /// A string, from its first quote to its last.
    fn string(&mut self) -> Read {
        self.take('"').ok_or(None)?;
        while let Some(found) = self.peek() {
            match found {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' => self.escape()?,
                control if u32::from(control) < 0x20 => {
                    let words = format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped \
                         using backslash to be included in string value",
                        u32::from(control)
                    );
                    return Err(Some(self.fault(words, self.at + 1)));
                }
                other => self.at += other.len_utf8(),
            }
        }
        let words = "Unexpected end-of-input: was expecting closing quote for a string value";
        Err(Some(self.fault(words.to_owned(), self.at)))
    }

    fn escape(&mut self) -> Read {
        self.at += 1;
        match self.peek() {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') => {
                self.at += 1;
                Ok(())
            }
            Some(other) => {
                let code = u32::from(other);
                let words = format!("Unrecognized character escape '{other}' (code {code})");
                Err(Some(self.fault(words, self.at + other.len_utf8())))
            }
            None => Ok(()),
        }
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        let blanks = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.at += rest.len() - blanks.len();
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        (self.peek() == Some(wanted)).then(|| self.at += wanted.len_utf8())
    }

    fn unexpected(&self, found: char, expected: &str) -> Fault {
        let code = u32::from(found);
        let words = format!("Unexpected character ('{found}' (code {code})): {expected}");
        self.fault(words, self.at + found.len_utf8())
    }

    fn end_of_input(&self, levels: &[Level]) -> Fault {
        let what = match levels.last() {
            Some(Level::Object) => ": expected close marker for OBJECT",
            Some(Level::Array) => ": expected close marker for ARRAY",
            None => "",
        };
        self.fault(format!("Unexpected end-of-input{what}"), self.at)
    }

    /// A fault that the parser notices once it has read up to byte `end`: its
    /// places are those of what it would read next.
    fn fault(&self, words: String, end: usize) -> Fault {
        let (line, column) = self.place(end);
        Fault {
            words,
            line,
            column,
        }
    }

    /// Line and column of a byte.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        (line, before[begin..].chars().count() + 1)
    }
}
