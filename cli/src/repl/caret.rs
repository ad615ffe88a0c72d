//! Where a statement is wrong: Salesforce's words, and a caret below the place.
//!
//! Salesforce counts rows from 1. It counts columns from 1 as well, except of what its
//! parser cannot read, whose columns are counted from 0; its own caret is one character
//! too far to the left then. A word that the message quotes settles which of both it is.
//! Whether a column counts characters or UTF-16 units is settled in the same way.
//!
//! Source: messages that REST answered, such as that of apex-dev-tools/apex-parser#165.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::printable::printable;
use crate::width::{blanks, width};

/// What is before the row and the column.
const ROW: &str = "ERROR at Row:";
const COLUMN: &str = ":Column:";

/// What is shown at the least before the caret and after it, in columns.
const AROUND: usize = 10;

/// Stands where a line is cut.
const CUT: &str = "…";

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told<'a> {
    /// The row and the column, as Salesforce counts them.
    place: Option<(usize, usize)>,
    /// The message without the echo of the statement.
    pub(super) words: &'a str,
}

/// A line of a statement, and a line with a caret below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointed {
    pub(super) line: String,
    pub(super) caret: String,
}

impl<'a> Told<'a> {
    /// Reads a message of Salesforce's.
    pub(super) fn read(message: &'a str) -> Self {
        let found = message.match_indices(ROW).find_map(|(at, _)| {
            // At the beginning of a line: a statement may have these words too.
            let begins = message.get(..at)?;
            let after = message.get(at + ROW.len()..)?;
            let (row, after) = number(after)?;
            let (column, words) = number(after.strip_prefix(COLUMN)?)?;
            let words = words
                .strip_prefix('\n')
                .or_else(|| words.strip_prefix("\r\n"))?;
            (begins.is_empty() || begins.ends_with('\n')).then_some(Self {
                place: Some((row, column)),
                words,
            })
        });
        found.unwrap_or(Self {
            place: None,
            words: message,
        })
    }

    /// Shows the place in the statement that was sent, on a terminal with so many columns.
    /// `None` if there is no such place.
    pub(super) fn pointed(&self, statement: &str, room: Option<usize>) -> Option<Pointed> {
        let (row, column) = self.place?;
        let line = statement.split('\n').nth(row.checked_sub(1)?)?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let at = self.byte(line, column);
        let (before, after) = line.split_at_checked(at)?;
        let label = format!("LINE {row}: ");
        let room = room.map(|room| room.saturating_sub(width(&label)));
        let (before, after) = fitted(&shown(before), &shown(after), room);
        Some(Pointed {
            caret: format!("{}^", blanks(width(&label) + width(&before))),
            line: format!("{label}{before}{after}"),
        })
    }

    /// Where a column begins in a line, in bytes.
    fn byte(&self, line: &str, column: usize) -> usize {
        let from_1 = column.saturating_sub(1);
        let order = if self.is_of_parser() {
            [column, from_1]
        } else {
            [from_1, column]
        };
        let places = order.iter().flat_map(|&offset| {
            let units = |count: fn(char) -> usize| place(line, offset, count);
            [units(|_| 1), units(char::len_utf16)]
        });
        let places: Vec<usize> = places.collect();
        let quoted = quoted(self.words);
        let settled = quoted.iter().find_map(|word| {
            let begins = |at: &&usize| line.get(**at..).is_some_and(|rest| begins(rest, word));
            places.iter().find(begins)
        });
        let first = settled.or_else(|| places.first());
        first.copied().unwrap_or_default()
    }

    /// Whether these are the words of Salesforce's parser.
    fn is_of_parser(&self) -> bool {
        let is = |words: &str| self.words.contains(words);
        is("unexpected token") || is("no viable alternative") || is("mismatched")
    }
}

/// A number that a text begins with, and the rest.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|digit: char| !digit.is_ascii_digit());
    let (digits, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    Some((digits.parse().ok()?, rest))
}

/// Where so many units of a line end, in bytes.
fn place(line: &str, units: usize, count: fn(char) -> usize) -> usize {
    let mut passed = 0;
    for (at, letter) in line.char_indices() {
        if passed >= units {
            return at;
        }
        passed += count(letter);
    }
    line.len()
}

