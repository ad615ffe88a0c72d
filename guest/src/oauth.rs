//! The client credentials flow (RFC 6749, section 4.4; Salesforce Help, "OAuth
//! 2.0 Client Credentials Flow for Server-to-Server Integration").

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::credentials::{Credentials, Session};
use crate::error::{Error, OauthError};
use crate::expiry;
use crate::names::Host;
use crate::platform::Request;
use crate::token::AccessToken;

/// Everything else that Salesforce sends is left alone, above all
/// `api_instance_url`, which is another product's host.
#[derive(Deserialize)]
struct Success {
    access_token: SecretString,
    instance_url: String,
    /// Milliseconds, as a string; read leniently.
    #[serde(default)]
    issued_at: Value,
}

/// The login.
pub(crate) fn request(credentials: &Credentials) -> Result<Request, Error> {
    post(
        credentials,
        "token",
        Bytes::from_static(b"grant_type=client_credentials"),
    )
}

/// Asks what is known of a token (RFC 7662; Salesforce Help, "OpenID Connect
/// Token Introspection"). It is no use of the session, and does not prolong it.
pub(crate) fn introspection(
    credentials: &Credentials,
    token: &AccessToken,
) -> Result<Request, Error> {
    let token = utf8_percent_encode(token.expose(), NON_ALPHANUMERIC);
    let form = format!("token={token}&token_type_hint=access_token");
    post(credentials, "introspect", form.into())
}

/// The credentials go into a Basic header, as in the Python package: unlike a
/// body's they are nowhere logged as parameters.
fn post(credentials: &Credentials, endpoint: &str, form: Bytes) -> Result<Request, Error> {
    let pair = format!(
        "{}:{}",
        credentials.consumer_key,
        credentials.consumer_secret.expose_secret()
    );
    let mut basic = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair)))
        .map_err(|_| Error::malformed("the consumer key and secret cannot be sent"))?;
    basic.set_sensitive(true);
    http::Request::post(format!(
        "https://{}/services/oauth2/{endpoint}",
        credentials.token_host
    ))
    .header(AUTHORIZATION, basic)
    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    .header(ACCEPT, "application/json")
    .body(form)
    .map_err(|_| Error::malformed("its My Domain makes no URL"))
}

/// What introspection says of a token's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Introspected {
    /// It is alive until then, in milliseconds since 1970.
    Active(u64),
    /// It has ended.
    Inactive,
}

/// Reads the introspection endpoint's answer; `None` when it does not tell: not
/// every app may ask.
pub(crate) fn read_introspection(answer: &Answer) -> Option<Introspected> {
    #[derive(Deserialize)]
    struct Introspection {
        active: bool,
        #[serde(default)]
        exp: Option<f64>,
    }
    if !answer.is_success() {
        return None;
    }
    let found: Introspection = serde_json::from_slice(&answer.body).ok()?;
    match found.active {
        true => Some(Introspected::Active(expiry::ms(found.exp?)?)),
        false => Some(Introspected::Inactive),
    }
}

/// Whether the credentials themselves were refused: others may be in the secret
/// by now.
pub(crate) fn refuses_credentials(error: &Error) -> bool {
    matches!(error, Error::Login(refusal) if refusal.code.starts_with("invalid_client"))
}

/// Reads the token endpoint's answer. The session has no expiry: Salesforce sends none
/// for opaque tokens, and no refresh token: one logs in again.
pub(crate) fn read(answer: &Answer) -> Result<Session, Error> {
    if !answer.is_success() {
        return Err(refusal(answer));
    }
    // It holds a token, or what only looks as if it did not.
    let unexpected = |why| answer.unexpected_secret(why);
    let success: Success = serde_json::from_slice(&answer.body)
        .map_err(|_| unexpected("no answer of the token endpoint"))?;
    let token = AccessToken::parse(success.access_token.expose_secret())
        .ok_or_else(|| unexpected("`access_token` cannot stand in a header"))?;
    let instance = Host::from_origin(&success.instance_url).ok_or_else(|| {
        unexpected("`instance_url` is not `https://` and a host under `salesforce.com`")
    })?;
    Ok(Session {
        token,
        instance,
        issued_at_ms: milliseconds(&success.issued_at),
        expires_at_ms: None,
        ttl: None,
    })
}

fn milliseconds(issued_at: &Value) -> Option<u64> {
    issued_at
        .as_u64()
        .or_else(|| issued_at.as_str()?.parse().ok())
}

