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

/// Where the second judge finds the first.
#[path = "../../host/src/policy"]
mod compared {
    pub(crate) use crate::host::policy::*;

    pub(crate) mod tests {
        mod second;
        pub(crate) mod specimen;
    }
}

use compared::tests::specimen::Specimen;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(specimen) = Specimen::read(bytes) {
        specimen.compare();
    }
});
