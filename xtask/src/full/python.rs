//! The Python environment of the tests: the independent servers and clients
//! that they drive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::apt;
use crate::command::{foreign, run};
use crate::digest::Digest;

/// Where it is; the tests look there.
const ENVIRONMENT: &str = "target/python";

/// What is in it, each at a fixed version.
const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// Programs that come as packages, and are wanted without what those depend on: for
/// builds that are not made here, `cargo-lambda` brings a C compiler of 400 MB along.
const PROGRAMS: &str = "tests/python/programs.txt";

/// Makes the environment, unless it is there.
///
/// # Errors
///
/// When Python cannot make one, or a package cannot be had.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let requirements = fs::read(REQUIREMENTS).context(REQUIREMENTS)?;
    let programs = fs::read(PROGRAMS).context(PROGRAMS)?;
    let inputs: [&[u8]; 2] = [&requirements, &programs];
    let digest = Digest::new(Path::new("target/python/environment"), &inputs);
    if digest.is_current() {
        return Ok(());
    }
    environment(Path::new(ENVIRONMENT))?;
    let pip = Path::new(ENVIRONMENT).join("bin/pip");
    for wanted in [
        &["--requirement", REQUIREMENTS][..],
        &["--no-deps", "--requirement", PROGRAMS],
    ] {
        let install = ["install", "--quiet", "--disable-pip-version-check"];
        run(foreign(&pip).args(install).args(wanted))?;
    }
    Ok(digest.set()?)
}

/// An empty environment in `folder`. Where Python lacks its `venv` module, Debian's
/// package with it is installed.
///
/// # Errors
///
/// When there is no Python 3, or the module cannot be had.
pub(crate) fn environment(folder: &Path) -> anyhow::Result<()> {
    // `ensurepip` is what Debian's Python lacks without the package.
    let has_venv = foreign("python3")
        .args(["-c", "import ensurepip, venv"])
        .output();
    let has_venv = has_venv.is_ok_and(|output| output.status.success());
    if !has_venv {
        apt::install(&["python3-venv"])
            .context("Python 3 with its `venv` module is needed; on Debian: python3-venv")?;
    }
    run(foreign("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder))
}

/// The environment's own Python, from anywhere.
///
/// # Errors
///
/// When the current directory is gone.
pub(crate) fn interpreter() -> std::io::Result<PathBuf> {
    Ok(std::path::absolute(ENVIRONMENT)?.join("bin/python"))
}
