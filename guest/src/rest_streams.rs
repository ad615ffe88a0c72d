//! Requests whose bodies flow: what of them is sent, and whether a body is short enough to
//! be read whole. Pure.

use std::time::Duration;

use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue, TE};

use crate::answer::Answer;
use crate::call::Call;
use crate::contract::rest_streams::StreamOptions;
use crate::error::Error;
use crate::rest;
use crate::rest::headers::{self, BYTES_MAX};

/// The longest body that is read whole, in bytes, so that it can be sent again: the calls of
/// an instance, 64 at once, then take 16 MiB.
pub(crate) const SHORT_BYTES_MAX: usize = 256 << 10;

/// The times that a request's options name.
const TIMEOUT_MS: u32 = 120_000;
const TIMEOUT_MAX_MS: u32 = 3_600_000;

/// What a caller may send, and the component sets: it is left out.
const IGNORED: [&str; 6] = [
    "authorization",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "x-sfdc-session",
];

/// What changes the meaning of a request.
const REFUSED: [&str; 3] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// A request's head, as it came.
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

/// A request that can be sent: what is known before its body.
pub(crate) struct Asked {
    /// Without its body.
    pub(crate) call: Call,
    pub(crate) contents: Contents,
}

/// What a request's head says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// It has this many bytes: few.
    Short(usize),
    /// It should have none, and nothing says so.
    Undeclared,
    /// It is long, or nobody knows how long.
    Long,
}

/// How long a request waits, in the options' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) timeout_ms: u32,
    pub(crate) idle: Duration,
}

impl Times {
    /// The times of these options.
    pub(crate) fn of(options: StreamOptions) -> Result<Self, Error> {
        let timeout_ms = options.timeout_ms.unwrap_or(TIMEOUT_MS);
        let idle_ms = options.idle_ms.unwrap_or(timeout_ms);
        for (name, ms) in [("timeout-ms", timeout_ms), ("idle-ms", idle_ms)] {
            if !(1..=TIMEOUT_MAX_MS).contains(&ms) {
                return Err(Error::InvalidInput(format!(
                    "{name} is not from 1 to {TIMEOUT_MAX_MS}"
                )));
            }
        }
        Ok(Self {
            timeout_ms,
            idle: Duration::from_millis(idle_ms.into()),
        })
    }
}

/// Reads a request's head.
///
/// # Errors
///
/// Names the rule that it breaks, and quotes no value.
pub(crate) fn read(head: &Head, options: StreamOptions) -> Result<Asked, Error> {
    let idle = Times::of(options)?.idle;
    let method = method(&head.method)?;
    if !head.path.starts_with('/') {
        return Err(Error::InvalidInput(
            "the path cannot be sent: it does not begin with `/`".to_owned(),
        ));
    }
    let (headers, length) = sent(&head.headers)?;
    let contents = contents(&method, length);
    let headers = headers.into_iter();
    // A short body is measured when it has been read.
    let kept = |name: &HeaderName| contents == Contents::Long || name != CONTENT_LENGTH;
    let headers: Vec<_> = headers.filter(|(name, _)| kept(name)).collect();
    let call = rest::call(method, &head.path, headers, options.repeatable)?;
    Ok(Asked {
        call: call.streamed(idle),
        contents,
    })
}

/// Those of `rest`.
fn method(name: &str) -> Result<Method, Error> {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let mut known = known.into_iter();
    known.find(|method| method.as_str() == name).ok_or_else(|| {
        Error::InvalidInput("the method is not one that Salesforce's API has".to_owned())
    })
}

fn contents(method: &Method, length: Option<u64>) -> Contents {
    let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    match length.map(usize::try_from) {
        Some(Ok(length)) if length <= SHORT_BYTES_MAX => Contents::Short(length),
        Some(_) => Contents::Long,
        None if has_body => Contents::Long,
        None => Contents::Undeclared,
    }
}

type Sent = (Vec<(HeaderName, HeaderValue)>, Option<u64>);

/// The headers that are sent, and the length of the body if it is known.
fn sent(given: &[(String, Vec<u8>)]) -> Result<Sent, Error> {
    let bytes: usize = given
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > BYTES_MAX {
        return Err(refused(&format!(
            "they have {bytes} bytes, and {BYTES_MAX} are allowed"
        )));
    }
    let mut headers = Vec::with_capacity(given.len() + 1);
    let mut length = None;
    for (name, value) in given {
        let name = HeaderName::try_from(name.as_str());
        let name = name.map_err(|_| refused("a name is not valid"))?;
        if let Some(name) = REFUSED.iter().find(|known| name == **known) {
            return Err(refused(&format!("`{name}` is not the caller's to set")));
        }
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| refused(&format!("the value of `{name}` is not valid")))?;
        if name == CONTENT_LENGTH {
            let parsed = value.to_str().ok().and_then(|text| text.parse().ok());
            if parsed.is_none() || length.is_some() {
                return Err(refused("`content-length` is one number"));
            }
            length = parsed;
        }
        if is_passed_on(&name, &value) {
            headers.push((name, value));
        }
    }
    Ok((headers, length))
}

