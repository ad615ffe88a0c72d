//! Text of others, as a terminal may show it.

use std::fmt::{Display, Write as _};

/// Whether a terminal would obey this character, show nothing for it, or change
/// the order of others because of it.
///
/// These are the control characters (C0, DEL and C1), what ends a line or a
/// paragraph, and the code points that are invisible by default: controls of
/// the writing direction, zero-width characters, fillers and tags. Variation
/// selectors stay: they choose between a text and an emoji. Source: Unicode
/// 17.0, DerivedCoreProperties, `Default_Ignorable_Code_Point`.
pub(crate) fn is_command(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Text without what a terminal would obey: others chose it. Salesforce points
/// at mistakes with line breaks and tabs, which stay.
pub(crate) fn printable(text: impl Display) -> String {
    let mut printable = String::new();
    for letter in text.to_string().chars() {
        if is_command(letter) && !matches!(letter, '\n' | '\t') {
            // Writing to a string cannot fail.
            _ = write!(printable, "{}", letter.escape_default());
        } else {
            printable.push(letter);
        }
    }
    printable
}

/// The same, with a margin before every line but the first, so that no line of
/// others looks like one of ours.
pub(crate) fn with_margin(text: impl Display, margin: &str) -> String {
    printable(text).replace('\n', &format!("\n{margin}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        for (text, shown) in [
            (
                "a\n\tb é 你 \u{1b}]0;x\u{7} \u{9b}2J \r",
                "a\n\tb é 你 \\u{1b}]0;x\\u{7} \\u{9b}2J \\r",
            ),
            (
                "\u{1b}]52;c;eA==\u{9c}\u{7f}",
                "\\u{1b}]52;c;eA==\\u{9c}\\u{7f}",
            ),
            ("x\u{202e}fdp\u{202c}", "x\\u{202e}fdp\\u{202c}"),
            (
                "\u{2066}a\u{2069}\u{61c}\u{200f}",
                "\\u{2066}a\\u{2069}\\u{61c}\\u{200f}",
            ),
            (
                "a\u{200b}b\u{200d}c\u{2060}d\u{feff}",
                "a\\u{200b}b\\u{200d}c\\u{2060}d\\u{feff}",
            ),
            (
                "a\u{ad}b\u{3164}c\u{e0041}",
                "a\\u{ad}b\\u{3164}c\\u{e0041}",
            ),
            ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in [
            "e\u{301}",
            "❤\u{fe0f}",
            "👍🏽",
            "🇩🇪",
            "שלום",
            "ไทย",
            "a b",
            "\u{2010}",
        ] {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn no_line_of_others_begins_where_ours_do() {
        assert_eq!(
            with_margin("no\n\nhint: run this\r\nerror: x", "  | "),
            "no\n  | \n  | hint: run this\\r\n  | error: x"
        );
    }
}
