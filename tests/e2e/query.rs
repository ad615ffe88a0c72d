//! Queries, page by page.

use std::collections::BTreeSet;

use contract::covers;
use sfbox::{Failure, QueryOptions, Rows};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::org::Org;
use crate::sfbox::run;

/// More than two pages of the default size.
const ACCOUNTS: usize = 5_000;

fn failure(error: sfbox::Error) -> Failure {
    match error {
        sfbox::Error::Call { failure, .. } => *failure,
        lost @ sfbox::Error::Lost { .. } => panic!("{lost}"),
    }
}

#[test]
fn all_pages_are_printed_and_every_row_once() {
    covers(["query#query", "query#query-more"]);
    let org = Org::start_with(|builder| builder.accounts(ACCOUNTS));
    for output in ["json", "ndjson"] {
        let printed = org.sfbox(&["query", "SELECT Id FROM Account", "--output", output]);
        let ids: Vec<String> = match output {
            "json" => printed.records(),
            _ => printed
                .stdout
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        }
        .iter()
        .map(|record: &serde_json::Value| record["Id"].as_str().unwrap().to_owned())
        .collect();
        assert_eq!(ids.len(), ACCOUNTS);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ACCOUNTS);
    }
    assert_eq!(org.control().stats().requests[&Route::QueryMore], 4);
}

#[test]
fn a_page_has_as_many_rows_as_asked_for() {
    let org = Org::start_with(|builder| builder.accounts(1_000));
    let soql = "SELECT Id FROM Account LIMIT 1000";
    assert_eq!(
        org.sfbox(&["query", soql, "--batch-size", "200"])
            .records()
            .len(),
        1_000
    );
    assert_eq!(org.control().stats().requests[&Route::QueryMore], 4);
}

#[test]
fn deleted_rows_are_seen_on_request_only() {
    let org = Org::start();
    let soql = "SELECT Id, IsDeleted FROM Account";
    let live = org.sfbox(&["query", soql]).records();
    let all = org.sfbox(&["query", soql, "--all-rows"]).records();
    assert!(live.iter().all(|record| record["IsDeleted"] == false));
    assert!(all.len() > live.len());
}

#[test]
fn a_count_is_printed_as_a_number() {
    let org = Org::start();
    let counted = org
        .sfbox(&["query", "SELECT COUNT() FROM Account"])
        .records();
    let rows = org.sfbox(&["query", "SELECT Id FROM Account"]).records();
    assert_eq!(counted, [serde_json::json!({"totalSize": rows.len()})]);
    let none = org.sfbox(&["query", "SELECT Id FROM Account WHERE Name = 'nobody'"]);
    assert_eq!(none.stdout, "[]\n");
}

