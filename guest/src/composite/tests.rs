//! What is sent, what is refused, and what is read of each answer.

use proptest::prelude::*;

use super::*;
use crate::answer::tests::answer;
use crate::contract::composite::TreeAnswer;
use crate::contract::rest::Method as Verb;
use crate::names::Host;
use crate::token::AccessToken;

fn part(name: &str, method: Verb, path: &str, body: Option<&str>) -> Subrequest {
    Subrequest {
        reference_id: name.to_owned(),
        method,
        path: path.to_owned(),
        body: body.map(str::to_owned),
        headers: Vec::new(),
    }
}

fn reads(number: usize) -> Vec<Subrequest> {
    let part = |number| part(&format!("r{number}"), Verb::Get, "limits", None);
    (0..number).map(part).collect()
}

fn composite(requests: Vec<Subrequest>) -> Composite {
    Composite {
        requests,
        on_failure: OnFailure::Stop,
        write: Write::default(),
    }
}

fn graph(id: &str, requests: Vec<Subrequest>) -> Graph {
    Graph {
        id: id.to_owned(),
        requests,
    }
}

fn graphs(graphs: Vec<Graph>) -> Graphs {
    Graphs {
        graphs,
        write: Write::default(),
    }
}

fn tree(records: &[&str]) -> Tree {
    Tree {
        object: "Account".to_owned(),
        records: records.iter().map(|&record| record.to_owned()).collect(),
        write: Write::default(),
    }
}

/// The path and the body of a call on this version.
fn sent(operation: &impl Operation, version: &str) -> Result<(String, String), Error> {
    let call = operation.call()?;
    let version = ApiVersion::parse(version).unwrap();
    let host = Host::parse("acme.my.salesforce.com").unwrap();
    let uri = call.uri(&host, version)?;
    let request = call.request(&uri, version, &AccessToken::parse("t").unwrap())?;
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    // It is JSON, whatever is in it.
    serde_json::from_str::<serde_json::Value>(&body).unwrap();
    Ok((uri.path().to_owned(), body))
}

fn words(operation: &impl Operation) -> String {
    let call = operation.call();
    call.err()
        .map_or_else(String::new, |error| error.to_string())
}

fn session() -> Fingerprint {
    AccessToken::parse("t").unwrap().fingerprint().clone()
}

