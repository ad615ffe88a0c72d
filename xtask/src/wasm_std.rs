//! A Rust standard library for `wasm32-unknown-unknown`, found or installed.
//!
//! rustup's is the ordinary one. Where rustup cannot download it, Debian's
//! packages hold a second compiler and the library's source, from which cargo
//! builds it (`-Zbuild-std`, which needs `RUSTC_BOOTSTRAP`). The linker is
//! rustup's in both cases: it makes a component of the module.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::apt;
use crate::command::{cargo, foreign, host_tuple, output, run};

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
        let mut rustup = foreign("rustup");
        rustup.args(["target", "add", TARGET]);
        // For the toolchain that compiles, which can be another one than this folder's.
        if let Some(toolchain) = std::env::var_os("RUSTUP_TOOLCHAIN") {
            rustup.env("RUSTUP_TOOLCHAIN", toolchain);
        }
        if run(&mut rustup).is_ok() && target_installed() {
            return Ok(Self::Rustup);
        }
        debian().with_context(|| {
            format!(
                "no compiler for {TARGET} is installed. Run `rustup target add {TARGET}`, or on \
                 Debian `apt-get install {}`",
                DEBIAN_PACKAGES.join(" ")
            )
        })
    }

    /// The command that builds, up to its arguments for the package.
    ///
    /// # Errors
    ///
    /// When rustup's toolchain has no linker for components.
    pub(crate) fn cargo(self) -> anyhow::Result<Command> {
        let tools = rustup_tools()?;
        let linker = tools.join("wasm-component-ld");
        anyhow::ensure!(
            linker.exists(),
            "the Rust toolchain has no {}: install Rust {RUST_VERSION} or newer with rustup",
            linker.display()
        );
        let mut command = match self {
            Self::Rustup => cargo(),
            Self::Debian => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let folders = std::env::split_paths(&path);
                // The linker looks for `wasm-ld` there, and rustup's compiler for both.
                let folders = [PathBuf::from("/usr/bin")].into_iter().chain(folders);
                let folders = folders.chain([tools.join("gcc-ld")]);
                let mut cargo = foreign("/usr/bin/cargo");
                cargo.env("RUSTC_BOOTSTRAP", "1");
                cargo.env("PATH", std::env::join_paths(folders)?);
                cargo
            }
        };
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        Ok(command)
    }

    /// The arguments that make the standard library, where it has to be made.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &[],
            // Without the library's own default features: they print backtraces, which
            // WebAssembly has none of.
            Self::Debian => &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="],
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

/// Where rustup's toolchain has its linkers: among them the one that makes a
/// component, which Debian's lacks.
fn rustup_tools() -> anyhow::Result<PathBuf> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))
        .context("`rustc --print sysroot` does not say where the toolchain is")?;
    let tools = Path::new(&sysroot).join("lib/rustlib").join(host_tuple()?);
    Ok(tools.join("bin"))
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
