//! Where a request goes: a path that can be read in one way, and what is known of the
//! resources there. Pure.

use percent_encoding::percent_decode_str;

use crate::call::{Carrier, Path};
use crate::error::Error;
use crate::locator;
use crate::names::ApiVersion;
use crate::unauthorized::Unauthorized;

/// All of Salesforce's API is below it, but for identity URLs.
const SERVICES: &str = "/services/";

/// Identity URLs are below it: `/id/{org}/{user}` (Salesforce Help, "Identity URLs"). The
/// org's own host answers them as the login host does.
const IDENTITY: &str = "/id/";

/// How the ids of an org and of a user begin.
const ORG: &str = "00D";
const USER: &str = "005";

/// Parameters by which an identity URL takes a token (Salesforce Help, "Identity URLs").
const TOKENS: [&str; 2] = ["access_token", "oauth_token"];

/// How often a value is decoded to see what a server might see: it is sent once encoded,
/// and somebody may decode twice.
const DECODINGS: usize = 2;

/// A path that was accepted.
#[derive(Debug)]
pub(super) struct Target {
    /// With its query string.
    pub(super) path: Path,
    pub(super) place: Place,
    /// The segments below the API version; empty in other places.
    pub(super) below: Vec<String>,
    /// The query string, as it was given.
    pub(super) query: String,
}

/// What is known of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The list of API versions, which anybody may read.
    Versions,
    /// A resource below an API version.
    Data,
    /// A page of a query, by its locator.
    Locator,
    /// Bulk API 1.0.
    Bulk,
    /// The SOAP APIs.
    Soap,
    /// Apex REST, where the org's own classes answer.
    Apex,
    /// Who a user is.
    Identity,
    /// Not known.
    Other,
}

impl Place {
    /// What can cause a 401 there.
    pub(super) fn unauthorized(self) -> Unauthorized {
        match self {
            Self::Versions | Self::Data | Self::Bulk | Self::Soap => Unauthorized::Session,
            Self::Locator => Unauthorized::Locator,
            Self::Identity => Unauthorized::Identity,
            // What is not known may answer as a class does.
            Self::Apex | Self::Other => Unauthorized::Class,
        }
    }

    /// How the session travels there (Bulk API Developer Guide, "Set a Session Header").
    pub(super) fn carrier(self) -> Carrier {
        match self {
            Self::Bulk => Carrier::SfdcSession,
            _ => Carrier::Bearer,
        }
    }

    /// Whether an answer from there shows that the session works.
    pub(super) fn proves_session(self) -> bool {
        matches!(self, Self::Data | Self::Locator)
    }

    /// Whether GET and HEAD do nothing there but read, as a rule.
    pub(super) fn is_read_by_get(self) -> bool {
        matches!(
            self,
            Self::Versions | Self::Data | Self::Locator | Self::Bulk | Self::Identity
        )
    }

    /// Whether nothing but GET and HEAD makes sense there.
    pub(super) fn is_only_read(self) -> bool {
        self == Self::Identity
    }
}

/// Reads a path.
///
/// # Errors
///
/// Names the rule that the path breaks, and quotes nothing of it.
pub(super) fn read(text: &str) -> Result<Target, Error> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    characters(text)?;
    let (segments, root) = segments(path)?;
    let (place, below) = match root {
        Root::Version => (Place::Data, segments),
        Root::Services => absolute(&segments),
        Root::Identity => (Place::Identity, Vec::new()),
    };
    if root == Root::Identity && has_token(query) {
        return Err(refused(
            "`oauth_token` and `access_token` are not the caller's to set",
        ));
    }
    let place = if locator::is_page(&below) {
        Place::Locator
    } else {
        place
    };
    decoding(path, &below)?;
    Ok(Target {
        path: match root {
            Root::Version => Path::Versioned(text.to_owned()),
            Root::Services | Root::Identity => Path::Whole(text.to_owned()),
        },
        place,
        below: below.iter().map(|&segment| segment.to_owned()).collect(),
        query: query.to_owned(),
    })
}

/// What a path is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// An API version.
    Version,
    Services,
    Identity,
}

fn refused(rule: &str) -> Error {
    Error::InvalidInput(format!("the path cannot be sent: {rule}"))
}

