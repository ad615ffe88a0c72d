//! The engine's settings. `xtask` includes this file too: an image runs only on
//! an engine with the settings that it was compiled with.

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
