//! `--demo`: an org on loopback, in this process, for people without one.

use std::io::{Write as _, stderr};
use std::time::Instant;

use anyhow::Context as _;
use sfbox::Builder;
use sfbox::secret_store::MemoryStore;
use sfbox_emulator::Emulator;

use super::{Command, Global};

/// The name of the demo's org.
const ORG: &str = "demo";

/// Runs `command` on a fresh emulator, over TLS, and says on stderr what
/// happened.
pub(super) async fn run(global: &Global, command: &Command) -> anyhow::Result<()> {
    let emulator = Emulator::builder()
        .my_domain("demo.my")
        .start()
        .await
        .context("the demo's org cannot be started")?;
    let begun = Instant::now();
    let runtime = attach(global.builder()?, &emulator)?.build()?;
    let done = command.run(&runtime.org(ORG)?, &global.options()).await;
    runtime.shut_down().await;
    let stats = emulator.control().stats();
    _ = writeln!(
        stderr(),
        "demo: {} login(s), {} request(s), {} connection(s), {} ms",
        stats.logins,
        stats.requests.values().sum::<u64>(),
        stats.connections.accepted,
        begun.elapsed().as_millis(),
    );
    done
}

/// Points a runtime at `emulator`: its secret, its address, its certificate
/// authority.
fn attach(builder: Builder, emulator: &Emulator) -> anyhow::Result<Builder> {
    let credentials = emulator.credentials();
    let secret = serde_json::json!({
        "Domain": credentials.domain,
        "ConsumerKey": credentials.consumer_key,
        "ConsumerSecret": credentials.consumer_secret.expose(),
    });
    let address = emulator.address();
    let target = format!(
        "{}:443:{}:{}",
        emulator.host(),
        address.ip(),
        address.port()
    );
    let ca = emulator
        .ca_pem()
        .context("the demo's org has no certificate")?;
    Ok(builder
        .store(MemoryStore::new([(ORG, secret.to_string())]))
        .org(ORG)
        .connect_to(target.parse()?)
        .extra_ca(ca))
}
