//! `cargo xtask static`: the binary for a container that has nothing else in it.

use std::fs;
use std::path::Path;

use anyhow::ensure;
use object::Endianness;
use object::elf::{FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

use crate::command::{cargo, host_tuple, run};
use crate::{binary, image};

/// Where it goes; `Containerfile` takes it from there.
const FOLDER: &str = "target/static";

/// Builds it.
///
/// glibc is linked in, too: since 2.34 its part that asks DNS servers is in the
/// library itself and needs no file beside the binary.
///
/// # Errors
///
/// When something cannot be built, or the binary asks for a dynamic linker.
pub(crate) fn build() -> anyhow::Result<()> {
    image::build(None)?;
    let host = host_tuple()?;
    // With a target of its own, so that build scripts and macros stay dynamic, as
    // they must.
    run(cargo()
        .args([
            "build",
            "--release",
            "--package",
            "sfbox-cli",
            "--target",
            &host,
        ])
        .env("RUSTFLAGS", "-C target-feature=+crt-static"))?;
    let mut built = binary::built();
    // The tool is there as well where cargo was told a target for everything.
    if !built.ends_with(&host) {
        built.push(host);
    }
    let binary = built.join("release/sfbox");
    ensure!(
        !asks_for_a_linker(&fs::read(&binary)?)?,
        "the binary is not static: it asks for a dynamic linker"
    );
    fs::create_dir_all(FOLDER)?;
    let bytes = fs::copy(&binary, Path::new(FOLDER).join("sfbox"))?;
    eprintln!("{FOLDER}/sfbox ({} KiB)", bytes / 1024);
    Ok(())
}

/// Whether the system has to load something before the program can start.
fn asks_for_a_linker(binary: &[u8]) -> anyhow::Result<bool> {
    let header = FileHeader64::<Endianness>::parse(binary)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, binary)?;
    Ok(segments
        .iter()
        .any(|segment| segment.p_type(endian) == PT_INTERP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_program_asks_for_a_linker() {
        let itself = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(asks_for_a_linker(&itself).unwrap());
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert!(asks_for_a_linker(b"#!/bin/sh\n").is_err());
        assert!(asks_for_a_linker(b"\x7fELF").is_err());
    }
}
