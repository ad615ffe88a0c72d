//! From a crate to a component, and on to a native image.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wit_component::ComponentEncoder;

use crate::command::run;
use crate::digest::Digest;
use crate::wasm_std::{TARGET, WasmStd};
use crate::{compose, metadata, settings};

/// A guest crate and what its component is called.
pub(crate) struct Guest {
    pub(crate) package: &'static str,
    pub(crate) library: &'static str,
    pub(crate) features: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

/// The product.
pub(crate) const SFBOX: Guest = Guest {
    package: "sfbox-guest",
    library: "sfbox_guest",
    features: "",
    name: "sfbox",
    description: "Salesforce for components: login, a session shared by the fleet, queries",
};

/// The product for hosts that have nothing newer than WASI 0.2.
pub(crate) const SFBOX_0_2: Guest = Guest {
    features: "wasi-0-2",
    name: "sfbox-wasi-0.2",
    ..SFBOX
};

/// The component that misbehaves, for the tests.
const HOSTILE: Guest = Guest {
    package: "hostile",
    library: "hostile",
    features: "",
    name: "hostile",
    description: "Misbehaves on request",
};

/// The example of a component that asks the product.
pub(crate) const CONSUMER: Guest = Guest {
    package: "consumer",
    library: "consumer",
    features: "",
    name: "consumer",
    description: "An example: asks sfbox, and answers over HTTP",
};

/// A component that stands between a caller and the product, for the tests.
const INTRUDER: Guest = Guest {
    package: "intruder",
    library: "intruder",
    features: "",
    name: "intruder",
    description: "Stands between a caller and sfbox, and means no good",
};

/// A secret store out of an environment variable.
const ENVIRONMENT: Guest = Guest {
    package: "sfbox-environment",
    library: "sfbox_environment",
    features: "",
    name: "sfbox-environment",
    description: "A secret store for sfbox out of the environment variable SFBOX_SECRETS",
};

/// A secret store over AWS Secrets Manager.
const SECRETS_MANAGER: Guest = Guest {
    package: "sfbox-secrets-manager",
    library: "sfbox_secrets_manager",
    features: "",
    name: "sfbox-secrets-manager",
    description: "A secret store for sfbox over AWS Secrets Manager",
};

/// A secret store over `wasmcloud:secrets`.
const WASMCLOUD_SECRETS: Guest = Guest {
    package: "sfbox-wasmcloud-secrets",
    library: "sfbox_wasmcloud_secrets",
    features: "",
    name: "sfbox-wasmcloud-secrets",
    description: "A secret store for sfbox over wasmcloud:secrets",
};

/// What the adapters export, and the product imports.
pub(crate) const SECRET_STORE: &str = "sfbox:client/secret-store@0.1.0";

/// What the product exports, and its users import.
pub(crate) const QUERY: &str = "sfbox:client/query@0.1.0";

/// The adapters, each with the name of the product that has it in it.
pub(crate) const ADAPTERS: [(Guest, &str); 3] = [
    (ENVIRONMENT, "sfbox-with-environment"),
    (SECRETS_MANAGER, "sfbox-with-secrets-manager"),
    (WASMCLOUD_SECRETS, "sfbox-with-wasmcloud-secrets"),
];

/// Every component that is for others.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let adapters = ADAPTERS.iter();
    let adapters = adapters.flat_map(|(adapter, composed)| [adapter.name, composed]);
    [SFBOX.name, SFBOX_0_2.name].into_iter().chain(adapters)
}

/// The guests' own target folder: with Debian's compiler it holds a standard
/// library as well, and nothing in it serves another build.
const BUILD: &str = "target/component-build";

/// Where components go, and where `host/build.rs` looks for one.
const COMPONENTS: &str = "target/component";

/// Builds the product, the adapters, and the product with an adapter in it:
/// `target/component/*.wasm`, and a native image of each that is run.
///
/// # Errors
///
/// When nothing compiles for WebAssembly, a guest does not compile, or an adapter
/// leaves its import open.
pub(crate) fn build_all() -> anyhow::Result<()> {
    let sfbox = build(&SFBOX)?;
    build(&SFBOX_0_2)?;
    for (adapter, name) in &ADAPTERS {
        let component = build(adapter)?;
        let composed = compose::satisfy(&sfbox, SECRET_STORE, &component)?;
        let composed = metadata::add(&composed, name, SFBOX.description)?;
        with_image(name, &composed)?;
    }
    build_example()
}

