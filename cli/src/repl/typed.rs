//! What was typed, as statements and commands.
//!
//! As in psql: a `;` outside of strings and comments ends a statement, an empty line does
//! not, and a line that begins with a backslash is a command.

use super::pieces::{Kind, Piece, piece, pieces};

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A statement without its `;` and its comments. Characters stay in their rows and
    /// columns: Salesforce tells by them where a mistake is.
    Statement(String),
    /// A line that begins with a backslash.
    Command(String),
}

/// What a text comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) items: Vec<Item>,
    /// The beginning of a statement that has not ended, as it was typed.
    pub(super) rest: String,
    /// What has begun at its end.
    pub(super) open: Option<Open>,
    /// Whether the last line is a command, which is done although `rest` goes on.
    pub(super) ends_in_command: bool,
}

/// What goes on to the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Text,
    Comment,
}

/// What people type to leave or to be helped, without a backslash. Source: psql 11 and newer.
const WORDS: [(&str, &str); 3] = [("quit", "\\q"), ("exit", "\\q"), ("help", "\\?")];

impl Typed {
    /// Takes a text apart.
    pub(super) fn of(text: &str) -> Self {
        let mut typed = Self::default();
        let mut statement: Vec<Piece<'_>> = Vec::new();
        let mut at = 0;
        // Whether nothing but blanks is before, on this line or after a `;`.
        let mut is_first = true;
        while let Some(piece) = piece(text, at) {
            let command = is_first.then(|| command(text, &piece, is_blank(&statement)));
            if let Some((line, end)) = command.flatten() {
                typed.items.push(Item::Command(line));
                typed.ends_in_command = true;
                at = end;
                continue;
            }
            at = piece.end();
            if !piece.kind.is_empty() {
                typed.ends_in_command = false;
            }
            if piece.is(";") {
                typed.items.extend(sent(&statement).map(Item::Statement));
                statement.clear();
                is_first = true;
                continue;
            }
            is_first = match piece.kind {
                Kind::LineBreak => true,
                Kind::Blank => is_first,
                _ => false,
            };
            statement.push(piece);
        }
        typed.open = match statement.last().map(|piece| piece.kind) {
            Some(Kind::Text { ends: false }) => Some(Open::Text),
            Some(Kind::BlockComment { ends: false }) => Some(Open::Comment),
            _ => None,
        };
        if !is_blank(&statement) || typed.open.is_some() {
            typed.rest = statement.iter().map(|piece| piece.text).collect();
        }
        typed
    }

    /// Whether all of it can be done now.
    pub(super) fn is_complete(&self) -> bool {
        self.rest.is_empty() || self.ends_in_command
    }

    /// The statement that has not ended, as it is sent at the end of the input.
    pub(super) fn last(&self) -> Option<String> {
        sent(&pieces(&self.rest))
    }
}

/// The command of a line that begins with this piece, and where the line ends. A quote in
/// it opens no string.
fn command(text: &str, piece: &Piece<'_>, begins: bool) -> Option<(String, usize)> {
    let line = text.get(piece.at..)?.split('\n').next()?;
    let end = piece.at + line.len();
    let line = line.trim_end();
    if piece.is("\\") {
        return Some((line.to_owned(), end));
    }
    let word = line.trim_end_matches(';').trim_end();
    let known = WORDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    let (_, command) = known.filter(|_| begins)?;
    Some(((*command).to_owned(), end))
}

