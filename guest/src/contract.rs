//! The contract as Rust, generated from `wit/`, or from `wit-0.2/` with the feature
//! `wasi-0-2`. The interfaces of both have the same names here.
//!
//! It compiles on every target. Its imports work only in a component, so only
//! `component` calls them. Families of functions take and answer its records.
#![allow(
    unsafe_code,
    reason = "generated code: the WIT files carry the documentation"
)]

#[cfg(not(feature = "wasi-0-2"))]
pub(crate) mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "client",
        generate_all,
        default_bindings_module: "crate::contract::bindings",
        additional_derives: [PartialEq],
    });

    pub(crate) use exports::sfbox::client as exported;
    pub(crate) use sfbox::client as imported;
}

#[cfg(feature = "wasi-0-2")]
pub(crate) mod bindings {
    wit_bindgen::generate!({
        path: "../wit-0.2",
        world: "client",
        generate_all,
        default_bindings_module: "crate::contract::bindings",
        additional_derives: [PartialEq],
        // It holds a resource, which has no equality.
        additional_derives_ignore: ["stream-error"],
    });

    pub(crate) use exports::sfbox::client_sync as exported;
    pub(crate) use sfbox::client_sync as imported;
}

pub(crate) use bindings::exported::{
    collections, composite, org, query, rest, search, session, sobjects, types,
};
#[cfg(not(feature = "wasi-0-2"))]
pub(crate) use bindings::exported::{query_stream, rest_streams};
pub(crate) use bindings::imported::secret_store;
pub(crate) use bindings::{export, wasi};
#[cfg(not(feature = "wasi-0-2"))]
pub(crate) use bindings::{wit_future, wit_stream};

/// What a caller who sets nothing gets.
impl Default for types::Options {
    fn default() -> Self {
        Self {
            timeout_ms: None,
            api_version: None,
        }
    }
}

/// What a caller who sets nothing gets.
impl Default for query::QueryOptions {
    fn default() -> Self {
        Self {
            call: types::Options::default(),
            rows: query::Rows::Live,
            batch_size: None,
            tooling: false,
            composite: true,
            complete_children: true,
        }
    }
}
