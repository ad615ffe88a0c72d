//! What a machine can check of the house rules.

mod circles;
mod functions;
mod glue;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use self::sources::Crate;

/// The longest file, without its tests: past it a file has two nouns.
const LINES_MAX: usize = 500;

/// What may wait, of the sources whose other files decide; tests may. An entry with `/` at its end is
/// a folder, with everything in it.
const WAITS: [(&str, &[&str]); 3] = [
    (
        "guest/src",
        &[
            "client.rs",
            "client/",
            "component/",
            "deadline.rs",
            "exchange.rs",
            "native.rs",
            "platform.rs",
            "session.rs",
            "session/",
        ],
    ),
    (
        "adapters/secrets-manager/src",
        &["component.rs", "exchange.rs", "platform.rs", "store.rs"],
    ),
    ("secret/src", &[]),
];

/// Members of the workspace whose files ARCHITECTURE.md does not list one by one: tools,
/// tests and examples, and adapters of two or three files.
const NOT_ON_THE_MAP: [&str; 7] = [
    "adapters/detour",
    "adapters/environment",
    "adapters/wasmcloud",
    "benches",
    "examples/",
    "tests/",
    "xtask",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The folders of the workspace's crates.
fn members() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let list = manifest.split("\nmembers = [").nth(1).unwrap();
    let list = list.split(']').next().unwrap();
    let names = list.split('"').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// Every file below `folder` with one of these endings, and its text.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                walk(&path, found);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    let wanted = |path: &PathBuf| {
        endings
            .iter()
            .any(|ending| path.to_str().unwrap().ends_with(ending))
    };
    found
        .into_iter()
        .filter(wanted)
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (
                path.strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
                text,
            )
        })
        .collect()
}

fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

/// The command line names a path only where a command is about paths.
#[test]
fn the_host_names_no_path_of_salesforce_outside_of_its_policy() {
    const ABOUT_PATHS: [&str; 6] = [
        "host/src/policy/",
        "host/src/policy.rs",
        "cli/src/rest/",
        "cli/src/rest.rs",
        "cli/src/api_versions.rs",
        "cli/src/policy.rs",
    ];
    for folder in ["host/src", "cli/src"] {
        for (path, text) in files(folder, &[".rs"]) {
            let is_about_paths = ABOUT_PATHS.iter().any(|about| path.starts_with(about));
            if !is_about_paths && !path.ends_with("/tests.rs") {
                assert!(!code(&text).contains("/services/"), "{path}");
            }
        }
    }
}

#[test]
fn the_policy_decides_and_does_nothing() {
    let mut files = files("host/src/policy", &[".rs"]);
    let front = "host/src/policy.rs".to_owned();
    let text = fs::read_to_string(root().join(&front)).unwrap();
    files.push((front, text));
    assert!(files.len() >= 20);
    for (path, text) in files {
        if path.starts_with("host/src/policy/tests/") {
            continue;
        }
        for word in [
            "async fn",
            "async move",
            "await;",
            "await?",
            "std::fs",
            "std::io",
            "std::time",
            "tokio",
        ] {
            assert!(!code(&text).contains(word), "{path}: {word}");
        }
    }
}

#[test]
fn the_printer_of_records_knows_no_statement() {
    let all = files("cli/src", &[".rs"]);
    let printer = all
        .iter()
        .filter(|(path, _)| path.starts_with("cli/src/records"));
    assert!(printer.clone().count() >= 8);
    for (path, text) in printer {
        for word in ["query", "soql", "statement"] {
            let is_there = text.to_ascii_lowercase().contains(word);
            assert!(!is_there, "{path}: {word}");
        }
    }
}

#[test]
fn the_guest_names_no_cloud() {
    for (path, text) in files("guest/src", &[".rs"]) {
        for cloud in ["secretsmanager", "aws_", "AWSCURRENT"] {
            assert!(!text.contains(cloud), "{path}: {cloud}");
        }
    }
}

