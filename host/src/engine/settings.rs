//! The engine's settings. `xtask` includes this file too: an image runs only on
//! an engine with the settings that it was compiled with.
//!
//! It is the one file that other crates include. `xtask` cannot take it from the host
//! as a library: it would have to build the host to compile what the host embeds. And a
//! crate of its own would be a public one between the library and its embedders, for
//! one function.

use wasmtime::Config;

/// What both the compiler and the host build their engine from.
///
/// Each memory reserves 4 GiB of addresses, as is the default, so that no access
/// needs a check of its own; they cost nothing until they are used.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        // A guest that computes without end must give its thread back.
        .epoch_interruption(true)
        // Only names in a trap's message, and there the trap's own is enough.
        .wasm_backtrace_max_frames(None);
    config
}
