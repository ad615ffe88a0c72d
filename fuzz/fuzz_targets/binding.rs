//! Whether an org reads a bound value as what it was, and nothing else of the statement.
//!
//! ```console
//! $ RUSTC_BOOTSTRAP=1 cargo fuzz run binding --sanitizer none -- -dict=binding.dict
//! ```
//!
//! `corpus/binding` holds what covers most. A test reads it, too: `tests/binding`.
#![no_main]

use binding::compare;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| compare(bytes));
