//! A connection whose other end has died without a word: it still acknowledges what is
//! sent, and never answers.

use std::time::{Duration, Instant};

use sfbox::error::Failure;
use sfbox::{Error, Options, Org, QueryOptions};

use crate::raw_org::{Asked, Protocol, RawOrg};

const SOQL: &str = "SELECT Id FROM Account";

/// How long the call after the silence may take: ten seconds until HTTP/2's pings tell,
/// and one more.
const RECOVERY_MAX: Duration = Duration::from_secs(11);

fn options(timeout: Duration) -> QueryOptions {
    QueryOptions {
        call: Options {
            timeout: Some(timeout),
            api_version: None,
        },
        ..QueryOptions::default()
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// Makes calls at once, each of which must work.
async fn all_work(org: &Org, calls: usize, timeout: Duration) {
    let options = options(timeout);
    let pages = futures::future::join_all((0..calls).map(|_| org.query(SOQL, &options))).await;
    for page in pages {
        assert_eq!(page.unwrap().total_size, Some(1));
    }
}

#[track_caller]
fn is_timeout(called: &Result<sfbox::Page, Error>) {
    let Err(Error::Call { failure, .. }) = called else {
        panic!("{called:?}");
    };
    assert!(matches!(**failure, Failure::Timeout), "{failure}");
}

#[test]
fn over_http_2_the_next_call_survives_and_opens_one_connection() {
    let org = RawOrg::start(Protocol::Http2, |wire, request| wire.answer_well(request));
    let acme = org.library();
    block_on(async {
        all_work(&acme, 1, RECOVERY_MAX).await;
        assert_eq!(org.connections(), 1);
        org.fall_silent();
        let begun = Instant::now();
        for _ in 0..8 {
            all_work(&acme, 1, RECOVERY_MAX).await;
        }
        assert!(begun.elapsed() < RECOVERY_MAX, "{:?}", begun.elapsed());
    });
    assert_eq!((org.connections(), org.logins()), (2, 1));
}

#[test]
fn over_http_2_many_calls_share_the_next_connection() {
    let org = RawOrg::start(Protocol::Http2, |wire, request| wire.answer_well(request));
    let acme = org.library();
    block_on(async {
        all_work(&acme, 1, RECOVERY_MAX).await;
        org.fall_silent();
        let begun = Instant::now();
        all_work(&acme, 64, Duration::from_secs(20)).await;
        assert!(begun.elapsed() < RECOVERY_MAX, "{:?}", begun.elapsed());
    });
    assert_eq!((org.connections(), org.logins()), (2, 1));
}

/// Over HTTP/1.1 nothing tells but a call's own timeout.
#[test]
fn over_http_1_the_call_under_way_is_lost_and_the_next_one_works() {
    let org = RawOrg::start(Protocol::Http1, |wire, request| wire.answer_well(request));
    let acme = org.library();
    block_on(async {
        all_work(&acme, 1, RECOVERY_MAX).await;
        all_work(&acme, 16, RECOVERY_MAX).await;
        assert!(org.connections() > 1, "others are idle");
        let lost = loop {
            org.fall_silent();
            let called = acme.query(SOQL, &options(Duration::from_secs(1))).await;
            // One that was still being opened is not silent yet.
            if called.is_err() {
                break called;
            }
        };
        is_timeout(&lost);
        let before = org.connections();
        let begun = Instant::now();
        for _ in 0..64 {
            all_work(&acme, 1, RECOVERY_MAX).await;
        }
        assert!(begun.elapsed() < RECOVERY_MAX, "{:?}", begun.elapsed());
        assert_eq!(org.connections(), before + 1);
    });
    assert_eq!(org.logins(), 1);
}

/// The second call is under way until the org is released, and the third times out.
/// `next` are the calls after that, while the second one is still under way.
fn one_goes_on_when_another_times_out(org: &RawOrg, acme: &Org, next: impl AsyncFnOnce()) {
    block_on(async {
        all_work(acme, 1, RECOVERY_MAX).await;
        let patient = options(Duration::from_secs(30));
        let under_way = acme.query(SOQL, &patient);
        let meanwhile = async {
            while org.pages() < 2 {
                tokio::task::yield_now().await;
            }
            is_timeout(&acme.query(SOQL, &options(Duration::from_secs(1))).await);
            next().await;
            org.release();
        };
        let (answered, ()) = tokio::join!(under_way, meanwhile);
        assert_eq!(answered.unwrap().total_size, Some(1));
    });
}

#[test]
fn over_http_1_a_call_under_way_goes_on_when_another_has_timed_out() {
    let org = RawOrg::start(Protocol::Http1, |wire, request| {
        match (request.asked, request.number) {
            (Asked::Page, 1) => wire.until_released()?,
            (Asked::Page, 2) => return wire.say_nothing(),
            _ => {}
        }
        wire.answer_well(request)
    });
    let acme = org.library();
    one_goes_on_when_another_times_out(&org, &acme, async || {
        for _ in 0..64 {
            all_work(&acme, 1, Duration::from_secs(5)).await;
        }
    });
    assert_eq!((org.connections(), org.logins()), (3, 1));
}

/// A server whose connection lives, and whose answers do not come.
#[test]
fn no_call_begins_on_a_connection_on_which_one_has_timed_out_and_those_under_way_go_on() {
    let org = RawOrg::start(Protocol::Http2, |wire, request| {
        let is_held = request.connection == 0 && request.asked == Asked::Page && request.number > 0;
        if is_held {
            wire.held.push(*request);
            return Ok(());
        }
        wire.answer_well(request)
    });
    let acme = org.library();
    one_goes_on_when_another_times_out(&org, &acme, async || {
        assert_eq!(org.connections(), 1);
        all_work(&acme, 64, Duration::from_secs(5)).await;
        assert_eq!(org.connections(), 2, "one for all");
    });
    assert_eq!((org.connections(), org.logins()), (2, 1));
}

#[test]
fn a_call_that_times_out_before_its_answer_is_whole_keeps_others_away() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let org = RawOrg::start(protocol, |wire, request| {
            if request.connection > 0 || request.number == 0 {
                return wire.answer_well(request);
            }
            crate::hostile::begin_answer(wire, request)?;
            wire.say_nothing()
        });
        let acme = org.library();
        block_on(async {
            all_work(&acme, 1, RECOVERY_MAX).await;
            is_timeout(&acme.query(SOQL, &options(Duration::from_secs(1))).await);
            all_work(&acme, 1, Duration::from_secs(5)).await;
        });
        assert_eq!(org.connections(), 2, "{protocol:?}");
    }
}
