//! Secrets to look for, and where they stand in a text. Pure.

use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::forms;

/// What stands in the place of each byte.
pub(super) const OVER: u8 = b'*';

/// Secrets that can be overwritten, and neither read nor printed.
#[derive(Clone)]
pub(crate) struct Secrets {
    forms: Arc<Forms>,
}

#[derive(Default)]
struct Forms {
    /// Absent while there is nothing to look for.
    search: Option<AhoCorasick>,
    texts: Vec<Vec<u8>>,
    longest: usize,
    /// Which bytes a form begins with: few, and what does not begin is not compared.
    firsts: Firsts,
}

/// Bytes, by their value.
struct Firsts([bool; 256]);

impl Default for Firsts {
    fn default() -> Self {
        Self([false; 256])
    }
}

impl Firsts {
    fn of(texts: &[Vec<u8>]) -> Self {
        let mut firsts = Self::default();
        for first in texts.iter().filter_map(|text| text.first()) {
            firsts.0[usize::from(*first)] = true;
        }
        firsts
    }

    fn have(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

impl Secrets {
    /// All forms of these secrets.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts: Vec<Vec<u8>> = secrets.into_iter().flat_map(forms::of).collect();
        texts.sort_unstable();
        texts.dedup();
        // Of those that begin at one place the longest has the others in it. It fails only
        // for texts of gigabytes.
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&texts)
            .ok()
            .filter(|_| !texts.is_empty());
        Self {
            forms: Arc::new(Forms {
                search,
                longest: texts.iter().map(Vec::len).max().unwrap_or_default(),
                firsts: Firsts::of(&texts),
                texts,
            }),
        }
    }

    /// A whole text, such as the value of a header, with them overwritten; `None` if it has
    /// none, as nearly all have.
    pub(crate) fn overwritten(&self, text: &[u8]) -> Option<Vec<u8>> {
        let places = self.places(text);
        if places.is_empty() {
            return None;
        }
        let mut over = text.to_vec();
        for (begin, end) in places {
            over[begin..end].fill(OVER);
        }
        Some(over)
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.forms.search.is_none()
    }

    /// From where to where a form stands. Places may overlap, and begin in order.
    pub(super) fn places(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        let Some(search) = &self.forms.search else {
            return places;
        };
        let mut from = 0;
        while let Some(found) = search.find(Input::new(text).span(from..text.len())) {
            places.push((found.start(), found.end()));
            // Another form may begin within this one.
            from = found.start() + 1;
        }
        places
    }

    /// How many bytes at the end of a text may be the beginning of a form.
    pub(super) fn begun(&self, text: &[u8]) -> usize {
        let most = self.forms.longest.saturating_sub(1).min(text.len());
        let tail = &text[text.len() - most..];
        let begins = |ending: &[u8]| {
            let mut texts = self.forms.texts.iter();
            texts.any(|form| form.len() > ending.len() && form.starts_with(ending))
        };
        let firsts = &self.forms.firsts;
        let first = (0..most).find(|at| firsts.have(tail[*at]) && begins(&tail[*at..]));
        first.map_or(0, |at| most - at)
    }

    /// Whether both are the very same.
    #[cfg(test)]
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.forms, &other.forms)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secrets(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "00DSb0000000001!AQ.x_y";

    fn overwritten(secrets: &Secrets, text: &str) -> String {
        let over = secrets.overwritten(text.as_bytes());
        over.map_or(text.to_owned(), |over| String::from_utf8(over).unwrap())
    }

    #[test]
    fn a_secret_is_overwritten_wherever_it_stands() {
        let secrets = Secrets::of([TOKEN]);
        let stars = "*".repeat(TOKEN.len());
        for (text, expected) in [
            (TOKEN.to_owned(), stars.clone()),
            (format!("a{TOKEN}b{TOKEN}"), format!("a{stars}b{stars}")),
            (format!("{TOKEN}{TOKEN}"), format!("{stars}{stars}")),
            (TOKEN[1..].to_owned(), TOKEN[1..].to_owned()),
            (String::new(), String::new()),
        ] {
            assert_eq!(overwritten(&secrets, &text), expected);
        }
    }

    #[test]
    fn forms_that_overlap_are_overwritten_whole() {
        let secrets = Secrets::of(["abcdefgh", "efghijklm", "abcdefghi"]);
        assert_eq!(overwritten(&secrets, "-abcdefghijklm-"), "-*************-");
        assert_eq!(overwritten(&secrets, "-abcdefgh-"), "-********-");
        let itself = Secrets::of(["ababababab"]);
        assert_eq!(overwritten(&itself, "ababababababab-"), "**************-");
    }

    #[test]
    fn without_secrets_a_text_is_itself() {
        for secrets in [Secrets::of([]), Secrets::of(["short"])] {
            assert_eq!(overwritten(&secrets, "short or not"), "short or not");
            assert_eq!(secrets.begun(b"short"), 0);
        }
    }

    #[test]
    fn only_what_may_become_a_form_is_held_back() {
        let secrets = Secrets::of(["abcdefgh", "cdxxxxxxxx"]);
        for (text, begun) in [
            ("", 0),
            ("z", 0),
            ("a", 1),
            ("zabcdefg", 7),
            ("zabcd", 4),
            ("zzcd", 2),
            ("abcdefgh.", 0),
        ] {
            assert_eq!(secrets.begun(text.as_bytes()), begun, "{text}");
        }
    }

    #[test]
    fn nothing_is_printed() {
        let shown = format!("{:?}", Secrets::of([TOKEN]));
        assert!(!shown.contains("00D"), "{shown}");
    }
}
