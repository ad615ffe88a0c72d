//! Which hosts are an org's own, and what a login is and answers.

use http::{Method, Uri};
use serde::Deserialize;

/// Whether a host can be one org's own at Salesforce, by its name in lower case.
/// In each cloud the two where every org's users log in are nobody's: whoever has
/// an app and a user anywhere gets an answer there that names an instance of theirs.
pub(crate) fn is_orgs(host: &str) -> bool {
    let mut names = SUFFIXES
        .iter()
        .filter_map(|suffix| host.strip_suffix(suffix));
    names.any(|name| !matches!(name, "login" | "test"))
}

/// Where Salesforce's hosts are: its own cloud, that of the US government's
/// military, and that of Alibaba in China (simple-salesforce, PR 799; sfdx-core,
/// PR 1039).
const SUFFIXES: [&str; 3] = [".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn"];

/// The host of a My Domain, as a secret's `Domain` names it: by itself, by its
/// whole host, or by its URL.
pub(crate) fn my_domain_host(domain: &str) -> String {
    let lower = domain.to_ascii_lowercase();
    let host = match lower.strip_prefix("https://") {
        Some(host) => host.strip_suffix('/').unwrap_or(host),
        None => &lower,
    };
    if SUFFIXES.iter().any(|suffix| host.ends_with(suffix)) {
        return host.to_owned();
    }
    format!("{host}{}", SUFFIXES[0])
}

/// The host of an origin: `https://`, a host, at most a slash.
pub(crate) fn origin_host(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?;
    Some(host.strip_suffix('/').unwrap_or(host))
}

/// Whether a request is a login: a POST to the token endpoint.
pub(crate) fn is_login(method: &Method, uri: &Uri) -> bool {
    method == Method::POST && uri.path() == "/services/oauth2/token"
}

/// The host that a login's answer names as the org's instance.
pub(crate) fn issued_instance(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        instance_url: String,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    Some(origin_host(&answer.instance_url)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_post_to_the_token_endpoint_is_a_login() {
        let login = |method: Method, uri: &str| is_login(&method, &uri.parse().unwrap());
        assert!(login(
            Method::POST,
            "https://a.my.salesforce.com/services/oauth2/token"
        ));
        assert!(login(
            Method::POST,
            "https://a.my.salesforce.com/services/oauth2/token?x"
        ));
        assert!(!login(
            Method::GET,
            "https://a.my.salesforce.com/services/oauth2/token"
        ));
        assert!(!login(
            Method::POST,
            "https://a.my.salesforce.com/services/oauth2/tokens"
        ));
        assert!(!login(
            Method::POST,
            "https://a.my.salesforce.com/services/data/v66.0/query"
        ));
    }

    #[test]
    fn a_my_domain_is_named_as_people_have_it() {
        for domain in [
            "acme.my",
            "Acme.My",
            "acme.my.salesforce.com",
            "https://acme.my.salesforce.com",
            "https://acme.my.salesforce.com/",
        ] {
            assert_eq!(my_domain_host(domain), "acme.my.salesforce.com", "{domain}");
        }
        for whole in ["acme.my.salesforce.mil", "acme.my.sfcrmproducts.cn"] {
            assert_eq!(my_domain_host(whole), whole);
        }
        // No host by that name passes.
        for domain in [
            "evil.example/",
            "login",
            "https://test.salesforce.com/",
            "https://login.sfcrmproducts.cn/",
        ] {
            let host = my_domain_host(domain);
            assert!(host.contains('/') || !is_orgs(&host), "{host}");
        }
    }

    #[test]
    fn an_instance_is_an_https_origin() {
        for (body, host) in [
            (
                r#"{"access_token":"x","instance_url":"https://na1.salesforce.com"}"#,
                Some("na1.salesforce.com"),
            ),
            (
                r#"{"instance_url":"https://na1.salesforce.com/"}"#,
                Some("na1.salesforce.com"),
            ),
            (r#"{"instance_url":"http://na1.salesforce.com"}"#, None),
            (r#"{"instance_url":7}"#, None),
            (r#"{"error":"invalid_client"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(issued_instance(body.as_bytes()).as_deref(), host, "{body}");
        }
    }

    #[test]
    fn names_that_only_look_like_an_orgs_are_not() {
        for (host, is) in [
            ("a.my.salesforce.com", true),
            ("a.my.salesforce.mil", true),
            ("a.my.sfcrmproducts.cn", true),
            ("login.my.sfcrmproducts.cn", true),
            ("login.salesforce.mil", false),
            ("login.sfcrmproducts.cn", false),
            ("test.sfcrmproducts.cn", false),
            ("sfcrmproducts.cn", false),
            ("evilsfcrmproducts.cn", false),
            ("a.my.sfcrmproducts.cn.evil.example", false),
            ("login.salesforce.com", false),
            ("test.salesforce.com", false),
            ("salesforce.com", false),
            ("evilsalesforce.com", false),
            ("a.my.salesforce.com.evil.example", false),
        ] {
            assert_eq!(is_orgs(host), is, "{host}");
        }
    }
}
