//! A host of WASI 0.3.

use std::future::poll_fn;

use futures::future::join_all;
use sfbox_emulator::Emulator;
use wasmtime::Store;
use wasmtime::component::{Accessor, HasData, Linker};

use crate::conversation::{Guest, Outcome, Page};
use crate::hosts::library::Embedded;
use crate::secret::{ORG, Secret};
use crate::world::{self, World};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "client",
        with: {
            "wasi:clocks": wasmtime_wasi::p3::bindings::clocks,
            "wasi:random": wasmtime_wasi::p3::bindings::random,
            "wasi:http": wasmtime_wasi_http::p3::bindings::http,
        },
    });
}

use bindings::exports::sfbox::client::{query, types};
use bindings::sfbox::client::secret_store as wit;

/// The component in its store.
pub(crate) struct Host {
    store: Store<World>,
    exports: bindings::Client,
    org: &'static str,
}

impl Host {
    /// That component in this world, with what else it imports.
    pub(crate) async fn run(
        name: &str,
        world: World,
        link: impl FnOnce(&mut Linker<World>),
    ) -> Self {
        let engine = world::engine();
        let component = world::component(&engine, name);
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p3::add_to_linker(&mut linker).unwrap();
        wasmtime_wasi_http::p3::add_to_linker(&mut linker).unwrap();
        link(&mut linker);
        let mut store = world::store(&engine, world);
        let exports = bindings::Client::instantiate_async(&mut store, &component, &linker)
            .await
            .unwrap();
        let org = ORG;
        Self {
            store,
            exports,
            org,
        }
    }

    /// The same, asked about another org.
    pub(crate) fn of(self, org: &'static str) -> Self {
        Self { org, ..self }
    }
}

impl Embedded for Host {
    type Secret = Secret;

    async fn start(emulator: &Emulator, secret: &Secret) -> Self {
        Self::run("sfbox", World::new(emulator, secret), |linker| {
            wit::add_to_linker::<_, Secrets>(linker, |world| world).unwrap();
        })
        .await
    }
}

impl Guest for Host {
    async fn query(&mut self, soql: &str, batch_size: Option<u16>) -> Outcome<Page> {
        let (exports, org) = (self.exports.sfbox_client_query(), self.org);
        let answer = self
            .store
            .run_concurrent(async |accessor| {
                let options = query_options(batch_size);
                let answer = exports
                    .call_query(
                        accessor,
                        org.to_owned(),
                        soql.to_owned(),
                        Vec::new(),
                        options,
                    )
                    .await;
                settled(accessor).await;
                answer
            })
            .await;
        answer.unwrap().unwrap().map(page).map_err(told)
    }

    async fn query_more(&mut self, next: &str) -> Outcome<Page> {
        let (exports, org) = (self.exports.sfbox_client_query(), self.org);
        let answer = self
            .store
            .run_concurrent(async |accessor| {
                let options = query_options(None);
                let answer = exports
                    .call_query_more(accessor, org.to_owned(), next.to_owned(), options)
                    .await;
                settled(accessor).await;
                answer
            })
            .await;
        answer.unwrap().unwrap().map(page).map_err(told)
    }

    async fn status(&mut self) -> Outcome<String> {
        let (exports, org) = (self.exports.sfbox_client_session(), self.org);
        let answer = self
            .store
            .run_concurrent(async |accessor| {
                let status = exports.call_status(accessor, org.to_owned(), options());
                status.await
            })
            .await;
        let status = answer.unwrap().unwrap();
        status.map(|status| format!("{status:?}")).map_err(told)
    }

    async fn together(&mut self, soql: &str, count: usize) -> Vec<Outcome<Page>> {
        let exports = self.exports.sfbox_client_query();
        let org = self.org;
        let answers = self
            .store
            .run_concurrent(async |accessor| {
                let calls = (0..count).map(async |_| {
                    let options = query_options(None);
                    exports
                        .call_query(
                            accessor,
                            org.to_owned(),
                            soql.to_owned(),
                            Vec::new(),
                            options,
                        )
                        .await
                });
                let answers = join_all(calls).await;
                settled(accessor).await;
                answers
            })
            .await;
        let answers = answers.unwrap().into_iter();
        answers
            .map(|answer| answer.unwrap().map(page).map_err(told))
            .collect()
    }
}

/// Ends when the component has nothing more to do: the answer comes before a new
/// token is stored.
async fn settled(accessor: &Accessor<World>) {
    poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
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

struct Secrets;

impl HasData for Secrets {
    type Data<'a> = &'a mut World;
}

impl wit::Host for &mut World {}

fn secret(accessor: &Accessor<World, Secrets>, org: &str) -> Result<Secret, wit::Error> {
    if org != ORG {
        return Err(wit::Error::Denied);
    }
    Ok(accessor.with(|mut access| access.get().secret.clone()))
}

impl wit::HostWithStore<World> for Secrets {
    async fn get(
        accessor: &Accessor<World, Self>,
        org: String,
    ) -> Result<wit::Document, wit::Error> {
        let (version, members) = secret(accessor, &org)?.get();
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

    async fn replace(
        accessor: &Accessor<World, Self>,
        org: String,
        version: String,
        changes: Vec<(String, Option<String>)>,
    ) -> Result<String, wit::Error> {
        let replaced = secret(accessor, &org)?.replace(&version, changes);
        replaced.ok_or(wit::Error::Conflict)
    }

    async fn claim(
        _accessor: &Accessor<World, Self>,
        _org: String,
        _key: String,
    ) -> Result<wit::Claimed, wit::Error> {
        Ok(wit::Claimed::Unsupported)
    }

    async fn release(
        _accessor: &Accessor<World, Self>,
        _org: String,
        _key: String,
        _refusal: Option<String>,
    ) -> Result<(), wit::Error> {
        Ok(())
    }
}
