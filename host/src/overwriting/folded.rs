//! A text whose lines are folded, as base64 in mail is: without its line breaks, and where
//! each character stood. Pure.

/// The longest line break within a folded text, in bytes: CR and LF. More is an empty line,
/// and ends the text.
const BREAK_BYTES_MAX: usize = 2;

/// A text without its line breaks.
pub(super) struct Unfolded {
    pub(super) text: Vec<u8>,
    /// Where lines begin: in the text, and in the one with line breaks.
    lines: Vec<(usize, usize)>,
}

impl Unfolded {
    /// That of this text; `None` if it is one line.
    pub(super) fn of(folded: &[u8]) -> Option<Self> {
        let mut end = folded.iter().position(is_break)?;
        let mut text = Vec::with_capacity(folded.len());
        let mut lines = Vec::new();
        let mut begin = 0;
        loop {
            lines.push((text.len(), begin));
            text.extend_from_slice(&folded[begin..end]);
            if end == folded.len() {
                return Some(Self { text, lines });
            }
            let rest = &folded[end..];
            let bytes = rest.iter().position(|byte| !is_break(byte));
            let bytes = bytes.unwrap_or(rest.len());
            if bytes > BREAK_BYTES_MAX {
                // What stands before is not continued by what follows.
                text.push(rest[0]);
            }
            begin = end + bytes;
            let rest = &folded[begin..];
            let length = rest.iter().position(is_break);
            end = begin + length.unwrap_or(rest.len());
        }
    }

    /// Where a character stood in the text with line breaks.
    pub(super) fn place_of(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|(begin, _)| *begin <= at);
        let (begin, place) = self.lines[line - 1];
        place + (at - begin)
    }
}

fn is_break(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// How long a folded text of so many characters may be.
pub(super) fn longest(characters: usize) -> usize {
    characters * (1 + BREAK_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_each_character_is_found_again() {
        assert!(Unfolded::of(b"one line").is_none());
        assert!(Unfolded::of(b"").is_none());
        for (folded, text) in [
            ("ab\ncd", "abcd"),
            ("ab\r\ncd\r\n", "abcd"),
            ("\nab", "ab"),
            ("\r\n", ""),
            ("a\nb\nc", "abc"),
            ("ab\r\n\r\ncd", "ab\rcd"),
            ("ab\n\n\n", "ab\n"),
        ] {
            let unfolded = Unfolded::of(folded.as_bytes()).unwrap();
            assert_eq!(unfolded.text, text.as_bytes(), "{folded:?}");
            for (at, character) in text.bytes().enumerate() {
                if !is_break(&character) {
                    let place = unfolded.place_of(at);
                    assert_eq!(folded.as_bytes()[place], character, "{folded:?} {at}");
                }
            }
        }
    }
}
