//! The Python environment of the tests: the independent servers and clients
//! that they drive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command::{foreign, run};
use crate::digest::Digest;

/// Where it is; the tests look there.
const ENVIRONMENT: &str = "target/python";

/// What is in it, each at a fixed version.
const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// Makes the environment, unless it is there.
///
/// # Errors
///
/// When Python cannot make one, or a package cannot be had.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let requirements = fs::read(REQUIREMENTS).context(REQUIREMENTS)?;
    let digest = Digest::new(Path::new("target/python/environment"), &[&requirements]);
    if digest.is_current() {
        return Ok(());
    }
    run(foreign("python3").args(["-m", "venv", "--clear", ENVIRONMENT]))
        .context("Python 3 with its `venv` module is needed; on Debian: python3-venv")?;
    let pip = Path::new(ENVIRONMENT).join("bin/pip");
    run(foreign(pip).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
        REQUIREMENTS,
    ]))?;
    Ok(digest.set()?)
}

/// The environment's own Python, from anywhere.
///
/// # Errors
///
/// When the current directory is gone.
pub(crate) fn interpreter() -> std::io::Result<PathBuf> {
    Ok(std::path::absolute(ENVIRONMENT)?.join("bin/python"))
}
