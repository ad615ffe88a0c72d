//! What can go wrong on the way: each with its own words and exit status, and
//! no token where it does not belong.

use sfbox_emulator::{CannedAnswer, CertificateKind, Effect, Fault, FaultRoute, Route, Slow};

use crate::closed_port::RefusingPort;
use crate::org::{CONSUMER_SECRET, Org};
use crate::sfbox::{Run, run};

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 1"];

fn strike(org: &Org, route: Route, effect: Effect) {
    org.strike(route, None, effect);
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Effect {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    Effect::Answer(CannedAnswer {
        status,
        headers,
        body: body.to_owned(),
    })
}

/// Runs a query with one member of the secret changed.
fn with_member(org: &Org, key: &str, value: &str) -> Run {
    let mut secret: serde_json::Value = serde_json::from_str(&org.secret()).unwrap();
    secret[key] = value.into();
    if key == "Instance" {
        secret["SessionId"] = "CANARY-token".into();
    }
    org.put_secret(&secret.to_string());
    org.sfbox(&QUERY)
}

#[test]
fn wrong_credentials_are_told_apart() {
    let org = Org::start();
    let refused = with_member(&org, "ConsumerSecret", "wrong");
    refused.fails(3, "invalid_client: invalid client credentials");
    assert!(
        refused
            .stderr
            .contains("hint: check the secret's ConsumerSecret")
    );
    with_member(&org, "ConsumerKey", "wrong").fails(3, "invalid_client_id");
    assert_eq!(org.logins(), 0);
}

#[test]
fn a_missing_run_as_user_is_named_with_its_remedy() {
    let org = Org::start();
    org.set(|settings| settings.run_as_user = false);
    let refused = org.sfbox(&QUERY);
    refused.fails(3, "no client credentials user enabled");
    assert!(
        refused.stderr.contains("hint: set a run-as user"),
        "{}",
        refused.stderr
    );
}

#[test]
fn an_org_that_refuses_everyone_gets_one_login() {
    let org = Org::start();
    org.set(|settings| settings.refuse_all_tokens = true);
    let refused = org.sfbox(&QUERY);
    refused.fails(3, "Salesforce refused a new token: 401 INVALID_SESSION_ID");
    assert_eq!(org.logins(), 1);
    assert!(org.stored().get("SessionId").is_none(), "not stored");
}

#[test]
fn tampered_names_are_refused_before_anything_is_sent() {
    let org = Org::start();
    for domain in [
        "evil.example/",
        "evil.example#",
        "127.0.0.1",
        "login",
        "test",
        "a b",
        "",
    ] {
        with_member(&org, "Domain", domain).fails(3, "`Domain`");
    }
    let stats = org.control().stats();
    assert_eq!(stats.connections.accepted, 0);
}

#[test]
fn a_tampered_instance_is_no_session_and_gets_no_token() {
    let org = Org::start();
    let mut logins = 0;
    for instance in [
        "evil.example",
        "evil.example/",
        "evil.example#.salesforce.com",
        "127.0.0.1",
        "https://acme.my.salesforce.com",
    ] {
        let run = with_member(&org, "Instance", instance);
        assert_eq!(run.records().len(), 1, "{instance}");
        logins += 1;
        let stats = org.control().stats();
        assert_eq!(
            (stats.logins, stats.unauthorized),
            (logins, 0),
            "{instance}"
        );
        assert_eq!(org.stored()["Instance"], "acme.my.salesforce.com");
    }
}

#[test]
fn a_domain_is_understood_as_people_copy_it() {
    let org = Org::start();
    for domain in [
        "acme.my.salesforce.com",
        "ACME.my",
        "https://acme.my.salesforce.com/",
    ] {
        assert_eq!(with_member(&org, "Domain", domain).records().len(), 1);
    }
    assert_eq!(org.logins(), 3);
}

#[test]
fn credentials_that_cannot_be_right_are_named_and_not_sent() {
    let org = Org::start();
    for (key, value, words) in [
        (
            "ConsumerSecret",
            "CANARY-secret\n",
            "`ConsumerSecret` has a blank",
        ),
        ("ConsumerKey", " CANARY-key", "`ConsumerKey` has a blank"),
        (
            "ConsumerSecret",
            "CANARY-s\u{e9}cret",
            "`ConsumerSecret` has a character",
        ),
    ] {
        let refused = with_member(&org, key, value);
        refused.fails(3, words);
        assert!(!refused.stderr.contains("CANARY"), "{}", refused.stderr);
    }
    let twice = serde_json::to_string(&org.secret()).unwrap();
    org.put_secret(&twice);
    org.sfbox(&QUERY).fails(3, "encoded twice");
    let utf_16: Vec<u8> = org
        .secret()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(org.secret_file(), utf_16).unwrap();
    org.sfbox(&QUERY).fails(3, "UTF-16");
    std::fs::write(org.secret_file(), b"\x1f\x8b\x08\x00").unwrap();
    org.sfbox(&QUERY).fails(3, "binary");
    assert_eq!(org.control().stats().connections.accepted, 0);
}

#[test]
fn a_domain_that_nobody_has_is_unreachable_or_unknown() {
    let org = Org::start();
    let refused = with_member(&org, "Domain", "nobody-has-this.my");
    refused.fails(4, "nobody-has-this.my.salesforce.com");
    assert_eq!(org.control().stats().connections.accepted, 0);
}

#[test]
fn an_instance_url_elsewhere_gets_no_token() {
    for url in [
        "https://evil.example",
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com@evil.example",
        "https://127.0.0.1",
    ] {
        let org = Org::start();
        org.set(|settings| settings.instance_url = Some(url.to_owned()));
        org.sfbox(&QUERY).fails(6, "instance_url");
        assert!(org.stored().get("SessionId").is_none());
        assert!(!org.control().stats().requests.contains_key(&Route::Query));
    }
}

#[test]
fn a_maintenance_page_is_quoted_with_its_status() {
    for route in [Route::Token, Route::Query] {
        let org = Org::start();
        let page = "<html><h1>We are down for maintenance</h1></html>";
        strike(
            &org,
            route,
            answer(503, &[("content-type", "text/html")], page),
        );
        let refused = org.sfbox(&QUERY);
        refused.fails(4, "We are down for maintenance");
        assert!(refused.stderr.contains("503"), "{}", refused.stderr);
        assert_eq!(
            org.control().stats().requests[&route],
            4,
            "tried again, and not for ever"
        );
    }
}

#[test]
fn a_status_that_passes_is_a_reason_to_try_again_whatever_its_body() {
    let list = r#"[{"message":"Server Unavailable","errorCode":"SERVER_UNAVAILABLE"}]"#;
    let login = r#"{"error":"temporarily_unavailable","error_description":"try later"}"#;
    let json = [("content-type", "application/json")];
    let html = [("content-type", "text/html")];
    for (route, status, headers, body, requests) in [
        (Route::Token, 503, &json, login, 4),
        (Route::Token, 500, &html, "<html>", 4),
        (Route::Query, 503, &json, list, 4),
        (Route::Query, 502, &html, "<html>", 4),
        (Route::Query, 420, &html, "<html>", 2),
        (Route::Query, 501, &html, "", 1),
        (Route::QueryMore, 503, &json, list, 4),
        (Route::QueryMore, 504, &html, "<html>", 4),
    ] {
        let org = Org::start_with(|builder| builder.accounts(500));
        strike(&org, route, answer(status, headers, body));
        let soql = "SELECT Id FROM Account";
        let refused = org.sfbox(&["query", soql, "--batch-size", "200"]);
        refused.fails(4, &status.to_string());
        assert!(!refused.stderr.contains("refused"), "{}", refused.stderr);
        let sent = org.control().stats().requests;
        assert_eq!(sent[&route], requests, "{status}: {sent:?}");
    }
}

#[test]
fn an_org_that_is_down_costs_a_first_call_four_requests() {
    for delay_ms in [0, 1_500] {
        let org = Org::start();
        let page = answer(503, &[("content-type", "text/html")], "<html>");
        for route in [Route::Query, Route::Resources] {
            strike(&org, route, Effect::DelayMs(delay_ms));
            strike(&org, route, page.clone());
        }
        org.sfbox(&QUERY).fails(4, "503");
        let sent: u64 = org.control().stats().requests.values().sum();
        assert_eq!(sent - 1, 4, "beside the login");
    }
}

#[test]
fn a_gateways_refusal_is_not_called_salesforces() {
    let org = Org::start();
    let page = "<html><h1>Sign in to the proxy</h1></html>";
    let html = [("content-type", "text/html")];
    strike(&org, Route::Query, answer(401, &html, page));
    let refused = org.sfbox(&QUERY);
    refused.fails(6, "Sign in to the proxy");
    assert!(
        !refused.stderr.contains("token was refused"),
        "{}",
        refused.stderr
    );
    assert_eq!(org.logins(), 1);
    assert!(org.stored().get("SessionId").is_none(), "not stored");
}

#[test]
fn an_error_without_words_keeps_its_code() {
    let org = Org::start();
    let json = [("content-type", "application/json")];
    for (rest, told) in [
        (r#""message":null"#, "400 UNKNOWN_EXCEPTION (request id"),
        (
            r#""message":null,"fields":[null]"#,
            "400 UNKNOWN_EXCEPTION (request id",
        ),
        (r#""message":"""#, "400 UNKNOWN_EXCEPTION (request id"),
        (r#""x":1"#, "400 UNKNOWN_EXCEPTION (request id"),
        (
            r#""message":null,"fields":["Name"]"#,
            "400 UNKNOWN_EXCEPTION (fields: Name)",
        ),
        (r#""message":7"#, "400 UNKNOWN_EXCEPTION: 7 (request id"),
    ] {
        let body = format!(r#"[{{{rest},"errorCode":"UNKNOWN_EXCEPTION"}}]"#);
        org.control().clear_faults();
        strike(&org, Route::Query, answer(400, &json, &body));
        org.sfbox(&QUERY).fails(1, told);
    }
}

/// In Salesforce's words, with its caret below the mistake.
#[test]
fn a_caret_points_at_the_mistake() {
    let org = Org::start();
    let refused = org.sfbox(&["query", "SELECT Id, Nam FROM Account"]);
    refused.fails(1, "400 INVALID_FIELD:\n");
    let lines: Vec<&str> = refused.stderr.lines().collect();
    let at = lines.iter().position(|line| line.contains('^')).unwrap();
    assert_eq!(lines[at].find('^'), lines[at - 1].find("Nam"), "{lines:?}");
}

/// The demo's hints lead to what its org can do.
#[test]
fn the_demos_hints_can_be_followed() {
    let demo = |soql: &str| run(["--demo", "query", soql]);
    let no_field = demo("SELECT Nam FROM Account");
    no_field.fails(1, "hint: the built-in org");
    let (_, rest) = no_field.stderr.split_once("query \"").unwrap();
    let (soql, _) = rest.split_once('"').unwrap();
    assert_eq!(demo(soql).status, 0, "{soql}");
    let no_object = demo("SELECT Id FROM Opportunities");
    no_object.fails(1, "INVALID_TYPE");
    let (_, objects) = no_object
        .stderr
        .split_once("the built-in org has ")
        .unwrap();
    let objects = objects.split(';').next().unwrap().replace(" and ", ", ");
    assert!(objects.contains("Account"), "{objects}");
    for object in objects.split(", ") {
        let count = demo(&format!("SELECT COUNT() FROM {object}"));
        assert_eq!(count.status, 0, "{object}: {}", count.stderr);
    }
    demo("SELECT Id FROM Account UPDATE VIEWSTAT")
        .fails(1, "hint: the built-in org does not support this");
}

#[test]
fn a_content_coding_that_nobody_asked_for_is_named() {
    let org = Org::start();
    let coded = [
        ("content-type", "application/json"),
        ("content-encoding", "br"),
    ];
    strike(&org, Route::Query, answer(200, &coded, "CANARY"));
    let unread = org.sfbox(&QUERY);
    unread.fails(6, "the content coding `br`");
    assert!(!unread.stderr.contains("CANARY"), "{}", unread.stderr);
}

#[test]
fn a_wish_to_wait_is_passed_on() {
    let org = Org::start();
    strike(&org, Route::Query, answer(503, &[("retry-after", "7")], ""));
    let limited = org.sfbox(&["query", QUERY[1], "--timeout", "5"]);
    limited.fails(4, "rate limited; try again in 7 s");
    assert_eq!(org.control().stats().requests[&Route::Query], 1);
}

#[test]
fn a_redirect_is_named_and_not_followed() {
    for route in [Route::Token, Route::Query] {
        let org = Org::start();
        let location = [("location", "https://evil.example/x?y=CANARY")];
        strike(&org, route, answer(302, &location, ""));
        let refused = org.sfbox(&QUERY);
        refused.fails(
            6,
            "it points to evil.example, and redirects are not followed",
        );
        assert!(!refused.stderr.contains("CANARY"), "{}", refused.stderr);
        assert_eq!(org.control().stats().requests[&route], 1);
    }
}

#[test]
fn a_locator_elsewhere_is_not_followed() {
    for url in [
        "https://evil.example/x",
        "//evil.example/x",
        "/services/oauth2/revoke",
        "/../x",
    ] {
        let org = Org::start();
        let body =
            format!(r#"{{"totalSize":9,"done":false,"nextRecordsUrl":"{url}","records":[]}}"#);
        strike(
            &org,
            Route::Query,
            answer(200, &[("content-type", "application/json")], &body),
        );
        org.sfbox(&QUERY)
            .fails(6, "`nextRecordsUrl` is no path of a query");
    }
}

#[test]
fn a_body_that_breaks_off_is_no_answer() {
    let org = Org::start();
    strike(&org, Route::Query, Effect::TruncateAfter(40));
    let refused = org.sfbox(&QUERY);
    refused.fails(4, "acme.my.salesforce.com");
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_connection_that_is_cut_is_tried_again() {
    let org = Org::start();
    let cut = |count| Fault {
        route: FaultRoute::Only(Route::Query),
        skip: 0,
        count,
        effect: Effect::Cut,
    };
    org.control().faults(vec![cut(Some(1))]).unwrap();
    assert_eq!(org.sfbox(&QUERY).records().len(), 1);
    org.control().faults(vec![cut(None)]).unwrap();
    org.sfbox(&QUERY)
        .fails(4, "unreachable: acme.my.salesforce.com");
}

#[test]
fn a_slow_body_ends_at_the_timeout() {
    let org = Org::start();
    strike(
        &org,
        Route::Query,
        Effect::Slow(Slow {
            chunk_bytes: 1,
            interval_ms: 500,
        }),
    );
    org.sfbox(&["query", QUERY[1], "--timeout", "2"])
        .fails(4, "the timeout has passed");
}

#[test]
fn a_refused_connection_is_unreachable() {
    let org = Org::start();
    let refusing = RefusingPort::new();
    let port = refusing.number();
    let store = format!("file:{}", org.secret_file().parent().unwrap().display());
    let nowhere = format!("acme.my.salesforce.com:443:127.0.0.1:{port}");
    let refused = run([
        "--org",
        "acme",
        "--store",
        &store,
        "--connect-to",
        &nowhere,
        QUERY[0],
        QUERY[1],
    ]);
    refused.fails(4, "the connection was refused");
    assert!(refused.stderr.contains("caused by: "), "{}", refused.stderr);
}

#[test]
fn an_expired_certificate_is_not_trusted() {
    let org = Org::start_with(|builder| builder.certificate(CertificateKind::Expired));
    let refused = org.sfbox(&QUERY);
    refused.fails(4, "the TLS certificate is not to be trusted");
    assert!(
        refused.stderr.to_lowercase().contains("expired"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        org.control().stats().requests.values().sum::<u64>(),
        0,
        "no secret was sent"
    );
}

#[test]
fn a_certificate_of_nobody_we_know_is_not_trusted() {
    let org = Org::start();
    let store = format!("file:{}", org.secret_file().parent().unwrap().display());
    let refused = run([
        "--org",
        "acme",
        "--store",
        &store,
        "--connect-to",
        &org.connect_to(),
        QUERY[0],
        QUERY[1],
    ]);
    refused.fails(4, "the TLS certificate is not to be trusted");
}

#[test]
fn a_daily_limit_is_not_waited_for() {
    let org = Org::start();
    let body =
        r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
    strike(
        &org,
        Route::Query,
        answer(403, &[("content-type", "application/json")], body),
    );
    org.sfbox(&QUERY).fails(1, "TotalRequests Limit exceeded.");
    assert_eq!(org.control().stats().requests[&Route::Query], 1);
}

#[test]
fn a_secret_that_cannot_be_used_is_named_by_what_is_wrong() {
    let org = Org::start();
    org.put_secret(&format!("[\"{CONSUMER_SECRET}\"]"));
    let refused = org.sfbox(&QUERY);
    refused.fails(3, "it is not a JSON object");
    assert!(!refused.stderr.contains(CONSUMER_SECRET));
    org.put_secret(r#"{"Domain":"acme.my","ConsumerKey":"k"}"#);
    org.sfbox(&QUERY).fails(3, "`ConsumerSecret` is missing");
    org.put_secret(&org.secret());
    crate::org::set_mode(&org.secret_file(), 0o644);
    org.sfbox(&QUERY).fails(3, "chmod 600");
}
