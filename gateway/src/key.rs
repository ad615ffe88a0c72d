//! A key: what a client shows where it would show a token.
//!
//! `sfbox_`, an id, a secret and a checksum, 65 characters of which none needs an escape in
//! a header, a form or a URL. The id finds what is known of a key, and the secret proves
//! it; nothing keeps the secret but its owner. The checksum tells a key that was cut
//! or mistyped from a wrong one, and lets scanners recognize keys in other texts.

mod base62;

use std::fmt;

use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Begins every key.
const PREFIX: &str = "sfbox_";

/// Characters of an id: with thousands of keys two have the same one in a case of 10^11.
const ID_LENGTH: usize = 10;

/// Random bytes of the secret.
const SECRET_BYTES: usize = 32;

/// Characters of the secret: so many digits have 32 bytes in base 62.
const SECRET_LENGTH: usize = 43;

/// Characters of the checksum: so many digits have 32 bits in base 62.
const CHECKSUM_LENGTH: usize = 6;

/// Characters of a key.
const LENGTH: usize = PREFIX.len() + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;

/// The machine has no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine has no random numbers")]
pub struct NoRandomness;

/// A key that has the form of one. `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct Key {
    id: KeyId,
    text: SecretString,
}

/// What a key is found by. It is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Key {
    /// A new key.
    ///
    /// # Errors
    ///
    /// When the machine has no random numbers.
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut id = [0; 8];
        let mut secret = [0; SECRET_BYTES];
        let random = SystemRandom::new();
        random.fill(&mut id).map_err(|_| NoRandomness)?;
        random.fill(&mut secret).map_err(|_| NoRandomness)?;
        Ok(Self::of(&id, &secret))
    }

    fn of(id: &[u8; 8], secret: &[u8; SECRET_BYTES]) -> Self {
        let id = base62::digits(id, ID_LENGTH);
        let mut text = format!("{PREFIX}{id}{}", base62::digits(secret, SECRET_LENGTH));
        text.push_str(&checksum(&text));
        Self {
            id: KeyId(id),
            text: text.into(),
        }
    }

    /// A key in text, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        if text.len() != LENGTH || !digits.bytes().all(base62::is_digit) {
            return None;
        }
        let (whole, sum) = text.split_at(LENGTH - CHECKSUM_LENGTH);
        (checksum(whole) == sum).then(|| Self {
            id: KeyId(digits[..ID_LENGTH].to_owned()),
            text: text.into(),
        })
    }

    /// What it is found by.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The whole of it, for its owner.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// What is kept of it.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.expose()).into())
    }
}

fn checksum(text: &str) -> String {
    base62::digits(
        &crc32fast::hash(text.as_bytes()).to_be_bytes(),
        CHECKSUM_LENGTH,
    )
}

impl KeyId {
    /// As it stands in a key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_id = text.len() == ID_LENGTH && text.bytes().all(base62::is_digit);
        is_id.then_some(Self(text)).ok_or("not the id of a key")
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl Fingerprint {
    /// The fingerprint of no key: what a key is compared with that is not known, so that
    /// the answer takes as long.
    pub(crate) const NONE: Self = Self([0; 32]);

    /// Whether both are of the same key. It takes as long whatever they have in common.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "not a SHA-256 in hexadecimal digits";
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or(WRONG)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| WRONG)?;
        }
        Ok(Self(bytes))
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        use std::fmt::Write as _;
        let mut text = Self::with_capacity(64);
        for byte in fingerprint.0 {
            // Writing to a string cannot fail.
            _ = write!(text, "{byte:02x}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_has_one_form() {
        let key = Key::of(&[0; 8], &[0; SECRET_BYTES]);
        assert_eq!(
            key.expose(),
            format!("sfbox_{}3lWvxj", "0".repeat(ID_LENGTH + SECRET_LENGTH))
        );
        assert_eq!(key.expose().len(), 65);
        let most = Key::of(&[255; 8], &[255; SECRET_BYTES]);
        assert_eq!(most.expose().len(), 65);
        assert_eq!(Key::parse(most.expose()).unwrap().id(), most.id());
    }

    #[test]
    fn keys_differ_and_come_back_as_they_went() {
        let (one, other) = (Key::generate().unwrap(), Key::generate().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_ne!(one.id(), other.id());
        let again = Key::parse(one.expose()).unwrap();
        assert_eq!(again.id(), one.id());
        assert!(again.fingerprint().is(&one.fingerprint()));
        assert!(!again.fingerprint().is(&other.fingerprint()));
        assert!(!one.fingerprint().is(&Fingerprint::NONE));
    }

    #[test]
    fn a_key_is_not_in_debug_output() {
        let key = Key::generate().unwrap();
        let shown = format!("{key:?}");
        let secret = &key.expose()[PREFIX.len() + ID_LENGTH..];
        assert!(!shown.contains(&secret[..8]), "{shown}");
    }

    #[test]
    fn id_and_fingerprint_are_read_as_they_are_written() {
        let key = Key::generate().unwrap();
        let id: String = key.id().clone().into();
        assert_eq!(&KeyId::try_from(id).unwrap(), key.id());
        let fingerprint: String = key.fingerprint().into();
        assert_eq!(
            Fingerprint::try_from(fingerprint.clone()).unwrap(),
            key.fingerprint()
        );
        for wrong in [
            "",
            "0",
            &fingerprint[1..],
            &format!("{fingerprint}0"),
            &"é".repeat(32),
        ] {
            assert!(Fingerprint::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        for wrong in ["", "123456789", "12345678901", "123456789-", "12345678é"] {
            assert!(KeyId::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_told_from_a_key(at in 0..LENGTH, by in 1_u8..62) {
            let key = Key::of(&[7; 8], &[9; SECRET_BYTES]);
            let mut text = key.expose().as_bytes().to_vec();
            let digits: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').collect();
            if let Some(digit) = digits.iter().position(|digit| *digit == text[at]) {
                text[at] = digits[(digit + usize::from(by)) % 62];
            } else {
                text[at] = b'0';
            }
            let text = String::from_utf8(text).unwrap();
            prop_assert!(Key::parse(&text).is_none());
        }

        #[test]
        fn any_text_is_refused_or_a_key(text in "(sfbox_)?[0-9A-Za-zé_ ]{0,70}") {
            if let Some(key) = Key::parse(&text) {
                prop_assert_eq!(key.expose(), text);
            }
        }
    }
}
