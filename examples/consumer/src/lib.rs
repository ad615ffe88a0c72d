//! cargo xtask component && wasmtime serve -S cli,p3,http -W component-model-async --env SFBOX_SECRETS target/component/consumer.wasm
//!
//! Answers every request with the ten newest accounts of the org `acme`, as JSON. It
//! imports sfbox's `query` and nothing else that leads anywhere: it can reach neither
//! the org's token nor its secret. `SFBOX_SECRETS` is for the adapter that `cargo xtask
//! component` composes it with (`docs/artifacts.md`). A component that imported
//! `wasi:cli/environment` itself could read it, too.

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package example:consumer;

            world consumer {
                import sfbox:client/query@0.4.0;
                export wasi:http/handler@0.3.0;
            }
        ",
        generate_all,
    });

    use super::Consumer;
    export!(Consumer);
}

use bindings::exports::wasi::http::handler::Guest;
use bindings::sfbox::client::query::{QueryOptions, Rows, query};
use bindings::sfbox::client::types::{Error, Options};
use bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use bindings::{wit_future, wit_stream};
use serde_json::json;

/// The name of the org's secret.
const ORG: &str = "acme";

const NEWEST: &str = "SELECT Id, Name, Industry FROM Account ORDER BY CreatedDate DESC LIMIT 10";

struct Consumer;

impl Guest for Consumer {
    async fn handle(_request: Request) -> Result<Response, ErrorCode> {
        let options = QueryOptions {
            call: Options {
                timeout_ms: Some(30_000),
                api_version: None,
            },
            rows: Rows::Live,
            batch_size: None,
            tooling: false,
            composite: true,
            complete_children: true,
        };
        match query(ORG.to_owned(), NEWEST.to_owned(), Vec::new(), options).await {
            // Salesforce's own answer is JSON already.
            Ok(page) => answer(200, page.body),
            Err(error) => {
                let (status, code) = refused(&error);
                answer(status, json!({"error": code}).to_string())
            }
        }
    }
}

/// What whoever asked may know: Salesforce's words stay here.
fn refused(error: &Error) -> (u16, &str) {
    match error {
        Error::Api(failure) => {
            let first = failure.errors.first();
            (502, first.map_or("UNKNOWN", |error| error.code.as_str()))
        }
        Error::RateLimited(_) | Error::Timeout | Error::SessionChanged => (503, "try again"),
        _ => (502, "Salesforce cannot be asked"),
    }
}

fn answer(status: u16, body: String) -> Result<Response, ErrorCode> {
    let headers = Fields::new();
    let json = [b"application/json".to_vec()];
    let typed = headers.set("content-type", &json);
    typed.map_err(|_| internal("no header can be set"))?;
    let (mut writer, contents) = wit_stream::new();
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let (response, _transmitted) = Response::new(headers, Some(contents), no_trailers);
    let set = response.set_status_code(status);
    set.map_err(|()| internal("the status is none"))?;
    wit_bindgen::spawn_local(async move {
        // Whoever asked may be gone.
        _ = writer.write_all(body.into_bytes()).await;
        drop((writer, trailers));
    });
    Ok(response)
}

fn internal(why: &str) -> ErrorCode {
    ErrorCode::InternalError(Some(why.to_owned()))
}
