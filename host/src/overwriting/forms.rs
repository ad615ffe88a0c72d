//! The forms in which a text repeats a secret. Pure.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// The shortest secret that is looked for, in bytes: a shorter one may be any word.
const SECRET_BYTES_MIN: usize = 8;

/// The characters besides letters and digits that an encoder leaves as they are.
const KEPT: [&str; 9] = [
    // A URI (RFC 3986, section 2.3), Go's `QueryEscape`, Python's `quote` with `safe=""`.
    "-._~",
    // Python's `quote`.
    "-._~/",
    // PHP's `urlencode`.
    "-._",
    // A form (URL Standard, `application/x-www-form-urlencoded`).
    "*-._",
    // JavaScript's `encodeURIComponent`.
    "-._~!*'()",
    // JavaScript's `encodeURI`.
    "-._~!*'();,/?:@&=+$#",
    // A segment of a path (RFC 3986, section 3.3).
    "-._~!*'();,:@&=+$",
    // Go's `PathEscape`.
    "-._~:@&=+$",
    // An encoder that knows only letters and digits.
    "",
];

/// How many bits a character of base64 has.
const BITS: usize = 6;

/// The forms of a secret; of one that is too short there are none.
pub(super) fn of(secret: &str) -> Vec<Vec<u8>> {
    if secret.len() < SECRET_BYTES_MIN {
        return Vec::new();
    }
    let mut forms = vec![secret.as_bytes().to_vec()];
    for kept in KEPT {
        for capitals in [true, false] {
            forms.push(percent_encoded(secret, kept, capitals));
        }
    }
    forms.extend(base64_of(secret));
    forms
}

/// Those of them in base64, which may be folded: mail has at most 76 characters on a line
/// (RFC 2045, section 6.8).
pub(super) fn base64_of(secret: &str) -> Vec<Vec<u8>> {
    if secret.len() < SECRET_BYTES_MIN {
        return Vec::new();
    }
    let each = |before| [standard, url_safe].map(|encode| within_base64(secret, before, encode));
    (0..3).flat_map(each).collect()
}

fn percent_encoded(secret: &str, kept: &str, capitals: bool) -> Vec<u8> {
    let mut encoded = String::with_capacity(3 * secret.len());
    for byte in secret.bytes() {
        let character = char::from(byte);
        // Writing to a string cannot fail.
        _ = if byte.is_ascii_alphanumeric() || kept.contains(character) {
            encoded.push(character);
            Ok(())
        } else if capitals {
            write!(encoded, "%{byte:02X}")
        } else {
            write!(encoded, "%{byte:02x}")
        };
    }
    encoded.into_bytes()
}

fn standard(bytes: &[u8]) -> String {
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

fn url_safe(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The characters of base64 that only the secret decides, where so many bytes beyond a
/// multiple of three stand before it: as in `Basic`, with a user before the password.
fn within_base64(secret: &str, before: usize, encode: fn(&[u8]) -> String) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = encode(&bytes);
    // The first may have bits of what stands before, and the last of what follows.
    let first = (before * 8).div_ceil(BITS);
    let last = bytes.len() * 8 / BITS;
    encoded.as_bytes()[first..last].to_vec()
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn has(text: &str, secret: &str) -> bool {
        let forms = of(secret);
        forms
            .iter()
            .any(|form| text.as_bytes().windows(form.len()).any(|part| part == form))
    }

    #[test]
    fn a_secret_is_known_in_each_form() {
        const SECRET: &str = "00Dxx!AQ._~*(k)";
        for text in [
            SECRET,
            "00Dxx%21AQ._~%2A%28k%29",
            "00Dxx%21AQ._~%2a%28k%29",
            "00Dxx!AQ._~*(k)",
            "00Dxx%21AQ._%7E*%28k%29",
            "00Dxx%21AQ%2E%5F%7E%2A%28k%29",
        ] {
            assert!(has(text, SECRET), "{text}");
        }
        assert!(!has("00Dxx!AQ._~*(k", SECRET));
    }

    #[test]
    fn a_secret_is_known_whatever_an_encoder_keeps() {
        const SECRET: &str = "a/b!c.d~e+f=g";
        for text in [
            // Python's `quote`.
            "a/b%21c.d~e%2Bf%3Dg",
            // PHP's `urlencode`.
            "a%2Fb%21c.d%7Ee%2Bf%3Dg",
            // A segment of a path, and Go's `PathEscape`.
            "a%2Fb!c.d~e+f=g",
            "a%2fb%21c.d~e+f=g",
        ] {
            assert!(has(text, SECRET), "{text}");
        }
        // JavaScript's `encodeURI`.
        assert!(has("a/b%22c#d(e)f&g", "a/b\"c#d(e)f&g"));
    }

    #[test]
    fn a_short_secret_is_any_word() {
        assert!(of("1234567").is_empty());
        assert!(!of("12345678").is_empty());
    }

    proptest! {
        #[test]
        fn base64_of_any_text_around_it_has_a_form(
            before in ".{0,5}",
            secret in "[ -~]{8,40}",
            after in ".{0,5}",
        ) {
            let text = format!("{before}{secret}{after}");
            for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)] {
                prop_assert!(has(&encoded, &secret), "{}", encoded);
            }
        }
    }
}
