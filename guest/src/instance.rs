//! Whether an org's instance is still where its session says: My Domain was
//! renamed, a sandbox refreshed, an org moved. Pure.
//!
//! One failure is no proof. Whoever calls asks once more, for a resource that
//! needs no session, and believes it only if both fail in one of these ways. A
//! 5xx is never one of them: an org that is down is still there.

use bytes::Bytes;
use http::header::ACCEPT;

use crate::answer::Answer;
use crate::error::Error;
use crate::names::Host;
use crate::platform::Request;

/// The code with which Salesforce refuses a token at a host that is not the
/// instance's (SOAP API Developer Guide, "ExceptionCode").
const WRONG_INSTANCE: &str = "URL_NOT_RESET";

/// Salesforce Edge has no route to the host (REST API Developer Guide, "Status
/// Codes and Error Responses").
const UNROUTED: u16 = 420;

/// The list of API versions, which anybody may read (REST API Developer Guide,
/// "List Available REST API Versions"). It carries no token: whoever has the name
/// by now is not to learn it.
pub(crate) fn public_request(instance: &Host) -> Option<Request> {
    http::Request::get(format!("https://{instance}/services/data"))
        .header(ACCEPT, "application/json")
        .body(Bytes::new())
        .ok()
}

/// In what way an outcome says that there is no such instance; `None` when it does
/// not.
pub(crate) fn sign_of_death<T>(
    outcome: &Result<T, Error>,
    answer: impl FnOnce(&T) -> &Answer,
) -> Option<String> {
    match outcome {
        Ok(answered) => sign_in_answer(answer(answered)),
        Err(Error::Gone(why)) => Some(why.clone()),
        Err(Error::UnexpectedAnswer(unexpected)) if unexpected.status == UNROUTED => {
            Some(format!("{UNROUTED}: {}", unexpected.reason))
        }
        Err(_) => None,
    }
}

/// The same of an answer: a redirect, a missing resource or an unknown host that
/// no REST API has put into words, or the API's own word for a wrong instance.
pub(crate) fn sign_in_answer(answer: &Answer) -> Option<String> {
    // A page is long, and is not read for this; a 5xx is never a sign.
    if !(300..500).contains(&answer.status) {
        return None;
    }
    let failure = answer.api_failure();
    if let Some(failure) = &failure {
        let is_wrong = failure.errors.iter().any(|e| e.code == WRONG_INSTANCE);
        return is_wrong.then(|| format!("it answered {} {WRONG_INSTANCE}", answer.status));
    }
    let has_sign = matches!(answer.status, 301..=308 | 404 | UNROUTED);
    has_sign.then(|| format!("it answered {}: {}", answer.status, answer.failure()))
}

/// Whether Salesforce Edge knows no org of that host, which no code in an org says.
pub(crate) fn is_unrouted(answer: &Answer) -> bool {
    answer.status == UNROUTED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;

    const REST: &str =
        r#"[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]"#;
    const RESET: &str = r#"[{"errorCode":"URL_NOT_RESET","message":"Destination URL not reset."}]"#;

    #[test]
    fn some_answers_are_signs_of_death_and_no_5xx_is() {
        for (status, body, is_sign) in [
            (200, "", false),
            (300, "", false),
            (301, "", true),
            (302, "<html>", true),
            (307, "", true),
            (308, "", true),
            (309, "", false),
            (400, "<html>", false),
            (400, RESET, true),
            (401, "<html>", false),
            (403, "<html>", false),
            (404, "<html>", true),
            (404, "", true),
            (404, REST, false),
            (420, "<html>", true),
            (420, REST, false),
            (429, "", false),
            (500, "<html>", false),
            (502, "", false),
            (503, "<html>", false),
        ] {
            let answer = answer(status, "text/html", body);
            assert_eq!(
                sign_in_answer(&answer).is_some(),
                is_sign,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn of_failures_only_those_without_a_host_are() {
        let of = |error| sign_of_death(&Err(error), |answer: &Answer| answer).is_some();
        assert!(of(Error::Gone("x: the name has no address".to_owned())));
        for error in [
            Error::Unreachable("cut".to_owned()),
            Error::Timeout,
            Error::wait(None),
            Error::Denied(String::new()),
            Error::unreadable("x"),
        ] {
            assert!(!of(error));
        }
    }

    #[test]
    fn the_second_question_carries_no_token() {
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let request = public_request(&host).unwrap();
        assert_eq!(
            request.uri(),
            "https://acme.my.salesforce.com/services/data"
        );
        assert_eq!(request.headers().len(), 1);
    }
}
