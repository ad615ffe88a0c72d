//! What requests are signed with, and where it comes from.
//!
//! Source: SDKs and Tools Reference Guide, "Container credential provider" and
//! "Environment variables".

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::{HeaderValue, Uri, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sfbox_secret::Kind;

use crate::platform::{Answer, Request};

/// Where the agent of Amazon ECS listens; the relative URI is relative to it.
const ECS: &str = "http://169.254.170.2";

/// The addresses that are asked without TLS, besides loopback: the agents of
/// Amazon ECS and of EKS Pod Identity.
const AGENTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// How long before their end credentials are replaced: more than any clock is
/// wrong that AWS still takes signatures of.
const REFRESH_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The longest answer with credentials: a session token has up to some 12 KiB.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Where credentials come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The environment has them.
    Fixed(Credentials),
    /// An agent on this machine hands them out.
    Agent {
        uri: Uri,
        /// Sent as `authorization`.
        token: Option<HeaderValue>,
    },
}

/// Why there is no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSource {
    /// No variable names one.
    None,
    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is no path.
    RelativeUri,
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` is no URL of https, of loopback, or of
    /// the agents of ECS and EKS.
    FullUri,
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN` cannot be sent in a header.
    Token,
}

/// The first source that the variables name, in the order of the AWS SDKs.
pub(crate) fn source<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Result<Source, NoSource> {
    if let (Some(id), Some(key)) = (
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
    ) {
        let token = variable("AWS_SESSION_TOKEN").map(str::to_owned);
        let credentials = Credentials::new(id, key, token, None, "environment");
        return Ok(Source::Fixed(credentials));
    }
    let uri = if let Some(path) = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        // What does not begin so would change the host.
        let path = path.starts_with('/').then(|| format!("{ECS}{path}"));
        let uri = path.and_then(|uri| uri.parse().ok());
        uri.ok_or(NoSource::RelativeUri)?
    } else if let Some(uri) = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        let uri = uri.parse().ok().filter(is_trusted);
        uri.ok_or(NoSource::FullUri)?
    } else {
        return Err(NoSource::None);
    };
    let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|token| {
        let mut token = HeaderValue::from_str(token).map_err(|_| NoSource::Token)?;
        token.set_sensitive(true);
        Ok(token)
    });
    let token = token.transpose()?;
    Ok(Source::Agent { uri, token })
}

/// Whether credentials may be asked for at that URI: by TLS, or on a way that
/// does not leave this machine.
fn is_trusted(uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else {
        return false;
    };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host().trim_matches(['[', ']']);
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => host == "localhost" || host.parse().is_ok_and(is_local),
        _ => false,
    }
}

fn is_local(address: IpAddr) -> bool {
    let agents = AGENTS.iter().filter_map(|agent| agent.parse().ok());
    address.is_loopback() || agents.into_iter().any(|agent: IpAddr| agent == address)
}

/// Asks an agent for credentials.
pub(crate) fn request(uri: &Uri, token: Option<&HeaderValue>) -> Request {
    let mut request = Request::new(SecretString::default());
    *request.uri_mut() = uri.clone();
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = token {
        headers.insert(header::AUTHORIZATION, token.clone());
    }
    request
}

/// What an agent's refusal means, if it is one.
pub(crate) fn refusal(answer: &Answer) -> Option<Kind> {
    match answer.status().as_u16() {
        200 => None,
        429 => Some(Kind::Throttled(None)),
        500..=599 => Some(Kind::Unavailable),
        _ => Some(Kind::Denied),
    }
}

/// The credentials that an agent answered.
pub(crate) fn read(answer: &Answer) -> Result<Credentials, Kind> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answered {
        access_key_id: String,
        secret_access_key: String,
        token: Option<String>,
        expiration: Option<String>,
    }
    let answered: Answered =
        serde_json::from_slice(answer.body().expose_secret()).map_err(|_| Kind::Unavailable)?;
    let expiry = answered
        .expiration
        .map(|text| {
            let time = DateTime::from_str(&text, Format::DateTimeWithOffset).ok()?;
            SystemTime::try_from(time).ok()
        })
        .map(|time| time.ok_or(Kind::Unavailable))
        .transpose()?;
    Ok(Credentials::new(
        answered.access_key_id,
        answered.secret_access_key,
        answered.token,
        expiry,
        "container",
    ))
}

/// How good credentials are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// They last.
    Fresh,
    /// They end soon: better ones are wanted.
    Ending,
    /// They are of no use.
    Ended,
}

