//! Every component that is built here: for others, for the tests, and composed
//! from two.

use std::path::Path;

use super::compose;
use crate::component::{artifact, build, built, save};
use crate::guest::{Guest, QUICKLY, SFBOX};
use crate::{image, metadata};

/// The product for hosts that have nothing newer than WASI 0.2.
pub(crate) const SFBOX_0_2: Guest = Guest {
    features: Some("wasi-0-2"),
    name: "sfbox-wasi-0.2",
    ..SFBOX
};

/// The component that misbehaves, for the tests.
pub(crate) const HOSTILE: Guest = Guest {
    package: "hostile",
    library: "hostile",
    features: None,
    name: "hostile",
    description: "Misbehaves on request",
    arguments: QUICKLY,
};

/// The example of a component that asks the product.
pub(crate) const CONSUMER: Guest = Guest {
    package: "consumer",
    library: "consumer",
    features: None,
    name: "consumer",
    description: "An example: asks sfbox, and answers over HTTP",
    arguments: QUICKLY,
};

/// A component that stands between a caller and the product, for the tests.
pub(crate) const INTRUDER: Guest = Guest {
    package: "intruder",
    library: "intruder",
    features: None,
    name: "intruder",
    description: "Stands between a caller and sfbox, and means no good",
    arguments: QUICKLY,
};

/// Calls the product for clients that speak HTTP, for the tests.
pub(crate) const GATEWAY: Guest = Guest {
    package: "gateway",
    library: "gateway",
    features: None,
    name: "gateway",
    description: "Calls sfbox for clients that speak HTTP",
    arguments: QUICKLY,
};

/// Leads a component's requests to the emulator.
pub(crate) const DETOUR: Guest = Guest {
    package: "sfbox-detour",
    library: "sfbox_detour",
    features: None,
    name: "sfbox-detour",
    description: "Leads the requests of a component for Salesforce to `sfbox emulate`",
    arguments: &[],
};

/// The same for components of WASI 0.2.
pub(crate) const DETOUR_0_2: Guest = Guest {
    features: Some("wasi-0-2"),
    name: "sfbox-detour-wasi-0.2",
    ..DETOUR
};

/// A secret store that reads an environment variable.
const ENVIRONMENT: Guest = Guest {
    package: "sfbox-environment",
    library: "sfbox_environment",
    features: None,
    name: "sfbox-environment",
    description: "A secret store for sfbox out of the environment variable SFBOX_SECRETS",
    arguments: &[],
};

/// A secret store over AWS Secrets Manager.
const SECRETS_MANAGER: Guest = Guest {
    package: "sfbox-secrets-manager",
    library: "sfbox_secrets_manager",
    features: None,
    name: "sfbox-secrets-manager",
    description: "A secret store for sfbox over AWS Secrets Manager",
    arguments: &[],
};

/// A secret store over `wasmcloud:secrets`.
const WASMCLOUD_SECRETS: Guest = Guest {
    package: "sfbox-wasmcloud-secrets",
    library: "sfbox_wasmcloud_secrets",
    features: None,
    name: "sfbox-wasmcloud-secrets",
    description: "A secret store for sfbox over wasmcloud:secrets",
    arguments: &[],
};

/// The adapters, each with the name of the product that has it in it.
pub(crate) const ADAPTERS: [(Guest, &str); 3] = [
    (ENVIRONMENT, "sfbox-with-environment"),
    (SECRETS_MANAGER, "sfbox-with-secrets-manager"),
    (WASMCLOUD_SECRETS, "sfbox-with-wasmcloud-secrets"),
];

/// The interface that the adapters export, and the product imports.
pub(crate) const SECRET_STORE: &str = "secret-store";

/// What the product exports, and its users import, in part or whole.
///
/// # Errors
///
/// When the contract cannot be read.
pub(crate) fn exports() -> anyhow::Result<Vec<String>> {
    exports_of(Path::new("wit"))
}

/// The same of the contract in this folder.
///
/// # Errors
///
/// As for [`exports`].
pub(crate) fn exports_of(folder: &Path) -> anyhow::Result<Vec<String>> {
    let interfaces = contract::read(folder)?.into_iter();
    let exported = interfaces.filter(|interface| interface.is_exported);
    Ok(exported.map(|interface| interface.id).collect())
}

/// The composed component that the tests run in hosts with a compiler of their own
/// and in ours.
const WITH_ENVIRONMENT: &str = "sfbox-with-environment";

/// Every component that is for others.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let adapters = ADAPTERS.iter();
    let adapters = adapters.flat_map(|(adapter, composed)| [adapter.name, composed]);
    let detours = [DETOUR.name, DETOUR_0_2.name];
    let sfbox = [SFBOX.name, SFBOX_0_2.name].into_iter();
    sfbox.chain(adapters).chain(detours)
}

/// Builds the product with its native image, the adapters, the product with an
/// adapter in it, the detours to the emulator, and the example: `target/component/*`.
///
/// # Errors
///
/// When nothing compiles for WebAssembly, a guest does not compile, or an adapter
/// leaves its import open.
pub(crate) fn build_all() -> anyhow::Result<()> {
    let sfbox = build(&SFBOX)?;
    image::write(SFBOX.name, &sfbox)?;
    build(&SFBOX_0_2)?;
    let store = contract::id(SECRET_STORE)?;
    for (adapter, name) in &ADAPTERS {
        let component = build(adapter)?;
        let composed = compose::satisfy(&sfbox, &[&store], &component)?;
        save(name, &metadata::add(&composed, name, SFBOX.description)?)?;
    }
    for detour in [&DETOUR, &DETOUR_0_2] {
        build(detour)?;
    }
    build_example()
}

/// Builds the example, with the product and the adapter for development in it.
fn build_example() -> anyhow::Result<()> {
    let sfbox = built(WITH_ENVIRONMENT)?;
    let composed = compose::satisfy(&artifact(&CONSUMER)?, &exports()?, &sfbox)?;
    let composed = metadata::add(&composed, CONSUMER.name, CONSUMER.description)?;
    save(CONSUMER.name, &composed)
}

/// Builds what only the tests run: a component in the product's place, one in
/// front of it, and native images.
///
/// # Errors
///
/// As for [`build_all`].
pub(crate) fn build_for_tests() -> anyhow::Result<()> {
    let hostile = build(&HOSTILE)?;
    image::write_for_tests(HOSTILE.name, &hostile)?;
    // As a component is that is older than the host, and one that is somebody else's.
    let [types, query] = [contract::id("types")?, contract::id("query")?];
    image::write_for_tests("only-query", &compose::only(&hostile, &[&types, &query])?)?;
    image::write_for_tests("only-types", &compose::only(&hostile, &[&types])?)?;
    let sfbox = built(SFBOX.name)?;
    // Ours, as it was before bodies could flow.
    let streams = contract::id("rest-streams")?;
    let mut others = exports()?;
    others.retain(|interface| *interface != streams);
    image::write_for_tests("without-streams", &compose::only(&sfbox, &others)?)?;
    let intruder = artifact(&INTRUDER)?;
    let composed = compose::satisfy(&intruder, &exports()?, &sfbox)?;
    image::write_for_tests("intruder-with-sfbox", &composed)?;
    let composed = ADAPTERS.iter().map(|(_, composed)| *composed);
    for name in composed.chain([SFBOX_0_2.name, SECRETS_MANAGER.name]) {
        image::write_for_tests(name, &built(name)?)?;
    }
    Ok(())
}
