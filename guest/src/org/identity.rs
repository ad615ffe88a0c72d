//! The user and the org of a session. Source: REST API Developer Guide, "Resources by Version",
//! member `identity`; Salesforce Help, "Identity URLs".

use http::Method;
use serde::Deserialize;

use crate::answer::Answer;
use crate::call::{Call, Operation, Path};
use crate::error::Error;
use crate::rest;
use crate::token::Fingerprint;

/// Asks for the list of resources, which has the identity's URL.
pub(crate) struct Root;

/// `org.identity`, at the path of that URL.
pub(crate) struct Identity {
    pub(crate) path: String,
}

impl Operation for Root {
    type Output = Identity;

    fn call(&self) -> Result<Call, Error> {
        Ok(Call::get(Path::Versioned(String::new())))
    }

    /// The URL's host is the login host: the same path is at the org's own host, and the token
    /// is not sent elsewhere.
    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Identity, Error> {
        #[derive(Deserialize)]
        struct Resources {
            identity: String,
        }
        if !answer.is_success() {
            return Err(answer.failure());
        }
        let unnamed = || answer.unexpected("a list of resources without an identity");
        let resources: Resources = serde_json::from_slice(&answer.body).map_err(|_| unnamed())?;
        let path = resources.identity.find("/id/");
        let path = path.and_then(|at| resources.identity.get(at..));
        let path = path.map(str::to_owned).ok_or_else(unnamed)?;
        Ok(Identity { path })
    }
}

impl Operation for Identity {
    type Output = String;

    fn call(&self) -> Result<Call, Error> {
        rest::call(Method::GET, &self.path, Vec::new(), false)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<String, Error> {
        match answer.is_success() {
            true => answer.text("an identity"),
            false => Err(answer.failure()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;
    use crate::names::{ApiVersion, Host};
    use crate::token::AccessToken;

    #[test]
    fn an_identity_is_asked_for_at_the_orgs_own_host() {
        let token = AccessToken::parse("t").unwrap();
        let root = |url: &str| {
            let body = format!(r#"{{"identity":"{url}","limits":"/x"}}"#);
            Root.read(answer(200, "application/json", &body), token.fingerprint())
        };
        let path = "/id/00DSb0000000001AAA/005Sb0000000001AAA";
        let identity = root(&format!("https://login.salesforce.com{path}")).unwrap();
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = identity
            .call()
            .unwrap()
            .uri(&host, ApiVersion::DEFAULT)
            .unwrap();
        assert_eq!(
            uri.to_string(),
            format!("https://acme.my.salesforce.com{path}")
        );
        for url in [
            "https://login.salesforce.com/",
            "",
            "/services/oauth2/userinfo",
        ] {
            assert!(root(url).is_err(), "{url}");
        }
        let elsewhere = root("https://evil.example/id/../services/oauth2/revoke").unwrap();
        assert!(elsewhere.call().is_err());
    }
}
