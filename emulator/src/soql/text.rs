//! String literals and their escapes.
//!
//! Source: SOQL and SOSL Reference, "Quoted String Escape Sequences".

use std::str::Chars;

use thiserror::Error;

use super::STRING_CHARS_MAX;

/// Why a string literal cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub(super) struct Fault {
    message: String,
    /// The byte of the text between the quotes at which it shows.
    pub(super) at: usize,
}

/// A string literal, read in its two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// What it says: every escape replaced by its character.
    pub(crate) value: String,
    /// The same for LIKE: `%` and `_` are wildcards; where they are themselves,
    /// a backslash stands before them, and before every backslash.
    pub(crate) pattern: String,
}

impl Text {
    /// Reads what stood between the quotes. Only in LIKE (`like`) can `_` and
    /// `%` be escaped.
    pub(super) fn read(raw: &str, like: bool) -> Result<Self, Fault> {
        let mut text = Self {
            value: String::new(),
            pattern: String::new(),
        };
        let mut symbols = raw.chars();
        while let Some(symbol) = symbols.next() {
            let at = raw.len() - symbols.as_str().len() - symbol.len_utf8();
            match symbol {
                '\\' => text
                    .escape(&mut symbols, like)
                    .map_err(|sequence| illegal(&sequence, at))?,
                plain => text.push(plain),
            }
        }
        if text.value.chars().count() > STRING_CHARS_MAX {
            let message =
                format!("string literal is too long: the maximum is {STRING_CHARS_MAX} characters");
            return Err(Fault { message, at: 0 });
        }
        Ok(text)
    }

    /// Reads what follows a backslash; fails with the illegal sequence.
    fn escape(&mut self, symbols: &mut Chars<'_>, like: bool) -> Result<(), String> {
        let escaped = symbols.next();
        match escaped {
            Some('n' | 'N') => self.push('\n'),
            Some('r' | 'R') => self.push('\r'),
            Some('t' | 'T') => self.push('\t'),
            Some('b' | 'B') => self.push('\u{8}'),
            Some('f' | 'F') => self.push('\u{c}'),
            Some(symbol @ ('"' | '\'')) => self.push(symbol),
            Some('\\') => self.push_itself('\\'),
            Some(symbol @ ('_' | '%')) if like => self.push_itself(symbol),
            Some('u' | 'U') => {
                let symbol = unicode(symbols).ok_or("\\u")?;
                // A wildcard spelt in hexadecimal is a character like any other.
                match symbol {
                    '\\' | '_' | '%' => self.push_itself(symbol),
                    other => self.push(other),
                }
            }
            Some(other) => return Err(format!("\\{other}")),
            None => return Err("\\".to_owned()),
        }
        Ok(())
    }

    /// Adds a character that LIKE takes for itself.
    fn push_itself(&mut self, symbol: char) {
        self.value.push(symbol);
        self.pattern.push('\\');
        self.pattern.push(symbol);
    }

    fn push(&mut self, symbol: char) {
        self.value.push(symbol);
        self.pattern.push(symbol);
    }
}

/// Four hexadecimal digits; two of them in a row for a character outside the
/// Basic Multilingual Plane.
fn unicode(symbols: &mut Chars<'_>) -> Option<char> {
    let first = unit(symbols)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(u32::from(first));
    }
    let second = symbols
        .next()
        .zip(symbols.next())
        .filter(|pair| *pair == ('\\', 'u'))
        .and_then(|_| unit(symbols))?;
    char::decode_utf16([first, second]).next()?.ok()
}

fn unit(symbols: &mut Chars<'_>) -> Option<u16> {
    let digits: String = symbols.take(4).collect();
    let hexadecimal = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal
        .then(|| u16::from_str_radix(&digits, 16).ok())
        .flatten()
}

fn illegal(sequence: &str, at: usize) -> Fault {
    let message = format!("Illegal character sequence '{sequence}' in string literal.");
    Fault { message, at }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_escape_is_read() {
        for (raw, value, pattern) in [
            (r"plain", "plain", "plain"),
            (r"a\nb\Nc", "a\nb\nc", "a\nb\nc"),
            (
                r"\r\R\t\T\b\B\f\F",
                "\r\r\t\t\u{8}\u{8}\u{c}\u{c}",
                "\r\r\t\t\u{8}\u{8}\u{c}\u{c}",
            ),
            (r#"O\'Brien \"x\""#, "O'Brien \"x\"", "O'Brien \"x\""),
            (r"a\\b", r"a\b", r"a\\b"),
            (r"50\%_\_", "50%__", r"50\%_\_"),
            (r"\u00e9\u00E9", "éé", "éé"),
            (r"\uD83D\uDE00", "😀", "😀"),
            (r"\U2019", "’", "’"),
            (r"\u0025", "%", r"\%"),
        ] {
            let text = Text::read(raw, true).expect("a string");
            assert_eq!(
                (text.value.as_str(), text.pattern.as_str()),
                (value, pattern),
                "{raw}"
            );
        }
    }

    #[test]
    fn other_escapes_are_refused() {
        for raw in [
            r"\q",
            r"\u12",
            r"\u12G4",
            r"\u+123",
            r"\uD83D",
            r"\uD83D\n",
            r"\uDE00",
            "\\",
        ] {
            let fault = Text::read(&format!("é{raw}"), true).expect_err(raw);
            assert!(
                fault.message.starts_with("Illegal character sequence"),
                "{fault}"
            );
            assert_eq!(fault.at, 2, "{fault}");
        }
    }

    #[test]
    fn wildcards_are_escaped_in_like_alone() {
        for raw in [r"50\%", r"\_"] {
            assert!(Text::read(raw, true).is_ok(), "{raw}");
            let fault = Text::read(raw, false).expect_err(raw);
            assert!(fault.message.contains("Illegal"), "{fault}");
        }
        let wildcard = Text::read(r"\u0025", false).expect("a string");
        assert_eq!(
            (wildcard.value.as_str(), wildcard.pattern.as_str()),
            ("%", r"\%")
        );
    }

    #[test]
    fn a_string_may_be_as_long_as_the_limit_and_no_longer() {
        assert!(Text::read(&"é".repeat(STRING_CHARS_MAX), false).is_ok());
        assert!(Text::read(&"é".repeat(STRING_CHARS_MAX + 1), false).is_err());
    }

    proptest! {
        #[test]
        fn what_a_client_escapes_is_read_back(value in any::<String>()) {
            let raw = value.replace('\\', "\\\\").replace('\'', "\\'");
            prop_assert_eq!(Text::read(&raw, false).expect("a string").value, value);
        }
    }
}
