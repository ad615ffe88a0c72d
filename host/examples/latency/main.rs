//! `cargo run --release --example latency`: one small query, through the
//! component, by the same core natively, and by a bare HTTP client, on one TLS
//! server in one run.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod bare;
mod native;

use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sfbox::secret_store::{MemoryStore, SecretName, SecretStore as _};
use sfbox::{QueryOptions, Runtime};
use sfbox_emulator::Emulator;
use tokio::task::LocalSet;

/// Interleaved, so that what else the machine does falls on all alike.
const ROUNDS: usize = 15;
const CALLS: u32 = 400;
const SOQL: &str = "SELECT Id FROM Account LIMIT 1";

/// The server, on threads of its own.
struct Server {
    host: String,
    port: u16,
    ca_pem: String,
    secret: String,
    // Dropping it stops the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

fn main() -> anyhow::Result<()> {
    let server = serve()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, measure(&server))
}

fn serve() -> anyhow::Result<Server> {
    let (started, starting) = mpsc::channel();
    thread::spawn(move || -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let emulator = Emulator::builder().my_domain("acme.my").start().await?;
            let credentials = emulator.credentials();
            let secret = serde_json::json!({
                "Domain": credentials.domain,
                "ConsumerKey": credentials.consumer_key,
                "ConsumerSecret": credentials.consumer_secret.expose(),
            });
            let (stop, stopped) = tokio::sync::oneshot::channel();
            started.send(Server {
                host: emulator.host().to_owned(),
                port: emulator.address().port(),
                ca_pem: emulator.ca_pem().context("no TLS")?.to_owned(),
                secret: secret.to_string(),
                _stop: stop,
            })?;
            _ = stopped.await;
            Ok(())
        })
    });
    starting.recv().context("the server did not start")
}

async fn measure(server: &Server) -> anyhow::Result<()> {
    let store = Arc::new(MemoryStore::new([("acme", server.secret.clone())]));
    let target = format!("{}:443:127.0.0.1:{}", server.host, server.port);
    let runtime = Runtime::builder()
        .store(Arc::clone(&store))
        .org("acme")
        .workers(NonZeroUsize::MIN)
        .connect_to(target.parse()?)
        .extra_ca(server.ca_pem.clone())
        .build()?;
    let org = runtime.org("acme")?;
    let options = QueryOptions::default();
    // Ends when the token is stored, for the others to use.
    org.renew_session(&options.call).await?;
    let stored = store.read(&SecretName::parse("acme")?).await?.text;

    let http = bare::client(&server.ca_pem, server.port)?;
    let request = bare::Query::new(&server.host, SOQL, &stored)?;
    let core = native::core(http.clone(), &stored)?;
    let core_options = sfbox_guest::Options::default();

    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..CALLS {
            org.query(SOQL, &options).await?;
        }
        times[0].push(begun.elapsed() / CALLS);
        let begun = Instant::now();
        for _ in 0..CALLS {
            let rows = sfbox_guest::Rows::Live;
            Rc::clone(&core)
                .query(SOQL, rows, None, &core_options)
                .await?;
        }
        times[1].push(begun.elapsed() / CALLS);
        let begun = Instant::now();
        for _ in 0..CALLS {
            request.send(&http).await?;
        }
        times[2].push(begun.elapsed() / CALLS);
    }
    let [component, native, bare] = times.map(median);
    for (name, time) in [
        ("component", component),
        ("same core natively", native),
        ("bare hyper", bare),
    ] {
        let ratio = time.as_secs_f64() / bare.as_secs_f64();
        println!("{name:20} {:>6} µs  {ratio:.2}", time.as_micros());
    }
    runtime.shut_down().await;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
