//! From a crate to a component, and on to a native image.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wit_component::ComponentEncoder;

use crate::command::run;
use crate::digest::Digest;
use crate::settings;
use crate::wasm_std::{TARGET, WasmStd};

/// A guest crate and what its component is called.
pub(crate) struct Guest {
    package: &'static str,
    library: &'static str,
    name: &'static str,
}

/// The product.
pub(crate) const SFBOX: Guest = Guest {
    package: "sfbox-guest",
    library: "sfbox_guest",
    name: "sfbox",
};

/// The component that misbehaves, for the tests.
pub(crate) const HOSTILE: Guest = Guest {
    package: "hostile",
    library: "hostile",
    name: "hostile",
};

/// The guests' own target folder: with Debian's compiler it holds a standard
/// library as well, and nothing in it serves another build.
const BUILD: &str = "target/component-build";

/// Where components go, and where `host/build.rs` looks for one.
const COMPONENTS: &str = "target/component";

/// Builds `target/component/NAME.wasm` and `NAME.cwasm`.
///
/// # Errors
///
/// When nothing compiles for WebAssembly, or the guest does not compile.
pub(crate) fn build(guest: &Guest) -> anyhow::Result<()> {
    let module = compile(guest)?;
    fs::create_dir_all(COMPONENTS)?;
    let module_bytes = read(&module)?;
    let wasm = Path::new(COMPONENTS)
        .join(guest.name)
        .with_extension("wasm");
    let image = wasm.with_extension("cwasm");
    let digest = Digest::new(
        &wasm,
        &[
            &module_bytes,
            include_bytes!("../../host/src/engine/settings.rs"),
        ],
    );
    if digest.is_current() && wasm.exists() && image.exists() {
        eprintln!("{} is up to date", image.display());
        return Ok(());
    }
    let component = encode(&module_bytes).context("the module makes no component")?;
    let native = precompile(&component)
        .map_err(|error| anyhow::Error::from_boxed(error.into()))
        .context("the component makes no native image")?;
    fs::write(&wasm, &component)?;
    fs::write(&image, &native)?;
    digest.set()?;
    for (what, path, bytes) in [
        ("component", &wasm, component.len()),
        ("native image", &image, native.len()),
    ] {
        eprintln!("{what}: {} ({} KiB)", path.display(), bytes / 1024);
    }
    Ok(())
}

fn compile(guest: &Guest) -> anyhow::Result<PathBuf> {
    let wasm_std = WasmStd::find()?;
    run(wasm_std
        .cargo()?
        .args([
            "rustc",
            "--package",
            guest.package,
            "--lib",
            "--crate-type",
            "cdylib",
        ])
        .args([
            "--profile",
            "component",
            "--target",
            TARGET,
            "--target-dir",
            BUILD,
        ])
        .args(wasm_std.arguments()))?;
    let file = format!("{}.wasm", guest.library);
    Ok(Path::new(BUILD).join(TARGET).join("component").join(file))
}

fn encode(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    ComponentEncoder::default()
        .module(module)?
        .validate(true)
        .encode()
}

fn precompile(component: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let mut config = settings::config();
    config.target(&baseline())?;
    wasmtime::Engine::new(&config)?.precompile_component(component)
}

/// The triple that the image is compiled for. Named, even if it is this
/// machine's, it means the architecture's baseline: the image must run on every
/// machine of the kind.
fn baseline() -> String {
    format!(
        "{}-unknown-{}-gnu",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
