//! The engine's settings. `xtask` includes this file too: an image runs only on
//! an engine with the settings that it was compiled with.

use wasmtime::Config;

/// The address space that each memory reserves, in bytes. Small, since instances
/// are many and their memories mostly are, too: a memory that outgrows it moves.
const MEMORY_RESERVATION: u64 = 64 << 20;

/// What both the compiler and the host build their engine from.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        // A guest that computes without end must give its thread back.
        .epoch_interruption(true)
        .memory_reservation(MEMORY_RESERVATION)
        .memory_may_move(true)
        // Only names in a trap's message, and there the trap's own is enough.
        .wasm_backtrace_max_frames(None);
    config
}
