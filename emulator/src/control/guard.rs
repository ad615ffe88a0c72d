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
use crate::org::Names;
use crate::request::host_of;

/// What this machine is called on itself.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

/// The answer to a request that is not for this org, or comes from a page of another
/// origin; `None` if it may pass.
pub(crate) fn refusal(parts: &Parts, names: &Names) -> Option<Answer> {
    if !is_own_host(host_of(parts), names) {
        let host = &names.host;
        return Some(refused(
            StatusCode::MISDIRECTED_REQUEST,
            &format!("{PREFIX} is at the hosts 127.0.0.1, localhost and {host} only"),
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

fn is_own_host(host: &str, names: &Names) -> bool {
    LOOPBACK.contains(&host) || names.include(host)
}

/// The port counts: another server of this machine has another.
fn is_own_origin(origin: &Uri, names: &Names) -> bool {
    let (scheme, _) = names.url.split_once("://").unwrap_or_default();
    let host = origin.host().unwrap_or_default();
    let default = if scheme == "https" { 443 } else { 80 };
    let port = origin.port_u16().unwrap_or(default);
    // A client may reach the org's own name by its usual port.
    let is_own_port = port == names.port || port == default && names.include(host);
    origin.scheme_str() == Some(scheme) && is_own_host(host, names) && is_own_port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            host: "acme.my.salesforce.com".to_owned(),
            alias: Some("alias.example".to_owned()),
            url: "https://acme.my.salesforce.com".to_owned(),
            port: 8_443,
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
