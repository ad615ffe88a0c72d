//! Which names a request may go to. Pure, but for the pin's memory.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use crate::policy;

/// HTTPS's, where an entry names none.
const DEFAULT_PORT: u16 = 443;

/// The longest host name (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// How many instances that a login named are remembered: the one before a
/// migration, and the one after it.
const ISSUED_MAX: usize = 2;

/// An operator's entry: a host and a port.
///
/// | text | host | port |
/// |---|---|---|
/// | `files.example` | `files.example` | 443 |
/// | `files.example:8443` | `files.example` | 8443 |
///
/// A name is matched whole and without case; there are no wildcards, and an
/// address is no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    host: String,
    port: u16,
}

/// Text that is no [`AllowedHost`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected HOST or HOST:PORT, as in `files.example:8443`; addresses and wildcards are not allowed"
)]
pub struct AllowedHostError;

impl FromStr for AllowedHost {
    type Err = AllowedHostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, parse_port(port).ok_or(AllowedHostError)?),
            None => (text, DEFAULT_PORT),
        };
        let host = parse_name(host).ok_or(AllowedHostError)?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}

/// A port as digits alone; 0 is none.
pub(super) fn parse_port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

/// A host name in lower case; an address, which ends in a number, is none.
pub(super) fn parse_name(text: &str) -> Option<String> {
    let labels = text.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let last = text.rsplit('.').next()?;
    let address = last.bytes().all(|byte| byte.is_ascii_digit());
    (labels && !address && text.len() <= HOST_BYTES_MAX).then(|| text.to_ascii_lowercase())
}

/// Where the requests of one org may go: to the host that its secret logs in at,
/// to the instances that the secret or a login names, and to the operator's
/// entries. Nothing at first.
#[derive(Debug)]
pub struct Pin {
    operators: Vec<AllowedHost>,
    learned: Mutex<Learned>,
}

#[derive(Debug, Default)]
struct Learned {
    login: Option<String>,
    stored: Option<String>,
    issued: VecDeque<String>,
}

impl Pin {
    /// A pin with the operator's entries alone.
    pub(crate) fn new(operators: Vec<AllowedHost>) -> Self {
        Self {
            operators,
            learned: Mutex::default(),
        }
    }

    /// What the org's secret says: the host it logs in at, and the instance that
    /// is stored in it. Hosts that are not Salesforce's are not learned.
    pub(crate) fn learn_secret(&self, login: Option<&str>, stored: Option<&str>) {
        let mut learned = self.learned();
        learned.login = login.and_then(salesforce_name);
        learned.stored = stored.and_then(salesforce_name);
    }

    /// What a login at the org's own host answered.
    pub(crate) fn learn_issued(&self, host: &str) {
        let Some(host) = salesforce_name(host) else {
            return;
        };
        let mut learned = self.learned();
        if learned.issued.contains(&host) {
            return;
        }
        if learned.issued.len() == ISSUED_MAX {
            learned.issued.pop_front();
        }
        learned.issued.push_back(host);
    }

    /// Whether the org logs in at this host, which is at HTTPS's own port.
    pub(crate) fn is_login(&self, host: &str, port: Option<u16>) -> bool {
        port.is_none_or(|port| port == DEFAULT_PORT)
            && self.learned().login.as_deref() == Some(host)
    }

