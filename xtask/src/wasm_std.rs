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
    if !(Path::new("/usr/bin/cargo").exists() && Path::new(DEBIAN_SOURCE).exists()) {
        apt::install(&DEBIAN_PACKAGES)?;
    }
    Ok(WasmStd::Debian)
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
