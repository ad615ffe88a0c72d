//! The page that the table is kept in.

use std::fs;

use anyhow::Context as _;

/// Where it is.
const PAGE: &str = "docs/benchmarks.md";

/// Between these the figures are; what is said about them is around.
const BEGIN: &str = "<!-- figures: cargo xtask bench --save -->";
const END: &str = "<!-- end of figures -->";

/// Puts the figures where the last ones were.
///
/// # Errors
///
/// When the page has no place for them, or cannot be written.
pub(super) fn save(figures: &str) -> anyhow::Result<()> {
    let page = fs::read_to_string(PAGE).with_context(|| format!("{PAGE} cannot be read"))?;
    fs::write(PAGE, replaced(&page, figures)?)?;
    eprintln!("{PAGE} has these figures now");
    Ok(())
}

fn replaced(page: &str, figures: &str) -> anyhow::Result<String> {
    let missing = |mark: &str| format!("{PAGE} has no line `{mark}`");
    let (before, rest) = page.split_once(BEGIN).with_context(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).with_context(|| missing(END))?;
    let figures = figures.trim();
    Ok(format!("{before}{BEGIN}\n\n{figures}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("Before.\n\n{BEGIN}\n\nold\n\n{END}\n\nAfter.\n");
        let new = replaced(&page, "new\n").unwrap();
        assert_eq!(new, page.replace("old", "new"));
        assert_eq!(replaced(&new, "new").unwrap(), new);
    }

    #[test]
    fn a_page_without_a_mark_is_left_alone() {
        for page in ["", BEGIN, END, &format!("{END}{BEGIN}")] {
            assert!(replaced(page, "new").is_err(), "{page}");
        }
    }

    #[test]
    fn the_page_has_a_place_for_figures() {
        let page = fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../docs/benchmarks.md"
        ));
        replaced(&page.unwrap(), "new").unwrap();
    }
}
