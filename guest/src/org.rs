//! What an org is: requests built, answers read. Source: REST API Developer Guide, "sObject
//! Describe", "Describe Global", "Limits", "Versions".

mod descriptions;
mod identity;
mod types;

use http::header::{DATE, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, LAST_MODIFIED};

use crate::answer::Answer;
use crate::call::{Call, Operation, Path};
use crate::error::Error;
use crate::names::ObjectName;
use crate::token::Fingerprint;
pub(crate) use descriptions::{Description, Descriptions, Subject};
pub(crate) use identity::Root;
pub(crate) use types::Types;

/// `org.describe` and `org.describe-all`, when a description is known or not.
pub(crate) struct Describe<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) known: Option<&'a HeaderValue>,
}

/// What is read whole, and says nothing of the session's records.
pub(crate) enum Fact {
    Limits,
    Versions,
}

impl Subject {
    /// An object, or with `None` all of them.
    ///
    /// # Errors
    ///
    /// A name that no object can have.
    pub(crate) fn new(object: Option<&str>, tooling: bool) -> Result<Self, Error> {
        let root = if tooling {
            "tooling/sobjects"
        } else {
            "sobjects"
        };
        Ok(Self(match object {
            Some(object) => format!("{root}/{}/describe", ObjectName::parse(object)?),
            None => root.to_owned(),
        }))
    }
}

impl Operation for Describe<'_> {
    /// `None`: it has not changed.
    type Output = Option<Description>;

    fn call(&self) -> Result<Call, Error> {
        let call = Call::get(Path::Versioned(self.subject.0.clone()));
        Ok(match self.known {
            Some(date) => call.header(IF_MODIFIED_SINCE, date.clone()),
            None => call,
        })
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Self::Output, Error> {
        match answer.status {
            304 if self.known.is_some() => Ok(None),
            200..300 => Ok(Some(Description {
                body: answer.text("a description")?,
                date: date(&answer.headers),
            })),
            _ => Err(answer.failure()),
        }
    }
}

/// The date to ask with whether an answer has changed (RFC 9110, section 13.1.3).
fn date(headers: &HeaderMap) -> Option<HeaderValue> {
    let date = headers.get(LAST_MODIFIED).or_else(|| headers.get(DATE))?;
    httpdate::parse_http_date(date.to_str().ok()?).ok()?;
    Some(date.clone())
}

impl Operation for Fact {
    type Output = String;

    fn call(&self) -> Result<Call, Error> {
        Ok(match self {
            Self::Limits => Call::get(Path::Versioned("limits".to_owned())),
            Self::Versions => Call::get(Path::Whole("/services/data".to_owned())).public(),
        })
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<String, Error> {
        match answer.is_success() {
            true => answer.text("the answer"),
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

    fn path(call: Result<Call, Error>) -> String {
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = call.unwrap().uri(&host, ApiVersion::DEFAULT).unwrap();
        uri.path().to_owned()
    }

    #[test]
    fn each_fact_has_its_resource() {
        let describe = |object, tooling| {
            let subject = Subject::new(object, tooling).unwrap();
            let known = None;
            path(
                Describe {
                    subject: &subject,
                    known,
                }
                .call(),
            )
        };
        let base = "/services/data/v66.0";
        assert_eq!(
            describe(Some("Account"), false),
            format!("{base}/sobjects/Account/describe")
        );
        assert_eq!(describe(None, false), format!("{base}/sobjects"));
        assert_eq!(describe(None, true), format!("{base}/tooling/sobjects"));
        assert_eq!(path(Fact::Limits.call()), format!("{base}/limits"));
        assert_eq!(path(Fact::Versions.call()), "/services/data");
        for name in ["../", "Account?x=", "", "//evil.example/x"] {
            assert!(Subject::new(Some(name), false).is_err(), "{name}");
        }
    }

    #[test]
    fn a_description_that_has_not_changed_is_not_sent_again() {
        let subject = Subject::new(Some("Account"), false).unwrap();
        let token = AccessToken::parse("t").unwrap();
        let date = HeaderValue::from_static("Tue, 17 Sep 2013 16:26:07 GMT");
        let read = |known, answer| {
            let describe = Describe {
                subject: &subject,
                known,
            };
            describe.read(answer, token.fingerprint())
        };
        assert_eq!(read(Some(&date), answer(304, "text/plain", "")), Ok(None));
        assert!(read(None, answer(304, "text/plain", "")).is_err());
        let mut new = answer(200, "application/json", "{}");
        new.headers.insert(DATE, date.clone());
        let description = Description {
            body: "{}".to_owned(),
            date: Some(date.clone()),
        };
        assert_eq!(read(None, new), Ok(Some(description)));
        let mut odd = answer(200, "application/json", "{}");
        odd.headers.remove(DATE);
        odd.headers
            .insert(LAST_MODIFIED, HeaderValue::from_static("yesterday"));
        assert_eq!(read(None, odd).unwrap().unwrap().date, None);
    }
}
