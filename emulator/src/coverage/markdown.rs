//! Tables in Markdown.

use std::fmt::Write as _;

/// A table.
pub(super) fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        let _ = writeln!(table, "| {} |", row.join(" | "));
    }
    table
}

/// Text as code. It has no backquotes, nor anything that divides cells.
pub(super) fn code(text: impl AsRef<str>) -> String {
    format!("`{}`", text.as_ref())
}
