//! Identity URLs: where an org says who a user is.
//!
//! An org names them with a host of its own, often the login host. A client follows them with
//! what it was given as its token, which here is a key: so in each answer that has one, the
//! door stands in the place of the host. Those answers are the list of an API version's
//! resources and the identity itself (REST API Developer Guide, "Resources by Version";
//! Salesforce Help, "Identity URLs").
//!
//! An identity also names the APIs of its org, its My Domain, and the photos of its user, which
//! clients ask for with their token as well. So the door takes the place of each host that such
//! a URL names, wherever the answer names it. What the door does not carry, it refuses there.

use std::ops::Range;

use form_urlencoded::byte_serialize;

/// Bytes of the longest answer that is read for it. The list of resources has 2 KiB.
pub(crate) const BYTES_MAX: usize = 256 << 10;

/// What stands behind the hosts that are asked with a token.
const ASKED: [&str; 3] = ["/id/", "/services/", "/profilephoto/"];

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

/// The text with the door's URL in the place of each host that is asked with a token.
pub(crate) fn rewritten(text: &[u8], door: &str) -> Vec<u8> {
    let origins: Vec<Origin> = origins(text).collect();
    let is_asked = |origin: &&Origin| ASKED.iter().any(|path| origin.is_before(text, path));
    let asked: Vec<&str> = origins
        .iter()
        .filter(is_asked)
        .map(|origin| &*origin.host)
        .collect();
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for origin in &origins {
        if origin.place.start < from || !asked.contains(&&*origin.host) {
            continue;
        }
        out.extend_from_slice(&text[from..origin.place.start]);
        out.extend_from_slice(origin.spelling.written(door).as_bytes());
        from = origin.place.end;
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// The org and the user that the first identity URL of a text names.
pub(crate) fn first(text: &[u8]) -> Option<(String, String)> {
    let mut origins = origins(text);
    let origin = origins.find(|origin| origin.is_before(text, "/id/"))?;
    let after = text.get(origin.place.end..)?.strip_prefix(b"/id/")?;
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

/// How a text writes URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// As they are: in JSON, in XML, in a script.
    Plain,
    /// As JSON may write a slash.
    Escaped,
    /// As a form has them.
    Encoded,
}

impl Spelling {
    const ALL: [Self; 3] = [Self::Plain, Self::Escaped, Self::Encoded];

    fn written(self, url: &str) -> String {
        match self {
            Self::Plain => url.to_owned(),
            Self::Escaped => url.replace('/', "\\/"),
            Self::Encoded => byte_serialize(url.as_bytes()).collect(),
        }
    }

    /// Whether a text begins so; hexadecimal digits and letters have any case.
    fn begins(self, text: &[u8], beginning: &str) -> Option<usize> {
        let written = self.written(beginning);
        let found = text.get(..written.len())?;
        found
            .eq_ignore_ascii_case(written.as_bytes())
            .then_some(written.len())
    }
}

/// A scheme and a host in a text.
#[derive(Debug)]
struct Origin {
    place: Range<usize>,
    spelling: Spelling,
    /// With its port, in lower case.
    host: String,
}

impl Origin {
    /// The one that begins a text, where it stands in the whole.
    fn read(text: &[u8], at: usize) -> Option<Self> {
        const SCHEME: &str = "https://";
        let rest = text.get(at..)?;
        let mut spellings = Spelling::ALL.into_iter();
        let (spelling, scheme) =
            spellings.find_map(|spelling| Some((spelling, spelling.begins(rest, SCHEME)?)))?;
        let is_of_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.[]".contains(byte);
        let digits = |byte: &u8| byte.is_ascii_digit();
        let name = length(&rest[scheme..], is_of_a_name);
        let mut end = scheme + name;
        let mut host = String::from_utf8_lossy(&rest[scheme..end]).to_ascii_lowercase();
        if let Some(colon) = spelling.begins(&rest[end..], ":") {
            let port = length(&rest[end + colon..], digits);
            if port > 0 {
                let port = &rest[end + colon..end + colon + port];
                host = format!("{host}:{}", String::from_utf8_lossy(port));
                end += colon + port.len();
            }
        }
        (name > 0).then_some(Self {
            place: at..at + end,
            spelling,
            host,
        })
    }

    /// Whether this path follows it.
    fn is_before(&self, text: &[u8], path: &str) -> bool {
        let after = text.get(self.place.end..).unwrap_or_default();
        self.spelling.begins(after, path).is_some()
    }
}

/// The origins of a text, from its beginning.
fn origins(text: &[u8]) -> impl Iterator<Item = Origin> {
    let begins = text.iter().enumerate();
    let begins = begins.filter(|(_, byte)| byte.eq_ignore_ascii_case(&b'h'));
    begins.filter_map(|(at, _)| Origin::read(text, at))
}

fn length(text: &[u8], is: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| is(byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOOR: &str = "https://localhost:8443";

    fn over(text: &str) -> String {
        String::from_utf8(rewritten(text.as_bytes(), DOOR)).unwrap()
    }

    /// Whether a client could follow an identity to somewhere else.
    fn has_foreign_identity(text: &str) -> bool {
        let spellings = [("https://", "/id/"), ("https%3A%2F%2F", "%2Fid%2F")];
        spellings.iter().any(|(scheme, path)| {
            let mut after = text.split(scheme).skip(1);
            after.any(|after| {
                let host = after.trim_start_matches(|c: char| c.is_ascii_lowercase());
                host.len() < after.len() && host.starts_with(path)
            })
        })
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
            // Its APIs and its photos, and all that the same hosts have beside.
            (
                r#""rest":"https://a.my.salesforce.com/services/data/v{version}/","custom_domain":"https://A.my.salesforce.com""#,
                r#""rest":"https://localhost:8443/services/data/v{version}/","custom_domain":"https://localhost:8443""#,
            ),
            (
                r#""picture":"https://a--c.file.force.com/profilephoto/005/F","profile":"https://a--c.file.force.com/005x""#,
                r#""picture":"https://localhost:8443/profilephoto/005/F","profile":"https://localhost:8443/005x""#,
            ),
            // What somebody wrote of themselves stays.
            (
                r#""body":"see https://example.com/me","id":"https://a/id/""#,
                r#""body":"see https://example.com/me","id":"https://localhost:8443/id/""#,
            ),
            // Another port is another host.
            (
                "https://a/id/ https://a:444/ https://a:/x https://ab/",
                "https://localhost:8443/id/ https://a:444/ https://localhost:8443:/x https://ab/",
            ),
            // Other spellings, which are kept.
            (
                r"https:\/\/a\/id\/00D https:\/\/a",
                r"https:\/\/localhost:8443\/id\/00D https:\/\/localhost:8443",
            ),
            (
                "id=https%3A%2F%2Fa%3A443%2Fid%2F00D&x=https%3a%2f%2fa%3a443",
                "id=https%3A%2F%2Flocalhost%3A8443%2Fid%2F00D&x=https%3A%2F%2Flocalhost%3A8443",
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
        fn rewriting_once_is_enough(text in "(https://|https%3A%2F%2F|/id/|%2Fid%2F|[a-z./:\"]){0,40}") {
            let over = over(&text);
            prop_assert!(!has_foreign_identity(&over), "{}", over);
            prop_assert_eq!(String::from_utf8(rewritten(over.as_bytes(), DOOR)).unwrap(), over);
        }
    }
}