#[test]
fn what_decides_does_not_wait() {
    for (sources, may) in WAITS {
        let read = Crate::read(&root(), &Path::new(sources).join("lib.rs"));
        let files = read.files.values().map(|file| &file.path);
        let waiting: Vec<String> = files
            .filter(|path| {
                let text = fs::read_to_string(root().join(path)).unwrap();
                // With the space it is the keyword: Salesforce has a path of that name.
                code(&text).contains("async ")
            })
            .map(|path| path.strip_prefix(sources).unwrap())
            .map(|path| path.to_str().unwrap().to_owned())
            .collect();
        let fits = |file: &str, entry: &str| {
            file == entry || entry.ends_with('/') && file.starts_with(entry)
        };
        for file in &waiting {
            let listed = may.iter().any(|entry| fits(file, entry));
            assert!(listed, "{sources}/{file} waits, and is not listed in WAITS");
        }
        for entry in may {
            let waits = waiting.iter().any(|file| fits(file, entry));
            assert!(
                waits,
                "{sources}/{entry} does not wait: take it out of WAITS"
            );
        }
    }
}

#[test]
fn the_emulator_shares_no_code_with_guest_or_host() {
    // A server's certificate is no reading of the API; those two take none of it either.
    for (manifest, shared) in [
        ("emulator/Cargo.toml", "../certificate"),
        ("certificate/Cargo.toml", ""),
    ] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        for path in text.split("path = \"").skip(1) {
            assert!(
                path.starts_with(&format!("{shared}\"")),
                "{manifest}: {path}"
            );
        }
        assert!(!text.contains("sfbox.workspace"), "{manifest}");
    }
    for manifest in ["guest/Cargo.toml", "host/Cargo.toml"] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        assert!(!text.contains("sfbox-certificate"), "{manifest}");
    }
}

#[test]
fn a_file_has_one_noun() {
    for (path, text) in files(".", &[".rs"]) {
        let lines = code(&text).lines().count();
        let tests = path.starts_with("./tests/") || path.starts_with("tests/");
        assert!(tests || lines <= LINES_MAX, "{path} has {lines} lines");
    }
}

#[test]
fn no_line_ends_in_white_space_or_is_left_for_later() {
    for (path, text) in files(".", &[".rs", ".wit", ".md", ".toml", ".py"]) {
        let later = ["TO", "DO"].concat();
        for (number, line) in text.lines().enumerate() {
            assert_eq!(line.trim_end(), line, "{path}:{}", number + 1);
            assert!(!line.contains(&later), "{path}:{}", number + 1);
        }
    }
}

#[test]
fn the_map_shows_what_is_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut sources = 0;
    for member in members() {
        let crate_source = format!("{member}/src");
        if NOT_ON_THE_MAP
            .iter()
            .any(|left_out| member.starts_with(left_out))
        {
            continue;
        }
        sources += 1;
        for entry in fs::read_dir(root().join(&crate_source)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let shown = name.ends_with(".rs") && !["lib.rs"].contains(&name.as_str());
            assert!(
                !shown || map.contains(&format!("`{name}`")),
                "{crate_source}/{name}"
            );
        }
    }
    assert!(sources >= 6, "{sources} crates were found");
}

#[test]
fn library_and_command_line_tell_of_every_feature() {
    let mut told = Vec::new();
    for (manifest, front) in [
        ("host/Cargo.toml", "host/src/lib.rs"),
        ("cli/Cargo.toml", "cli/src/main.rs"),
    ] {
        let text = |file: &str| fs::read_to_string(root().join(file)).unwrap();
        let (manifest, front) = (text(manifest), text(front));
        let features = manifest.split("[features]").nth(1).unwrap();
        let features = features.split("\n[").next().unwrap();
        let names = features
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .filter(|(name, _)| !name.starts_with('#') && *name != "default");
        for (name, _) in names {
            assert!(front.contains(&format!("//! | `{name}` |")), "{name}");
            told.push(name.to_owned());
        }
    }
    assert!(told.len() >= 5, "{told:?}");
}

/// A file that another crate includes is compiled in both, and belongs to none.
#[test]
fn no_crate_includes_the_file_of_another() {
    // Why that one is: its own comment says it.
    const SHARED: &str = "../host/src/engine/settings.rs\"]";
    let attribute = ["#[pa", "th ="].concat();
    for (path, text) in files(".", &[".rs"]) {
        if path.starts_with("fuzz/") {
            // Of a workspace of its own: what it tests is not public.
            continue;
        }
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with(&attribute))
        {
            assert!(line.ends_with(SHARED), "{path}: {line}");
        }
    }
}
