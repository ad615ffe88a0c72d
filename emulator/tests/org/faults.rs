//! What goes wrong on purpose.

use std::io::Read as _;

use flate2::read::GzDecoder;
use http::StatusCode;
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route, Slow};

use crate::client::{Org, query_path, with};

const VERSIONS: &str = "/services/data";

fn once(route: Route, effect: Effect) -> Vec<Fault> {
    vec![Fault {
        route: FaultRoute::Only(route),
        skip: 0,
        count: Some(1),
        effect,
    }]
}

#[tokio::test]
async fn a_canned_answer_comes_instead() {
    let org = Org::start().await;
    let answer = CannedAnswer {
        status: 503,
        headers: vec![
            ("retry-after".to_owned(), "7".to_owned()),
            ("content-type".to_owned(), "text/html".to_owned()),
        ],
        body: "<html>maintenance</html>".to_owned(),
    };
    org.emulator
        .control()
        .faults(once(Route::Token, Effect::Answer(answer)))
        .expect("a fault");
    let reply = org.send(org.login_request()).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "7")
    );
    assert_eq!(reply.text(), "<html>maintenance</html>");
    assert_eq!(org.send(org.login_request()).await.status, StatusCode::OK);
    let stats = org.emulator.control().stats();
    assert_eq!(
        (
            stats.logins,
            stats.failed_logins,
            stats.requests[&Route::Token]
        ),
        (1, 0, 2)
    );
}

#[tokio::test]
async fn a_cut_connection_answers_nothing() {
    let org = Org::start().await;
    for mut connection in [
        org.connect().await.expect("HTTP/2"),
        org.connect_http1().await.expect("HTTP/1.1"),
    ] {
        org.emulator
            .control()
            .faults(once(Route::Versions, Effect::Cut))
            .expect("a fault");
        assert!(connection.send(org.request("GET", VERSIONS)).await.is_err());
        assert!(
            connection.send(org.request("GET", VERSIONS)).await.is_err(),
            "the connection is gone"
        );
    }
    assert_eq!(
        org.send(org.request("GET", VERSIONS)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_truncated_answer_ends_before_its_length() {
    let org = Org::start().await;
    for mut connection in [
        org.connect().await.expect("HTTP/2"),
        org.connect_http1().await.expect("HTTP/1.1"),
    ] {
        for bytes in [0, 10, u64::MAX] {
            org.emulator
                .control()
                .faults(once(Route::Versions, Effect::TruncateAfter(bytes)))
                .expect("a fault");
            assert!(
                connection.send(org.request("GET", VERSIONS)).await.is_err(),
                "{bytes}"
            );
            connection = match connection.version() {
                http::Version::HTTP_2 => connection,
                _ => org.connect_http1().await.expect("HTTP/1.1"),
            };
        }
    }
}

#[tokio::test]
async fn a_slow_answer_comes_whole() {
    let org = Org::start().await;
    let whole = org.send(org.request("GET", VERSIONS)).await;
    let slow = Slow {
        chunk_bytes: 500,
        interval_ms: 1,
    };
    org.emulator
        .control()
        .faults(once(Route::Versions, Effect::Slow(slow)))
        .expect("a fault");
    let begun = std::time::Instant::now();
    assert_eq!(
        org.send(org.request("GET", VERSIONS)).await.body,
        whole.body
    );
    assert!(begun.elapsed().as_millis() >= (whole.body.len() / 500) as u128);
}

#[tokio::test]
async fn an_answer_has_exactly_the_size_that_was_asked_for() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let bytes = 3_000_001;
    for (effect, encoding) in [
        (Effect::AnswerBytes(bytes), ""),
        (Effect::GzipAnswerBytes(bytes), "gzip"),
    ] {
        org.emulator
            .control()
            .faults(once(Route::Query, effect))
            .expect("a fault");
        let reply = org
            .send(org.get(&token, &query_path("SELECT Id FROM Account")))
            .await;
        assert_eq!(reply.header("content-encoding"), encoding);
        let mut whole = Vec::new();
        match encoding {
            "gzip" => GzDecoder::new(&reply.body[..])
                .read_to_end(&mut whole)
                .expect("gzip"),
            _ => (&reply.body[..]).read_to_end(&mut whole).expect("bytes"),
        };
        assert_eq!(whole.len() as u64, bytes);
        assert!(serde_json::from_slice::<serde_json::Value>(&whole).is_ok());
    }
}

#[tokio::test]
async fn held_requests_are_all_in_flight_until_their_release() {
    const REQUESTS: u64 = 30;
    let org = std::sync::Arc::new(Org::start().await);
    let control = org.emulator.control();
    let hold = Fault {
        route: FaultRoute::Any,
        skip: 0,
        count: None,
        effect: Effect::Hold,
    };
    control.faults(vec![hold]).expect("a fault");
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..REQUESTS {
        let org = std::sync::Arc::clone(&org);
        requests.spawn(async move { org.send(org.request("GET", VERSIONS)).await.status });
    }
    control.until_held(REQUESTS).await;
    let stats = control.stats();
    assert_eq!(
        (stats.held, stats.in_flight, stats.in_flight_peak),
        (REQUESTS, REQUESTS, REQUESTS)
    );
    assert_eq!(control.release(), REQUESTS);
    let statuses = requests.join_all().await;
    assert!(statuses.iter().all(|status| *status == StatusCode::OK));
    assert_eq!(
        org.send(org.request("GET", VERSIONS)).await.status,
        StatusCode::OK,
        "nothing holds any more"
    );
    assert_eq!(control.stats().held, 0);
}

#[tokio::test]
async fn faults_of_one_request_add_up() {
    let org = Org::start().await;
    let fault = |effect| Fault {
        route: FaultRoute::Any,
        skip: 1,
        count: Some(1),
        effect,
    };
    let answer = |status| {
        Effect::Answer(CannedAnswer {
            status,
            headers: Vec::new(),
            body: String::new(),
        })
    };
    let faults = vec![
        fault(Effect::DelayMs(1)),
        fault(answer(502)),
        fault(answer(504)),
    ];
    org.emulator.control().faults(faults).expect("faults");
    let request = || with(org.request("GET", VERSIONS), "accept", "application/json");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(org.send(request()).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 502, 200]);
}
