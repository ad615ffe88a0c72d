//! What the org is called: the names that it answers to, and the one that an answer
//! calls it by.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::authority::Authority;

/// What this machine is called on itself. An IPv6 address has brackets, as in a URL.
pub(crate) const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Hosts that every org shares, where the client credentials flow is not available.
pub(crate) const LOGIN_HOSTS: [&str; 2] = ["login.salesforce.com", "test.salesforce.com"];

/// What every My Domain host ends in.
pub(crate) const DOMAIN: &str = ".salesforce.com";

/// What it ends in where Salesforce runs on Alibaba's cloud. Source: simple-salesforce,
/// PR 799; sfdx-core, PR 1039.
pub(crate) const DOMAIN_IN_CHINA: &str = ".sfcrmproducts.cn";

/// Characters of the longest DNS name. Source: RFC 1035, section 2.3.4.
const HOST_MAX: usize = 253;

/// Characters of the longest My Domain, so that its host stays a DNS name, in China too.
const MY_DOMAIN_MAX: usize = HOST_MAX - DOMAIN_IN_CHINA.len();

/// Characters of the longest label of a DNS name. Source: RFC 1035, section 2.3.4.
const LABEL_MAX: usize = 63;

/// Names that an org can have beside those that every org has: each stands in its
/// certificate, and in the answer to a request for somebody else.
pub(crate) const ALIASES_MAX: usize = 64;

/// The names of an org, and how it is reached.
pub(crate) struct Names {
    /// The My Domain host, which is also the instance's.
    pub(crate) host: String,
    /// Further hosts, in lower case, an IPv6 address in brackets.
    pub(crate) aliases: Vec<String>,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// The port that it listens on.
    pub(crate) port: u16,
    /// The URL that every answer names, whatever name was asked for.
    pub(crate) public_url: Option<PublicUrl>,
}

/// A URL of `http` or `https` with a host, perhaps a port, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    url: String,
    authority: Authority,
}

impl PublicUrl {
    /// A URL in text; one slash at its end is left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let authority = Authority::parse(rest.strip_suffix('/').unwrap_or(rest))?;
        let known = matches!(scheme.as_str(), "http" | "https");
        known.then(|| Self {
            url: format!("{scheme}://{authority}"),
            authority,
        })
    }
}

impl Names {
    /// Whether requests to this host are for the org.
    pub(crate) fn include(&self, host: &str) -> bool {
        LOOPBACK.contains(&host) || self.is_own(host)
    }

    /// The same, but for what every server of this machine is called.
    pub(crate) fn is_own(&self, host: &str) -> bool {
        let public = self.public_url.as_ref();
        host == self.host
            || self.aliases.iter().any(|alias| alias == host)
            || public.is_some_and(|public| public.authority.host() == host)
    }

    /// The URL that an answer calls the org by, in `instance_url`, in the identity URL and
    /// wherever else a client finds out where to go next.
    ///
    /// It is the name that the client asked by, with its port: that one is known to lead
    /// here, and to be in the certificate. Any other name would need a second way to be
    /// led here, and a real name of Salesforce would take the client, and the token that
    /// it sends, to Salesforce.
    ///
    /// A client that asks for the My Domain without a port is led here by something else
    /// than the name, such as curl's `--connect-to`, and gets what the org would say at
    /// Salesforce.
    pub(crate) fn url(&self, asked: &Authority) -> Cow<'_, str> {
        let host = asked.host();
        let port = asked.port().filter(|port| *port != self.usual_port());
        match (&self.public_url, port) {
            (Some(public), _) => Cow::Borrowed(&public.url),
            (None, None) if host == self.host => Cow::Owned(self.own_url()),
            (None, _) if !self.include(host) => Cow::Owned(self.own_url()),
            (None, None) => Cow::Owned(format!("{}://{host}", self.scheme)),
            (None, Some(port)) => Cow::Owned(format!("{}://{host}:{port}", self.scheme)),
        }
    }

    /// The port that a URL need not name.
    pub(crate) fn usual_port(&self) -> u16 {
        if self.scheme == "https" { 443 } else { 80 }
    }

    /// The org's URL for clients that are led to it.
    pub(crate) fn own_url(&self) -> String {
        match &self.public_url {
            Some(public) => public.url.clone(),
            None if self.scheme == "https" => format!("https://{}", self.host),
            None => format!("{}://{}:{}", self.scheme, self.host, self.port),
        }
    }

    /// All of them, each once.
    pub(crate) fn all(&self) -> Vec<&str> {
        let public = self.public_url.iter();
        let further = public
            .map(|public| public.authority.host())
            .chain(self.aliases.iter().map(String::as_str));
        let mut names: Vec<&str> = vec![&self.host];
        for name in further.chain(LOOPBACK) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The same, for people.
    pub(crate) fn list(&self) -> String {
        let names = self.all();
        match names.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("{} and {last}", others.join(", "))
            }
            _ => names.join(""),
        }
    }
}

/// A further host as [`Names`] has it: a DNS name or an address, without a port. An
/// underscore is no character of a host name (RFC 952), but of those that containers
/// have.
pub(crate) fn alias(text: &str) -> Option<String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match bare.unwrap_or(text).parse() {
        Ok(IpAddr::V6(address)) => Some(format!("[{address}]")),
        Ok(IpAddr::V4(address)) if bare.is_none() => Some(address.to_string()),
        _ => is_dns_name(text, "-_").then(|| text.to_ascii_lowercase()),
    }
}

/// Whether a text is a My Domain without the domain that Salesforce adds: labels of
/// letters, digits and hyphens.
pub(crate) fn is_my_domain(text: &str) -> bool {
    text.len() <= MY_DOMAIN_MAX && text.split('.').all(|label| is_label(label, "-"))
}

/// A name that ends in a number is none: clients take it for an address (URL Standard,
/// "ends in a number").
fn is_dns_name(text: &str, others: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= HOST_MAX
        && text.split('.').all(|label| is_label(label, others))
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and these others, with no hyphen at either end.
fn is_label(label: &str, others: &str) -> bool {
    (1..=LABEL_MAX).contains(&label.len())
        && label
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || others.contains(character))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests;
