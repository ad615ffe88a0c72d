//! Batches of a queue: what is sent, what is reported, and when it is too late.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sfbox_emulator::{CannedAnswer, Effect};

use crate::poller::{reported, results, whole};
use crate::runtime_api::{Environment, Outcome};
use crate::world::{ACCOUNTS, FILTER, World};

/// How long an invocation may take, where that does not matter.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a part is out of sight after it was read: longer than a test.
const READ_ONCE_S: u32 = 600;

fn batch(bodies: &[(&str, String)]) -> Value {
    let records = bodies.iter().map(|(id, body)| {
        json!({
            "messageId": id,
            "body": body,
            "attributes": {"ApproximateReceiveCount": "2"},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queries",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

fn soql(statement: &str) -> String {
    json!({ "soql": statement }).to_string()
}

fn answer(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn canned(body: String) -> Effect {
    Effect::Answer(CannedAnswer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
    })
}

#[test]
fn each_message_is_answered_with_all_its_pages_and_only_failures_are_reported() {
    let world = World::start();
    world.block_on(async {
        let queue = world.queue("results", READ_ONCE_S).await;
        let results_queue = [("SFBOX_RESULTS_QUEUE_URL", queue.as_str())];
        let environment = Environment::start(&world, &results_queue).await;
        let pages = json!({"soql": "SELECT Id FROM Account", "batchSize": 200}).to_string();
        let filtered = format!("SELECT Id FROM Account WHERE Name = '{FILTER}'");
        let nonsense = format!("SELECT Nonsense FROM Account WHERE Name = '{FILTER}'");
        let event = batch(&[
            ("one", soql("SELECT Id FROM Account LIMIT 3")),
            ("pages", pages),
            ("none", soql(&filtered)),
            ("count", soql("SELECT COUNT() FROM Account")),
            ("not-json", format!("{{\"soql\": {FILTER}")),
            ("next", json!({"next": "x"}).to_string()),
            ("malformed", soql(&nonsense)),
            (
                "other-org",
                json!({"soql": "x", "org": "other"}).to_string(),
            ),
        ]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        let failed: Vec<String> = reported(&report).into_iter().collect();
        assert_eq!(failed, ["malformed", "next", "not-json", "other-org"]);
        let parts = results(&world.sqs(), &queue).await;
        let rows = |source: &str| whole(&parts, source).map(|lines| lines.len());
        assert_eq!(rows("one"), Some(3));
        assert_eq!(rows("pages"), Some(ACCOUNTS));
        assert_eq!(rows("none"), Some(0));
        assert_eq!(rows("count"), Some(0));
        assert_eq!(parts.len(), 3 + 3, "a message a page");
        let of_pages = parts.iter().filter(|part| part.source == "pages");
        let mut places: Vec<_> = of_pages
            .map(|part| (part.page, part.part, part.last))
            .collect();
        places.sort_unstable();
        assert_eq!(places, [(1, 1, false), (2, 2, false), (3, 3, true)]);
        assert!(parts.iter().all(|part| part.attempt == 2));
        let log = environment.log();
        for (id, code) in [
            ("malformed", "api"),
            ("next", "invalid-input"),
            ("not-json", "invalid-input"),
            ("other-org", "denied"),
        ] {
            let told = |line: &&str| {
                line.contains(&format!("\"message_id\":\"{id}\""))
                    && line.contains(&format!("\"code\":\"{code}\""))
            };
            assert_eq!(log.lines().filter(told).count(), 1, "{id}:\n{log}");
        }
        assert!(!log.contains(FILTER) && !log.contains("Nonsense"), "{log}");
        assert_eq!(world.logins(), 1);
    });
}

#[test]
fn a_queue_takes_only_requests_that_may_be_sent_twice() {
    let world = World::start();
    world.block_on(async {
        let queue = world.queue("results", READ_ONCE_S).await;
        let variables = [
            ("SFBOX_RESULTS_QUEUE_URL", queue.as_str()),
            ("SFBOX_POLICY", "everything"),
        ];
        let environment = Environment::start(&world, &variables).await;
        let rest = |rest: Value| json!({ "rest": rest }).to_string();
        let account = json!({"Name": "CANARY-body-3e12"});
        let create = json!({"path": "sobjects/Account", "method": "POST", "body": account});
        let mut twice = create.clone();
        twice["repeatable"] = true.into();
        let event = batch(&[
            ("read", rest(json!({"path": "limits"}))),
            ("create", rest(create)),
            ("create-again", rest(twice)),
            (
                "missing",
                rest(json!({"path": "sobjects/Account/001000000000000AAA"})),
            ),
            (
                "hidden-write",
                rest(json!({"path": "tooling/executeAnonymous?anonymousBody=x"})),
            ),
        ]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        let failed: Vec<String> = reported(&report).into_iter().collect();
        assert_eq!(failed, ["create", "hidden-write", "missing"]);
        let parts = results(&world.sqs(), &queue).await;
        let of = |source: &str| -> Value {
            let lines = whole(&parts, source).unwrap();
            assert_eq!(lines.len(), 1, "{source}");
            serde_json::from_str(&lines[0]).unwrap()
        };
        assert_eq!(of("read")["status"], 200);
        assert!(of("read")["body"]["DailyApiRequests"].is_object());
        assert_eq!(of("create-again")["status"], 201);
        assert_eq!(parts.len(), 2);
        let log = environment.log();
        let why = "a queue delivers a message at least once";
        assert_eq!(log.matches(why).count(), 2, "{log}");
        for unseen in ["CANARY-body", "001000000000000AAA", "anonymousBody"] {
            assert!(!log.contains(unseen), "{unseen} is in the log:\n{log}");
        }
        assert_eq!(world.logins(), 1);
    });
}

#[test]
fn a_page_longer_than_a_message_comes_in_parts_and_a_longer_record_is_a_failure() {
    let world = World::start();
    let (log, parts) = world.block_on(async {
        let queue = world.queue("results", READ_ONCE_S).await;
        let results_queue = [("SFBOX_RESULTS_QUEUE_URL", queue.as_str())];
        let environment = Environment::start(&world, &results_queue).await;
        let record = |number: u32| json!({"Id": number, "Name": "x".repeat(10_000)}).to_string();
        let records: Vec<String> = (0..60).map(record).collect();
        let page = format!(
            "{{\"totalSize\":60,\"done\":true,\"records\":[{}]}}",
            records.join(",\n")
        );
        world.strike(canned(page), Some(1));
        let event = batch(&[("long", soql("SELECT Id FROM Account"))]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        assert!(reported(&report).is_empty());
        world.strike(Effect::AnswerBytes(300_000), Some(1));
        let event = batch(&[("too-long", soql("SELECT Id FROM Account"))]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        assert!(reported(&report).contains("too-long"));
        let parts = results(&world.sqs(), &queue).await;
        assert_eq!(whole(&parts, "long"), Some(records));
        (environment.log(), parts)
    });
    assert_eq!(parts.len(), 3, "as few as can be, and none of the other");
    assert!(log.contains("\"code\":\"record-too-large\""), "{log}");
    world.is_clean(&log);
    for part in parts {
        world.is_clean(&part.lines.concat());
    }
}

#[test]
fn a_result_that_is_not_whole_is_a_failure_and_has_no_last_part() {
    let world = World::start();
    world.block_on(async {
        let queue = world.queue("results", READ_ONCE_S).await;
        let results_queue = [("SFBOX_RESULTS_QUEUE_URL", queue.as_str())];
        let environment = Environment::start(&world, &results_queue).await;
        let page = r#"{"totalSize":3,"done":true,"records":[{"Id":1},{"Id":2}]}"#;
        world.strike(canned(page.to_owned()), Some(1));
        let event = batch(&[("short", soql("SELECT Id FROM Account"))]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        assert!(reported(&report).contains("short"));
        let parts = results(&world.sqs(), &queue).await;
        assert_eq!(parts.len(), 1, "what came was sent");
        assert!(!parts[0].last);
        assert_eq!(whole(&parts, "short"), None);
        let log = environment.log();
        let told = "\"code\":\"incomplete\",\"retryable\":false";
        assert!(log.contains(told), "{log}");
    });
}

#[test]
fn results_that_are_not_taken_are_a_failure_that_may_pass() {
    let world = World::start();
    world.block_on(async {
        let queue = world.queue("results", READ_ONCE_S).await;
        let missing = queue.replace("results", "missing");
        let results_queue = [("SFBOX_RESULTS_QUEUE_URL", missing.as_str())];
        let environment = Environment::start(&world, &results_queue).await;
        let event = batch(&[(
            "one",
            soql(&format!("SELECT Id FROM Account WHERE Name != '{FILTER}'")),
        )]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        assert!(reported(&report).contains("one"));
        let log = environment.log();
        assert!(
            log.contains("\"code\":\"results\",\"retryable\":true"),
            "{log}"
        );
        assert!(!log.contains(FILTER), "{log}");
    });
}

#[test]
fn a_batch_of_a_fifo_queue_is_refused_as_a_whole() {
    let world = World::start();
    world.block_on(async {
        let environment = Environment::start(&world, &[]).await;
        let mut event = batch(&[("one", soql("SELECT Id FROM Account"))]);
        event["Records"][0]["eventSourceARN"] = "arn:aws:sqs:eu-central-1:1:queries.fifo".into();
        match environment.invoke(&event, TIMEOUT).await {
            Outcome::Error(code, message) => {
                assert_eq!(code, "unsupported");
                assert!(message.contains("FIFO"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(
        world.control().stats().requests.len(),
        0,
        "nothing was sent"
    );
}

#[test]
fn without_a_queue_for_results_rows_are_counted() {
    let world = World::start();
    world.block_on(async {
        let environment = Environment::start(&world, &[]).await;
        let event = batch(&[("one", soql("SELECT Id FROM Account"))]);
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        assert!(reported(&report).is_empty());
        let log = environment.log();
        assert!(log.contains(&format!("\"rows\":{ACCOUNTS}")), "{log}");
    });
}

#[test]
fn a_report_comes_before_the_invocation_ends_and_what_was_not_begun_is_in_it() {
    /// A second more than is kept for the answer and for a call.
    const SHORT: Duration = Duration::from_secs(4);
    let world = World::start();
    world.block_on(async {
        let environment = Environment::start(&world, &[]).await;
        let warm = batch(&[("warm", soql("SELECT Id FROM Account LIMIT 1"))]);
        answer(environment.invoke(&warm, TIMEOUT).await);
        world.strike(Effect::Hold, None);
        let ids: Vec<String> = (0..12)
            .map(|number| format!("message-{number:02}"))
            .collect();
        let bodies: Vec<(&str, String)> = ids
            .iter()
            .map(|id| (id.as_str(), soql("SELECT Id FROM Account LIMIT 1")))
            .collect();
        let begun = Instant::now();
        let held = async {
            world.control().until_held(10).await;
            world.control().stats().held
        };
        let event = batch(&bodies);
        let (outcome, held) = tokio::join!(environment.invoke(&event, SHORT), held);
        assert!(begun.elapsed() < SHORT);
        let failed: Vec<String> = reported(&answer(outcome)).into_iter().collect();
        assert_eq!(failed, ids);
        assert_eq!(held, 10, "two were not begun");
        world.control().clear_faults();
        let report = answer(environment.invoke(&event, TIMEOUT).await);
        assert!(reported(&report).is_empty(), "and all works the next time");
        let log = environment.log();
        assert_eq!(log.matches("\"code\":\"timeout\"").count(), 12, "{log}");
    });
}
