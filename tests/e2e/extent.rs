//! How much of the longest tests is run.

/// As much as before a release, or a tenth of it: `cargo xtask test --whole` sets
/// the variable.
pub(crate) fn of(whole: usize) -> usize {
    const TENTH: usize = 10;
    match std::env::var("SFBOX_TESTS").as_deref() {
        Ok("whole") => whole,
        _ => whole / TENTH,
    }
}
