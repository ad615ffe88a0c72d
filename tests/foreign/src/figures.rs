//! Figures, for whoever asks for them with [`VARIABLE`]: no test depends on any.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::conversation::{Guest as _, Host, ONE};

/// Set by `cargo xtask foreign --figures`, which runs one test at a time.
const VARIABLE: &str = "SFBOX_FIGURES";

/// How many small queries are timed, one after the other. Fewer than the emulator has
/// connections (256): jco keeps one for each.
const QUERIES: usize = 200;

/// What was measured on a host.
pub(crate) struct Figures {
    /// From nothing to the answer of a first query whose session was stored, as far as
    /// the host stores any.
    cold: Duration,
    /// The median of a small query.
    query: Duration,
    /// Resident memory after that, where the host is a process of its own.
    resident_kib: Option<u64>,
}

impl Figures {
    pub(crate) fn wanted() -> bool {
        std::env::var_os(VARIABLE).is_some()
    }

    /// Measures.
    pub(crate) async fn of<H: Host>(host: &mut H) -> Self {
        let begun = Instant::now();
        let mut guest = host.instance().await;
        guest.query(ONE, None).await.unwrap();
        let cold = begun.elapsed();
        let mut durations = Vec::with_capacity(QUERIES);
        for _ in 0..QUERIES {
            let begun = Instant::now();
            guest.query(ONE, None).await.unwrap();
            durations.push(begun.elapsed());
        }
        durations.sort_unstable();
        Self {
            cold,
            query: durations[QUERIES / 2],
            resident_kib: host.process().and_then(resident_kib),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "cold_ms": self.cold.as_secs_f64() * 1_000.0,
            "query_us": self.query.as_secs_f64() * 1_000_000.0,
            "resident_kib": self.resident_kib,
        })
    }
}

fn resident_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
