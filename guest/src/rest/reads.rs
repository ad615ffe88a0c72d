//! Which requests do nothing but read, so that they can be sent again when an answer was
//! lost. What is not known to read does not. Pure.
//!
//! Sources: Tooling API Developer Guide, "REST Resources" (`executeAnonymous` and the runs
//! of tests are GETs); REST API Developer Guide, "Headers" (`Sforce-Mru`) and "Search";
//! SOQL and SOSL Reference, "FOR UPDATE", "FOR VIEW", "UPDATE"; User Interface API
//! Developer Guide, "Get a Record" (`updateMru`); Knowledge Developer Guide, "Articles
//! Details" (a view is counted).

use http::Method;
use http::header::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use super::path::{Place, Target};
use crate::soql;

/// What runs Apex, by the beginning of the segment below `tooling`, in lower case.
const RUNS: [&str; 2] = ["executeanonymous", "runtests"];

/// The families of resources below a version of which GETs read, in lower case. They are
/// those of the host's policy (`host/src/policy/routes/table.rs`).
const FAMILIES: [&str; 25] = [
    "actions",
    "analytics",
    "appmenu",
    "compactlayouts",
    "composite",
    "consent",
    "event",
    "jobs",
    "knowledgemanagement",
    "limits",
    "metadata",
    "parameterizedsearch",
    "process",
    "query",
    "queryall",
    "quickactions",
    "recent",
    "search",
    "searchlayout",
    "sobjects",
    "support",
    "tabs",
    "theme",
    "tooling",
    "ui-api",
];

/// Parameters with which a GET writes, or is none, in lower case.
const PARAMETERS: [&str; 4] = [
    "_httpmethod",
    "updatemru",
    "updatetracking",
    "updateviewstat",
];

/// Words of a statement that locks records, or changes statistics of them. One within a
/// string counts, too: the request is then not repeated, which harms nothing.
const WORDS: [&str; 2] = ["FOR", "UPDATE"];

/// Whether a request does nothing but read.
pub(super) fn reads(
    method: &Method,
    target: &Target,
    headers: &[(HeaderName, HeaderValue)],
) -> bool {
    let is_get = matches!(*method, Method::GET | Method::HEAD);
    let mut headers = headers.iter();
    is_get
        && target.place.is_read_by_get()
        && is_known(target)
        && !runs_apex(&target.below)
        && !counts_views(&target.below)
        && !parameters_write(&target.query)
        && !headers.any(|(name, _)| name == "sforce-mru")
}

/// Whether a resource is one that is known to be read by GET. The list of resources of a
/// version is.
fn is_known(target: &Target) -> bool {
    let first = target.below.first().filter(|first| !first.is_empty());
    let is_family = |first: &String| FAMILIES.contains(&first.to_ascii_lowercase().as_str());
    target.place != Place::Data || first.is_none_or(is_family)
}

/// Whether the resource is an article, which counts that it was viewed.
fn counts_views(below: &[String]) -> bool {
    let [family, resource, article, ..] = below else {
        return false;
    };
    family.eq_ignore_ascii_case("support")
        && resource.eq_ignore_ascii_case("knowledgeArticles")
        && !article.is_empty()
}

fn runs_apex(below: &[String]) -> bool {
    let [first, second, ..] = below else {
        return false;
    };
    let second = second.to_ascii_lowercase();
    first.eq_ignore_ascii_case("tooling") && RUNS.iter().any(|run| second.starts_with(run))
}

fn parameters_write(query: &str) -> bool {
    query.split('&').any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let (name, value) = (decoded(name).to_ascii_lowercase(), decoded(value));
        // A parameterized search has clauses in parameters of many names.
        PARAMETERS.contains(&name.as_str()) || soql::has_word(&value, &WORDS)
    })
}

