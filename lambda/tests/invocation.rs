//! Events of every kind that is answered at once, on cargo-lambda's runtime API.

use http::Request;
use serde_json::{Value, json};
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route};

use crate::watch::Watch;
use crate::world::{ACCOUNTS, FILTER, ORG, World};

const SOQL: &str = "SELECT Id, Name FROM Account LIMIT 2";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The function's answer to an event.
#[track_caller]
fn answer(world: &World, watch: &Watch, event: &Value) -> Value {
    let response = world.block_on(watch.invoke(event));
    assert_eq!(response.status(), 200, "{}", response.body());
    world.is_clean(response.body());
    parsed(response.body())
}

/// The type and the message of the function's error.
#[track_caller]
fn error(world: &World, watch: &Watch, event: &Value) -> (String, String) {
    let response = world.block_on(watch.invoke(event));
    let error = parsed(response.body());
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("errorType"), text("errorMessage"))
}

fn file(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/");
    parsed(&std::fs::read_to_string(format!("{folder}{name}.json")).unwrap())
}

#[test]
fn a_direct_invocation_is_answered_page_by_page_with_records_as_they_are() {
    let world = World::start();
    let watch = Watch::start(&world);
    let _environment = watch.environment(&world, &[]);
    let all = json!({"soql": "SELECT Id FROM Account", "batchSize": 200, "rows": "live"});
    let mut page = answer(&world, &watch, &all);
    let mut rows = vec![page["records"].as_array().unwrap().len()];
    while let Some(next) = page["next"].as_str() {
        page = answer(&world, &watch, &json!({ "next": next }));
        rows.push(page["records"].as_array().unwrap().len());
    }
    assert_eq!(page["totalSize"], ACCOUNTS);
    assert_eq!(rows, [200, 200, 50]);
    // Numbers that a reader of JSON would change.
    let body = r#"{"totalSize":1,"done":true,"records":[{"A":1.50,"B":12345678901234567890123,"C":1E+2}]}"#;
    let canned = Effect::Answer(CannedAnswer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
    });
    world.strike(canned, Some(1));
    let response = world.block_on(watch.invoke(&json!({ "soql": SOQL })));
    assert_eq!(
        response.body(),
        r#"{"totalSize":1,"records":[{"A":1.50,"B":12345678901234567890123,"C":1E+2}],"next":null}"#
    );
    assert_eq!(world.logins(), 1);
}

#[test]
fn api_gateway_and_function_urls_are_answered_as_they_want_it() {
    let world = World::start();
    let watch = Watch::start(&world);
    let environment = watch.environment(&world, &[]);
    for event in ["api-gateway-rest", "api-gateway-http", "function-url"] {
        let response = answer(&world, &watch, &file(event));
        assert_eq!(response["statusCode"], 200, "{event}: {response}");
        let page = parsed(response["body"].as_str().unwrap());
        assert_eq!(page["records"].as_array().unwrap().len(), 2, "{event}");
    }
    // An event that cargo-lambda makes of a real request.
    let get = Request::get(
        "/lambda-url/sfbox/?soql=SELECT%20Id%20FROM%20Account%20WHERE%20Name%20%3D%20'a%2C%20b'%20LIMIT%203",
    );
    let response = world.block_on(watch.url(get, ""));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(parsed(response.body())["totalSize"], 0);
    let body = json!({ "soql": SOQL }).to_string();
    let response = world.block_on(watch.url(Request::post("/lambda-url/sfbox/"), &body));
    assert_eq!(parsed(response.body())["totalSize"], 2);
    for (request, body, status, code) in [
        (Request::get("/lambda-url/sfbox/"), "", 400, "invalid-input"),
        (
            Request::put("/lambda-url/sfbox/"),
            &body,
            405,
            "invalid-input",
        ),
        (
            Request::get("/lambda-url/sfbox/?soql=SELECT%20Nonsense%20FROM%20Account"),
            "",
            400,
            "api",
        ),
        (
            Request::get("/lambda-url/sfbox/?soql=x&org=other"),
            "",
            403,
            "denied",
        ),
    ] {
        let response = world.block_on(watch.url(request, body));
        assert_eq!(response.status(), status, "{}", response.body());
        let told = parsed(response.body());
        assert_eq!(told["code"], code);
        assert_eq!(told["retryable"], false);
        assert!(told["hint"].is_string() || status == 405, "{told}");
        world.is_clean(response.body());
    }
    assert_eq!(world.logins(), 1);
    world.is_clean(&environment.log());
}

