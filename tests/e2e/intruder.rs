//! A component that was composed with ours, and means no good: what it learns, and
//! whom it disturbs.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use sfbox::error::Retirement;
use sfbox::secret_store::SecretStore;
use sfbox::{Builder, Error, Options, QueryOptions, Runtime};
use workspace::root;

use crate::canary;
use crate::org::{CONSUMER_SECRET, NAME, Org};

/// What an instance may have.
const MEMORY_MIB: usize = 64;

/// The handles that an instance may hold (`host/src/state.rs`), two a stream, and some
/// for the call itself.
const STREAMS_MAX: usize = 10_000 / 2 - 1;

/// The component with the intruder in front of it, in our host, for this org and
/// for a neighbour on the same thread.
fn intruded(org: &Org, store: impl SecretStore) -> Runtime {
    let builder: Builder = org
        .builder(store)
        .org("neighbour")
        .workers(NonZeroUsize::MIN)
        .memory(MEMORY_MIB << 20);
    let path = root().join("target/component/intruder-with-sfbox.cwasm");
    let image =
        fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    let builder = unsafe { builder.native_image(image) };
    builder.build().unwrap()
}

async fn ask(runtime: &Runtime, org: &str, statement: &str) -> Result<String, Error> {
    let call = Options {
        timeout: Some(Duration::from_secs(60)),
        api_version: None,
    };
    let options = QueryOptions {
        call,
        ..QueryOptions::default()
    };
    let page = runtime.org(org).unwrap().query(statement, &options).await?;
    Ok(page.body)
}

fn retired(outcome: Result<String, Error>) -> Retirement {
    match outcome {
        Err(Error::Lost { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_function_tells_the_token_or_the_consumer_secret() {
    // More than a page, so that there is a next one to pry at.
    let org = Org::start_with(|builder| builder.accounts(300));
    let learned = org.block_on(async {
        let runtime = intruded(&org, org.file_store());
        let learned = ask(&runtime, NAME, "pry").await.unwrap();
        runtime.shut_down().await;
        learned
    });
    // It did get through to the org, and every function answered.
    assert!(learned.contains("001"), "{learned}");
    let functions = contract::exported_functions().unwrap();
    for function in &functions {
        for outcome in ["Ok", "Err"] {
            let began = format!("{function}: {outcome}");
            let tried = learned.lines().any(|line| line.starts_with(&began));
            assert!(
                tried,
                "tests/guests/intruder learned no {outcome} of {function}"
            );
        }
    }
    for line in learned.lines() {
        let (function, _) = line.split_once(": ").unwrap();
        assert!(functions.contains(function), "wit/ has no {function}");
    }
    let stored = org.stored();
    let token = stored["SessionId"].as_str().expect("a token was stored");
    for secret in [token, CONSUMER_SECRET, canary::ANY_TOKEN] {
        assert!(!learned.contains(secret), "it learned a secret");
    }
}

#[test]
fn one_that_takes_too_much_is_stopped_and_its_neighbour_goes_on() {
    let org = Org::start();
    org.block_on(async {
        let runtime = intruded(&org, org.file_store());
        ask(&runtime, "neighbour", "x").await.unwrap();
        for statement in ["hog", "streams 1000000"] {
            let ended = tokio::spawn({
                let runtime = runtime.clone();
                async move { ask(&runtime, NAME, statement).await }
            });
            while !ended.is_finished() {
                ask(&runtime, "neighbour", "x").await.unwrap();
            }
            let why = retired(ended.await.unwrap());
            let bounded = match statement {
                "hog" => {
                    why == Retirement::OutOfMemory {
                        limit_mib: MEMORY_MIB,
                    }
                }
                _ => matches!(why, Retirement::Trapped(_)),
            };
            assert!(bounded, "{statement}: {why:?}");
            ask(&runtime, NAME, "x")
                .await
                .expect("the next call gets a new instance");
        }
    });
}

#[test]
fn as_many_streams_as_handles_are_opened_and_one_more_is_not() {
    let org = Org::start();
    org.block_on(async {
        let runtime = intruded(&org, org.file_store());
        let most = format!("streams {STREAMS_MAX}");
        assert_eq!(
            ask(&runtime, NAME, &most).await.unwrap(),
            STREAMS_MAX.to_string()
        );
        let more = format!("streams {}", STREAMS_MAX + 1);
        let why = retired(ask(&runtime, NAME, &more).await);
        assert!(matches!(&why, Retirement::Trapped(_)), "{why:?}");
    });
}

#[test]
fn one_that_computes_for_ever_is_stopped_and_its_neighbour_goes_on() {
    let org = Org::start();
    org.block_on(async {
        let runtime = intruded(&org, org.file_store());
        let spinning = tokio::spawn({
            let runtime = runtime.clone();
            let call = Options {
                timeout: Some(Duration::from_secs(1)),
                api_version: None,
            };
            let options = QueryOptions {
                call,
                ..QueryOptions::default()
            };
            async move { runtime.org(NAME).unwrap().query("spin", &options).await }
        });
        let mut answered = 0;
        while !spinning.is_finished() {
            ask(&runtime, "neighbour", "x").await.unwrap();
            answered += 1;
        }
        assert!(answered > 100, "only {answered} calls were answered");
        let stopped = spinning.await.unwrap().map(|page| page.body);
        assert!(matches!(retired(stopped), Retirement::Stuck { .. }));
    });
}
