//! `cargo xtask dist`: what a release has.

mod lambda;
mod materials;
mod oci;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::{catalog, contract};
use crate::command::{self, cargo, foreign, output};
use crate::{binary, component};

/// Where it all goes.
const DIST: &str = "target/dist";

/// The file with the checksums, as `sha256sum --check` reads it.
const CHECKSUMS: &str = "SHA256SUMS";

/// Builds all of it from nothing: the components, each as a file and as an OCI
/// image layout; the binary; the function for AWS Lambda; what all of them were made of
/// (CycloneDX); checksums.
///
/// # Errors
///
/// When something cannot be built, or is not reproducible without git.
pub(crate) fn run() -> anyhow::Result<()> {
    let dist = Path::new(DIST);
    if dist.exists() {
        fs::remove_dir_all(dist)?;
    }
    fs::create_dir_all(dist)?;
    let created = output(foreign("git").args(["log", "-1", "--format=%cI"]))
        .context("git does not say when the last commit was made")?;
    catalog::build_all()?;
    for name in catalog::names() {
        let bytes = fs::read(component::path(name, "wasm"))?;
        fs::write(dist.join(format!("{name}.wasm")), &bytes)?;
        oci::write(&dist.join(format!("{name}.oci")), &bytes, &created)?;
    }
    let contract = contract::package()?;
    fs::write(dist.join("sfbox-client.wit.wasm"), &contract)?;
    oci::write(&dist.join("sfbox-client.wit.oci"), &contract, &created)?;
    command::run(cargo().args(["build", "--release", "--package", "sfbox-cli"]))?;
    fs::copy(binary::path("release"), dist.join("sfbox"))?;
    lambda::write(&dist.join("sfbox-lambda.zip"))?;
    materials::write(dist)?;
    let sums = checksums(dist)?;
    fs::write(dist.join(CHECKSUMS), &sums)?;
    eprint!("{sums}");
    Ok(())
}

/// A line for every file below `folder`: its SHA-256, and its path from there.
fn checksums(folder: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut lines = String::new();
    for file in files {
        let sum = digest(&fs::read(&file)?);
        let path = file.strip_prefix(folder)?;
        lines.push_str(&format!("{sum}  {}\n", path.display()));
    }
    Ok(lines)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// SHA-256, in hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_as_sha256sum_prints_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/c"), "abc").unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(
            checksums(folder.path()).unwrap(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b/c\n"
        );
    }
}