#[test]
fn any_request_that_reads_is_sent_and_one_that_writes_if_the_operator_says_so() {
    let world = World::start();
    let watch = Watch::start(&world);
    let limits = json!({"rest": {"path": "limits"}});
    let create = |name: &str| json!({"rest": {"path": "sobjects/Account", "method": "POST", "body": {"Name": name}}});
    let environment = watch.environment(&world, &[]);
    let told = answer(&world, &watch, &limits);
    assert_eq!(told["status"], 200);
    assert!(told["body"]["DailyApiRequests"].is_object(), "{told}");
    let missing = json!({"rest": {"path": "sobjects/Account/001000000000000AAA"}});
    let told = answer(&world, &watch, &missing);
    assert_eq!(
        told["status"], 404,
        "a refusal of Salesforce is an answer: {told}"
    );
    assert!(told["body"][0]["errorCode"].is_string(), "{told}");
    let (code, message) = error(&world, &watch, &create("CANARY-body-3e12"));
    assert_eq!(code, "denied");
    assert!(
        message.contains("read-only") && message.contains("SFBOX_POLICY"),
        "{message}"
    );
    let post = Request::post("/lambda-url/sfbox/");
    let response = world.block_on(watch.url(post, &limits.to_string()));
    assert_eq!(response.status(), 200);
    assert_eq!(parsed(response.body())["status"], 200);
    let post = Request::post("/lambda-url/sfbox/");
    let response = world.block_on(watch.url(post, &create("x").to_string()));
    assert_eq!(response.status(), 403, "{}", response.body());
    let log = environment.log();
    for unseen in ["CANARY-body", "001000000000000AAA"] {
        assert!(!log.contains(unseen), "{unseen} is in the log:\n{log}");
    }
    drop(environment);
    let _environment = watch.environment(&world, &[("SFBOX_POLICY", "no-delete")]);
    let told = answer(&world, &watch, &create("Acme"));
    assert_eq!(told["status"], 201, "{told}");
    let id = told["body"]["id"].as_str().unwrap();
    let delete = json!({"rest": {"path": format!("sobjects/Account/{id}"), "method": "DELETE"}});
    let (code, message) = error(&world, &watch, &delete);
    assert_eq!(code, "denied");
    assert!(message.contains("no-delete"), "{message}");
    assert_eq!(world.logins(), 1);
}

#[test]
fn an_org_that_cannot_answer_now_is_503_and_may_be_asked_again() {
    let world = World::start();
    let watch = Watch::start(&world);
    let _environment = watch.environment(&world, &[]);
    for body in [
        r#"[{"message":"m","errorCode":"SERVER_UNAVAILABLE"}]"#,
        "<html>",
    ] {
        let canned = Effect::Answer(CannedAnswer {
            status: 503,
            headers: vec![],
            body: body.to_owned(),
        });
        world.strike(canned, Some(4));
        let get = Request::get("/lambda-url/sfbox/?soql=SELECT%20Id%20FROM%20Account");
        let response = world.block_on(watch.url(get, ""));
        assert_eq!(response.status(), 503, "{}", response.body());
        assert_eq!(parsed(response.body())["retryable"], true);
    }
}

