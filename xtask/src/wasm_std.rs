//! A Rust standard library for `wasm32-unknown-unknown`, found or installed.
//!
//! rustup's is the ordinary one. Where rustup cannot download it, Debian's
//! packages hold a second compiler and the library's source, from which cargo
//! builds it (`-Zbuild-std`, which needs `RUSTC_BOOTSTRAP`); only the linker is
//! rustup's.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::apt;
use crate::command::{cargo, foreign, output, run};

/// Where the guest is compiled to.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What Debian calls the compiler, its cargo, and the library's source.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// What the Debian compiler needs to find its own standard library's source.
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// The oldest compiler that builds the workspace, of which this crate is one.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// Skips straight to Debian's packages: `SFBOX_WASM_STD=debian`.
const CHOICE: &str = "SFBOX_WASM_STD";

/// Who compiles for WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmStd {
    /// This toolchain, with the target installed.
    Rustup,
    /// Debian's compiler, which builds the library itself.
    Debian,
}

impl WasmStd {
    /// Finds one, or installs it.
    ///
    /// # Errors
    ///
    /// When neither way works; the error says what to install.
    pub(crate) fn find() -> anyhow::Result<Self> {
        match std::env::var(CHOICE).as_deref() {
            Ok("debian") => return debian(),
            Ok(other) if !other.is_empty() => bail!("{CHOICE}={other}: only `debian` is known"),
            _ => {}
        }
        if target_installed() {
            return Ok(Self::Rustup);
        }
        eprintln!("the target {TARGET} is not installed: asking rustup for it");
        if run(foreign("rustup").args(["target", "add", TARGET])).is_ok() && target_installed() {
            return Ok(Self::Rustup);
        }
        debian().with_context(|| {
            format!(
                "nothing here compiles for {TARGET}. Run `rustup target add {TARGET}`, or on Debian \
                 `apt-get install {}`",
                DEBIAN_PACKAGES.join(" ")
            )
        })
    }

    /// The command that builds, up to its arguments for the package.
    pub(crate) fn cargo(self) -> anyhow::Result<Command> {
        match self {
            Self::Rustup => Ok(cargo()),
            Self::Debian => {
                let mut path = OsString::from("/usr/bin:");
                path.push(std::env::var_os("PATH").unwrap_or_default());
                let mut cargo = foreign("/usr/bin/cargo");
                cargo
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("PATH", path)
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?);
                Ok(cargo)
            }
        }
    }

    /// The arguments that make the standard library, where it has to be made.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &[],
            Self::Debian => &["-Zbuild-std=std,panic_abort"],
        }
    }
}

fn target_installed() -> bool {
    let libdir = ["--print", "target-libdir", "--target", TARGET];
    output(Command::new("rustc").args(libdir)).is_some_and(|libdir| {
        std::fs::read_dir(libdir).is_ok_and(|mut files| files.next().is_some())
    })
}

fn debian() -> anyhow::Result<WasmStd> {
    if !debian_is_ready() {
        apt::install(&DEBIAN_PACKAGES)?;
        anyhow::ensure!(
            debian_is_ready(),
            "Debian's compiler for WebAssembly is older than Rust {RUST_VERSION}"
        );
    }
    Ok(WasmStd::Debian)
}

/// Whether Debian's compiler is there, with the library's source, and new enough.
fn debian_is_ready() -> bool {
    let version = output(Command::new("/usr/bin/rustc").arg("--version"));
    Path::new("/usr/bin/cargo").exists()
        && Path::new(DEBIAN_SOURCE).exists()
        && version.is_some_and(|version| is_new_enough(&version))
}

/// Whether `rustc --version` tells of a compiler that the workspace can be built
/// with.
fn is_new_enough(version: &str) -> bool {
    let numbers = |version: &str| -> Option<(u32, u32)> {
        let mut numbers = version.split(['.', '-']).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    let told = version.split_whitespace().nth(1).and_then(numbers);
    told.is_some_and(|told| Some(told) >= numbers(RUST_VERSION))
}

/// Debian's compiler comes without a linker for WebAssembly; rustup's has one.
fn linker() -> anyhow::Result<OsString> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))
        .context("rustup's rustc does not say where it is")?;
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]))
        .context("rustup's rustc does not say for what machine it is")?;
    let linker = Path::new(&sysroot)
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    anyhow::ensure!(
        linker.exists(),
        "rustup's toolchain has no {}",
        linker.display()
    );
    Ok(linker.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_is_as_new_as_the_workspace_asks_or_too_old() {
        let (major, minor) = RUST_VERSION.split_once('.').unwrap();
        let minor: u32 = minor.parse().unwrap();
        let told = |minor| format!("rustc {major}.{minor}.1 (abc 2026-01-01) (built from source)");
        assert!(is_new_enough(&told(minor)));
        assert!(is_new_enough(&told(minor + 1)));
        assert!(!is_new_enough(&told(minor - 1)));
        for nonsense in ["", "rustc", "rustc nightly", "command not found"] {
            assert!(!is_new_enough(nonsense), "{nonsense}");
        }
    }
}
