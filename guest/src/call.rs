//! A call of Salesforce's API as data: what is sent, and what may be done when its
//! answer is lost. Pure, and below whatever sends it.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::answer::Answer;
use crate::error::Error;
use crate::names::{ApiVersion, Host};
use crate::platform::{Request, Streamed};
use crate::redaction::SFDC_SESSION;
use crate::token::{AccessToken, Fingerprint};
use crate::unauthorized::Unauthorized;

/// The longest URI in bytes, scheme and host included, that Salesforce takes. It
/// answers 414 to a longer one (REST API Developer Guide, "Status Codes and Error
/// Responses").
pub(crate) const URI_BYTES_MAX: usize = 16_384;

/// What is percent-encoded in a segment of a path and in a parameter: everything but RFC
/// 3986's unreserved characters.
pub(crate) const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One function of the contract as two pure ones: input to a call, and an answer to
/// output.
pub(crate) trait Operation {
    /// What the function answers.
    type Output;

    /// The session on which alone the call makes sense, such as that of a query
    /// locator. `None`: any session will do.
    fn session(&self) -> Option<&Fingerprint> {
        None
    }

    /// An object whose records the org's UI API must have, before the call is sent.
    fn needs(&self) -> Option<&str> {
        None
    }

    /// Refuses an input whose record is not of that object, if the ids of its records begin
    /// with this prefix.
    ///
    /// # Errors
    ///
    /// Says which prefix is expected.
    fn fits(&self, _prefix: Option<&str>) -> Result<(), Error> {
        Ok(())
    }

    /// The call. What cannot be sent is refused here.
    fn call(&self) -> Result<Call, Error>;

    /// Reads the answer, which `session` was used for.
    fn read(&self, answer: Answer, session: &Fingerprint) -> Result<Self::Output, Error>;
}

/// A call, before it has a session.
pub(crate) struct Call {
    method: Method,
    path: Path,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Contents,
    manner: Manner,
    carrier: Carrier,
    /// The API version in which the resource appeared, where an older one is still served.
    since: Option<ApiVersion>,
    /// Whether an answer shows that the session works: some resources ask for none.
    proves_session: bool,
    length: Length,
    /// How long the bodies may stand still, if the body of a success is handed over unread.
    idle: Option<Duration>,
}

/// What a call sends.
enum Contents {
    Whole(Bytes),
    /// The body contains the API version, which is known when the call is sent.
    OfVersion(Box<dyn Fn(ApiVersion) -> String>),
}

/// What those who send a call, and judge its answers, have to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) repeat: Repeat,
    /// What can cause a 401.
    pub(crate) unauthorized: Unauthorized,
    /// Whether every answer is handed over as it is, refusals included.
    pub(crate) is_verbatim: bool,
}

impl Manner {
    /// That of a request which reads, and whose refusals are errors.
    pub(crate) const READ: Self = Self {
        repeat: Repeat::Always,
        unauthorized: Unauthorized::Session,
        is_verbatim: false,
    };
}

/// How the session travels with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// `X-SFDC-Session` (Bulk API Developer Guide, "Set a Session Header").
    SfdcSession,
}

/// Where a call goes: a path with its query, on the org's instance.
#[derive(Debug)]
pub(crate) enum Path {
    /// Below `/services/data/vNN.0/`.
    Versioned(String),
    /// As it is, with a slash at its beginning.
    Whole(String),
}

/// What may be done when a call's answer was lost, so that nobody knows whether
/// Salesforce executed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Send it again: executing it twice does what executing it once does.
    Always,
    /// Send it again only if it surely was not executed. Otherwise its outcome is
    /// unknown.
    UnlessExecuted,
    /// Send it again with the idempotency key that it has: Salesforce executes it once.
    Keyed,
}

/// What makes a call's URI long, in words for its caller.
#[derive(Clone, Copy)]
pub(crate) struct Length {
    /// Such as `the SOQL statement`.
    pub(crate) of: &'static str,
    /// What the caller can do.
    pub(crate) remedy: &'static str,
}

impl Length {
    const REQUEST: Self = Self {
        of: "the request",
        remedy: "shorten what it names",
    };
}

impl Call {
    /// A call without a body. `method` decides what is done when its answer is lost:
    /// only GET and HEAD may be repeated, unless the caller knows better
    /// ([`Self::repeat`]).
    pub(crate) fn new(method: Method, path: Path) -> Self {
        let repeat = match method {
            Method::GET | Method::HEAD => Repeat::Always,
            _ => Repeat::UnlessExecuted,
        };
        Self {
            method,
            path,
            headers: Vec::new(),
            body: Contents::Whole(Bytes::new()),
            manner: Manner {
                repeat,
                ..Manner::READ
            },
            carrier: Carrier::Bearer,
            since: None,
            proves_session: true,
            length: Length::REQUEST,
            idle: None,
        }
    }

    /// A call that reads.
    pub(crate) fn get(path: Path) -> Self {
        Self::new(Method::GET, path)
    }

