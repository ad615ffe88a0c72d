//! The judge: what it denies, what it lets out, and a second judge to agree with.

mod compare;
mod hidden_writes;
mod reads;
mod second;
mod specimen;
mod table;
mod words;

use super::{Decision, Level, UNKNOWN_ROUTE, route};
use specimen::Specimen;

const LEVELS: [Level; 3] = [Level::Everything, Level::NoDelete, Level::ReadOnly];

/// A record's id.
const ID: &str = "001RO000001ABCDEFG";

/// The decision on a request in the form of a [`Specimen`], without its first
/// line: `flags` is that line. `~` is `/services/data/v66.0`, `<id>` an id, `^` a
/// line's end.
fn judged(flags: &str, request: &str) -> Decision {
    let specimen = specimen(flags, request);
    specimen.compare();
    specimen.policy.judge(&specimen.asked())
}

fn specimen(flags: &str, request: &str) -> Specimen {
    let request = request
        .replace('~', "/services/data/v66.0")
        .replace("<id>", ID)
        .replace('^', "\n");
    let text = format!("{flags}\n{request}");
    Specimen::read(text.as_bytes()).unwrap_or_else(|| panic!("not a request: {text}"))
}

fn passes(flags: &str, request: &str) -> bool {
    judged(flags, request).denied.is_none()
}

#[test]
fn a_log_has_the_template_of_a_path_and_nothing_of_the_path() {
    for (path, template) in [
        (
            "/services/data/v66.0/sobjects/Account/001000000000001AAA",
            "/services/data/{version}/sobjects/{object}/{id}",
        ),
        (
            "/services/data/v66.0/query",
            "/services/data/{version}/query",
        ),
        ("/services/data/v66.0/QUERY", UNKNOWN_ROUTE),
        ("/services/data/../x", UNKNOWN_ROUTE),
        ("/elsewhere", UNKNOWN_ROUTE),
        ("", UNKNOWN_ROUTE),
    ] {
        assert_eq!(route(path), template, "{path}");
    }
}
