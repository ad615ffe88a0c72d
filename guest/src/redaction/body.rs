//! Secrets in the body of an answer, which may be long, and need not be text.

use super::escape::{ESCAPES, escaped_length};

/// How many steps each byte of a body is worth. A body can resemble a secret in each place
/// for long. Then it is not searched to its end.
const STEPS_PER_BYTE_MAX: usize = 64;

/// The bytes with `instead` in the place of every form of a secret, plain or escaped. Bytes
/// without one are not copied. `None`: the search took too long.
pub(super) fn without(body: Vec<u8>, forms: &[String], instead: &str) -> Option<Vec<u8>> {
    let mut begins = [false; 256];
    let first = forms.iter().filter_map(|form| form.bytes().next());
    for byte in first.chain(ESCAPES) {
        if let Some(begin) = begins.get_mut(usize::from(byte)) {
            *begin = true;
        }
    }
    let may_begin = |byte: &u8| begins.get(usize::from(*byte)).is_some_and(|begin| *begin);
    let mut steps = body.len().saturating_mul(STEPS_PER_BYTE_MAX);
    let mut kept = Vec::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(rest) = body.get(at..)
        && let Some(next) = rest.iter().position(may_begin)
    {
        at += next;
        let rest = body.get(at..).unwrap_or_default();
        let mut lengths = forms
            .iter()
            .map(|form| escaped_length(rest, form.as_bytes(), &mut steps));
        match lengths.find_map(|length| length) {
            Some(length) => {
                kept.extend_from_slice(body.get(copied..at).unwrap_or_default());
                kept.extend_from_slice(instead.as_bytes());
                at += length;
                copied = at;
            }
            None => at += 1,
        }
        if steps == 0 {
            return None;
        }
    }
    if copied == 0 {
        return Some(body);
    }
    kept.extend_from_slice(body.get(copied..).unwrap_or_default());
    Some(kept)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    use crate::redaction::Redaction;

    const TOKEN: &str = "00D!AQ.x_y/z+\"a\\b%25&c";

    fn knowing(secret: &str) -> Redaction {
        let mut redaction = Redaction::default();
        redaction.add(secret);
        redaction
    }

    #[test]
    fn a_token_is_found_in_bytes_that_are_not_text_and_nothing_else_changes() {
        let redaction = knowing(TOKEN);
        let json = serde_json::to_string(TOKEN).unwrap();
        let encoded = BASE64_STANDARD.encode(format!("ab{TOKEN}"));
        for written in [
            TOKEN,
            json.trim_matches('"'),
            &TOKEN.replace('&', "&amp;"),
            &TOKEN.replace('!', "%21"),
        ] {
            let body = [
                b"\xff\x00a",
                written.as_bytes(),
                b"\xfe0",
                written.as_bytes(),
            ]
            .concat();
            let told = redaction.body(body).unwrap();
            assert_eq!(told, b"\xff\x00a[redacted]\xfe0[redacted]", "{written}");
        }
        let told = redaction.body(encoded.clone().into_bytes()).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(
            told.contains("[redacted]") && told.len() < encoded.len(),
            "{told}"
        );
    }

    #[test]
    fn a_body_without_a_secret_is_the_same_body() {
        let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let place = body.as_ptr();
        let told = knowing(TOKEN).body(body.clone()).unwrap();
        assert_eq!(told, body);
        let told = knowing(TOKEN).body(body).unwrap();
        assert_eq!(told.as_ptr(), place, "it is not copied");
        assert_eq!(knowing(TOKEN).body(Vec::new()), Some(Vec::new()));
        let none = Redaction::default();
        assert_eq!(none.body(TOKEN.into()), Some(TOKEN.as_bytes().to_vec()));
    }

    #[test]
    fn a_body_that_resembles_the_secret_everywhere_is_not_searched_to_its_end() {
        let redaction = knowing(&"0".repeat(8_000));
        let body = format!("{}x", "0".repeat(7_999)).repeat(64);
        assert_eq!(redaction.body(body.into_bytes()), None);
        // A few such places are no reason.
        let body = format!("{}x{}", "0".repeat(100), "y".repeat(100_000));
        let body = body.into_bytes();
        assert_eq!(redaction.body(body.clone()), Some(body));
    }

    proptest! {
        #[test]
        fn bytes_without_a_secret_stay_as_they_are(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let told = knowing("a-token-that-is-not-there").body(body.clone());
            prop_assert_eq!(told, Some(body));
        }

        #[test]
        fn nothing_of_a_secret_is_left_and_what_is_around_it_is(
            secret in "[0-9A-Za-z!._]{12,40}",
            before in proptest::collection::vec(128_u8.., 0..20),
            after in proptest::collection::vec(128_u8.., 0..20),
        ) {
            let body = [&before[..], secret.as_bytes(), &after[..]].concat();
            let expected = [&before[..], b"[redacted]", &after[..]].concat();
            prop_assert_eq!(knowing(&secret).body(body), Some(expected));
        }
    }
}
