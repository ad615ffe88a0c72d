//! A host of WASI 0.2.

use sfbox_emulator::Emulator;
use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use crate::conversation::{Guest, Outcome, Page};
use crate::hosts::library::Embedded;
use crate::secret::{ORG, Secret};
use crate::world::{self, World};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit-0.2",
        world: "client",
        exports: { default: async },
        with: {
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:random": wasmtime_wasi::p2::bindings::random,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
        },
    });
}

use bindings::exports::sfbox::client_sync::{query, types};
use bindings::sfbox::client_sync::secret_store as wit;

/// The component in its store.
pub(crate) struct Host {
    store: Store<World>,
    exports: bindings::Client,
    org: String,
}

impl Embedded for Host {
    type Secret = Secret;

    async fn start(emulator: &Emulator, secret: &Secret) -> Self {
        let engine = world::engine();
        let component = world::component(&engine, "sfbox-wasi-0.2");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).unwrap();
        wit::add_to_linker::<_, HasSelf<World>>(&mut linker, |world| world).unwrap();
        let mut store = world::store(&engine, World::new(emulator, secret));
        let exports = bindings::Client::instantiate_async(&mut store, &component, &linker)
            .await
            .unwrap();
        Self {
            store,
            exports,
            org: ORG.to_owned(),
        }
    }
}

impl Guest for Host {
    async fn query(&mut self, soql: &str, batch_size: Option<u16>) -> Outcome<Page> {
        let options = query_options(batch_size);
        let exports = self.exports.sfbox_client_sync_query();
        let answer = exports.call_query(&mut self.store, &self.org, soql, &[], &options);
        answer.await.unwrap().map(page).map_err(told)
    }

    async fn query_more(&mut self, next: &str) -> Outcome<Page> {
        let options = query_options(None);
        let exports = self.exports.sfbox_client_sync_query();
        let answer = exports.call_query_more(&mut self.store, &self.org, next, &options);
        answer.await.unwrap().map(page).map_err(told)
    }

    async fn status(&mut self) -> Outcome<String> {
        let exports = self.exports.sfbox_client_sync_session();
        let options = options();
        let answer = exports.call_status(&mut self.store, &self.org, &options);
        let status = answer.await.unwrap();
        status.map(|status| format!("{status:?}")).map_err(told)
    }

    async fn together(&mut self, _soql: &str, _count: usize) -> Vec<Outcome<Page>> {
        panic!("an instance serves one call at a time")
    }
}

fn options() -> types::Options {
    types::Options {
        timeout_ms: None,
        api_version: None,
    }
}

fn query_options(batch_size: Option<u16>) -> query::QueryOptions {
    query::QueryOptions {
        call: options(),
        rows: query::Rows::Live,
        batch_size,
        tooling: false,
        composite: true,
        complete_children: false,
    }
}

fn page(page: query::Page) -> Page {
    Page {
        body: page.body,
        next: page.next,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` wants it")]
fn told(error: types::Error) -> String {
    format!("{error:?}")
}

impl wit::Host for World {
    fn get(&mut self, org: String) -> Result<wit::Document, wit::Error> {
        if org != ORG {
            return Err(wit::Error::Denied);
        }
        let (version, members) = self.secret.get();
        let entries = members.into_iter();
        Ok(wit::Document {
            version,
            entries: entries
                .map(|(key, value)| wit::Entry { key, value })
                .collect(),
            writable: true,
            settings: wit::Settings {
                session_ttl_s: None,
                require_shared: false,
            },
        })
    }

    fn replace(
        &mut self,
        _org: String,
        version: String,
        changes: Vec<(String, Option<String>)>,
    ) -> Result<String, wit::Error> {
        let replaced = self.secret.replace(&version, changes);
        replaced.ok_or(wit::Error::Conflict)
    }

    fn claim(&mut self, _org: String, _key: String) -> Result<wit::Claimed, wit::Error> {
        Ok(wit::Claimed::Unsupported)
    }

    fn release(
        &mut self,
        _org: String,
        _key: String,
        _refusal: Option<String>,
    ) -> Result<(), wit::Error> {
        Ok(())
    }
}
