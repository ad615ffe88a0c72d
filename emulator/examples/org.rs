//! An org in the foreground, for clients in other languages:
//! `cargo run -p sfbox-emulator --example org`.
//!
//! It prints one line of JSON with what a client needs, and serves until its
//! standard input ends. The certificate's authority is written to the file
//! that is the only argument.

use std::io::{Read as _, stdin};

use sfbox_emulator::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ca_file = std::env::args()
        .nth(1)
        .ok_or("usage: org FILE-FOR-THE-CA")?;
    let org = Emulator::builder().accounts(5_000).start().await?;
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
