//! What operators ask: whether the door is alive, whether it is ready, and what it has
//! counted. On an address of its own, and never where clients come in.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::listen::Listener;

/// Connections that are open at once: probes and a collector.
const CONNECTIONS_MAX: usize = 64;

/// How long a connection may last: each probe makes its own.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The type of Prometheus' text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers operators for as long as it is polled. `stopping`: the door takes no more
/// requests.
pub(crate) async fn serve(door: Arc<Door>, listener: Listener, stopping: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok(stream) = listener.accepted().await.open() else {
            continue;
        };
        let (door, stopping) = (Arc::clone(&door), stopping.clone());
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(|request: http::Request<Incoming>| {
                let answer = answer(request.method(), request.uri().path(), &door, &stopping);
                async { Ok::<_, Infallible>(answer) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT);
            let connection = http.serve_connection(TokioIo::new(stream), service);
            _ = timeout(CONNECTION_TIMEOUT, connection).await;
        });
    }
}

fn answer(
    method: &Method,
    path: &str,
    door: &Door,
    stopping: &CancellationToken,
) -> http::Response<Full<Bytes>> {
    let (status, text) = match (method.is_safe(), path) {
        (true, "/healthz") => (StatusCode::OK, "ok\n".to_owned()),
        (true, "/readyz") if stopping.is_cancelled() => {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned())
        }
        (true, "/readyz") if door.keys() == 0 => (
            StatusCode::SERVICE_UNAVAILABLE,
            "without valid keys\n".to_owned(),
        ),
        (true, "/readyz") => (StatusCode::OK, "ok\n".to_owned()),
        (true, "/metrics") => (StatusCode::OK, door.metrics.text(door.keys())),
        (false, _) => (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned()),
        _ => (
            StatusCode::NOT_FOUND,
            "/healthz, /readyz or /metrics\n".to_owned(),
        ),
    };
    let mut response = http::Response::new(Full::from(text));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(METRICS_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::access::AccessLog;
    use crate::authority::Names;
    use crate::key_ring::KeyRing;
    use crate::upstream::tests::Closed;

    #[tokio::test]
    async fn operators_ask_three_things() {
        let ring = KeyRing::new(Arc::new(Closed));
        let door = Door::new(ring, None, Names::default(), AccessLog::none());
        let stopping = CancellationToken::new();
        for (method, path, status) in [
            (Method::GET, "/healthz", 200),
            (Method::HEAD, "/healthz", 200),
            (Method::GET, "/readyz", 503),
            (Method::GET, "/metrics", 200),
            (Method::POST, "/metrics", 405),
            (Method::GET, "/services/data", 404),
        ] {
            let response = answer(&method, path, &door, &stopping);
            assert_eq!(response.status(), status, "{method} {path}");
        }
        let metrics = answer(&Method::GET, "/metrics", &door, &stopping);
        let text = metrics.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&text).contains("sfbox_keys 0\n"));
        stopping.cancel();
        let ready = answer(&Method::GET, "/readyz", &door, &stopping);
        let text = ready.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(text, "stopping\n");
        assert_eq!(
            answer(&Method::GET, "/healthz", &door, &stopping).status(),
            200
        );
    }
}
