//! Contender: hyper alone, on one thread. It reads every answer whole, and looks
//! into none.

use sfbox_bench::http::Querier;
use sfbox_bench::one_task::in_one_task;
use sfbox_bench::order::serve;
use sfbox_bench::org::Org;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let querier = Querier::new(&Org::from_env()?)?;
    serve(async |order| {
        let call = async |soql: &str| querier.query(soql).await.map(drop);
        in_one_task(order, call).await
    })
    .await
}