fn is_passed_on(name: &HeaderName, value: &HeaderValue) -> bool {
    if name == TE {
        // All that HTTP/2 takes (RFC 9113, section 8.2.2).
        return value.as_bytes().eq_ignore_ascii_case(b"trailers");
    }
    let is_trailer = name == "trailer";
    !IGNORED.contains(&name.as_str()) && (is_trailer || !headers::is_of_one_connection(name))
}

fn refused(rule: &str) -> Error {
    Error::InvalidInput(format!("the headers cannot be sent: {rule}"))
}

/// A complete answer, as its caller gets it: its status, its headers and its body.
///
/// # Errors
///
/// When it takes too long to search its body for secrets.
pub(crate) fn whole(method: &Method, mut answer: Answer) -> Result<Whole, Error> {
    if rest::has_deleted(method, &answer) {
        return Ok(Whole {
            status: 204,
            headers: headers::answered_without_body(&answer),
            body: Vec::new(),
        });
    }
    let mut headers = headers::answered(&answer);
    let mut body = std::mem::take(&mut answer.body);
    if answer.coding().is_some() {
        // The status says more than a body that nobody can look into.
        headers.retain(|(name, _)| CONTENT_ENCODING != name.as_str());
        body.clear();
    }
    let Some(body) = answer.secrets.body(body) else {
        return Err(answer.unexpected_secret(rest::UNSEARCHABLE));
    };
    if *method != Method::HEAD {
        headers.retain(|(name, _)| CONTENT_LENGTH != name.as_str());
        headers.push((CONTENT_LENGTH.to_string(), body.len().to_string()));
    }
    Ok(Whole {
        status: answer.status,
        headers,
        body,
    })
}

/// A complete answer.
pub(crate) struct Whole {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;
    use crate::names::{ApiVersion, Host};
    use crate::token::AccessToken;

    const OPTIONS: StreamOptions = StreamOptions {
        timeout_ms: None,
        idle_ms: None,
        repeatable: false,
    };

    fn head(method: &str, headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter();
        Head {
            method: method.to_owned(),
            path: "/services/data/v66.0/sobjects/Account".to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
        }
    }

    fn words(outcome: Result<Asked, Error>) -> String {
        match outcome {
            Err(Error::InvalidInput(why)) => why,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it is sent"),
        }
    }

    #[test]
    fn a_body_is_short_if_its_length_says_so_and_any_other_is_not_touched() {
        let most = SHORT_BYTES_MAX.to_string();
        let more = (SHORT_BYTES_MAX + 1).to_string();
        for (method, length, expected) in [
            ("POST", Some("0"), Contents::Short(0)),
            ("POST", Some("7"), Contents::Short(7)),
            ("PUT", Some(most.as_str()), Contents::Short(SHORT_BYTES_MAX)),
            ("PATCH", Some(more.as_str()), Contents::Long),
            ("PUT", Some("99999999999999"), Contents::Long),
            ("POST", None, Contents::Long),
            ("PUT", None, Contents::Long),
            ("PATCH", None, Contents::Long),
            ("GET", None, Contents::Undeclared),
            ("HEAD", None, Contents::Undeclared),
            ("DELETE", None, Contents::Undeclared),
            ("OPTIONS", None, Contents::Undeclared),
            ("GET", Some("3"), Contents::Short(3)),
        ] {
            let headers: Vec<_> = length
                .map(|length| ("content-length", length))
                .into_iter()
                .collect();
            let asked = read(&head(method, &headers), OPTIONS).unwrap();
            assert_eq!(asked.contents, expected, "{method} {length:?}");
        }
    }

    #[test]
    fn what_is_not_the_callers_is_left_out_and_the_rest_is_passed_on() {
        let given = [
            ("authorization", "Bearer mine"),
            ("x-sfdc-session", "mine"),
            ("cookie", "a=b"),
            ("host", "evil.example"),
            ("expect", "100-continue"),
            ("forwarded", "for=1"),
            ("connection", "close"),
            ("proxy-authorization", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "x"),
            ("te", "trailers"),
            ("trailer", "x-checksum"),
            ("accept-encoding", "gzip"),
            ("content-type", "text/csv"),
            ("if-match", "\"1\""),
        ];
        let asked = read(&head("POST", &given), OPTIONS).unwrap();
        let instance = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = asked.call.uri(&instance, ApiVersion::DEFAULT).unwrap();
        let token = AccessToken::parse("t").unwrap();
        let request = asked
            .call
            .request(&uri, ApiVersion::DEFAULT, &token)
            .unwrap();
        let mut names: Vec<&str> = request.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected = [
            "accept",
            "accept-encoding",
            "authorization",
            "content-type",
            "if-match",
            "te",
            "trailer",
        ];
        assert_eq!(names, expected);
        assert_eq!(request.headers()["authorization"], "Bearer t");
    }

