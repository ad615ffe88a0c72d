//! One exchange: limits, faults, answer.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_XSS_PROTECTION,
};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;
use crate::api;
use crate::authority::Authority;
use crate::body::{Body, Course};
use crate::bulk::v1;
use crate::control::{endpoints, guard};
use crate::error::{ApiError, Blame};
use crate::fault::{CannedAnswer, Effect, Slow};
use crate::idempotency;
use crate::in_flight::InFlight;
use crate::misdirected;
use crate::org::Org;
use crate::repeated;
use crate::request::{
    API_BODY_BYTES_MAX, API_BODY_TIMEOUT, Authorization, BATCH_BYTES_MAX, BODY_BYTES_MAX,
    BODY_TIMEOUT, Request, UPLOAD_BYTES_MAX, method_of, too_long,
};
use crate::resource::Route;
use crate::router::Target;
use crate::sized::{CompressedAnswer, SizedAnswer};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SFDC_REQUEST_ID: HeaderName = HeaderName::from_static("x-sfdc-request-id");

/// A name that every program of this machine shares: a browser that were told to
/// use TLS for it would reach none of the others any more.
const LOCALHOST: &str = "localhost";

/// What every answer tells browsers. Source: the answer in jsforce/jsforce, pull
/// request 1301. Its cookies are left out: no client of the API keeps them.
const PROTECTION: [(HeaderName, &str); 3] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_XSS_PROTECTION, "1; mode=block"),
    (HeaderName::from_static("x-robots-tag"), "none"),
];

/// Source: as above.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// How long a refusal waits for the rest of its request.
const PASSED_OVER_TIMEOUT: Duration = Duration::from_secs(1);

/// Answers the requests of one connection.
#[derive(Clone)]
pub(crate) struct Service {
    org: Arc<Org>,
    /// Tells the connection to close at once.
    cut: Arc<Notify>,
}

/// What becomes of a request whose faults have been met.
enum Outcome {
    /// It is carried out, and its answer goes out in some way.
    CarryOut(Delivery),
    /// Something else is answered.
    Instead(Response<Course>),
    /// Nothing is answered.
    Cut,
}

/// In which way an answer goes out.
enum Delivery {
    Whole,
    Slow(Slow),
    /// With the secrets of its request, in pieces of so many bytes.
    Repeating(u64),
    Truncated(u64),
    Never,
}

impl Service {
    pub(crate) fn new(org: Arc<Org>, cut: Arc<Notify>) -> Self {
        Self { org, cut }
    }

    /// Answers one request.
    pub(crate) async fn respond(
        self,
        request: http::Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        let (mut parts, incoming) = request.into_parts();
        with_one_slash(&mut parts);
        if parts.uri.path().starts_with(endpoints::PREFIX) {
            let answer = self.control(parts, incoming).await;
            return Ok(self
                .identified(response(answer))
                .map(|course| Body::new(course, None)));
        }
        let is_bodiless = parts.method == Method::HEAD && parts.version == Version::HTTP_2;
        let asked = Authority::of(&parts);
        let is_localhost = asked
            .as_ref()
            .is_some_and(|asked| asked.host() == LOCALHOST);
        let is_strict = self.org.names.scheme == "https" && !is_localhost;
        let refused = misdirected::refusal(parts.uri.path(), asked.as_ref(), &self.org.names);
        let (mut response, in_flight) = if let Some(refused) = refused {
            pass_over(incoming).await;
            (self.sent(refused), None)
        } else {
            let target = Target::find(&method_of(&parts), parts.uri.path());
            let in_flight = InFlight::begin(&self.org, target.route, parts.version);
            let response = self.exchange(parts, incoming, target).await;
            (response, Some(in_flight))
        };
        if is_bodiless {
            response = without_body(response);
        }
        Ok(self
            .identified(protected(response, is_strict))
            .map(|course| Body::new(course, in_flight)))
    }

