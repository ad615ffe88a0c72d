//! Contender: hyper alone, on one thread. It reads every answer whole, and looks
//! into none. `bare http1` does not speak HTTP/2.

use sfbox_bench::http::{Querier, Versions};
use sfbox_bench::one_task::in_one_task;
use sfbox_bench::order::serve;
use sfbox_bench::org::Org;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let versions = match std::env::args().nth(1).as_deref() {
        Some("http1") => Versions::Http1,
        _ => Versions::All,
    };
    let querier = Querier::new(&Org::from_env()?, versions)?;
    serve(async |order| {
        let call = async |soql: &str| querier.query(soql).await.map(drop);
        in_one_task(order, call).await
    })
    .await
}
