//! Tests of what `cargo xtask component` makes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;
use wasm_metadata::Payload;

use super::{catalog, compose};

/// How much of its size in the table an artifact may be away from it: compilers
/// differ.
const PART: u64 = 20;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn artifact(name: &str) -> Vec<u8> {
    let path = root().join("target/component").join(name);
    fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()))
}

/// The rows of the table: names and bytes.
fn table() -> Vec<(String, u64)> {
    let text = fs::read_to_string(root().join("docs/artifacts.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((name.to_owned(), cells.next()?.parse().ok()?))
        })
        .collect()
}

#[test]
fn every_artifact_is_as_large_as_the_table_says() {
    let table = table();
    assert_eq!(table.len(), 11, "{table:?}");
    for (name, bytes) in table {
        let now = artifact(&name).len() as u64;
        assert!(
            now.abs_diff(bytes) <= bytes / PART,
            "{name} has {now} bytes, and {bytes} in docs/artifacts.md"
        );
    }
}

#[test]
fn every_component_tells_its_name_version_and_licence() {
    for (name, _) in table() {
        let Some(plain) = name.strip_suffix(".wasm") else {
            continue;
        };
        let bytes = artifact(&name);
        let payload = Payload::from_binary(&bytes).unwrap();
        let metadata = payload.metadata();
        assert_eq!(metadata.name.as_deref(), Some(plain));
        assert!(metadata.description.is_some(), "{name}");
        let version = metadata.version.as_ref().map(ToString::to_string);
        assert_eq!(version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
        let licence = metadata.licenses.as_ref().map(ToString::to_string);
        assert_eq!(licence.as_deref(), Some("Apache-2.0"));
    }
}

#[test]
fn the_component_for_wasi_0_2_imports_what_its_world_lists_and_nothing_else() {
    let mut imports = imports(&artifact("sfbox-wasi-0.2.wasm"));
    let contract = contract::read(&root().join("wit-0.2")).unwrap();
    for ours in contract.iter().filter(|interface| !interface.is_exported) {
        assert!(imports.remove(&ours.id), "{}", ours.id);
    }
    let imports: BTreeSet<&str> = imports.iter().map(String::as_str).collect();
    assert_eq!(
        imports,
        BTreeSet::from([
            "wasi:clocks/monotonic-clock@0.2.12",
            "wasi:clocks/wall-clock@0.2.12",
            "wasi:http/outgoing-handler@0.2.12",
            "wasi:http/types@0.2.12",
            "wasi:io/error@0.2.12",
            "wasi:io/poll@0.2.12",
            "wasi:io/streams@0.2.12",
            "wasi:random/random@0.2.12",
        ])
    );
}

/// The adapters, and what each asks of its host.
const ADAPTERS: [(&str, &[&str]); 3] = [
    ("environment", &["wasi:cli/environment@0.3.0"]),
    (
        "secrets-manager",
        &[
            "wasi:cli/environment@0.3.0",
            "wasi:clocks/monotonic-clock@0.3.0",
            "wasi:clocks/system-clock@0.3.0",
            "wasi:clocks/types@0.3.0",
            "wasi:http/client@0.3.0",
            "wasi:http/types@0.3.0",
            "wasi:random/random@0.3.0",
        ],
    ),
    (
        "wasmcloud-secrets",
        &[
            "wasmcloud:secrets/reveal@2.1.0",
            "wasmcloud:secrets/store@2.1.0",
        ],
    ),
];

fn secret_store() -> String {
    contract::id(catalog::SECRET_STORE).unwrap()
}

fn imports(component: &[u8]) -> BTreeSet<String> {
    let interfaces = compose::interfaces(component).unwrap();
    interfaces.imports.into_iter().collect()
}

#[test]
fn an_adapter_imports_what_it_is_named_for_and_exports_a_store() {
    for (name, listed) in ADAPTERS {
        let adapter = artifact(&format!("sfbox-{name}.wasm"));
        let listed: BTreeSet<String> = listed.iter().map(ToString::to_string).collect();
        assert_eq!(imports(&adapter), listed, "{name}");
        let exports = compose::interfaces(&adapter).unwrap().exports;
        assert_eq!(exports, [secret_store()], "{name}");
    }
}

/// What stands between a component and its host asks for what it stands in for, and for
/// the variable with the address.
#[test]
fn a_detour_exports_what_it_imports() {
    for (name, interface, others) in [
        (
            "sfbox-detour.wasm",
            "wasi:http/client@0.3.0",
            &["wasi:cli/environment@0.3.0", "wasi:http/types@0.3.0"][..],
        ),
        (
            "sfbox-detour-wasi-0.2.wasm",
            "wasi:http/outgoing-handler@0.2.12",
            &["wasi:cli/environment@0.2.12", "wasi:http/types@0.2.12"],
        ),
    ] {
        let detour = artifact(name);
        let exports = compose::interfaces(&detour).unwrap().exports;
        assert_eq!(exports, [interface]);
        let mut listed: BTreeSet<String> = others.iter().map(ToString::to_string).collect();
        listed.insert(interface.to_owned());
        assert_eq!(imports(&detour), listed, "{name}");
    }
}

#[test]
fn a_composed_component_imports_what_its_two_parts_do_but_no_store() {
    let mut product = imports(&artifact("sfbox.wasm"));
    assert!(product.remove(&secret_store()));
    for (name, of_adapter) in ADAPTERS {
        let composed = artifact(&format!("sfbox-with-{name}.wasm"));
        let of_adapter = of_adapter.iter().map(ToString::to_string);
        let both: BTreeSet<String> = product.iter().cloned().chain(of_adapter).collect();
        assert_eq!(imports(&composed), both, "{name}");
    }
}

/// What `wac compose adapters/compose.wac` makes of the component and an adapter.
fn composed_by_script(adapter: Vec<u8>) -> Result<Vec<u8>, String> {
    let script = fs::read_to_string(root().join("adapters/compose.wac")).unwrap();
    let script = wac_parser::Document::parse(&script).map_err(|error| error.to_string())?;
    let named = |name| BorrowedPackageKey::from_name_and_version(name, None);
    let packages = indexmap::IndexMap::from([
        (named("sfbox:component"), artifact("sfbox.wasm")),
        (named("sfbox:adapter"), adapter),
    ]);
    let resolved = script
        .resolve(packages)
        .map_err(|error| error.to_string())?;
    let composed = resolved.encode(EncodeOptions::default());
    composed.map_err(|error| error.to_string())
}

#[test]
fn the_script_composes_what_the_release_has() {
    for (name, _) in ADAPTERS {
        let adapter = artifact(&format!("sfbox-{name}.wasm"));
        let composed = composed_by_script(adapter).unwrap();
        let released = artifact(&format!("sfbox-with-{name}.wasm"));
        assert_eq!(imports(&composed), imports(&released), "{name}");
        let exports = |component| compose::interfaces(component).unwrap().exports;
        assert_eq!(exports(&composed), exports(&released), "{name}");
    }
}

#[test]
fn the_script_refuses_what_is_no_adapter() {
    let other = wat::parse_str("(component)").unwrap();
    let refused = composed_by_script(other).unwrap_err();
    assert!(refused.contains(&secret_store()), "{refused}");
}

#[test]
fn no_folder_of_the_machine_that_built_it_is_in_a_component() {
    let home = std::env::home_dir().unwrap();
    for (name, _) in table() {
        let bytes = artifact(&name);
        for folder in [root(), home.join(".cargo")] {
            let folder = folder.to_str().unwrap().as_bytes();
            let told = bytes.windows(folder.len()).any(|window| window == folder);
            assert!(!told, "{name} names {folder:?}");
        }
    }
}