#[test]
fn a_next_that_names_itself_is_not_followed_for_ever() {
    let world = World::start();
    let watch = Watch::start(&world);
    let _environment = watch.environment(&world, &[]);
    let first = answer(
        &world,
        &watch,
        &json!({"soql": "SELECT Id FROM Account", "batchSize": 200}),
    );
    let next = first["next"].as_str().unwrap();
    let (_, path) = next.split_at(next.find('/').unwrap());
    let page =
        format!(r#"{{"totalSize":9,"done":false,"nextRecordsUrl":"{path}","records":[{{}}]}}"#);
    let circle = Fault {
        route: FaultRoute::Only(Route::QueryMore),
        skip: 0,
        count: None,
        effect: Effect::Answer(CannedAnswer {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: page,
        }),
    };
    world.control().faults(vec![circle]).unwrap();
    let (code, message) = error(&world, &watch, &json!({ "next": next }));
    assert_eq!(code, "unexpected-answer");
    assert!(
        message.contains("names the page that it stands on"),
        "{message}"
    );
}

#[test]
fn an_error_has_a_type_to_branch_on_and_words_for_the_caller_alone() {
    let world = World::start();
    let watch = Watch::start(&world);
    let environment = watch.environment(&world, &[]);
    let malformed = format!("SELECT Nonsense FROM Account WHERE Name = '{FILTER}'");
    let (code, message) = error(&world, &watch, &json!({ "soql": malformed }));
    assert_eq!(code, "api");
    assert!(message.contains("INVALID_FIELD"), "{message}");
    for (event, expected) in [
        (json!({}), "invalid-input"),
        (json!({"soql": SOQL, "batchSize": 199}), "invalid-input"),
        (json!({"soql": SOQL, "canary": 1}), "invalid-input"),
        (json!({"soql": SOQL, "apiVersion": "v1"}), "invalid-input"),
        (json!({"next": "nonsense"}), "invalid-input"),
        (json!({"soql": SOQL, "org": "other"}), "denied"),
        (file("s3"), "unsupported"),
        (file("load-balancer"), "unsupported"),
    ] {
        let (code, message) = error(&world, &watch, &event);
        assert_eq!(code, expected, "{event}: {message}");
        world.is_clean(&message);
    }
    // A page that is too long for Lambda, and one that is not.
    world.strike(Effect::AnswerBytes((6 << 20) + 1_000), Some(1));
    let (code, message) = error(&world, &watch, &json!({ "soql": SOQL }));
    assert_eq!(code, "too-large");
    assert!(
        message.contains("batchSize") && message.contains("next"),
        "{message}"
    );
    world.strike(Effect::AnswerBytes((6 << 20) - 1_000), Some(1));
    let page = answer(&world, &watch, &json!({ "soql": SOQL }));
    assert_eq!(page["records"].as_array().unwrap().len(), 1);
    let named = json!({"soql": SOQL, "org": ORG});
    assert_eq!(answer(&world, &watch, &named)["totalSize"], 2);
    let log = environment.log();
    world.is_clean(&log);
    for unseen in [FILTER, "INVALID_FIELD", "Nonsense", "SELECT"] {
        assert!(!log.contains(unseen), "{unseen} is in the log:\n{log}");
    }
    assert!(
        log.contains("\"status\":\"api\""),
        "codes are in the log:\n{log}"
    );
}

#[test]
fn environments_share_a_session_and_one_that_is_killed_while_idle_is_not_missed() {
    let world = World::start();
    let watch = Watch::start(&world);
    let mut environments: Vec<_> = (0..3).map(|_| watch.environment(&world, &[])).collect();
    let burst = |calls: usize| {
        world.block_on(async {
            let event = json!({ "soql": SOQL });
            let calls = (0..calls).map(|_| watch.invoke(&event));
            for response in futures::future::join_all(calls).await {
                assert_eq!(parsed(response.body())["totalSize"], 2);
            }
        });
    };
    burst(30);
    assert_eq!(world.logins(), 1, "the first one");
    for expiry in 1..=2 {
        world.control().expire_sessions();
        burst(30);
        assert_eq!(world.logins(), 1 + expiry);
    }
    for environment in &environments {
        let log = environment.log();
        let answered = log.matches("\"status\":\"ok\"").count();
        assert!(answered > 0, "it had its share:\n{log}");
        world.is_clean(&log);
    }
    environments[0].kill();
    burst(30);
    world.control().expire_sessions();
    burst(30);
    assert_eq!(world.logins(), 4);
}
