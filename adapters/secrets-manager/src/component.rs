//! The WIT adapter: the only module that knows what the component is built from.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use futures::future::join;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use secrecy::ExposeSecret as _;
use sfbox_secret::Kind;

use crate::platform::{Answer, Platform, Request, Unanswered};
use crate::store;

mod bindings {
    #![expect(
        unsafe_code,
        reason = "generated code: the WIT files carry the documentation"
    )]

    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package sfbox:secrets-manager@0.1.0;

            world secrets-manager {
                import wasi:cli/environment@0.3.0;
                import wasi:clocks/monotonic-clock@0.3.0;
                import wasi:clocks/system-clock@0.3.0;
                import wasi:http/client@0.3.0;
                import wasi:random/random@0.3.0;
                export sfbox:client/secret-store@0.4.0;
            }
        ",
        generate_all,
    });

    use super::SecretsManager;
    export!(SecretsManager);
}

use bindings::exports::sfbox::client::secret_store::{
    Claimed, Document, Entry, Error, Guest, Settings, Spent,
};
use bindings::wasi::cli::environment::get_environment;
use bindings::wasi::clocks::{monotonic_clock, system_clock};
use bindings::wasi::http::client;
use bindings::wasi::http::types::{
    ErrorCode, Fields, Method, Request as WasiRequest, Response, Scheme,
};
use bindings::wasi::random::random;
use bindings::{wit_future, wit_stream};

/// What the adapter calls itself.
const USER_AGENT: &str = concat!("sfbox-secrets-manager/", env!("CARGO_PKG_VERSION"));

/// How much of a body is asked for at a time.
const CHUNK_BYTES: usize = 16 << 10;

thread_local! {
    static STORE: OnceCell<Rc<store::Store<Wasi>>> = const { OnceCell::new() };
}

/// The instance's store: the environment of an instance does not change.
fn store() -> Rc<store::Store<Wasi>> {
    let new = || Rc::new(store::Store::new(Wasi, &get_environment()));
    STORE.with(|store| Rc::clone(store.get_or_init(new)))
}

struct SecretsManager;

impl Guest for SecretsManager {
    async fn get(org: String) -> Result<Document, Error> {
        Ok(store().get(&org).await?.into())
    }

    async fn replace(
        org: String,
        version: String,
        changes: Vec<(String, Option<String>)>,
    ) -> Result<String, Error> {
        let changes = changes.into_iter();
        let changes: Vec<_> = changes
            .map(|(key, value)| (key, value.map(Into::into)))
            .collect();
        Ok(store().replace(&org, &version, &changes).await?)
    }

    async fn claim(org: String, key: String) -> Result<Claimed, Error> {
        Ok(store().claim(&org, &key).await?.into())
    }

    async fn release(org: String, key: String, refusal: Option<String>) -> Result<(), Error> {
        Ok(store().release(&org, &key, refusal).await?)
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::NotFound => Self::NotFound,
            Kind::Denied => Self::Denied,
            Kind::Conflict => Self::Conflict,
            Kind::Throttled(seconds) => Self::Throttled(seconds),
            Kind::Unavailable => Self::Unavailable,
            Kind::Malformed => Self::Malformed,
        }
    }
}

impl From<store::Document> for Document {
    fn from(document: store::Document) -> Self {
        let entries = document.entries.into_iter();
        Self {
            version: document.version,
            entries: entries
                .map(|(key, value)| Entry {
                    key,
                    value: value.expose_secret().to_owned(),
                })
                .collect(),
            writable: document.writable,
            settings: Settings {
                session_ttl_s: document.session_ttl_s,
                require_shared: document.require_shared,
            },
        }
    }
}

impl From<sfbox_secret::Claimed> for Claimed {
    fn from(claimed: sfbox_secret::Claimed) -> Self {
        match claimed {
            sfbox_secret::Claimed::Won => Self::Won,
            sfbox_secret::Claimed::Held(age) => Self::Held(ms(age)),
            sfbox_secret::Claimed::Spent { age, refusal } => Self::Spent(Spent {
                age_ms: ms(age),
                refusal,
            }),
        }
    }
}

fn ms(age: Duration) -> u64 {
    u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
}

/// The world, over its imports.
struct Wasi;