fn is_blank(pieces: &[Piece<'_>]) -> bool {
    pieces.iter().all(|piece| piece.kind.is_empty())
}

/// A statement as it is sent: each character of a comment is a blank. `None` if nothing is
/// left.
fn sent(statement: &[Piece<'_>]) -> Option<String> {
    let mut sent = String::new();
    for piece in statement {
        match piece.kind {
            Kind::LineComment | Kind::BlockComment { .. } => {
                let blanks = piece.text.chars();
                sent.extend(blanks.map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            }
            _ => sent.push_str(piece.text),
        }
    }
    let sent = sent.trim();
    (!sent.is_empty()).then(|| sent.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn statement(text: &str) -> Item {
        Item::Statement(text.to_owned())
    }

    fn command(text: &str) -> Item {
        Item::Command(text.to_owned())
    }

    #[test]
    fn a_semicolon_ends_a_statement() {
        for (text, items, rest) in [
            ("SELECT Id FROM A;", vec![statement("SELECT Id FROM A")], ""),
            ("SELECT Id\n\nFROM A", vec![], "SELECT Id\n\nFROM A"),
            (
                "SELECT Id\n\nFROM A ;\n",
                vec![statement("SELECT Id\n\nFROM A")],
                "",
            ),
            ("a; b;c", vec![statement("a"), statement("b")], "c"),
            (
                "a WHERE N = 'x;y';",
                vec![statement("a WHERE N = 'x;y'")],
                "",
            ),
            ("a -- b;\nc;", vec![statement("a      \nc")], ""),
            ("a /* b;\n; */ c;", vec![statement("a      \n     c")], ""),
            ("-- only\n;;  ;", vec![], ""),
            ("", vec![], ""),
            (" \n", vec![], ""),
            ("-- a comment", vec![], ""),
        ] {
            let typed = Typed::of(text);
            assert_eq!((typed.items, typed.rest.as_str()), (items, rest), "{text}");
        }
    }

    #[test]
    fn a_line_with_a_backslash_is_a_command() {
        for (text, items, rest, complete) in [
            ("\\d Account", vec![command("\\d Account")], "", true),
            (
                "  \\x\n\\q\n",
                vec![command("\\x"), command("\\q")],
                "",
                true,
            ),
            ("a; \\x", vec![statement("a"), command("\\x")], "", true),
            ("SELECT Id\n\\?", vec![command("\\?")], "SELECT Id\n", true),
            ("\\?\nSELECT Id", vec![command("\\?")], "\nSELECT Id", false),
            (
                "\\o it's.csv\na;",
                vec![command("\\o it's.csv"), statement("a")],
                "",
                true,
            ),
            ("a 'x\n\\q", vec![], "a 'x\n\\q", false),
            ("a \\q", vec![], "a \\q", false),
            ("quit", vec![command("\\q")], "", true),
            ("EXIT;", vec![command("\\q")], "", true),
            ("help", vec![command("\\?")], "", true),
            ("a\nquit", vec![], "a\nquit", false),
            ("quit now", vec![], "quit now", false),
        ] {
            let typed = Typed::of(text);
            assert_eq!(typed.is_complete(), complete, "{text}");
            assert_eq!((typed.items, typed.rest.as_str()), (items, rest), "{text}");
        }
    }

    #[test]
    fn what_goes_on_is_known() {
        for (text, open) in [
            ("a 'b;", Some(Open::Text)),
            ("a /* b;", Some(Open::Comment)),
            ("/* b;", Some(Open::Comment)),
            ("a b", None),
        ] {
            let typed = Typed::of(text);
            assert_eq!((typed.open, typed.is_complete()), (open, false), "{text}");
        }
    }

    #[test]
    fn the_last_statement_needs_no_semicolon_at_the_end_of_an_input() {
        assert_eq!(Typed::of("a; b -- c\n").last().as_deref(), Some("b"));
        assert_eq!(Typed::of("a; -- c\n").last(), None);
    }

    proptest! {
        #[test]
        fn a_statement_keeps_its_rows_and_columns(text in "[a'\\\\/*\n é株-]{0,30}") {
            let typed = Typed::of(&format!("x{text};"));
            if let [Item::Statement(sent)] = typed.items.as_slice() {
                let was: Vec<&str> = text.split('\n').collect();
                for (row, line) in sent.split('\n').enumerate() {
                    for (column, letter) in line.chars().enumerate() {
                        let column = if row == 0 { column.checked_sub(1) } else { Some(column) };
                        let Some(column) = column else { continue };
                        let typed = was[row].chars().nth(column).unwrap();
                        prop_assert!(letter == typed || letter == ' ', "{:?} {:?}", sent, text);
                    }
                }
            }
        }

        #[test]
        fn lines_one_by_one_are_the_whole(lines in prop::collection::vec("[ab;' -]{0,8}", 0..6)) {
            let whole = Typed::of(&lines.join("\n"));
            let (mut items, mut pending) = (Vec::new(), String::new());
            for line in &lines {
                pending.push_str(line);
                pending.push('\n');
                let typed = Typed::of(&pending);
                items.extend(typed.items);
                pending = typed.rest;
            }
            prop_assert_eq!(Typed::of(&pending).last(), whole.last());
            prop_assert_eq!(items, whole.items);
        }
    }
}
