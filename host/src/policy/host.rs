//! Which hosts are an org's own, and what a login is and answers.

use http::{Method, Uri};
use serde::Deserialize;
use sfbox_secret::{Host, key};

/// Whether a host can be one org's own at Salesforce. In each cloud the two where
/// every org's users log in are nobody's: whoever has an app and a user anywhere gets
/// an answer there that names an instance of theirs.
pub(crate) fn is_orgs(host: &str) -> bool {
    Host::parse(host).is_some_and(|host| !host.is_for_people())
}

/// The host where an org logs in, by its secret's members: its My Domain, or in the
/// layout of managed secrets the URL of it.
pub(crate) fn login_host(member: impl Fn(&str) -> Option<String>) -> Option<Host> {
    match member(key::DOMAIN) {
        Some(domain) => Host::from_my_domain(&domain),
        None => Host::from_login_origin(&member(key::BASE_URI)?),
    }
}

/// Whether a request is a login: a POST to the token endpoint.
pub(crate) fn is_login(method: &Method, uri: &Uri) -> bool {
    method == Method::POST && uri.path() == "/services/oauth2/token"
}

/// The host that a login's answer names as the org's instance.
pub(crate) fn issued_instance(body: &[u8]) -> Option<Host> {
    #[derive(Deserialize)]
    struct Answer {
        instance_url: String,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    Host::from_origin(&answer.instance_url)
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
    fn an_org_logs_in_where_its_secret_says() {
        let host = |name: &str, value: &str| {
            let host = login_host(|asked| (asked == name).then(|| value.to_owned()));
            host.map(|host| host.to_string())
        };
        let acme = Some("acme.my.salesforce.com".to_owned());
        for domain in ["acme.my", "Acme.My", "https://acme.my.salesforce.com/"] {
            assert_eq!(host("Domain", domain), acme, "{domain}");
        }
        assert_eq!(host("baseUri", "https://acme.my.salesforce.com"), acme);
        for (name, value) in [
            ("Domain", "evil.example/"),
            ("Domain", "login"),
            ("Domain", "https://login.sfcrmproducts.cn/"),
            ("baseUri", "acme.my"),
            ("baseUri", "https://evil.example"),
            ("baseUri", "https://test.salesforce.com"),
            ("Instance", "acme.my.salesforce.com"),
        ] {
            assert_eq!(host(name, value), None, "{name} {value}");
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
            let issued = issued_instance(body.as_bytes());
            assert_eq!(issued.as_ref().map(Host::as_str), host, "{body}");
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
