//! `--connect-to`: dialling another address than a name's. Pure.

use std::fmt;
use std::str::FromStr;

use super::allowed_hosts::parse_port;

/// `HOST:PORT:HOST:PORT`, as curl has it: for the first pair, the second is
/// dialled. Unlike curl's, no part may be empty. An IPv6 address stands in
/// brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    from: Endpoint,
    to: Endpoint,
}

/// A host, without brackets, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
}

/// Text that is no [`ConnectTo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected HOST:PORT:HOST:PORT, as in `acme.my.salesforce.com:443:127.0.0.1:8443`")]
pub struct ConnectToError;

impl ConnectTo {
    /// Where to dial for `host` and `port`, if some entry says so.
    pub(super) fn find<'a>(entries: &'a [Self], host: &str, port: u16) -> Option<&'a Endpoint> {
        let mut entries = entries.iter();
        let found = entries
            .find(|entry| entry.from.port == port && entry.from.host.eq_ignore_ascii_case(host));
        found.map(|entry| &entry.to)
    }
}

impl FromStr for ConnectTo {
    type Err = ConnectToError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, rest) = endpoint(text).ok_or(ConnectToError)?;
        let rest = rest.strip_prefix(':').ok_or(ConnectToError)?;
        let (to, rest) = endpoint(rest).ok_or(ConnectToError)?;
        if rest.is_empty() {
            Ok(Self { from, to })
        } else {
            Err(ConnectToError)
        }
    }
}

/// An endpoint at the start of `text`, and what follows it.
pub(super) fn endpoint(text: &str) -> Option<(Endpoint, &str)> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest.strip_prefix(':')?)
        }
        None => text.split_once(':')?,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (port, rest) = rest.split_at(digits);
    let plain = !host.is_empty() && !host.contains(['/', '@', '#', '?', '[', ']', ' ']);
    plain.then_some((
        Endpoint {
            host: host.to_owned(),
            port: parse_port(port)?,
        },
        rest,
    ))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(out, "[{}]:{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_endpoints_are_parsed() {
        for (text, to) in [
            ("a.example:443:127.0.0.1:8443", Some("127.0.0.1:8443")),
            ("a.example:443:[::1]:1", Some("[::1]:1")),
            ("[::1]:443:b.example:1", Some("b.example:1")),
            ("a.example:443:b.example", None),
            ("a.example:443:b.example:1:", None),
            ("a.example:443", None),
            (":443:b.example:1", None),
            ("a.example::b.example:1", None),
            ("a.example:0:b.example:1", None),
            ("a.example:443:[nonsense]:1", None),
            ("https://a.example:443:b.example:1", None),
            ("", None),
        ] {
            let parsed = text
                .parse::<ConnectTo>()
                .ok()
                .map(|entry| entry.to.to_string());
            assert_eq!(parsed.as_deref(), to, "{text}");
        }
    }

    #[test]
    fn an_entry_is_for_one_host_and_port() {
        let entries = ["a.example:443:b.example:1".parse().unwrap()];
        assert!(ConnectTo::find(&entries, "A.example", 443).is_some());
        assert!(ConnectTo::find(&entries, "a.example", 444).is_none());
        assert!(ConnectTo::find(&entries, "x.a.example", 443).is_none());
    }
}
