//! An org's My Domain: what tells it from every other.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sfbox_secret::{Host, SUFFIXES};

/// What follows a My Domain in a host name, where a secret need not say it.
const SUFFIX: &str = SUFFIXES[0];

/// The part before `.salesforce.com`, in lower case, as in `acme.my` or
/// `acme--test.sandbox.my`; in another cloud the whole host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct MyDomain(String);

/// Why a text names no My Domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MyDomainError {
    /// The two hosts where the flow is not available.
    #[error(
        "the users of every org log in there, but programs cannot: use the org's own My Domain, as \
         in `acme.my` (Setup → My Domain)"
    )]
    Shared,
    /// Anything else.
    #[error(
        "expected the org's My Domain, as in `acme.my` or `https://acme.my.salesforce.com` (Setup → \
         My Domain → Current My Domain URL)"
    )]
    Other,
}

impl FromStr for MyDomain {
    type Err = MyDomainError;

    /// Takes what people have at hand: the My Domain, its host, its URL.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.to_ascii_lowercase();
        let host = text.strip_prefix("https://").unwrap_or(&text);
        let host = host.strip_suffix('/').unwrap_or(host);
        let known = SUFFIXES
            .iter()
            .find_map(|suffix| Some((host.strip_suffix(suffix)?, *suffix)));
        let (domain, suffix) = known.unwrap_or((host, SUFFIX));
        let host = Host::parse(&format!("{domain}{suffix}")).ok_or(MyDomainError::Other)?;
        if host.is_for_people() {
            return Err(MyDomainError::Shared);
        }
        // Every org has had one since 2022, and all of them end so (Salesforce
        // Help, "My Domain URL Formats").
        if !domain.ends_with(".my") {
            return Err(MyDomainError::Other);
        }
        match suffix {
            SUFFIX => Ok(Self(domain.to_owned())),
            _ => Ok(Self(host.as_str().to_owned())),
        }
    }
}

impl MyDomain {
    /// As it is in a secret's `Domain`.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is in a secret's `baseUri`.
    pub(super) fn url(&self) -> String {
        match self.is_in_another_cloud() {
            true => format!("https://{}", self.0),
            false => format!("https://{}{SUFFIX}", self.0),
        }
    }

    /// Whether its hosts are not under `salesforce.com`.
    pub(super) fn is_in_another_cloud(&self) -> bool {
        SUFFIXES.iter().any(|suffix| self.0.ends_with(suffix))
    }
}

impl fmt::Display for MyDomain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The longest host name, and the longest label of one (RFC 1035, section 2.3.4).
    const HOST_BYTES_MAX: usize = 253;
    const LABEL_BYTES_MAX: usize = 63;

    #[test]
    fn what_people_have_at_hand_becomes_a_my_domain() {
        for (text, domain) in [
            ("acme.my", "acme.my"),
            ("acme.my.salesforce.com", "acme.my"),
            ("https://acme.my.salesforce.com", "acme.my"),
            ("https://acme.my.salesforce.com/", "acme.my"),
            ("HTTPS://Acme.My.Salesforce.com/", "acme.my"),
            ("acme--test.sandbox.my", "acme--test.sandbox.my"),
            (
                "https://acme-dev-ed.develop.my.salesforce.com",
                "acme-dev-ed.develop.my",
            ),
        ] {
            assert_eq!(
                text.parse().as_ref().map(MyDomain::as_str),
                Ok(domain),
                "{text}"
            );
        }
    }

    #[test]
    fn an_org_in_another_cloud_keeps_its_whole_host() {
        for (text, domain) in [
            ("acme.my.sfcrmproducts.cn", "acme.my.sfcrmproducts.cn"),
            (
                "https://Acme--Test.sandbox.my.sfcrmproducts.cn/",
                "acme--test.sandbox.my.sfcrmproducts.cn",
            ),
            ("acme.my.salesforce.mil", "acme.my.salesforce.mil"),
        ] {
            let parsed: MyDomain = text.parse().unwrap();
            assert_eq!(parsed.as_str(), domain);
            assert_eq!(parsed.url(), format!("https://{domain}"));
            assert!(parsed.is_in_another_cloud());
        }
        assert!(!"acme.my".parse::<MyDomain>().unwrap().is_in_another_cloud());
    }

    #[test]
    fn what_is_none_is_refused_and_the_shared_hosts_by_name() {
        for text in [
            "login",
            "test",
            "login.salesforce.com",
            "https://test.salesforce.com/",
            "LOGIN.salesforce.com",
            "login.sfcrmproducts.cn",
            "https://test.sfcrmproducts.cn/",
            "login.salesforce.mil",
        ] {
            assert_eq!(
                text.parse::<MyDomain>(),
                Err(MyDomainError::Shared),
                "{text}"
            );
        }
        let long = format!("{}.my", "a".repeat(LABEL_BYTES_MAX + 1));
        for text in [
            "",
            "my",
            ".my",
            "acme",
            "acme.my.",
            "na139.salesforce.com",
            "acme.lightning.force.com",
            "acme.my.salesforce.com.evil.example",
            "acme.my.sfcrmproducts.cn.evil.example",
            "acme.sfcrmproducts.cn",
            "acme.my.sfcrmproducts.com",
            "acme.my.salesforce.com.sfcrmproducts.cn",
            "http://acme.my.salesforce.com",
            "https://acme.my.salesforce.com/lightning/page/home",
            "https://u@acme.my.salesforce.com",
            "acme.my:443",
            "acme.my.salesforce.com//",
            " acme.my",
            "acme_1.my",
            "-acme.my",
            "é.my",
            &long,
        ] {
            assert_eq!(
                text.parse::<MyDomain>(),
                Err(MyDomainError::Other),
                "{text}"
            );
        }
    }

    #[test]
    fn a_host_name_of_the_limit_is_one_and_a_longer_is_not() {
        let label = "a".repeat(LABEL_BYTES_MAX);
        for suffix in [".salesforce.com", ".sfcrmproducts.cn"] {
            let of = |bytes: usize| {
                let mut domain = format!("{label}.{label}.{label}.");
                let rest = bytes - suffix.len() - domain.len() - ".my".len();
                domain.push_str(&"b".repeat(rest));
                format!("{domain}.my{suffix}").parse::<MyDomain>()
            };
            assert!(of(HOST_BYTES_MAX).is_ok());
            assert!(of(HOST_BYTES_MAX + 1).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_safe_in_a_url(text in ".{0,40}|[a-z.-]{0,20}\\.my") {
            let Ok(domain) = text.parse::<MyDomain>() else { return Ok(()) };
            let is_safe = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            prop_assert!(domain.as_str().bytes().all(is_safe), "{}", domain);
        }

        #[test]
        fn every_spelling_means_the_same(label in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?") {
            let domain: MyDomain = format!("{label}.my").parse().unwrap();
            let host = format!("{domain}{SUFFIX}");
            for text in [domain.as_str(), &host, &domain.url(), &domain.url().to_uppercase()] {
                prop_assert_eq!(text.parse::<MyDomain>(), Ok(domain.clone()));
            }
        }
    }
}
