//! The component's core without the component: its platform is this process.

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::future::LocalBoxFuture;
use http_body_util::{BodyExt as _, Full, Limited};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;
use sfbox_guest::Client;
use sfbox_guest::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, TransportError,
};

use crate::bare::Http;

pub(crate) struct Native {
    http: Http,
    document: Document,
    begun: Instant,
}

pub(crate) struct Incoming(hyper::body::Incoming);

/// The core, with a session that it finds in the secret.
pub(crate) fn core(http: Http, secret: &SecretString) -> anyhow::Result<Rc<Client<Native>>> {
    let members: std::collections::BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(secret.expose_secret())?;
    let native = Native {
        http,
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
    };
    Ok(Rc::new(Client::new(native, "acme".to_owned())))
}

impl Platform for Native {
    type Body = Incoming;

    async fn send(&self, request: Request) -> Result<http::Response<Incoming>, TransportError> {
        let request = request.map(|body| Full::new(body.into()));
        match self.http.request(request).await {
            Ok(response) => Ok(response.map(Incoming)),
            Err(error) => Err(TransportError::Lost(error.to_string())),
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

    async fn release(&self, _: &str, _: &str) -> Result<(), StoreError> {
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
        match Limited::new(self.0, limit).collect().await {
            Ok(body) => Ok(body.to_bytes().into()),
            Err(error) => Err(BodyError::Transport(TransportError::Lost(
                error.to_string(),
            ))),
        }
    }
}
