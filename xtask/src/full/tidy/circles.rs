//! No circle between files: what a file needs can be read without reading the file.
//!
//! A file needs another one of its crate if it names something that is defined there, in
//! a `use`, in a path, or in what it gives a macro. A name that a file only hands on
//! leads to the file that defines it. Tests do not count.
//!
//! Files that need each other are a circle, unless one of them is an ancestor of all
//! others: a module and its descendants are one thing in several files, so they may name
//! each other. Its descendants among themselves may not go in a circle either, without
//! it. And a descendant that others use for itself counts as any file: with `a` needing
//! `b::c`, `b::c` needing `b`, and `b` needing `a`, there is a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::sources::{Crate, Names};
use super::{members, root};

/// What may be: the file, the file that it needs, and why.
const ALLOWED: &[(&str, &str, &str)] = &[];

/// Circles that are left for later, each by its files. The test fails for each circle
/// that is not here to the file, and for an entry that is no longer a circle. So a change
/// that breaks one takes its entry out, and one that only makes it smaller or moves its
/// files writes what the test then prints.
const KNOWN: &[&[&str]] = &[];

/// What each file needs, by module.
type Needs = BTreeMap<Names, BTreeSet<Names>>;

/// The parts of what is left, each with files that need each other.
fn circles(needs: &Needs) -> Vec<BTreeSet<Names>> {
    let mut found = Vec::new();
    let mut left: BTreeSet<&Names> = needs.keys().collect();
    while let Some(first) = left.pop_first() {
        let circle: BTreeSet<Names> = reached(needs, first)
            .into_iter()
            .filter(|other| reached(needs, other).contains(first))
            .collect();
        left.retain(|other| !circle.contains(*other));
        if circle.len() < 2 {
            continue;
        }
        let head = circle.iter().find(|head| {
            let mut others = circle.iter();
            others.all(|other| other.starts_with(head))
        });
        match head {
            None => found.push(circle),
            Some(head) => {
                let inside = |module: &&Names| circle.contains(*module) && *module != head;
                let below: Needs = needs
                    .iter()
                    .filter(|(module, _)| inside(module))
                    .map(|(module, needed)| {
                        let needed = needed.iter().filter(inside);
                        (module.clone(), needed.cloned().collect())
                    })
                    .collect();
                found.extend(circles(&below));
            }
        }
    }
    found
}

/// The files that one needs, and those that these need, and so on.
fn reached(needs: &Needs, from: &Names) -> BTreeSet<Names> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Names> = needs[from].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module.clone()) {
            next.extend(&needs[module]);
        }
    }
    reached
}

