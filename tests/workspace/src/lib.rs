//! What every test may ask of the workspace: where it is, the Python that it
//! installs, how much of the longest tests to run, and what its pages tell the reader
//! to type.

pub mod console;
pub mod extent;

use std::path::{Path, PathBuf};

/// The workspace's folder.
///
/// # Panics
///
/// If these sources lie in no workspace.
#[must_use]
pub fn root() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let workspace = folders.find(|folder| folder.join("Cargo.lock").exists());
    workspace.expect("a workspace").to_owned()
}

/// The Python that `cargo xtask test` installs, with the packages of the tests.
///
/// # Panics
///
/// If it is missing.
#[must_use]
pub fn python() -> PathBuf {
    let python = root().join("target/python/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run `cargo xtask test`",
        python.display()
    );
    python
}
