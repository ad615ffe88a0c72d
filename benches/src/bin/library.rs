//! Contender: sfbox as a library. `library WORKERS`, with `0` for a worker on the
//! caller's own thread.

use std::num::NonZeroUsize;

use anyhow::Context as _;
use sfbox::{QueryOptions, Runtime};
use sfbox_bench::library::builder;
use sfbox_bench::one_task::in_one_task;
use sfbox_bench::order::serve;
use sfbox_bench::org::{Org, SECRET};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let workers: usize = std::env::args()
        .nth(1)
        .context("usage: library WORKERS")?
        .parse()
        .context("WORKERS is a number")?;
    let builder = builder(Org::from_env()?)?;
    if let Some(workers) = NonZeroUsize::new(workers) {
        answer(&builder.workers(workers).build()?).await
    } else {
        let (runtime, worker) = builder.build_local()?;
        let (answered, ()) = tokio::join!(answer(&runtime), worker);
        answered
    }
}

async fn answer(runtime: &Runtime) -> anyhow::Result<()> {
    let org = runtime.org(SECRET)?;
    let options = QueryOptions::default();
    serve(async |order| {
        let call = async |soql: &str| Ok(org.query(soql, &options).await.map(drop)?);
        in_one_task(order, call).await
    })
    .await?;
    runtime.shut_down().await;
    Ok(())
}
