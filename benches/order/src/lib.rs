//! Rounds: what a contender is told to do, and how long it took.
//!
//! A contender reads one line of JSON a round from its standard input, runs that
//! query again and again in so many lanes for so long, and prints one line with
//! what it measured. A contender that creates records does so in place of the query. It ends with its input. All contenders, whatever they are
//! written in, do just this, so that none of them decides what is measured.

use std::io::{Write as _, stdin, stdout};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// One round.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// The query; empty in a round of records that are created.
    pub soql: String,
    /// How many calls wait for an answer at any time.
    pub in_flight: usize,
    /// For how long new calls begin.
    pub milliseconds: u64,
}

/// What a round took, in nanoseconds.
#[derive(Debug, Serialize)]
pub struct Times {
    /// From the first call's beginning to the last one's end.
    pub elapsed_ns: u64,
    /// Each call.
    pub calls_ns: Vec<u64>,
}

/// What a round of records that are created took.
#[derive(Debug, Serialize)]
pub struct Created {
    /// In nanoseconds, from the first call's beginning to the last one's end.
    pub elapsed_ns: u64,
    /// How many the org says are saved.
    pub records: usize,
}

/// Does what standard input says, round by round, until it ends.
///
/// # Errors
///
/// When an order cannot be read, or a call fails.
pub async fn serve<T: Serialize>(
    round: impl AsyncFn(Order) -> anyhow::Result<T>,
) -> anyhow::Result<()> {
    // Blocks: between two rounds there is nothing to do.
    for line in stdin().lines() {
        let took = round(serde_json::from_str(&line?)?).await?;
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &took)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

/// One call after the other, until the round's time is over; how long each took.
///
/// # Errors
///
/// When a call fails.
pub async fn lane<F: Future<Output = anyhow::Result<()>>>(
    end: Instant,
    call: impl Fn() -> F,
) -> anyhow::Result<Vec<u64>> {
    let mut calls = Vec::new();
    loop {
        let began = Instant::now();
        call().await?;
        let ended = Instant::now();
        calls.push(nanoseconds(ended - began));
        if ended >= end {
            return Ok(calls);
        }
    }
}

impl Order {
    /// After when no call begins, in a round that began then.
    #[must_use]
    pub fn end(&self, begun: Instant) -> Instant {
        begun + Duration::from_millis(self.milliseconds)
    }
}

impl Times {
    /// Of a round that began then and has just ended.
    #[must_use]
    pub fn of(begun: Instant, lanes: &[Vec<u64>]) -> Self {
        Self {
            elapsed_ns: nanoseconds(begun.elapsed()),
            calls_ns: lanes.concat(),
        }
    }
}

impl Created {
    /// Of a round each of whose calls creates so many.
    #[must_use]
    pub fn of(times: &Times, each: usize) -> Self {
        Self {
            elapsed_ns: times.elapsed_ns,
            records: times.calls_ns.len() * each,
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    // Saturates after 584 years.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
