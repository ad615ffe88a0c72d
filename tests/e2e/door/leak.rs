//! Secrets looked for in bytes, in whatever form, and even in part.

use std::collections::HashSet;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

/// Bytes of a part of a secret that nothing else has: 72 random bits of a token, and what no
/// other text says of the consumer secret.
const PART: usize = 12;

/// Characters at each end of a text in base64 that have bits of what stands around it.
const ENDS: usize = 4;

/// What must not be seen.
#[derive(Default)]
pub(super) struct Leak {
    parts: HashSet<[u8; PART]>,
}

impl Leak {
    /// Looks for this token, too. The org's id, with which it begins, is no secret.
    pub(super) fn token(&mut self, token: &str) {
        let (id, _) = token.split_once('!').expect("an opaque token");
        self.add(token);
        let known: Vec<[u8; PART]> = parts(id.as_bytes()).collect();
        for part in known {
            self.parts.remove(&part);
        }
    }

    /// Looks for this secret, too.
    pub(super) fn add(&mut self, secret: &str) {
        assert!(secret.len() > 2 * PART, "too short to be told from chance");
        self.parts.extend(parts(secret.as_bytes()));
        for is_kept in [
            |byte: u8| byte.is_ascii_alphanumeric(),
            |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte),
            |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte),
            |_: u8| false,
        ] {
            for in_capitals in [true, false] {
                let encoded: String = secret
                    .bytes()
                    .map(|byte| match (is_kept(byte), in_capitals) {
                        (true, _) => char::from(byte).to_string(),
                        (false, true) => format!("%{byte:02X}"),
                        (false, false) => format!("%{byte:02x}"),
                    })
                    .collect();
                self.parts.extend(parts(encoded.as_bytes()));
            }
        }
        for before in ["", "x", "xx"] {
            let whole = format!("{before}{secret}");
            for encoded in [
                BASE64_STANDARD.encode(&whole),
                BASE64_URL_SAFE_NO_PAD.encode(&whole),
            ] {
                let middle = &encoded.as_bytes()[ENDS..encoded.len() - ENDS];
                self.parts.extend(parts(middle));
            }
        }
    }

    /// What surrounds the first part of a secret in some bytes.
    pub(super) fn in_bytes(&self, bytes: &[u8]) -> Option<String> {
        let at = parts(bytes).position(|part| self.parts.contains(&part))?;
        let around = &bytes[at.saturating_sub(40)..bytes.len().min(at + 80)];
        Some(String::from_utf8_lossy(around).into_owned())
    }
}

fn parts(bytes: &[u8]) -> impl Iterator<Item = [u8; PART]> {
    let windows = bytes.windows(PART);
    windows.map(|part| part.try_into().expect("its length"))
}

#[test]
fn a_part_of_a_secret_is_found_in_every_form() {
    let token = "00D000000000001!AQ.abcdefghijklmnopqrstuvwxyz";
    let mut leak = Leak::default();
    leak.token(token);
    let basic = BASE64_STANDARD.encode(format!("key:{token}"));
    let all_encoded: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for text in [
        token,
        &token[12..26],
        "00D000000000001%21AQ%2Eabc",
        &basic[12..basic.len() - 12],
        &all_encoded,
    ] {
        assert!(leak.in_bytes(text.as_bytes()).is_some(), "{text}");
    }
    for text in [&token[..15], "abcdefghijk", "***************"] {
        assert_eq!(leak.in_bytes(text.as_bytes()), None, "{text}");
    }
}