    #[test]
    fn only_the_trailers_of_te_are_passed_on() {
        let te = HeaderName::from_static("te");
        for (value, is) in [("trailers", true), ("Trailers", true), ("gzip", false)] {
            let value = HeaderValue::from_static(value);
            assert_eq!(is_passed_on(&te, &value), is, "{value:?}");
        }
    }

    #[test]
    fn the_length_of_a_long_body_is_sent_and_that_of_a_short_one_is_measured() {
        for (length, is_sent) in [("7", false), ("999999", true)] {
            let (headers, _) = sent(&head("PUT", &[("content-length", length)]).headers).unwrap();
            assert_eq!(headers.len(), 1);
            let asked = read(&head("PUT", &[("content-length", length)]), OPTIONS).unwrap();
            let instance = Host::parse("acme.my.salesforce.com").unwrap();
            let uri = asked.call.uri(&instance, ApiVersion::DEFAULT).unwrap();
            let request =
                asked
                    .call
                    .request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap());
            let request = request.unwrap();
            assert_eq!(
                request.headers().contains_key(CONTENT_LENGTH),
                is_sent,
                "{length}"
            );
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_its_rule() {
        let long = "x".repeat(BYTES_MAX);
        for (method, headers, rule) in [
            ("TRACE", vec![], "the method"),
            ("CONNECT", vec![], "the method"),
            ("get", vec![], "the method"),
            (
                "GET",
                vec![("x-http-method-override", "TRACE")],
                "`x-http-method-override`",
            ),
            ("GET", vec![("X-HTTP-Method", "TRACE")], "`x-http-method`"),
            (
                "POST",
                vec![("content-length", "7"), ("content-length", "7")],
                "one number",
            ),
            ("POST", vec![("content-length", "+7x")], "one number"),
            ("POST", vec![("a", long.as_str())], "16385 bytes"),
            ("POST", vec![("x", "a\nCANARY")], "the value of `x`"),
        ] {
            let why = words(read(&head(method, &headers), OPTIONS));
            assert!(why.contains(rule) && !why.contains("CANARY"), "{why}");
        }
        let mut relative = head("GET", &[]);
        relative.path = "limits".to_owned();
        assert!(words(read(&relative, OPTIONS)).contains("does not begin with `/`"));
        let mut login = head("GET", &[]);
        login.path = "/services/oauth2/userinfo".to_owned();
        assert!(words(read(&login, OPTIONS)).contains("/services/oauth2"));
    }

    #[test]
    fn times_are_from_a_millisecond_to_an_hour_and_one_follows_the_other() {
        let of = |timeout_ms, idle_ms| {
            Times::of(StreamOptions {
                timeout_ms,
                idle_ms,
                repeatable: false,
            })
        };
        let default = of(None, None).unwrap();
        assert_eq!(default.timeout_ms, TIMEOUT_MS);
        assert_eq!(default.idle, Duration::from_secs(120));
        assert_eq!(of(Some(7), None).unwrap().idle, Duration::from_millis(7));
        assert_eq!(of(None, Some(7)).unwrap().idle, Duration::from_millis(7));
        assert!(of(Some(TIMEOUT_MAX_MS), Some(TIMEOUT_MAX_MS)).is_ok());
        for (timeout, idle) in [
            (Some(0), None),
            (None, Some(0)),
            (Some(TIMEOUT_MAX_MS + 1), None),
            (None, Some(TIMEOUT_MAX_MS + 1)),
        ] {
            assert!(of(timeout, idle).is_err(), "{timeout:?} {idle:?}");
        }
    }

    #[test]
    fn a_complete_answer_has_the_length_of_what_is_left_of_it() {
        let mut refusal = answer(404, "application/json", "[\"00D!a-token\"]");
        refusal.secrets.add("00D!a-token");
        let old = HeaderValue::from(refusal.body.len());
        refusal.headers.insert(CONTENT_LENGTH, old);
        let told = whole(&Method::GET, refusal).unwrap();
        assert_eq!(told.body, b"[\"[redacted]\"]");
        let lengths = told.headers.iter();
        let lengths = lengths.filter(|(name, _)| name == "content-length");
        let lengths: Vec<_> = lengths.map(|(_, value)| value.as_str()).collect();
        assert_eq!(lengths, ["14"]);
        for codings in [&["br"][..], &["gzip, gzip"], &["identity", "deflate"]] {
            let mut coded = answer(404, "application/json", "CANARY");
            for coding in codings {
                let coding = HeaderValue::from_static(coding);
                coded.headers.append(CONTENT_ENCODING, coding);
            }
            let told = whole(&Method::GET, coded).unwrap();
            assert!(told.body.is_empty(), "{codings:?}");
            let names: Vec<_> = told.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert!(!names.contains(&"content-encoding"), "{names:?}");
        }
        let mut plain = answer(404, "application/json", "plain");
        let identity = HeaderValue::from_static("identity");
        plain.headers.insert(CONTENT_ENCODING, identity);
        assert_eq!(whole(&Method::GET, plain).unwrap().body, b"plain");
        let head = whole(&Method::HEAD, answer(404, "application/json", "")).unwrap();
        assert_eq!(head.headers.len(), 1, "{:?}", head.headers);
    }
}
