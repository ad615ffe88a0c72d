//! What was typed, in pieces: words, strings, comments, and the rest.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a path, a number, a keyword.
    Word,
    /// A string in quotes.
    Text { ends: bool },
    /// To the end of the line.
    LineComment,
    /// `/* … */`.
    BlockComment { ends: bool },
    /// White space without a line break.
    Blank,
    /// The end of a line.
    LineBreak,
    /// Anything else, a character.
    Symbol,
}

impl Kind {
    /// Whether nothing of it is part of a statement.
    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::LineComment | Self::BlockComment { .. } | Self::Blank | Self::LineBreak => true,
            Self::Word | Self::Text { .. } | Self::Symbol => false,
        }
    }
}

impl Piece<'_> {
    /// Where the next one begins.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// Whether it is this word, in any case, or this symbol.
    pub(super) fn is(&self, what: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Symbol) && self.text.eq_ignore_ascii_case(what)
    }
}

/// The pieces of a text: all of it, in its order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(piece) = piece(text, at) {
        at = piece.end();
        pieces.push(piece);
    }
    pieces
}

/// The piece that begins at this byte; `None` at the end.
pub(super) fn piece(text: &str, at: usize) -> Option<Piece<'_>> {
    let rest = text.get(at..)?;
    let (kind, length) = first(rest)?;
    let text = rest.get(..length)?;
    Some(Piece { kind, text, at })
}

/// What a text begins with, and how long that is in bytes.
fn first(text: &str) -> Option<(Kind, usize)> {
    let first = text.chars().next()?;
    let until = |is_after: fn(char) -> bool| text.find(is_after).unwrap_or(text.len());
    Some(if first == '\'' {
        string(text)
    } else if text.starts_with("--") || text.starts_with("//") {
        (Kind::LineComment, until(|letter| letter == '\n'))
    } else if let Some(inside) = text.strip_prefix("/*") {
        match inside.find("*/") {
            Some(end) => (Kind::BlockComment { ends: true }, end + "/**/".len()),
            None => (Kind::BlockComment { ends: false }, text.len()),
        }
    } else if first == '\n' {
        (Kind::LineBreak, 1)
    } else if first.is_whitespace() {
        let is_after = |letter: char| letter == '\n' || !letter.is_whitespace();
        (Kind::Blank, until(is_after))
    } else if is_word(first) {
        (Kind::Word, until(|letter| !is_word(letter)))
    } else {
        (Kind::Symbol, first.len_utf8())
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '.'
}

/// Source: SOQL and SOSL Reference, "Quoted String Escape Sequences".
fn string(text: &str) -> (Kind, usize) {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\'' => return (Kind::Text { ends: true }, at + 1),
            _ => {}
        }
    }
    (Kind::Text { ends: false }, text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_taken_apart() {
        let text = "SELECT Owner.Name, 'it\\'s; --' -- x\nFROM/* ; */A;";
        let kinds: Vec<(Kind, &str)> = pieces(text)
            .iter()
            .map(|piece| (piece.kind, piece.text))
            .filter(|(kind, _)| *kind != Kind::Blank)
            .collect();
        assert_eq!(
            kinds,
            [
                (Kind::Word, "SELECT"),
                (Kind::Word, "Owner.Name"),
                (Kind::Symbol, ","),
                (Kind::Text { ends: true }, "'it\\'s; --'"),
                (Kind::LineComment, "-- x"),
                (Kind::LineBreak, "\n"),
                (Kind::Word, "FROM"),
                (Kind::BlockComment { ends: true }, "/* ; */"),
                (Kind::Word, "A"),
                (Kind::Symbol, ";"),
            ]
        );
    }

    #[test]
    fn what_does_not_end_is_known() {
        for (text, kind) in [
            ("'a", Kind::Text { ends: false }),
            ("'a\\'", Kind::Text { ends: false }),
            ("/* a", Kind::BlockComment { ends: false }),
            ("/*/", Kind::BlockComment { ends: false }),
        ] {
            assert_eq!(pieces(text).last().unwrap().kind, kind, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[a '\\\\/*\n;é株 .-]{0,40}") {
            let pieces = pieces(&text);
            let whole: String = pieces.iter().map(|piece| piece.text).collect();
            prop_assert_eq!(whole, text.clone());
            for piece in pieces {
                prop_assert_eq!(&text[piece.at..piece.end()], piece.text);
            }
        }
    }
}