    /// Whether `host` is one of the org's own.
    pub(crate) fn is_own(&self, host: &str) -> bool {
        let learned = self.learned();
        let own = learned
            .login
            .iter()
            .chain(&learned.stored)
            .chain(&learned.issued);
        let mut own = own.map(String::as_str);
        own.any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Whether a request over HTTPS may go to `host` at `port`.
    pub(crate) fn permits(&self, host: &str, port: Option<u16>) -> bool {
        let port = port.unwrap_or(DEFAULT_PORT);
        // An entry is always a valid host name, so text that is none equals no entry.
        let operators = self
            .operators
            .iter()
            .any(|entry| entry.host.eq_ignore_ascii_case(host) && entry.port == port);
        operators || (port == DEFAULT_PORT && self.is_own(host))
    }

    fn learned(&self) -> std::sync::MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn salesforce_name(host: &str) -> Option<String> {
    parse_name(host).filter(|host| policy::is_orgs(host))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pin() -> Pin {
        let pin = Pin::new(vec!["Files.Example:8443".parse().unwrap()]);
        pin.learn_secret(Some("acme.my.salesforce.com"), Some("na1.salesforce.com"));
        pin
    }

    #[test]
    fn the_orgs_own_hosts_and_the_operators_are_permitted() {
        for (host, port) in [
            ("acme.my.salesforce.com", None),
            ("ACME.my.salesforce.com", Some(443)),
            ("na1.salesforce.com", None),
            ("files.example", Some(8443)),
        ] {
            assert!(pin().permits(host, port), "{host}");
        }
    }

    #[test]
    fn an_orgs_hosts_in_china_are_permitted() {
        let pin = Pin::new(vec![]);
        pin.learn_secret(Some("acme.my.sfcrmproducts.cn"), None);
        assert!(pin.is_login("acme.my.sfcrmproducts.cn", None));
        assert!(pin.is_login("acme.my.sfcrmproducts.cn", Some(443)));
        assert!(!pin.is_login("acme.my.sfcrmproducts.cn", Some(8443)));
        for (host, permitted) in [
            ("acme.my.sfcrmproducts.cn", true),
            ("other.my.sfcrmproducts.cn", false),
            ("acme.my.salesforce.com", false),
        ] {
            assert_eq!(pin.permits(host, None), permitted, "{host}");
        }
    }

    #[test]
    fn nothing_else_is_permitted() {
        for (host, port) in [
            ("acme.my.salesforce.com", Some(8443)),
            ("acme.my.salesforce.com.", None),
            ("acme.my.salesforce.com.evil.example", None),
            ("other.my.salesforce.com", None),
            ("x.acme.my.salesforce.com", None),
            ("salesforce.com", None),
            ("files.example", None),
            ("evil.example", None),
            ("127.0.0.1", None),
            ("127.0.0.1", Some(8443)),
            ("2130706433", None),
            ("[::1]", None),
            ("[::ffff:127.0.0.1]", None),
            ("169.254.169.254", None),
            ("user@acme.my.salesforce.com", None),
            ("", None),
        ] {
            assert!(!pin().permits(host, port), "{host}");
        }
        assert!(
            !Pin::new(vec![]).permits("acme.my.salesforce.com", None),
            "empty denies all"
        );
    }

    #[test]
    fn hosts_that_are_not_salesforces_are_not_learned() {
        let pin = Pin::new(vec![]);
        pin.learn_secret(Some("login.salesforce.com"), Some("test.salesforce.com"));
        assert!(!pin.is_login("login.salesforce.com", None));
        for host in ["login.salesforce.com", "test.salesforce.com"] {
            assert!(!pin.permits(host, None));
        }
        pin.learn_secret(
            Some("login.sfcrmproducts.cn"),
            Some("test.sfcrmproducts.cn"),
        );
        assert!(!pin.is_login("login.sfcrmproducts.cn", None));
        for host in ["login.sfcrmproducts.cn", "test.sfcrmproducts.cn"] {
            assert!(!pin.permits(host, None));
        }
        pin.learn_secret(Some("evil.example"), Some("127.0.0.1"));
        pin.learn_issued("evil.example");
        for host in ["evil.example", "127.0.0.1"] {
            assert!(!pin.permits(host, None));
        }
    }

    #[test]
    fn the_last_two_instances_that_logins_named_are_known() {
        let pin = pin();
        for host in [
            "a.salesforce.com",
            "b.salesforce.com",
            "b.salesforce.com",
            "c.salesforce.com",
        ] {
            pin.learn_issued(host);
        }
        assert!(!pin.permits("a.salesforce.com", None));
        assert!(pin.permits("b.salesforce.com", None) && pin.permits("c.salesforce.com", None));
    }

    #[test]
    fn an_entry_is_a_name_and_maybe_a_port() {
        for (text, shown) in [
            ("files.example", Some("files.example:443")),
            ("FILES.example:1", Some("files.example:1")),
            ("localhost:65535", Some("localhost:65535")),
            ("files.example:0", None),
            ("files.example:65536", None),
            ("files.example:", None),
            ("files.example:+1", None),
            ("https://files.example", None),
            ("files.example/", None),
            ("*.example", None),
            ("u@files.example", None),
            ("files.example.", None),
            ("127.0.0.1:8443", None),
            ("[::1]:8443", None),
            ("", None),
        ] {
            let parsed = text
                .parse::<AllowedHost>()
                .ok()
                .map(|host| host.to_string());
            assert_eq!(parsed.as_deref(), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_entry_that_is_shown_is_parsed_again(text in "[A-Za-z0-9.:-]{0,24}") {
            if let Ok(entry) = text.parse::<AllowedHost>() {
                prop_assert_eq!(entry.to_string().parse::<AllowedHost>().unwrap(), entry);
            }
        }

        #[test]
        fn nothing_outside_the_list_is_permitted(host in "[a-zA-Z0-9.@:/#%\\[\\]-]{0,30}") {
            let listed = ["acme.my.salesforce.com", "na1.salesforce.com"];
            prop_assume!(!listed.contains(&host.to_ascii_lowercase().as_str()));
            prop_assert!(!pin().permits(&host, None));
        }
    }
}
