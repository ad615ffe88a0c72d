//! A response, whole, and what it says.

pub(crate) mod errors;
mod remedy;

use std::time::Duration;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};

use crate::error::{ApiFailure, Error, Unexpected};
use crate::redaction::Redaction;

/// How much of an unreadable body is quoted, in bytes: the headline of a proxy's
/// or a maintenance page.
const EXCERPT_BYTES: usize = 200;

/// How much of a content coding's name is quoted, in characters: the registered
/// ones have ten at most.
const CODING_CHARS: usize = 32;
/// How much of it is searched for secrets first, in bytes: far more than any
/// secret has, each byte of it escaped.
const SEARCHED_BYTES: usize = 128 << 10;

/// A response with its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// What its request was sent with, and it may repeat.
    pub(crate) secrets: Redaction,
    /// When its request was sent, by the platform's monotonic clock.
    pub(crate) asked_at: Duration,
    /// Its call was sent before, and may have been executed then: that answer was lost, or
    /// a 5xx.
    pub(crate) may_have_run_before: bool,
}

/// What an answer says about the session that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing against it.
    Accepted,
    /// It has ended: a new token helps.
    Expired,
    /// It is not welcome here, and no other of this user would be.
    Refused,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it shows that its session was accepted, if nothing was said against
    /// that: Salesforce looks at the session before it runs anything. A 5xx shows it
    /// only if what was run failed, which comes with Salesforce's list of errors.
    pub(crate) fn is_past_authentication(&self) -> bool {
        self.status < 500 || (self.status == 500 && self.api_failure().is_some())
    }

    /// Salesforce's request id, which its support asks for.
    pub(crate) fn request_id(&self) -> Option<String> {
        let id = self
            .headers
            .get("x-request-id")
            .or_else(|| self.headers.get("x-sfdc-request-id"));
        Some(id?.to_str().ok()?.to_owned())
    }

    /// Salesforce's error array, if that is what this is.
    pub(crate) fn api_failure(&self) -> Option<ApiFailure> {
        let errors = errors::read(&self.body);
        (!errors.is_empty()).then(|| ApiFailure {
            status: self.status,
            errors,
            request_id: self.request_id(),
        })
    }

    /// A member of the body, if it is an object and the member is text.
    pub(crate) fn text_member(&self, name: &str) -> Option<String> {
        errors::text_member(&self.body, name)
    }

    /// The body, which `what` is in JSON, as the text that it is.
    ///
    /// # Errors
    ///
    /// `UnexpectedAnswer` if it is not UTF-8.
    pub(crate) fn text(&self, what: &str) -> Result<String, Error> {
        let text = str::from_utf8(&self.body).map(str::to_owned);
        text.map_err(|_| self.unexpected_secret(&format!("{what} is not UTF-8")))
    }

    /// Why an answer that is no success is none.
    pub(crate) fn failure(&self) -> Error {
        match self.api_failure() {
            Some(failure) => Error::Api(failure),
            None => self.unexpected("no answer of Salesforce's API"),
        }
    }

    /// Says that this answer is not what it should be, with what is known of it.
    /// Its body is quoted only if it claims to hold no data.
    pub(crate) fn unexpected(&self, why: &str) -> Error {
        self.unexpected_with(why, self.excerpt())
    }

    /// The same for a body that must never be quoted, whatever it claims to be.
    pub(crate) fn unexpected_secret(&self, why: &str) -> Error {
        self.unexpected_with(why, None)
    }

    fn unexpected_with(&self, why: &str, excerpt: Option<String>) -> Error {
        let content_type = self.content_type();
        let content_type = self.secrets.text(content_type.to_owned());
        let mut reason = match self.coding() {
            None => why.to_owned(),
            Some(coding) => format!("the content coding `{coding}` cannot be undone"),
        };
        reason.push_str(&format!(" ({content_type}, {} bytes)", self.body.len()));
        if let Some(location) = self.location_host() {
            reason.push_str(&format!(
                "; it points to {location}, and redirects are not followed"
            ));
        }
        if let Some(excerpt) = excerpt {
            reason.push_str(": ");
            reason.push_str(&excerpt);
        }
        Error::UnexpectedAnswer(Unexpected {
            status: self.status,
            reason,
            request_id: self.request_id(),
        })
    }

    fn content_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or("no content type")
    }

    /// The coding that the body still has: the host undoes gzip, which is all that
    /// it asks for.
    pub(crate) fn coding(&self) -> Option<String> {
        let codings = self.headers.get_all(CONTENT_ENCODING).into_iter();
        let mut codings =
            codings.map(|coding| coding.to_str().unwrap_or("of another alphabet").trim());
        let is_coding =
            |coding: &&str| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity");
        let coding = codings.find(is_coding)?;
        // A secret that is cut would not be known again.
        let coding = self.secrets.text(coding.to_owned());
        Some(coding.chars().take(CODING_CHARS).collect())
    }

    /// The headline of a page for people.
    fn excerpt(&self) -> Option<String> {
        if self.coding().is_some() {
            return None;
        }
        let content_type = self.content_type();
        if !content_type.starts_with("text/html") && !content_type.starts_with("text/plain") {
            return None;
        }
        // A secret that is cut would not be known again.
        let searched = self.body.get(..SEARCHED_BYTES).unwrap_or(&self.body);
        let text = String::from_utf8_lossy(searched).into_owned();
        let text = self.secrets.text(text);
        let start = text.get(..text.floor_char_boundary(EXCERPT_BYTES));
        let words: Vec<String> = start
            .unwrap_or_default()
            .split_whitespace()
            .map(|word| word.chars().filter(|c| !c.is_control()).collect())
            .collect();
        Some(words.join(" "))
    }

    /// Only the host: the rest of a redirect's target can hold anything.
    fn location_host(&self) -> Option<String> {
        let location = self.headers.get(http::header::LOCATION)?.to_str().ok()?;
        let uri: http::Uri = location.parse().ok()?;
        Some(uri.host().unwrap_or("another path").to_owned())
    }

    /// `Retry-After` in seconds (RFC 9110, section 10.2.3). A date is measured
    /// against the answer's own `Date`, so that our clock plays no part.
    pub(crate) fn retry_after_s(&self) -> Option<u32> {
        let text = |name: HeaderName| self.headers.get(name)?.to_str().ok().map(str::trim);
        let wish = text(RETRY_AFTER)?;
        if let Ok(seconds) = wish.parse() {
            return Some(seconds);
        }
        let until = httpdate::parse_http_date(wish).ok()?;
        let now = httpdate::parse_http_date(text(DATE)?).ok()?;
        u32::try_from(until.duration_since(now).unwrap_or_default().as_secs()).ok()
    }

    /// When it was sent by the sender's clock, in milliseconds since 1970 (RFC 9110,
    /// section 6.6.1).
    pub(crate) fn date_ms(&self) -> Option<u64> {
        let date = self.headers.get(DATE)?.to_str().ok()?;
        let date = httpdate::parse_http_date(date.trim()).ok()?;
        let since_1970 = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        u64::try_from(since_1970.as_millis()).ok()
    }

    /// What an expired session looks like, for every API family: the one place
    /// that knows them all.
    ///
    /// * REST: 401 `INVALID_SESSION_ID`; for JWT-format tokens 401
    ///   `INVALID_AUTH_HEADER` with `INVALID_JWT_FORMAT`.
    /// * Bulk v1: 400 `InvalidSessionId`.
    /// * SOAP: 500 and a fault with `sf:INVALID_SESSION_ID`.
    /// * Identity: 403 and the bare text `Bad_OAuth_Token`.
    ///
    /// A 401 with another reason (an IP range, a missing scope) comes again
    /// after every login, so it must not cause one. Nor must a message that only
    /// repeats such words from the call.
    pub(crate) fn standing(&self) -> Standing {
        match self.status {
            401 if self.is_beyond_login() => Standing::Refused,
            401 => Standing::Expired,
            400 if self.is_bulk_session_end() => Standing::Expired,
            _ if self.is_bare_refusal() => Standing::Expired,
            _ => Standing::Accepted,
        }
    }

    /// Whether Salesforce refuses the session in a form that has no list of errors.
    pub(crate) fn is_bare_refusal(&self) -> bool {
        match self.status {
            400 => self.is_xml_with("<exceptionCode>InvalidSessionId<"),
            403 => self.body.trim_ascii() == b"Bad_OAuth_Token",
            500 => self.is_xml_with("<faultcode>sf:INVALID_SESSION_ID<"),
            _ => false,
        }
    }

    fn is_bulk_session_end(&self) -> bool {
        self.api_failure().is_some_and(|failure| {
            let mut errors = failure.errors.iter();
            errors.any(|error| error.code == "InvalidSessionId")
        })
    }

    /// Whether it is REST's refusal with this code, in XML.
    pub(crate) fn is_xml_error(&self, code: &str) -> bool {
        self.is_xml_with(&format!("<errorCode>{code}<"))
    }

    /// Whether it is XML with this element, which no text in it can fake.
    fn is_xml_with(&self, element: &str) -> bool {
        let body = self.body.trim_ascii_start();
        body.starts_with(b"<")
            && body
                .windows(element.len())
                .any(|window| window == element.as_bytes())
    }

    /// Source of the texts: captures of both by jsforce's users; they are the
    /// two for which jsforce does not refresh either.
    fn is_beyond_login(&self) -> bool {
        let Some(failure) = self.api_failure() else {
            return false;
        };
        failure.errors.iter().any(|error| {
            error
                .message
                .contains("This session is not valid for use with the REST API")
                || error
                    .message
                    .contains("Connected app is not attached to Agent")
                || (error.code == "INVALID_AUTH_HEADER" && !error.message.contains("JWT"))
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::{ApiError, Remedy};

    pub(crate) fn answer(status: u16, content_type: &str, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Answer {
            status,
            headers,
            body: body.as_bytes().to_vec(),
            secrets: Redaction::default(),
            asked_at: Duration::ZERO,
            may_have_run_before: false,
        }
    }

    fn json(status: u16, body: &str) -> Answer {
        answer(status, "application/json;charset=UTF-8", body)
    }

    fn reason(error: Error) -> String {
        match error {
            Error::UnexpectedAnswer(unexpected) => unexpected.reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_family_of_errors_is_read() {
        for body in [
            r#"[{"message":"m","errorCode":"C","fields":["F"]}]"#,
            r#"[{"message":"m","statusCode":"C","fields":["F"]}]"#,
            r#"{"exceptionCode":"C","exceptionMessage":"m","fields":["F"]}"#,
            r#"[{"errorCode":"C","message":"m","fields":["F"],"duplicateResult":{"x":[1]}}]"#,
        ] {
            let failure = json(400, body).api_failure().unwrap();
            let error = ApiError {
                code: "C".to_owned(),
                message: "m".to_owned(),
                fields: vec!["F".to_owned()],
                remedy: Remedy::Unknown,
                details: body
                    .contains("duplicateResult")
                    .then(|| r#"{"duplicateResult":{"x":[1]}}"#.to_owned()),
            };
            assert_eq!(failure.errors, [error], "{body}");
        }
        let bare = json(400, r#"[{"errorCode":"C","fields":null}]"#)
            .api_failure()
            .unwrap();
        assert_eq!(bare.errors[0].message, "");
        assert!(json(400, "[]").api_failure().is_none());
    }

    #[test]
    fn only_what_a_login_can_cure_is_an_expiry() {
        let jwt = r#"[{"message":"INVALID_JWT_FORMAT","errorCode":"INVALID_AUTH_HEADER"}]"#;
        let scheme = r#"[{"message":"INVALID_HEADER_TYPE","errorCode":"INVALID_AUTH_HEADER"}]"#;
        let session =
            r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
        let rest = r#"[{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}]"#;
        let soap = "<soapenv:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode></soapenv:Fault>";
        let bulk = "<?xml version=\"1.0\"?>\n<error><exceptionCode>InvalidSessionId</exceptionCode></error>";
        let echo = r#"[{"message":"Name = '<exceptionCode>InvalidSessionId<' sf:INVALID_SESSION_ID","errorCode":"MALFORMED_QUERY"}]"#;
        let quote = "<faultstring>&lt;faultcode&gt;sf:INVALID_SESSION_ID&lt;</faultstring>";
        for (status, body, standing) in [
            (401, session, Standing::Expired),
            (401, jwt, Standing::Expired),
            (401, scheme, Standing::Refused),
            (401, rest, Standing::Refused),
            (401, "<html>", Standing::Expired),
            (401, "", Standing::Expired),
            (
                400,
                r#"{"exceptionCode":"InvalidSessionId"}"#,
                Standing::Expired,
            ),
            (400, bulk, Standing::Expired),
            (400, echo, Standing::Accepted),
            (400, session, Standing::Accepted),
            (403, "Bad_OAuth_Token", Standing::Expired),
            (403, session, Standing::Accepted),
            (500, soap, Standing::Expired),
            (500, quote, Standing::Accepted),
            (500, "", Standing::Accepted),
            (200, session, Standing::Accepted),
        ] {
            assert_eq!(json(status, body).standing(), standing, "{status} {body}");
        }
    }

    #[test]
    fn a_page_for_people_is_quoted_and_data_never_is() {
        let long = format!(
            "<html>\n<h1>We are down\u{7} for maintenance</h1>{}",
            "x".repeat(500)
        );
        let page = reason(answer(503, "text/html; charset=UTF-8", &long).failure());
        assert!(
            page.contains("text/html") && page.contains("We are down for"),
            "{page}"
        );
        assert!(page.len() < 400, "{page}");
        let data = reason(json(200, "{\"Name\":\"CANARY\"").unexpected("no page"));
        assert!(
            data.contains("16 bytes") && !data.contains("CANARY"),
            "{data}"
        );
    }

    #[test]
    fn a_content_coding_that_is_still_there_is_named_and_its_body_is_not_quoted() {
        for (coding, named) in [
            ("br", Some("`br`")),
            ("GZIP", Some("`GZIP`")),
            ("gzip, br", Some("`gzip, br`")),
            ("identity", None),
            ("Identity", None),
            ("", None),
        ] {
            let mut coded = answer(503, "text/html", "CANARY");
            coded
                .headers
                .insert(CONTENT_ENCODING, coding.parse().unwrap());
            let reason = reason(coded.failure());
            assert_eq!(reason.contains("coding"), named.is_some(), "{reason}");
            assert!(named.is_none_or(|named| reason.contains(named)), "{reason}");
            assert_eq!(reason.contains("CANARY"), named.is_none(), "{reason}");
        }
        let mut coded = answer(200, "application/json", "");
        coded
            .headers
            .insert(CONTENT_ENCODING, "x".repeat(99).parse().unwrap());
        assert!(reason(coded.unexpected("no page")).len() < 100);
    }

    #[test]
    fn a_content_coding_that_is_a_secret_is_not_told_in_part() {
        let mut secrets = Redaction::default();
        let token = "00D000000000001!AQ.CANARY.long.enough.to.be.cut";
        secrets.add(token);
        let mut coded = answer(503, "text/html", "");
        coded.secrets = secrets;
        coded
            .headers
            .insert(CONTENT_ENCODING, token.parse().unwrap());
        assert!(!reason(coded.failure()).contains("00D0"));
    }

    #[test]
    fn a_redirect_is_named_by_its_host_alone() {
        let mut redirect = answer(302, "text/html", "");
        let location = "https://evil.example/x?token=CANARY".parse().unwrap();
        redirect.headers.insert(http::header::LOCATION, location);
        let reason = reason(redirect.failure());
        assert!(
            reason.contains("evil.example") && !reason.contains("CANARY"),
            "{reason}"
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (text, seconds) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("-1", None),
            ("soon", None),
            ("Mon, 23 Nov 2026 10:00:30 GMT", Some(30)),
            ("Mon, 23 Nov 2026 09:00:00 GMT", Some(0)),
        ] {
            let mut busy = json(503, "");
            busy.headers
                .insert(DATE, "Mon, 23 Nov 2026 10:00:00 GMT".parse().unwrap());
            busy.headers.insert(RETRY_AFTER, text.parse().unwrap());
            assert_eq!(busy.retry_after_s(), seconds, "{text:?}");
        }
        let mut busy = json(503, "");
        busy.headers.insert(
            RETRY_AFTER,
            "Mon, 23 Nov 2026 10:00:30 GMT".parse().unwrap(),
        );
        assert_eq!(busy.retry_after_s(), None, "a date without a clock");
    }

    proptest! {
        #[test]
        fn any_body_is_read_and_the_status_is_kept(
            status in 300_u16..600,
            body in proptest::collection::vec(any::<u8>(), 0..300),
            html in any::<bool>(),
        ) {
            let content_type = if html { "text/html" } else { "application/json" };
            let mut answer = answer(status, content_type, "");
            answer.body = body;
            _ = answer.standing();
            let kept = match answer.failure() {
                Error::Api(failure) => failure.status,
                Error::UnexpectedAnswer(unexpected) => unexpected.status,
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(kept, status);
        }
    }
}
