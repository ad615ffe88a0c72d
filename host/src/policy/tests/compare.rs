//! The two judges agree: on whatever proptest puts together from pieces that
//! matter, and on the corpus that fuzzing has left.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::super::routes::TABLE;
use super::{ID, Specimen};

const FLAGS: [&str; 8] = [
    "everything",
    "no-delete",
    "read-only",
    "read-only open",
    "no-delete open",
    "read-only apex",
    "everything login",
    "no-delete login",
];
const METHODS: [&str; 8] = [
    "GET", "GET", "POST", "POST", "PATCH", "DELETE", "HEAD", "PUT",
];
const PARAMETERS: &[&str] = &[
    "_HttpMethod=PATCH",
    "_HttpMethod=DELETE",
    "_HttpMethod=GET",
    "_HttpMethod=POST",
    "_httpmethod=PATCH",
    "%5FHttpMethod=GET",
    "q=SELECT+Id+FROM+A",
    "q=SELECT+Id+FROM+A+FOR+VIEW",
    "q='for'",
    "q='\\''",
    "q=FIND+{for}",
    "q=FIND+{x\\}",
    "q=%27%2527",
    "Q=x",
    "explain=update",
    "updateMru=true",
    "updateMru=false",
    "updateViewStat=false",
    "updateTracking=x",
    "a=%zz",
    "a;b",
    "a=@{r.id}",
    "anonymousBody=x",
    "",
    "=",
    "A.where=N='b'+FOR+VIEW",
];
const HEADERS: &[&str] = &[
    "Content-Type: application/json",
    "Content-Type: application/xml",
    "Content-Type: text/xml; charset=UTF-8",
    "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: application/json; charset=utf-16",
    "Content-Encoding: gzip",
    "Content-Encoding: identity",
    "Sforce-Mru: updateMru=true",
    "Sforce-Mru: updateMru=false",
    "X-HTTP-Method-Override: DELETE",
    "X_Http_Method: GET",
    "If-Match: x",
];
const BODIES: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    "x",
    "{\"a\":1,\"a\":2}",
    "{\"ids\":[\"a\"],\"fields\":[\"b\"]}",
    "{\"records\":[{\"attributes\":{\"type\":\"Account\"}}]}",
    "{\"records\":[{\"attributes\":{\"type\":\"ApexClass\"}}]}",
    "{\"records\":[{\"attributes\":{\"type\":\"@{a.b}\"}}]}",
    "{\"operation\":\"insert\",\"object\":\"A\"}",
    "{\"operation\":\"delete\"}",
    "{\"operation\":\"query\",\"query\":\"SELECT Id FROM A\"}",
    "{\"operation\":\"query\",\"query\":\"SELECT Id FROM A FOR VIEW\"}",
    "{\"operations\":[{\"type\":\"CREATE\"}]}",
    "{\"operations\":[{\"type\":\"DELETE\"}]}",
    "{\"query\":\"{ a }\"}",
    "{\"query\":\"mutation { uiapi { ACreate } }\"}",
    "{\"query\":\"mutation { uiapi { ADelete } }\"}",
    "{\"Query\":\"{ a }\"}",
    "{\"q\":\"for\",\"updateTracking\":false}",
    "{\"q\":\"x\",\"updateTracking\":true}",
    "<jobInfo><operation>insert</operation></jobInfo>",
    "<jobInfo><operation>delete</operation><object>A</object></jobInfo>",
    "<jobInfo><state>Closed</state></jobInfo>",
];

