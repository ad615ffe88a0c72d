//! The contract for hosts of WASI 0.2, derived from the contract itself: what WASI 0.2
//! lacks is left out, functions are synchronous, and WASI's interfaces have their older
//! names. Pure: text in, text out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};

/// The files of a WIT folder, without WASI's: a name such as `query.wit`, and its text.
pub(super) type Files = BTreeMap<String, String>;

/// The file of the world. It is the only one here that names WASI.
const WORLD: &str = "world.wit";

/// What the component imports of WASI 0.3, and of WASI 0.2 for the same.
const IMPORTS: [(&str, &str); 4] = [
    (
        "wasi:http/client@0.3.0",
        "wasi:http/outgoing-handler@0.2.12",
    ),
    (
        "wasi:clocks/monotonic-clock@0.3.0",
        "wasi:clocks/monotonic-clock@0.2.12",
    ),
    (
        "wasi:clocks/system-clock@0.3.0",
        "wasi:clocks/wall-clock@0.2.12",
    ),
    ("wasi:random/random@0.3.0", "wasi:random/random@0.2.12"),
];

/// The package's name, and its name there.
const PACKAGE: (&str, &str) = ("package sfbox:client@", "package sfbox:client-sync@");

/// What the package says beside that.
const NOTE: &str = "\
///
/// This is the contract for hosts of WASI 0.2, written by `cargo xtask contract` from
/// the contract in `wit/`. Functions are synchronous: an instance serves one call at a
/// time, and a call ends when what it began has ended, such as storing a new token.
";

/// What must follow the name of an interface that is left out, wherever a comment
/// mentions it.
const ABSENT: &str = "(WASI 0.3 only)";

/// Derives the files for WASI 0.2.
///
/// # Errors
///
/// When the world imports something of WASI that is not in the table, or a comment
/// mentions an interface that is left out without saying so.
pub(super) fn derive(files: &Files) -> anyhow::Result<Files> {
    let absent = with_streams(files);
    let mut derived = Files::new();
    for (name, text) in files {
        if absent.contains(interface(name)) {
            continue;
        }
        check_mentions(name, text, &absent)?;
        let text = text.replace(": async func(", ": func(");
        let text = if name == WORLD {
            world(&text, &absent)?
        } else {
            text
        };
        derived.insert(name.clone(), text);
    }
    ensure!(derived.contains_key(WORLD), "there is no {WORLD}");
    Ok(derived)
}

fn interface(file: &str) -> &str {
    file.strip_suffix(".wit").unwrap_or(file)
}

/// The interfaces that WASI 0.2 cannot have: those with streams and futures, those that use
/// types of WASI 0.3 itself, and those that use types of such an interface.
fn with_streams(files: &Files) -> BTreeSet<&str> {
    let code: BTreeMap<&str, Vec<&str>> = files
        .iter()
        .map(|(name, text)| (interface(name), code(text)))
        .collect();
    let mut absent = BTreeSet::new();
    loop {
        let more: Vec<&str> = code
            .iter()
            .filter(|(name, _)| !absent.contains(*name))
            .filter(|(_, lines)| lines.iter().any(|line| is_beyond(line, &absent)))
            .map(|(name, _)| *name)
            .collect();
        if more.is_empty() {
            return absent;
        }
        absent.extend(more);
    }
}

/// The lines that are no comments.
fn code(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim_start);
    lines.filter(|line| !line.starts_with("//")).collect()
}

fn is_beyond(line: &str, absent: &BTreeSet<&str>) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut words = line.split(|letter| !is_word(letter));
    let used = line.trim_start().strip_prefix("use ");
    let used = used.and_then(|rest| rest.split('.').next());
    words.any(|word| matches!(word, "stream" | "future"))
        || used.is_some_and(|used| used.starts_with("wasi:") || absent.contains(used))
}

/// A reader of the derived contract must not look for what is not there.
fn check_mentions(name: &str, text: &str, absent: &BTreeSet<&str>) -> anyhow::Result<()> {
    let words = text.lines().map(|line| line.trim().trim_start_matches('/'));
    let words: Vec<&str> = words.flat_map(str::split_whitespace).collect();
    let flat = words.join(" ");
    for interface in absent {
        for (start, _) in flat.match_indices(&format!("`{interface}")) {
            let mention = flat.get(start + 1..).unwrap_or_default();
            let Some((mentioned, after)) = mention.split_once('`') else {
                continue;
            };
            let is_it = mentioned.split('.').next() == Some(interface);
            if is_it && !after.trim_start().starts_with(ABSENT) {
                bail!("{name} mentions `{interface}` without {ABSENT:?}");
            }
        }
    }
    Ok(())
}