/// As a form is decoded.
fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::path;
    use super::*;

    /// Methods that no table calls a read.
    const OTHERS: [Method; 5] = [
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];

    fn is_read(method: &Method, path: &str) -> bool {
        reads(method, &path::read(path).unwrap(), &[])
    }

    #[test]
    fn only_a_get_or_head_that_reads_does() {
        for (path, is) in [
            ("limits", true),
            ("", true),
            ("sobjects/Account/001", true),
            ("sobjects/Account/Ext__c/a%2Fb", true),
            ("query/01g-2000", true),
            ("tooling/query?q=SELECT+Id+FROM+ApexClass", true),
            ("tooling/sobjects", true),
            ("jobs/ingest/750", true),
            ("tooling/executeAnonymous/?anonymousBody=x", false),
            ("tooling/executeAnonymous", false),
            ("Tooling/EXECUTEANONYMOUS", false),
            ("/services/data/v66.0/tooling/executeAnonymous/", false),
            ("tooling/runTestsAsynchronous/?classids=01p", false),
            ("tooling/runTestsSynchronous", false),
            ("tooling/executeAnonymousx", false),
            ("query?q=SELECT+Id+FROM+Account", true),
            ("query?q=SELECT+Id+FROM+Forecast__c", true),
            ("query?q=SELECT+Id,Update__c+FROM+Account", true),
            ("query?q=SELECT+Id+FROM+Account+FOR+UPDATE", false),
            ("query?q=SELECT%20Id%20FROM%20Account%20for%0Aview", false),
            ("queryAll?q=SELECT+Id+FROM+A+UPDATE+TRACKING", false),
            ("query?q=SELECT+Id+FROM+A+FOR%2F**%2FUPDATE", false),
            ("query?q=SELECT+Id+FROM+A+WHERE+Name='for'", false),
            ("query?%71=SELECT+Id+FROM+A+FOR+VIEW", false),
            ("search?q=FIND+%7Bx%7D+UPDATE+VIEWSTAT", false),
            ("parameterizedSearch?q=x&updateTracking=true", false),
            (
                "parameterizedSearch?q=x&Account.where=A=1%20FOR%20VIEW",
                false,
            ),
            ("parameterizedSearch?q=x&sobject=Account", true),
            ("ui-api/records/001?fields=Account.Name", true),
            (
                "ui-api/records/001?fields=Account.Name&updateMru=true",
                false,
            ),
            ("support/knowledgeArticles", true),
            ("support/knowledgeArticles/kA0", false),
            ("Support/KnowledgeArticles/kA0", false),
            ("SObjects/Account/001", true),
            ("chatter/feeds/news/me", false),
            ("limitsx", false),
            ("sobjects/Account/001?_HttpMethod=DELETE", false),
            ("sobjects/Account/001?_httpmethod=delete", false),
            ("sobjects/Account/001?%5FHttpMethod=PATCH", false),
            ("sobjects/Account/001?fields=Name", true),
            ("/services/data", true),
            ("/services/async/66.0/job/750", true),
            ("/services/apexrest/orders", false),
            ("/services/Soap/u/66.0", false),
            ("/services/other", false),
            ("/id/00DSb0000000001/005Sb0000000001?format=json", true),
        ] {
            let path = if path.is_empty() {
                "/services/data/v66.0/"
            } else {
                path
            };
            assert_eq!(is_read(&Method::GET, path), is, "{path}");
            assert_eq!(is_read(&Method::HEAD, path), is, "{path}");
            for method in OTHERS {
                assert!(!is_read(&method, path), "{method} {path}");
            }
        }
    }

    #[test]
    fn a_get_that_moves_a_record_in_the_list_of_the_recently_used_does_not_only_read() {
        let target = path::read("sobjects/Account/001").unwrap();
        let mru = (
            HeaderName::from_static("sforce-mru"),
            HeaderValue::from_static("updateMru=true"),
        );
        assert!(!reads(&Method::GET, &target, &[mru]));
        let other = (
            HeaderName::from_static("if-none-match"),
            HeaderValue::from_static("\"x\""),
        );
        assert!(reads(&Method::GET, &target, &[other]));
    }

    /// The host's policy has a table of its own. What is no read to it must not be sent again
    /// here, as if it were one.
    #[test]
    fn what_is_no_read_to_the_hosts_policy_is_none_here() {
        let table = include_str!("../../../host/src/policy/tests/table.txt");
        let mut writes = 0;
        for row in table.lines().filter(|line| !line.starts_with('#')) {
            let (levels, request) = row.split_once(" | ").expect("a row");
            let (request, header) = request.split_once('^').unwrap_or((request, ""));
            let (method, path) = request.split_once(' ').expect("a method");
            let method: Method = method.parse().expect("a method");
            let path = path.replace('~', "/services/data/v66.0");
            let path = path.replace("<id>", "001000000000001AAA");
            let is_get = matches!(method, Method::GET | Method::HEAD);
            let is_read_there = levels.ends_with("yes");
            let has_headers = !header.is_empty();
            if !is_get || is_read_there || has_headers {
                continue;
            }
            // What is refused is never sent.
            let Ok(target) = path::read(&path) else {
                continue;
            };
            writes += 1;
            assert!(!reads(&method, &target, &[]), "{request}");
        }
        assert!(writes >= 10, "{writes}");
    }
}
