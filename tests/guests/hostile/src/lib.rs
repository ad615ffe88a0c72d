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
//! | `secret NAME` | reads another org's secret |
//! | `store NAME` | tries every function of the store on another org's secret; answers all it learned |
//! | `replace KEY` | writes a member of the secret |
//!
//! Anything else answers an empty page.
#![expect(clippy::panic, reason = "it misbehaves on purpose")]

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../../wit",
        world: "client",
        generate_all,
    });

    use super::Hostile;
    export!(Hostile);
}

use bindings::exports::sfbox::client as exports;
use bindings::sfbox::client::secret_store;
use bindings::wasi::clocks::monotonic_clock;
use bindings::wasi::http::client::send;
use bindings::wasi::http::types::{ErrorCode, Fields, Request, Scheme};
use bindings::wit_future;
use exports::query::{Page, QueryOptions};
use exports::rest::{Request as RestRequest, Response as RestResponse, RestOptions};
use exports::session::SessionStatus;
use exports::types::{Error, Options};

struct Hostile;

impl exports::query::Guest for Hostile {
    async fn query(org: String, soql: String, _options: QueryOptions) -> Result<Page, Error> {
        let (verb, argument) = soql.split_once(' ').unwrap_or((&soql, ""));
        match verb {
            "spin" => spin(),
            "hold" => std::future::pending().await,
            "linger" => Ok(linger()),
            "trap" => panic!("on request"),
            "hog" => hog(),
            "echo" => Ok(page("x".repeat(argument.parse().unwrap_or(0)))),
            "fetch" => fetch(argument).await,
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
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let headers = Fields::new();
    let token = [b"Bearer stolen".to_vec()];
    headers
        .set("authorization", &token)
        .map_err(|_| Error::Denied("the header".to_owned()))?;
    let (_trailers, no_trailers) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(headers, None, no_trailers, None);
    let scheme = if scheme == "http" {
        Scheme::Http
    } else {
        Scheme::Https
    };
    let addressed = request
        .set_scheme(Some(&scheme))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(&format!("/{path}"))));
    addressed.map_err(|()| Error::Denied("the URL".to_owned()))?;
    match send(request).await {
        Ok(response) => Ok(page(response.get_status_code().to_string())),
        Err(ErrorCode::HttpRequestDenied) => Err(Error::Denied("the name".to_owned())),
        Err(ErrorCode::DestinationIpProhibited) => Err(Error::Denied("the address".to_owned())),
        Err(other) => Err(Error::Unreachable(other.to_string())),
    }
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