    /// The call with one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The call with a body of this type.
    pub(crate) fn body(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.body = Contents::Whole(body.into());
        self.header(CONTENT_TYPE, content_type)
    }

    /// The call with a body of this type that contains the API version.
    pub(crate) fn versioned_body(
        mut self,
        content_type: HeaderValue,
        body: impl Fn(ApiVersion) -> String + 'static,
    ) -> Self {
        self.body = Contents::OfVersion(Box::new(body));
        self.header(CONTENT_TYPE, content_type)
    }

    /// The call with another class of repeatability than its method's.
    pub(crate) fn repeat(mut self, repeat: Repeat) -> Self {
        self.manner.repeat = repeat;
        self
    }

    /// The call of a resource that this API version was the first to have.
    pub(crate) fn since(mut self, version: ApiVersion) -> Self {
        self.since = Some(version);
        self
    }

    /// The call whose 401 can have other causes than the end of the session.
    pub(crate) fn unauthorized(mut self, cause: Unauthorized) -> Self {
        self.manner.unauthorized = cause;
        self
    }

    /// The call with its session in another header.
    pub(crate) fn carrier(mut self, carrier: Carrier) -> Self {
        self.carrier = carrier;
        self
    }

    /// The call whose every answer is handed over as it is, refusals included.
    pub(crate) fn verbatim(mut self) -> Self {
        self.manner.is_verbatim = true;
        self
    }

    /// The call of a resource that anybody may read: its answer says nothing of the
    /// session.
    pub(crate) fn public(mut self) -> Self {
        self.proves_session = false;
        self
    }

    /// The call with its own words for a URI that is too long.
    pub(crate) fn length(mut self, length: Length) -> Self {
        self.length = length;
        self
    }

    /// The call whose success is handed over while its body arrives, which may stand still
    /// for so long.
    #[cfg(not(feature = "wasi-0-2"))]
    pub(crate) fn streamed(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }

    /// The call with this body, whatever its type.
    #[cfg(not(feature = "wasi-0-2"))]
    pub(crate) fn contents(mut self, body: Bytes) -> Self {
        self.body = Contents::Whole(body);
        self
    }

    /// Whether the body of a success is handed over unread.
    pub(crate) fn is_streamed(&self) -> bool {
        self.idle.is_some()
    }

    #[cfg(not(feature = "wasi-0-2"))]
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn proves_session(&self) -> bool {
        self.proves_session
    }

    pub(crate) fn manner(&self) -> Manner {
        self.manner
    }

    /// Whether the API version is a part of its path.
    pub(crate) fn is_versioned(&self) -> bool {
        matches!(self.path, Path::Versioned(_))
    }

    /// Where it goes on this instance. Salesforce must take its length, and the version must
    /// have the resource.
    pub(crate) fn uri(&self, instance: &Host, version: ApiVersion) -> Result<Uri, Error> {
        if let Some(since) = self.since
            && version < since
        {
            return Err(Error::Unsupported(format!(
                "{} needs API version {since} or newer, and the call asks for {version}",
                self.length.of
            )));
        }
        let uri = match &self.path {
            Path::Versioned(path) => format!("https://{instance}/services/data/{version}/{path}"),
            Path::Whole(path) => format!("https://{instance}{path}"),
        };
        if uri.len() > URI_BYTES_MAX {
            let (bytes, Length { of, remedy }) = (uri.len(), self.length);
            return Err(Error::InvalidInput(format!(
                "{of} makes a URI of {bytes} bytes, and Salesforce takes {URI_BYTES_MAX}: {remedy}"
            )));
        }
        Uri::try_from(uri).map_err(|_| unsendable())
    }

    /// The request to that URI, which is of this version, with the session's token.
    pub(crate) fn request(
        &self,
        uri: &Uri,
        version: ApiVersion,
        token: &AccessToken,
    ) -> Result<Request, Error> {
        let (name, session) = match self.carrier {
            Carrier::Bearer => (AUTHORIZATION, format!("Bearer {}", token.expose())),
            Carrier::SfdcSession => (SFDC_SESSION, token.expose().to_owned()),
        };
        let mut session = HeaderValue::try_from(session).map_err(|_| unsendable())?;
        session.set_sensitive(true);
        let mut request = Request::new(match &self.body {
            Contents::Whole(body) => body.clone(),
            Contents::OfVersion(body) => body(version).into(),
        });
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri.clone();
        if let Some(idle) = self.idle {
            request.extensions_mut().insert(Streamed { idle });
        }
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        // The last word: no call brings a token of its own.
        headers.insert(name, session);
        Ok(request)
    }

    /// Whether Salesforce took the length of the URI, as it answered.
    pub(crate) fn was_short_enough(&self, answer: &Answer) -> Result<(), Error> {
        if self.manner.is_verbatim || !matches!(answer.status, 414 | 431) {
            return Ok(());
        }
        Err(Error::InvalidInput(format!(
            "Salesforce answered {}: {} is too long for a URI",
            answer.status, self.length.of
        )))
    }
}

