//! A round of a contender that has one thread for its calls.

use std::time::Instant;

use futures::future::try_join_all;

use crate::order::{Order, Times, lane};

/// A round whose lanes are all in the caller's task.
///
/// # Errors
///
/// When a call fails.
pub async fn in_one_task(
    order: Order,
    call: impl AsyncFn(&str) -> anyhow::Result<()>,
) -> anyhow::Result<Times> {
    let begun = Instant::now();
    let lanes = (0..order.in_flight).map(|_| lane(order.end(begun), || call(&order.soql)));
    let lanes = try_join_all(lanes).await?;
    Ok(Times::of(begun, &lanes))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn order(in_flight: usize) -> Order {
        Order {
            soql: "SELECT Id FROM Account".to_owned(),
            in_flight,
            milliseconds: 0,
        }
    }

    #[tokio::test]
    async fn every_lane_calls_at_least_once() {
        let calls = Cell::new(0);
        let round = in_one_task(order(64), async |soql| {
            assert_eq!(soql, "SELECT Id FROM Account");
            calls.set(calls.get() + 1);
            Ok(())
        });
        let times = round.await.unwrap();
        assert_eq!((calls.get(), times.calls_ns.len()), (64, 64));
    }

    #[tokio::test]
    async fn a_call_that_fails_fails_the_round() {
        let round = in_one_task(order(2), async |_| anyhow::bail!("refused"));
        assert!(round.await.is_err());
    }
}