    async fn control(&self, parts: Parts, incoming: Incoming) -> Answer {
        if let Some(refused) = guard::refusal(&parts, &self.org.names) {
            pass_over(incoming).await;
            return refused;
        }
        let body = match read(incoming, BODY_BYTES_MAX, BODY_TIMEOUT).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let org = Arc::clone(&self.org);
        carried_out(move || {
            let endpoint = parts
                .uri
                .path()
                .strip_prefix(endpoints::PREFIX)
                .unwrap_or_default();
            endpoints::answer(&org, &parts.method, endpoint, &body)
        })
        .await
    }

    async fn exchange(&self, parts: Parts, incoming: Incoming, target: Target) -> Response<Course> {
        if let Some(status) = too_long(&parts) {
            pass_over(incoming).await;
            return self.sent(Answer::page(status, "The request is too long"));
        }
        let (bytes_max, within) = limits(&target);
        let request = match read(incoming, bytes_max, within).await {
            Ok(body) => Request::new(parts, body).announced(self.requires_length()),
            // Each API has words of its own for it.
            Err(answer)
                if answer.status == StatusCode::PAYLOAD_TOO_LARGE
                    && target.route == Route::BulkV1Batch =>
            {
                return self.sent(v1::too_large());
            }
            Err(answer)
                if answer.status == StatusCode::PAYLOAD_TOO_LARGE && target.version.is_some() =>
            {
                return self.sent(ApiError::too_large(bytes_max).into());
            }
            Err(answer) => return self.sent(answer),
        };
        match self.meet_faults(target.route, &request).await {
            Outcome::CarryOut(delivery) => self.carry_out(request, target, &delivery).await,
            Outcome::Instead(response) => response,
            Outcome::Cut => self.cut_off().await,
        }
    }

    /// Closes the connection instead of an answer.
    async fn cut_off(&self) -> Response<Course> {
        self.cut.notify_one();
        pending().await
    }

    fn requires_length(&self) -> bool {
        self.org.state().settings.body_length_required
    }

    async fn meet_faults(&self, route: Route, request: &Request) -> Outcome {
        let (effects, mut release) = self.org.meet_faults(route);
        if effects.is_empty() {
            return Outcome::CarryOut(Delivery::Whole);
        }
        let mut waiting = idempotency::wait(&self.org, request, route);
        let mut outcome = None;
        for effect in effects {
            let decided = match effect {
                Effect::DelayMs(wait) => {
                    sleep(Duration::from_millis(wait)).await;
                    continue;
                }
                Effect::Hold => {
                    self.org.hold(&mut release).await;
                    continue;
                }
                Effect::Answer(answer) => Outcome::Instead(canned(answer)),
                Effect::Cut => Outcome::Cut,
                Effect::CutUnderWay(for_ms) => {
                    if outcome.is_none()
                        && let Some(waiting) = waiting.take()
                    {
                        waiting.interrupt(for_ms);
                    }
                    Outcome::Cut
                }
                Effect::CutAnswer => Outcome::CarryOut(Delivery::Never),
                Effect::TruncateAfter(bytes) => Outcome::CarryOut(Delivery::Truncated(bytes)),
                Effect::Slow(slow) => Outcome::CarryOut(Delivery::Slow(slow)),
                Effect::RepeatSecrets(bytes) => Outcome::CarryOut(Delivery::Repeating(bytes)),
                Effect::AnswerBytes(bytes) => Outcome::Instead(sized(bytes)),
                Effect::GzipAnswerBytes(bytes) => Outcome::Instead(compressed(bytes)),
            };
            outcome.get_or_insert(decided);
        }
        outcome.unwrap_or(Outcome::CarryOut(Delivery::Whole))
    }

