//! A secret's text, as the component may see it.

use secrecy::SecretString;
use sfbox_secret::{Part, SECRET_BYTES_MAX, entries, members};
use sha2::{Digest as _, Sha256};

/// What the component is given of a secret.
pub struct Document {
    /// Names the text: its SHA-256, as the host's file store has it.
    pub version: String,
    /// The granted members: names, and values as JSON text.
    pub entries: Vec<(String, SecretString)>,
}

/// The granted members of a text, in its order; `None` if it is no JSON object, or
/// longer than a secret may be in any store.
pub fn document(text: &str) -> Option<Document> {
    if text.len() > SECRET_BYTES_MAX {
        return None;
    }
    Some(Document {
        version: format!("{:x}", Sha256::digest(text)),
        entries: entries(&members(text).ok()?, Part::Both),
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_document_has_the_granted_members_as_they_are_written() {
        let text = r#"{"Domain": "acme.my", "other": 1, "ConsumerSecret": "s\u0021"}"#;
        let document = document(text).unwrap();
        let entries = document.entries.iter();
        let entries: Vec<_> = entries
            .map(|(key, value)| (key.as_str(), value.expose_secret()))
            .collect();
        assert_eq!(
            entries,
            [
                ("Domain", r#""acme.my""#),
                ("ConsumerSecret", r#""s\u0021""#)
            ]
        );
    }

    #[test]
    fn another_text_is_another_version() {
        let version = |text| document(text).unwrap().version;
        assert_eq!(version("{}"), version("{}"));
        assert_ne!(version("{}"), version("{ }"));
    }

    #[test]
    fn what_is_no_object_or_too_long_is_refused() {
        for text in ["", "[]", "{\"a\"", "\"a\""] {
            assert!(document(text).is_none(), "{text}");
        }
        let padded = |length| format!("{{}}{}", " ".repeat(length - 2));
        assert!(document(&padded(SECRET_BYTES_MAX)).is_some());
        assert!(document(&padded(SECRET_BYTES_MAX + 1)).is_none());
    }
}