#[test]
fn requests_have_the_version_of_the_call() {
    let mut second = part(
        "b",
        Verb::Patch,
        "sobjects/Account/@{a.id}",
        Some(r#"{"Name":"@{a.x}"}"#),
    );
    second
        .headers
        .push(("If-Match".to_owned(), "\"x\"".to_owned()));
    let requests = vec![part("a", Verb::Get, "query?q=SELECT%20Id", None), second];
    let (path, body) = sent(&composite(requests.clone()), "v65.0").unwrap();
    assert_eq!(path, "/services/data/v65.0/composite");
    assert_eq!(
        body,
        r#"{"allOrNone":true,"compositeRequest":[{"method":"GET","url":"/services/data/v65.0/query?q=SELECT%20Id","referenceId":"a"},{"method":"PATCH","url":"/services/data/v65.0/sobjects/Account/@{a.id}","referenceId":"b","httpHeaders":{"if-match":"\"x\""},"body":{"Name":"@{a.x}"}}]}"#
    );
    let batch = Batch {
        requests: vec![part("", Verb::Post, "sobjects/Account", Some("{}"))],
        on_failure: OnFailure::GoOn,
        write: Write::default(),
    };
    assert_eq!(
        sent(&batch, "v66.0").unwrap(),
        (
            "/services/data/v66.0/composite/batch".to_owned(),
            r#"{"haltOnError":false,"batchRequests":[{"method":"POST","url":"v66.0/sobjects/Account","richInput":{}}]}"#.to_owned()
        )
    );
    let all = graphs(vec![graph(
        "g",
        vec![part("a", Verb::Post, "sobjects/Account", Some("{}"))],
    )]);
    let (path, body) = sent(&all, "v66.0").unwrap();
    assert_eq!(path, "/services/data/v66.0/composite/graph");
    assert_eq!(
        body,
        r#"{"graphs":[{"graphId":"g","compositeRequest":[{"method":"POST","url":"/services/data/v66.0/sobjects/Account","referenceId":"a","body":{}}]}]}"#
    );
    assert!(matches!(sent(&all, "v49.0"), Err(Error::Unsupported(_))));
    assert!(sent(&all, "v50.0").is_ok());
}

#[test]
fn only_requests_that_all_read_are_repeated() {
    let repeat = |requests| composite(requests).call().unwrap().manner().repeat;
    assert_eq!(repeat(reads(3)), Repeat::Always);
    let mut mixed = reads(3);
    mixed.push(part("w", Verb::Post, "sobjects/Account", Some("{}")));
    assert_eq!(repeat(mixed), Repeat::UnlessExecuted);
    let apex = part(
        "x",
        Verb::Get,
        "tooling/executeAnonymous?anonymousBody=x",
        None,
    );
    assert_eq!(repeat(vec![apex]), Repeat::UnlessExecuted);
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let one = |part| words(&composite(vec![part]));
    let get = |path| part("a", Verb::Get, path, None);
    for (path, expected) in [
        (
            "/services/data/v66.0/limits",
            "request 1 of the list: its path is not relative",
        ),
        (
            "../oauth2/token",
            "request 1 of the list: the path cannot be sent: ",
        ),
        (
            "sobjects//Account",
            "request 1 of the list: the path cannot be sent: ",
        ),
        (
            "sobjects/@{a.id",
            "request 1 of the list: the path cannot be sent: ",
        ),
        (
            "sobjects/@{a/../b}",
            "request 1 of the list: the path cannot be sent: ",
        ),
        (
            "",
            "request 1 of the list: the path cannot be sent: it is empty",
        ),
    ] {
        let refused = one(get(path));
        assert!(refused.starts_with(expected), "{path}: {refused}");
    }
    assert!(one(part("a", Verb::Options, "limits", None)).contains("OPTIONS"));
    assert!(one(part("a", Verb::Post, "sobjects/A", Some("{]"))).contains("not JSON"));
    for name in ["", "a-b", "é", &"x".repeat(41)] {
        assert!(
            one(part(name, Verb::Get, "limits", None)).contains("1 to 40"),
            "{name}"
        );
    }
    assert_eq!(one(part(&"x".repeat(40), Verb::Get, "limits", None)), "");
    let twice = vec![get("limits"), get("limits")];
    assert!(words(&composite(twice)).contains("twice"));
    for name in ["Authorization", "Accept", "Content-Type", "Host"] {
        let mut named = get("limits");
        named.headers.push((name.to_owned(), "x".to_owned()));
        assert_ne!(one(named), "", "{name}");
    }
    let mut keyed = composite(reads(1));
    keyed.write.repeat = Some(crate::contract::types::Repeat::Keyed(String::new()));
    assert!(matches!(keyed.call(), Err(Error::Unsupported(_))));
}

#[test]
fn each_function_has_its_limits() {
    for (number, accepted) in [(0, false), (1, true), (25, true), (26, false)] {
        assert_eq!(
            composite(reads(number)).call().is_ok(),
            accepted,
            "{number}"
        );
    }
    for (number, accepted) in [(5, true), (6, false)] {
        let path = |number: usize| ["query?q=x", "composite/sobjects/A?ids=1"][number % 2];
        let queries = (0..number).map(|at| part(&format!("r{at}"), Verb::Get, path(at), None));
        assert_eq!(
            composite(queries.collect()).call().is_ok(),
            accepted,
            "{number}"
        );
    }
    let many = |graphs_of: usize, nodes: usize| {
        let each = (0..graphs_of).map(|number| graph(&format!("g{number}"), reads(nodes)));
        graphs(each.collect()).call().is_ok()
    };
    for (number, nodes, accepted) in [
        (1, 1, true),
        (0, 1, false),
        (1, 0, false),
        (75, 1, true),
        (76, 1, false),
        (1, 500, true),
        (1, 501, false),
        (5, 100, true),
        (5, 101, false),
    ] {
        assert_eq!(many(number, nodes), accepted, "{number} {nodes}");
    }
}

#[test]
fn answers_have_an_entry_for_each_request() {
    let two = composite(reads(2));
    let read = |body: &str| two.read(answer(200, "application/json", body), &session());
    let one = r#"{"body":{"x":1},"httpHeaders":{"Location":"/a"},"httpStatusCode":201,"referenceId":"r0"}"#;
    let other = r#"{"body":null,"httpHeaders":{},"httpStatusCode":204,"referenceId":"r1"}"#;
    let both = read(&format!(r#"{{"compositeResponse":[{one},{other}]}}"#)).unwrap();
    assert_eq!(
        (both[0].status, both[0].body.as_deref()),
        (201, Some(r#"{"x":1}"#))
    );
    assert_eq!(both[0].headers, [("Location".to_owned(), "/a".to_owned())]);
    assert_eq!(
        (both[1].status, &both[1].body, &*both[1].reference_id),
        (204, &None, "r1")
    );
    for body in [
        "",
        "{}",
        "[]",
        &format!(r#"{{"compositeResponse":[{one}]}}"#),
    ] {
        assert!(
            matches!(read(body), Err(Error::UnexpectedAnswer(_))),
            "{body}"
        );
    }
    let batch = Batch {
        requests: reads(2),
        on_failure: OnFailure::Stop,
        write: Write::default(),
    };
    let halted = r#"{"hasErrors":true,"results":[{"statusCode":400,"result":[{"errorCode":"C"}]},{"statusCode":412,"result":null}]}"#;
    let read = batch
        .read(answer(200, "application/json", halted), &session())
        .unwrap();
    assert_eq!(
        (read[0].status, read[1].status, &read[1].body),
        (400, 412, &None)
    );
    let all = graphs(vec![graph("g", reads(1))]);
    let body = r#"{"graphs":[{"graphId":"g","graphResponse":{"compositeResponse":[{"body":1,"httpStatusCode":200,"referenceId":"r0"}]},"isSuccessful":false}]}"#;
    let read = all
        .read(answer(200, "application/json", body), &session())
        .unwrap();
    assert_eq!(
        (&*read[0].id, read[0].successful, read[0].responses.len()),
        ("g", false, 1)
    );
}

#[test]
fn a_tree_has_limits_of_its_own() {
    let leaf =
        |name: usize| format!(r#"{{"attributes":{{"type":"Contact","referenceId":"r{name}"}}}}"#);
    let deep = |levels: usize| {
        (1..levels).fold(leaf(0), |inner, name| {
            format!(r#"{{"attributes":{{"type":"Account","referenceId":"r{name}"}},"Children":{{"records":[{inner}]}}}}"#)
        })
    };
    assert_eq!(words(&tree(&[&deep(5)])), "");
    assert!(words(&tree(&[&deep(6)])).contains("5 levels"));
    let wide = |number: usize| {
        let leaves: Vec<String> = (1..number).map(leaf).collect();
        format!(
            r#"{{"attributes":{{"type":"A","referenceId":"r0"}},"C":{{"records":[{}]}}}}"#,
            leaves.join(",")
        )
    };
    assert_eq!(words(&tree(&[&wide(200)])), "");
    assert!(words(&tree(&[&wide(201)])).contains("200 records"));
    let of = |number: usize| {
        let leaves = (1..number).map(|at| leaf(at).replace("Contact", &format!("O{at}")));
        let leaves: Vec<String> = leaves.collect();
        format!(
            r#"{{"attributes":{{"type":"O0","referenceId":"r0"}},"C":{{"records":[{}]}}}}"#,
            leaves.join(",")
        )
    };
    assert_eq!(words(&tree(&[&of(5)])), "");
    assert!(words(&tree(&[&of(6)])).contains("5 objects"));
    for (record, expected) in [
        ("[]", "not a JSON object"),
        ("{}", "no `attributes.type`"),
        (
            r#"{"attributes":{"type":"A"}}"#,
            "no `attributes.referenceId`",
        ),
        (
            r#"{"attributes":{"type":"../","referenceId":"a"}}"#,
            "does not begin with a letter",
        ),
        (
            r#"{"attributes":{"type":"A","referenceId":"a"},"C":{"records":[7]}}"#,
            "not an object",
        ),
    ] {
        assert!(
            words(&tree(&[record])).contains(expected),
            "{record}: {}",
            words(&tree(&[record]))
        );
    }
    assert!(words(&tree(&[&leaf(1), &leaf(1)])).contains("twice"));
    assert!(words(&tree(&[])).contains("no record"));
    let (path, body) = sent(&tree(&[&leaf(1)]), "v66.0").unwrap();
    assert_eq!(path, "/services/data/v66.0/composite/tree/Account");
    assert_eq!(body, format!(r#"{{"records":[{}]}}"#, leaf(1)));

    let read =
        |status, body: &str| tree(&[]).read(answer(status, "application/json", body), &session());
    let created = r#"{"hasErrors":false,"results":[{"referenceId":"r1","id":"001"}]}"#;
    assert!(
        matches!(read(201, created), Ok(TreeAnswer::Created(planted)) if planted[0].id == "001")
    );
    let refused = r#"{"hasErrors":true,"results":[{"referenceId":"r1","errors":[{"statusCode":"C","message":"m","fields":[]}]}]}"#;
    assert!(
        matches!(read(400, refused), Ok(TreeAnswer::Refused(refusals)) if refusals[0].errors[0].code == "C")
    );
    assert!(matches!(
        read(400, r#"[{"errorCode":"C"}]"#),
        Err(Error::Api(_))
    ));
    assert!(matches!(read(201, "{}"), Err(Error::UnexpectedAnswer(_))));
}

proptest! {
    #[test]
    fn any_part_and_any_answer_are_survived(
        path in "[a-z@{}./?%]{0,30}",
        body in "\\PC{0,30}",
        text in "\\PC{0,60}",
    ) {
        let part = part("a", Verb::Post, &path, Some(&body));
        if composite(vec![part.clone()]).call().is_ok() {
            _ = sent(&composite(vec![part]), "v66.0").unwrap();
        }
        _ = tree(&[&text]).call();
        for status in [200, 400] {
            _ = composite(reads(1)).read(answer(status, "application/json", &text), &session());
            _ = tree(&[]).read(answer(status, "application/json", &text), &session());
        }
    }
}
