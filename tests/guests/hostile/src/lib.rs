//! A component that misbehaves on request, to prove the host's limits: the SOQL
//! statement says how.
//!
//! | statement | what it does |
//! |---|---|
//! | `spin` | computes for ever |
//! | `hold` | waits for ever |
//! | `linger` | answers, and computes for ever a moment later |
//! | `trap` | panics |
//! | `hog` | takes memory until it is stopped |
//! | `echo N` | answers a body of N bytes |
//! | `fetch URL` | sends a GET there, with a token in a header; answers the status |
//! | `send METHOD URL BYTES`, lines of headers, an empty line, a body | sends that, and spaces behind the body until it has BYTES; answers the status, and a line for each header |
//! | `secret NAME` | reads another org's secret |
//! | `store NAME` | tries every function of the store on another org's secret; answers all it learned |
//! | `replace KEY` | writes a member of the secret |
//!
//! Anything else answers an empty page. Requests with streams are sent by a proxy that
//! peeks.
#![expect(clippy::panic, reason = "it misbehaves on purpose")]

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package sfbox:hostile@0.1.0;

            world hostile {
                import sfbox:client/secret-store@0.4.0;
                import wasi:http/client@0.3.0;
                import wasi:clocks/monotonic-clock@0.3.0;

                export sfbox:client/types@0.4.0;
                export sfbox:client/query@0.4.0;
                export sfbox:client/session@0.4.0;
                export sfbox:client/rest@0.4.0;
                export sfbox:client/rest-streams@0.4.0;
            }
        ",
        generate_all,
    });

    use super::Hostile;
    export!(Hostile);
}

mod peek;

use bindings::exports::sfbox::client as exports;
use bindings::sfbox::client::secret_store;
use bindings::wasi::clocks::monotonic_clock;
use bindings::wasi::http::client::send;
use bindings::wasi::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme};
use bindings::{wit_future, wit_stream};
use exports::query::{Page, QueryOptions};
use exports::rest::{Request as RestRequest, Response as RestResponse, RestOptions};
use exports::rest_streams::StreamOptions;
use exports::session::SessionStatus;
use exports::types::{Error, Options, Parameter};

struct Hostile;

impl exports::query::Guest for Hostile {
    async fn query(
        org: String,
        soql: String,
        _: Vec<Parameter>,
        _: QueryOptions,
    ) -> Result<Page, Error> {
        let (verb, argument) = soql.split_once(' ').unwrap_or((&soql, ""));
        match verb {
            "spin" => spin(),
            "hold" => std::future::pending().await,
            "linger" => Ok(linger()),
            "trap" => panic!("on request"),
            "hog" => hog(),
            "echo" => Ok(page("x".repeat(argument.parse().unwrap_or(0)))),
            "fetch" => fetch(argument).await,
            "send" => Ok(page(ask(argument).await?)),
            "secret" => secret(argument).await,
            "store" => Ok(page(store(argument).await)),
            "replace" => replace(org, argument).await,
            _ => Ok(page(
                r#"{"totalSize":0,"done":true,"records":[]}"#.to_owned(),
            )),
        }
    }

    async fn query_more(_: String, _: String, _: QueryOptions) -> Result<Page, Error> {
        Err(Error::SessionChanged)
    }

    async fn explain(
        _: String,
        _: String,
        _: Vec<Parameter>,
        _: QueryOptions,
    ) -> Result<String, Error> {
        Err(Error::SessionChanged)
    }
}

