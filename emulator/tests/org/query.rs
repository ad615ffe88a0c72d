//! The query resources and their neighbours.

use std::io::Read as _;

use flate2::read::GzDecoder;
use http::StatusCode;

use crate::client::{Org, query_path, with};

#[tokio::test]
async fn a_query_is_answered_as_salesforce_does() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let reply = org
        .query(
            &token,
            "SELECT Name FROM Account WHERE Name LIKE 'brindle%' LIMIT 1",
        )
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.header("content-type"),
        "application/json;charset=UTF-8"
    );
    assert_eq!(
        reply.text(),
        r#"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"/services/data/v66.0/sobjects/Account/001Sb0000000001IAA"},"Name":"Brindlewick Foundry"}]}"#
    );
    let count = org.query(&token, "SELECT COUNT() FROM Account").await;
    assert_eq!(count.text(), r#"{"totalSize":50,"done":true,"records":[]}"#);
    let slash = org.get(
        &token,
        "/services/data/v31.0/query/?q=SELECT+Id+FROM+User+LIMIT+1",
    );
    assert!(
        org.send(slash)
            .await
            .text()
            .contains("/services/data/v31.0/sobjects/User/005")
    );
}

#[tokio::test]
async fn only_query_all_finds_deleted_records() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let soql = "SELECT COUNT() FROM Contact";
    assert_eq!(org.query(&token, soql).await.json()["totalSize"], 120);
    let all = query_path(soql).replace("query?", "queryAll?");
    assert_eq!(
        org.send(org.get(&token, &all)).await.json()["totalSize"],
        123
    );
}

#[tokio::test]
async fn errors_are_salesforces() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let v66 = "/services/data/v66.0";
    let malformed = |words: &str| (400, format!("MALFORMED_QUERY: {words}"));
    let locator = || {
        (
            400,
            "INVALID_QUERY_LOCATOR: invalid query locator".to_owned(),
        )
    };
    let not_found = || {
        (
            404,
            "NOT_FOUND: The requested resource does not exist".to_owned(),
        )
    };
    for (path, (status, error)) in [
        (
            format!("{v66}/query?q=invalid"),
            malformed("unexpected token: 'invalid'"),
        ),
        (
            format!("{v66}/query?q="),
            malformed("SOQL statements cannot be empty or null"),
        ),
        (
            format!("{v66}/query"),
            malformed("A query string has to be specified"),
        ),
        (format!("{v66}/query/01gSb0000000001IAA-2000"), locator()),
        (format!("{v66}/query/nonsense"), locator()),
        (format!("{v66}/sobject"), not_found()),
        ("/services/data/v99.0/query?q=x".to_owned(), not_found()),
        ("/services/apexrest/x".to_owned(), not_found()),
        (
            "/services/data/v30.0/query?q=x".to_owned(),
            (
                410,
                "GONE: The requested resource is no longer available".to_owned(),
            ),
        ),
        (
            format!("{v66}/query?explain=x"),
            (400, "MALFORMED_QUERY: unexpected token: 'x'".to_owned()),
        ),
    ] {
        let reply = org.send(org.get(&token, &path)).await;
        assert_eq!(
            (reply.status.as_u16(), reply.error()),
            (status, error),
            "{path}"
        );
    }
    assert_eq!(org.emulator.control().stats().unexpected, 5);
}

#[tokio::test]
async fn an_unknown_field_is_shown_in_its_place() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let unknown = org.query(&token, "SELECT Id, Foo FROM Account").await;
    assert!(unknown.error().starts_with(
        "INVALID_FIELD: \nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\n"
    ));
    assert_eq!(org.emulator.control().stats().unexpected, 0);
}

#[tokio::test]
async fn a_query_cannot_be_posted() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let post = with(
        org.request("POST", "/services/data/v66.0/query"),
        "authorization",
        &format!("Bearer {token}"),
    );
    let reply = org.send(post).await;
    assert_eq!(
        reply.error(),
        "METHOD_NOT_ALLOWED: HTTP Method 'POST' not allowed. Allowed are GET,HEAD"
    );
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(org.emulator.control().stats().unexpected, 1);
}

