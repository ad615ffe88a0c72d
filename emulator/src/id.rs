//! Record ids: 15 case-sensitive characters, and 3 more that say their case.
//!
//! Source: Salesforce Help, "What are the differences between 15- and
//! 18-character record IDs".

use std::fmt;

/// Base 62 in Salesforce's order, from the PK chunking example of the Bulk API
/// Developer Guide (…00000 to …132G is 250,000).
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The alphabet of the three checksum characters.
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// Marks every id as the emulator's, where Salesforce has the instance.
const INSTANCE: &str = "Sb0";

/// Characters of an id without its checksum.
const SHORT: usize = 15;

/// Characters of an id with its checksum.
const LONG: usize = 18;

/// An id in its 18-character form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RecordId(String);

impl RecordId {
    /// The `number`th id of the kind that `key_prefix` (3 characters) names.
    pub(crate) fn new(key_prefix: &str, number: u64) -> Self {
        let width = SHORT - key_prefix.len() - INSTANCE.len();
        let mut digits = vec![DIGITS[0]; width];
        let mut rest = number;
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        let digits = String::from_utf8_lossy(&digits);
        Self::checked(format!("{key_prefix}{INSTANCE}{digits}"))
    }

    /// Reads an id of 15 or 18 characters; `None` for anything else. The long
    /// form may have lost its case: the checksum restores it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        match text.len() {
            SHORT => Some(Self::checked(text.to_owned())),
            LONG => {
                let restored = Self::checked(restore(text)?);
                restored.0.eq_ignore_ascii_case(text).then_some(restored)
            }
            _ => None,
        }
    }

    /// The 18 characters.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The 15 characters, without the checksum.
    pub(crate) fn short(&self) -> &str {
        &self.0[..SHORT]
    }

    fn checked(mut short: String) -> Self {
        let checksum: String = short.as_bytes().chunks(5).map(checksum).collect();
        short.push_str(&checksum);
        Self(short)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The character that says which of five are upper case.
fn checksum(block: &[u8]) -> char {
    let bits = block
        .iter()
        .enumerate()
        .filter(|(_, byte)| byte.is_ascii_uppercase())
        .fold(0_usize, |bits, (place, _)| bits | 1 << place);
    char::from(CHECKSUM[bits])
}

/// The first 15 characters in the case that the last three say.
fn restore(long: &str) -> Option<String> {
    let (short, checksum) = long.as_bytes().split_at(SHORT);
    let mut restored = String::with_capacity(LONG);
    for (block, mark) in short.chunks(5).zip(checksum) {
        let mark = mark.to_ascii_uppercase();
        let bits = CHECKSUM.iter().position(|known| *known == mark)?;
        for (place, byte) in block.iter().enumerate() {
            restored.push(char::from(if bits >> place & 1 == 1 {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }));
        }
    }
    Some(restored)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn checksums_are_salesforces() {
        // Ids from the REST API Developer Guide's examples.
        for id in ["003RO0000035WQgYAM", "01gRO0000016PIAYA2"] {
            let short = RecordId::parse(&id[..SHORT]);
            assert_eq!(short.as_ref().map(RecordId::as_str), Some(id));
        }
    }

    #[test]
    fn ids_count_in_base_62() {
        assert_eq!(RecordId::new("001", 0).short(), "001Sb0000000000");
        assert_eq!(RecordId::new("001", 61).short(), "001Sb000000000z");
        assert_eq!(RecordId::new("001", 62).short(), "001Sb0000000010");
        assert_eq!(RecordId::new("001", 250_000).short(), "001Sb000000132G");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "abc",
            "001Sb00000000000",
            "001Sb000000000!",
            "001Sb0000000000AAB",
            "001Sb0000000000???",
        ] {
            assert_eq!(RecordId::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_id_that_lost_its_case_is_restored(number in 0..62_u64.pow(9)) {
            let id = RecordId::new("a01", number);
            prop_assert_eq!(RecordId::parse(&id.as_str().to_lowercase()), Some(id.clone()));
            prop_assert_eq!(RecordId::parse(&id.as_str().to_uppercase()), Some(id.clone()));
            prop_assert_eq!(RecordId::parse(id.short()), Some(id));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,20}") {
            let _ = RecordId::parse(&text);
        }
    }
}
