//! Programs in other languages, as clients of the org.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::client::Org;

/// What a program prints. It gets the credentials as its last arguments, and the file of
/// the authority to trust in the environment's variable `trust`.
///
/// # Panics
///
/// When it fails, or prints anything but JSON.
pub(crate) fn run(org: &Org, mut command: Command, trust: &str) -> Value {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let (process, number) = (std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
    let authority = std::env::temp_dir().join(format!("sfbox-emulator-{process}-{number}.pem"));
    std::fs::write(&authority, org.emulator.ca_pem().expect("an authority")).expect("a file");
    let credentials = org.emulator.credentials();
    let output = command
        .arg(&credentials.consumer_key)
        .arg(credentials.consumer_secret.expose())
        .env_clear()
        .env(trust, &authority)
        .output();
    std::fs::remove_file(&authority).expect("removed");
    let output = output.expect("the program runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
