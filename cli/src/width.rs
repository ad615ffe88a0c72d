//! How wide text is on a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Where something was cut.
const CUT: &str = "…";

/// The columns that a text takes at most. Terminals differ in whether they put
/// the parts of an emoji together.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let apart = text.chars().map(|letter| letter.width().unwrap_or(0)).sum();
    text.width().max(apart)
}

/// The text, or as much of it as fits into so many columns.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(width(CUT)) else {
        return Cow::Borrowed("");
    };
    let (mut used, mut end) = (0, 0);
    for letter in text.graphemes(true) {
        used += width(letter);
        if used > room {
            break;
        }
        end += letter.len();
    }
    Cow::Owned(format!("{}{CUT}", text.get(..end).unwrap_or_default()))
}

/// So many blanks.
pub(crate) fn blanks(columns: usize) -> String {
    " ".repeat(columns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_between_what_people_take_for_characters() {
        for (text, columns, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}"),
            ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}…"),
            ("株式会社", 8, "株式会社"),
            ("株式会社", 7, "株式会…"),
            ("株式会社", 6, "株式…"),
            ("👍🏽👍🏽", 5, "👍🏽…"),
            ("🇩🇪🇫🇷", 3, "🇩🇪…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
        ] {
            assert_eq!(cut(text, columns), shown, "{text} in {columns}");
        }
    }

    proptest! {
        #[test]
        fn what_is_cut_fits(text in "[a-zé株🦀\u{301}❤\u{fe0f}👍🏽🇩🇪]{0,20}", columns in 0_usize..20) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
        }
    }
}
