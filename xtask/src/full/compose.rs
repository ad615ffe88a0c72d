//! Joining components: one's exports become the other's imports.

use anyhow::{Context as _, ensure};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

/// `socket` with its imports of these interfaces satisfied by `adapter`.
///
/// # Errors
///
/// When one of them is no component, or when one of the imports is still open
/// afterwards: plugging skips what does not fit, and says nothing.
pub(crate) fn satisfy<I: AsRef<str>>(
    socket: &[u8],
    satisfied: &[I],
    adapter: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let composed = plugged(socket, adapter)?;
    let open = interfaces(&composed)?.imports;
    for interface in satisfied.iter().map(AsRef::as_ref) {
        ensure!(
            !open.iter().any(|import| import == interface),
            "{interface} is still an import: the adapter exports something else under that name"
        );
    }
    Ok(composed)
}

/// `socket` with `middle` between it and what gave it `interface` so far: `middle`
/// exports that interface, and imports it, too.
///
/// # Errors
///
/// When one of them is no component, or `middle` exports anything else, or that in
/// another type.
pub(crate) fn interpose(socket: &[u8], interface: &str, middle: &[u8]) -> anyhow::Result<Vec<u8>> {
    let exports = interfaces(middle)?.exports;
    ensure!(
        exports == [interface],
        "{interface} cannot be stood in for by {exports:?}"
    );
    // Its only export: what has another type is no plug at all, and an error.
    plugged(socket, middle)
}

/// `component` with these exports and no others; what it imports stays open. An interface
/// that uses the types of another needs that one before it.
///
/// # Errors
///
/// When it is no component, or does not export one of these.
pub(crate) fn only<I: AsRef<str>>(component: &[u8], exports: &[I]) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let package = register(&mut graph, "component", component)?;
    let instance = graph.instantiate(package);
    for export in exports.iter().map(AsRef::as_ref) {
        let exported = graph.alias_instance_export(instance, export)?;
        graph.export(exported, export)?;
    }
    Ok(graph.encode(EncodeOptions::default())?)
}

fn plugged(socket: &[u8], adapter: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let adapter = register(&mut graph, "adapter", adapter)?;
    let socket = register(&mut graph, "socket", socket)?;
    plug(&mut graph, vec![adapter], socket).context("the adapter does not fit")?;
    Ok(graph.encode(EncodeOptions::default())?)
}

/// What a component imports and exports, by name.
pub(crate) struct Interfaces {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// What `component` imports and exports.
///
/// # Errors
///
/// When it is none.
pub(crate) fn interfaces(component: &[u8]) -> anyhow::Result<Interfaces> {
    let mut graph = CompositionGraph::new();
    let id = register(&mut graph, "component", component)?;
    let world = &graph.types()[graph[id].ty()];
    Ok(Interfaces {
        imports: world.imports.keys().cloned().collect(),
        exports: world.exports.keys().cloned().collect(),
    })
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> anyhow::Result<PackageId> {
    let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
    Ok(graph.register_package(package)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interface that [`component`]s export and import.
    const STORE: &str = "test:test/store";

    /// A component in text, as bytes.
    fn component(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    fn exporter(result: &str, core: &str) -> Vec<u8> {
        component(&format!(
            r#"(component
                (core module $m (func (export "f") (result {core}) {core}.const 7))
                (core instance $i (instantiate $m))
                (func $f (result {result}) (canon lift (core func $i "f")))
                (instance $store (export "get" (func $f)))
                (export "{STORE}" (instance $store)))"#
        ))
    }

    fn importer() -> Vec<u8> {
        component(&format!(
            r#"(component
                (import "{STORE}" (instance $store (export "get" (func (result u32)))))
                (import "test:test/other" (instance))
                (alias export $store "get" (func $get))
                (export "got" (func $get)))"#
        ))
    }

    #[test]
    fn an_adapter_that_fits_closes_its_import_and_leaves_the_others() {
        let composed = satisfy(&importer(), &[STORE], &exporter("u32", "i32")).unwrap();
        assert_eq!(interfaces(&composed).unwrap().imports, ["test:test/other"]);
    }

    #[test]
    fn an_adapter_of_another_type_is_refused() {
        let refused = satisfy(&importer(), &[STORE], &exporter("u64", "i64"));
        assert!(refused.is_err());
    }

    #[test]
    fn an_import_that_is_left_open_is_an_error_even_if_another_was_closed() {
        let other =
            component(r#"(component (instance $i) (export "test:test/other" (instance $i)))"#);
        let refused = satisfy(&importer(), &[STORE], &other).unwrap_err();
        assert!(
            refused.to_string().contains("still an import"),
            "{refused:#}"
        );
    }

    /// What exports `interface` and asks for the same of [`STORE`].
    fn middle(interface: &str, result: &str) -> Vec<u8> {
        component(&format!(
            r#"(component
                (import "{STORE}" (instance $store (export "get" (func (result {result})))))
                (export "{interface}" (instance $store)))"#
        ))
    }

    #[test]
    fn what_stands_between_imports_what_it_stands_for() {
        let composed = interpose(&importer(), STORE, &middle(STORE, "u32")).unwrap();
        let mut imports = interfaces(&composed).unwrap().imports;
        imports.sort_unstable();
        assert_eq!(imports, ["test:test/other", STORE]);
    }

    #[test]
    fn what_stands_for_something_else_or_in_another_type_is_refused() {
        assert!(interpose(&importer(), STORE, &middle("test:test/other", "u32")).is_err());
        assert!(interpose(&importer(), STORE, &middle(STORE, "u64")).is_err());
    }

    #[test]
    fn what_is_not_asked_for_is_exported_no_more() {
        let both = component(
            r#"(component
                (import "test:test/other" (instance $other))
                (instance $i)
                (export "test:test/one" (instance $i))
                (export "test:test/two" (instance $i)))"#,
        );
        let one = interfaces(&only(&both, &["test:test/one"]).unwrap()).unwrap();
        assert_eq!(one.exports, ["test:test/one"]);
        assert_eq!(one.imports, ["test:test/other"]);
        assert!(only(&both, &["test:test/three"]).is_err());
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(interfaces(b"\0asm\x01\0\0\0").is_err());
    }
}