impl exports::session::Guest for Hostile {
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

impl exports::rest::Guest for Hostile {
    async fn send(_: String, _: RestRequest, _: RestOptions) -> Result<RestResponse, Error> {
        Err(Error::SessionChanged)
    }
}

impl exports::rest_streams::Guest for Hostile {
    async fn send(org: String, request: Request, _: StreamOptions) -> Result<Response, Error> {
        peek::send(org, request).await
    }
}

fn page(body: String) -> Page {
    Page {
        body,
        total_size: Some(0),
        next: None,
    }
}

fn spin() -> ! {
    let mut count = 0_u64;
    loop {
        count = std::hint::black_box(count.wrapping_add(1));
    }
}

fn linger() -> Page {
    wit_bindgen::spawn_local(async {
        monotonic_clock::wait_for(100_000_000).await;
        spin()
    });
    page("{}".to_owned())
}

fn hog() -> ! {
    let mut taken = Vec::new();
    loop {
        taken.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}

async fn fetch(url: &str) -> Result<Page, Error> {
    let answer = ask(&format!("GET {url} 0\nauthorization: Bearer stolen")).await?;
    let status = answer.lines().next().unwrap_or_default();
    Ok(page(status.to_owned()))
}

/// Sends a request, and answers the status and the headers of its answer, a line each.
async fn ask(text: &str) -> Result<String, Error> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, url) = (words.next(), words.next().unwrap_or_default());
    let bytes: usize = words
        .next()
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or(0);
    let headers = Fields::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let set = headers.append(name, value.as_bytes());
        set.map_err(|_| Error::Denied("the header".to_owned()))?;
    }
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let (writer, contents) = wit_stream::new();
    let has_body = bytes > 0 || !body.is_empty();
    let contents = has_body.then_some(contents);
    let (request, _sent) = Request::new(headers, contents, no_trailers, None);
    address(&request, method.unwrap_or("GET"), url)
        .map_err(|()| Error::Denied("the URL".to_owned()))?;
    let mut body = body.as_bytes().to_vec();
    body.resize(bytes.max(body.len()), b' ');
    wit_bindgen::spawn_local(async move {
        let mut writer = writer;
        // What is denied is not taken.
        _ = writer.write_all(body).await;
        drop((writer, trailers));
    });
    let response = match send(request).await {
        Ok(response) => response,
        Err(ErrorCode::HttpRequestDenied) => return Err(Error::Denied("the name".to_owned())),
        Err(ErrorCode::DestinationIpProhibited) => {
            return Err(Error::Denied("the address".to_owned()));
        }
        Err(other) => return Err(Error::Unreachable(other.to_string())),
    };
    let mut answer = response.get_status_code().to_string();
    for (name, value) in response.get_headers().copy_all() {
        answer.push_str(&format!("\n{name}: {}", String::from_utf8_lossy(&value)));
    }
    Ok(answer)
}

fn address(request: &Request, method: &str, url: &str) -> Result<(), ()> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let scheme = if scheme == "http" {
        Scheme::Http
    } else {
        Scheme::Https
    };
    request.set_method(&Method::Other(method.to_owned()))?;
    request.set_scheme(Some(&scheme))?;
    request.set_authority(Some(authority))?;
    request.set_path_with_query(Some(&format!("/{path}")))
}

async fn secret(name: &str) -> Result<Page, Error> {
    match secret_store::get(name.to_owned()).await {
        Ok(document) => Ok(page(document.version)),
        Err(error) => Err(Error::Denied(error.to_string())),
    }
}

/// What each function of the store answers, a line each. The line begins with the
/// function's name in the contract: a test compares them with `wit/`.
async fn store(name: &str) -> String {
    let name = || name.to_owned();
    let change = ("SessionId".to_owned(), Some("\"stolen\"".to_owned()));
    let got = secret_store::get(name()).await;
    let replaced = secret_store::replace(name(), String::new(), vec![change]).await;
    let claimed = secret_store::claim(name(), "key".to_owned()).await;
    let released = secret_store::release(name(), "key".to_owned(), None).await;
    [
        format!("secret-store#get: {got:?}"),
        format!("secret-store#replace: {replaced:?}"),
        format!("secret-store#claim: {claimed:?}"),
        format!("secret-store#release: {released:?}"),
    ]
    .join("\n")
}

async fn replace(org: String, key: &str) -> Result<Page, Error> {
    let document = secret_store::get(org.clone()).await;
    let version = document
        .map_err(|error| Error::Denied(error.to_string()))?
        .version;
    let changes = [(key.to_owned(), Some("\"stolen\"".to_owned()))];
    match secret_store::replace(org, version, changes.to_vec()).await {
        Ok(version) => Ok(page(version)),
        Err(error) => Err(Error::Denied(error.to_string())),
    }
}
