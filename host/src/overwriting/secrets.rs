//! Secrets to look for, and where they stand in a text. Pure.

use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::folded::{self, Unfolded};
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
    /// Those that may be folded.
    foldable: Option<Foldable>,
}

struct Foldable {
    search: AhoCorasick,
    firsts: Firsts,
    texts: Vec<Vec<u8>>,
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
        let (mut all, mut foldable) = (Vec::new(), Vec::new());
        for secret in secrets {
            all.extend(forms::of(secret));
            foldable.extend(forms::base64_of(secret));
        }
        let (search, texts) = search(all);
        let (search_folded, folded) = self::search(foldable);
        Self {
            forms: Arc::new(Forms {
                search,
                longest: texts.iter().map(Vec::len).max().unwrap_or_default(),
                firsts: Firsts::of(&texts),
                texts,
                foldable: search_folded.map(|search| Foldable {
                    search,
                    firsts: Firsts::of(&folded),
                    texts: folded,
                }),
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
        if let Some(search) = &self.forms.search {
            places.extend(found(search, text));
        }
        if let Some(foldable) = &self.forms.foldable
            && let Some(unfolded) = Unfolded::of(text)
        {
            let found = found(&foldable.search, &unfolded.text);
            let place = |(begin, end)| (unfolded.place_of(begin), unfolded.place_of(end - 1) + 1);
            places.extend(found.map(place));
            places.sort_unstable();
        }
        places
    }

    /// How many bytes at the end of a text may be the beginning of a form.
    pub(super) fn begun(&self, text: &[u8]) -> usize {
        let most = self.forms.longest.saturating_sub(1);
        let tail = &text[text.len() - most.min(text.len())..];
        let begun =
            begun(tail, &self.forms.firsts, &self.forms.texts).map_or(0, |at| tail.len() - at);
        let Some(foldable) = &self.forms.foldable else {
            return begun;
        };
        let tail = &text[text.len() - folded::longest(most).min(text.len())..];
        let folded = Unfolded::of(tail).and_then(|unfolded| {
            let at = self::begun(&unfolded.text, &foldable.firsts, &foldable.texts)?;
            Some(tail.len() - unfolded.place_of(at))
        });
        begun.max(folded.unwrap_or_default())
    }

    /// Whether both are the very same.
    #[cfg(test)]
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.forms, &other.forms)
    }
}

/// What searches for these texts, and each of them once.
fn search(mut texts: Vec<Vec<u8>>) -> (Option<AhoCorasick>, Vec<Vec<u8>>) {
    texts.sort_unstable();
    texts.dedup();
    // Of those that begin at one place the longest has the others in it. It fails only
    // for texts of gigabytes.
    let search = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(&texts)
        .ok()
        .filter(|_| !texts.is_empty());
    (search, texts)
}

/// From where to where one of the texts stands, at each place where one begins.
fn found(search: &AhoCorasick, text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = search.find(Input::new(text).span(from..text.len()))?;
        // Another one may begin within this one.
        from = found.start() + 1;
        Some((found.start(), found.end()))
    })
}

/// From where on a text may be the beginning of one of these.
fn begun(text: &[u8], firsts: &Firsts, forms: &[Vec<u8>]) -> Option<usize> {
    let most = forms.iter().map(Vec::len).max()?.saturating_sub(1);
    let begins = |ending: &[u8]| {
        let mut forms = forms.iter();
        forms.any(|form| form.len() > ending.len() && form.starts_with(ending))
    };
    (text.len().saturating_sub(most)..text.len())
        .find(|at| firsts.have(text[*at]) && begins(&text[*at..]))
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secrets(..)")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

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

    /// Base64 in lines of this width.
    fn folded(text: &str, width: usize, line_break: &str) -> String {
        let encoded = BASE64_STANDARD.encode(text);
        let lines = encoded.as_bytes().chunks(width);
        let lines: Vec<&str> = lines.map(|line| str::from_utf8(line).unwrap()).collect();
        lines.join(line_break)
    }

    #[test]
    fn a_secret_in_folded_base64_is_overwritten() {
        let long = "00DSb0000000001!".to_owned() + &"AQ.x_y".repeat(16);
        for secret in [TOKEN, &long] {
            let secrets = Secrets::of([secret]);
            for (before, width, line_break) in [
                (0, 76, "\r\n"),
                (50, 76, "\r\n"),
                (50, 64, "\n"),
                (41, 4, "\n"),
                (42, 1, "\r"),
            ] {
                let text = format!("{}{secret} after", "b".repeat(before));
                let text = folded(&text, width, line_break);
                let over = overwritten(&secrets, &text);
                assert_eq!(over.len(), text.len());
                assert!(over.contains("***"), "{over:?}");
                let joined = over.replace(['\r', '\n'], "");
                for form in forms::base64_of(secret) {
                    let form = str::from_utf8(&form).unwrap();
                    assert!(!joined.contains(form), "{over:?}");
                }
            }
        }
        let secrets = Secrets::of([TOKEN]);
        let apart = folded(TOKEN, 10, "\n\n\n");
        assert_eq!(overwritten(&secrets, &apart), apart, "empty lines end it");
    }

    #[test]
    fn nothing_is_printed() {
        let shown = format!("{:?}", Secrets::of([TOKEN]));
        assert!(!shown.contains("00D"), "{shown}");
    }
}