#[tokio::test]
async fn versions_need_no_session_and_resources_do() {
    let org = Org::start().await;
    let versions = org.send(org.request("GET", "/services/data")).await;
    let list = versions.json();
    assert_eq!(list[0]["version"], "31.0");
    let newest = list
        .as_array()
        .and_then(|list| list.last())
        .expect("a version");
    assert_eq!(
        newest.to_string(),
        r#"{"label":"Winter '27","url":"/services/data/v68.0","version":"68.0"}"#
    );
    assert_eq!(versions.header("sforce-limit-info"), "");
    assert_eq!(
        org.send(org.request("GET", "/services/data/v66.0/"))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    let token = org.log_in().await;
    let resources = org.send(org.get(&token, "/services/data/v66.0/")).await;
    assert_eq!(
        resources.json()["queryAll"],
        "/services/data/v66.0/queryAll"
    );
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_accept_it() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let path = query_path("SELECT Id, Name FROM Account");
    let plain = org.send(org.get(&token, &path)).await;
    assert_eq!(plain.header("content-encoding"), "");
    let reply = org
        .send(with(
            org.get(&token, &path),
            "accept-encoding",
            "gzip, deflate",
        ))
        .await;
    assert_eq!(
        (reply.header("content-encoding"), reply.header("vary")),
        ("gzip", "Accept-Encoding")
    );
    let mut whole = Vec::new();
    GzDecoder::new(&reply.body[..])
        .read_to_end(&mut whole)
        .expect("gzip");
    assert_eq!(whole, plain.body);
}

#[tokio::test]
async fn a_uri_may_be_as_long_as_the_limit_and_no_longer() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let path = |bytes: usize| {
        let begin = query_path("SELECT Id FROM Account WHERE Name = '");
        format!("{begin}{}'", "x".repeat(bytes - begin.len() - 1))
    };
    for mut connection in [
        org.connect().await.expect("HTTP/2"),
        org.connect_http1().await.expect("HTTP/1.1"),
    ] {
        // A thousand bytes are left for the headers.
        for (bytes, status) in [
            (15_384, StatusCode::BAD_REQUEST), // a string of more than 4,000 characters
            (16_384, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
            (16_385, StatusCode::URI_TOO_LONG),
        ] {
            let reply = connection
                .send(org.get(&token, &path(bytes)))
                .await
                .expect("a reply");
            assert_eq!(reply.status, status, "{bytes} bytes");
        }
    }
}

#[tokio::test]
async fn another_host_is_unknown() {
    let org = Org::start().await;
    let mut request = org.request("GET", "/services/data");
    *request.uri_mut() = "https://other.my.salesforce.com/services/data"
        .parse()
        .expect("a URI");
    let reply = org.send(request).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("content-type")),
        (420, "text/html;charset=UTF-8")
    );
    let mut request = org.get("token", "/services/data/v66.0/limits");
    *request.uri_mut() = "https://login.salesforce.com/services/data/v66.0/limits"
        .parse()
        .expect("a URI");
    let reply = org.send(request).await;
    assert_eq!(
        reply.error(),
        "URL_NOT_RESET: Destination URL not reset. The URL returned from login must be set"
    );
    let mut request = org.login_request();
    *request.uri_mut() = "https://test.salesforce.com/services/oauth2/token"
        .parse()
        .expect("a URI");
    let reply = org.send(request).await;
    assert_eq!(
        reply.text(),
        r#"{"error":"invalid_grant","error_description":"request not supported on this domain"}"#
    );
    let mut request = org.request("GET", "/__emulator/stats");
    *request.uri_mut() = "https://127.0.0.1/__emulator/stats".parse().expect("a URI");
    let reply = org.send(request).await;
    assert_eq!(
        (reply.status, &reply.json()["unexpected"]),
        (StatusCode::OK, &2.into())
    );
}
