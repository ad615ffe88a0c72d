//! An org with a session, for tests that write records.

use http::StatusCode;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;
use sfbox_emulator::Route;

use crate::client::{Org, Reply, with};

/// Where the records of objects lie.
pub(crate) const ROWS: &str = "/services/data/v66.0/sobjects";

/// An org and a session.
pub(crate) struct Session {
    pub(crate) org: Org,
    pub(crate) token: String,
}

impl Session {
    pub(crate) async fn start() -> Self {
        Self::start_with(Org::start().await).await
    }

    pub(crate) async fn start_with(org: Org) -> Self {
        let token = org.log_in().await;
        Self { org, token }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.send_with(method, path, &[], body).await
    }

    /// Sends a request with more headers.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Reply {
        self.org
            .send(self.request(method, path, headers, body))
            .await
    }

    /// A request of the session.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> http::Request<Full<Bytes>> {
        let bearer = format!("Bearer {}", self.token);
        let request = with(self.org.request(method, path), "authorization", &bearer);
        let mut request = with(request, "content-type", "application/json");
        for (name, value) in headers {
            request = with(request, name, value);
        }
        let body = match body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        request.map(|_| body.into())
    }

    pub(crate) async fn row(&self, method: &str, row: &str, body: &Value) -> Reply {
        self.send(method, &format!("{ROWS}/{row}"), body).await
    }

    pub(crate) async fn create(&self, object: &str, body: &Value) -> String {
        let reply = self.row("POST", object, body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        reply.json()["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn query(&self, soql: &str) -> Value {
        self.org.query(&self.token, soql).await.json()
    }

    pub(crate) fn writes(&self, route: Route) -> u64 {
        let stats = self.org.emulator.control().stats();
        stats.writes.get(&route).copied().unwrap_or(0)
    }
}
