//! What a 401 means, by where the call went. It is an expiry only where nothing else can
//! cause it. Pure.

use http::Method;

use crate::answer::{Answer, Standing};

/// The codes with which Salesforce refuses a session (REST API Developer Guide, "Status
/// Codes and Error Responses").
const CODES: [&str; 2] = ["INVALID_SESSION_ID", "INVALID_AUTH_HEADER"];

/// What can cause a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unauthorized {
    /// The end of the session, and nothing else.
    Session,
    /// The end of the session, or of the one that the locator in the path belongs to:
    /// both are answered alike. It is never repeated, and says nothing of a new token.
    Locator,
    /// The end of the session, or a refusal by the identity service alone: what it says
    /// of a token that lacks the scope for it is not documented, and may be the same. It
    /// says nothing of a new token.
    Identity,
    /// The end of the session, or an Apex class that answers 401 itself. A class can
    /// answer anything, so it proves no token either.
    Class,
    /// As [`Class`](Self::Class), in answer to a HEAD: no body can tell which of them it is.
    UnseenClass,
}

impl Unauthorized {
    /// The same for a request with this method.
    pub(crate) fn by(self, method: &Method) -> Self {
        match self {
            Self::Class if *method == Method::HEAD => Self::UnseenClass,
            any => any,
        }
    }

    /// Whether an Apex class may answer.
    pub(crate) fn is_class(self) -> bool {
        matches!(self, Self::Class | Self::UnseenClass)
    }

    /// What an answer says about the session that asked.
    pub(crate) fn standing(self, answer: &Answer) -> Standing {
        match self {
            Self::Session | Self::Locator | Self::Identity => answer.standing(),
            Self::Class if answer.status == 401 && is_salesforces(answer) => answer.standing(),
            Self::UnseenClass if answer.status == 401 => answer.standing(),
            Self::Class | Self::UnseenClass => Standing::Accepted,
        }
    }

    /// Whether an answer that says so may be about something else than the session.
    pub(crate) fn is_ambiguous(self, standing: Standing) -> bool {
        let may_be_anothers = matches!(self, Self::Locator | Self::UnseenClass | Self::Identity);
        may_be_anothers && standing == Standing::Expired
    }

    /// Whether an answer that is about something else than the session is the answer to the
    /// call. A locator's is not: whoever asks begins again.
    pub(crate) fn is_answered(self) -> bool {
        matches!(self, Self::UnseenClass | Self::Identity)
    }
}

/// Whether Salesforce itself refuses the session, in either form of its errors.
fn is_salesforces(answer: &Answer) -> bool {
    match answer.api_failure() {
        Some(failure) => {
            let mut errors = failure.errors.iter();
            errors.all(|error| CODES.contains(&error.code.as_str()))
        }
        None => CODES.iter().any(|code| answer.is_xml_error(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;

    fn refusal(code: &str, message: &str) -> String {
        format!(r#"[{{"errorCode":"{code}","message":"{message}"}}]"#)
    }

    #[test]
    fn under_apex_rest_only_salesforces_own_words_count() {
        let ended = refusal("INVALID_SESSION_ID", "Session expired or invalid");
        let jwt = refusal("INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT");
        let scheme = refusal("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE");
        let xml = "<Errors><Error><errorCode>INVALID_SESSION_ID</errorCode></Error></Errors>";
        let both = r#"[{"errorCode":"INVALID_SESSION_ID"},{"errorCode":"MINE"}]"#.to_owned();
        for (status, body, class, session) in [
            (401, ended.clone(), Standing::Expired, Standing::Expired),
            (401, jwt, Standing::Expired, Standing::Expired),
            (401, scheme, Standing::Refused, Standing::Refused),
            (401, xml.to_owned(), Standing::Expired, Standing::Expired),
            (401, String::new(), Standing::Accepted, Standing::Expired),
            (
                401,
                "<html>INVALID_SESSION_ID".to_owned(),
                Standing::Accepted,
                Standing::Expired,
            ),
            (
                401,
                r#"{"why":"no"}"#.to_owned(),
                Standing::Accepted,
                Standing::Expired,
            ),
            (
                401,
                refusal("MINE", "m"),
                Standing::Accepted,
                Standing::Expired,
            ),
            (401, both, Standing::Accepted, Standing::Expired),
            (
                403,
                "Bad_OAuth_Token".to_owned(),
                Standing::Accepted,
                Standing::Expired,
            ),
            (400, ended, Standing::Accepted, Standing::Accepted),
        ] {
            let answer = answer(status, "application/json", &body);
            let found = |cause: Unauthorized| cause.standing(&answer);
            assert_eq!(found(Unauthorized::Class), class, "{status} {body}");
            assert_eq!(found(Unauthorized::Session), session, "{status} {body}");
            assert_eq!(found(Unauthorized::Locator), session, "{status} {body}");
        }
    }

    #[test]
    fn a_class_that_is_asked_for_its_head_says_nothing() {
        assert_eq!(
            Unauthorized::Class.by(&Method::HEAD),
            Unauthorized::UnseenClass
        );
        assert_eq!(Unauthorized::Class.by(&Method::GET), Unauthorized::Class);
        for cause in [Unauthorized::Session, Unauthorized::Locator] {
            assert_eq!(cause.by(&Method::HEAD), cause);
        }
        for (status, standing) in [
            (401, Standing::Expired),
            (403, Standing::Accepted),
            (200, Standing::Accepted),
        ] {
            let answer = answer(status, "application/json", "");
            let found = Unauthorized::UnseenClass.standing(&answer);
            assert_eq!(found, standing, "{status}");
        }
    }

    #[test]
    fn an_identity_is_refused_by_one_word() {
        for (status, body, standing) in [
            (403, "Bad_OAuth_Token", Standing::Expired),
            (401, "", Standing::Expired),
            (403, "Wrong_Org", Standing::Accepted),
            (404, "Bad_Id", Standing::Accepted),
            (302, "", Standing::Accepted),
        ] {
            let answer = answer(status, "text/plain", body);
            let found = Unauthorized::Identity.standing(&answer);
            assert_eq!(found, standing, "{status} {body}");
        }
    }

    #[test]
    fn only_an_expiry_that_may_be_anothers_is_ambiguous() {
        for (cause, standing, is_ambiguous) in [
            (Unauthorized::Locator, Standing::Expired, true),
            (Unauthorized::Locator, Standing::Refused, false),
            (Unauthorized::Locator, Standing::Accepted, false),
            (Unauthorized::Identity, Standing::Expired, true),
            (Unauthorized::Identity, Standing::Accepted, false),
            (Unauthorized::Session, Standing::Expired, false),
            (Unauthorized::Class, Standing::Expired, false),
            (Unauthorized::UnseenClass, Standing::Expired, true),
            (Unauthorized::UnseenClass, Standing::Accepted, false),
        ] {
            assert_eq!(cause.is_ambiguous(standing), is_ambiguous, "{cause:?}");
        }
    }
}
