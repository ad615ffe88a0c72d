//! The function for AWS Lambda: its bootstrap, in the archive that Lambda wants.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use object::Endianness;
use object::elf::FileHeader64;
use object::read::StringTable;
use object::read::elf::{FileHeader as _, SectionHeader as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::binary;
use crate::command::{cargo, run};

/// The newest glibc that Amazon Linux 2023 has, and `provided.al2023` with it.
///
/// Source: Amazon Linux 2023 User Guide, "Comparing AL2 and AL2023", glibc.
const GLIBC_MAX: Version = (2, 34);

/// What Lambda starts. Source: AWS Lambda Developer Guide, "Building a custom runtime
/// for AWS Lambda".
const BOOTSTRAP: &str = "bootstrap";

/// Anybody may run it.
const EXECUTABLE: u32 = 0o755;

/// The longest archive that is uploaded in one piece, in bytes: 50 MB. Source: AWS
/// Lambda Developer Guide, "Lambda quotas".
const ARCHIVE_BYTES_MAX: usize = 50 << 20;

/// Major and minor.
type Version = (u32, u32);

/// Builds the function and writes its archive to `to`.
///
/// # Errors
///
/// When it cannot be built, or Lambda could not run it.
pub(super) fn write(to: &Path) -> anyhow::Result<()> {
    run(cargo().args(["build", "--release", "--package", "sfbox-lambda"]))?;
    let bootstrap = fs::read(binary::built().join("release").join(BOOTSTRAP))?;
    if let Some(glibc) = newest_glibc(&bootstrap)? {
        ensure!(
            glibc <= GLIBC_MAX,
            "the bootstrap needs glibc {}.{}, and Lambda has {}.{}: build it on an older system",
            glibc.0,
            glibc.1,
            GLIBC_MAX.0,
            GLIBC_MAX.1
        );
    }
    let archive = archive(&bootstrap)?;
    ensure!(
        archive.len() <= ARCHIVE_BYTES_MAX,
        "the archive has {} bytes, and Lambda takes {ARCHIVE_BYTES_MAX}",
        archive.len()
    );
    fs::write(to, archive).with_context(|| format!("{} cannot be written", to.display()))
}

/// The archive with a bootstrap: the same bytes whenever it is made, since its file is
/// as old as zip can say.
fn archive(bootstrap: &[u8]) -> anyhow::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(EXECUTABLE);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(BOOTSTRAP, options)?;
    archive.write_all(bootstrap)?;
    Ok(archive.finish()?.into_inner())
}

/// The newest version of glibc whose symbols a program needs; `None` if it needs none.
fn newest_glibc(program: &[u8]) -> anyhow::Result<Option<Version>> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, program)?;
    let Some((mut libraries, names)) = sections.gnu_verneed(endian, program)? else {
        return Ok(None);
    };
    let names: StringTable<'_> = sections
        .section(names)?
        .strings(endian, program)?
        .unwrap_or_default();
    let mut newest = None;
    while let Some((_, mut versions)) = libraries.next()? {
        while let Some(version) = versions.next()? {
            newest = newest.max(glibc(version.name(endian, names)?));
        }
    }
    Ok(newest)
}

/// What a symbol version such as `GLIBC_2.34` says.
fn glibc(version: &[u8]) -> Option<Version> {
    let version = std::str::from_utf8(version).ok()?.strip_prefix("GLIBC_")?;
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_archive_is_the_same_bytes_every_time_and_has_a_program_in_it() {
        let first = archive(b"program").unwrap();
        assert_eq!(archive(b"program").unwrap(), first);
        let mut archive = zip::ZipArchive::new(Cursor::new(first)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_name(BOOTSTRAP).unwrap();
        assert_eq!(file.unix_mode().unwrap() & 0o777, EXECUTABLE);
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "program");
    }

    #[test]
    fn a_program_tells_what_glibc_it_needs() {
        let itself = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(newest_glibc(&itself).unwrap().unwrap() >= (2, 2));
        assert!(newest_glibc(b"#!/bin/sh\n").is_err());
    }

    #[test]
    fn versions_are_numbers() {
        for (name, version) in [
            ("GLIBC_2.34", Some((2, 34))),
            ("GLIBC_2.2.5", Some((2, 2))),
            ("GLIBC_PRIVATE", None),
            ("GCC_3.0", None),
        ] {
            assert_eq!(glibc(name.as_bytes()), version, "{name}");
        }
        assert!(glibc(b"GLIBC_2.9") < glibc(b"GLIBC_2.34"));
    }
}
