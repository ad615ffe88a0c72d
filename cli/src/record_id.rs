//! A record's id.

/// The letters of a checksum, by their value.
///
/// Source: Salesforce Help, "ID Field Type"; each letter says which of five characters are
/// upper case.
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The characters that identify a record; three more are their checksum.
const SIGNIFICANT: usize = 15;

/// The part of an id that identifies the record: of two ids of one record it is the same.
/// `None`: the text cannot be an id.
pub(crate) fn significant(text: &str) -> Option<&str> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let (id, checksum) = text.split_at_checked(SIGNIFICANT)?;
    let fits = checksum.is_empty()
        || checksum
            .bytes()
            .map(|byte| byte.to_ascii_uppercase())
            .eq(checksum_of(id));
    fits.then_some(id)
}

fn checksum_of(id: &str) -> impl Iterator<Item = u8> + '_ {
    id.as_bytes().chunks(5).map(|five| {
        let bits = five.iter().enumerate().fold(0, |bits, (at, byte)| {
            bits | usize::from(byte.is_ascii_uppercase()) << at
        });
        CHECKSUM.get(bits).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_15_characters_or_18_with_their_checksum() {
        for (text, id) in [
            ("001D000000IqhSLIAZ", Some("001D000000IqhSL")),
            ("001D000000IqhSL", Some("001D000000IqhSL")),
            ("001d000000iqhsl", Some("001d000000iqhsl")),
            ("001D000000IqhSLIAA", None),
            ("001D000000IqhSLI", None),
            ("001D000000IqhS", None),
            ("001D000000IqhS-", None),
            ("001D000000Iqhé", None),
            ("", None),
        ] {
            assert_eq!(significant(text), id, "{text}");
        }
    }
}
