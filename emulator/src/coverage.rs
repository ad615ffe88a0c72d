//! The tables of what this emulator covers, in `docs/emulator.md`: made of what the
//! emulator says here and now.
//!
//! `SFBOX_WRITE_COVERAGE=1 cargo nextest run -p sfbox-emulator -E 'test(coverage)'`
//! writes them anew.

mod markdown;
mod objects;
mod resources;
mod statements;
mod words;

use std::path::PathBuf;
use std::{env, fs};

/// Writes the page instead of a comparison.
const WRITE: &str = "SFBOX_WRITE_COVERAGE";

/// The beginning and the end of a table in the page.
const BEGIN: &str = ", written by a test: see emulator/src/coverage.rs -->\n\n";
const END: &str = "<!-- end -->";

/// The page with `table` below the comment of that name.
fn replaced(page: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- {name}{BEGIN}");
    let (before, rest) = page.split_once(&begin).expect("the comment");
    let (_, after) = rest.split_once(END).expect("the end of the table");
    format!("{before}{begin}{table}\n{END}{after}")
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/emulator.md")
}

fn page() -> String {
    fs::read_to_string(path()).expect("the page")
}

#[tokio::test]
async fn the_page_says_what_is_covered() {
    let old = page();
    let mut new = old.clone();
    for (name, table) in [
        ("objects", objects::table()),
        ("SOQL", statements::table().await),
        ("resources", resources::served()),
        ("resources that are not served", resources::unserved()),
    ] {
        new = replaced(&new, name, &table);
    }
    if env::var_os(WRITE).is_some() {
        fs::write(path(), new).expect("the page");
        return;
    }
    let differs = old.lines().zip(new.lines()).find(|(old, new)| old != new);
    assert!(
        old == new,
        "docs/emulator.md does not say what is covered: set {WRITE}=1 to write it. First difference: {differs:?}"
    );
}
