//! How texts are compared and sorted: without case, in every alphabet, one
//! character at a time.
//!
//! Source: SOQL and SOSL Reference, "Comparison Operators" (without case) and
//! "ORDER BY" (by the UTF-8 values of the uppercase characters). A character is
//! compared with characters, never with several: `ß` is not `SS`. That is how
//! Java compares without case; what Salesforce does with `ß` is unconfirmed.

/// The text in the form in which texts are compared and sorted.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_uppercase()
    } else {
        text.chars().map(fold_char).collect()
    }
}

/// Lower case comes first, because a few capitals share a small letter: both
/// the Kelvin sign and `K` are `k`.
fn fold_char(symbol: char) -> char {
    if symbol.is_ascii() {
        return symbol.to_ascii_uppercase();
    }
    let lower = single(symbol.to_lowercase()).unwrap_or(symbol);
    single(lower.to_uppercase()).unwrap_or(lower)
}

fn single(mut symbols: impl Iterator<Item = char>) -> Option<char> {
    let first = symbols.next()?;
    symbols.next().is_none().then_some(first)
}

/// What stands on the right of LIKE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `%`: any characters, or none.
    Any,
    /// `_`: one character.
    One,
    /// This character, in the form in which characters are compared.
    Just(char),
}

impl Pattern {
    /// Reads a pattern in which a backslash takes its meaning from the
    /// character after it.
    pub(crate) fn new(pattern: &str) -> Self {
        let mut parts = Vec::new();
        let mut symbols = pattern.chars();
        while let Some(symbol) = symbols.next() {
            parts.push(match symbol {
                '%' if parts.last() == Some(&Part::Any) => continue,
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Just(fold_char(symbols.next().unwrap_or('\\'))),
                plain => Part::Just(fold_char(plain)),
            });
        }
        Self(parts)
    }

    /// Whether the whole text is like the pattern. Takes at most the product of
    /// their lengths: after a mismatch only the last `%` takes in one more
    /// character.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let mut part = 0;
        // What follows the last `%`, and what it leaves of the text.
        let mut again: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            if self.0.get(part) == Some(&Part::Any) {
                part += 1;
                if part == self.0.len() {
                    return true;
                }
                again = Some((part, rest.clone()));
                continue;
            }
            let found = match (self.0.get(part), rest.next()) {
                (None, None) => return true,
                (Some(Part::One), Some(_)) => true,
                (Some(Part::Just(wanted)), Some(symbol)) => fold_char(symbol) == *wanted,
                _ => false,
            };
            if found {
                part += 1;
                continue;
            }
            let Some((after, left)) = &mut again else {
                return false;
            };
            if left.next().is_none() {
                return false;
            }
            part = *after;
            rest = left.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_is_none_in_every_alphabet() {
        for (one, other) in [
            ("Étoile", "éTOILE"),
            ("ΟΔΟΣ", "οδος"),
            ("οδοσ", "ΟΔΟς"),
            ("Ёлка", "ЁЛКА"),
            ("ǅ", "ǆ"),
            ("Straße", "STRAßE"),
            ("ẞ", "ß"),
            ("\u{212a}", "k"),
            ("ᾼ", "ᾳ"),
            ("東雲 🍊", "東雲 🍊"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in [("ß", "ss"), ("é", "e"), ("İ", "i"), ("a", "b")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    /// As the guide says of English locales: `_` lies after the capitals.
    #[test]
    fn order_is_that_of_capitals() {
        let mut names = ["b", "_", "A", "é", "Z", "0"];
        names.sort_by_key(|name| fold(name));
        assert_eq!(names, ["0", "A", "b", "Z", "_", "é"]);
    }

    #[test]
    fn patterns_match_the_whole_text() {
        for (pattern, text, matches) in [
            ("appl%", "Apple", true),
            ("appl%", "Bappl", false),
            ("%b%", "abc", true),
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("_", "", false),
            ("_", "🍊", true),
            ("a_c", "ABC", true),
            ("%%%c", "abc", true),
            ("%ab", "aab", true),
            ("%a_%b", "xaayb", true),
            (r"50\%", "50%", true),
            (r"50\%", "50x", false),
            (r"\_\\", r"_\", true),
            ("\\", "\\", true),
            ("ÉT%", "étoile", true),
        ] {
            let found = Pattern::new(pattern).matches(text);
            assert_eq!(found, matches, "{pattern} {text}");
        }
    }

    /// With a `%` for each character this would never end if each of them were
    /// tried at each place.
    #[test]
    fn a_hostile_pattern_takes_no_longer() {
        let pattern = Pattern::new(&"%a".repeat(2_000));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(4_000))));
    }

    proptest! {
        #[test]
        fn a_text_is_like_itself(text in "\\PC{0,20}") {
            let pattern = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            prop_assert!(Pattern::new(&pattern).matches(&text));
        }

        #[test]
        fn a_folded_text_stays(text in "\\PC{0,20}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
