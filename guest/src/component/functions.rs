//! What the component exports: each function once, for both versions of WASI. A
//! function's name, parameters and answer are those of `wit/`.

use super::clients::client;
use super::wasi::function;
use crate::contract::query::{Page, QueryOptions};
use crate::contract::rest::{Request, Response, RestOptions};
use crate::contract::session::SessionStatus;
use crate::contract::types::Options;
use crate::contract::{query as queries, rest as requests, session as sessions};
use crate::{query, rest};

pub(super) struct Component;

#[expect(unsafe_code, reason = "generated code: see `contract`")]
const _: () = {
    crate::contract::export!(Component);
};

impl queries::Guest for Component {
    function! { query(org: String, soql: String, options: QueryOptions) -> Page {
        let QueryOptions { call, rows, batch_size } = options;
        client(org).run(query::First { soql, rows, batch_size }, &call).await
    } }

    function! { query_more(org: String, next: String, options: QueryOptions) -> Page {
        let more = query::More::new(&next, options.batch_size)?;
        client(org).run(more, &options.call).await
    } }
}

impl sessions::Guest for Component {
    function! { status(org: String, options: Options) -> SessionStatus {
        client(org).status(&options).await
    } }

    function! { renew(org: String, options: Options) -> SessionStatus {
        client(org).renew(&options).await
    } }

    function! { forget(org: String, options: Options) -> () {
        client(org).forget(&options).await
    } }
}

impl requests::Guest for Component {
    function! { send(org: String, request: Request, options: RestOptions) -> Response {
        let RestOptions { call, repeatable } = options;
        client(org).run(rest::Send::new(request, repeatable), &call).await
    } }
}
