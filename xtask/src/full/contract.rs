//! The contract by itself: a page for people, a package for tools, and the same
//! contract for hosts of WASI 0.2.

mod wasi_0_2;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use wit_bindgen_core::{Files, wit_parser as documented};

use crate::metadata;

/// The page, which is committed.
pub(crate) const PAGE: &str = "docs/contract.md";

/// Where the contract is.
const WIT: &str = "wit";

/// Where the contract for WASI 0.2 is, which is committed. WASI's own files below it
/// are as published.
const WIT_0_2: &str = "wit-0.2";

/// The beginning of what the page shows.
const SHOWN: &str = "
    package sfbox:contract;

    /// What the component is, but for WASI: the interfaces that it asks its host for, and
    /// those that it answers. All of them share the types of `types`.
    ///
    /// Written by `cargo xtask contract` from the comments in `wit/`.
    world contract {
";

/// What the package says of itself.
const DESCRIPTION: &str = "The contract of sfbox: Salesforce for components";

/// Writes the page, and the contract for WASI 0.2.
///
/// # Errors
///
/// When the contract cannot be read, or a file not be written.
pub(crate) fn write() -> anyhow::Result<()> {
    let root = Path::new(".");
    let derived = wasi_0_2::derive(&files(root, WIT)?)?;
    for name in files(root, WIT_0_2)?.keys() {
        if !derived.contains_key(name) {
            fs::remove_file(Path::new(WIT_0_2).join(name)).with_context(|| name.clone())?;
        }
    }
    for (name, text) in &derived {
        fs::write(Path::new(WIT_0_2).join(name), text).with_context(|| name.clone())?;
    }
    eprintln!("{WIT_0_2}");
    fs::write(PAGE, page(root)?).context(PAGE)?;
    eprintln!("{PAGE}");
    Ok(())
}

/// The contract's own files in a folder below `root`.
fn files(root: &Path, folder: &str) -> anyhow::Result<wasi_0_2::Files> {
    let mut files = wasi_0_2::Files::new();
    for entry in fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wit") {
            let text = fs::read_to_string(entry.path()).with_context(|| name.clone())?;
            files.insert(name, text);
        }
    }
    Ok(files)
}

/// The page, of the contract below `root`.
pub(crate) fn page(root: &Path) -> anyhow::Result<String> {
    let mut resolve = documented::Resolve::default();
    let (package, _) = resolve.push_dir(root.join(WIT))?;
    let text = shown(&resolve, package)?;
    let shown = resolve.push_str("contract.wit", &text)?;
    let world = resolve.select_world(&[shown], Some("contract"))?;
    let mut files = Files::default();
    wit_bindgen_markdown::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)?;
    let page = files
        .iter()
        .find(|(name, _)| name.ends_with(".md"))
        .context("the generator wrote no page")?;
    let text = std::str::from_utf8(page.1)?;
    // As every other file: no white space at a line's end, one line break at the end.
    let lines = text.lines().map(str::trim_end);
    let lines = without_wasi(lines).collect::<Vec<_>>();
    Ok(lines.join("\n").trim_end().to_owned() + "\n")
}

/// The lines of the page without the interfaces of WASI whose types ours use: they have
/// pages of their own.
fn without_wasi<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut is_wasi = false;
    lines.filter(move |line| {
        if line.starts_with("## ") {
            is_wasi = line.starts_with("## <a id=\"wasi_");
        }
        !is_wasi && !line.trim_start().starts_with("- interface `wasi:")
    })
}

/// The world that the page shows: our interfaces of the component's world, and not
/// WASI's, which have pages of their own.
fn shown(resolve: &documented::Resolve, package: documented::PackageId) -> anyhow::Result<String> {
    let world = resolve.select_world(&[package], None)?;
    let world = &resolve.worlds[world];
    let mut text = SHOWN.to_owned();
    for (items, kind) in [(&world.imports, "import"), (&world.exports, "export")] {
        for item in items.values() {
            if let documented::WorldItem::Interface { id, .. } = item
                && resolve.interfaces[*id].package == Some(package)
                && let Some(name) = resolve.id_of(*id)
            {
                text.push_str(&format!("        {kind} {name};\n"));
            }
        }
    }
    Ok(text + "    }\n")
}

/// The contract as a package in binary, as `wkg` publishes it.
///
/// # Errors
///
/// When the contract cannot be read.
pub(crate) fn package() -> anyhow::Result<Vec<u8>> {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(WIT)?;
    let package = wit_component::encode(&resolve, package)?;
    metadata::add(&package, "sfbox:client", DESCRIPTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    #[test]
    fn the_page_is_that_of_the_contract() {
        let committed = fs::read_to_string(root().join(PAGE)).unwrap();
        assert!(
            committed == page(root()).unwrap(),
            "{PAGE} is not current: run `cargo xtask contract`"
        );
    }

    #[test]
    fn the_contract_for_wasi_0_2_is_derived_from_the_contract() {
        let committed = files(root(), WIT_0_2).unwrap();
        let derived = wasi_0_2::derive(&files(root(), WIT).unwrap()).unwrap();
        assert!(
            committed == derived,
            "{WIT_0_2} is not current: run `cargo xtask contract`"
        );
    }

    #[test]
    fn the_page_tells_of_every_function_and_of_no_interface_of_wasi() {
        let page = page(root()).unwrap();
        for told in ["query-more", "renew", "claim", "refused-token", "settings"] {
            assert!(page.contains(told), "{told}");
        }
        assert!(!page.contains("wasi:http/types"));
    }
}
