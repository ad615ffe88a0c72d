//! Salesforce's hosts: which names are theirs, and how a secret or an answer names one.
//! Parsing is the only way to make one; after it nothing checks again.

use std::fmt;

/// The longest host name (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// The longest label of a host name (RFC 1035, section 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// What the names of Salesforce's hosts end with: its own cloud, that of the US government's
/// military, and that of Alibaba in China (simple-salesforce, PR 799; sfdx-core,
/// PR 1039). A My Domain without a suffix is in the first.
pub const SUFFIXES: [&str; 3] = [".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn"];

/// The hosts where people log in, before the suffix. They do not serve the client
/// credentials flow.
const FOR_PEOPLE: [&str; 2] = ["login", "test"];

/// A host of Salesforce, such as `acme.my.salesforce.com`: lower case, no port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// A bare host name of one of Salesforce's clouds, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.to_ascii_lowercase();
        let known = SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
        (known && name.len() <= HOST_BYTES_MAX && is_name(&name)).then_some(Self(name))
    }

    /// The host of an origin: `https://`, a bare host, and at most a slash. No
    /// user, port, path, query.
    pub fn from_origin(url: &str) -> Option<Self> {
        let host = url.strip_prefix("https://")?;
        Self::parse(host.strip_suffix('/').unwrap_or(host))
    }

    /// The host of a My Domain: `acme.my` is `acme.my.salesforce.com`. Its whole
    /// host and its URL are what people copy, and are understood too. The hosts for
    /// people, `login` and `test`, are refused.
    pub fn from_my_domain(domain: &str) -> Option<Self> {
        let lower = domain.to_ascii_lowercase();
        let host = match lower.strip_prefix("https://") {
            Some(host) => host.strip_suffix('/').unwrap_or(host),
            None => &lower,
        };
        let (name, suffix) = SUFFIXES
            .iter()
            .find_map(|suffix| Some((host.strip_suffix(*suffix)?, *suffix)))
            .unwrap_or((host, *SUFFIXES.first()?));
        let numeric = name.rsplit('.').next().is_some_and(is_number);
        if !is_name(name) || numeric {
            return None;
        }
        Self::parse(&format!("{name}{suffix}")).filter(|host| !host.is_for_people())
    }

    /// The host of a login's origin: as [`Self::from_origin`], and no host for
    /// people.
    pub fn from_login_origin(url: &str) -> Option<Self> {
        Self::from_origin(url).filter(|host| !host.is_for_people())
    }

    /// Whether the users of every org log in there, and no app.
    pub fn is_for_people(&self) -> bool {
        let name = SUFFIXES
            .iter()
            .find_map(|suffix| self.0.strip_suffix(*suffix));
        name.is_some_and(|name| FOR_PEOPLE.contains(&name))
    }

    /// As it stands in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// `label(.label)*` of letters, digits and hyphens.
