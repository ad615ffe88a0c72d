//! A Lambda runtime API of our own, for one environment: it stops the process between
//! its invocations, as Lambda does, and survives one that is killed in the middle.
//!
//! Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom
//! runtimes" and "Understanding the Lambda execution environment lifecycle".

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, Signal};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use crate::environment::{Bootstrap, signal};
use crate::world::World;

/// The path that everything is under.
const PREFIX: &str = "/2018-06-01/runtime/";

/// What came of an invocation.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The function's answer.
    Answer(Value),
    /// The function's error: its type and its message.
    Error(String, String),
    /// Nothing: the environment has ended, or was too slow.
    Lost,
}

/// An environment, and the runtime API that it lives on.
pub(crate) struct Environment {
    bootstrap: Mutex<Bootstrap>,
    api: Arc<Api>,
    events: mpsc::UnboundedSender<Event>,
    _server: AbortOnDropHandle<()>,
}

struct Event {
    id: String,
    payload: String,
    timeout: Duration,
}

/// What the requests of one environment share.
struct Api {
    pid: Pid,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    /// Who waits for which invocation.
    waiting: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    /// What was reported of an environment that cannot be used.
    init_error: Mutex<Option<Value>>,
}

impl Environment {
    /// Starts one, with these variables beside the world's.
    pub(crate) async fn start(world: &World, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // On Lambda it has no scheme either.
        let address = listener.local_addr().unwrap().to_string();
        let bootstrap = Bootstrap::start(world, &address, variables);
        let (events, receiver) = mpsc::unbounded_channel();
        let api = Arc::new(Api {
            pid: bootstrap.pid(),
            events: receiver.into(),
            waiting: Mutex::default(),
            init_error: Mutex::default(),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&api)));
        Self {
            bootstrap: bootstrap.into(),
            api,
            events,
            _server: AbortOnDropHandle::new(server),
        }
    }

    /// Hands over an event that must be answered in time.
    pub(crate) async fn invoke(&self, event: &Value, timeout: Duration) -> Outcome {
        let id = new_id();
        let (sender, receiver) = oneshot::channel();
        self.api.waiting.lock().unwrap().insert(id.clone(), sender);
        let payload = event.to_string();
        let event = Event {
            id,
            payload,
            timeout,
        };
        assert!(self.events.send(event).is_ok(), "the API lives as long");
        match tokio::time::timeout(timeout, receiver).await {
            Ok(Ok(outcome)) => outcome,
            // Whoever waits for one that was killed is let go.
            Ok(Err(_)) | Err(_) => Outcome::Lost,
        }
    }

    /// Whether an invocation is under way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.api.waiting.lock().unwrap().is_empty()
    }

    /// Ends the process, `kill -9`, and with it whatever it was doing.
    pub(crate) fn kill(&self) {
        self.bootstrap.lock().unwrap().kill();
        self.api.waiting.lock().unwrap().clear();
    }

    /// All that it wrote.
    pub(crate) fn log(&self) -> String {
        self.bootstrap.lock().unwrap().log()
    }

    /// What it reports when it cannot be used, once it has ended by itself.
    pub(crate) async fn init_error(&self) -> Value {
        // It waits for nothing but the answer to its report.
        let bootstrap = &self.bootstrap;
        let status = tokio::task::block_in_place(|| bootstrap.lock().unwrap().ended());
        assert_eq!(status.code(), Some(1));
        let reported = self.api.init_error.lock().unwrap().take();
        reported.expect("it is reported")
    }
}

/// An id that no other invocation of this test has.
fn new_id() -> String {
    static INVOCATIONS: AtomicU64 = AtomicU64::new(0);
    format!("invocation-{}", INVOCATIONS.fetch_add(1, Ordering::Relaxed))
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let api = Arc::clone(&api);
                async move { Ok::<_, Infallible>(api.answer(request).await) }
            });
            let connection = TokioIo::new(connection);
            // It breaks when the process is killed.
            _ = http1::Builder::new()
                .serve_connection(connection, service)
                .await;
        });
    }
}

impl Api {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let path = parts.uri.path().strip_prefix(PREFIX).unwrap();
        let path: Vec<&str> = path.split('/').collect();
        match (&parts.method, &*path) {
            (&Method::GET, ["invocation", "next"]) => return self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => {
                let answer = serde_json::from_slice(&body).unwrap();
                self.tell(id, Outcome::Answer(answer));
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                let error: Value = serde_json::from_slice(&body).unwrap();
                let text = |name: &str| error[name].as_str().unwrap().to_owned();
                self.tell(id, Outcome::Error(text("errorType"), text("errorMessage")));
            }
            (&Method::POST, ["init", "error"]) => {
                *self.init_error.lock().unwrap() = serde_json::from_slice(&body).unwrap();
            }
            other => panic!("not in the runtime API: {other:?}"),
        }
        let accepted = Response::builder().status(StatusCode::ACCEPTED);
        accepted.body(Full::default()).unwrap()
    }

    /// The next event. Until there is one the process stands still.
    async fn next(&self) -> Response<Full<Bytes>> {
        signal(self.pid, Signal::STOP);
        let Some(event) = self.events.lock().await.recv().await else {
            // The test is over, and so is the process in a moment.
            return std::future::pending().await;
        };
        signal(self.pid, Signal::CONT);
        let deadline = SystemTime::now() + event.timeout;
        let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Response::builder()
            .header("lambda-runtime-aws-request-id", event.id)
            .header(
                "lambda-runtime-deadline-ms",
                deadline.as_millis().to_string(),
            )
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:123456789012:function:sfbox",
            )
            .body(Full::new(event.payload.into()))
            .unwrap()
    }

    fn tell(&self, id: &str, outcome: Outcome) {
        let waiting = self.waiting.lock().unwrap().remove(id);
        // Nobody waits any longer for an answer that comes too late.
        waiting.map(|waiting| waiting.send(outcome));
    }
}
