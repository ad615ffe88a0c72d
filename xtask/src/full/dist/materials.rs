//! Bills of materials: what the artifacts are made of, in CycloneDX's JSON.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::collect;
use crate::command::{cargo, output, run};

/// The version of cargo-cyclonedx that is installed where there is none.
const CARGO_CYCLONEDX: &str = "0.5.9";

/// What it writes, beside the manifest of every crate.
const WRITTEN: &str = "bill-of-materials";

/// The crates whose bills a release has, and what these are called there.
const BILLS: [(&str, &str); 3] = [
    ("guest", "sfbox.wasm.cdx.json"),
    ("cli", "sfbox.cdx.json"),
    ("lambda", "sfbox-lambda.cdx.json"),
];

/// Writes the bills into `dist`.
///
/// # Errors
///
/// When cargo-cyclonedx cannot be had, or writes nothing.
pub(super) fn write(dist: &Path) -> anyhow::Result<()> {
    if output(cargo().args(["cyclonedx", "--version"])).is_none() {
        let install = ["install", "cargo-cyclonedx", "--locked", "--version"];
        run(cargo().args(install).arg(CARGO_CYCLONEDX))?;
    }
    run(cargo().args([
        "cyclonedx",
        "--format",
        "json",
        "--override-filename",
        WRITTEN,
    ]))?;
    let here = std::env::current_dir()?;
    for (package, name) in BILLS {
        let bill = written(Path::new(package));
        let text = fs::read_to_string(&bill)
            .with_context(|| format!("{} was not written", bill.display()))?;
        fs::write(dist.join(name), anywhere(&text, &here))?;
    }
    for member in members()? {
        let bill = written(&member);
        if bill.exists() {
            fs::remove_file(bill)?;
        }
    }
    Ok(())
}

fn written(package: &Path) -> PathBuf {
    package.join(format!("{WRITTEN}.json"))
}

/// The bill without the folder of the machine that wrote it, which names our own
/// crates.
fn anywhere(bill: &str, here: &Path) -> String {
    bill.replace(&format!("file://{}", here.display()), "file:///sfbox")
}

/// The folders of all crates.
fn members() -> anyhow::Result<Vec<PathBuf>> {
    let mut members = Vec::new();
    for entry in fs::read_dir(".")? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
            let mut files = Vec::new();
            collect(&path, &mut files)?;
            let manifests = files.iter().filter(|file| file.ends_with("Cargo.toml"));
            members.extend(
                manifests
                    .filter_map(|file| file.parent())
                    .map(Path::to_owned),
            );
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_does_not_tell_where_it_was_written() {
        let bill = r#"{"bom-ref": "path+file:///home/me/sfbox/host#sfbox@0.1.0"}"#;
        assert_eq!(
            anywhere(bill, Path::new("/home/me/sfbox")),
            r#"{"bom-ref": "path+file:///sfbox/host#sfbox@0.1.0"}"#
        );
    }
}