/// The rules of single characters, which hold for the query string, too.
fn characters(text: &str) -> Result<(), Error> {
    if text.chars().any(char::is_control) {
        return Err(refused("control characters are not allowed"));
    }
    if text.contains('\\') {
        return Err(refused("a backslash is not allowed"));
    }
    if !text.bytes().all(is_of_a_uri) {
        return Err(refused(
            "only the characters of RFC 3986 are allowed; percent-encode others in the query \
             string",
        ));
    }
    if !escapes(text).all(|is_escape| is_escape) {
        return Err(refused("each `%` needs two hexadecimal digits"));
    }
    Ok(())
}

/// What may stand in a path or a query string (RFC 3986, sections 3.3 and 3.4).
fn is_of_a_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}

/// The segments of a path, of an absolute one without the first, and what it is below.
fn segments(path: &str) -> Result<(Vec<&str>, Root), Error> {
    if path.is_empty() {
        return Err(refused("it is empty"));
    }
    if path.contains("//") {
        return Err(refused("`//` is not allowed"));
    }
    if path.split('/').any(is_dots) {
        return Err(refused("the segments `.` and `..` are not allowed"));
    }
    if path.contains(';') {
        return Err(refused("`;` is not allowed"));
    }
    if !path.starts_with('/') {
        return Ok((path.split('/').collect(), Root::Version));
    }
    if let Some(ids) = path.strip_prefix(IDENTITY) {
        let ids: Vec<&str> = ids.split('/').collect();
        return match &*ids {
            [org, user] if is_id(org, ORG) && is_id(user, USER) => Ok((ids, Root::Identity)),
            _ => Err(refused(
                "below `/id/` only `/id/{org}/{user}` is allowed, with ids of 15 or 18 characters",
            )),
        };
    }
    let Some(below) = path.strip_prefix(SERVICES) else {
        return Err(refused(
            "only `/id/{org}/{user}` and paths below `/services/` are allowed",
        ));
    };
    let segments: Vec<&str> = below.split('/').collect();
    let first = segments.first().copied().unwrap_or_default();
    if first.eq_ignore_ascii_case("oauth2") {
        return Err(refused(
            "`/services/oauth2` is not allowed: the component alone logs in",
        ));
    }
    Ok((segments, Root::Services))
}

/// Whether it is an id of a kind of record.
fn is_id(text: &str, kind: &str) -> bool {
    matches!(text.len(), 15 | 18)
        && text.starts_with(kind)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a query string has a parameter that is a token, however its name is encoded.
fn has_token(query: &str) -> bool {
    let mut names = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default());
    names.any(|name| {
        let name = percent_decode_str(name).decode_utf8_lossy();
        let name = name.replace('+', " ");
        let is_name = |known: &&str| name.trim().eq_ignore_ascii_case(known);
        TOKENS.iter().any(is_name)
    })
}

fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

/// Where a path below `/services/` leads, and its segments below the API version. The
/// case does not matter: some of Salesforce's servers ignore it.
fn absolute<'a>(segments: &[&'a str]) -> (Place, Vec<&'a str>) {
    let is = |segment: &str, name: &str| segment.eq_ignore_ascii_case(name);
    match segments {
        [data] | [data, ""] if is(data, "data") => (Place::Versions, Vec::new()),
        [data, version, below @ ..] if is(data, "data") => {
            match ApiVersion::parse(&version.to_ascii_lowercase()) {
                Some(_) => (Place::Data, below.to_vec()),
                None => (Place::Other, Vec::new()),
            }
        }
        [first, ..] if is(first, "apexrest") => (Place::Apex, Vec::new()),
        [first, ..] if is(first, "async") => (Place::Bulk, Vec::new()),
        [first, ..] if is(first, "soap") => (Place::Soap, Vec::new()),
        _ => (Place::Other, Vec::new()),
    }
}