#[test]
fn what_salesforce_refuses_is_told_in_its_words() {
    let org = Org::start();
    let refused = org.sfbox(&["query", "SELECT Nonsense FROM Account"]);
    refused.fails(1, "INVALID_FIELD");
    assert!(
        refused.stderr.contains("No such column 'Nonsense'"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("request id"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    org.sfbox(&["query", "nonsense"])
        .fails(1, "MALFORMED_QUERY");
}

#[test]
fn a_statement_too_long_for_a_uri_is_not_sent() {
    let org = Org::start();
    let soql = format!(
        "SELECT Id FROM Account WHERE Name = '{}'",
        "x".repeat(17_000)
    );
    org.sfbox(&["query", "--no-composite", &soql])
        .fails(2, "16384");
    assert!(!org.control().stats().requests.contains_key(&Route::Query));
    assert!(
        !org.control()
            .stats()
            .requests
            .contains_key(&Route::Composite)
    );
}

#[test]
fn a_statement_too_long_for_a_uri_is_a_part_of_a_composite_request() {
    let org = Org::start();
    let names: Vec<String> = (0..1_500)
        .map(|number| format!("'nobody {number}'"))
        .collect();
    let soql = format!(
        "SELECT Id FROM Account WHERE Name NOT IN ({}) LIMIT 2",
        names.join(",")
    );
    assert!(soql.len() > 15_000);
    let printed = org.sfbox(&["query", &soql, "--read-only"]);
    assert_eq!(printed.records().len(), 2);
    assert_eq!(org.requests(Route::Composite), 1);
    assert!(!org.control().stats().requests.contains_key(&Route::Query));
}

#[test]
fn the_latest_version_is_asked_for_once() {
    let org = Org::start();
    let soql = [
        "query",
        "SELECT Id FROM Account LIMIT 1",
        "--api-version",
        "latest",
    ];
    assert_eq!(org.sfbox(&soql).records().len(), 1);
    assert_eq!(org.control().stats().requests[&Route::Versions], 1);
    org.sfbox(&["query", "x", "--api-version", "v7.0"])
        .fails(2, "api-version");
}

#[test]
fn a_session_that_ends_between_two_pages_ends_the_query() {
    let org = Org::start_with(|builder| builder.accounts(ACCOUNTS));
    // The second page is the last one that comes.
    let expire = Fault {
        route: FaultRoute::Only(Route::QueryMore),
        skip: 1,
        count: Some(1),
        effect: Effect::Answer(sfbox_emulator::CannedAnswer {
            status: 401,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#
                .to_owned(),
        }),
    };
    org.control().faults(vec![expire]).unwrap();
    let ended = org.sfbox(&["query", "SELECT Id FROM Account", "--output", "ndjson"]);
    ended.fails(4, "the session that the query belongs to has ended");
    assert!(
        ended.stderr.contains("hint: run the query again"),
        "{}",
        ended.stderr
    );
    let lines: BTreeSet<&str> = ended.stdout.lines().collect();
    assert_eq!(
        (ended.stdout.lines().count(), lines.len()),
        (4_000, 4_000),
        "no row twice"
    );
    assert_eq!(
        org.logins(),
        1,
        "the session itself is alive: no wasted login"
    );
}

#[test]
fn a_locator_of_an_ended_session_is_refused_without_a_request() {
    let org = Org::start_with(|builder| builder.accounts(ACCOUNTS));
    let library = org.library();
    let options = QueryOptions::default();
    org.block_on(async {
        let first = library
            .query("SELECT Id FROM Account", &options)
            .await
            .unwrap();
        let next = first.next.unwrap();
        org.control().expire_sessions();
        // The session has ended, and nobody knows yet.
        let changed = library.query_more(&next, &options).await.unwrap_err();
        assert!(matches!(failure(changed), Failure::SessionChanged));
        assert_eq!(org.logins(), 2, "renewed for later calls");
        let before = org.control().stats().requests;
        let changed = library.query_more(&next, &options).await.unwrap_err();
        assert!(matches!(failure(changed), Failure::SessionChanged));
        assert_eq!(org.control().stats().requests, before, "nothing was sent");
        library
            .query("SELECT Id FROM Account", &options)
            .await
            .unwrap();
        assert_eq!(org.logins(), 2);
    });
}

#[test]
fn a_locator_that_is_not_ours_is_refused() {
    let org = Org::start();
    let library = org.library();
    for next in [
        "",
        "/services/data/v66.0/query/01g",
        "https://evil.example/x",
        "1.x.y",
    ] {
        let options = QueryOptions::default();
        let refused = org
            .block_on(library.query_more(next, &options))
            .unwrap_err();
        assert!(
            matches!(failure(refused), Failure::InvalidInput(_)),
            "{next}"
        );
    }
    assert_eq!(org.control().stats().requests.values().sum::<u64>(), 0);
}

#[test]
fn an_answer_of_the_limit_passes_and_one_byte_more_does_not() {
    const LIMIT: u64 = 64 << 20;
    let org = Org::start();
    let library = org.library();
    let options = QueryOptions {
        rows: Rows::Live,
        ..QueryOptions::default()
    };
    let answer = |effect| Fault {
        route: FaultRoute::Only(Route::Query),
        skip: 0,
        count: Some(1),
        effect,
    };
    let faults = [Effect::AnswerBytes, Effect::GzipAnswerBytes];
    org.block_on(async {
        for effect in faults {
            org.control().faults(vec![answer(effect(LIMIT))]).unwrap();
            let page = library
                .query("SELECT Id FROM Account", &options)
                .await
                .unwrap();
            assert_eq!(page.body.len() as u64, LIMIT);
            org.control()
                .faults(vec![answer(effect(LIMIT + 1))])
                .unwrap();
            let refused = library
                .query("SELECT Id FROM Account", &options)
                .await
                .unwrap_err();
            let Failure::UnexpectedAnswer(refused) = failure(refused) else {
                panic!()
            };
            assert!(refused.reason.contains("67108864"), "{}", refused.reason);
        }
        let reads = org.control().stats().requests[&Route::Token];
        library
            .query("SELECT Id FROM Account LIMIT 1", &options)
            .await
            .unwrap();
        assert_eq!(
            org.control().stats().requests[&Route::Token],
            reads,
            "the instance lives"
        );
    });
    assert_eq!(org.logins(), 1);
}

/// Every query waits until it is let go.
fn hold() -> Fault {
    Fault {
        route: FaultRoute::Only(Route::Query),
        skip: 0,
        count: None,
        effect: Effect::Hold,
    }
}

#[test]
fn a_call_without_a_turn_times_out_and_is_never_sent() {
    const CALLS_MAX: u64 = 64;
    let org = Org::start();
    let library = org.library_on(org.file_store(), |builder| {
        builder.workers(std::num::NonZeroUsize::MIN)
    });
    let soql = "SELECT Id FROM Account LIMIT 1";
    let options = QueryOptions::default();
    let mut impatient = QueryOptions::default();
    impatient.call.timeout = Some(std::time::Duration::from_millis(50));
    org.block_on(async {
        library.query(soql, &options).await.unwrap();
        org.control().faults(vec![hold()]).unwrap();
        let calls = (0..CALLS_MAX).map(|_| library.query(soql, &options));
        let held = org.control();
        // The callers go away; what they began goes on and keeps its place.
        tokio::select! {
            _ = futures::future::join_all(calls) => panic!("they are held"),
            () = held.until_held(CALLS_MAX) => {}
        }
        let late = library.query(soql, &impatient).await.unwrap_err();
        assert!(matches!(failure(late), Failure::Timeout));
        org.control().clear_faults();
        org.control().release();
        library.query(soql, &options).await.unwrap();
    });
    let sent = org.control().stats().requests[&Route::Query];
    assert_eq!(sent, CALLS_MAX + 2);
}

#[test]
fn many_calls_share_one_connection() {
    let org = Org::start();
    let library = org.library_on(org.file_store(), |builder| {
        builder.workers(std::num::NonZeroUsize::MIN)
    });
    let options = QueryOptions::default();
    org.block_on(async {
        library
            .query("SELECT Id FROM Account LIMIT 1", &options)
            .await
            .unwrap();
        org.control().faults(vec![hold()]).unwrap();
        let calls = (0..32).map(|_| library.query("SELECT Id FROM Account LIMIT 1", &options));
        let release = async {
            // All of them are under way before any is answered.
            org.control().until_held(32).await;
            org.control().release();
        };
        let (answers, ()) = tokio::join!(futures::future::join_all(calls), release);
        assert!(answers.iter().all(Result::is_ok));
    });
    let stats = org.control().stats();
    assert!(stats.in_flight_peak >= 32);
    assert_eq!(stats.connections.accepted, 1);
}

#[test]
fn a_reader_that_has_enough_stops_the_paging() {
    let org = Org::start_with(|builder| builder.accounts(20_000));
    let script = format!(
        "'{}' --org acme --store 'file:{}' --connect-to {} --cacert '{}' query 'SELECT Id, Name FROM Account' \
         --output ndjson | head -n 1; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_sfbox"),
        org.secret_file().parent().unwrap().display(),
        org.connect_to(),
        org.cacert().display(),
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().last(), Some("0"), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let pages = org
        .control()
        .stats()
        .requests
        .get(&Route::QueryMore)
        .copied()
        .unwrap_or(0);
    // Of the first page alone a pipe takes no more than a part.
    assert_eq!(pages, 0, "more pages were asked for");
}

#[test]
fn the_demo_answers_like_any_org() {
    let demo = run(["--demo", "query", "SELECT COUNT() FROM Account"]);
    assert_eq!(demo.records().len(), 1);
}