/// The shortest way from a file back to itself, among these.
fn round(needs: &Needs, from: &Names, among: &BTreeSet<Names>) -> Vec<Names> {
    let mut ways = VecDeque::from([vec![from.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in needs[way.last().unwrap()].intersection(among) {
            let longer = [way.as_slice(), std::slice::from_ref(next)].concat();
            if next == from {
                return longer;
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    Vec::new()
}

/// What each file of a crate needs, but for what is allowed; notes what of it is there.
fn needs(read: &Crate, allowed: &mut BTreeSet<(&str, &str)>) -> Needs {
    let path = |module: &Names| read.files[module].path.as_path();
    let of = |module: &Names| {
        let mut needed = read.named_by(module);
        needed.retain(|other| {
            let exception = ALLOWED.iter().find(|(from, to, _)| {
                path(module) == Path::new(from) && path(other) == Path::new(to)
            });
            allowed.extend(exception.map(|(from, to, _)| (*from, *to)));
            exception.is_none()
        });
        needed
    };
    let mut of = of;
    read.files
        .keys()
        .map(|module| (module.clone(), of(module)))
        .collect()
}

/// The roots of all crates: a library and a program in one folder are two.
fn roots() -> Vec<PathBuf> {
    let sources = members().into_iter().flat_map(|member| {
        ["lib.rs", "main.rs"].map(|file| Path::new(&member).join("src").join(file))
    });
    sources.filter(|file| root().join(file).exists()).collect()
}

#[test]
fn no_files_go_in_a_circle() {
    let mut known: BTreeSet<BTreeSet<PathBuf>> = KNOWN
        .iter()
        .map(|circle| circle.iter().map(PathBuf::from).collect())
        .collect();
    let mut allowed = BTreeSet::new();
    let mut complaints = Vec::new();
    for file in roots() {
        let read = Crate::read(&root(), &file);
        let needs = needs(&read, &mut allowed);
        for circle in circles(&needs) {
            let path = |module: &Names| read.files[module].path.clone();
            if known.remove(&circle.iter().map(path).collect()) {
                continue;
            }
            let round = round(&needs, circle.first().unwrap(), &circle);
            let round: Vec<_> = round
                .iter()
                .map(|one| path(one).display().to_string())
                .collect();
            let all: Vec<_> = circle
                .iter()
                .map(|one| path(one).display().to_string())
                .collect();
            complaints.push(format!(
                "these {} files are a circle:\n  {}\nfor example:\n  {}",
                all.len(),
                all.join("\n  "),
                round.join("\n  -> ")
            ));
        }
    }
    for circle in known {
        complaints.push(format!("no circle, take it out of KNOWN: {circle:?}"));
    }
    for (from, to, _) in ALLOWED {
        if !allowed.contains(&(from, to)) {
            complaints.push(format!("{from} does not need {to}: take it out of ALLOWED"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// A crate of these files, the first of which is its root; its circles, by file.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let read = Crate::read(folder.path(), Path::new(files[0].0));
    assert_eq!(read.files.len(), files.len(), "every file is read");
    let circles = circles(&needs(&read, &mut BTreeSet::new()));
    let names = |circle: &BTreeSet<Names>| circle.iter().map(|module| module.join("::")).collect();
    circles.iter().map(names).collect()
}

#[test]
fn siblings_that_need_each_other_are_found_however_they_say_it() {
    let root = ("lib.rs", "mod a; mod b; pub use b::B;");
    let needed = ("a.rs", "pub struct A; use crate::b::B;");
    for by in [
        "use crate::a::A; pub struct B;",
        "use crate::{a::{self, A as Other}}; pub struct B;",
        "use super::a; pub struct B;",
        "pub struct B(super::a::A);",
        "pub struct B; fn f() { print!(\"{}\", crate::a::A) }",
        "pub struct B; mod inner { use super::super::a::A; }",
    ] {
        assert_eq!(
            circles_of(&[root, needed, ("b.rs", by)]),
            [["a", "b"]],
            "{by}"
        );
    }
    // Of what the root hands on.
    let through = ("a.rs", "pub struct A; use crate::B;");
    let by = ("b.rs", "use super::a::*; pub struct B;");
    assert_eq!(circles_of(&[root, through, by]), [["a", "b"]]);
}

#[test]
fn what_only_tests_need_is_no_circle() {
    let root = ("lib.rs", "mod a; mod b;");
    let a = (
        "a.rs",
        "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
    );
    let b = ("b.rs", "use crate::a::A; pub struct B; /* crate::b::B */");
    assert!(circles_of(&[root, a, b]).is_empty());
    let a = ("a.rs", "pub struct A; #[cfg(not(test))] use crate::b::B;");
    assert_eq!(circles_of(&[root, a, b]), [["a", "b"]]);
    // Who may see it, and what others are called, is no need either.
    let a = (
        "a.rs",
        "pub(in crate) struct A; pub(super) const T: &str = \"crate::b::B\"; use std::b;",
    );
    assert!(circles_of(&[root, a, b]).is_empty());
}

#[test]
fn a_module_and_its_descendants_are_one_thing() {
    let root = ("lib.rs", "mod a; mod b;");
    let a = ("a.rs", "pub struct A; mod x; mod y; use x::X;");
    let x = ("a/x.rs", "use super::A; use crate::a::y::Y; pub struct X;");
    let y = ("a/y.rs", "use super::A; pub struct Y;");
    let b = ("b.rs", "use crate::a::A; pub struct B;");
    assert!(circles_of(&[root, a, x, y, b]).is_empty());
    // But not among themselves.
    let y = ("a/y.rs", "use super::{A, x::X}; pub struct Y;");
    assert_eq!(circles_of(&[root, a, x, y, b]), [["a::x", "a::y"]]);
    // And not by way of another.
    let y = ("a/y.rs", "use crate::b::B; pub struct Y;");
    assert_eq!(
        circles_of(&[root, a, x, y, b]),
        [["a", "a::x", "a::y", "b"]]
    );
}

#[test]
fn a_descendant_that_others_use_counts_as_any_file() {
    let root = ("lib.rs", "mod a; mod b;");
    let a = ("a.rs", "use crate::b::c::C; pub struct A;");
    let b = ("b.rs", "pub mod c; use crate::a::A; pub struct B;");
    let c = ("b/c.rs", "use super::B; pub struct C;");
    assert_eq!(circles_of(&[root, a, b, c]), [["a", "b", "b::c"]]);
    // Of what it hands on, it is not.
    let c = ("b/c.rs", "use super::Other; pub struct C;");
    let b = (
        "b.rs",
        "pub mod c; use crate::a::A; use std::io::Error as Other;",
    );
    assert!(circles_of(&[root, a, b, c]).is_empty());
}