/// How good they are `now`.
pub(crate) fn state(credentials: &Credentials, now: SystemTime) -> State {
    let left = credentials
        .expiry()
        .map(|end| end.duration_since(now).unwrap_or_default());
    match left {
        None => State::Fresh,
        Some(Duration::ZERO) => State::Ended,
        Some(left) if left <= REFRESH_BEFORE => State::Ending,
        Some(_) => State::Fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&'static str, &'static str)]) -> Result<String, NoSource> {
        let find = |name: &str| variables.iter().find(|(own, _)| *own == name);
        Ok(match source(|name| find(name).map(|(_, value)| *value))? {
            Source::Fixed(credentials) => format!(
                "{} {:?}",
                credentials.access_key_id(),
                credentials.session_token()
            ),
            Source::Agent { uri, token } => format!("{uri} {}", token.is_some()),
        })
    }

    const ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "AKID");
    const KEY: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "CANARY");
    const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

    #[test]
    fn the_first_source_that_is_whole_counts() {
        let relative = (RELATIVE, "/v2/credentials/x?y=z");
        let full = (FULL, "http://169.254.170.23/v1/credentials");
        for (variables, found) in [
            (vec![ID, KEY, relative], "AKID None"),
            (
                vec![ID, KEY, ("AWS_SESSION_TOKEN", "t")],
                "AKID Some(\"t\")",
            ),
            (
                vec![ID, relative, full],
                "http://169.254.170.2/v2/credentials/x?y=z false",
            ),
            (
                vec![full, (TOKEN, "Bearer x")],
                "http://169.254.170.23/v1/credentials true",
            ),
        ] {
            assert_eq!(of(&variables).as_deref(), Ok(found));
        }
        assert_eq!(of(&[ID]), Err(NoSource::None));
        assert_eq!(of(&[full, (TOKEN, "a\nb")]), Err(NoSource::Token));
    }

    #[test]
    fn a_relative_uri_cannot_leave_the_agent() {
        for path in ["", "x", "@evil.example/", ".evil.example/", "/a b"] {
            let refused = of(&[(RELATIVE, path)]);
            assert_eq!(refused, Err(NoSource::RelativeUri), "{path}");
        }
    }

    #[test]
    fn credentials_are_asked_for_by_tls_or_on_this_machine() {
        for (uri, trusted) in [
            ("https://anywhere.example/x", true),
            ("http://localhost:8080/x", true),
            ("http://127.0.0.1/x", true),
            ("http://127.9.9.9:81/x", true),
            ("http://[::1]/x", true),
            ("http://169.254.170.2/x", true),
            ("http://169.254.170.23/x", true),
            ("http://[fd00:ec2::23]/x", true),
            ("http://169.254.170.3/x", false),
            ("http://169.254.169.254/x", false),
            ("http://localhost.evil.example/x", false),
            ("http://127.0.0.1@evil.example/x", false),
            ("https://user@evil.example/x", false),
            ("http://evil.example/x", false),
            ("ftp://127.0.0.1/x", false),
            ("/x", false),
        ] {
            let found = uri.parse().ok().as_ref().is_some_and(is_trusted);
            assert_eq!(found, trusted, "{uri}");
        }
        let refused = of(&[(FULL, "http://evil.example/x")]);
        assert_eq!(refused, Err(NoSource::FullUri));
    }

    fn answer(status: u16, body: &str) -> Answer {
        let mut answer = Answer::new(body.as_bytes().to_vec().into());
        *answer.status_mut() = status.try_into().unwrap();
        answer
    }

    #[test]
    fn an_agents_answer_is_read() {
        let whole = r#"{"RoleArn":"r","AccessKeyId":"AKID","SecretAccessKey":"CANARY","Token":"t",
            "Expiration":"2026-11-24T23:00:00Z"}"#;
        let read_one = read(&answer(200, whole)).unwrap();
        assert_eq!(read_one.access_key_id(), "AKID");
        assert_eq!(read_one.secret_access_key(), "CANARY");
        assert_eq!(read_one.session_token(), Some("t"));
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_561_200);
        assert_eq!(read_one.expiry(), Some(end));
        for body in [
            "",
            "{}",
            r#"{"AccessKeyId":"AKID","Token":"t"}"#,
            &whole.replace("2026-11-24", "CANARY"),
        ] {
            assert_eq!(read(&answer(200, body)).err(), Some(Kind::Unavailable));
        }
    }

    #[test]
    fn an_agents_refusal_passes_or_stands() {
        for (status, kind) in [
            (200, None),
            (400, Some(Kind::Denied)),
            (404, Some(Kind::Denied)),
            (429, Some(Kind::Throttled(None))),
            (500, Some(Kind::Unavailable)),
            (302, Some(Kind::Denied)),
        ] {
            assert_eq!(refusal(&answer(status, "")), kind, "{status}");
        }
    }

    #[test]
    fn credentials_are_replaced_before_they_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let second = Duration::from_secs(1);
        let ending = |end| Credentials::new("i", "k", None, end, "test");
        for (end, found) in [
            (None, State::Fresh),
            (Some(now + REFRESH_BEFORE + second), State::Fresh),
            (Some(now + REFRESH_BEFORE), State::Ending),
            (Some(now + second), State::Ending),
            (Some(now), State::Ended),
            (Some(now - second), State::Ended),
        ] {
            assert_eq!(state(&ending(end), now), found, "{end:?}");
        }
    }

    #[test]
    fn nothing_of_a_source_is_told() {
        let find = |variables: &'static [(&str, &str)]| {
            source(move |name| {
                let found = variables.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| *value)
            })
        };
        for variables in [
            &[ID, KEY, ("AWS_SESSION_TOKEN", "CANARY")][..],
            &[(RELATIVE, "/"), (TOKEN, "CANARY")],
        ] {
            assert!(!format!("{:?}", find(variables)).contains("CANARY"));
        }
        let (uri, token) = (Uri::from_static("/"), HeaderValue::from_static("x"));
        assert_eq!(request(&uri, Some(&token)).headers()["authorization"], "x");
    }
}
