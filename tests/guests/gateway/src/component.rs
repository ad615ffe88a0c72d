//! The WIT adapter: the only module that knows what the component is built from.

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package sfbox:gateway@0.1.0;

            world gateway {
                import sfbox:client/query@0.4.0;
                import sfbox:client/session@0.4.0;
                export wasi:http/handler@0.3.0;
            }
        ",
        generate_all,
    });

    use super::Gateway;
    export!(Gateway);
}

use bindings::exports::wasi::http::handler::Guest;
use bindings::sfbox::client::query::{Page, QueryOptions, Rows, query, query_more};
use bindings::sfbox::client::session::status;
use bindings::sfbox::client::types::{Error, Options};
use bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use bindings::{wit_future, wit_stream};
use futures::future::join_all;

use crate::line::{Answer, Call, Lines};

/// How much of a request is asked for at a time: some lines.
const CHUNK_BYTES: usize = 16 << 10;

struct Gateway;

impl Guest for Gateway {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let (_taken, taken) = wit_future::new(|| Ok(()));
        let (mut calls, _trailers) = Request::consume_body(request, taken);
        let (mut answers, body) = wit_stream::new();
        let (trailers, no_trailers) = wit_future::new(|| Ok(None));
        let (response, _transmitted) = Response::new(Fields::new(), Some(body), no_trailers);
        wit_bindgen::spawn_local(async move {
            let mut lines = Lines::default();
            loop {
                let (status, bytes) = calls.read(Vec::with_capacity(CHUNK_BYTES)).await;
                for line in lines.completed_by(&bytes) {
                    let mut answer = answered(&line).await;
                    answer.push(b'\n');
                    if !answers.write_all(answer).await.is_empty() {
                        return;
                    }
                }
                if matches!(status, wit_bindgen::StreamResult::Dropped) {
                    break;
                }
            }
            drop((answers, trailers));
        });
        Ok(response)
    }
}

async fn answered(line: &[u8]) -> Vec<u8> {
    let answer = match serde_json::from_slice(line) {
        Ok(call) => answer(call).await,
        Err(error) => Answer::Error(format!("no call: {error}")),
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

async fn answer(call: Call) -> Answer {
    match call {
        Call::Query {
            org,
            soql,
            batch_size,
        } => page(query(org, soql, Vec::new(), options(batch_size)).await),
        Call::QueryMore { org, next } => page(query_more(org, next, options(None)).await),
        Call::Status { org } => match status(org, call_options()).await {
            Ok(status) => Answer::Status(format!("{status:?}")),
            Err(error) => refused(&error),
        },
        Call::Together { org, soql, count } => {
            let calls =
                (0..count).map(|_| query(org.clone(), soql.clone(), Vec::new(), options(None)));
            Answer::Together(join_all(calls).await.into_iter().map(page).collect())
        }
    }
}

fn page(answer: Result<Page, Error>) -> Answer {
    match answer {
        Ok(page) => Answer::Page {
            body: page.body,
            next: page.next,
        },
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) -> Answer {
    Answer::Error(format!("{error:?}"))
}

fn call_options() -> Options {
    Options {
        timeout_ms: None,
        api_version: None,
    }
}

fn options(batch_size: Option<u16>) -> QueryOptions {
    QueryOptions {
        call: call_options(),
        rows: Rows::Live,
        batch_size,
        tooling: false,
        composite: true,
        complete_children: false,
    }
}
