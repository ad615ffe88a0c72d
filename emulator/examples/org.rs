//! An org in the foreground, for clients in other languages:
//! `cargo run -p sfbox-emulator --example org`.
//!
//! It prints one line of JSON with what a client needs, and serves until its
//! standard input ends. The certificate's authority is written to the file
//! that is the first argument; the second, if there is one, says how many
//! accounts the org has.

use std::io::{Read as _, stdin};

use sfbox_emulator::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let ca_file = arguments
        .next()
        .ok_or("usage: org FILE-FOR-THE-CA [ACCOUNTS]")?;
    let accounts = arguments.next().map_or(Ok(5_000), |text| text.parse())?;
    let org = Emulator::builder().accounts(accounts).start().await?;
    std::fs::write(ca_file, org.ca_pem().unwrap_or_default())?;
    let credentials = org.credentials();
    let line = serde_json::json!({
        "address": org.address().to_string(),
        "host": org.host(),
        "domain": credentials.domain,
        "consumer_key": credentials.consumer_key,
        "consumer_secret": credentials.consumer_secret.expose(),
    });
    #[expect(clippy::print_stdout, reason = "what it is for")]
    {
        println!("{line}");
    }
    tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new())).await??;
    org.stop().await;
    Ok(())
}
