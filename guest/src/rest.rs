//! Any request of the API: what is refused before it is sent, and what may be
//! done with it. Its answers are handed over as they are, refusals included.

pub(crate) mod headers;
pub(crate) mod path;
mod reads;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::call::{Call, Length, Operation, Repeat};
use crate::contract::rest::{Method as Verb, Request, Response};
use crate::error::Error;
use crate::token::Fingerprint;
use path::Target;

/// The longest body in bytes: as long as the longest answer. Salesforce refuses JSON of
/// more than 52,428,800 bytes by itself.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What a body is that names no type.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The code with which a record is refused that was deleted before (SOAP API Developer
/// Guide, "ExceptionCode").
pub(crate) const DELETED: &str = "ENTITY_IS_DELETED";

/// Why an answer is not handed over that may hold a secret.
pub(crate) const UNSEARCHABLE: &str =
    "the body resembles the session's token in too many places to be searched for it";

/// What makes the URI of a request long.
const LENGTH: Length = Length {
    of: "the path",
    remedy: "send what is long in the body",
};

/// `rest.send`.
pub(crate) struct Send {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    repeatable: bool,
}

impl Send {
    pub(crate) fn new(request: Request, repeatable: bool) -> Self {
        Self {
            method: method(request.method),
            path: request.path,
            headers: request.headers,
            body: request.body.into(),
            repeatable,
        }
    }
}

/// The call of a request without its body.
///
/// # Errors
///
/// Names the rule that the path or its method breaks, and quotes nothing of it.
pub(crate) fn call(
    method: Method,
    path: &str,
    headers: Vec<(HeaderName, HeaderValue)>,
    repeatable: bool,
) -> Result<Call, Error> {
    let target = path::read(path)?;
    if target.place.is_only_read() && !matches!(method, Method::GET | Method::HEAD) {
        return Err(Error::InvalidInput(
            "an identity URL takes only GET and HEAD".to_owned(),
        ));
    }
    let repeat = repeat(&method, &target, &headers, repeatable);
    // Anybody may ask for the options of a resource.
    let is_public = !target.place.proves_session() || method == Method::OPTIONS;
    let place = target.place;
    let unauthorized = place.unauthorized().by(&method);
    let mut call = Call::new(method, target.path)
        .repeat(repeat)
        .length(LENGTH)
        .unauthorized(unauthorized)
        .carrier(place.carrier())
        .verbatim();
    if is_public {
        call = call.public();
    }
    for (name, value) in headers {
        call = call.header(name, value);
    }
    Ok(call)
}

fn repeat(
    method: &Method,
    target: &Target,
    headers: &[(HeaderName, HeaderValue)],
    repeatable: bool,
) -> Repeat {
    match repeatable || reads::reads(method, target, headers) {
        true => Repeat::Always,
        false => Repeat::UnlessExecuted,
    }
}

/// Whether the record was deleted by this very call, whose first answer was lost.
pub(crate) fn has_deleted(method: &Method, answer: &Answer) -> bool {
    let deleted = || {
        let failure = answer.api_failure();
        failure.is_some_and(|failure| failure.errors.iter().any(|one| one.code == DELETED))
    };
    *method == Method::DELETE && answer.may_have_run_before && !answer.is_success() && deleted()
}

impl Operation for Send {
    type Output = Response;

    fn call(&self) -> Result<Call, Error> {
        if self.body.len() > BODY_BYTES_MAX {
            let bytes = self.body.len();
            return Err(Error::InvalidInput(format!(
                "the body has {bytes} bytes, and {BODY_BYTES_MAX} are allowed"
            )));
        }
        let mut headers = headers::sent(&self.headers)?;
        let is_type = |header: &(HeaderName, HeaderValue)| header.0 == CONTENT_TYPE;
        let content_type = headers.iter().position(is_type);
        let content_type = content_type.map(|at| headers.swap_remove(at).1);
        let call = call(self.method.clone(), &self.path, headers, self.repeatable)?;
        Ok(match (content_type, self.body.is_empty()) {
            (content_type, false) => call.body(content_type.unwrap_or(JSON), self.body.clone()),
            (Some(content_type), true) => call.header(CONTENT_TYPE, content_type),
            (None, true) => call,
        })
    }

    fn read(&self, mut answer: Answer, _: &Fingerprint) -> Result<Response, Error> {
        if has_deleted(&self.method, &answer) {
            return Ok(Response {
                status: 204,
                headers: headers::answered_without_body(&answer),
                body: Vec::new(),
            });
        }
        let headers = headers::answered(&answer);
        let body = std::mem::take(&mut answer.body);
        match answer.secrets.body(body) {
            Some(body) => Ok(Response {
                status: answer.status,
                headers,
                body,
            }),
            None => Err(answer.unexpected_secret(UNSEARCHABLE)),
        }
    }
}

/// The method of HTTP.
pub(crate) fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Head => Method::HEAD,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete => Method::DELETE,
        Verb::Options => Method::OPTIONS,
    }
}

#[cfg(test)]
mod tests;
