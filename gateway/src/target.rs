//! What a request wants of the door, by its method and its path. Pure.

use std::borrow::Cow;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, StatusCode};

use crate::refusal::Refusal;

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An answer of the org to this path, with its query.
    Carried(PathAndQuery),
    /// A login.
    Login,
    /// The end of a key.
    Revoke,
}

/// The methods of the API.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// What is carried, with everything below it: the REST API, Apex REST, and Bulk API 1.0.
const CARRIED: [&str; 3] = ["/services/data", "/services/apexrest", "/services/async"];

/// The schemes that a target may have, if it has one (RFC 9110, section 4.2).
const SCHEMES: [&str; 2] = ["http", "https"];

/// Where clients log in.
const OAUTH: &str = "/services/oauth2";

/// Parameters by which an identity URL takes a token, and clients show their key: jsforce
/// does so beside the header (Salesforce Help, "Identity URLs").
const TOKENS: [&str; 2] = ["access_token", "oauth_token"];

/// What is not carried although Salesforce has it, and why.
const NOT_CARRIED: [(&str, &str); 6] = [
    (
        OAUTH,
        "the door carries no OAuth endpoint of Salesforce; it has its own \
         /services/oauth2/token (client credentials) and /services/oauth2/revoke",
    ),
    (
        "/services/Soap",
        "the SOAP APIs carry the session in their body, so the door does not carry them; use \
         the REST API",
    ),
    (
        "/cometd",
        "the door does not carry the Streaming API; use the Pub/Sub API directly",
    ),
    (
        "/services",
        "the door carries /services/data, /services/apexrest and /services/async",
    ),
    (
        "/profilephoto",
        "the door does not carry the photos of users",
    ),
    ("/secur", "the door has no pages for browsers"),
];

/// The path of a request with its query: what has the form of a request, whoever it is addressed
/// to.
///
/// # Errors
///
/// What is answered to one that has not.
pub(crate) fn whole(parts: &Parts) -> Result<Cow<'_, str>, Refusal> {
    if parts.method == Method::CONNECT {
        return Err(Refusal::bad("the door is not a proxy: CONNECT is refused"));
    }
    let is_other = |scheme: &&str| !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str());
    if parts.uri.scheme_str().filter(is_other).is_some() {
        return Err(Refusal::bad(
            "the target of a request is of HTTP: another scheme is refused",
        ));
    }
    let whole = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    if !whole.starts_with('/') {
        return Err(Refusal::bad(
            "the target of a request is a path: `*` is refused",
        ));
    }
    if !whole.is_ascii() {
        return Err(Refusal::bad(
            "a path and a query have only ASCII: percent-encode other characters",
        ));
    }
    Ok(with_one_slash(whole))
}

impl Target {
    /// Reads what a request wants, of which [`whole`] has read the path with its query.
    ///
    /// # Errors
    ///
    /// What is answered to one that wants nothing that the door gives.
    pub(crate) fn read(method: &Method, whole: &str) -> Result<Self, Refusal> {
        if !METHODS.contains(method) {
            let names = METHODS.each_ref().map(Method::as_str);
            return Err(not_allowed("the API has no such method", &names));
        }
        let path = whole.split('?').next().unwrap_or_default();
        if let Some(endpoint) = below(path, OAUTH) {
            return Self::of_oauth(method, endpoint, whole != path);
        }
        if below(path, "/id").is_some() {
            return Self::of_identity(method, path, whole);
        }
        let is_carried = CARRIED.iter().any(|carried| below(path, carried).is_some());
        match is_carried {
            true => Self::carried(whole),
            false => Err(not_carried(path)),
        }
    }

    fn carried(whole: &str) -> Result<Self, Refusal> {
        let path = PathAndQuery::try_from(whole);
        path.map(Self::Carried)
            .map_err(|_| Refusal::bad("the target of a request is a path"))
    }

    fn of_identity(method: &Method, path: &str, whole: &str) -> Result<Self, Refusal> {
        if !is_identity(path) {
            return Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "SFBOX_NOT_FOUND",
                "an identity URL is /id/ORG/USER, with ids of 15 or 18 characters",
            ));
        }
        match *method {
            Method::GET | Method::HEAD => Self::carried(&without_token(whole)),
            _ => Err(not_allowed(
                "an identity URL takes only GET and HEAD",
                &["GET", "HEAD"],
            )),
        }
    }

    fn of_oauth(method: &Method, endpoint: &str, has_query: bool) -> Result<Self, Refusal> {
        let target = match endpoint {
            "/token" => Self::Login,
            "/revoke" => Self::Revoke,
            _ => return Err(not_carried(OAUTH)),
        };
        if method != Method::POST {
            return Err(not_allowed(
                "the OAuth endpoints of the door take only POST",
                &["POST"],
            ));
        }
        if has_query {
            return Err(Refusal::bad(
                "the OAuth endpoints of the door take parameters only in the body: a URL is \
                 logged in many places",
            ));
        }
        Ok(target)
    }
}

