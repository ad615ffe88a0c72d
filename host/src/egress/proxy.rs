//! A proxy: its URL, and the hosts that are reached without it. Pure, but for
//! [`Proxy::from_env`].

use std::fmt;
use std::str::FromStr;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use secrecy::{ExposeSecret as _, SecretString};

use super::connect_to::{Endpoint, endpoint};

/// What is never reached through a proxy: this machine, and the metadata services
/// of clouds, which would answer for the machine of the proxy. Source: RFC 1122 and
/// RFC 4291 (loopback), RFC 3927 (link-local), Amazon EC2 User Guide, "Access instance
/// metadata" (fd00:ec2::/32). Each IPv4 network stands here as it is mapped into IPv6,
/// too.
const ALWAYS_DIRECT: [&str; 7] = [
    "localhost",
    "127.0.0.0/8",
    "::ffff:127.0.0.0/104",
    "::1",
    "169.254.0.0/16",
    "::ffff:169.254.0.0/112",
    "fd00:ec2::/32",
];

/// Schemes of SOCKS proxies, as curl names them.
const SOCKS: [&str; 5] = ["socks", "socks4", "socks4a", "socks5", "socks5h"];

/// An HTTP proxy that opens tunnels with CONNECT (RFC 9110, section 9.3.6), and the
/// hosts that are reached without it.
///
/// Its text is `http://HOST:PORT`, or `https://HOST:PORT` for a proxy that is itself
/// reached over TLS; the system's certificate authorities then have to vouch for it.
/// Without a scheme it is `http://`, without a port 80 or 443. `USER:PASSWORD@` before
/// the host is what the proxy asks for; other characters than letters, digits and
/// `-._~` are percent-encoded there.
///
/// Whatever stands before the `@` is a secret: `Debug` and `Display` show the host and
/// the port alone.
///
/// Loopback addresses, 169.254.0.0/16 and fd00:ec2::/32, where clouds have their
/// metadata services, are never reached through a proxy.
#[derive(Clone)]
pub struct Proxy {
    /// With the user and the password.
    url: SecretString,
    /// The same taken apart.
    intercept: Intercept,
    endpoint: Endpoint,
    direct: Vec<Direct>,
}

/// An entry of `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Direct {
    /// A name, whose subdomains count as well, an address, a network, or `*`.
    host: String,
    /// `None`: every port.
    port: Option<u16>,
}

/// Text that is no [`Proxy`]. It never repeats that text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// A SOCKS proxy, by its scheme.
    #[error("{0} proxies are not supported; use one with http:// or https://")]
    Socks(&'static str),
    /// Not a URL of a proxy.
    #[error(
        "expected http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before HOST if the proxy needs them"
    )]
    Url,
    /// More than one `@`, or a `/`, `?` or `#` where none can be.
    #[error(
        "write `@`, `/`, `?` and `#` in the user or the password as %40, %2F, %3F and %23; the URL must not have a path"
    )]
    Unescaped,
}

/// A variable of the environment that names no [`Proxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} does not name a usable proxy")]
pub struct ProxyVariableError {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it.
    #[source]
    pub why: ProxyError,
}