fn world(text: &str, absent: &BTreeSet<&str>) -> anyhow::Result<String> {
    let (before, after) = text
        .split_once(PACKAGE.0)
        .with_context(|| format!("{WORLD} does not begin with `{}`", PACKAGE.0))?;
    let mut text = format!("{before}{NOTE}{}{after}", PACKAGE.1);
    for (new, old) in IMPORTS {
        ensure!(text.contains(new), "{WORLD} does not import {new}");
        text = text.replace(new, old);
    }
    let exports_absent = |line: &str| {
        let exported = line.trim().strip_prefix("export ");
        exported.is_some_and(|name| absent.contains(name.trim_end_matches(';')))
    };
    let lines: Vec<&str> = text.lines().filter(|line| !exports_absent(line)).collect();
    // Our own package has such a version, too.
    let is_newer = |line: &&&str| line.contains("wasi:") && line.contains("@0.3");
    if let Some(line) = code(&text).iter().find(is_newer) {
        bail!("nothing of WASI 0.2 stands for `{line}`");
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORLD_TEXT: &str = "\
/// What it is.
package sfbox:client@0.4.0;

world client {
  import secret-store;
  import wasi:http/client@0.3.0;
  import wasi:clocks/monotonic-clock@0.3.0;
  import wasi:clocks/system-clock@0.3.0;
  import wasi:random/random@0.3.0;

  export query;
  export files;
  export more-files;
}
";

    fn derived(others: &[(&str, &str)], world: &str) -> anyhow::Result<Files> {
        let world = [(WORLD, world)];
        let files = others.iter().chain(&world);
        derive(
            &files
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn functions_are_synchronous_and_nothing_else_changes() {
        let query =
            "/// An async func( stays.\ninterface query {\n  a: async func(b: string);\n}\n";
        let files = derived(&[("query.wit", query)], WORLD_TEXT).unwrap();
        let expected = query.replace("a: async func", "a: func");
        assert_eq!(files["query.wit"], expected);
    }

    #[test]
    fn the_world_has_another_name_and_older_imports() {
        let files = derived(&[], WORLD_TEXT).unwrap();
        let world = &files[WORLD];
        assert!(
            world.starts_with("/// What it is.\n///\n/// This is"),
            "{world}"
        );
        assert!(
            world.contains("\npackage sfbox:client-sync@0.4.0;\n"),
            "{world}"
        );
        assert!(
            world.contains("  import wasi:clocks/wall-clock@0.2.12;\n"),
            "{world}"
        );
        let newer = world
            .lines()
            .find(|line| line.contains("wasi:") && line.contains("@0.3"));
        assert_eq!(newer, None);
    }

    #[test]
    fn an_interface_with_streams_is_left_out_and_so_are_those_that_use_it() {
        for stream in [
            "a: async func() -> stream<u8>;",
            "b: future;",
            "x: list<future<u8>>;",
            "use wasi:http/types@0.3.0.{request};",
        ] {
            let files = format!("interface files {{\n  {stream}\n}}\n");
            let more = "interface more-files {\n  use files.{x};\n}\n";
            let query = "/// No stream<u8> here.\ninterface query {\n  use types.{streams};\n}\n";
            let others = [
                ("files.wit", &files[..]),
                ("more-files.wit", more),
                ("query.wit", query),
            ];
            let derived = derived(&others, WORLD_TEXT).unwrap();
            let names: Vec<&str> = derived.keys().map(String::as_str).collect();
            assert_eq!(names, ["query.wit", WORLD]);
            let exports = derived[WORLD].matches("export ").count();
            assert_eq!(exports, 1, "{}", derived[WORLD]);
        }
    }

    #[test]
    fn a_mention_of_what_is_left_out_says_so() {
        let files = ("files.wit", "interface files {\n  a: future;\n}\n");
        for (comment, is_accepted) in [
            ("/// See `files` (WASI 0.3 only).", true),
            ("/// See `files`\n/// (WASI 0.3 only).", true),
            ("/// See `files.read` (WASI 0.3 only).", true),
            ("/// See `files-of-others`.", true),
            ("/// See `files`.", false),
            ("/// See `files.read`.", false),
        ] {
            let query = format!("{comment}\ninterface query {{\n}}\n");
            let derived = derived(&[files, ("query.wit", &query)], WORLD_TEXT);
            assert_eq!(derived.is_ok(), is_accepted, "{comment}");
        }
    }

    #[test]
    fn an_import_that_is_not_in_the_table_fails() {
        let unknown = WORLD_TEXT.replace("random/random@", "random/insecure@");
        assert!(derived(&[], &unknown).is_err());
        let more = WORLD_TEXT.replace(
            "import secret-store;",
            "import secret-store;\n  import wasi:filesystem/types@0.3.0;",
        );
        let why = derived(&[], &more).unwrap_err().to_string();
        assert!(why.contains("wasi:filesystem/types@0.3.0"), "{why}");
    }
}
