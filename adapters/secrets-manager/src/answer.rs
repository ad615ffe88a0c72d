//! Answers of Secrets Manager: what they say, and what a refusal means.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::header;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sfbox_secret::{Kind, aws};

use crate::platform::Answer;

/// The longest answer: a secret of the longest text, each byte of it escaped
/// (RFC 8259, section 7: six bytes for one), and what is around it.
pub(crate) const ANSWER_BYTES_MAX: usize = 6 * sfbox_secret::SECRET_BYTES_MAX + (16 << 10);

/// A version as `GetSecretValue` answers it.
pub(crate) struct Version {
    pub(crate) id: String,
    /// What everybody calls the secret, whether by name or by ARN.
    pub(crate) arn: String,
    pub(crate) text: SecretString,
    /// How old it is, by AWS's own clock.
    pub(crate) age: Option<Duration>,
}

/// What a refusal of that operation means, if the answer is one.
pub(crate) fn refusal(operation: &str, answer: &Answer) -> Option<Kind> {
    #[derive(Default, Deserialize)]
    struct Refused {
        #[serde(default, rename = "__type")]
        code: String,
        #[serde(default, alias = "Message")]
        message: String,
    }
    if answer.status() == http::StatusCode::OK {
        return None;
    }
    // What is not AWS's is perhaps a proxy's: it has no code.
    let refused: Refused =
        serde_json::from_slice(answer.body().expose_secret()).unwrap_or_default();
    let header = answer.headers().get("x-amzn-errortype");
    let code = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or(&refused.code);
    Some(aws::kind_of(
        operation,
        plain(code),
        &refused.message,
        || retry_after(answer),
    ))
}

/// A code alone: some services put a namespace before it and a URL after it
/// (Smithy, "AWS JSON 1.1 protocol", on operation errors).
fn plain(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default()
}

/// Seconds, by RFC 9110, section 10.2.3; a date is not what AWS sends.
fn retry_after(answer: &Answer) -> Option<u32> {
    let header = answer.headers().get(header::RETRY_AFTER)?;
    header.to_str().ok()?.trim().parse().ok()
}

/// The version that `GetSecretValue` answered.
pub(crate) fn version(answer: &Answer) -> Result<Version, Kind> {
    #[derive(Deserialize)]
    struct Answered {
        #[serde(rename = "ARN")]
        arn: String,
        #[serde(rename = "VersionId")]
        id: String,
        /// A secret of bytes has none.
        #[serde(rename = "SecretString")]
        text: Option<String>,
        /// In seconds since 1970.
        #[serde(rename = "CreatedDate")]
        created: Option<f64>,
    }
    // A page of a proxy, perhaps.
    let answered: Answered =
        serde_json::from_slice(answer.body().expose_secret()).map_err(|_| Kind::Unavailable)?;
    let age = answered
        .created
        .zip(date(answer))
        .and_then(|(created, date)| aws::age(date, created));
    Ok(Version {
        id: answered.id,
        arn: answered.arn,
        text: answered.text.ok_or(Kind::Malformed)?.into(),
        age,
    })
}

/// When AWS answered, by its own clock, in seconds since 1970.
fn date(answer: &Answer) -> Option<f64> {
    let header = answer.headers().get(header::DATE)?.to_str().ok()?;
    let date = DateTime::from_str(header, Format::HttpDate).ok()?;
    Some(date.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use sfbox_secret::aws::{GET, MOVE};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let mut answer = Answer::new(body.as_bytes().to_vec().into());
        *answer.status_mut() = status.try_into().unwrap();
        for (name, value) in headers {
            answer
                .headers_mut()
                .insert(*name, HeaderValue::from_static(value));
        }
        answer
    }

    #[test]
    fn a_refusal_is_known_by_its_code_wherever_that_stands() {
        let body = |code: &str| format!(r#"{{"__type":"{code}","Message":"CANARY"}}"#);
        for (status, headers, body, kind) in [
            (
                400,
                vec![],
                body("ResourceNotFoundException"),
                Kind::NotFound,
            ),
            (
                400,
                vec![],
                body("com.amazonaws.secretsmanager#ResourceExistsException"),
                Kind::Conflict,
            ),
            (
                400,
                vec![(
                    "x-amzn-errortype",
                    "AccessDeniedException:http://x.example/",
                )],
                "{}".to_owned(),
                Kind::Denied,
            ),
            (
                400,
                vec![("retry-after", "7")],
                body("ThrottlingException"),
                Kind::Throttled(Some(7)),
            ),
            (
                400,
                vec![("retry-after", "-7")],
                body("ThrottlingException"),
                Kind::Throttled(None),
            ),
            (500, vec![], body("InternalServiceError"), Kind::Unavailable),
            (502, vec![], "<html>".to_owned(), Kind::Unavailable),
            (302, vec![], String::new(), Kind::Unavailable),
        ] {
            let found = refusal(GET, &answer(status, &headers, &body));
            assert_eq!(found, Some(kind), "{status} {body}");
        }
        let stage = r#"{"__type":"InvalidParameterException","message":"it moved"}"#;
        let refused = answer(400, &[], stage);
        assert_eq!(refusal(MOVE, &refused), Some(Kind::Conflict));
        assert_eq!(refusal(GET, &answer(200, &[], "")), None);
    }

    #[test]
    fn a_version_is_read_with_its_age_by_awss_clock() {
        let date = [("date", "Tue, 24 Nov 2026 23:00:00 GMT")];
        let body = r#"{"ARN":"a","Name":"n","VersionId":"v","SecretString":"{\"k\":\"\u00e9\"}",
            "CreatedDate":1795561193.5,"VersionStages":["AWSCURRENT"]}"#;
        let read = version(&answer(200, &date, body)).ok().unwrap();
        assert_eq!((read.id.as_str(), read.arn.as_str()), ("v", "a"));
        assert_eq!(read.text.expose_secret(), "{\"k\":\"\u{e9}\"}");
        assert_eq!(read.age, Some(Duration::from_millis(6_500)));
        for (headers, body) in [
            (&[][..], body.to_owned()),
            (&[("date", "yesterday")][..], body.to_owned()),
            (&date[..], body.replace("CreatedDate", "Created")),
        ] {
            let read = version(&answer(200, headers, &body)).ok().unwrap();
            assert_eq!(read.age, None);
        }
    }

    #[test]
    fn what_is_no_version_is_not_quoted() {
        for (body, kind) in [
            (
                r#"{"ARN":"a","VersionId":"v","SecretBinary":"CANARY"}"#,
                Kind::Malformed,
            ),
            (r#"{"ARN":"CANARY"}"#, Kind::Unavailable),
            ("<html>CANARY</html>", Kind::Unavailable),
            ("", Kind::Unavailable),
        ] {
            let refused = version(&answer(200, &[], body)).err();
            assert_eq!(refused, Some(kind), "{body}");
        }
    }
}
