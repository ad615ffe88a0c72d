//! Whether two judges of different construction decide alike on any request.
//!
//! ```console
//! $ RUSTC_BOOTSTRAP=1 cargo fuzz run policy --sanitizer none -- -dict=policy.dict -max_len=4096
//! ```
//!
//! `corpus/policy` holds seeds, and what once made a difference. A test of the
//! host reads it, too: `host/src/policy/tests/compare.rs`.
#![no_main]

/// The host's own source: the judges are not public.
#[path = "../../host/src"]
mod host {
    pub(crate) mod policy;
}

use host::policy::tests::specimen::Specimen;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(specimen) = Specimen::read(bytes) {
        specimen.compare();
    }
});