    async fn carry_out(
        &self,
        request: Request,
        target: Target,
        delivery: &Delivery,
    ) -> Response<Course> {
        let org = Arc::clone(&self.org);
        let repeats = matches!(delivery, Delivery::Repeating(_));
        let answer = carried_out(move || {
            let answer = api::answer(&org, &request, &target).printed_for(&request);
            match repeats {
                true => repeating(answer, &org, &request),
                false => answer.compressed_for(&request),
            }
        })
        .await;
        let response = self.sent(answer);
        if matches!(delivery, Delivery::Never) {
            return self.cut_off().await;
        }
        response.map(|course| match (course, delivery) {
            (Course::Whole(body), Delivery::Slow(slow)) => Course::slow(
                body,
                slow.chunk_bytes,
                Duration::from_millis(slow.interval_ms),
            ),
            (Course::Whole(body), Delivery::Repeating(bytes)) => Course::cut(body, *bytes),
            (Course::Whole(body), Delivery::Truncated(bytes)) => Course::truncated(body, *bytes),
            (course, _) => course,
        })
    }

    /// Counts what an answer says of its request, and sends it.
    fn sent(&self, answer: Answer) -> Response<Course> {
        self.org.stats.record(|stats| {
            stats.unauthorized += u64::from(answer.status == StatusCode::UNAUTHORIZED);
            stats.unexpected += u64::from(answer.blame == Blame::Client);
        });
        response(answer)
    }

    /// Names the answer, as Salesforce does, in two headers.
    fn identified(&self, mut response: Response<Course>) -> Response<Course> {
        if let Ok(id) = HeaderValue::try_from(format!("{:032x}", self.org.next_request())) {
            response
                .headers_mut()
                .entry(REQUEST_ID)
                .or_insert(id.clone());
            response.headers_mut().entry(SFDC_REQUEST_ID).or_insert(id);
        }
        if let Some(date) = self.org.clock.date() {
            response.headers_mut().entry(DATE).or_insert(date);
        }
        response
    }
}

/// The response with what it tells browsers; `is_strict`: that they should come
/// back by TLS only.
fn protected(mut response: Response<Course>, is_strict: bool) -> Response<Course> {
    let headers = response.headers_mut();
    for (name, value) in PROTECTION {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_strict {
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(STRICT);
    }
    response
}

/// Leaves one of the slashes that a path begins with, if it begins with several: so do those
/// of clients that append a path to an `instance_url` which ends in a slash.
///
/// Source: Field Service Developer Guide, whose example of a query (v66.0) has
/// `https://yourInstance.salesforce.com//services/data/`; Salesforce CLI 2.150 sends no
/// other paths after `sf org login access-token`.
fn with_one_slash(parts: &mut Parts) {
    let Some(path) = parts.uri.path_and_query().map(PathAndQuery::as_str) else {
        return;
    };
    if path.starts_with("//") {
        let path = format!("/{}", path.trim_start_matches('/'));
        let mut uri = parts.uri.clone().into_parts();
        uri.path_and_query = path.parse().ok();
        if let Ok(uri) = Uri::from_parts(uri) {
            parts.uri = uri;
        }
    }
}

/// Does the work on another thread: SQLite and gzip would keep the runtime's
/// other tasks waiting.
async fn carried_out(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| ApiError::internal(&error).into())
}

/// Bytes of the longest body that is read for a resource, and how long it may
/// take.
fn limits(target: &Target) -> (usize, Duration) {
    match target.route {
        Route::IngestUpload => (UPLOAD_BYTES_MAX, API_BODY_TIMEOUT),
        Route::BulkV1Batch => (BATCH_BYTES_MAX, API_BODY_TIMEOUT),
        _ if target.version.is_some() || target.route == Route::Apex => {
            (API_BODY_BYTES_MAX, API_BODY_TIMEOUT)
        }
        _ => (BODY_BYTES_MAX, BODY_TIMEOUT),
    }
}

/// Lets the body of a request come that is refused whatever it is. A client whose stream is
/// closed while it sends does not read why: curl 7.88 says "Stream error in the HTTP/2
/// framing layer".
async fn pass_over<B>(incoming: B)
where
    B: http_body::Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Unpin,
{
    let mut body = Limited::new(incoming, BODY_BYTES_MAX);
    let whole = async { while let Some(Ok(_)) = body.frame().await {} };
    // Refused it is in any case.
    _ = timeout(PASSED_OVER_TIMEOUT, whole).await;
}