/// Of each `%` of a text, whether two hexadecimal digits follow it.
pub(crate) fn escapes(text: &str) -> impl Iterator<Item = bool> {
    text.split('%').skip(1).map(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The rules for the value of an external id in a path, as it is when it is decoded.
///
/// # Errors
///
/// The rule that it breaks.
pub(crate) fn check_value(value: &str) -> Result<(), &'static str> {
    if value.chars().any(char::is_control) {
        return Err("control characters are not allowed in the value");
    }
    if value.contains('\\') {
        return Err("a backslash is not allowed in the value");
    }
    if value.split('/').any(is_dots) {
        return Err("`.` and `..` are not allowed in the value");
    }
    Ok(())
}

/// The rules of percent-encoding: it changes nothing, but in the value of an external id.
fn decoding(path: &str, below: &[&str]) -> Result<(), Error> {
    let (before, value) = match below {
        ["sobjects", _, _, value] => (path.strip_suffix(value).unwrap_or(path), *value),
        _ => (path, ""),
    };
    if before.contains('%') {
        return Err(refused(
            "percent-encoding is only allowed in the last segment of \
             `sobjects/{object}/{field}/{value}`",
        ));
    }
    let mut value = value.to_owned();
    for _ in 0..DECODINGS {
        value = percent_decode_str(&value).decode_utf8_lossy().into_owned();
        check_value(&value).map_err(refused)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule that refuses a path.
    fn rule(text: &str) -> Option<String> {
        match read(text) {
            Ok(_) => None,
            Err(Error::InvalidInput(why)) => Some(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    const OUTSIDE: &str = "paths below `/services/` are allowed";
    const IDS: &str = "below `/id/` only";
    const TOKEN: &str = "`oauth_token` and `access_token`";
    const LOGIN: &str = "`/services/oauth2` is not allowed";
    const DOTS: &str = "the segments `.` and `..`";
    const ENCODED: &str = "percent-encoding is only allowed in the last segment";
    const CHARACTER: &str = "only the characters of RFC 3986";

    /// Paths, and the rule that refuses each.
    const PATHS: &[(&str, Option<&str>)] = &[
        ("", Some("it is empty")),
        ("?q=1", Some("it is empty")),
        ("limits", None),
        ("limits/", None),
        ("sobjects/Account/describe?x=1&y=%20", None),
        ("/", Some(OUTSIDE)),
        ("/services", Some(OUTSIDE)),
        ("/services/", None),
        ("/servicesx/data", Some(OUTSIDE)),
        ("/Services/data", Some(OUTSIDE)),
        ("/secur/frontdoor.jsp", Some(OUTSIDE)),
        ("/id", Some(OUTSIDE)),
        ("/ID/00DSb0000000001/005Sb0000000001", Some(OUTSIDE)),
        ("/idx/00DSb0000000001/005Sb0000000001", Some(OUTSIDE)),
        ("id/00DSb0000000001/005Sb0000000001", None),
        ("/id/00DSb0000000001/005Sb0000000001", None),
        ("/id/00DSb0000000001AAA/005Sb0000000001", None),
        ("/id/00DSb0000000001/005Sb0000000001AAA?format=json", None),
        ("/id/", Some(IDS)),
        ("/id/00D/005", Some(IDS)),
        ("/id/00DSb0000000001", Some(IDS)),
        ("/id/00DSb0000000001/", Some(IDS)),
        ("/id/00DSb0000000001/005Sb0000000001/", Some(IDS)),
        ("/id/00DSb0000000001/005Sb0000000001/x", Some(IDS)),
        ("/id/005Sb0000000001/00DSb0000000001", Some(IDS)),
        ("/id/00dSb0000000001/005Sb0000000001", Some(IDS)),
        ("/id/00DSb000000001/005Sb0000000001", Some(IDS)),
        ("/id/00DSb0000000001A/005Sb0000000001", Some(IDS)),
        ("/id/00DSb0000000001AAAA/005Sb0000000001", Some(IDS)),
        ("/id/00DSb000000000-/005Sb0000000001", Some(IDS)),
        ("/id/00DSb00000000%30/005Sb0000000001", Some(IDS)),
        ("/id/00DSb0000000001/005Sb0000000001%2f", Some(IDS)),
        ("/id/00DSb0000000001/../005Sb0000000001", Some(DOTS)),
        ("/id//00DSb0000000001", Some("`//` is not allowed")),
        ("/id/00DSb0000000001/005Sb0000000001;x", Some("`;` is")),
        (
            "/id/00DSb0000000001/005Sb0000000001?oauth_token=x",
            Some(TOKEN),
        ),
        (
            "/id/00DSb0000000001/005Sb0000000001?a=b&access%5Ftoken",
            Some(TOKEN),
        ),
        (
            "/id/00DSb0000000001/005Sb0000000001?+OAuth_Token=x",
            Some(TOKEN),
        ),
        ("/id/00DSb0000000001/005Sb0000000001?x=oauth_token", None),
        ("limits?oauth_token=x", None),
        ("/services/oauth2", Some(LOGIN)),
        ("/services/oauth2/", Some(LOGIN)),
        ("/services/oauth2?x", Some(LOGIN)),
        ("/services/oauth2/userinfo", Some(LOGIN)),
        ("/services/OAuth2/revoke", Some(LOGIN)),
        ("/services/oauth", None),
        ("/services/oauth22", None),
        ("oauth2/token", None),
        (".", Some(DOTS)),
        ("..", Some(DOTS)),
        ("../../oauth2/token", Some(DOTS)),
        ("limits/..", Some(DOTS)),
        ("/services/data/./v66.0", Some(DOTS)),
        ("/services/data/../oauth2/token", Some(DOTS)),
        ("limits/...", None),
        ("limits/..x", None),
        ("limits?x=../..", None),
        ("//evil.example/services/data", Some("`//` is not allowed")),
        ("/services//oauth2/token", Some("`//` is not allowed")),
        ("https://evil.example/x", Some("`//` is not allowed")),
        ("limits//", Some("`//` is not allowed")),
        ("limits?x=//", None),
        ("limits\\x", Some("a backslash")),
        ("limits?x=\\", Some("a backslash")),
        ("limits\u{0}", Some("control characters")),
        ("limits\r\nHost: x", Some("control characters")),
        ("limits\u{7f}", Some("control characters")),
        ("limits\u{85}", Some("control characters")),
        ("limits?x=\t", Some("control characters")),
        ("limits?x=%0a", None),
        ("limits;x=1", Some("`;` is not allowed")),
        ("/services/data;x/v66.0", Some("`;` is not allowed")),
        ("limits?x=1;y=2", None),
        ("limits x", Some(CHARACTER)),
        ("limits#x", Some(CHARACTER)),
        ("limits?x=#", Some(CHARACTER)),
        ("limits?q=<", Some(CHARACTER)),
        ("é", Some(CHARACTER)),
        ("limits?x=%", Some("each `%` needs")),
        ("limits?x=%4", Some("each `%` needs")),
        ("limits?x=%4g", Some("each `%` needs")),
        ("limits?x=%41", None),
        ("limi%74s", Some(ENCODED)),
        ("/services/%6fauth2/token", Some(ENCODED)),
        ("/services/data/%2e%2e/oauth2", Some(ENCODED)),
        ("/services/apexrest/a%2Fb", Some(ENCODED)),
        ("sobjects/Account/Ext__c/a%2Fb", None),
        (
            "/services/data/v66.0/sobjects/Account/Ext__c/a%2Fb%3B",
            None,
        ),
        ("sobjects/Account/Ext__c/http:%2F%2Fx", None),
        ("sobjects/Account/%45xt__c/a", Some(ENCODED)),
        ("sobjects/Account/Ext__c/a%2Fb/c", Some(ENCODED)),
        ("sobjects/Account/a%2Fb", Some(ENCODED)),
        ("tooling/sobjects/A/B/a%2Fb", Some(ENCODED)),
        (
            "/services/data/sobjects/Account/Ext__c/a%2Fb",
            Some(ENCODED),
        ),
        (
            "sobjects/A/B/%2e%2e",
            Some("`.` and `..` are not allowed in the value"),
        ),
        (
            "sobjects/A/B/x%2F..",
            Some("`.` and `..` are not allowed in the value"),
        ),
        (
            "sobjects/A/B/%252e%252e",
            Some("`.` and `..` are not allowed in the value"),
        ),
        ("sobjects/A/B/%2e%2ex", None),
        (
            "sobjects/A/B/a%5Cb",
            Some("a backslash is not allowed in the value"),
        ),
        (
            "sobjects/A/B/a%255Cb",
            Some("a backslash is not allowed in the value"),
        ),
        (
            "sobjects/A/B/a%00b",
            Some("control characters are not allowed in the value"),
        ),
        (
            "sobjects/A/B/a%250Ab",
            Some("control characters are not allowed in the value"),
        ),
        ("sobjects/A/B/a%20b", None),
        ("sobjects/A/B/caf%C3%A9", None),
    ];

    #[test]
    fn each_rule_is_named_and_what_is_just_within_it_passes() {
        for &(path, refused_by) in PATHS {
            let found = rule(path);
            match refused_by {
                None => assert_eq!(found, None, "{path}"),
                Some(words) => assert!(
                    found.as_ref().is_some_and(|why| why.contains(words)),
                    "{path}: {found:?}"
                ),
            }
        }
    }

    #[test]
    fn a_path_is_absolute_or_below_the_version_and_is_sent_as_it_is() {
        for (text, is_absolute) in [("limits?x=%20", false), ("/services/data/v66.0/x?y", true)] {
            match (read(text).unwrap().path, is_absolute) {
                (Path::Versioned(path), false) | (Path::Whole(path), true) => {
                    assert_eq!(path, text);
                }
                (Path::Versioned(_) | Path::Whole(_), _) => panic!("{text}"),
            }
        }
    }

    #[test]
    fn what_is_known_of_a_path() {
        for (path, place) in [
            ("/services/data", Place::Versions),
            ("/services/data/", Place::Versions),
            ("/services/data/v66.0", Place::Data),
            ("/services/data/v66.0/", Place::Data),
            ("/services/data/v66.0/limits", Place::Data),
            ("/services/DATA/V66.0/limits", Place::Data),
            ("/services/data/v30.0/limits", Place::Other),
            ("/services/data/latest", Place::Other),
            ("limits", Place::Data),
            ("query?q=SELECT+Id+FROM+A", Place::Data),
            ("query", Place::Data),
            ("query/", Place::Data),
            ("query/01gRO0000016PIAYA2-500", Place::Locator),
            ("queryAll/01g-500", Place::Locator),
            ("tooling/query/01g-500", Place::Locator),
            ("tooling/queryAll/01g-500", Place::Locator),
            ("QUERY/01g-500", Place::Locator),
            ("/services/data/v66.0/query/01g-500", Place::Locator),
            (
                "/Services/data".trim_start_matches("/Services/"),
                Place::Data,
            ),
            ("tooling/query", Place::Data),
            ("jobs/query/750", Place::Data),
            ("sobjects/query/01g", Place::Data),
            ("/services/apexrest/orders", Place::Apex),
            ("/services/ApexREST/query/01g", Place::Apex),
            ("/services/apexrest", Place::Apex),
            ("/services/async/66.0/job", Place::Bulk),
            ("/services/Soap/u/66.0", Place::Soap),
            (
                "/id/00DSb0000000001/005Sb0000000001?version=latest",
                Place::Identity,
            ),
            ("id/00DSb0000000001/005Sb0000000001", Place::Data),
            ("/services/wsdl/enterprise", Place::Other),
            ("/services/", Place::Other),
        ] {
            assert_eq!(read(path).unwrap().place, place, "{path}");
        }
    }

    #[test]
    fn only_calls_below_a_version_prove_a_token() {
        for (place, proves, cause) in [
            (Place::Versions, false, Unauthorized::Session),
            (Place::Data, true, Unauthorized::Session),
            (Place::Locator, true, Unauthorized::Locator),
            (Place::Bulk, false, Unauthorized::Session),
            (Place::Soap, false, Unauthorized::Session),
            (Place::Apex, false, Unauthorized::Class),
            (Place::Identity, false, Unauthorized::Identity),
            (Place::Other, false, Unauthorized::Class),
        ] {
            assert_eq!(place.proves_session(), proves, "{place:?}");
            assert_eq!(place.unauthorized(), cause, "{place:?}");
            let is_bulk = place.carrier() == Carrier::SfdcSession;
            assert_eq!(is_bulk, place == Place::Bulk, "{place:?}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_stays_below_services(text in "(/services|/id/00D[a-zA-Z0-9]{12}/005[0-9]{12})?[a-zA-Z0-9./%;?#\\\\@: ]{0,40}") {
            let Ok(target) = read(&text) else { return Ok(()) };
            let url = match &target.path {
                Path::Versioned(path) => format!("https://a.example/services/data/v66.0/{path}"),
                Path::Whole(path) => format!("https://a.example{path}"),
            };
            let uri: http::Uri = url.parse().unwrap();
            prop_assert_eq!(uri.host(), Some("a.example"));
            let is_identity = target.place == Place::Identity;
            prop_assert!(uri.path().starts_with("/services/") != is_identity);
            prop_assert!(uri.path().starts_with("/id/00D") == is_identity);
            prop_assert!(!uri.path().split('/').any(is_dots));
            prop_assert!(!uri.path().to_ascii_lowercase().starts_with("/services/oauth2/"));
        }
    }
}
