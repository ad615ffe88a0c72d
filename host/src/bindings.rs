//! What `wit/` says, as Rust: generated, private to the crate but for the types
//! that [`crate::client`] hands on.
#![expect(
    clippy::too_many_lines,
    reason = "generated code: the WIT files carry the documentation"
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "client",
    with: {
        "wasi:clocks": wasmtime_wasi::p3::bindings::clocks,
        "wasi:random": wasmtime_wasi::p3::bindings::random,
        "wasi:http": wasmtime_wasi_http::p3::bindings::http,
    },
});
