//! Identity URLs: where an org says who a user is.
//!
//! An org names them with a host of its own, often the login host. A client follows them with
//! what it was given as its token, which here is a key: so in each answer that has one, the
//! door stands in the place of the host. Those answers are the list of an API version's
//! resources and the identity itself (REST API Developer Guide, "Resources by Version";
//! Salesforce Help, "Identity URLs").

use std::ops::Range;

/// Bytes of the longest answer that is read for it. The list of resources has 2 KiB.
pub(crate) const BYTES_MAX: usize = 256 << 10;

/// Which answers name an identity: those to these paths.
pub(crate) fn is_named_in(path: &str) -> bool {
    if path.starts_with("/id/") {
        return true;
    }
    let version = path.strip_prefix("/services/data/v").unwrap_or_default();
    let version = version.strip_suffix('/').unwrap_or(version);
    let number = version.strip_suffix(".0").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text with the door's URL in the place of each identity's host.
pub(crate) fn rewritten(text: &[u8], door: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    while let Some(place) = origin(text, from) {
        out.extend_from_slice(&text[from..place.start]);
        out.extend_from_slice(door.as_bytes());
        from = place.end;
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// The org and the user that the first identity URL of a text names.
pub(crate) fn first(text: &[u8]) -> Option<(String, String)> {
    let place = origin(text, 0)?;
    let after = text.get(place.end..)?.strip_prefix(b"/id/")?;
    let mut ids = after.splitn(2, |byte| *byte == b'/');
    let id = |bytes: &[u8]| {
        let length = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let is_id = matches!(length, 15 | 18);
        is_id.then(|| String::from_utf8_lossy(&bytes[..length]).into_owned())
    };
    Some((id(ids.next()?)?, id(ids.next()?)?))
}

/// From where to where the next scheme and host before `/id/` stand.
fn origin(text: &[u8], from: usize) -> Option<Range<usize>> {
    const SCHEME: &[u8] = b"https://";
    let mut at = from;
    while let Some(found) = find(&text[at..], SCHEME) {
        let begin = at + found;
        let host = &text[begin + SCHEME.len()..];
        let length = host.iter().take_while(|byte| is_of_a_host(**byte)).count();
        let end = begin + SCHEME.len() + length;
        if length > 0 && text[end..].starts_with(b"/id/") {
            return Some(begin..end);
        }
        at = begin + SCHEME.len();
    }
    None
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|part| part == word)
}

fn is_of_a_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOOR: &str = "https://localhost:8443";

    fn over(text: &str) -> String {
        String::from_utf8(rewritten(text.as_bytes(), DOOR)).unwrap()
    }

    #[test]
    fn the_answers_that_name_an_identity_are_known() {
        for path in [
            "/services/data/v66.0",
            "/services/data/v66.0/",
            "/services/data/v8.0/",
            "/id/00DSb0000000001/005Sb0000000001",
        ] {
            assert!(is_named_in(path), "{path}");
        }
        for path in [
            "/services/data",
            "/services/data/",
            "/services/data/v66.0/query",
            "/services/data/v66",
            "/services/data/vx.0",
            "/services/apexrest/id/",
        ] {
            assert!(!is_named_in(path), "{path}");
        }
    }

    #[test]
    fn the_door_stands_in_the_place_of_the_host() {
        for (text, expected) in [
            (
                r#"{"identity":"https://login.salesforce.com/id/00D/005","x":1}"#,
                r#"{"identity":"https://localhost:8443/id/00D/005","x":1}"#,
            ),
            (
                "https://a.my.salesforce.com:443/id/ https://b/id/",
                "https://localhost:8443/id/ https://localhost:8443/id/",
            ),
            (
                "https://a/idx https:///id/ http://a/id/",
                "https://a/idx https:///id/ http://a/id/",
            ),
            (
                "https://https://a/id/",
                "https://https://localhost:8443/id/",
            ),
            ("", ""),
            ("https://", "https://"),
        ] {
            assert_eq!(over(text), expected);
        }
    }

    #[test]
    fn an_identity_names_an_org_and_a_user() {
        let text = br#"{"identity":"https://x/id/00DSb0000000001AAA/005Sb0000000001"}"#;
        let ids = (
            "00DSb0000000001AAA".to_owned(),
            "005Sb0000000001".to_owned(),
        );
        assert_eq!(first(text), Some(ids));
        for text in [
            "",
            "https://x/id/",
            "https://x/id/00D/005",
            "https://x/id/00DSb0000000001",
        ] {
            assert_eq!(first(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn rewriting_once_is_enough(text in "(https://|/id/|[a-z./:\"]){0,40}") {
            let over = over(&text);
            prop_assert_eq!(String::from_utf8(rewritten(over.as_bytes(), DOOR)).unwrap(), over);
        }
    }
}
