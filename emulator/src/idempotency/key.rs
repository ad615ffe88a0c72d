//! The key of a request: a UUID of version 4.

use std::sync::Arc;

use http::HeaderName;

/// The header that has it.
pub(crate) static HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// A UUID of version 4, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Arc<str>);

/// Characters of a UUID (RFC 9562, section 4).
const LENGTH: usize = 36;

impl Key {
    /// Reads a key; `None` if the text is not a UUID of version 4.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_legal = |(place, byte): (usize, u8)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte.to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b'),
            _ => byte.is_ascii_hexdigit(),
        };
        let is_one = text.len() == LENGTH && text.bytes().enumerate().all(is_legal);
        is_one.then(|| Self(text.to_ascii_lowercase().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_uuids_of_version_4_are_keys() {
        for text in [
            "12cfe4e6-e477-4de8-aa4e-95d31aa2be24",
            "12CFE4E6-E477-4DE8-8A4E-95D31AA2BE24",
            " 12cfe4e6-e477-4de8-ba4e-95d31aa2be24 ",
        ] {
            assert!(Key::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "x",
            "12cfe4e6-e477-1de8-aa4e-95d31aa2be24",
            "12cfe4e6-e477-7de8-aa4e-95d31aa2be24",
            "12cfe4e6-e477-4de8-ca4e-95d31aa2be24",
            "12cfe4e6-e477-4de8-7a4e-95d31aa2be24",
            "12cfe4e6e4774de8aa4e95d31aa2be24",
            "12cfe4e6-e477-4de8-aa4e-95d31aa2be2",
            "12cfe4e6-e477-4de8-aa4e-95d31aa2be245",
            "{12cfe4e6-e477-4de8-aa4e-95d31aa2be24}",
            "12cfe4e6-e477-4de8-aa4e-95d31aa2be2g",
            "12cfe4e6-e477-4de8-aa4e-95d31aa2be2é",
        ] {
            assert!(Key::parse(text).is_none(), "{text}");
        }
        assert_eq!(
            Key::parse("12CFE4E6-E477-4DE8-AA4E-95D31AA2BE24"),
            Key::parse("12cfe4e6-e477-4de8-aa4e-95d31aa2be24")
        );
    }
}
