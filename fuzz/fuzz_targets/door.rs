//! Whether all that reaches an org by the door is in the bytes of a connection, as a second
//! reader finds it there.
//!
//! ```console
//! $ RUSTC_BOOTSTRAP=1 cargo fuzz run door --sanitizer none -- -dict=door.dict -max_len=4096
//! ```
//!
//! `corpus/door` holds seeds, and what covers more. A test of the gateway reads it, too:
//! `gateway/src/reading.rs`.
#![no_main]

use sfbox_gateway::reading::compare;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    _ = compare(bytes);
});
