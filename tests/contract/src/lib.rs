//! What the contract has: its interfaces and functions, out of `wit/world.wit`.
//!
//! A list that is kept by hand misses the function that was added last, and nobody
//! notices. So tests take their lists from here. They call a function
//! `interface#function`, such as `query#query-more`, as the component's own exports do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use wit_parser::{Resolve, WorldItem, WorldKey};
use workspace::root;

/// The world that the component has.
const WORLD: &str = "client";

/// An interface of the contract's own package: WASI's are not among them.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name, such as `query`.
    pub name: String,
    /// Its name in a component, such as `sfbox:client/query@0.4.0`.
    pub id: String,
    /// Whether the component answers it. If not, the component asks its host for it.
    pub is_exported: bool,
    /// Its functions, in the order of the file, each as `interface#function`.
    pub functions: Vec<String>,
}

/// The contract of the product: `wit/`.
///
/// # Errors
///
/// As for [`read`].
pub fn interfaces() -> anyhow::Result<Vec<Interface>> {
    read(&root().join("wit"))
}

/// The functions that the component answers.
///
/// # Errors
///
/// As for [`read`].
pub fn exported_functions() -> anyhow::Result<BTreeSet<String>> {
    let exported = interfaces()?.into_iter().filter(|one| one.is_exported);
    Ok(exported.flat_map(|one| one.functions).collect())
}

/// What components call the interface of this name: of `query`, it is
/// `sfbox:client/query@0.4.0`.
///
/// # Errors
///
/// As for [`read`], and when the contract has no interface of this name.
pub fn id(name: &str) -> anyhow::Result<String> {
    let mut all = interfaces()?.into_iter();
    let found = all.find(|interface| interface.name == name);
    Ok(found
        .with_context(|| format!("wit/ has no interface {name}"))?
        .id)
}

/// The interfaces of the package in this folder, in the order of its world.
///
/// # Errors
///
/// When the folder does not hold a package with a world `client`, or when the package
/// has an interface that this world neither imports nor exports: no test would see it.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Interface>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(folder)
        .with_context(|| folder.display().to_string())?;
    let world = &resolve.worlds[resolve.select_world(&[package], Some(WORLD))?];
    let mut left: BTreeMap<_, _> = resolve.packages[package]
        .interfaces
        .clone()
        .into_iter()
        .collect();
    let mut found = Vec::new();
    for (items, is_exported) in [(&world.imports, false), (&world.exports, true)] {
        for (key, item) in items {
            let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
                anyhow::bail!("the world has something that is not an interface of a file");
            };
            let interface = &resolve.interfaces[*id];
            let name = interface.name.clone().context("it has a name")?;
            if interface.package != Some(package) || left.remove(&name).is_none() {
                continue;
            }
            found.push(Interface {
                id: resolve.id_of(*id).context("it has a name")?,
                is_exported,
                functions: interface
                    .functions
                    .keys()
                    .map(|function| format!("{name}#{function}"))
                    .collect(),
                name,
            });
        }
    }
    let left: Vec<_> = left.into_keys().collect();
    anyhow::ensure!(left.is_empty(), "the world says nothing of {left:?}");
    Ok(found)
}

/// What a test says at its beginning: it calls these functions of the component from
/// end to end, and fails if they do not work. `xtask/src/full/tidy/functions.rs` reads it, and
/// fails for a function that no test names.
///
/// # Panics
///
/// If the contract has no such function, or cannot be read.
#[track_caller]
pub fn covers<const N: usize>(functions: [&str; N]) {
    let all = interfaces().expect("the contract can be read");
    for function in functions {
        let mut known = all.iter().flat_map(|one| &one.functions);
        assert!(known.any(|name| name == function), "wit/ has no {function}");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The interfaces of a package whose world says this.
    fn of(world: &str) -> anyhow::Result<Vec<Interface>> {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "package a:b@1.0.0;
             interface words {{ record pair {{ bytes: option<list<u8>>, name: string }} }}
             interface plain {{ use words.{{pair}}; one: func(pair: pair); two-words: func() -> pair; }}
             interface flowing {{ type flow = stream<u8>; three: func() -> result<tuple<u8, flow>>; }}
             interface later {{ four: async func(done: future<string>); }}
             world client {{ {world} }}"
        );
        fs::write(folder.path().join("world.wit"), text).unwrap();
        read(folder.path())
    }

    #[test]
    fn every_function_is_found() {
        let all = of("import flowing; export words; export plain; export later;").unwrap();
        let told: Vec<_> = all
            .iter()
            .map(|one| {
                let functions = one.functions.join(" ");
                (one.id.as_str(), functions, one.is_exported)
            })
            .collect();
        let row = |id, functions: &str, exported| (id, functions.to_owned(), exported);
        assert_eq!(
            told,
            [
                row("a:b/flowing@1.0.0", "flowing#three", false),
                row("a:b/words@1.0.0", "", true),
                row("a:b/plain@1.0.0", "plain#one plain#two-words", true),
                row("a:b/later@1.0.0", "later#four", true),
            ]
        );
    }

    #[test]
    fn an_interface_that_the_world_leaves_out_is_an_error() {
        let left_out = of("import flowing; export words; export plain;").unwrap_err();
        assert!(left_out.to_string().contains("later"), "{left_out}");
    }

    #[test]
    fn a_function_of_the_world_itself_is_an_error() {
        assert!(of("export run: func();").is_err());
    }

    #[test]
    fn the_contract_of_the_product_is_read() {
        let exported = exported_functions().unwrap();
        assert!(exported.contains("query#query-more"), "{exported:?}");
        assert!(!exported.contains("secret-store#get"), "{exported:?}");
    }

    #[test]
    fn a_function_that_exists_can_be_claimed() {
        covers(["query#query", "secret-store#get"]);
    }

    #[test]
    #[should_panic(expected = "wit/ has no query#query-mor")]
    fn a_function_that_does_not_exist_cannot_be_claimed() {
        covers(["query#query-mor"]);
    }
}
