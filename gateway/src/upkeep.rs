//! What the door looks at by itself, from time to time: keys that have expired, and answers that
//! nobody takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use crate::door::Door;

/// How often it looks: a key ends what is under way with it within a second.
const INTERVAL: Duration = Duration::from_millis(400);

/// Looks for as long as it is polled. Answers may stand `still` for so long. The clock is asked
/// each time: it may be set.
pub(crate) async fn run(door: Arc<Door>, still: Duration) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        door.ring.upkeep(Timestamp::now(), Instant::now(), still);
    }
}