/// Leaves one of the slashes that a path begins with: clients append a path to an
/// `instance_url` that ends in a slash (Field Service Developer Guide, whose example of a query
/// has `https://yourInstance.salesforce.com//services/data/`).
fn with_one_slash(whole: &str) -> Cow<'_, str> {
    match whole.strip_prefix("//") {
        None => whole.into(),
        Some(rest) => format!("/{}", rest.trim_start_matches('/')).into(),
    }
}

/// What of a path is below another one: nothing, or something that begins with a slash.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Leaves out of a query what is a token, however its name is encoded: it is the client's
/// key, and the org is not to learn it.
fn without_token(whole: &str) -> Cow<'_, str> {
    let Some((path, query)) = whole.split_once('?') else {
        return whole.into();
    };
    let is_token = |pair: &&str| {
        let mut parsed = form_urlencoded::parse(pair.as_bytes());
        parsed.next().is_some_and(|(name, _)| {
            TOKENS
                .iter()
                .any(|token| name.trim().eq_ignore_ascii_case(token))
        })
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_token(pair)).collect();
    match kept.is_empty() {
        true => path.into(),
        false => format!("{path}?{}", kept.join("&")).into(),
    }
}

/// Whether it is `/id/ORG/USER`. Source: Salesforce Help, "Identity URLs".
fn is_identity(path: &str) -> bool {
    let mut ids = path.strip_prefix("/id/").unwrap_or_default().split('/');
    let mut is_id = |prefix: &str| {
        ids.next().is_some_and(|id| {
            matches!(id.len(), 15 | 18)
                && id.starts_with(prefix)
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    is_id("00D") && is_id("005") && ids.next().is_none()
}

/// What is answered to another method than these.
fn not_allowed(why: &'static str, allowed: &[&'static str]) -> Refusal {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Refusal::new(status, "SFBOX_METHOD_NOT_ALLOWED", why).allowing(allowed)
}

fn not_carried(path: &str) -> Refusal {
    let known = NOT_CARRIED
        .iter()
        .find(|(folder, _)| below(path, folder).is_some());
    match known {
        Some((_, why)) => Refusal::new(StatusCode::NOT_IMPLEMENTED, "SFBOX_NOT_CARRIED", *why),
        None => Refusal::new(
            StatusCode::NOT_FOUND,
            "SFBOX_NOT_FOUND",
            "the door has nothing there; it carries /services/data, /services/apexrest and \
             /services/async",
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(parts: &Parts) -> Result<Target, Refusal> {
        Target::read(&parts.method, &whole(parts)?)
    }

    fn read(method: &str, target: &str) -> Result<Target, Refusal> {
        let request = http::Request::builder().method(method).uri(target).body(());
        let (parts, ()) = request.expect(target).into_parts();
        of(&parts)
    }

    fn carried(method: &str, target: &str) -> Option<String> {
        match read(method, target) {
            Ok(Target::Carried(path)) => Some(path.to_string()),
            Ok(Target::Login | Target::Revoke) | Err(_) => None,
        }
    }

    fn refused(method: &str, target: &str) -> u16 {
        read(method, target).expect_err(target).status.as_u16()
    }

    #[test]
    fn the_apis_are_carried_with_their_query() {
        for target in [
            "/services/data",
            "/services/data/",
            "/services/data/v66.0/query?q=SELECT+Id+FROM+Account",
            "/services/apexrest/orders/17",
            "/services/async/66.0/job",
            "/services/data/v66.0/sobjects/A__c/Key__c/a%2Fb",
            "/services/data/v66.0?/services/oauth2/token",
        ] {
            for method in ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
                assert_eq!(carried(method, target).as_deref(), Some(target), "{method}");
            }
        }
        for (target, path) in [
            ("//services/data/v66.0/", "/services/data/v66.0/"),
            ("https://door.example/services/data", "/services/data"),
        ] {
            assert_eq!(carried("GET", target).as_deref(), Some(path));
        }
    }

    #[test]
    fn an_identity_is_carried_in_its_own_form_only() {
        for identity in [
            "/id/00DSb0000000001AAA/005Sb0000000001",
            "/id/00DSb0000000001/005Sb0000000001AAA?format=json&version=latest",
        ] {
            for method in ["GET", "HEAD"] {
                assert_eq!(carried(method, identity).as_deref(), Some(identity));
            }
            for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                assert_eq!(refused(method, identity), 405, "{method}");
            }
        }
        for target in [
            "/id",
            "/id/00DSb0000000001/",
            "/id/00DSb0000000001/005Sb0000000001/x",
            "/id/00DSb0000000001/../005Sb0000000001",
            "/id/005Sb0000000001/00DSb0000000001",
            "/id/00DSb0000000001/005Sb000000000%31",
            "/id/00DSb000000000/005Sb0000000001",
            "/id/00DSb0000000001A/005Sb0000000001",
            "/id/",
            "/id/services/data/v66.0",
        ] {
            assert_eq!(refused("GET", target), 404, "{target}");
        }
        assert_eq!(refused("GET", "/profilephoto/005/F"), 501);
    }

    #[test]
    fn a_key_in_the_query_of_an_identity_stays_at_the_door() {
        const PATH: &str = "/id/00DSb0000000001/005Sb0000000001";
        for (query, kept) in [
            ("?format=json&oauth_token=sfbox_x", "?format=json"),
            ("?oauth_token=sfbox_x", ""),
            ("?oauth_token=a&access_token=b&oauth_token", ""),
            (
                "?OAuth_Token=a&version=latest&+oauth%5ftoken+=b",
                "?version=latest",
            ),
            ("?oauth%255ftoken=a", "?oauth%255ftoken=a"),
            ("?", "?"),
            ("?format=json&", "?format=json&"),
        ] {
            let sent = carried("GET", &format!("{PATH}{query}"));
            assert_eq!(sent, Some(format!("{PATH}{kept}")), "{query}");
        }
    }

    #[test]
    fn the_door_has_two_endpoints_of_its_own() {
        assert_eq!(read("POST", "/services/oauth2/token"), Ok(Target::Login));
        assert_eq!(read("POST", "/services/oauth2/revoke"), Ok(Target::Revoke));
        assert_eq!(refused("GET", "/services/oauth2/token"), 405);
        assert_eq!(refused("POST", "/services/oauth2/revoke?token=x"), 400);
        for target in [
            "/services/oauth2",
            "/services/oauth2/",
            "/services/oauth2/userinfo",
            "/services/oauth2/token/",
            "/services/oauth2//token",
        ] {
            assert_eq!(refused("POST", target), 501, "{target}");
        }
    }

    #[test]
    fn what_is_not_carried_says_why() {
        for target in [
            "/services/Soap/u/66.0",
            "/services",
            "/services/datax",
            "/services/DATA/v66.0",
            "/cometd/66.0",
            "/secur/frontdoor.jsp",
        ] {
            assert_eq!(refused("POST", target), 501, "{target}");
        }
        for target in [
            "/",
            "/healthz",
            "/metrics",
            "/servicesx",
            "/favicon.ico",
            "/%73ervices/data",
        ] {
            assert_eq!(refused("GET", target), 404, "{target}");
        }
    }

    #[test]
    fn who_asks_by_another_method_is_told_which_there_are() {
        let api = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        for (method, target, allowed) in [
            ("TRACE", "/services/data", &api[..]),
            ("POST", "/id/00DSb0000000001/005Sb0000000001", &api[..2]),
            ("GET", "/services/oauth2/token", &["POST"]),
        ] {
            let refused = read(method, target).expect_err(target);
            assert_eq!(refused.allowed, allowed, "{method} {target}");
        }
    }

    #[test]
    fn a_target_that_is_not_a_path_is_refused() {
        assert_eq!(refused("OPTIONS", "*"), 400);
        assert_eq!(refused("CONNECT", "evil.example:443"), 400);
        for method in ["TRACE", "LINK", "get"] {
            assert_eq!(refused(method, "/services/data"), 405, "{method}");
        }
        for (target, is) in [
            ("http://localhost/services/data", true),
            ("HTTPS://localhost/services/data", true),
            ("htpt://localhost/services/data", false),
        ] {
            assert_eq!(read("GET", target).is_ok(), is, "{target}");
        }
        let target = http::Uri::try_from("/services/data/é".as_bytes()).expect("a target");
        let request = http::Request::builder()
            .uri(target)
            .body(())
            .expect("a request");
        let (parts, ()) = request.into_parts();
        assert_eq!(of(&parts).expect_err("refused").status, 400);
    }

    proptest! {
        #[test]
        fn nothing_but_the_apis_is_carried(target in "/{1,2}[a-zA-Z0-9/.%?;:@#-]{0,60}") {
            let Ok(request) = http::Request::builder().uri(&target).body(()) else {
                return Ok(());
            };
            let (parts, ()) = request.into_parts();
            if let Ok(Target::Carried(path)) = of(&parts) {
                let path = path.path();
                let below = |carried: &&str| below(path, carried).is_some();
                prop_assert!(is_identity(path) || CARRIED.iter().any(below));
            }
        }
    }
}
