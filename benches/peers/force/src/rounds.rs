//! Rounds, as `benches/order` says: a task a call in flight, so that all threads have something
//! to do.

use std::time::Instant;

use sfbox_bench_order::{Order, Times, lane};

/// A round of these calls.
pub(crate) async fn run<F, C>(order: &Order, call: C) -> anyhow::Result<Times>
where
    F: Future<Output = anyhow::Result<()>> + Send,
    C: Fn() -> F + Clone + Send + 'static,
{
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..order.in_flight {
        let (call, order) = (call.clone(), order.clone());
        tasks.spawn(async move { lane(order.end(begun), call).await });
    }
    let lanes: anyhow::Result<Vec<_>> = tasks.join_all().await.into_iter().collect();
    Ok(Times::of(begun, &lanes?))
}