fn is_name(text: &str) -> bool {
    text.split('.').all(|label| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// As the last label of an address: no name ends in one.
fn is_number(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_my_domain_becomes_a_host_of_salesforce() {
        for (domain, host) in [
            ("acme.my", "acme.my.salesforce.com"),
            (
                "Acme--UAT.sandbox.my",
                "acme--uat.sandbox.my.salesforce.com",
            ),
            ("acme", "acme.salesforce.com"),
            ("evil.example", "evil.example.salesforce.com"),
            ("acme.my.salesforce.com", "acme.my.salesforce.com"),
            ("Acme.My.Salesforce.com", "acme.my.salesforce.com"),
            ("acme.my.salesforce.mil", "acme.my.salesforce.mil"),
            ("acme.my.sfcrmproducts.cn", "acme.my.sfcrmproducts.cn"),
            (
                "https://Acme--UAT.sandbox.my.sfcrmproducts.cn/",
                "acme--uat.sandbox.my.sfcrmproducts.cn",
            ),
            ("https://acme.my.salesforce.com", "acme.my.salesforce.com"),
            ("https://acme.my.salesforce.com/", "acme.my.salesforce.com"),
            ("https://acme.my", "acme.my.salesforce.com"),
        ] {
            assert_eq!(Host::from_my_domain(domain).unwrap().as_str(), host);
        }
    }

    #[test]
    fn a_tampered_my_domain_is_refused() {
        for domain in [
            "",
            ".",
            "a..b",
            "evil.example/",
            "evil.example#",
            "evil.example?",
            "a@b",
            "a:1",
            "127.0.0.1",
            "[::1]",
            "login",
            "TEST",
            "login.salesforce.com",
            "https://test.salesforce.com/",
            "https://login.salesforce.mil",
            "login.sfcrmproducts.cn",
            "https://TEST.sfcrmproducts.cn/",
            "sfcrmproducts.cn/",
            ".sfcrmproducts.cn",
            "127.0.0.1.sfcrmproducts.cn",
            "salesforce.com/",
            ".salesforce.com",
            "127.0.0.1.salesforce.com",
            "http://acme.my.salesforce.com",
            "https://acme.my.salesforce.com//",
            "https://acme.my.salesforce.com/x",
            "https://u@acme.my.salesforce.com",
            "https://",
            "acme.my.salesforce.com/",
            "acme.my.salesforce.com:443",
            "-a",
            "a-",
            "a b",
            "a\n",
            "é",
            "a%2e",
            "a\\b",
            &"a".repeat(64),
        ] {
            assert_eq!(Host::from_my_domain(domain), None, "{domain:?}");
        }
    }

    #[test]
    fn an_instance_is_a_bare_host_under_salesforce() {
        for (instance, accepted) in [
            ("acme.my.salesforce.com", true),
            ("NA123.salesforce.com", true),
            ("acme.my.salesforce.mil", true),
            ("acme.my.sfcrmproducts.cn", true),
            ("sfcrmproducts.cn", false),
            ("evilsfcrmproducts.cn", false),
            ("acme.my.sfcrmproducts.cn.evil.example", false),
            ("acme.my.sfcrmproducts.com", false),
            ("salesforce.com", false),
            (".salesforce.com", false),
            ("evil.example", false),
            ("evilsalesforce.com", false),
            ("acme.my.salesforce.com.evil.example", false),
            ("evil.example/.salesforce.com", false),
            ("evil.example#.salesforce.com", false),
            ("evil.example?.salesforce.com", false),
            ("x@acme.my.salesforce.com", false),
            ("acme.my.salesforce.com:8443", false),
            ("acme.my.salesforce.com.", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(Host::parse(instance).is_some(), accepted, "{instance}");
        }
    }

    #[test]
    fn an_origin_has_nothing_but_a_host() {
        for (url, accepted) in [
            ("https://acme.my.salesforce.com", true),
            ("https://acme.my.salesforce.com/", true),
            ("http://acme.my.salesforce.com", false),
            ("https://acme.my.salesforce.com//", false),
            ("https://acme.my.salesforce.com/x", false),
            ("https://acme.my.salesforce.com:443", false),
            ("https://u:p@acme.my.salesforce.com", false),
            ("https://acme.my.salesforce.com?x", false),
            ("//acme.my.salesforce.com", false),
            ("acme.my.salesforce.com", false),
        ] {
            assert_eq!(Host::from_origin(url).is_some(), accepted, "{url}");
            assert_eq!(Host::from_login_origin(url).is_some(), accepted, "{url}");
        }
    }

    #[test]
    fn no_app_logs_in_where_people_do() {
        for cloud in ["salesforce.com", "salesforce.mil", "sfcrmproducts.cn"] {
            for (name, accepted) in [
                ("acme.my", true),
                ("login.my", true),
                ("login", false),
                ("Test", false),
            ] {
                let url = format!("https://{name}.{cloud}");
                let host = Host::from_login_origin(&url);
                assert_eq!(host.is_some(), accepted, "{url}");
                assert_eq!(Host::from_my_domain(&url), host, "{url}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_accepted_name_can_change_a_url(text in ".{0,80}") {
            for host in [Host::parse(&text), Host::from_my_domain(&text), Host::from_origin(&text)]
                .into_iter()
                .flatten()
            {
                prop_assert!(!host.as_str().contains(['/', '?', '#', '%', '@', ':', '\\', ' ']));
                prop_assert!(SUFFIXES.iter().any(|suffix| host.as_str().ends_with(suffix)));
            }
        }
    }
}
