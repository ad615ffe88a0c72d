//! What a person reads when a command failed.

use std::fmt::{Display, Write as _};
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Prints the chain of causes, and what to do next. A closed stderr is nobody's
/// concern.
pub(crate) fn report(error: &anyhow::Error, hint: Option<&str>) {
    let mut stderr = anstream::stderr().lock();
    _ = writeln!(stderr, "{ERROR}error:{ERROR:#} {}", printable(error));
    for cause in error.chain().skip(1) {
        _ = writeln!(stderr, "  caused by: {}", printable(cause));
    }
    if let Some(hint) = hint {
        _ = writeln!(stderr, "\n{HINT}hint:{HINT:#} {hint}");
    }
}

/// Text without what a terminal would obey: others chose it. Salesforce points
/// at mistakes with line breaks, which stay.
pub(super) fn printable(text: impl Display) -> String {
    let mut printable = String::new();
    for letter in text.to_string().chars() {
        if letter.is_control() && !matches!(letter, '\n' | '\t') {
            // Writing to a string cannot fail.
            _ = write!(printable, "{}", letter.escape_default());
        } else {
            printable.push(letter);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(
            printable("a\n\tb é 你 \u{1b}]0;x\u{7} \u{9b}2J \r"),
            "a\n\tb é 你 \\u{1b}]0;x\\u{7} \\u{9b}2J \\r"
        );
    }
}
