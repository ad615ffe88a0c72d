//! Secrets in what an org answers: each of their bytes is overwritten, whatever parts they
//! come in.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::HeaderValue;
use memchr::memmem::Finder;

/// What stands in the place of each byte of a secret.
const STAR: u8 = b'*';

/// What is looked for.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<Finder<'static>>);

impl Secrets {
    /// Adds one form of a secret. One that is shorter than eight bytes is none.
    pub(crate) fn add(&mut self, form: &[u8]) {
        let is_known = self.0.iter().any(|known| known.needle() == form);
        if form.len() >= 8 && !is_known {
            self.0.push(Finder::new(form).into_owned());
        }
    }

    /// Whether there is anything to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where they are in these bytes.
    fn places(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let finders = self.0.iter();
        finders
            .flat_map(|finder| {
                let length = finder.needle().len();
                finder.find_iter(bytes).map(move |at| (at, length))
            })
            .collect()
    }

    /// How many bytes at the end may be the beginning of one.
    fn begun(&self, bytes: &[u8]) -> usize {
        let most = |needle: &[u8]| {
            let longest = needle.len().saturating_sub(1).min(bytes.len());
            (1..=longest)
                .rev()
                .find(|&length| bytes.ends_with(&needle[..length]))
        };
        let needles = self.0.iter().map(Finder::needle);
        needles.filter_map(most).max().unwrap_or(0)
    }

    /// Overwrites them in the values of these headers.
    pub(super) fn overwrite_headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            let places = self.places(value.as_bytes());
            if !places.is_empty() {
                let mut bytes = value.as_bytes().to_vec();
                overwrite(&mut bytes, &places);
                // What was a value is one with stars.
                *value = HeaderValue::from_bytes(&bytes).unwrap_or(HeaderValue::from_static("*"));
            }
        }
    }
}

fn overwrite(bytes: &mut [u8], places: &[(usize, usize)]) {
    for &(at, length) in places {
        if let Some(place) = bytes.get_mut(at..at + length) {
            place.fill(STAR);
        }
    }
}

/// A body on its way, and what is held back of it: the beginning of what may be a secret.
pub(super) struct Overwriting {
    secrets: Secrets,
    held: Bytes,
}

impl Overwriting {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            held: Bytes::new(),
        }
    }

    /// The next part as it may be handed on, which may be empty. A part without a secret,
    /// or what may be one at its end, is not copied.
    pub(super) fn next(&mut self, part: Bytes) -> Bytes {
        let mut part = match self.held.is_empty() {
            true => part,
            false => [std::mem::take(&mut self.held), part].concat().into(),
        };
        let places = self.secrets.places(&part);
        // A secret that is whole is not the beginning of another.
        let end = places.iter().map(|(at, length)| at + length).max();
        let open = part.get(end.unwrap_or(0)..).unwrap_or_default();
        let begun = self.secrets.begun(open);
        self.held = part.split_off(part.len() - begun);
        if places.is_empty() {
            return part;
        }
        let mut bytes = BytesMut::from(part);
        overwrite(&mut bytes, &places);
        bytes.freeze()
    }

    /// What was held back, when no more comes.
    pub(super) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &[u8] = b"00D!aa-token-00D!aa-token";

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(TOKEN);
        secrets.add(b"a-consumer-secret");
        secrets
    }

    fn through(parts: &[&[u8]]) -> Vec<u8> {
        let mut overwriting = Overwriting::new(secrets());
        let mut out = Vec::new();
        for part in parts {
            out.extend(overwriting.next(Bytes::copy_from_slice(part)));
        }
        out.extend(overwriting.rest());
        out
    }

    #[test]
    fn a_secret_is_overwritten_wherever_it_is_cut() {
        let text = [b"a<", TOKEN, b">b"].concat();
        let stars = "*".repeat(TOKEN.len());
        let expected = format!("a<{stars}>b");
        for cut in 0..=text.len() {
            let (left, right) = text.split_at(cut);
            assert_eq!(through(&[left, right]), expected.as_bytes(), "{cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(through(&bytes), expected.as_bytes());
    }

    #[test]
    fn what_only_begins_like_a_secret_arrives() {
        for text in [
            &b"00D!aa-token-00D!aa-toke"[..],
            b"00D!",
            b"00D!aa-00D!aa-00",
            b"",
        ] {
            assert_eq!(through(&[text]), text);
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            assert_eq!(through(&bytes), text);
        }
    }

    #[test]
    fn a_part_without_a_secret_is_neither_copied_nor_held_back() {
        let mut overwriting = Overwriting::new(secrets());
        let part = Bytes::from("x".repeat(100));
        let out = overwriting.next(part.clone());
        assert_eq!(out.as_ptr(), part.as_ptr());
        assert_eq!(out.len(), 100);
        assert!(overwriting.rest().is_empty());
    }

    #[test]
    fn a_header_that_repeats_a_secret_is_overwritten() {
        let mut headers = HeaderMap::new();
        let echo = [b"Bearer ", TOKEN, b"."].concat();
        headers.insert("x-echo", HeaderValue::from_bytes(&echo).unwrap());
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        secrets().overwrite_headers(&mut headers);
        let stars = "*".repeat(TOKEN.len());
        assert_eq!(headers["x-echo"], format!("Bearer {stars}."));
        assert_eq!(headers["etag"], "\"1\"");
    }

    #[test]
    fn what_is_short_is_no_secret() {
        let mut secrets = Secrets::default();
        secrets.add(b"1234567");
        assert!(secrets.is_empty());
        secrets.add(b"12345678");
        secrets.add(b"12345678");
        assert_eq!(secrets.0.len(), 1);
    }

    proptest! {
        #[test]
        fn no_cutting_changes_what_arrives(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just(TOKEN.to_vec()),
                    Just(b"00D!aa-".to_vec()),
                    Just(b"a-consumer-secret".to_vec()),
                    prop::collection::vec(any::<u8>(), 0..9),
                ],
                0..12,
            ),
            cuts in prop::collection::vec(0..200_usize, 0..12),
        ) {
            let text = pieces.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut parts = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([text.len()]) {
                parts.push(&text[from..cut]);
                from = cut;
            }
            let out = through(&parts);
            prop_assert_eq!(out.len(), text.len());
            prop_assert!(secrets().places(&out).is_empty());
            let changed = text.iter().zip(&out).filter(|(before, after)| before != after);
            prop_assert!(changed.clone().all(|(_, after)| *after == STAR));
        }
    }
}
