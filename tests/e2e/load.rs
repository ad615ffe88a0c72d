//! Many calls at once through one runtime.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sfbox::QueryOptions;
use workspace::extent;

use crate::org::Org;

/// In the whole of a test.
const CALLS: usize = 10_000;
const TASKS: usize = 64;

/// Makes all calls from as many tasks, each the next one when its last has been
/// answered.
fn load(org: &Org, workers: usize) {
    let library = org.library_on(org.file_store(), |builder| {
        builder.workers(NonZeroUsize::new(workers).unwrap())
    });
    let calls = extent::of(CALLS);
    let begun = Arc::new(AtomicUsize::new(0));
    org.block_on(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (library, begun) = (library.clone(), Arc::clone(&begun));
                tokio::spawn(async move {
                    let options = QueryOptions::default();
                    while begun.fetch_add(1, Ordering::Relaxed) < calls {
                        let soql = "SELECT Id FROM Account LIMIT 1";
                        library.query(soql, &options).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let stats = org.control().stats();
    assert_eq!((stats.logins, stats.unauthorized), (1, 0));
    assert_eq!(stats.api_calls, calls as u64);
}

#[test]
fn with_http_2_a_worker_opens_one_connection() {
    const WORKERS: u64 = 2;
    let org = Org::start();
    load(&org, WORKERS as usize);
    let stats = org.control().stats();
    assert!(
        stats.connections.tls_handshakes <= WORKERS,
        "{:?}",
        stats.connections
    );
    assert_eq!(stats.protocols.http1, 0);
}

#[test]
fn with_http_1_there_are_no_more_connections_than_tasks() {
    let org = Org::start_with(sfbox_emulator::Builder::http1_only);
    load(&org, 2);
    let stats = org.control().stats();
    assert!(
        stats.connections.accepted <= TASKS as u64,
        "{:?}",
        stats.connections
    );
    assert_eq!(stats.protocols.http2, 0);
}
