//! `--demo`: an org on loopback, in this process, for people without one.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use sfbox::secret_store::MemoryStore;
use sfbox_emulator::Emulator;
use sfbox_secret::key::{CONSUMER_KEY, CONSUMER_SECRET, DOMAIN};

use crate::global::Global;
use crate::hint::Typed;
use crate::report::remark;
use crate::target::Target;

/// The name of the demo's org.
const ORG: &str = "demo";

/// Runs `command` on a fresh emulator, over TLS, and says on stderr what
/// happened.
pub(crate) async fn run(
    global: &Global,
    command: impl AsyncFnOnce(Target) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let emulator = Emulator::builder()
        .my_domain("demo.my")
        .start()
        .await
        .context("the demo's org cannot be started")?;
    let begun = Instant::now();
    let done = command(target(global, &emulator)?).await;
    let stats = emulator.control().stats();
    remark(&format!(
        "demo: {} login(s), {} request(s), {} connection(s), {} ms",
        stats.logins,
        stats.requests.values().sum::<u64>(),
        stats.connections.accepted,
        begun.elapsed().as_millis(),
    ));
    done
}

/// The org of `emulator`: its secret, its address, its certificate authority.
fn target(global: &Global, emulator: &Emulator) -> anyhow::Result<Target> {
    let credentials = emulator.credentials();
    let secret = serde_json::json!({
        (DOMAIN): credentials.domain,
        (CONSUMER_KEY): credentials.consumer_key,
        (CONSUMER_SECRET): credentials.consumer_secret.expose(),
    });
    let address = emulator.address();
    let connect_to = format!(
        "{}:443:{}:{}",
        emulator.host(),
        address.ip(),
        address.port()
    );
    let ca = emulator
        .ca_pem()
        .context("the demo's org has no certificate")?;
    let store = MemoryStore::new([(ORG, secret.to_string())]);
    let builder = global
        .builder()?
        .connect_to(connect_to.parse()?)
        .extra_ca(ca);
    Ok(Target::new(
        ORG,
        Arc::new(store),
        builder,
        Typed::of(global),
    ))
}