async fn read<B>(incoming: B, bytes_max: usize, within: Duration) -> Result<Bytes, Answer>
where
    B: http_body::Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    let whole = Limited::new(incoming, bytes_max).collect();
    match timeout(within, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(Answer::page(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request's body is too long or broke off",
        )),
        Err(_) => Err(Answer::page(
            StatusCode::REQUEST_TIMEOUT,
            "The request's body did not arrive in time",
        )),
    }
}

/// The answer with the secrets of its request.
fn repeating(answer: Answer, org: &Org, request: &Request) -> Answer {
    let secret = org.credentials.consumer_secret.expose();
    let token = match request.authorization() {
        Authorization::Token(token) => Some(token),
        _ => None,
    };
    let secrets: Vec<&str> = token.into_iter().chain([secret]).collect();
    repeated::with_secrets(answer, &secrets)
}

fn response(answer: Answer) -> Response<Course> {
    let mut response = Response::new(Course::Whole(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn canned(answer: CannedAnswer) -> Response<Course> {
    let mut response = Response::new(Course::Whole(Bytes::from(answer.body)));
    // All three were checked when the fault was set.
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn sized(bytes: u64) -> Response<Course> {
    let mut response = Response::new(Course::Sized(SizedAnswer::new(bytes)));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    response
}

fn compressed(bytes: u64) -> Response<Course> {
    let mut response =
        sized(bytes).map(|_| Course::Compressed(Box::new(CompressedAnswer::new(bytes))));
    response
        .headers_mut()
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

/// The answer to a HEAD, which has the headers of its body and not the body. On HTTP/1.1
/// hyper sees to it.
fn without_body(response: Response<Course>) -> Response<Course> {
    let (mut head, course) = response.into_parts();
    if let Course::Whole(body) = &course {
        let length = HeaderValue::from(body.len());
        head.headers.entry(CONTENT_LENGTH).or_insert(length);
    }
    Response::from_parts(head, Course::Whole(Bytes::new()))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body::Frame;
    use http_body_util::Full;

    use super::*;

    /// One piece, and then nothing any more.
    struct Stopped(Option<Bytes>);

    impl http_body::Body for Stopped {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.take() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                None => Poll::Pending,
            }
        }
    }

    #[test]
    fn a_path_begins_with_one_slash() {
        for (target, one) in [
            ("/services/data//x?q=//", "/services/data//x?q=//"),
            ("//services/data/?q=//", "/services/data/?q=//"),
            (
                "https://a.example///services/",
                "https://a.example/services/",
            ),
            ("//", "/"),
            ("*", "*"),
        ] {
            let request = http::Request::builder().uri(target).body(());
            let (mut parts, ()) = request.expect(target).into_parts();
            with_one_slash(&mut parts);
            assert_eq!(parts.uri.to_string(), one);
        }
    }

    #[tokio::test]
    async fn a_body_is_waited_for_and_not_for_ever() {
        let stopped = Stopped(Some(Bytes::from_static(b"grant_type=")));
        let late = read(stopped, 100, Duration::from_millis(1)).await;
        assert_eq!(
            late.expect_err("a timeout").status,
            StatusCode::REQUEST_TIMEOUT
        );
        let at_once = read(Full::<Bytes>::from("a=1"), 100, Duration::ZERO).await;
        assert_eq!(at_once.expect("a body"), "a=1");
    }

    #[tokio::test]
    async fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
        let of = |bytes: usize| {
            read(
                Full::<Bytes>::from(vec![b'x'; bytes]),
                BODY_BYTES_MAX,
                BODY_TIMEOUT,
            )
        };
        assert_eq!(
            of(BODY_BYTES_MAX).await.expect("a body").len(),
            BODY_BYTES_MAX
        );
        let refused = of(BODY_BYTES_MAX + 1).await.expect_err("a limit");
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