fn refusal(answer: &Answer) -> Error {
    let Some(code) = answer.text_member("error") else {
        return answer.failure();
    };
    let description = answer.text_member("error_description").unwrap_or_default();
    // Salesforce Help 000381578: 3,600 logins an hour a user. Which code goes
    // with it is not documented, so the words decide.
    if code == "rate_limit_exceeded"
        || description
            .to_ascii_lowercase()
            .contains("login rate exceeded")
    {
        return Error::wait(answer.retry_after_s());
    }
    Error::Login(OauthError {
        status: answer.status,
        code,
        description,
        request_id: answer.request_id(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::answer;

    fn json(status: u16, body: &str) -> Answer {
        answer(status, "application/json;charset=UTF-8", body)
    }

    fn credentials() -> Credentials {
        Credentials {
            token_host: Host::from_my_domain("acme.my").unwrap(),
            consumer_key: "key".to_owned(),
            consumer_secret: "sec:ret".into(),
        }
    }

    #[test]
    fn a_login_is_a_form_with_a_basic_header() {
        let request = request(&credentials()).unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(
            request.uri(),
            "https://acme.my.salesforce.com/services/oauth2/token"
        );
        assert_eq!(request.headers()[AUTHORIZATION], "Basic a2V5OnNlYzpyZXQ=");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(&request.body()[..], b"grant_type=client_credentials");
    }

    #[test]
    fn a_success_needs_only_a_token_and_an_instance() {
        for (body, issued_at_ms) in [
            (
                r#"{"access_token":"00D!x","instance_url":"https://acme.my.salesforce.com"}"#,
                None,
            ),
            (
                r#"{"access_token":"00D!x","signature":"s","token_format":"opaque","instance_url":"https://acme.my.salesforce.com","id":"i","token_type":"Bearer","issued_at":"1667600739962","api_instance_url":"https://api.salesforce.com"}"#,
                Some(1_667_600_739_962),
            ),
            (
                r#"{"issued_at":7,"access_token":"00D!x","instance_url":"https://acme.my.salesforce.com"}"#,
                Some(7),
            ),
            (
                r#"{"issued_at":[],"access_token":"00D!x","instance_url":"https://acme.my.salesforce.com"}"#,
                None,
            ),
        ] {
            let session = read(&json(200, body)).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(session.token.expose(), "00D!x");
            assert_eq!(session.instance.as_str(), "acme.my.salesforce.com");
            assert_eq!(session.issued_at_ms, issued_at_ms);
        }
    }

    #[test]
    fn an_introspection_names_the_token_in_its_form_alone() {
        let token = AccessToken::parse("00D!A.b_c/+").unwrap();
        let request = introspection(&credentials(), &token).unwrap();
        assert_eq!(
            request.uri(),
            "https://acme.my.salesforce.com/services/oauth2/introspect"
        );
        assert_eq!(
            &request.body()[..],
            b"token=00D%21A%2Eb%5Fc%2F%2B&token_type_hint=access_token"
        );
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn an_introspection_tells_or_does_not() {
        for (status, body, found) in [
            (
                200,
                r#"{"active":true,"exp":7,"iat":1}"#,
                Some(Introspected::Active(7_000)),
            ),
            (200, r#"{"active":false}"#, Some(Introspected::Inactive)),
            (200, r#"{"active":true}"#, None),
            (200, r#"{"active":"yes"}"#, None),
            (200, "", None),
            (400, r#"{"error":"invalid_client"}"#, None),
            (403, r#"{"active":true,"exp":7}"#, None),
        ] {
            assert_eq!(read_introspection(&json(status, body)), found, "{body}");
        }
    }

    #[test]
    fn refused_credentials_are_told_from_a_refused_login() {
        for (code, refused) in [
            ("invalid_client", true),
            ("invalid_client_id", true),
            ("invalid_grant", false),
        ] {
            let body = format!(r#"{{"error":"{code}"}}"#);
            let error = read(&json(400, &body)).err().unwrap();
            assert_eq!(refuses_credentials(&error), refused, "{code}");
        }
        assert!(!refuses_credentials(&Error::Timeout));
    }

    #[test]
    fn an_instance_elsewhere_is_refused_without_its_token() {
        for url in [
            "https://evil.example",
            "http://acme.my.salesforce.com",
            "https://acme.my.salesforce.com@evil.example",
            "https://acme.my.salesforce.com:8443",
            "https://127.0.0.1",
        ] {
            let body = format!(r#"{{"access_token":"CANARY","instance_url":"{url}"}}"#);
            let Err(Error::UnexpectedAnswer(unexpected)) = read(&json(200, &body)) else {
                panic!("{url}");
            };
            assert!(
                unexpected.reason.contains("instance_url"),
                "{}",
                unexpected.reason
            );
            assert!(!unexpected.reason.contains("CANARY"));
        }
    }

    #[test]
    fn a_refusal_keeps_its_code_and_words() {
        let body =
            r#"{"error":"invalid_grant","error_description":"no client credentials user enabled"}"#;
        let Err(Error::Login(error)) = read(&json(400, body)) else {
            panic!()
        };
        assert_eq!(error.code, "invalid_grant");
        assert_eq!(error.description, "no client credentials user enabled");
        assert_eq!(error.status, 400);
    }

    #[test]
    fn a_description_that_is_no_text_does_not_cost_the_code() {
        for description in ["null", "7", "[]", r#""\ud83d""#] {
            let body = format!(r#"{{"error":"invalid_grant","error_description":{description}}}"#);
            let Err(Error::Login(error)) = read(&json(400, &body)) else {
                panic!("{body}")
            };
            assert_eq!(error.code, "invalid_grant");
        }
    }

    #[test]
    fn a_login_rate_is_a_reason_to_wait() {
        for body in [
            r#"{"error":"invalid_grant","error_description":"login rate exceeded"}"#,
            r#"{"error":"rate_limit_exceeded"}"#,
        ] {
            assert_eq!(read(&json(400, body)).err(), Some(Error::wait(None)));
        }
    }

    #[test]
    fn a_page_for_people_is_no_refusal() {
        let page = answer(503, "text/html", "<h1>Maintenance</h1>");
        assert!(matches!(read(&page), Err(Error::UnexpectedAnswer(_))));
        let page = answer(200, "text/html", "<h1>Log in</h1>");
        assert!(matches!(read(&page), Err(Error::UnexpectedAnswer(_))));
    }

    #[test]
    fn what_may_hold_a_token_is_never_quoted() {
        for body in [
            r#"{"access_token":"00D!CANARY","instance_url":"https://x.example"}"#,
            r#"{"access_token":"00D!CANARY""#,
        ] {
            let unread = read(&answer(200, "text/plain", body)).err().unwrap();
            assert!(!format!("{unread} {unread:?}").contains("CANARY"));
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_read(status in 200_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut answer = json(status, "");
            answer.body = body;
            _ = read(&answer);
        }
    }
}