/// Builds the example, with the product and the adapter for development in it.
fn build_example() -> anyhow::Result<()> {
    let sfbox = read(&path("sfbox-with-environment", "wasm"))?;
    let composed = compose::satisfy(&artifact(&CONSUMER)?, QUERY, &sfbox)?;
    let composed = metadata::add(&composed, CONSUMER.name, CONSUMER.description)?;
    save(CONSUMER.name, "wasm", &composed)
}

/// Builds what only the tests run: a component in the product's place, and one in
/// front of it.
///
/// # Errors
///
/// As for [`build_all`].
pub(crate) fn build_for_tests() -> anyhow::Result<()> {
    build(&HOSTILE)?;
    let sfbox = read(&path(SFBOX.name, "wasm"))?;
    let intruder = artifact(&INTRUDER)?;
    let composed = compose::satisfy(&intruder, QUERY, &sfbox)?;
    with_image("intruder-with-sfbox", &composed)
}

/// Builds `target/component/NAME.wasm` and `NAME.cwasm`, and answers the
/// component.
///
/// # Errors
///
/// When nothing compiles for WebAssembly, or the guest does not compile.
pub(crate) fn build(guest: &Guest) -> anyhow::Result<Vec<u8>> {
    let component = artifact(guest)?;
    with_image(guest.name, &component)?;
    Ok(component)
}

/// The component of a guest, compiled.
///
/// # Errors
///
/// As for [`build`].
pub(crate) fn artifact(guest: &Guest) -> anyhow::Result<Vec<u8>> {
    let module = read(&compile(guest)?)?;
    let component = encode(&module).context("the module makes no component")?;
    metadata::add(&component, guest.name, guest.description)
}

/// The component of a guest, as it was saved.
///
/// # Errors
///
/// When it was not.
pub(crate) fn built(guest: &Guest) -> anyhow::Result<Vec<u8>> {
    read(&path(guest.name, "wasm"))
}

/// Saves a component and its native image, unless they are what they would be.
fn with_image(name: &str, component: &[u8]) -> anyhow::Result<()> {
    let image = path(name, "cwasm");
    let settings = include_bytes!("../../host/src/engine/settings.rs");
    let digest = Digest::new(&image, &[component, settings]);
    if digest.is_current() && path(name, "wasm").exists() && image.exists() {
        eprintln!("{} is up to date", image.display());
        return Ok(());
    }
    let native = precompile(component)
        .map_err(|error| anyhow::Error::from_boxed(error.into()))
        .context("the component makes no native image")?;
    save(name, "wasm", component)?;
    save(name, "cwasm", &native)?;
    digest.set()?;
    Ok(())
}

fn save(name: &str, extension: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = path(name, extension);
    fs::create_dir_all(COMPONENTS)?;
    fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    eprintln!("{} ({} KiB)", path.display(), bytes.len() / 1024);
    Ok(())
}

/// Where the component, or what is made of it, is.
pub(crate) fn path(name: &str, extension: &str) -> PathBuf {
    Path::new(COMPONENTS).join(format!("{name}.{extension}"))
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
        .args(["--features", guest.features])
        .args([
            "--profile",
            "component",
            "--target",
            TARGET,
            "--target-dir",
            BUILD,
        ])
        .args(wasm_std.arguments())
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", same_everywhere()?))?;
    let file = format!("{}.wasm", guest.library);
    Ok(Path::new(BUILD).join(TARGET).join("component").join(file))
}

/// The compiler's flags that leave this machine's folders out of the module: the
/// same sources make the same bytes in any folder. They stand for the user's own
/// flags, which would change the bytes, too.
fn same_everywhere() -> anyhow::Result<String> {
    let here = std::env::current_dir()?;
    let cargo_home = std::env::home_dir().map(|home| home.join(".cargo"));
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or(cargo_home);
    let folders = [(Some(here), "sfbox"), (cargo_home, "cargo")];
    let flags = folders.into_iter().filter_map(|(folder, name)| {
        Some(format!("--remap-path-prefix={}=/{name}", folder?.display()))
    });
    // What separates flags in this variable.
    Ok(flags.collect::<Vec<_>>().join("\x1f"))
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
