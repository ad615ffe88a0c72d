//! Whom a request is addressed to, and whether that is this door. Pure.
//!
//! A browser sends what a page asks for to every name that the page's owner points at this
//! machine (DNS rebinding), and tells in `Host` which name that was. So a request under any
//! other name than the door's is refused before anything of it counts.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::header::HOST;
use http::request::Parts;
use http::uri;
use rustls::pki_types::{CertificateDer, ServerName};
use webpki::EndEntityCert;

/// What this machine is called on itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A host, and the port if one is named (RFC 3986, section 3.2), without a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// In lower case, an IPv6 address in brackets and in its canonical form (RFC 5952).
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// An authority as it stands in a URL or in `Host`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let whole = uri::Authority::try_from(text).ok()?;
        // What stands before the host, if anything does, is a user.
        let port = match whole.as_str().strip_prefix(whole.host())? {
            "" | ":" => None,
            port => Some(port.strip_prefix(':')?.parse().ok()?),
        };
        let host = whole.host().to_ascii_lowercase();
        let host = match host.strip_prefix('[') {
            None => host,
            Some(address) => {
                let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
                format!("[{address}]")
            }
        };
        (!host.is_empty()).then_some(Self { host, port })
    }

    /// The one that a request names in its target, in `Host`, or in both. A request that
    /// names two different ones is addressed to nobody: HTTP/2 forbids it (RFC 9113, section
    /// 8.3.1), and of HTTP/1.1 only proxies get it (RFC 9112, section 3.2).
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

    /// An address has no brackets outside of a URL.
    fn bare(&self) -> &str {
        self.host.trim_matches(['[', ']'])
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

/// The names of a door.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// In lower case, an IPv6 address in brackets.
    names: Vec<String>,
    /// Every name of this certificate is one, too.
    certificate: Option<CertificateDer<'static>>,
}

impl Names {
    /// What this machine is called on itself, and these names beside.
    ///
    /// # Errors
    ///
    /// The first one that cannot be a name.
    pub(crate) fn of_this_machine(further: &[String]) -> Result<Self, String> {
        let mut names: Vec<String> = LOOPBACK.map(str::to_owned).into();
        names.extend(Self::named(further)?);
        Ok(Self {
            names,
            certificate: None,
        })
    }

    /// Those of a certificate, and these beside.
    ///
    /// # Errors
    ///
    /// The first one that cannot be a name.
    pub(crate) fn of_certificate(
        certificate: CertificateDer<'static>,
        further: &[String],
    ) -> Result<Self, String> {
        Ok(Self {
            names: Self::named(further)?,
            certificate: Some(certificate),
        })
    }

    fn named(names: &[String]) -> Result<Vec<String>, String> {
        let name = |text: &String| {
            let is_address = text.parse::<Ipv6Addr>().is_ok();
            let text = if is_address {
                format!("[{text}]")
            } else {
                text.clone()
            };
            let authority = Authority::parse(&text).filter(|authority| authority.port.is_none());
            authority.map(|authority| authority.host).ok_or(text)
        };
        names.iter().map(name).collect()
    }

    /// All that are known one by one, for a certificate: addresses without brackets.
    pub(crate) fn bare(&self) -> Vec<String> {
        let bare = |name: &String| name.trim_matches(['[', ']']).to_owned();
        self.names.iter().map(bare).collect()
    }

