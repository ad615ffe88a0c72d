//! How much of the longest tests is run.

/// As much as before a release, or a tenth of it.
#[must_use]
pub fn of(whole: usize) -> usize {
    const TENTH: usize = 10;
    if is_whole() { whole } else { whole / TENTH }
}

/// Whether this is before a release: `cargo xtask test --whole` sets the variable.
#[must_use]
pub fn is_whole() -> bool {
    std::env::var("SFBOX_TESTS").is_ok_and(|extent| extent == "whole")
}