impl Proxy {
    /// The variables that name a proxy, highest precedence first. An empty one counts as
    /// unset.
    pub const VARIABLES: [&'static str; 4] =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    /// The variables that list hosts to reach without it, highest precedence first.
    pub const NO_PROXY_VARIABLES: [&'static str; 2] = ["NO_PROXY", "no_proxy"];

    /// The proxy of this process's environment, if it names one.
    ///
    /// # Errors
    ///
    /// When a variable is not the URL of a proxy that can be used.
    pub fn from_env() -> Result<Option<Self>, ProxyVariableError> {
        Self::from_variables(|name| {
            let value = std::env::var_os(name)?;
            Some(value.to_string_lossy().into_owned())
        })
    }

    /// The proxy that variables name: the first of [`Self::VARIABLES`] that is not
    /// empty, and the first such list of [`Self::NO_PROXY_VARIABLES`]. `value` is asked
    /// for each.
    ///
    /// # Errors
    ///
    /// When that variable is not the URL of a proxy that can be used.
    pub fn from_variables(
        value: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, ProxyVariableError> {
        let first = |names: &[&'static str]| {
            let set = |name: &&'static str| Some((*name, value(name).filter(|v| !v.is_empty())?));
            names.iter().find_map(set)
        };
        let Some((variable, url)) = first(&Self::VARIABLES) else {
            return Ok(None);
        };
        let proxy: Self = url
            .parse()
            .map_err(|why| ProxyVariableError { variable, why })?;
        let direct = first(&Self::NO_PROXY_VARIABLES).map(|(_, list)| list);
        Ok(Some(proxy.no_proxy(&direct.unwrap_or_default())))
    }

    /// Reaches these hosts without the proxy, as `NO_PROXY` lists them: with commas or
    /// spaces between, and in place of an earlier list.
    ///
    /// | entry | hosts |
    /// |---|---|
    /// | `example.com`, `.example.com`, `*.example.com` | that name and its subdomains |
    /// | `example.com:8443` | the same, at this port only |
    /// | `192.0.2.7`, `2001:db8::/32` | an address, a network; only of URLs that name an address |
    /// | `*` | all hosts |
    ///
    /// Names are compared without case. AWS's client compares no ports: for it an entry
    /// with a port counts for all ports.
    #[must_use]
    pub fn no_proxy(mut self, list: &str) -> Self {
        let entries = list.split([',', ' ', '\t', '\n', '\r']);
        self.direct = entries
            .filter(|entry| !entry.is_empty())
            .map(Direct::read)
            .collect();
        self
    }

    /// Whether connections to this host and port go through it.
    pub(super) fn is_for(&self, host: &str, port: u16) -> bool {
        let list = self.direct_hosts(|entry| entry.port.is_none_or(|only| only == port));
        let matcher = Matcher::builder()
            .https("http://any.invalid")
            .no(list)
            .build();
        let uri = Uri::builder()
            .scheme("https")
            .authority(host)
            .path_and_query("/");
        uri.build()
            .is_ok_and(|uri| matcher.intercept(&uri).is_some())
    }

    /// Its URL without user and password.
    pub(super) fn uri(&self) -> &Uri {
        self.intercept.uri()
    }

    /// Its host and port.
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether it is itself reached over TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.uri().scheme() == Some(&http::uri::Scheme::HTTPS)
    }

    /// `Proxy-Authorization`, marked sensitive.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.intercept.basic_auth()
    }

    /// Its URL, with the user and the password.
    #[cfg(feature = "aws")]
    pub(crate) fn url(&self) -> &SecretString {
        &self.url
    }

    /// The hosts that are reached without it, whatever the port, as `NO_PROXY` lists
    /// them.
    #[cfg(feature = "aws")]
    pub(crate) fn all_direct_hosts(&self) -> String {
        self.direct_hosts(|_| true)
    }

    fn direct_hosts(&self, counts: impl Fn(&Direct) -> bool) -> String {
        let own = self.direct.iter().filter(|entry| counts(entry));
        let own = own.map(|entry| entry.host.as_str());
        ALWAYS_DIRECT
            .into_iter()
            .chain(own)
            .collect::<Vec<_>>()
            .join(",")
    }
}

impl Direct {
    fn read(entry: &str) -> Self {
        let (host, port) = match endpoint(entry) {
            Some((endpoint, "")) => (endpoint.host, Some(endpoint.port)),
            _ => (entry.to_owned(), None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = match host.strip_prefix('*') {
            Some(suffix) if suffix.starts_with('.') => suffix,
            _ => host,
        };
        Self {
            host: host.to_owned(),
            port,
        }
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            other => {
                let socks = SOCKS.into_iter().find(|known| *known == other);
                return Err(socks.map_or(ProxyError::Url, ProxyError::Socks));
            }
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        // Else a part of the password could be taken for the host, and be shown.
        if authority.contains(['/', '?', '#', '\\']) || authority.matches('@').count() > 1 {
            return Err(ProxyError::Unescaped);
        }
        let host = authority.rsplit('@').next().unwrap_or_default();
        let has_port = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
        let host = if has_port {
            host.to_owned()
        } else {
            format!("{host}:{default_port}")
        };
        let Some((endpoint, "")) = endpoint(&host) else {
            return Err(ProxyError::Url);
        };
        let url = format!("{scheme}://{authority}/");
        let any = Uri::from_static("https://any.invalid/");
        let matcher = Matcher::builder().https(&url).build();
        Ok(Self {
            intercept: matcher.intercept(&any).ok_or(ProxyError::Url)?,
            url: url.into(),
            endpoint,
            direct: Vec::new(),
        })
    }
}

/// The host and the port.
impl fmt::Display for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(out)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Proxy")
            .field("endpoint", &self.endpoint)
            .field("direct", &self.direct)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Self) -> bool {
        self.url.expose_secret() == other.url.expose_secret() && self.direct == other.direct
    }
}

impl Eq for Proxy {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_proxy_is_a_url_of_http_or_https() {
        for (text, shown, is_tls) in [
            ("http://proxy.example:3128", "proxy.example:3128", false),
            ("HTTP://proxy.example:3128/", "proxy.example:3128", false),
            ("https://proxy.example:3129", "proxy.example:3129", true),
            ("proxy.example:3128", "proxy.example:3128", false),
            ("http://proxy.example", "proxy.example:80", false),
            ("https://proxy.example/", "proxy.example:443", true),
            ("http://u:p@proxy.example:1", "proxy.example:1", false),
            ("u:p@proxy.example:1", "proxy.example:1", false),
            ("http://127.0.0.1:8", "127.0.0.1:8", false),
            ("http://[::1]:8", "[::1]:8", false),
            ("http://[::1]", "[::1]:80", false),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!(
                (proxy.to_string().as_str(), proxy.is_tls()),
                (shown, is_tls),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_not_repeated() {
        for (text, why) in [
            (
                "socks5://canary@proxy.example:1080",
                ProxyError::Socks("socks5"),
            ),
            ("SOCKS5H://proxy.example:1080", ProxyError::Socks("socks5h")),
            ("socks4://proxy.example", ProxyError::Socks("socks4")),
            ("socks4a://proxy.example", ProxyError::Socks("socks4a")),
            ("socks://proxy.example", ProxyError::Socks("socks")),
            ("ftp://proxy.example", ProxyError::Url),
            ("canary://proxy.example", ProxyError::Url),
            ("", ProxyError::Url),
            ("http://", ProxyError::Url),
            ("http://:3128", ProxyError::Url),
            ("http://proxy.example:0", ProxyError::Url),
            ("http://proxy.example:65536", ProxyError::Url),
            ("http://proxy.example:", ProxyError::Url),
            ("http://proxy.example:canary", ProxyError::Url),
            ("http://a b:1", ProxyError::Url),
            ("http://proxy.example:1/canary", ProxyError::Unescaped),
            ("http://u:can@ary@proxy.example:1", ProxyError::Unescaped),
            ("http://u:12/canary@proxy.example:1", ProxyError::Unescaped),
            ("http://u:12#canary@proxy.example:1", ProxyError::Unescaped),
            ("http://u:12?canary@proxy.example:1", ProxyError::Unescaped),
        ] {
            let refused = text.parse::<Proxy>().unwrap_err();
            assert_eq!(refused, why, "{text}");
            assert!(
                !format!("{refused} {refused:?}").contains("canary"),
                "{text}"
            );
        }
        let socks = ProxyError::Socks("socks5").to_string();
        assert!(
            socks.starts_with("socks5 proxies are not supported"),
            "{socks}"
        );
    }

    #[test]
    fn user_and_password_are_sent_and_never_shown() {
        let proxy: Proxy = "http://canary-u:canary%40p@proxy.example:1"
            .parse()
            .unwrap();
        // `canary-u:canary@p`
        let sent = proxy.authorization().unwrap();
        assert_eq!(sent, "Basic Y2FuYXJ5LXU6Y2FuYXJ5QHA=");
        assert!(sent.is_sensitive());
        let shown = format!(
            "{proxy} {proxy:?} {:?} {:?}",
            proxy.uri(),
            proxy.authorization()
        );
        assert!(
            !shown.contains("canary") && !shown.contains("Y2FuYXJ5"),
            "{shown}"
        );
        let open: Proxy = "http://proxy.example:1".parse().unwrap();
        assert!(open.authorization().is_none());
    }

    fn is_direct(list: &str, host: &str, port: u16) -> bool {
        let proxy: Proxy = "http://proxy.example:1".parse().unwrap();
        !proxy.no_proxy(list).is_for(host, port)
    }

    #[test]
    fn the_hosts_of_no_proxy_are_reached_without_it() {
        let host = "acme.my.salesforce.com";
        for (list, direct) in [
            ("", false),
            ("acme.my.salesforce.com", true),
            ("ACME.my.salesforce.com", true),
            ("other.example, acme.my.salesforce.com", true),
            ("other.example acme.my.salesforce.com", true),
            ("salesforce.com", true),
            (".salesforce.com", true),
            ("*.salesforce.com", true),
            (".my.salesforce.com", true),
            ("*", true),
            ("acme.my.salesforce.com:443", true),
            ("*.salesforce.com:443", true),
            ("*:443", true),
            ("acme.my.salesforce.com:8443", false),
            ("other.my.salesforce.com", false),
            ("me.my.salesforce.com", false),
            ("x.acme.my.salesforce.com", false),
            ("*acme.my.salesforce.com", false),
            ("acme*", false),
            (",,  ,", false),
        ] {
            assert_eq!(is_direct(list, host, 443), direct, "{list}");
        }
    }

    #[test]
    fn addresses_and_networks_of_no_proxy_are_reached_without_it() {
        for (list, host, direct) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.0/24", "192.0.2.8", true),
            ("192.0.2.0/24", "192.0.3.8", false),
            ("192.0.2.7:443", "192.0.2.7", true),
            ("192.0.2.7:444", "192.0.2.7", false),
            ("2001:db8::1", "[2001:db8::1]", true),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("[2001:db8::1]:443", "[2001:db8::1]", true),
            ("[2001:db8::1]:444", "[2001:db8::1]", false),
            ("2001:db8::/32", "[2001:db8::1]", true),
            ("2001:db8::/32", "[2001:db9::1]", false),
        ] {
            assert_eq!(is_direct(list, host, 443), direct, "{list} {host}");
        }
    }

    #[test]
    fn this_machine_and_metadata_services_are_never_reached_through_it() {
        for host in [
            "localhost",
            "LOCALHOST",
            "x.localhost",
            "127.0.0.1",
            "127.255.255.255",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.255.255",
            "[::ffff:169.254.169.254]",
            "[fd00:ec2::254]",
            "[fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff]",
        ] {
            assert!(
                is_direct("", host, 80) && is_direct("", host, 443),
                "{host}"
            );
        }
        for host in [
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "[::2]",
            "[fd00:ec1::1]",
            "[fd00:ec3::1]",
            "localhost.example",
            "notlocalhost",
        ] {
            assert!(!is_direct("", host, 443), "{host}");
        }
    }

    #[test]
    fn variables_have_an_order_and_an_empty_one_is_unset() {
        let named = |variables: &'static [(&str, &str)]| {
            let value = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            Proxy::from_variables(value)
        };
        for (variables, expected) in [
            (
                &[
                    ("HTTPS_PROXY", "a:1"),
                    ("https_proxy", "b:1"),
                    ("ALL_PROXY", "c:1"),
                ] as &[_],
                "a:1",
            ),
            (&[("https_proxy", "b:1"), ("ALL_PROXY", "c:1")], "b:1"),
            (&[("ALL_PROXY", "c:1"), ("all_proxy", "d:1")], "c:1"),
            (&[("all_proxy", "d:1")], "d:1"),
            (&[("HTTPS_PROXY", ""), ("ALL_PROXY", "c:1")], "c:1"),
        ] {
            let proxy = named(variables).unwrap().unwrap();
            assert_eq!(proxy.to_string(), expected);
        }
        for variables in [
            &[] as &[_],
            &[("HTTPS_PROXY", "")],
            &[("HTTP_PROXY", "a:1")],
        ] {
            assert!(named(variables).unwrap().is_none());
        }
        let refused = named(&[("ALL_PROXY", "socks5h://canary@a:1")]).unwrap_err();
        assert_eq!(
            (refused.variable, refused.why),
            ("ALL_PROXY", ProxyError::Socks("socks5h"))
        );
        let upper = named(&[
            ("ALL_PROXY", "a:1"),
            ("NO_PROXY", "x.example"),
            ("no_proxy", "y.example"),
        ]);
        let upper = upper.unwrap().unwrap();
        assert!(!upper.is_for("x.example", 443) && upper.is_for("y.example", 443));
        let lower = named(&[("ALL_PROXY", "a:1"), ("no_proxy", "y.example")]);
        assert!(!lower.unwrap().unwrap().is_for("y.example", 443));
    }

    proptest! {
        #[test]
        fn what_stands_before_the_host_is_never_shown(secret in "[ -~]{1,12}") {
            let canary = format!("canary{secret}");
            for text in [format!("http://u:{canary}@proxy.example:1"), format!("{canary}@proxy.example")] {
                let shown = match text.parse::<Proxy>() {
                    Ok(proxy) => format!("{proxy} {proxy:?}"),
                    Err(why) => format!("{why} {why:?}"),
                };
                prop_assert!(!shown.contains("canary"), "{}", shown);
            }
        }
    }
}
