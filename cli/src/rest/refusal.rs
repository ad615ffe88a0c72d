//! An answer by which Salesforce did not do what was asked.

use sfbox::error::{ApiError, ApiFailure, remedy};
use sfbox::{Error, Failure, RestResponse, Verdict};

use super::header;
use super::method::Method;

/// The longest body that is read for what Salesforce says, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// How many of its errors are shown: a body of a megabyte could have thousands.
const ERRORS_MAX: usize = 20;

/// Answered with 304: what the caller has is still what there is.
const NOT_MODIFIED: u16 = 304;

/// The exit status for a status 5xx.
const TRY_LATER: u8 = 4;

/// Salesforce did not do what was asked. It says so as other commands do.
#[derive(Debug, thiserror::Error)]
#[error("{answered}")]
pub(crate) struct Refusal {
    #[source]
    answered: Error,
    status: u16,
    is_safe: bool,
}

impl Refusal {
    /// What an answer says; `None` if it is what was asked for.
    pub(super) fn of(org: &str, method: Method, answer: &RestResponse) -> Option<Self> {
        let status = answer.status;
        if (200..300).contains(&status) || status == NOT_MODIFIED {
            return None;
        }
        let failure = Failure::Api(ApiFailure {
            status,
            errors: errors(&answer.body),
            request_id: request_id(&answer.headers),
        });
        Some(Self {
            answered: Error::Call {
                org: org.to_owned(),
                operation: "rest",
                failure: Box::new(failure),
                cause: None,
            },
            status,
            is_safe: method.is_safe(),
        })
    }

    /// What to do about it.
    pub(crate) fn verdict(&self) -> Verdict {
        let verdict = self.answered.verdict();
        if self.status < 500 {
            return verdict;
        }
        Verdict {
            exit_code: TRY_LATER,
            retryable: self.is_safe,
            hint: Some(if self.is_safe {
                "wait, then repeat the command"
            } else {
                "look in Salesforce whether the write happened before you repeat it"
            }),
        }
    }
}

/// The errors in a body, which is `[{"errorCode": …, "message": …}]`; none of one that
/// has another form.
///
/// Source: REST API Developer Guide, "Status Codes and Error Responses".
fn errors(body: &[u8]) -> Vec<ApiError> {
    if body.len() > BODY_BYTES_MAX {
        return Vec::new();
    }
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let errors = body.as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(error).take(ERRORS_MAX).collect()
}

fn error(error: &serde_json::Value) -> Option<ApiError> {
    let text = |name: &str| error.get(name)?.as_str().map(str::to_owned);
    let fields = error.get("fields").and_then(|fields| fields.as_array());
    let (code, message) = (text("errorCode")?, text("message").unwrap_or_default());
    Some(ApiError {
        remedy: remedy(&code, &message),
        code,
        message,
        fields: fields
            .into_iter()
            .flatten()
            .filter_map(|field| Some(field.as_str()?.to_owned()))
            .collect(),
        details: None,
    })
}

fn request_id(headers: &[(String, String)]) -> Option<String> {
    let names = ["x-request-id", "x-sfdc-request-id"];
    let id = names.iter().find_map(|name| header::value(headers, name));
    id.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> RestResponse {
        RestResponse {
            status,
            headers: vec![("X-Request-Id".to_owned(), "abc".to_owned())],
            body: body.into(),
        }
    }

    fn refusal(method: Method, status: u16, body: &str) -> Option<Refusal> {
        Refusal::of("acme", method, &answer(status, body))
    }

    #[test]
    fn what_was_asked_for_is_no_refusal() {
        for status in [200, 201, 202, 204, 299, 304] {
            assert!(refusal(Method::Get, status, "").is_none(), "{status}");
        }
        for status in [300, 302, 400, 404, 500] {
            assert!(refusal(Method::Get, status, "").is_some(), "{status}");
        }
    }

    #[test]
    fn the_exit_status_follows_the_status() {
        let locked = r#"[{"errorCode":"UNABLE_TO_LOCK_ROW","message":"x"}]"#;
        for (method, status, body, expected) in [
            (Method::Get, 400, "", 1),
            (Method::Get, 404, "", 1),
            (Method::Post, 403, "", 1),
            (Method::Post, 302, "", 1),
            // The table's own: nothing was executed.
            (Method::Post, 400, locked, 4),
            (Method::Post, 429, "", 4),
            (Method::Get, 500, "", 4),
            (Method::Post, 500, "", 4),
            (Method::Post, 503, "", 4),
        ] {
            let verdict = refusal(method, status, body).unwrap().verdict();
            assert_eq!(verdict.exit_code, expected, "{method:?} {status}");
        }
        let hint = |method| refusal(method, 503, "").unwrap().verdict().hint.unwrap();
        assert!(hint(Method::Get).contains("repeat the command"));
        assert!(hint(Method::Post).contains("look in Salesforce"));
    }

    #[test]
    fn salesforces_words_are_shown() {
        let body =
            r#"[{"errorCode":"REQUIRED_FIELD_MISSING","message":"Required","fields":["Name"]}]"#;
        assert_eq!(
            refusal(Method::Post, 400, body).unwrap().to_string(),
            "rest of org `acme`: Salesforce answered 400 REQUIRED_FIELD_MISSING: Required \
             (fields: Name) (request id abc)"
        );
        for other in ["", "<html>", "{}", "[7]", "[{\"message\":\"x\"}]"] {
            assert_eq!(
                refusal(Method::Get, 500, other).unwrap().to_string(),
                "rest of org `acme`: Salesforce answered 500 (request id abc)"
            );
        }
    }

    #[test]
    fn only_so_much_of_a_body_is_shown() {
        let error = r#"{"errorCode":"X"}"#;
        let body = format!("[{}{error}]", format!("{error},").repeat(ERRORS_MAX));
        assert_eq!(errors(body.as_bytes()).len(), ERRORS_MAX);
        let long = format!("[{error}]{}", " ".repeat(BODY_BYTES_MAX));
        assert!(errors(long.as_bytes()).is_empty());
        assert_eq!(
            errors(long.get(..BODY_BYTES_MAX).unwrap().as_bytes()).len(),
            1
        );
    }
}
