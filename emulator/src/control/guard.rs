//! Who may use the control endpoints: no web page of somebody else.
//!
//! A browser sends what a page asks for to 127.0.0.1, too, and to every name that its
//! owner points there (DNS rebinding). It tells in `Host` which name was asked for, and
//! in `Origin` whose page asked, at least for what changes something (RFC 6454, section
//! 7; Fetch, "Origin header").

use http::header::ORIGIN;
use http::request::Parts;
use http::{StatusCode, Uri};

use super::endpoints::{PREFIX, refused};
use crate::answer::Answer;
use crate::authority::Authority;
use crate::names::Names;

/// The answer to a request that is not for this org, or comes from a page of another
/// origin; `None` if it may pass.
pub(crate) fn refusal(parts: &Parts, names: &Names) -> Option<Answer> {
    let asked = Authority::of(parts);
    if !asked.is_some_and(|asked| names.include(asked.host())) {
        return Some(refused(
            StatusCode::MISDIRECTED_REQUEST,
            &format!("{PREFIX} is at the hosts {} only", names.list()),
        ));
    }
    let mut origins = parts.headers.get_all(ORIGIN).into_iter();
    let is_own = |origin: &http::HeaderValue| {
        let origin = Uri::try_from(origin.as_bytes());
        origin.is_ok_and(|origin| is_own_origin(&origin, names))
    };
    (!origins.all(is_own)).then(|| {
        refused(
            StatusCode::FORBIDDEN,
            &format!("{PREFIX} is not for pages of other origins"),
        )
    })
}

/// The port counts: another server of this machine has another.
fn is_own_origin(origin: &Uri, names: &Names) -> bool {
    let host = origin.host().unwrap_or_default();
    let default = names.usual_port();
    let port = origin.port_u16().unwrap_or(default);
    // A client may reach the org's own name by its usual port.
    let is_own_port = port == names.port || port == default && names.is_own(host);
    origin.scheme_str() == Some(names.scheme) && names.include(host) && is_own_port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            host: "acme.my.salesforce.com".to_owned(),
            aliases: vec!["alias.example".to_owned()],
            scheme: "https",
            port: 8_443,
            public_url: None,
        }
    }

    fn status(host: &str, origins: &[&str]) -> Option<u16> {
        let mut request = http::Request::builder().uri("/__emulator/reset");
        if !host.is_empty() {
            request = request.header("host", host);
        }
        for origin in origins {
            request = request.header("origin", *origin);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        refusal(&parts, &names()).map(|answer| answer.status.as_u16())
    }

    #[test]
    fn only_own_hosts_are_answered() {
        for host in [
            "127.0.0.1:8443",
            "localhost:8443",
            "localhost",
            "[::1]:8443",
            "acme.my.salesforce.com",
            "acme.my.salesforce.com:8443",
            "alias.example",
        ] {
            assert_eq!(status(host, &[]), None, "{host}");
        }
        for host in [
            "evil.example:8443",
            "127.0.0.1.evil.example",
            "127.0.0.2",
            "other.my.salesforce.com",
            "login.salesforce.com",
            "",
        ] {
            assert_eq!(status(host, &[]), Some(421), "{host}");
        }
    }

    #[test]
    fn only_own_origins_are_answered() {
        let host = "127.0.0.1:8443";
        for origin in [
            "https://127.0.0.1:8443",
            "https://localhost:8443",
            "https://[::1]:8443",
            "https://alias.example",
            "https://acme.my.salesforce.com",
            "https://acme.my.salesforce.com:8443",
        ] {
            assert_eq!(status(host, &[origin]), None, "{origin}");
        }
        for origin in [
            "https://evil.example",
            "https://evil.example:8443",
            "http://127.0.0.1:8443",
            "https://127.0.0.1",
            "https://127.0.0.1:3000",
            "https://localhost.evil.example:8443",
            "https://acme.my.salesforce.com.evil.example",
            "null",
            "",
        ] {
            assert_eq!(status(host, &[origin]), Some(403), "{origin}");
        }
        let both = ["https://127.0.0.1:8443", "https://evil.example"];
        assert_eq!(status(host, &both), Some(403));
    }
}
