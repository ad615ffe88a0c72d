//! The requests of a command: a person sees what it waits for, and may interrupt it.

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, Full};
use sfbox::{Body, BodyError, Options, Org, RestOptions, RestResponse, SHORT_BODY_BYTES_MAX};

use super::call::{Outgoing, Request, is_session_changed, is_unsupported, send, stream, whole};
use super::cut::Cut;
use super::input::{self, Remainder};
use super::method::Method;
use super::refusal::Refusal;
use super::upload::{Left, Upload};
use super::{streamed, version};
use crate::calling::Calling;
use crate::interrupt::Interrupted;
use crate::progress::STARTING;

/// What is said while the next part of an answer does not come.
pub(super) const RECEIVING: &str = "waiting for the rest of the answer";

/// A command that sends requests.
pub(crate) struct Asking {
    org: Org,
    options: RestOptions,
    pub(super) calling: Calling,
}

/// Salesforce's answer.
pub(super) enum Answer {
    /// All of it. A refusal always is.
    Whole(RestResponse),
    /// Its body is on its way.
    Flowing(http::Response<Body>),
}

impl Asking {
    /// Begins, with nothing sent. `repeatable`: sending a request twice does no harm.
    pub(crate) fn begin(org: &Org, options: &Options, repeatable: bool) -> anyhow::Result<Self> {
        Ok(Self {
            org: org.clone(),
            options: RestOptions {
                call: options.clone(),
                repeatable,
            },
            calling: Calling::begin(org)?,
        })
    }

    /// Sends a request whose bodies are whole. A refusal of Salesforce's is an answer.
    pub(super) async fn send(&mut self, request: Request) -> anyhow::Result<RestResponse> {
        let (org, options) = (self.org.clone(), self.options.clone());
        let call = send(&org, request, &options);
        Ok(self.during(STARTING, call).await??)
    }

    /// Sends a request whose bodies may have any length. A refusal of Salesforce's is an
    /// answer. `remainder` is what has not been read of its body.
    ///
    /// The component does not send a long body again, because it does not have it. If the
    /// session ended while such a body was sent, it is sent once more from here, unless it
    /// came from a pipe and was not held.
    pub(super) async fn open(
        &mut self,
        request: Request,
        remainder: Option<Remainder>,
    ) -> anyhow::Result<Answer> {
        let is_long = request.body.len() > SHORT_BODY_BYTES_MAX;
        let file = remainder.as_ref().map(Remainder::file);
        let opened = self.opened(request.clone(), remainder).await;
        match opened {
            Err(error) if is_long && error.downcast_ref().is_some_and(is_session_changed) => {
                let (body, remainder) = match file {
                    None => (request.body, None),
                    Some(None) => return Err(error),
                    Some(Some(file)) => {
                        let input = input::body(&file)?;
                        (input.beginning, input.remainder)
                    }
                };
                self.opened(Request { body, ..request }, remainder).await
            }
            opened => opened,
        }
    }

    async fn opened(
        &mut self,
        request: Request,
        remainder: Option<Remainder>,
    ) -> anyhow::Result<Answer> {
        let version = self.version(&request.path).await?;
        let head = streamed::head(&request, &version);
        let Some(head) = head.filter(|_| may_flow(request.method, remainder.as_ref())) else {
            return self.gathered(request, remainder).await;
        };
        let more = remainder.as_ref().and_then(|remainder| remainder.length);
        let upload = remainder.map(Upload::new);
        let mut sent = head.map(|()| outgoing(request.body.clone(), upload.as_ref()));
        if let Some(more) = more {
            let length = HeaderValue::from(request.body.len() as u64 + more);
            sent.headers_mut().insert(CONTENT_LENGTH, length);
        }
        let (org, options) = (self.org.clone(), self.options.clone());
        let call = stream(&org, sent, &options);
        let answer = self.during(STARTING, call).await?;
        match (upload.map_or(Left::Nothing, |upload| upload.left()), answer) {
            (Left::Failed(why), _) => Err(why),
            (Left::Unread(remainder), Err(error)) if is_unsupported(&error) => {
                self.gathered(request, Some(remainder)).await
            }
            (Left::Nothing, Err(error)) if is_unsupported(&error) => {
                self.gathered(request, None).await
            }
            (_, Err(error)) => Err(error.into()),
            (_, Ok(answer)) if answer.status().is_success() => Ok(Answer::Flowing(answer)),
            (_, Ok(answer)) => {
                let answer = self.during(RECEIVING, whole(answer)).await?;
                Ok(Answer::Whole(
                    answer.map_err(|why| self.cut(request.method, why))?,
                ))
            }
        }
    }

