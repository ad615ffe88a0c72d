//! wasmCloud's `wash host`, twice, with a NATS server between them and whoever says
//! what runs where: in a cluster that is wasmCloud's operator, here this test.

mod workload;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use moto::Moto;
use serde_json::Value;

use self::workload::{HOST, Workload};
use crate::caller::Caller;
use crate::conversation::{Guest as _, Host, Kept as _, ONE, Step};
use crate::exchange::Exchange;
use crate::org::{CONSUMER_SECRET, ORG, Org};
use crate::process::Process;
use crate::report::{Row, absent, held, made};
use crate::{nats, registry, secrets_manager};

/// What cannot be done with an adapter that does not write.
const NOT_WRITTEN: &[(Step, &str)] = {
    let why = "`wasmcloud:secrets` cannot be written: each instance logs in for itself";
    &[(Step::ReuseByAnother, why), (Step::Takeover, why)]
};

/// Two hosts, and the component on both.
struct Wash {
    hosts: Vec<(Process, SocketAddr)>,
    /// Where the token is, if the adapter writes it anywhere.
    store: Option<Moto>,
    _nats: Process,
    _cache: tempfile::TempDir,
}

impl Wash {
    async fn start(workload: &Workload<'_>) -> Self {
        let mut server = Command::new(made("nats/usr/sbin/nats-server"));
        server
            .args(["--addr", "127.0.0.1", "--port", "-1"])
            .stderr(Stdio::piped());
        let mut server = Process::start(&mut server);
        let nats = server.says(listening).await;
        let component = format!("gateway-with-{}.wasm", workload.adapter);
        let registry = registry::serve(&made(&component)).await;
        let described = workload.described(registry);
        let cache = tempfile::tempdir().unwrap();
        let mut hosts = Vec::new();
        for name in ["first", "second"] {
            let cache = cache.path().join(name);
            hosts.push(start(name, &cache, &nats, &described).await);
        }
        Self {
            hosts,
            store: None,
            _nats: server,
            _cache: cache,
        }
    }
}

/// One more host, with the workload on it.
async fn start(name: &str, cache: &Path, nats: &str, workload: &Value) -> (Process, SocketAddr) {
    let url = format!("nats://{nats}");
    let mut host = Command::new(made("wash/bin/wash"));
    host.args(["--non-interactive", "host", "--http-addr", "127.0.0.1:0"])
        .args(["--host-name", name, "--allow-insecure-registries"])
        .args(["--scheduler-nats-url", &url, "--data-nats-url", &url])
        .arg("--oci-cache-dir")
        .arg(cache)
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped());
    let mut host = Process::start(&mut host);
    let mut address = None;
    let (id, address) = host
        .says(move |line| {
            address = address.or_else(|| value(line, "listening addr=")?.parse().ok());
            let id = value(line, "host_id=")?.trim_matches('"').to_owned();
            Some((id, address?))
        })
        .await;
    let subject = format!("runtime.host.{id}.workload.start");
    let started = nats::ask(nats, &subject, workload).await;
    let state = &started["workloadStatus"]["workloadState"];
    assert_eq!(state, "WORKLOAD_STATE_RUNNING", "{started}");
    (host, address)
}

/// `Listening for client connections on 127.0.0.1:4222`.
fn listening(line: &str) -> Option<String> {
    let (_, address) = line.split_once("Listening for client connections on ")?;
    Some(address.trim().to_owned())
}

/// The word after `key`.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(key)?;
    rest.split_ascii_whitespace().next()
}

impl Host for Wash {
    type Guest = Caller<Exchange>;

    /// The instance of one host, and then of the other.
    async fn instance(&mut self) -> Caller<Exchange> {
        self.hosts.rotate_left(1);
        let (_, address) = &self.hosts[0];
        Caller(Exchange::begin(*address, HOST).await)
    }

    async fn stored(&self) -> Option<String> {
        self.store.as_ref()?.token().await
    }

    fn process(&self) -> Option<u32> {
        self.hosts.first().map(|(host, _)| host.id())
    }

    fn limits(&self) -> &'static [(Step, &'static str)] {
        if self.store.is_some() {
            &[]
        } else {
            NOT_WRITTEN
        }
    }
}

async fn converse(row: &Row, org: &Org, mut wash: Wash) {
    held(row, org, &mut wash).await;

    // Both serve, and one goes on alone when the other is gone.
    let mut first = wash.instance().await;
    let mut second = wash.instance().await;
    first.query(ONE, None).await.unwrap();
    second.query(ONE, None).await.unwrap();
    let logins = org.control().stats().logins;
    drop(wash.hosts.pop());
    second.query(ONE, None).await.unwrap();
    assert_eq!(org.control().stats().logins, logins);
}

#[tokio::test]
async fn wash_with_its_own_secrets() {
    let row = Row {
        order: 70,
        host: "wash 2.10 on two hosts, with sfbox-wasmcloud-secrets",
        wasi: "0.3",
    };
    if absent(&row, &["wash"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let (detour, secret) = (org.detour(), Org::secret());
    let workload = Workload {
        adapter: "wasmcloud-secrets",
        environment: &[("SFBOX_DETOUR", &detour)],
        secrets: &[(ORG, &secret)],
    };
    let wash = Wash::start(&workload).await;
    converse(&row, &org, wash).await;
}

#[tokio::test]
async fn wash_with_secrets_manager() {
    let row = Row {
        order: 71,
        host: "wash 2.10 on two hosts, with sfbox-secrets-manager",
        wasi: "0.3",
    };
    if absent(&row, &["wash"]) {
        return;
    }
    let org = Org::start_at_detour().await;
    let detour = org.detour();
    let moto = Moto::keep(CONSUMER_SECRET).await;
    let mut environment = secrets_manager::environment(&moto).to_vec();
    environment.push(("SFBOX_DETOUR", &detour));
    let workload = Workload {
        adapter: "secrets-manager",
        environment: &environment,
        secrets: &[],
    };
    let mut wash = Wash::start(&workload).await;
    wash.store = Some(moto);
    converse(&row, &org, wash).await;
}