fn unsendable() -> Error {
    Error::InvalidInput("the call makes no HTTP request".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;

    fn instance() -> Host {
        Host::parse("acme.my.salesforce.com").unwrap()
    }

    fn of_length(length: usize) -> Call {
        let fixed = "https://acme.my.salesforce.com/".len();
        Call::get(Path::Whole(format!("/{}", "x".repeat(length - fixed))))
    }

    #[test]
    fn a_path_is_below_its_version_or_whole() {
        for (path, expected) in [
            (
                Path::Versioned("sobjects/A?x=1".to_owned()),
                "https://acme.my.salesforce.com/services/data/v66.0/sobjects/A?x=1",
            ),
            (
                Path::Versioned(String::new()),
                "https://acme.my.salesforce.com/services/data/v66.0/",
            ),
            (
                Path::Whole("/services/data".to_owned()),
                "https://acme.my.salesforce.com/services/data",
            ),
        ] {
            let uri = Call::get(path).uri(&instance(), ApiVersion::DEFAULT);
            assert_eq!(uri.unwrap(), expected);
        }
    }

    #[test]
    fn a_uri_of_the_limit_passes_and_one_byte_more_does_not() {
        for (length, accepted) in [(URI_BYTES_MAX, true), (URI_BYTES_MAX + 1, false)] {
            let uri = of_length(length).uri(&instance(), ApiVersion::DEFAULT);
            assert_eq!(uri.is_ok(), accepted, "{length}");
        }
    }

    #[test]
    fn a_uri_that_is_too_long_is_told_in_the_words_of_its_call() {
        let too_long = of_length(URI_BYTES_MAX + 1).length(Length {
            of: "the list of ids",
            remedy: "ask for fewer",
        });
        let refused = too_long.uri(&instance(), ApiVersion::DEFAULT).unwrap_err();
        assert_eq!(
            refused,
            Error::InvalidInput(
                "the list of ids makes a URI of 16385 bytes, and Salesforce takes 16384: ask for \
                 fewer"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_uri_that_salesforce_finds_too_long_is_the_callers() {
        for (status, accepted) in [(200, true), (404, true), (414, false), (431, false)] {
            let judged = of_length(99).was_short_enough(&answer(status, "text/html", ""));
            assert_eq!(judged.is_ok(), accepted, "{status}");
        }
    }

    #[test]
    fn a_request_has_everything_of_its_call_and_the_token() {
        let call = Call::new(Method::PATCH, Path::Versioned("sobjects/A/1".to_owned()))
            .header(
                HeaderName::from_static("sforce-auto-assign"),
                HeaderValue::from_static("FALSE"),
            )
            .body(HeaderValue::from_static("application/json"), "{}");
        let uri = call.uri(&instance(), ApiVersion::DEFAULT).unwrap();
        let request = call
            .request(&uri, ApiVersion::DEFAULT, &AccessToken::parse("t").unwrap())
            .unwrap();
        assert_eq!((request.method(), request.uri()), (&Method::PATCH, &uri));
        assert_eq!(&request.body()[..], b"{}");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer t");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert_eq!(request.headers()[ACCEPT], "application/json");
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(request.headers()["sforce-auto-assign"], "FALSE");
    }

    #[test]
    fn a_session_travels_in_one_header() {
        let token = AccessToken::parse("t").unwrap();
        for (carrier, name, value) in [
            (Carrier::Bearer, AUTHORIZATION, "Bearer t"),
            (Carrier::SfdcSession, SFDC_SESSION, "t"),
        ] {
            let call = Call::get(Path::Whole("/services/async/66.0/job/1".to_owned()));
            let call = call.carrier(carrier);
            let uri = call.uri(&instance(), ApiVersion::DEFAULT).unwrap();
            let request = call.request(&uri, ApiVersion::DEFAULT, &token).unwrap();
            assert_eq!(request.headers()[&name], value);
            assert!(request.headers()[&name].is_sensitive());
            assert_eq!(request.headers().len(), 2, "and `accept`");
        }
    }

    #[test]
    fn an_answer_that_is_handed_over_is_never_the_callers_mistake() {
        let verbatim = of_length(99).verbatim();
        assert_eq!(
            verbatim.was_short_enough(&answer(414, "text/html", "")),
            Ok(())
        );
    }

    #[test]
    fn only_what_reads_is_repeated_unless_somebody_knows_better() {
        for (method, repeat) in [
            (Method::GET, Repeat::Always),
            (Method::HEAD, Repeat::Always),
            (Method::POST, Repeat::UnlessExecuted),
            (Method::PUT, Repeat::UnlessExecuted),
            (Method::PATCH, Repeat::UnlessExecuted),
            (Method::DELETE, Repeat::UnlessExecuted),
        ] {
            let call = Call::new(method.clone(), Path::Versioned(String::new()));
            assert_eq!(call.manner().repeat, repeat, "{method}");
        }
        let patch = Call::new(Method::PATCH, Path::Versioned(String::new()));
        let patch = patch.repeat(Repeat::Always);
        assert_eq!(patch.manner().repeat, Repeat::Always);
    }
}
