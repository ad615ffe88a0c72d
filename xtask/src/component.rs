//! From a crate to a component.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command::run;
use crate::guest::Guest;
use crate::metadata;
use crate::wasm_std::{TARGET, WasmStd};

/// The guests' own target folder: with Debian's compiler it holds a standard
/// library as well, and nothing in it serves another build.
pub(crate) const BUILD: &str = "target/component-build";

/// The profile in `Cargo.toml`.
const PROFILE: &str = "component";

/// Where components go.
pub(crate) const COMPONENTS: &str = "target/component";

/// Builds `target/component/NAME.wasm`, and answers it.
///
/// # Errors
///
/// When nothing compiles for WebAssembly, or the guest does not compile.
pub(crate) fn build(guest: &Guest) -> anyhow::Result<Vec<u8>> {
    let component = artifact(guest)?;
    save(guest.name, &component)?;
    Ok(component)
}

/// The component of a guest, compiled.
///
/// # Errors
///
/// As for [`build`].
pub(crate) fn artifact(guest: &Guest) -> anyhow::Result<Vec<u8>> {
    artifact_of(Path::new(""), guest)
}

/// The same from the sources in this folder.
///
/// # Errors
///
/// As for [`build`].
pub(crate) fn artifact_of(sources: &Path, guest: &Guest) -> anyhow::Result<Vec<u8>> {
    let component = read(&compile(sources, guest)?)?;
    metadata::add(&component, guest.name, guest.description)
}

/// A component as it was saved.
///
/// # Errors
///
/// When it was not.
#[cfg(feature = "full")]
pub(crate) fn built(name: &str) -> anyhow::Result<Vec<u8>> {
    read(&path(name, "wasm"))
}

/// Saves a component as `target/component/NAME.wasm`.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn save(name: &str, component: &[u8]) -> anyhow::Result<()> {
    write(&path(name, "wasm"), component)
}

/// Writes a file and says how large it is, unless it has this content already:
/// what is built from it stays current.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|now| now == bytes) {
        eprintln!("{} is up to date", path.display());
        return Ok(());
    }
    fs::create_dir_all(COMPONENTS)?;
    // Another build may read it meanwhile, and sees it whole or not at all.
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}.new", std::process::id()));
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    eprintln!("{} ({} KiB)", path.display(), bytes.len() / 1024);
    Ok(())
}

/// Where the component, or what is built from it, is.
pub(crate) fn path(name: &str, extension: &str) -> PathBuf {
    Path::new(COMPONENTS).join(format!("{name}.{extension}"))
}

/// Compiles a guest. The linker makes the component: it wraps the module in what
/// wit-bindgen has noted in it.
fn compile(sources: &Path, guest: &Guest) -> anyhow::Result<PathBuf> {
    let wasm_std = WasmStd::find()?;
    let mut cargo = wasm_std.cargo()?;
    cargo
        .args(["rustc", "--package", guest.package, "--lib"])
        .args(["--crate-type", "cdylib", "--profile", PROFILE])
        .args(["--target", TARGET, "--target-dir", BUILD])
        .args(guest.features.iter().flat_map(|name| ["--features", name]))
        .args(wasm_std.arguments());
    same_everywhere(&mut cargo)?;
    if !sources.as_os_str().is_empty() {
        cargo.current_dir(sources);
    }
    if !guest.arguments.is_empty() {
        cargo.arg("--").args(guest.arguments);
    }
    run(&mut cargo)?;
    let file = format!("{}.wasm", guest.library);
    Ok(sources.join(BUILD).join(TARGET).join(PROFILE).join(file))
}

/// Leaves the folder of the dependencies' sources out of the component: the same
/// sources make the same bytes on any machine. The workspace's own folder is in
/// none, because cargo names its files relative to it. The flags stand for the
/// user's own, which would change the bytes, too.
fn same_everywhere(cargo: &mut std::process::Command) -> anyhow::Result<()> {
    let default = std::env::home_dir().map(|home| home.join(".cargo"));
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or(default).context("there is no CARGO_HOME")?;
    let flag = format!("--remap-path-prefix={}=/cargo", cargo_home.display());
    // The first of them takes the flag apart at blanks, the second does not.
    let (name, other) = if flag.contains(char::is_whitespace) {
        ("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS")
    } else {
        ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS")
    };
    cargo.env(name, flag).env_remove(other);
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
