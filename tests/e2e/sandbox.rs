//! What a component can reach, and what a hostile one can do: nothing to others.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use sfbox::error::Retirement;
use sfbox::secret_store::MemoryStore;
use sfbox::{Error, Failure, Options, QueryOptions, Runtime};
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;
use workspace::root;

use crate::org::Org;
use crate::settings;

const SECRET: &str = r#"{"Domain":"acme.my","ConsumerKey":"k","ConsumerSecret":"s"}"#;

/// What an instance may have: the longest answer twice, and some more.
const MEMORY_MIB: usize = 160;

fn image(name: &str) -> Vec<u8> {
    let path = root().join("target/component").join(name);
    fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()))
}

/// A runtime of one thread with the hostile component, for two orgs.
fn hostile() -> Runtime {
    let builder = Runtime::builder()
        .store(MemoryStore::new([
            ("acme", SECRET),
            ("other", SECRET),
            ("third", SECRET),
        ]))
        .org("acme")
        .org("other")
        .workers(NonZeroUsize::MIN)
        .memory(MEMORY_MIB << 20)
        // A private address that would answer, were it allowed.
        .allow_host("localhost".parse().unwrap());
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    let builder = unsafe { builder.native_image(image("hostile.cwasm")) };
    builder.build().unwrap()
}

fn within(seconds: u64) -> QueryOptions {
    let call = Options {
        timeout: Some(Duration::from_secs(seconds)),
        api_version: None,
    };
    QueryOptions {
        call,
        ..QueryOptions::default()
    }
}

async fn ask(runtime: &Runtime, org: &str, statement: &str) -> Result<String, Error> {
    Ok(runtime
        .org(org)
        .unwrap()
        .query(statement, &within(1))
        .await?
        .body)
}

fn is_stuck(error: &Error) -> bool {
    let Error::Lost { why, .. } = error else {
        return false;
    };
    matches!(why, Retirement::Stuck { .. })
}

