//! What was typed before, as lines of a file: pure.
//!
//! An entry is a line. A line break in it is `\n`, and a backslash is two.

use crate::printable::is_command;

/// The most lines that are kept.
pub(super) const LINES_MAX: usize = 10_000;

/// The longest entry that is kept, in bytes: a statement has at most 100,000 characters.
pub(super) const ENTRY_BYTES_MAX: usize = 1 << 17;

/// Whether what was typed is kept: a leading blank asks that it is not. What would command a
/// terminal is not kept either, because it would be shown again.
pub(super) fn is_kept(typed: &str) -> bool {
    let commands = |letter: char| is_command(letter) && !matches!(letter, '\n' | '\t');
    !typed.trim().is_empty()
        && !typed.starts_with(char::is_whitespace)
        && typed.len() <= ENTRY_BYTES_MAX
        && !typed.contains(commands)
}

/// An entry as a line, with its end.
pub(super) fn line(typed: &str) -> String {
    let escaped = typed.trim_end().replace('\\', "\\\\").replace('\n', "\\n");
    format!("{escaped}\n")
}

/// The entries of a file, oldest first: as many as are kept. A line that cannot be an entry
/// is left out, and so is one whose end is missing.
pub(super) fn entries(file: &[u8]) -> Vec<String> {
    let lines = file.split_inclusive(|byte| *byte == b'\n');
    let entries = lines.filter_map(|line| {
        let line = str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
        Some(entry(line)).filter(|entry| is_kept(entry))
    });
    let entries: Vec<String> = entries.collect();
    let old = entries.len().saturating_sub(LINES_MAX);
    entries.into_iter().skip(old).collect()
}

/// What is left of a file that has too many lines; `None` if it has not.
pub(super) fn shortened(file: &[u8]) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let old = lines.len().checked_sub(LINES_MAX)?;
    (old > 0).then(|| lines.iter().skip(old).copied().collect::<Vec<_>>().concat())
}

fn entry(line: &str) -> String {
    let mut entry = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => entry.push('\n'),
                Some(escaped) => entry.push(escaped),
                None => entry.push('\\'),
            },
            (letter, false) => entry.push(letter),
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_leading_blank_keeps_a_line_out() {
        assert!(is_kept("SELECT Id FROM Account;"));
        for typed in [
            " SELECT Id",
            "\tx",
            "\nx",
            "",
            "  ",
            "a\u{1b}[2J",
            "a\u{202e}",
        ] {
            assert!(!is_kept(typed), "{typed:?}");
        }
        let longest = "x".repeat(ENTRY_BYTES_MAX);
        assert!(is_kept(&longest) && !is_kept(&format!("{longest}x")));
    }

    #[test]
    fn a_statement_of_several_lines_is_one_line() {
        let typed = "SELECT Id\nFROM A WHERE N = 'it\\'s \\n';";
        assert_eq!(
            line(typed),
            "SELECT Id\\nFROM A WHERE N = 'it\\\\'s \\\\n';\n"
        );
        assert_eq!(entries(line(typed).as_bytes()), [typed]);
    }

    #[test]
    fn a_line_that_was_cut_or_is_odd_is_left_out() {
        let file = b"a\n\xff\n b\n\nc\x1b\nd\ne";
        assert_eq!(entries(file), ["a", "d"]);
    }

    #[test]
    fn only_the_newest_lines_are_kept() {
        let file = |count: usize| (0..count).map(|at| format!("{at}\n")).collect::<String>();
        assert_eq!(entries(file(LINES_MAX).as_bytes()).len(), LINES_MAX);
        assert_eq!(shortened(file(LINES_MAX).as_bytes()), None);
        let more = file(LINES_MAX + 1);
        let kept = entries(more.as_bytes());
        assert_eq!((kept.len(), kept[0].as_str()), (LINES_MAX, "1"));
        let shorter = shortened(more.as_bytes()).unwrap();
        assert_eq!(entries(&shorter), kept);
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back(typed in prop::collection::vec("[a-z'\\\\\n é株;]{1,20}", 0..8)) {
            let kept: Vec<&str> = typed.iter().map(|typed| typed.trim_end()).filter(|typed| is_kept(typed)).collect();
            let file: String = kept.iter().map(|typed| line(typed)).collect();
            prop_assert_eq!(file.lines().count(), kept.len());
            prop_assert_eq!(entries(file.as_bytes()), kept);
        }

        #[test]
        fn any_file_can_be_read(file in prop::collection::vec(any::<u8>(), 0..60)) {
            _ = entries(&file);
            _ = shortened(&file);
        }
    }
}
