//! The answer to a request that is addressed to somebody else.
//!
//! A browser sends what a page asks for to every name that the page's owner points at this
//! machine (DNS rebinding), and tells in `Host` which name that was. So a request under
//! any other name than the org's is refused before anything of it counts.

use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::authority::Authority;
use crate::error::ApiError;
use crate::names::{DOMAIN, DOMAIN_IN_CHINA, LOGIN_HOSTS, Names};

/// What an unknown My Domain gives: Salesforce's edge has no route for it.
const UNKNOWN_HOST: u16 = 420;

/// The code of a refusal in the API's form. The emulator's own: Salesforce has none.
const CODE: &str = "MISDIRECTED_REQUEST";

/// The answer to a request for this path, unless the org has the name that it is
/// addressed to. The form is what a client of the path reads, so that it shows the words.
pub(crate) fn refusal(path: &str, asked: Option<&Authority>, names: &Names) -> Option<Answer> {
    let host = asked.map(Authority::host).unwrap_or_default();
    if names.include(host) || LOGIN_HOSTS.contains(&host) {
        return None;
    }
    let served = names.list();
    let (status, words) = (StatusCode::MISDIRECTED_REQUEST, words(asked, &served));
    Some(
        if [DOMAIN, DOMAIN_IN_CHINA]
            .iter()
            .any(|domain| host.ends_with(domain))
        {
            unknown_host(&served)
        } else if path.starts_with("/services/oauth2/") {
            // In the form of RFC 6749, section 5.2.
            let body = json!({"error": "invalid_request", "error_description": words});
            Answer::json(status, &body).unexpected()
        } else {
            ApiError::client(status, CODE, words).into()
        },
    )
}

fn words(asked: Option<&Authority>, served: &str) -> String {
    match asked {
        None => {
            format!("the request names no host, or more than one; this org is served as {served}")
        }
        Some(asked) => format!(
            "this org is served as {served}, and not as {host}; \
             `sfbox emulate --host {host}` adds that name",
            host = asked.host()
        ),
    }
}

/// Salesforce's own answer, for names that nobody else can point at this machine.
fn unknown_host(served: &str) -> Answer {
    let status = StatusCode::from_u16(UNKNOWN_HOST).unwrap_or(StatusCode::NOT_FOUND);
    let words =
        format!("No routing information for this request host; this org is served as {served}");
    Answer::page(status, &words)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const NAMES: &str = "acme.my.salesforce.com, alias.example, localhost, 127.0.0.1 and [::1]";

    fn answer(path: &str, asked: &str) -> Option<Answer> {
        let names = Names {
            host: "acme.my.salesforce.com".to_owned(),
            aliases: vec!["alias.example".to_owned()],
            scheme: "https",
            port: 8_443,
            public_url: None,
        };
        refusal(path, Authority::parse(asked).as_ref(), &names)
    }

    #[test]
    fn the_orgs_names_pass_with_any_port() {
        for asked in [
            "acme.my.salesforce.com",
            "ACME.my.salesforce.com:8443",
            "alias.example:1",
            "localhost",
            "127.0.0.1:8443",
            "[::1]:8443",
            "login.salesforce.com",
            "test.salesforce.com:443",
        ] {
            assert!(answer("/services/data", asked).is_none(), "{asked}");
        }
    }

    #[test]
    fn any_other_name_is_refused_in_the_form_of_the_path() {
        for asked in [
            "evil.example:8443",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "acme.my.salesforce.com.evil.example",
            "127.0.0.2",
            "[::2]",
            "0.0.0.0",
        ] {
            let refused = answer("/services/data/v66.0/query", asked).expect(asked);
            assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST);
            let json: Value = serde_json::from_slice(&refused.body).expect("JSON");
            assert_eq!(json[0]["errorCode"], CODE);
            let words = json[0]["message"].as_str().expect("words");
            assert!(words.contains(NAMES), "{words}");
            let refused = answer("/services/oauth2/token", asked).expect(asked);
            assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST);
            let json: Value = serde_json::from_slice(&refused.body).expect("JSON");
            assert_eq!(json["error"], "invalid_request");
            assert_eq!(json["error_description"], words);
        }
        let refused = answer("/services/data", "").expect("a refusal");
        assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST);
    }

    #[test]
    fn a_name_of_salesforce_is_refused_as_by_salesforce() {
        for asked in ["other.my.salesforce.com", "other.my.sfcrmproducts.cn:443"] {
            let refused = answer("/services/oauth2/token", asked).expect(asked);
            assert_eq!(refused.status.as_u16(), UNKNOWN_HOST);
            let page = String::from_utf8_lossy(&refused.body);
            assert!(page.contains(NAMES), "{page}");
        }
    }
}
