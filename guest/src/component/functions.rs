//! What the component exports: each function once, for both versions of WASI. A
//! function's name, parameters and answer are those of `wit/`.

use super::clients::client;
use super::wasi::function;
use crate::collections::{Many, Retrieval};
use crate::contract::collections::{ManyOptions, Outcomes};
use crate::contract::composite::{
    Graph, GraphAnswer, OnFailure, Subrequest, Subresponse, TreeAnswer,
};
use crate::contract::org::DescribeOptions;
use crate::contract::query::{Page, QueryOptions};
use crate::contract::rest::{Request, Response, RestOptions};
use crate::contract::search::{FindOptions, Target};
use crate::contract::session::SessionStatus;
use crate::contract::sobjects::{
    ChangeOptions, Changes, Created, ExternalId, Key, ReadOptions, Upserted,
};
use crate::contract::types::{Fetched, Options, Parameter, WriteOptions};
use crate::contract::{
    collections as lists, composite as composites, org as orgs, query as queries, rest as requests,
    search as searches, session as sessions, sobjects as records,
};
use crate::org::Fact;
use crate::sobjects::Span;
use crate::write::Write;
use crate::{composite, query, rest, search, sobjects};

pub(super) struct Component;

#[expect(unsafe_code, reason = "generated code: see `contract`")]
const _: () = {
    crate::contract::export!(Component);
};

impl queries::Guest for Component {
    function! { query(org: String, soql: String, parameters: Vec<Parameter>, options: QueryOptions) -> Page {
        let first = query::First::new(&soql, &parameters, query::Source::from(&options))?;
        client(org).page(first, options.complete_children, &options.call).await
    } }

    function! { query_more(org: String, next: String, options: QueryOptions) -> Page {
        let more = query::More::new(&next, options.batch_size)?;
        client(org).page(more, options.complete_children, &options.call).await
    } }

    function! { explain(org: String, soql: String, parameters: Vec<Parameter>, options: QueryOptions) -> String {
        let explain = query::Explain::new(&soql, &parameters, query::Source::from(&options))?;
        client(org).run(explain, &options.call).await
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

impl records::Guest for Component {
    function! { create(org: String, object: String, fields: String, options: WriteOptions) -> Created {
        let (write, call) = Write::new(options);
        client(org).run(sobjects::Create { object, fields, write }, &call).await
    } }

    function! { get(org: String, object: String, key: Key, fields: Vec<String>, options: ReadOptions) -> Fetched {
        let ReadOptions { call, if_changed, headers } = options;
        client(org).run(sobjects::Get { object, key, fields, if_changed, headers }, &call).await
    } }

    function! { update(org: String, object: String, key: Key, fields: String, options: ChangeOptions) -> () {
        let ((write, call), if_unchanged) = (Write::new(options.write), options.if_unchanged);
        client(org).run(sobjects::Update { object, key, fields, write, if_unchanged }, &call).await
    } }

    function! { upsert(org: String, object: String, external_id: ExternalId, fields: String, options: WriteOptions) -> Upserted {
        let (write, call) = Write::new(options);
        client(org).run(sobjects::Upsert { object, external_id, fields, write }, &call).await
    } }

    function! { delete(org: String, object: String, key: Key, options: WriteOptions) -> () {
        let (write, call) = Write::new(options);
        client(org).run(sobjects::Delete { object, key, write }, &call).await
    } }

    function! { deleted(org: String, object: String, start_ms: u64, end_ms: u64, options: Options) -> Changes {
        client(org).run(sobjects::Deleted { object, span: Span { start_ms, end_ms } }, &options).await
    } }

    function! { updated(org: String, object: String, start_ms: u64, end_ms: u64, options: Options) -> Changes {
        client(org).run(sobjects::Updated { object, span: Span { start_ms, end_ms } }, &options).await
    } }
}

impl lists::Guest for Component {
    function! { create(org: String, object: String, records: Vec<String>, options: ManyOptions) -> Outcomes {
        let (many, call) = Many::create(&object, &records, options)?;
        client(org).write_many(many, &call).await
    } }

    function! { get(org: String, object: String, ids: Vec<String>, fields: Vec<String>, options: Options) -> Vec<Option<String>> {
        let retrieval = Retrieval::new(&object, &ids, &fields)?;
        client(org).read_many(retrieval, &options).await
    } }

    function! { update(org: String, object: String, records: Vec<String>, options: ManyOptions) -> Outcomes {
        let (many, call) = Many::update(&object, &records, options)?;
        client(org).write_many(many, &call).await
    } }

    function! { upsert(org: String, object: String, field: String, records: Vec<String>, options: ManyOptions) -> Outcomes {
        let (many, call) = Many::upsert(&object, &field, &records, options)?;
        client(org).write_many(many, &call).await
    } }

    function! { delete(org: String, ids: Vec<String>, options: ManyOptions) -> Outcomes {
        let (many, call) = Many::delete(&ids, options)?;
        client(org).write_many(many, &call).await
    } }
}

impl composites::Guest for Component {
    function! { send(org: String, requests: Vec<Subrequest>, on_failure: OnFailure, options: WriteOptions) -> Vec<Subresponse> {
        let (write, call) = Write::new(options);
        client(org).run(composite::Composite { requests, on_failure, write }, &call).await
    } }

    function! { batch(org: String, requests: Vec<Subrequest>, on_failure: OnFailure, options: WriteOptions) -> Vec<Subresponse> {
        let (write, call) = Write::new(options);
        client(org).run(composite::Batch { requests, on_failure, write }, &call).await
    } }

    function! { graphs(org: String, graphs: Vec<Graph>, options: WriteOptions) -> Vec<GraphAnswer> {
        let (write, call) = Write::new(options);
        client(org).run(composite::Graphs { graphs, write }, &call).await
    } }

    function! { tree(org: String, object: String, records: Vec<String>, options: WriteOptions) -> TreeAnswer {
        let (write, call) = Write::new(options);
        client(org).run(composite::Tree { object, records, write }, &call).await
    } }
}

impl searches::Guest for Component {
    function! { search(org: String, sosl: String, parameters: Vec<Parameter>, options: Options) -> String {
        client(org).run(search::Search::new(&sosl, &parameters)?, &options).await
    } }

    function! { find(org: String, text: String, targets: Vec<Target>, parameters: Vec<Parameter>, options: FindOptions) -> String {
        let find = search::Find::new(&text, &targets, &parameters, &options)?;
        client(org).run(find, &options.call).await
    } }
}

impl orgs::Guest for Component {
    function! { describe(org: String, object: String, options: DescribeOptions) -> String {
        client(org).describe(&object, options.tooling, &options.call).await
    } }

    function! { describe_all(org: String, options: DescribeOptions) -> String {
        client(org).describe_all(options.tooling, &options.call).await
    } }

    function! { limits(org: String, options: Options) -> String {
        client(org).run(Fact::Limits, &options).await
    } }

    function! { versions(org: String, options: Options) -> String {
        client(org).run(Fact::Versions, &options).await
    } }

    function! { identity(org: String, options: Options) -> String {
        client(org).identity(&options).await
    } }
}

impl requests::Guest for Component {
    function! { send(org: String, request: Request, options: RestOptions) -> Response {
        let RestOptions { call, repeatable } = options;
        client(org).run(rest::Send::new(request, repeatable), &call).await
    } }
}
