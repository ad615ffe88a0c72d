//! Nothing of the contract is left out: every function of `wit/` has a test from end to
//! end, and every interface its place on the page.
//!
//! A test claims functions by its beginning, `covers(["query#query-more"])`. What is read
//! here is what the test binary has in it: a claim counts in a test that is run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use contract::Interface;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, File, Item, ItemFn, Lit, Meta, Stmt};

use super::root;

/// The tests that run the real component in the real host.
const END_TO_END: &str = "tests/e2e";

fn interfaces() -> Vec<Interface> {
    contract::interfaces().unwrap()
}

/// The claims of a file: each function with its tests.
fn claims(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let file = syn::parse_file(text).map_err(|error| error.to_string())?;
    let mut claims: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut in_place = 0;
    for item in &file.items {
        let Item::Fn(test) = item else { continue };
        for functions in test.block.stmts.iter().filter_map(claim) {
            let name = test.sig.ident.to_string();
            if !is_run(test) {
                return Err(format!(
                    "{name} claims functions, but it is not a test that runs"
                ));
            }
            in_place += 1;
            for function in
                functions.ok_or(format!("the claim of {name} is not a list of texts"))?
            {
                claims.entry(function).or_default().push(name.clone());
            }
        }
    }
    match everywhere(&file) == in_place {
        true => Ok(claims),
        false => Err("a claim stands elsewhere than by itself in a test".to_owned()),
    }
}

/// The functions that a statement claims, if it is a claim; `None` inside if they cannot
/// be read.
fn claim(statement: &Stmt) -> Option<Option<Vec<String>>> {
    let Stmt::Expr(Expr::Call(call), _) = statement else {
        return None;
    };
    is_claim(call).then(|| {
        let Some(Expr::Array(list)) = call.args.first() else {
            return None;
        };
        let texts = list.elems.iter().map(|element| match element {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
        texts.collect()
    })
}

fn is_claim(call: &ExprCall) -> bool {
    let Expr::Path(called) = &*call.func else {
        return false;
    };
    called
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident == "covers")
}

/// Whether it is a test, and neither left out nor expected to fail.
fn is_run(function: &ItemFn) -> bool {
    let is_test = function.attrs.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == "test")
    });
    let is_plain = function.attrs.iter().all(|attribute| {
        let barred = ["ignore", "cfg", "cfg_attr", "should_panic"];
        !barred.iter().any(|name| attribute.path().is_ident(name))
    });
    is_test && is_plain
}

/// How many claims there are in a file, wherever they stand.
fn everywhere(file: &File) -> usize {
    struct Count(usize);
    impl<'a> Visit<'a> for Count {
        fn visit_expr_call(&mut self, call: &'a ExprCall) {
            self.0 += usize::from(is_claim(call));
            visit::visit_expr_call(self, call);
        }
    }
    let mut count = Count(0);
    count.visit_file(file);
    count.0
}

/// The files of the binary: those that `main.rs` declares, and those below them.
fn files_of_the_binary() -> Vec<PathBuf> {
    fn add(file: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
        let text = fs::read_to_string(file).unwrap();
        found.push(file.to_owned());
        for item in syn::parse_file(&text).unwrap().items {
            let Item::Mod(module) = item else { continue };
            let is_plain = module
                .attrs
                .iter()
                .all(|one| matches!(one.meta, Meta::NameValue(_)));
            let name = module.ident.to_string();
            let below = folder.join(format!("{name}.rs"));
            if is_plain && module.content.is_none() && below.exists() {
                add(&below, &folder.join(name), found);
            }
        }
    }
    let folder = root().join(END_TO_END);
    let mut found = Vec::new();
    add(&folder.join("main.rs"), &folder, &mut found);
    found
}

#[test]
fn every_function_has_a_test_from_end_to_end() {
    let mut claimed = BTreeMap::new();
    for file in files_of_the_binary() {
        let claims = claims(&fs::read_to_string(&file).unwrap());
        let claims = claims.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (function, tests) in claims {
            claimed.insert(function, (file.clone(), tests));
        }
    }
    let functions: BTreeSet<String> = interfaces()
        .into_iter()
        .flat_map(|interface| interface.functions)
        .collect();
    for function in &functions {
        assert!(
            claimed.contains_key(function),
            "{function} has no test in {END_TO_END}: write one that begins with \
             `covers([\"{function}\"])`"
        );
    }
    for (function, (file, tests)) in claimed {
        let file = file.display();
        assert!(
            functions.contains(&function),
            "{file}: {tests:?} cover {function}, which wit/ does not have"
        );
    }
}

#[test]
fn every_interface_with_functions_has_a_file_of_tests_with_its_name() {
    for interface in interfaces() {
        let file = format!("{END_TO_END}/{}.rs", interface.name.replace('-', "_"));
        assert!(
            interface.functions.is_empty() || root().join(&file).exists(),
            "{file}"
        );
    }
}

#[test]
fn the_page_of_the_contract_shows_every_function() {
    let page = fs::read_to_string(root().join("docs/contract.md")).unwrap();
    for interface in interfaces() {
        let heading = format!("interface {}\n", interface.id);
        let sections: Vec<&str> = page.split("\n## ").collect();
        let section = sections.iter().find(|section| section.contains(&heading));
        let section = section.unwrap_or_else(|| panic!("{} is not on the page", interface.id));
        for function in &interface.functions {
            let (_, name) = function.split_once('#').unwrap();
            assert!(section.contains(&format!("`{name}: ")), "{function}");
        }
    }
}

#[test]
fn a_claim_counts_in_a_test_that_is_run() {
    for attribute in ["#[test] fn", "#[tokio::test] async fn"] {
        let text = format!("{attribute} one() {{ covers([\"a#b\", \"a#c\"]); f(); }}");
        let claims = claims(&text).unwrap();
        assert_eq!(claims.keys().collect::<Vec<_>>(), ["a#b", "a#c"]);
        assert_eq!(claims["a#b"], ["one"]);
    }
}

#[test]
fn a_claim_that_nobody_runs_is_an_error() {
    for text in [
        "fn one() { covers([\"a#b\"]); }",
        "#[test] #[ignore = \"later\"] fn one() { covers([\"a#b\"]); }",
        "#[test] #[cfg(windows)] fn one() { covers([\"a#b\"]); }",
        "#[test] #[should_panic] fn one() { covers([\"a#b\"]); }",
        "#[test] fn one() { if false { contract::covers([\"a#b\"]); } }",
        "#[test] fn one() { covers([NAME]); }",
        "#[test] fn one() { covers(ALL); }",
        "mod inner { #[test] fn one() { covers([\"a#b\"]); } }",
    ] {
        assert!(claims(text).is_err(), "{text}");
    }
    assert!(
        claims("// covers([\"a#b\"]);\n#[test] fn one() { f(\"covers\"); }")
            .unwrap()
            .is_empty()
    );
}
