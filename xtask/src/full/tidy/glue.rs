//! What a function of the contract costs beside its own code: the lines that hand it
//! through the component's world and through the host's library.
//!
//! A line counts if it says something: blank lines, comments, lines of a `use`, lines
//! that only close brackets, and tests do not count. What is written once for all
//! functions stands elsewhere, in `guest/src/component` and in `host/src/calls.rs`, and
//! does not count; so does what a function itself does, in its family's file.

use std::fs;

use super::{code, files, root};

/// The most lines that a function may cost, on average.
const LINES_MAX: usize = 8;

/// Each export of the component, once for both worlds.
const EXPORTS: &str = "guest/src/component/functions.rs";

/// Each function of the library, one file a family.
const CALLS: &str = "host/src/calls";

/// How many lines of a file say something.
fn lines(text: &str) -> usize {
    let mut in_use = false;
    let says = |line: &&str| {
        let line = line.trim();
        let begins = ["use ", "pub use ", "pub(crate) use ", "pub(super) use "];
        let is_use = in_use || begins.iter().any(|word| line.starts_with(word));
        in_use = is_use && !line.ends_with(';');
        let only_closes = line.chars().all(|one| " )]};,".contains(one));
        !is_use && !only_closes && !line.starts_with("//")
    };
    code(text).lines().filter(says).count()
}

#[test]
fn a_function_of_the_contract_costs_a_handful_of_lines() {
    let exports = fs::read_to_string(root().join(EXPORTS)).unwrap();
    let mut counted = vec![(EXPORTS.to_owned(), lines(&exports))];
    let calls = files(CALLS, &[".rs"]).into_iter();
    counted.extend(calls.map(|(path, text)| (path, lines(&text))));
    let functions = contract::exported_functions().unwrap().len();
    let total: usize = counted.iter().map(|(_, lines)| lines).sum();
    assert!(
        total > functions,
        "{counted:?} cannot be all of {functions}"
    );
    assert!(
        total <= LINES_MAX * functions,
        "{functions} functions cost {total} lines, more than {LINES_MAX} each: {counted:?}"
    );
}

#[test]
fn a_line_counts_if_it_says_something() {
    let text = "//! What it is.\n\nuse a::b;\nuse c::{\n    d,\n    e,\n};\npub(crate) use f;\n\n\
        /// A comment.\nfunction! { one(org: String) -> Page {\n    client(org).run(One).await // why\n\
        } }\n\nimpl A {\n    fn two() {\n    }\n}\n#[cfg(test)]\nmod tests {\n    fn three() {}\n}\n";
    assert_eq!(lines(text), 4);
    assert_eq!(lines("user! { a }\n)};\n"), 1);
}
