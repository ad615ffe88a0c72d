//! An org that notes what reaches it, and a door to it.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use sfbox::policy::Policy;

use super::KEY;
use super::plain::{self, Plain};
use crate::access::AccessLog;
use crate::authority::Names;
use crate::door::Door;
use crate::entry::{Entry, Terms};
use crate::key::Key;
use crate::key_ring::KeyRing;
use crate::upstream::{Body, Orgs, Upstream, whole};

/// What an org has been sent.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Plain>>>);

/// What the org answers: what the list of resources says of its user.
const ANSWER: &str =
    r#"{"identity":"https://login.salesforce.com/id/00DSb0000000001/005Sb0000000001"}"#;

impl Recorder {
    /// A door to it, for the key.
    pub(crate) fn door(&self) -> Arc<Door> {
        let ring = KeyRing::new(Arc::new(self.clone()));
        let key = Key::parse(KEY).expect("a key");
        let terms = Terms {
            name: "fuzz".parse().expect("a name"),
            org: "acme".to_owned(),
            policy: Policy::default(),
            term: crate::term::Term::DEFAULT,
            rate: None,
            concurrency: None,
        };
        let now = Timestamp::now();
        let unusable = ring.replace(vec![Entry::new(&key, terms, now)]);
        assert!(unusable.is_empty(), "the key is not usable");
        let names = Names::of_this_machine(&[]).expect("names");
        Arc::new(Door::new(ring, None, names, AccessLog::none()))
    }

    /// All that it has been sent.
    pub(crate) fn taken(&self) -> Vec<Plain> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn record(&self, request: http::Request<Body>) -> http::Response<Body> {
        let (head, mut body) = request.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = value.as_bytes().to_vec();
            (name.as_str().to_owned(), value)
        });
        let mut request = Plain {
            method: head.method.as_str().to_owned(),
            target: head.uri.to_string(),
            headers: headers.collect(),
            body: plain::Body::Cut(Vec::new()),
        };
        // Noted before its body: a request may be dropped while that comes in.
        let number = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(request.clone());
            all.len() - 1
        };
        let mut bytes = Vec::new();
        let mut is_whole = true;
        while let Some(frame) = body.frame().await {
            match frame.map(http_body::Frame::into_data) {
                Ok(Ok(data)) => bytes.extend_from_slice(&data),
                Ok(Err(_trailers)) => {}
                Err(_) => {
                    is_whole = false;
                    break;
                }
            }
        }
        request.body = match is_whole {
            true => plain::Body::Whole(bytes),
            false => plain::Body::Cut(bytes),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(noted) = all.get_mut(number) {
            *noted = request;
        }
        http::Response::new(whole(ANSWER))
    }
}

impl Orgs for Recorder {
    fn open(&self, _: &str, _: Policy) -> Result<Arc<dyn Upstream>, sfbox::ConfigError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Upstream for Recorder {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, sfbox::Error>> {
        self.record(request).map(Ok).boxed()
    }

    fn calls_max(&self) -> usize {
        64
    }
}
