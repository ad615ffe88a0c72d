//! What a terminal is shown of records: no character of them controls it.

use std::io::{self, Write};

use crate::printable::is_command;

/// How a character that a terminal would obey is written instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// As JSON escapes it in a string, so that the text stays JSON: `\u009b`.
    Json,
    /// As people read it: `\u{9b}`.
    Text,
}

impl Escape {
    fn push(self, letter: char, shown: &mut String) {
        match self {
            Self::Text => shown.extend(letter.escape_default()),
            Self::Json => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
}

/// Passes on UTF-8 text without what a terminal would obey. Line breaks and tabs
/// stay.
pub(super) struct Shown<W> {
    terminal: W,
    escape: Escape,
    /// The beginning of a character whose other bytes have not come yet.
    begun: Vec<u8>,
}

impl<W: Write> Shown<W> {
    pub(super) fn new(terminal: W, escape: Escape) -> Self {
        Self {
            terminal,
            escape,
            begun: Vec::new(),
        }
    }

    /// Escapes in another way from now on.
    pub(super) fn escape_as(&mut self, escape: Escape) {
        self.escape = escape;
    }

    fn escaped(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for letter in text.chars() {
            if is_command(letter) && !matches!(letter, '\n' | '\t') {
                self.escape.push(letter, &mut shown);
            } else {
                shown.push(letter);
            }
        }
        shown
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let text = std::mem::take(&mut self.begun);
        let mut shown = String::new();
        let mut rest = text.as_slice();
        loop {
            match str::from_utf8(rest) {
                Ok(text) => {
                    shown.push_str(&self.escaped(text));
                    break;
                }
                Err(error) => {
                    let (text, after) = rest.split_at(error.valid_up_to());
                    shown.push_str(&self.escaped(&String::from_utf8_lossy(text)));
                    let Some(wrong) = error.error_len() else {
                        self.begun = after.to_vec();
                        break;
                    };
                    shown.push(char::REPLACEMENT_CHARACTER);
                    rest = &after[wrong..];
                }
            }
        }
        self.terminal.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(escape: Escape, pieces: &[&[u8]]) -> String {
        let mut shown = Shown::new(Vec::new(), escape);
        for piece in pieces {
            shown.write_all(piece).unwrap();
        }
        String::from_utf8(shown.terminal).unwrap()
    }

    #[test]
    fn a_terminal_is_not_commanded() {
        let text = "a\u{1b}[2J\u{9b}1m\u{7f}\u{202e}\u{e0041}\r\n\té🦀";
        assert_eq!(
            shown(Escape::Text, &[text.as_bytes()]),
            "a\\u{1b}[2J\\u{9b}1m\\u{7f}\\u{202e}\\u{e0041}\\r\n\té🦀"
        );
        assert_eq!(
            shown(Escape::Json, &[text.as_bytes()]),
            "a\\u001b[2J\\u009b1m\\u007f\\u202e\\udb40\\udc41\\u000d\n\té🦀"
        );
    }

    #[test]
    fn json_stays_the_same_json() {
        let text = serde_json::to_string("a\u{7f}\u{9b}\u{e0041}\u{200b}é").unwrap();
        let shown = shown(Escape::Json, &[text.as_bytes()]);
        assert!(!shown.chars().any(is_command), "{shown}");
        let (was, is): (String, String) = (
            serde_json::from_str(&text).unwrap(),
            serde_json::from_str(&shown).unwrap(),
        );
        assert_eq!(was, is);
    }

    #[test]
    fn what_is_not_utf_8_does_not_command_either() {
        assert_eq!(
            shown(Escape::Text, &[b"a\x9bb\xff\xc2"]),
            "a\u{fffd}b\u{fffd}"
        );
    }

    proptest! {
        #[test]
        fn pieces_are_shown_as_the_whole(text in "\\PC{0,10}[\\x00-\\x1f\u{80}-\u{9f}é🦀\u{200b}]{0,6}", at in 0_usize..40) {
            let bytes = text.as_bytes();
            let (one, other) = bytes.split_at(at.min(bytes.len()));
            let whole = shown(Escape::Text, &[bytes]);
            prop_assert_eq!(&shown(Escape::Text, &[one, other]), &whole);
            prop_assert!(!whole.chars().any(|letter| is_command(letter) && letter != '\n' && letter != '\t'));
        }
    }
}
