//! The judge: what it denies, what it lets out, and a second judge to agree with.

mod compare;
mod hidden_writes;
mod reads;
mod second;
mod specimen;
mod table;
mod words;

use super::{Decision, Level, UNKNOWN_ROUTE, may_write, route};
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

#[test]
fn the_route_tells_whether_a_request_may_write_and_not_its_method() {
    for (method, path, writes) in [
        ("GET", "/services/data/v66.0/limits", false),
        (
            "GET",
            "/services/data/v66.0/query?q=SELECT+Id+FROM+Account",
            false,
        ),
        ("HEAD", "/services/data/v66.0/sobjects/Account", false),
        (
            "GET",
            "/services/data/v66.0/query/01gRO0000016PIAYA2-500",
            false,
        ),
        ("GET", "/services/apexrest/orders", true),
        ("HEAD", "/services/apexrest/orders", true),
        (
            "GET",
            "/services/data/v66.0/tooling/executeAnonymous?anonymousBody=x",
            true,
        ),
        (
            "GET",
            "/services/data/v66.0/limits?_HttpMethod=DELETE",
            true,
        ),
        ("GET", "/services/data/v66.0/nowhere", true),
        ("GET", "/services/data/v66.0/Limits", true),
        ("POST", "/services/data/v66.0/sobjects/Account", true),
        ("POST", "/services/data/v66.0/composite", true),
        (
            "DELETE",
            "/services/data/v66.0/sobjects/Account/001000000000001AAA",
            true,
        ),
    ] {
        let method = method.parse().unwrap();
        assert_eq!(may_write(&method, path), writes, "{method} {path}");
    }
}