fn denied(outcome: Result<String, Error>) -> String {
    match outcome {
        Err(Error::Call { failure, .. }) => match *failure {
            Failure::Denied(why) => why.to_lowercase(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_component_imports_what_the_world_lists_and_nothing_else() {
    let engine = Engine::new(&settings::config()).unwrap();
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    let component = unsafe { Component::deserialize(&engine, image("sfbox.cwasm")) }.unwrap();
    let component = component.component_type();
    let mut imports: Vec<&str> = component.imports(&engine).map(|(name, _)| name).collect();
    imports.sort_unstable();
    let secret_store = contract::id("secret-store").unwrap();
    assert_eq!(
        imports,
        [
            secret_store.as_str(),
            "wasi:clocks/monotonic-clock@0.3.0",
            "wasi:clocks/system-clock@0.3.0",
            "wasi:clocks/types@0.3.0",
            "wasi:http/client@0.3.0",
            "wasi:http/types@0.3.0",
            "wasi:random/random@0.3.0",
        ]
    );
    let exports: BTreeSet<&str> = component
        .exports(&engine)
        .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentInstance(_)))
        .map(|(name, _)| name)
        .collect();
    let contract = contract::interfaces().unwrap();
    let exported = contract.iter().filter(|interface| interface.is_exported);
    let expected: BTreeSet<&str> = exported.map(|interface| interface.id.as_str()).collect();
    assert_eq!(exports, expected);
}

#[tokio::test]
async fn a_request_outside_of_the_pin_is_denied_even_if_the_component_asks() {
    let runtime = hostile();
    // It has to read its secret before there is a pin at all.
    assert_eq!(
        denied(ask(&runtime, "acme", "fetch https://acme.my.salesforce.com/").await),
        "the name"
    );
    ask(&runtime, "acme", "secret acme").await.unwrap();
    for url in [
        "https://evil.example/",
        "https://other.my.salesforce.com/",
        "https://acme.my.salesforce.com.evil.example/",
        "https://acme.my.salesforce.com@evil.example/",
        "https://acme.my.salesforce.com:8443/",
        "http://acme.my.salesforce.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
    ] {
        let fetched = ask(&runtime, "acme", &format!("fetch {url}")).await;
        let why = denied(fetched);
        assert!(why == "the name" || why == "the url", "{url}: {why}");
    }
}

#[tokio::test]
async fn a_permitted_name_that_resolves_to_a_private_address_is_denied() {
    let runtime = hostile();
    assert_eq!(
        denied(ask(&runtime, "acme", "fetch https://localhost/").await),
        "the address"
    );
}

#[tokio::test]
async fn another_orgs_secret_is_denied_known_or_not() {
    let runtime = hostile();
    for name in ["other", "third", "nobody", ""] {
        assert!(
            denied(ask(&runtime, "acme", &format!("secret {name}")).await).contains("denied"),
            "{name}"
        );
    }
    // And by none of the store's functions.
    let contract = contract::interfaces().unwrap();
    let imported = contract.iter().filter(|interface| !interface.is_exported);
    let functions: Vec<&String> = imported.flat_map(|one| &one.functions).collect();
    assert!(functions.len() >= 4, "{functions:?}");
    for name in ["other", "third", "nobody"] {
        let learned = ask(&runtime, "acme", &format!("store {name}"))
            .await
            .unwrap();
        let learned: Vec<(&str, &str)> = learned
            .lines()
            .map(|line| line.split_once(": ").unwrap())
            .collect();
        for function in &functions {
            let answer = learned.iter().find(|(tried, _)| tried == function);
            let (_, answer) =
                answer.unwrap_or_else(|| panic!("tests/guests/hostile does not try {function}"));
            assert!(
                answer.contains("Err") && answer.contains("Denied"),
                "{function} of {name}: {answer}"
            );
        }
        assert_eq!(learned.len(), functions.len(), "{learned:?}");
    }
    for key in ["ConsumerSecret", "Domain", "anything"] {
        let why = denied(ask(&runtime, "acme", &format!("replace {key}")).await);
        assert!(why.contains("denied"), "{key}: {why}");
    }
    assert!(
        denied(ask(&runtime, "acme", "replace Instance").await).contains("denied"),
        "an instance that no login named"
    );
    ask(&runtime, "acme", "replace SessionId").await.unwrap();
}

#[tokio::test]
async fn a_spinning_component_is_stopped_and_its_neighbour_goes_on() {
    let runtime = hostile();
    let spinning = tokio::spawn({
        let runtime = runtime.clone();
        async move { ask(&runtime, "acme", "spin").await }
    });
    let mut answered = 0;
    while !spinning.is_finished() {
        ask(&runtime, "other", "x").await.unwrap();
        answered += 1;
    }
    assert!(
        answered > 100,
        "only {answered} of the neighbour's calls were answered"
    );
    let stopped = spinning.await.unwrap().unwrap_err();
    assert_eq!(stopped.verdict().exit_code, 101);
    assert!(is_stuck(&stopped));
    ask(&runtime, "acme", "x")
        .await
        .expect("the next call gets a new instance");
}

#[tokio::test]
async fn a_call_that_a_stuck_component_never_began_gets_another_instance() {
    let runtime = hostile();
    let waiting = async {
        // The worker has one thread: when it has served a neighbour that often,
        // what it was given before has begun.
        for _ in 0..100 {
            ask(&runtime, "other", "x").await.unwrap();
        }
        ask(&runtime, "acme", "x").await
    };
    let (spinning, waiting) = tokio::join!(ask(&runtime, "acme", "spin"), waiting);
    assert!(is_stuck(&spinning.unwrap_err()));
    waiting.expect("it was not begun, so it is not lost");
}

#[tokio::test]
async fn a_component_that_goes_on_after_its_answer_holds_nobody_up() {
    let runtime = hostile();
    ask(&runtime, "acme", "linger").await.unwrap();
    let life = async {
        // It answers until it computes, and then never again.
        loop {
            let begun = std::time::Instant::now();
            match ask(&runtime, "acme", "x").await {
                Ok(_) if begun.elapsed() > Duration::from_secs(3) => break,
                Ok(_) => {}
                // It had begun this one.
                Err(lost) => {
                    assert!(is_stuck(&lost), "{lost}");
                    break;
                }
            }
        }
        ask(&runtime, "acme", "x").await.unwrap();
        runtime.shut_down().await;
    };
    tokio::time::timeout(Duration::from_secs(30), life)
        .await
        .expect("somebody waits for ever");
}

#[tokio::test]
async fn a_component_that_answers_too_much_is_refused_and_lives() {
    let runtime = hostile();
    let limit = 64 << 20;
    let most = ask(&runtime, "acme", &format!("echo {limit}")).await;
    assert_eq!(most.unwrap().len(), limit);
    let more = ask(&runtime, "acme", &format!("echo {}", limit + 1)).await;
    let Err(Error::Call { failure, .. }) = more else {
        panic!("it is not refused")
    };
    assert!(matches!(*failure, Failure::UnexpectedAnswer(_)));
    ask(&runtime, "acme", "x").await.unwrap();
}

#[tokio::test]
async fn a_component_that_waits_for_ever_is_stopped() {
    let runtime = hostile();
    let stopped = ask(&runtime, "acme", "hold").await.unwrap_err();
    assert!(matches!(
        stopped,
        Error::Lost {
            why: Retirement::Stuck { .. },
            ..
        }
    ));
    ask(&runtime, "acme", "x").await.unwrap();
}

#[tokio::test]
async fn a_trap_ends_its_instance_and_no_other() {
    let runtime = hostile();
    ask(&runtime, "other", "x").await.unwrap();
    let trapped = ask(&runtime, "acme", "trap").await.unwrap_err();
    assert!(matches!(
        trapped,
        Error::Lost {
            why: Retirement::Trapped(_),
            ..
        }
    ));
    ask(&runtime, "other", "x").await.unwrap();
    ask(&runtime, "acme", "x").await.unwrap();
}

#[tokio::test]
async fn a_component_that_takes_memory_is_stopped_at_its_limit() {
    let runtime = hostile();
    let stopped = ask(&runtime, "acme", "hog").await.unwrap_err();
    let Error::Lost { why, .. } = stopped else {
        panic!("{stopped}")
    };
    assert_eq!(
        why,
        Retirement::OutOfMemory {
            limit_mib: MEMORY_MIB
        }
    );
    ask(&runtime, "other", "x").await.unwrap();
    ask(&runtime, "acme", "x").await.unwrap();
}

#[test]
fn a_runtime_that_was_shut_down_takes_no_calls() {
    let org = Org::start();
    let runtime = Runtime::builder()
        .store(org.file_store())
        .org("acme")
        .build()
        .unwrap();
    org.block_on(async {
        runtime.shut_down().await;
        let refused = ask(&runtime, "acme", "x").await.unwrap_err();
        assert_eq!(refused.verdict().exit_code, 4);
    });
    assert!(runtime.org("other").is_err());
}