fn piece(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

/// A path of the table with something in place of its placeholders.
fn path() -> impl Strategy<Value = String> {
    let templates: Vec<&str> = TABLE.iter().map(|route| route.template).collect();
    let fill = prop::sample::select(
        &[
            "Account",
            "User",
            "ApexClass",
            "describe",
            "a%2Fb",
            "x",
            "@{r.id}",
        ][..],
    );
    let bend = prop::sample::select(
        &[
            "", "", "", "", "", "/", "/x", ".json", "//", "%2e", ";", "C",
        ][..],
    );
    (prop::sample::select(templates), fill, bend).prop_map(|(template, fill, bend)| {
        let mut path = String::new();
        for segment in template.split('/').skip(1) {
            path.push('/');
            path.push_str(match segment {
                "{version}" => "v66.0",
                "{number}" => "66.0",
                "{id}" | "{ids}" => ID,
                "{org}" => "00DRO0000008ABCDEF",
                "{user}" => "005RO000001ABCD",
                placeholder if placeholder.starts_with('{') => fill,
                words => words.split('|').next().unwrap(),
            });
        }
        if bend == "C" {
            path.to_uppercase().replace("V66", "v66")
        } else {
            path + bend
        }
    })
}

fn target() -> impl Strategy<Value = String> {
    let parameters = prop::collection::vec(piece(PARAMETERS), 0..3);
    (path(), parameters).prop_map(|(path, parameters)| {
        if parameters.is_empty() {
            path
        } else {
            format!("{path}?{}", parameters.join("&"))
        }
    })
}

/// A body, or parts around bodies.
fn body() -> impl Strategy<Value = String> {
    let leaf = piece(BODIES).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let part = (prop::sample::select(&METHODS[..]), target(), inner, any::<bool>());
        let parts = prop::collection::vec(part, 0..3);
        (parts, 0..3_u8).prop_map(|(parts, shape)| {
            let parts = parts.iter().zip(["r", "s", "r"]).map(|((method, url, body, relative), reference)| {
                let url = if *relative { url.trim_start_matches("/services/data/") } else { url };
                let url = serde_json::to_string(url).unwrap();
                let body = if body.starts_with(['{', '[']) { body } else { "null" };
                if shape == 1 {
                    format!("{{\"method\":\"{method}\",\"url\":{url},\"richInput\":{body}}}")
                } else {
                    format!("{{\"method\":\"{method}\",\"url\":{url},\"referenceId\":\"{reference}\",\"body\":{body}}}")
                }
            });
            let parts: Vec<String> = parts.collect();
            let parts = parts.join(",");
            match shape {
                0 => format!("{{\"compositeRequest\":[{parts}]}}"),
                1 => format!("{{\"batchRequests\":[{parts}]}}"),
                _ => format!("{{\"graphs\":[{{\"graphId\":\"g\",\"compositeRequest\":[{parts}]}}]}}"),
            }
        })
    })
}

/// Enough to see a wrong row; fuzzing looks further.
const CASES: u32 = 256;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn the_judges_agree(
        flags in prop::sample::select(&FLAGS[..]),
        method in prop::sample::select(&METHODS[..]),
        target in target(),
        headers in prop::collection::vec(piece(HEADERS), 0..3),
        body in body(),
    ) {
        let headers: String = headers.iter().map(|header| format!("{header}\n")).collect();
        let text = format!("{flags}\n{method} {target}\n{headers}\n{body}");
        if let Some(specimen) = Specimen::read(text.as_bytes()) {
            specimen.compare();
        }
    }

    #[test]
    fn the_judges_agree_on_containers(
        flags in prop::sample::select(&FLAGS[..]),
        path in prop::sample::select(&["composite", "composite/batch", "composite/graph", "tooling/composite/batch"][..]),
        body in body(),
    ) {
        let text = format!("{flags}\nPOST /services/data/v66.0/{path}\n\n{body}");
        Specimen::read(text.as_bytes()).unwrap().compare();
    }

    #[test]
    fn the_judges_agree_on_statements(text in "[A-Za-z '\\\\{}\"/*(),=-]{0,12}( ?(for|update|'|\\\\'|\\{|\\}|--))*", resource in prop::sample::select(&["query", "search"][..])) {
        let text: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let text = format!("read-only\nGET /services/data/v66.0/{resource}?q={text}\n\n");
        Specimen::read(text.as_bytes()).unwrap().compare();
    }

    #[test]
    fn the_judges_agree_on_documents(text in "(query|mutation|fragment|a|uiapi|ACreate|ADelete|[{}(){}:@#$!.,]|\\.\\.\\.|\"|\"\"\"|\\\\|\n| )*", level in prop::sample::select(&["no-delete", "read-only"][..])) {
        let body = serde_json::json!({"query": text});
        let text = format!("{level}\nPOST /services/data/v66.0/graphql\n\n{body}");
        Specimen::read(text.as_bytes()).unwrap().compare();
    }
}

/// Each file is a [`Specimen`] that once made a difference, or a seed.
#[test]
fn the_judges_agree_on_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/policy");
    let mut read = 0;
    for file in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let Some(specimen) = Specimen::read(&bytes) else {
            continue;
        };
        specimen.compare();
        read += 1;
    }
    assert!(read >= 30, "{read} specimens");
}