impl Platform for Wasi {
    async fn send(&self, request: Request, limit: usize) -> Result<Answer, Unanswered> {
        let (head, body) = request.into_parts();
        let body = body.expose_secret().as_bytes().to_vec();
        let (trailers, no_trailers) = wit_future::new(|| Ok(None));
        let (mut writer, contents) = match body.is_empty() {
            true => (None, None),
            false => {
                let (writer, contents) = wit_stream::new();
                (Some(writer), Some(contents))
            }
        };
        let fields = fields(&head.headers, body.len())?;
        let (request, _transmitted) = WasiRequest::new(fields, contents, no_trailers, None);
        address(&request, &head)?;
        let upload = async {
            if let Some(writer) = &mut writer {
                // What the receiver does not take it does not want.
                _ = writer.write_all(body).await;
            }
            drop((writer, trailers));
        };
        let (response, ()) = join(client::send(request), upload).await;
        let response = response.map_err(|code| unanswered(&code))?;
        let (status, headers) = (response.get_status_code(), headers(&response));
        let mut answer = Answer::new(read(response, limit).await?.into());
        *answer.status_mut() = StatusCode::from_u16(status).map_err(|_| Unanswered::Lost)?;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    fn now(&self) -> SystemTime {
        let now = system_clock::now();
        let seconds = u64::try_from(now.seconds).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::new(seconds, now.nanoseconds)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        monotonic_clock::wait_for(nanoseconds).await;
    }

    fn random(&self) -> [u8; 16] {
        let halves = [random::get_random_u64(), random::get_random_u64()];
        let [first, second] = halves.map(u128::from);
        (first << 64 | second).to_le_bytes()
    }
}

/// A request's headers, and what goes with every request. Secrets Manager wants
/// to know how long a body is.
fn fields(headers: &HeaderMap, length: usize) -> Result<Fields, Unanswered> {
    let pair = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    let given = headers
        .iter()
        .map(|(name, value)| pair(name.as_str(), value.as_bytes()));
    let mut entries: Vec<_> = given.collect();
    entries.push(pair("user-agent", USER_AGENT.as_bytes()));
    if length > 0 {
        entries.push(pair("content-length", length.to_string().as_bytes()));
    }
    Fields::from_list(&entries).map_err(|_| Unanswered::Refused)
}

fn address(request: &WasiRequest, head: &http::request::Parts) -> Result<(), Unanswered> {
    let method = match head.method {
        http::Method::POST => Method::Post,
        _ => Method::Get,
    };
    let scheme = match head.uri.scheme_str() {
        Some("http") => Scheme::Http,
        _ => Scheme::Https,
    };
    let authority = head.uri.authority().map(ToString::to_string);
    let path = head.uri.path_and_query().map(ToString::to_string);
    request
        .set_method(&method)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(authority.as_deref()))
        .and_then(|()| request.set_path_with_query(path.as_deref()))
        .map_err(|()| Unanswered::Refused)
}

/// An answer's headers; those that cannot be any are left out.
fn headers(response: &Response) -> HeaderMap {
    let entries = response.get_headers().copy_all().into_iter();
    entries
        .filter_map(|(name, value)| {
            let name = HeaderName::try_from(name).ok()?;
            Some((name, HeaderValue::try_from(value).ok()?))
        })
        .collect()
}

/// The whole body.
async fn read(response: Response, limit: usize) -> Result<Vec<u8>, Unanswered> {
    let (done, received) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Response::consume_body(response, received);
    drop(done);
    let mut body = Vec::new();
    loop {
        body.reserve(CHUNK_BYTES);
        let (result, read) = stream.read(body).await;
        body = read;
        if body.len() > limit {
            return Err(Unanswered::TooLong);
        }
        if !matches!(result, wit_bindgen::StreamResult::Complete(_)) {
            break;
        }
    }
    // Whether it arrived whole.
    match trailers.await {
        Ok(_) => Ok(body),
        Err(code) => Err(unanswered(&code)),
    }
}

/// `wasi:http`'s forty ways to fail are two of ours.
fn unanswered(code: &ErrorCode) -> Unanswered {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Unanswered::Refused,
        _ => Unanswered::Lost,
    }
}
