//! What `wit/` says, as Rust: generated, private to the crate but for the types
//! that the calls and the errors hand on.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "client",
    with: {
        "wasi:clocks": wasmtime_wasi::p3::bindings::clocks,
        "wasi:random": wasmtime_wasi::p3::bindings::random,
        "wasi:http": wasmtime_wasi_http::p3::bindings::http,
    },
});