    /// Reads the whole body of a request, and sends it.
    async fn gathered(
        &mut self,
        request: Request,
        remainder: Option<Remainder>,
    ) -> anyhow::Result<Answer> {
        let request = request.whole(remainder)?;
        Ok(Answer::Whole(self.send(request).await?))
    }

    /// The version of the API that a path is below.
    async fn version(&mut self, path: &str) -> anyhow::Result<String> {
        match self.options.call.api_version.clone() {
            None => Ok(version::DEFAULT.to_owned()),
            Some(typed) if typed == version::LATEST && streamed::is_relative(path) => {
                Ok(version::newest(&self.body(version::PATH).await?)?)
            }
            Some(typed) => Ok(typed),
        }
    }

    /// Does some work, unless a person interrupts it: they see what it waits for.
    pub(super) async fn during<T>(
        &mut self,
        words: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        self.calling.waiting(words, work).await
    }

    /// That an answer broke off.
    pub(super) fn cut(&self, method: Method, why: BodyError) -> Cut {
        Cut::new(self.org.name(), method, why)
    }

    /// Sends a request for something to read.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], too.
    pub(super) async fn read(&mut self, request: Request) -> anyhow::Result<RestResponse> {
        let method = request.method;
        let answer = self.send(request).await?;
        match Refusal::of(self.org.name(), method, &answer) {
            None => Ok(answer),
            Some(refusal) => Err(refusal.into()),
        }
    }

    /// The body of what is at a path.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], too.
    pub(crate) async fn body(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = Request {
            method: Method::Get,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        Ok(self.read(request).await?.body)
    }
}

/// Whether a body can flow: of some methods the component reads it whole, and wants to know
/// how long it is.
fn may_flow(method: Method, remainder: Option<&Remainder>) -> bool {
    method.has_body() || remainder.is_none_or(|remainder| remainder.length.is_some())
}

/// The body of a request, of which a short one says how long it is.
fn outgoing(beginning: Vec<u8>, upload: Option<&Upload>) -> Outgoing {
    match upload {
        None => Full::new(Bytes::from(beginning))
            .map_err(|never| match never {})
            .boxed_unsync(),
        Some(upload) => upload.body(beginning).boxed_unsync(),
    }
}

#[cfg(feature = "emulator")]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::num::NonZeroUsize;

    use sfbox::Runtime;
    use sfbox::secret_store::MemoryStore;
    use sfbox_emulator::Emulator;
    use workspace::root;

    use super::*;

    /// Our component as it was before bodies could flow, on an emulator.
    async fn without_streams() -> (Emulator, Runtime) {
        let emulator = Emulator::builder().my_domain("acme.my").start().await;
        let emulator = emulator.unwrap();
        let credentials = emulator.credentials();
        let secret = serde_json::json!({
            "Domain": credentials.domain,
            "ConsumerKey": credentials.consumer_key,
            "ConsumerSecret": credentials.consumer_secret.expose(),
        });
        let path = root().join("target/component/without-streams.cwasm");
        let image = fs::read(&path)
            .unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
        let connect_to = format!("{}:443:{}", emulator.host(), emulator.address());
        let builder = Runtime::builder()
            .store(MemoryStore::new([("acme", secret.to_string())]))
            .org("acme")
            .workers(NonZeroUsize::MIN)
            .connect_to(connect_to.parse().unwrap())
            .extra_ca(emulator.ca_pem().unwrap());
        #[expect(unsafe_code, reason = "the image is this project's own")]
        // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
        let builder = unsafe { builder.native_image(image) };
        (emulator, builder.build().unwrap())
    }

    #[tokio::test]
    async fn a_component_without_streams_gets_whole_bodies() {
        let (_emulator, runtime) = without_streams().await;
        let org = runtime.org("acme").unwrap();
        let mut asking = Asking::begin(&org, &Options::default(), false).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
        file.write_all(&bytes).unwrap();
        let input = input::body(file.path()).unwrap();
        assert!(input.remainder.is_some());
        let request = Request {
            method: Method::Put,
            path: "/services/apexrest/echo".to_owned(),
            headers: Vec::new(),
            body: input.beginning,
        };
        let short = Request {
            body: b"short".to_vec(),
            ..request.clone()
        };
        for (request, remainder, expected) in [
            (request, input.remainder, bytes.as_slice()),
            (short, None, b"short"),
        ] {
            let Answer::Whole(answer) = asking.open(request, remainder).await.unwrap() else {
                panic!("it flows");
            };
            assert_eq!(answer.status, 200);
            assert!(answer.body == expected, "{} bytes", answer.body.len());
        }
    }
}
