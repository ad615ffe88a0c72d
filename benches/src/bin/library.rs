//! Contender: sfbox as a library. `library WORKERS`.

use std::num::NonZeroUsize;

use anyhow::Context as _;
use sfbox::secret_store::MemoryStore;
use sfbox::{QueryOptions, Runtime};
use sfbox_bench::one_task::in_one_task;
use sfbox_bench::order::serve;
use sfbox_bench::org::{Org, SECRET};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let workers: NonZeroUsize = std::env::args()
        .nth(1)
        .context("usage: library WORKERS")?
        .parse()
        .context("WORKERS is a number from 1")?;
    let org = Org::from_env()?;
    let target = format!("{}:443:127.0.0.1:{}", org.host, org.port);
    let runtime = Runtime::builder()
        .store(MemoryStore::new([(SECRET, org.secret()?.to_string())]))
        .org(SECRET)
        .workers(workers)
        .connect_to(target.parse()?)
        .extra_ca(org.ca_pem)
        .build()?;
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
