//! Many events on several environments, one of which is killed at work.

use std::time::Duration;

use serde_json::json;
use sfbox_emulator::Effect;
use workspace::extent;

use crate::poller::{BATCH, Poller, results, whole};
use crate::runtime_api::Environment;
use crate::world::World;

/// How many environments there are.
const ENVIRONMENTS: usize = 3;

/// How many events they get, in the whole of the test.
const EVENTS: usize = 3_000;

/// Which part of them is answered before one environment is killed.
const BEFORE: usize = 3;

/// How long a message is out of sight once it was received: longer than a batch takes
/// here.
const VISIBILITY_S: u32 = 6;

/// How long an invocation may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a part is out of sight after it was read: longer than the test.
const READ_ONCE_S: u32 = 600;

/// How long all of it may take, many times what it does.
const PATIENCE: Duration = Duration::from_secs(240);

/// How many rows an event asks for: as many as no neighbour does.
fn rows(event: usize) -> usize {
    1 + event % 50
}

/// Holds every query until each environment has a whole batch of them, kills one, and
/// lets go.
async fn kill_at_work(world: &World, poller: &Poller, environment: &Environment) {
    poller.until_answered(extent::of(EVENTS) / BEFORE).await;
    world.strike(Effect::Hold, None);
    let every = (ENVIRONMENTS * BATCH) as u64;
    world.control().until_held(every).await;
    assert!(environment.is_busy());
    environment.kill();
    world.control().clear_faults();
}

#[test]
fn three_thousand_events_are_all_answered_though_an_environment_is_killed_and_with_one_login() {
    let count = extent::of(EVENTS);
    let world = World::start();
    let (tally, ids, parts, logs) = world.block_on(async {
        let queries = world.queue("queries", VISIBILITY_S).await;
        let queue = world.queue("results", READ_ONCE_S).await;
        let variables = [("SFBOX_RESULTS_QUEUE_URL", queue.as_str())];
        let poller = Poller::new(world.sqs(), &queries);
        let events: Vec<_> = (0..count)
            .map(|event| json!({"soql": format!("SELECT Id FROM Account LIMIT {}", rows(event))}))
            .collect();
        let ids = poller.ask(&events).await;
        let mut environments = Vec::new();
        for _ in 0..ENVIRONMENTS {
            environments.push(Environment::start(&world, &variables).await);
        }
        let work = async |environment: &Environment| {
            while poller.answered() < count && poller.turn(environment, TIMEOUT).await {}
        };
        // As Lambda does, another one takes its place.
        let victim = async {
            work(&environments[0]).await;
            let another = Environment::start(&world, &variables).await;
            work(&another).await;
            another.log()
        };
        let kill = kill_at_work(&world, &poller, &environments[0]);
        let all =
            async { tokio::join!(victim, work(&environments[1]), work(&environments[2]), kill) };
        let all = Box::pin(tokio::time::timeout(PATIENCE, all)).await;
        let (log, (), (), ()) = all.expect("all are answered in time");
        let mut logs: Vec<String> = environments.iter().map(Environment::log).collect();
        logs.push(log);
        let parts = results(&world.sqs(), &queue).await;
        (poller.into_tally(), ids, parts, logs)
    });
    assert_eq!(
        tally.lost.len(),
        BATCH,
        "a whole batch died with the environment"
    );
    for id in &tally.lost {
        assert!(tally.came_again.contains(id), "it was brought again");
        assert!(tally.answered.contains_key(id), "and answered then");
    }
    assert_eq!(tally.answered.len(), count, "none is lost");
    assert_eq!(world.logins(), 1);
    for (event, id) in ids.iter().enumerate() {
        assert!(tally.answered.contains_key(id), "{id}");
        let lines = whole(&parts, id).unwrap_or_else(|| panic!("{id} has no whole result"));
        assert_eq!(lines.len(), rows(event), "its own rows");
    }
    let twice = tally.answered.values().filter(|times| **times > 1).count();
    let queries = world.control().stats().requests[&sfbox_emulator::Route::Query];
    println!(
        "{twice} events answered twice, {queries} queries, {} parts",
        parts.len()
    );
    for log in logs {
        world.is_clean(&log);
        assert!(!log.contains("SELECT"), "no statement");
    }
    let records: String = parts.into_iter().flat_map(|part| part.lines).collect();
    world.is_clean(&records);
}
