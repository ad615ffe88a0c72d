//! The contract by itself: a page for people, and a package for tools.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use wit_bindgen_core::{Files, wit_parser as documented};

use crate::metadata;

/// The page, which is committed.
pub(crate) const PAGE: &str = "docs/contract.md";

/// Where the contract is.
const WIT: &str = "wit";

/// What the page shows: our interfaces, and not WASI's, which have pages of their
/// own.
const SHOWN: &str = "
    package sfbox:contract;

    /// What the component is, but for WASI: it asks its host for a `secret-store`, and
    /// answers `query` and `session`. All of it shares the words of `types`.
    ///
    /// Made of the comments in `wit/` by `cargo xtask contract`.
    world contract {
        import sfbox:client/secret-store@0.2.0;
        export sfbox:client/types@0.2.0;
        export sfbox:client/query@0.2.0;
        export sfbox:client/session@0.2.0;
    }
";

/// What the package says of itself.
const DESCRIPTION: &str = "The contract of sfbox: Salesforce for components";

/// Writes the page.
///
/// # Errors
///
/// When the contract cannot be read, or the page not be written.
pub(crate) fn write_page() -> anyhow::Result<()> {
    fs::write(PAGE, page(Path::new("."))?).context(PAGE)?;
    eprintln!("{PAGE}");
    Ok(())
}

/// The page, of the contract below `root`.
pub(crate) fn page(root: &Path) -> anyhow::Result<String> {
    let mut resolve = documented::Resolve::default();
    resolve.push_dir(root.join(WIT))?;
    let shown = resolve.push_str("contract.wit", SHOWN)?;
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
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    Ok(lines.join("\n").trim_end().to_owned() + "\n")
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
    fn the_page_tells_of_every_function_and_of_no_interface_of_wasi() {
        let page = page(root()).unwrap();
        for told in ["query-more", "renew", "claim", "refused-token", "settings"] {
            assert!(page.contains(told), "{told}");
        }
        assert!(!page.contains("wasi:http/types"));
    }
}