/// The words in quotes. The quote of `Didn't` begins none.
fn quoted(words: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = words;
    let mut before = None;
    while let Some((head, after)) = rest.split_once('\'') {
        let last = head.chars().next_back().or(before);
        if last.is_some_and(char::is_alphanumeric) {
            before = Some('\'');
            rest = after;
            continue;
        }
        let Some((inside, after)) = after.split_once('\'') else {
            break;
        };
        found.push(inside);
        before = Some('\'');
        rest = after;
    }
    found
}

/// Whether a text begins with this word, in any case. The end of a line has a name of its
/// own.
fn begins(text: &str, word: &str) -> bool {
    if word == "<EOF>" {
        return text.trim().is_empty();
    }
    let head = text.get(..word.len());
    !word.is_empty() && head.is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// On one line, with nothing that a terminal obeys.
fn shown(text: &str) -> String {
    printable(text).replace(['\t', '\n'], " ")
}

/// As much of both as fits: what is near the caret stays.
fn fitted(before: &str, after: &str, room: Option<usize>) -> (String, String) {
    let whole = (before.to_owned(), after.to_owned());
    let Some(room) = room else { return whole };
    let room = room.max(2 * AROUND);
    if width(before) + width(after) <= room {
        return whole;
    }
    let after_room = width(after).min(room - room.min(width(before)).min(room - AROUND));
    let before = tail(before, room - after_room);
    let after = crate::width::cut(after, room - width(&before));
    (before, after.into_owned())
}

/// The end of a text that takes at most so many columns.
fn tail(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(CUT));
    let (mut used, mut begin) = (0, text.len());
    for letter in text.graphemes(true).rev() {
        used += width(letter);
        if used > room {
            break;
        }
        begin -= letter.len();
    }
    format!("{CUT}{}", text.get(begin..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(row: usize, column: usize, words: &str) -> String {
        format!("\nSELECT x\n ^\nERROR at Row:{row}:Column:{column}\n{words}")
    }

    /// What stands in the statement where the caret points to.
    #[track_caller]
    fn pointed(statement: &str, row: usize, column: usize, words: &str) -> String {
        let message = message(row, column, words);
        let told = Told::read(&message);
        assert_eq!(told.words, words);
        let pointed = told.pointed(statement, None).unwrap();
        let columns = width(&pointed.caret) - 1;
        let mut rest = pointed.line.as_str();
        let mut passed = 0;
        while passed < columns {
            let letter = rest.graphemes(true).next().unwrap();
            passed += width(letter);
            rest = &rest[letter.len()..];
        }
        assert_eq!(passed, columns, "{pointed:?}");
        rest.to_owned()
    }

    #[test]
    fn the_caret_is_below_what_is_wrong() {
        for (statement, row, column, words, at) in [
            (
                "SELECT Id, Foo FROM Account",
                1,
                12,
                "No such column 'Foo' on entity 'Account'.",
                "Foo FROM Account",
            ),
            (
                "SELECT Id FROM Accountz LIMIT 2",
                1,
                16,
                "sObject type 'Accountz' is not supported.",
                "Accountz LIMIT 2",
            ),
            (
                "SELECT Id,\n  Foo\nFROM Account",
                2,
                3,
                "No such column 'Foo' on entity 'Account'.",
                "Foo",
            ),
            (
                "SELECT Owner__r.X FROM Account",
                1,
                8,
                "Didn't understand relationship 'Owner__r' in field path.",
                "Owner__r.X FROM Account",
            ),
            // Counted from 0: by the parser.
            (
                "SELECT Id FROM A LIMIT x",
                1,
                23,
                "unexpected token: 'x'",
                "x",
            ),
            (
                "SELECT Id FROM A WHERE",
                1,
                22,
                "unexpected token: '<EOF>'",
                "",
            ),
            // No word tells: counted from 1.
            (
                "SELECT Id FROM A WHERE Id = 'abc'",
                1,
                24,
                "invalid ID field: abc",
                "Id = 'abc'",
            ),
        ] {
            assert_eq!(pointed(statement, row, column, words), at, "{statement}");
        }
    }

    #[test]
    fn wide_characters_and_tabs_do_not_move_the_caret() {
        for (statement, row, column, words, at) in [
            // By characters, and by UTF-16 units.
            (
                "SELECT Id FROM A WHERE N = '株式会社' AND Foo = 1",
                1,
                39,
                "No such column 'Foo' on entity 'A'.",
                "Foo = 1",
            ),
            (
                "SELECT Id FROM A WHERE N = '🦀🦀' AND Foo = 1",
                1,
                37,
                "No such column 'Foo' on entity 'A'.",
                "Foo = 1",
            ),
            (
                "SELECT Id FROM A WHERE N = '🦀🦀' AND Foo = 1",
                1,
                39,
                "No such column 'Foo' on entity 'A'.",
                "Foo = 1",
            ),
            (
                "SELECT\tId,\tFoo FROM Account",
                1,
                12,
                "No such column 'Foo' on entity 'Account'.",
                "Foo FROM Account",
            ),
        ] {
            assert_eq!(pointed(statement, row, column, words), at, "{statement}");
        }
    }

    #[test]
    fn a_message_without_a_place_is_shown_as_it_is() {
        for text in [
            "unexpected token: 'invalid'",
            "",
            "ERROR at Row:",
            "ERROR at Row:1:Column:\nx",
            "SELECT 'ERROR at Row:1:Column:2\n'",
            "ERROR at Row:99999999999999999999999:Column:1\nx",
        ] {
            let told = Told::read(text);
            assert_eq!((told.place, told.words), (None, text));
        }
    }

    #[test]
    fn a_place_that_is_not_there_is_not_shown() {
        for (row, column) in [(0, 1), (2, 1), (usize::MAX, 1)] {
            let message = message(row, column, "x");
            assert_eq!(Told::read(&message).pointed("SELECT", None), None);
        }
        let message = message(1, usize::MAX, "x");
        let pointed = Told::read(&message).pointed("SELECT", None).unwrap();
        assert_eq!(pointed.caret, format!("{}^", " ".repeat(8 + 6)));
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let before = "SELECT Id, ".repeat(20);
        let statement = format!("{before}Foo{}", ", Name".repeat(20));
        let message = message(1, before.len() + 1, "No such column 'Foo' on entity 'A'.");
        let pointed = Told::read(&message).pointed(&statement, Some(60)).unwrap();
        assert!(width(&pointed.line) <= 60, "{pointed:?}");
        let at = width(&pointed.caret) - 1;
        let under: String = pointed.line.chars().skip(at).take(3).collect();
        assert_eq!(under, "Foo", "{pointed:?}");
        assert!(pointed.line.starts_with("LINE 1: …"), "{pointed:?}");
    }

    #[test]
    fn nothing_commands_the_terminal() {
        let message = message(1, 3, "x");
        let pointed = Told::read(&message).pointed("a\u{1b}[2Jb", None).unwrap();
        assert!(!pointed.line.contains('\u{1b}'), "{pointed:?}");
    }

    proptest! {
        #[test]
        fn no_message_is_too_odd(
            statement in "[a '\u{301}é株🦀\t\n\r\u{1b}]{0,30}",
            row in 0_usize..4,
            column in 0_usize..40,
            words in "[ab' <EOF>]{0,12}",
            room in prop::option::of(0_usize..60),
        ) {
            let message = message(row, column, &words);
            let told = Told::read(&message);
            if let Some(pointed) = told.pointed(&statement, room) {
                prop_assert!(pointed.caret.trim_start() == "^");
                if let Some(room) = room {
                    let label = "LINE 1: ".len();
                    prop_assert!(width(&pointed.line) <= room.max(label + 2 * AROUND), "{:?}", pointed);
                    prop_assert!(width(&pointed.caret) <= room.max(label + 2 * AROUND) + 1, "{:?}", pointed);
                }
            }
        }

        #[test]
        fn any_text_can_be_a_message(text in "\\PC{0,40}") {
            _ = Told::read(&text).pointed(&text, Some(40));
        }
    }
}
