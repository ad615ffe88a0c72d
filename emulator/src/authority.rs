//! Whom a request is addressed to.

use std::fmt;
use std::net::Ipv6Addr;

use http::header::HOST;
use http::request::Parts;
use http::uri;

/// A host, and the port if one is named (RFC 3986, section 3.2), without a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authority {
    /// In lower case, an IPv6 address in brackets and in its canonical form (RFC 5952).
    /// Empty if a request names nobody.
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// An authority as it stands in a URL or in `Host`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let whole = uri::Authority::try_from(text).ok()?;
        let host = whole.host().to_ascii_lowercase();
        // What stands before the host, if anything does, is a user.
        let port = match whole.as_str().strip_prefix(whole.host())? {
            "" | ":" => None,
            port => Some(port.strip_prefix(':')?.parse().ok()?),
        };
        let host = match host.strip_prefix('[') {
            None => host,
            Some(address) => {
                let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
                format!("[{address}]")
            }
        };
        (!host.is_empty()).then_some(Self { host, port })
    }

    /// The one that a request names in its target, in `Host`, or in both.
    ///
    /// A request that names two different ones could pass the checks of one and be
    /// answered as the other, so it counts as addressed to nobody. HTTP/2 forbids it
    /// (RFC 9113, section 8.3.1), and so does HTTP/1.1, but for a target in absolute form
    /// (RFC 9112, section 3.2), which only proxies get.
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        let target = parts.uri.authority().map(|target| Some(target.as_str()));
        let headers = parts.headers.get_all(HOST).into_iter();
        let headers = headers.map(|header| header.to_str().ok());
        let mut named = target.into_iter().chain(headers);
        let first = Self::parse(named.next()??)?;
        named
            .all(|other| other.and_then(Self::parse).as_ref() == Some(&first))
            .then_some(first)
    }

    /// The host without its port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port, if one is named.
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => out.write_str(&self.host),
            Some(port) => write!(out, "{}:{port}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling_and_the_port_stays() {
        for (text, shown) in [
            ("acme.my.salesforce.com", "acme.my.salesforce.com"),
            ("Acme.My.Salesforce.COM:443", "acme.my.salesforce.com:443"),
            ("localhost:8443", "localhost:8443"),
            ("localhost:", "localhost"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]:8443", "[::1]:8443"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[FD00::A]", "[fd00::a]"),
        ] {
            let authority = Authority::parse(text).expect(text);
            assert_eq!(authority.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        for text in [
            "",
            ":8443",
            "localhost:65536",
            "localhost:http",
            "localhost:-1",
            "user@localhost",
            "user:word@localhost:1",
            "[::1",
            "[localhost]",
            "[fe80::1%25eth0]",
            "a b",
            "localhost/x",
            "é",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
    }

    fn of(target: &str, hosts: &[&str]) -> Option<String> {
        let mut request = http::Request::builder().uri(target);
        for host in hosts {
            request = request.header("host", *host);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        Authority::of(&parts).map(|authority| authority.to_string())
    }

    #[test]
    fn a_request_names_it_in_either_protocol_and_only_one() {
        let one = |text: &str| Some(text.to_owned());
        assert_eq!(of("/", &["a.example:443"]), one("a.example:443"));
        assert_eq!(of("https://b.example:1/x", &[]), one("b.example:1"));
        assert_eq!(of("https://b.example/", &["B.example"]), one("b.example"));
        for (target, hosts) in [
            ("/", &[][..]),
            ("/", &[""]),
            ("/", &["a.example", "b.example"]),
            ("/", &["a.example", "é"]),
            ("https://b.example/", &["a.example"]),
            ("https://b.example/", &["b.example:1"]),
        ] {
            assert_eq!(of(target, hosts), None, "{target} {hosts:?}");
        }
    }
}
