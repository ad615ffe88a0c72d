//! What a machine can check of the house rules.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, without its tests: past it a file has two nouns.
const LINES_MAX: usize = 500;

/// Files of the guest that decide, and must not wait for anything.
const PURE: [&str; 9] = [
    "answer.rs",
    "credentials.rs",
    "error.rs",
    "locator.rs",
    "names.rs",
    "oauth.rs",
    "query.rs",
    "retry.rs",
    "token.rs",
];

/// The same of the adapter over Secrets Manager.
const PURE_OF_ADAPTER: [&str; 6] = [
    "answer.rs",
    "credentials.rs",
    "endpoint.rs",
    "request.rs",
    "retry.rs",
    "settings.rs",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
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

#[test]
fn the_host_names_no_path_of_salesforce_outside_of_its_policy() {
    for folder in ["host/src", "cli/src"] {
        for (path, text) in files(folder, &[".rs"]) {
            if path != "host/src/policy.rs" {
                assert!(!code(&text).contains("/services/"), "{path}");
            }
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
    let of_guest = PURE.map(|file| format!("guest/src/{file}"));
    let adapter = "adapters/secrets-manager/src";
    let of_adapter = PURE_OF_ADAPTER.map(|file| format!("{adapter}/{file}"));
    let secret = files("secret/src", &[".rs"]);
    let secret = secret.into_iter().map(|(path, _)| path);
    for file in of_guest.into_iter().chain(of_adapter).chain(secret) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        assert!(!code(&text).contains("async"), "{file}");
    }
}

#[test]
fn the_emulator_shares_no_code_with_guest_or_host() {
    let manifest = fs::read_to_string(root().join("emulator/Cargo.toml")).unwrap();
    assert!(!manifest.contains("path ="), "{manifest}");
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
fn every_exported_interface_has_a_test_of_its_name() {
    let world = fs::read_to_string(root().join("wit/world.wit")).unwrap();
    let exports = world
        .lines()
        .filter_map(|line| line.trim().strip_prefix("export "));
    for interface in exports.map(|name| name.trim_end_matches(';')) {
        // `types` has no function to test.
        let tested = root()
            .join("tests/e2e")
            .join(interface)
            .with_extension("rs");
        assert!(interface == "types" || tested.exists(), "{interface}");
    }
}

#[test]
fn the_map_shows_what_is_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for crate_source in [
        "guest/src",
        "host/src",
        "cli/src",
        "emulator/src",
        "lambda/src",
        "secret/src",
        "adapters/secrets-manager/src",
    ] {
        for entry in fs::read_dir(root().join(crate_source)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let shown = name.ends_with(".rs") && !["lib.rs"].contains(&name.as_str());
            assert!(
                !shown || map.contains(&format!("`{name}`")),
                "{crate_source}/{name}"
            );
        }
    }
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

#[test]
fn the_contract_for_wasi_0_2_is_the_contract_without_async() {
    for interface in ["types", "query", "session", "secret-store"] {
        let file = format!("{interface}.wit");
        let text = |folder: &str| fs::read_to_string(root().join(folder).join(&file)).unwrap();
        let expected = text("wit").replace("async func", "func");
        assert_eq!(text("wit-0.2"), expected, "{file}");
    }
}
