//! Clients in Rust: hyper as it is, half of them with HTTP/1.1 and half with HTTP/2.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::answers::Answer;
use super::{Counts, Order, Turns};
use crate::door::Door;
use crate::door::connection::{Connection, Connector};
use crate::raw_org::Protocol;

const ACCOUNT: &str = "/services/data/v66.0/sobjects/Account";

/// How often a client has a turn at most: those of other languages need the processor, too, and
/// so does a door that starts.
const PACE: Duration = Duration::from_millis(50);

/// Running clients.
pub(super) struct Native {
    runtime: Runtime,
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<Counts>>,
}

struct Shared {
    is_enough: AtomicBool,
    answers: Mutex<Vec<Answer>>,
    turns: Turns,
    key: String,
    query: String,
    records: Value,
    is_patient: bool,
}

impl Native {
    pub(super) fn start(door: &Door, order: &Order<'_>, turns: &Turns) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let soql = order.soql.replace(' ', "+");
        let shared = Arc::new(Shared {
            is_enough: AtomicBool::new(false),
            answers: Mutex::default(),
            turns: turns.clone(),
            key: order.key.to_owned(),
            query: format!("/services/data/v66.0/query?q={soql}"),
            records: order.records.clone(),
            is_patient: order.patient,
        });
        let protocols = [Protocol::Http1, Protocol::Http2];
        let connectors = protocols.map(|protocol| Connector::to(door, protocol));
        let clients = (0..order.clients).map(|at| {
            let connector = connectors[at % 2].clone();
            runtime.spawn(client(order.first + at, connector, Arc::clone(&shared)))
        });
        let clients = clients.collect();
        Self {
            runtime,
            shared,
            clients,
        }
    }

    /// Fails if a client has ended by itself.
    #[track_caller]
    pub(super) fn check(&self) {
        let ended = self.clients.iter().filter(|client| client.is_finished());
        assert_eq!(ended.count(), 0, "a client got a wrong answer");
    }

    /// Lets the clients finish their turns; answers what they got.
    #[track_caller]
    pub(super) fn end(self) -> (Counts, Vec<Answer>) {
        self.shared.is_enough.store(true, Ordering::Relaxed);
        let mut all = Counts::default();
        for client in self.clients {
            let counts = self.runtime.block_on(client);
            all = all + counts.expect("no wrong answer");
        }
        let answers = std::mem::take(&mut *self.shared.answers.lock().unwrap());
        (all, answers)
    }
}

/// The connection broke.
struct Broken;

async fn client(number: usize, connector: Connector, shared: Arc<Shared>) -> Counts {
    let mut counts = Counts::default();
    let mut connection = None;
    let mut turns = 0;
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !shared.is_enough.load(Ordering::Relaxed) {
        pace.tick().await;
        turns += 1;
        let name = format!("crowd {number} {turns}");
        match turn(&mut connection, &connector, &shared, &name, &mut counts).await {
            Ok(()) => shared.turns.add(number),
            Err(Broken) => {
                assert!(shared.is_patient, "a connection broke");
                counts.broken += 1;
                connection = None;
            }
        }
    }
    counts
}

async fn turn(
    connection: &mut Option<Connection>,
    connector: &Connector,
    shared: &Shared,
    name: &str,
    counts: &mut Counts,
) -> Result<(), Broken> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(connector.open().await.map_err(|_| Broken)?),
    };
    let page = ask(connection, shared, Method::GET, &shared.query, "").await?;
    let records = page["records"].as_array().expect("records").iter();
    let records =
        records.map(|record| serde_json::json!({"Id": record["Id"], "Name": record["Name"]}));
    assert_eq!(Value::from_iter(records), shared.records);
    assert_eq!(page["done"], true);
    let json = serde_json::json!({"Name": name}).to_string();
    let created = ask(connection, shared, Method::POST, ACCOUNT, &json).await?;
    assert_eq!(
        (&created["success"], &created["errors"]),
        (&true.into(), &serde_json::json!([]))
    );
    counts.created += 1;
    let path = format!("{ACCOUNT}/{}", created["id"].as_str().expect("an id"));
    let read = ask(connection, shared, Method::GET, &path, "").await?;
    assert_eq!((&read["Id"], &read["Name"]), (&created["id"], &name.into()));
    Ok(())
}

async fn ask(
    connection: &mut Connection,
    shared: &Shared,
    method: Method,
    path: &str,
    json: &str,
) -> Result<Value, Broken> {
    let sent = connection.send(&shared.key, method, path, json).await;
    let answer = answer(sent.map_err(|_| Broken)?).await?;
    let value = serde_json::from_slice(&answer.body).expect("JSON");
    let status = answer.status;
    assert!(status == 200 || status == 201, "{status}: {value}");
    shared.answers.lock().unwrap().push(answer);
    Ok(value)
}

async fn answer(response: Response<Incoming>) -> Result<Answer, Broken> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let lines = parts.headers.iter().flat_map(|(name, value)| {
        [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat()
    });
    Ok(Answer {
        status: parts.status.as_u16(),
        head: lines.collect(),
        body: body.to_vec(),
    })
}
