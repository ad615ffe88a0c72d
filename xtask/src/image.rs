//! From a component to the native image that the host loads.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use anyhow::Context as _;
use wasmtime::{Config, Engine};

use crate::command::host_tuple;
use crate::component::{self, path, write as write_file};
use crate::digest::Digest;
use crate::guest::SFBOX;
use crate::settings;

/// Builds the product and its image for `target`, or for this machine:
/// `target/component/sfbox.wasm`, and `sfbox.cwasm` or `sfbox.TARGET.cwasm`.
///
/// # Errors
///
/// When the component cannot be built, or no image can be compiled for the target.
pub(crate) fn build(target: Option<&str>) -> anyhow::Result<()> {
    let component = component::build(&SFBOX)?;
    let Some(target) = target else {
        return write(SFBOX.name, &component);
    };
    let image = compile(&component, target)?;
    write_file(&named(target), &image)
}

/// Saves the image of a component for this machine as `target/component/NAME.cwasm`,
/// unless it is there.
///
/// # Errors
///
/// When it cannot be compiled or written.
pub(crate) fn write(name: &str, component: &[u8]) -> anyhow::Result<()> {
    write_by(name, component, engine)
}

/// The same for a test, in which the component runs for a moment only: the image is compiled
/// in a part of the time, and is slower.
///
/// # Errors
///
/// As for [`write()`].
#[cfg(feature = "full")]
pub(crate) fn write_for_tests(name: &str, component: &[u8]) -> anyhow::Result<()> {
    write_by(name, component, quick_engine)
}

/// The engine that compiles for a target.
type Compiler = fn(&str) -> anyhow::Result<Engine>;

fn write_by(name: &str, component: &[u8], compiler: Compiler) -> anyhow::Result<()> {
    let engine = compiler(&host_tuple()?)?;
    let image = path(name, "cwasm");
    let digest = Digest::new(&image, &[component, &compatibility(&engine)]);
    if digest.is_current() && image.exists() {
        eprintln!("{} is up to date", image.display());
        return Ok(());
    }
    let compiled = engine.precompile_component(component);
    let compiled = compiled.map_err(|error| anyhow::Error::from_boxed(error.into()));
    write_file(&image, &compiled.with_context(|| name.to_owned())?)?;
    Ok(digest.set()?)
}

/// The image of a component for a target.
///
/// A target that is named means its architecture's baseline, also if it is this
/// machine's: the image runs on every machine of the kind.
///
/// # Errors
///
/// When wasmtime cannot compile for the target, or the component is invalid.
fn compile(component: &[u8], target: &str) -> anyhow::Result<Vec<u8>> {
    let image = engine(target)?.precompile_component(component);
    image
        .map_err(|error| anyhow::Error::from_boxed(error.into()))
        .with_context(|| format!("no native image can be compiled for {target}"))
}

fn engine(target: &str) -> anyhow::Result<Engine> {
    engine_of(settings::config(), target)
}

#[cfg(feature = "full")]
fn quick_engine(target: &str) -> anyhow::Result<Engine> {
    let mut config = settings::config();
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    engine_of(config, target)
}

fn engine_of(mut config: Config, target: &str) -> anyhow::Result<Engine> {
    let engine = config.target(target).and_then(|config| Engine::new(config));
    engine
        .map_err(|error| anyhow::Error::from_boxed(error.into()))
        .with_context(|| format!("wasmtime cannot compile for {target}"))
}

/// What an engine asks of an image, besides its component.
fn compatibility(engine: &Engine) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish().to_le_bytes()
}

/// Where the product's image for a named target goes.
fn named(target: &str) -> PathBuf {
    path(SFBOX.name, &format!("{target}.cwasm"))
}

#[cfg(all(test, feature = "full"))]
mod tests {
    use super::*;

    /// A component that has code in it.
    const COMPONENT: &str = r#"(component
        (core module $m (func (export "f") (result i32) i32.const 7))
        (core instance $i (instantiate $m))
        (func (export "f") (result s32) (canon lift (core func $i "f"))))"#;

    /// Linux and macOS on x86-64 and arm64, as Rust calls them.
    const TARGETS: [&str; 5] = [
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ];

    /// The machine field of an ELF header: System V ABI, and its supplements.
    fn machine(image: &[u8]) -> u16 {
        u16::from_le_bytes([image[18], image[19]])
    }

    #[test]
    fn an_image_is_compiled_for_each_target_that_is_supported() {
        let component = wat::parse_str(COMPONENT).unwrap();
        for target in TARGETS {
            let image = compile(&component, target).unwrap();
            assert!(image.starts_with(b"\x7fELF"), "{target}");
            let expected = if target.starts_with("x86_64") {
                62
            } else {
                183
            };
            assert_eq!(machine(&image), expected, "{target}");
        }
    }

    #[test]
    fn this_machine_is_named_as_rust_names_it() {
        let target = host_tuple().unwrap();
        assert!(TARGETS.contains(&target.as_str()), "{target}");
    }

    #[test]
    fn a_target_that_wasmtime_does_not_know_is_named() {
        let component = wat::parse_str(COMPONENT).unwrap();
        for target in ["aarch64-unknown-macos-gnu", "nonsense", ""] {
            let refused = compile(&component, target).unwrap_err();
            assert!(format!("{refused:#}").contains(target), "{refused:#}");
        }
    }

    #[test]
    fn an_image_for_another_machine_is_not_taken_for_current() {
        let of = |target| compatibility(&engine(target).unwrap());
        assert_ne!(of(TARGETS[0]), of(TARGETS[2]));
        assert_eq!(of(TARGETS[0]), of(TARGETS[0]));
    }
}
