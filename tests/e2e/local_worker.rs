//! A worker on its caller's own thread.

use std::fs;

use sfbox::{LocalWorker, QueryOptions, Runtime};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};
use tokio::task::LocalSet;

use crate::org::{NAME, Org};

const SOQL: &str = "SELECT Id FROM Account LIMIT 1";

fn local(org: &Org) -> (Runtime, LocalWorker) {
    let builder = org.builder(org.file_store());
    builder.build_local().expect("a runtime")
}

/// Runs on a runtime of this thread, as a program with one thread would.
fn on_this_thread<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, work)
}

#[test]
fn it_answers_calls_without_a_thread_for_them_and_ends_with_its_runtime() {
    let org = Org::start_with(|builder| builder.accounts(64));
    let (runtime, worker) = local(&org);
    let calls = async {
        let acme = runtime.org(NAME).unwrap();
        let options = QueryOptions::default();
        let pages = futures::future::join_all((0..64).map(|_| acme.query(SOQL, &options))).await;
        assert!(
            pages
                .iter()
                .all(|page| page.as_ref().unwrap().total_size == Some(1))
        );
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")));
        let names: Vec<String> = names.map_while(Result::ok).collect();
        assert!(
            names.iter().any(|name| name.starts_with("sfbox-store")),
            "{names:?}"
        );
        assert!(
            !names.iter().any(|name| name.starts_with("sfbox-worker")),
            "{names:?}"
        );
        runtime.shut_down().await;
        acme.query(SOQL, &options).await.unwrap_err()
    };
    let (refused, ()) = on_this_thread(async { tokio::join!(calls, worker) });
    assert_eq!(refused.verdict().exit_code, 4, "{refused}");
    assert_eq!(org.logins(), 1);
}

#[test]
fn calls_fail_once_it_has_been_dropped() {
    let org = Org::start();
    let (runtime, worker) = local(&org);
    drop(worker);
    let acme = runtime.org(NAME).unwrap();
    let options = QueryOptions::default();
    let refused = on_this_thread(acme.query(SOQL, &options)).unwrap_err();
    assert_eq!(refused.verdict().exit_code, 4, "{refused}");
    on_this_thread(runtime.shut_down());
    assert_eq!(org.logins(), 0);
}

#[test]
fn a_call_in_flight_is_lost_with_it_and_is_not_left_waiting() {
    let org = Org::start();
    let hold = Fault {
        route: FaultRoute::Only(Route::Query),
        skip: 0,
        count: None,
        effect: Effect::Hold,
    };
    org.control().faults(vec![hold]).unwrap();
    let (runtime, worker) = local(&org);
    let acme = runtime.org(NAME).unwrap();
    let options = QueryOptions::default();
    on_this_thread(async {
        let waiting = acme.query(SOQL, &options);
        tokio::pin!(waiting);
        let arrived = async {
            while org.control().stats().held == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("nobody answers it"),
            () = worker => panic!("it is not done"),
            () = arrived => {}
        }
        // The `select` has taken the worker, and dropped it.
        let lost = waiting.await.unwrap_err();
        assert_eq!(lost.verdict().exit_code, 4, "{lost}");
    });
}
