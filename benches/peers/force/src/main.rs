//! Contender: the crate `force` as it is. `force queries THREADS`, `force batches THREADS` and
//! `force graphs THREADS` do rounds of queries and of records that are created, and
//! `force export FORM SOQL` prints all rows of a query.

mod creations;
mod export;
mod org;
mod queries;
mod rounds;

use std::sync::Arc;

use anyhow::Context as _;
use sfbox_bench_order::serve;
use tokio::runtime::{Builder, Runtime};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["queries", threads] => with(threads)?.block_on(async {
            let client = Arc::new(org::connect().await?);
            serve(async |order| queries::round(&client, order).await).await
        }),
        ["batches", threads] => with(threads)?.block_on(async {
            let client = Arc::new(org::connect().await?);
            serve(async |order| creations::batches(&client, order).await).await
        }),
        ["graphs", threads] => with(threads)?.block_on(async {
            let client = Arc::new(org::connect().await?);
            serve(async |order| creations::graphs(&client, order).await).await
        }),
        ["export", form, soql] => with("1")?.block_on(async {
            let client = org::connect().await?;
            export::print(&client, form, soql).await
        }),
        _ => {
            anyhow::bail!("usage: force queries|batches|graphs THREADS, or force export FORM SOQL")
        }
    }
}

/// With so many threads.
fn with(threads: &str) -> anyhow::Result<Runtime> {
    let threads: usize = threads.parse().context("THREADS is a number")?;
    let mut runtime = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    Ok(runtime.worker_threads(threads).enable_all().build()?)
}