    /// The name by which clients reach a door that listens on this address, as it stands in a
    /// URL: the first one of `chosen`, or one that the address has, or one of the certificate.
    pub(crate) fn in_url(&self, chosen: &[String], address: IpAddr) -> String {
        let is_here = address.is_loopback() || address.is_unspecified();
        let here = is_here.then(|| LOOPBACK[0].to_owned());
        let numbers = (!address.is_unspecified()).then(|| address.to_string());
        let names = chosen.iter().cloned().chain(here).chain(numbers);
        // An IPv6 address is in brackets there.
        let in_brackets = |name: String| match name.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => name,
        };
        let mut names: Vec<String> = names.map(in_brackets).collect();
        let likely = names.first().cloned().unwrap_or_default();
        names.extend(self.names_of_certificate());
        let is_ours =
            |name: &String| Authority::parse(name).is_some_and(|name| self.include(&name));
        names.into_iter().find(is_ours).unwrap_or(likely)
    }

    fn names_of_certificate(&self) -> Vec<String> {
        let Some(Ok(certificate)) = self.certificate.as_ref().map(EndEntityCert::try_from) else {
            return Vec::new();
        };
        let names = certificate.valid_dns_names();
        // One with a wildcard is no host.
        let names = names.filter(|name| !name.contains('*'));
        names.map(str::to_owned).collect()
    }

    /// Whether a request that is addressed so is for this door. The port does not count:
    /// something may lead another one here.
    pub(crate) fn include(&self, asked: &Authority) -> bool {
        if self.names.iter().any(|name| name == asked.host()) {
            return true;
        }
        let Some(certificate) = &self.certificate else {
            return false;
        };
        let name = ServerName::try_from(asked.bare());
        let certificate = EndEntityCert::try_from(certificate);
        match (certificate, name) {
            (Ok(certificate), Ok(name)) => {
                certificate.verify_is_valid_for_subject_name(&name).is_ok()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use sfbox_certificate::Authority as Certifier;

    use super::*;

    #[test]
    fn a_host_has_one_spelling_and_the_port_stays() {
        for (text, shown) in [
            ("Door.Example:443", "door.example:443"),
            ("localhost:8443", "localhost:8443"),
            ("localhost:", "localhost"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[0:0:0:0:0:0:0:1]:8443", "[::1]:8443"),
        ] {
            assert_eq!(Authority::parse(text).expect(text).to_string(), shown);
        }
        for text in [
            "", ":1", "a:65536", "a:x", "user@a", "[::1", "[a]", "a b", "a/x", "é",
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

    fn includes(names: &Names, host: &str) -> bool {
        names.include(&Authority::parse(host).expect(host))
    }

    #[test]
    fn a_door_of_this_machine_has_its_names_and_those_that_were_added() {
        let further = ["Door.Example".to_owned(), "fd00::7".to_owned()];
        let names = Names::of_this_machine(&further).unwrap();
        for host in [
            "localhost:1",
            "127.0.0.1",
            "[::1]:8443",
            "door.example",
            "[fd00::7]",
        ] {
            assert!(includes(&names, host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.2",
            "[::2]",
        ] {
            assert!(!includes(&names, host), "{host}");
        }
        for wrong in ["", "a:1", "a/b", "user@a"] {
            assert!(
                Names::of_this_machine(&[wrong.to_owned()]).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_door_with_a_certificate_has_its_names() {
        let authority = Certifier::new("test").unwrap();
        let hosts = ["door.example", "*.doors.example", "10.0.0.7", "fd00::7"];
        let days = ((2020, 1, 1), (2120, 1, 1));
        let certified = authority.certify("test", hosts.map(str::to_owned), days);
        let further = ["other.example".to_owned()];
        let names = Names::of_certificate(certified.unwrap().certificate, &further).unwrap();
        for host in [
            "door.example:8443",
            "a.doors.example",
            "10.0.0.7",
            "[fd00::7]:1",
            "other.example",
        ] {
            assert!(includes(&names, host), "{host}");
        }
        for host in [
            "localhost",
            "127.0.0.1",
            "a.b.doors.example",
            "x.example",
            "10.0.0.8",
        ] {
            assert!(!includes(&names, host), "{host}");
        }
    }

    #[test]
    fn the_name_in_the_url_is_one_that_the_door_answers_to() {
        let [loopback, all, other] =
            ["127.0.0.1", "::", "fd00::7"].map(|text| text.parse().unwrap());
        let own = |chosen: &[&str]| {
            let chosen: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
            (Names::of_this_machine(&chosen).unwrap(), chosen)
        };
        let (names, none) = own(&[]);
        assert_eq!(names.in_url(&none, loopback), "localhost");
        assert_eq!(names.in_url(&none, all), "localhost");
        assert_eq!(names.in_url(&none, other), "[fd00::7]");
        let (names, chosen) = own(&["fd00::8", "door.example"]);
        assert_eq!(names.in_url(&chosen, loopback), "[fd00::8]");
        let authority = Certifier::new("test").unwrap();
        let days = ((2020, 1, 1), (2120, 1, 1));
        let in_url = |hosts: &[&str], address| {
            let hosts: Vec<String> = hosts.iter().map(|name| (*name).to_owned()).collect();
            let certified = authority.certify("test", hosts, days).unwrap();
            let certificate = certified.certificate;
            Names::of_certificate(certificate, &[])
                .unwrap()
                .in_url(&[], address)
        };
        assert_eq!(
            in_url(&["*.example", "door.example"], loopback),
            "door.example"
        );
        assert_eq!(in_url(&["door.example", "localhost"], all), "localhost");
        assert_eq!(in_url(&["door.example", "fd00::7"], other), "[fd00::7]");
        // Nobody can know.
        assert_eq!(in_url(&["*.example"], all), "localhost");
    }
}
