//! Contender: the component's core without the component, on one thread. Its
//! platform is this process.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::future::LocalBoxFuture;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::value::RawValue;
use sfbox_bench::http::{Http, client, inflate};
use sfbox_bench::one_task::in_one_task;
use sfbox_bench::order::serve;
use sfbox_bench::org::{Org, SECRET};
use sfbox_guest::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, TransportError,
};
use sfbox_guest::{Client, QueryOptions, first_page};
use tokio::task::LocalSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let org = Org::from_env()?;
    let core = Rc::new(Client::new(Native::new(&org)?, SECRET.to_owned()));
    LocalSet::new()
        .run_until(serve(async |order| {
            let call = async |soql: &str| {
                let core = Rc::clone(&core);
                let page = first_page(&core, soql.to_owned(), QueryOptions::default()).await?;
                drop(page);
                Ok(())
            };
            in_one_task(order, call).await
        }))
        .await
}

struct Native {
    http: Http,
    document: Document,
    begun: Instant,
}

struct Incoming {
    body: hyper::body::Incoming,
    gzip: bool,
}

impl Native {
    /// With a session that the core finds in the secret.
    fn new(org: &Org) -> anyhow::Result<Self> {
        let members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&org.secret()?.to_string())?;
        Ok(Self {
            http: client(org)?,
            document: Document {
                version: "1".to_owned(),
                entries: members
                    .into_iter()
                    .map(|(name, value)| (name, value.get().into()))
                    .collect(),
                writable: false,
                require_shared: false,
                session_ttl: None,
            },
            begun: Instant::now(),
        })
    }
}

impl Platform for Native {
    type Body = Incoming;

    async fn send(
        &self,
        request: &Request,
        within: Duration,
    ) -> Result<http::Response<Incoming>, TransportError> {
        let mut request = request.clone().map(Full::new);
        let gzip = HeaderValue::from_static("gzip");
        request.headers_mut().insert(ACCEPT_ENCODING, gzip.clone());
        match tokio::time::timeout(within, self.http.request(request)).await {
            Ok(Ok(response)) => {
                let gzip = response.headers().get(CONTENT_ENCODING) == Some(&gzip);
                Ok(response.map(|body| Incoming { body, gzip }))
            }
            Ok(Err(error)) => Err(TransportError::Lost(error.to_string())),
            Err(_) => Err(TransportError::Late),
        }
    }

    async fn get(&self, _: &str) -> Result<Document, StoreError> {
        Ok(self.document.clone())
    }

    async fn replace(&self, _: &str, _: &str, _: Changes) -> Result<String, StoreError> {
        Err(StoreError::Denied)
    }

    async fn claim(&self, _: &str, _: &str) -> Result<Claimed, StoreError> {
        Ok(Claimed::Unsupported)
    }

    async fn release(&self, _: &str, _: &str, _: Option<String>) -> Result<(), StoreError> {
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    fn monotonic(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn random(&self) -> u64 {
        uuid::Uuid::new_v4().as_u64_pair().0
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        tokio::task::spawn_local(task);
    }
}

impl Body for Incoming {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let lost = |why: String| BodyError::Transport(TransportError::Lost(why));
        let body = Limited::new(self.body, limit).collect().await;
        let body = body.map_err(|error| lost(error.to_string()))?.to_bytes();
        if !self.gzip {
            return Ok(body.into());
        }
        inflate(&body).map_err(|error| lost(error.to_string()))
    }
}
