//! An org of the library, whose bodies pass as they come, in both directions.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::HeaderValue;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use sfbox::overwriting::{Scan, Secrets};
use sfbox::policy::Policy;
use sfbox::{ConfigError, Org, Runtime, StreamOptions};

use crate::narrowed::narrowed;
use crate::upstream::{Body, BodyError, Orgs, SendError, Upstream};

/// What the library carries is below it.
const SERVICES: &str = "/services/";

/// The orgs of a runtime.
pub struct RuntimeOrgs {
    runtime: Runtime,
    options: StreamOptions,
    /// The only org that keys may open.
    only: Option<String>,
    within: Policy,
}

impl RuntimeOrgs {
    /// All orgs that the runtime was configured for, or only one of them.
    /// Whatever a key may do, it does within this policy.
    pub fn new(
        runtime: Runtime,
        options: StreamOptions,
        only: Option<String>,
        within: Policy,
    ) -> Self {
        Self {
            runtime,
            options,
            only,
            within,
        }
    }
}

impl Orgs for RuntimeOrgs {
    fn open(&self, org: &str, policy: Policy) -> Result<Arc<dyn Upstream>, ConfigError> {
        if self.only.as_deref().is_some_and(|only| only != org) {
            return Err(ConfigError::UnknownOrg(org.to_owned()));
        }
        let policy = narrowed(policy, &self.within);
        Ok(Arc::new(StreamedOrg {
            org: self.runtime.org_with_policy(org, policy)?,
            options: self.options.clone(),
        }))
    }
}

struct StreamedOrg {
    org: Org,
    options: StreamOptions,
}

impl Upstream for StreamedOrg {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, SendError>> {
        async move {
            if !request.uri().path().starts_with(SERVICES) {
                return Err(SendError::Unsupported(
                    "the door does not carry identity URLs yet",
                ));
            }
            let mut answer = self.org.stream(request, &self.options).await?;
            let secrets = self.org.secrets();
            for value in answer.headers_mut().values_mut() {
                overwrite(value, &secrets);
            }
            Ok(answer.map(|body| Overwritten::new(body, secrets).boxed_unsync()))
        }
        .boxed()
    }
}

/// Overwrites the secrets in a header.
fn overwrite(value: &mut HeaderValue, secrets: &Secrets) {
    let mut bytes = value.as_bytes().to_vec();
    secrets.overwrite(&mut bytes);
    // What was a value is one with stars.
    *value = HeaderValue::try_from(bytes).unwrap_or(HeaderValue::from_static("*"));
}

/// A body on its way out, with the secrets overwritten.
struct Overwritten<B> {
    body: B,
    scan: Scan,
    /// What follows what was held back.
    last: Option<Frame<Bytes>>,
    has_ended: bool,
}

impl<B> Overwritten<B> {
    fn new(body: B, secrets: Secrets) -> Self {
        Self {
            body,
            scan: Scan::new(secrets),
            last: None,
            has_ended: false,
        }
    }
}

impl<B> http_body::Body for Overwritten<B>
where
    B: http_body::Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if this.has_ended {
            return Poll::Ready(this.last.take().map(Ok));
        }
        loop {
            let frame = match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                None => None,
                Some(Err(error)) => return Poll::Ready(Some(Err(Box::new(error)))),
                Some(Ok(frame)) => match frame.into_data() {
                    Err(trailers) => Some(trailers),
                    Ok(data) => {
                        let mut data = this.scan.push(data);
                        this.has_ended = this.body.is_end_stream();
                        if this.has_ended {
                            let held = this.scan.end();
                            if data.is_empty() {
                                data = held;
                            } else if !held.is_empty() {
                                this.last = Some(Frame::data(held));
                            }
                        }
                        if data.is_empty() && !this.has_ended {
                            // All of it may be the beginning of a secret.
                            continue;
                        }
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                },
            };
            this.has_ended = true;
            let held = this.scan.end();
            return Poll::Ready(match (held.is_empty(), frame) {
                (true, last) => last.map(Ok),
                (false, last) => {
                    this.last = last;
                    Some(Ok(Frame::data(held)))
                }
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && (self.has_ended || self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self.has_ended {
            false => self.body.size_hint(),
            true => SizeHint::default(),
        }
    }
}
