//! `prefetch PAGES MILLISECONDS SOQL`: whether pages are fetched while the ones before are
//! worked on. Prints how long it takes to fetch so many pages alone, to work on them alone for
//! so long each, and to do both, in nanoseconds.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::stream::TryStreamExt as _;
use sfbox::{Org, RecordsOptions};
use sfbox_bench::library::builder;
use sfbox_bench::org::{self, SECRET};

/// Rows a page of the org.
const PAGE_ROWS: usize = 2_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, milliseconds, soql] = &arguments[..] else {
        anyhow::bail!("usage: prefetch PAGES MILLISECONDS SOQL");
    };
    let count: usize = count.parse().context("PAGES is a number")?;
    let work = Duration::from_millis(milliseconds.parse().context("MILLISECONDS is a number")?);
    let runtime = builder(org::Org::from_env()?)?.build()?;
    let org = runtime.org(SECRET)?;
    // Logs in, connects, and starts the instance.
    total(&org, soql, 1, Duration::ZERO).await?;
    let fetched = total(&org, soql, count, Duration::ZERO).await?;
    let begun = Instant::now();
    for _ in 0..count {
        tokio::time::sleep(work).await;
    }
    let worked = begun.elapsed();
    let both = total(&org, soql, count, work).await?;
    runtime.shut_down().await;
    let figures = [fetched, worked, both].map(|time| time.as_nanos().to_string());
    println!("[{}]", figures.join(","));
    Ok(())
}

/// How long it takes to fetch the first pages and to work on each.
async fn total(org: &Org, soql: &str, count: usize, work: Duration) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut records = org.records(soql, &[], &RecordsOptions::default()).await?;
    let (mut rows, mut pages) = (0, 0);
    while pages < count {
        let record = records.try_next().await?;
        anyhow::ensure!(
            record.is_some(),
            "the query has {rows} rows, which are less than {count} pages"
        );
        rows += 1;
        if rows % PAGE_ROWS == 0 {
            pages += 1;
            if !work.is_zero() {
                tokio::time::sleep(work).await;
            }
        }
    }
    Ok(begun.elapsed())
}
