//! What is said of a denial, and what an audit gets.

use super::super::{Effect, Policy};
use super::{judged, specimen};

fn words(flags: &str, request: &str) -> String {
    judged(flags, request).denied.unwrap().to_string()
}

#[test]
fn a_denial_names_the_rule_and_what_would_allow_it() {
    for (flags, request, expected) in [
        (
            "read-only",
            "PATCH ~/sobjects/Account/<id>^^{}",
            "the policy is read-only, and PATCH /services/data/{version}/sobjects/{object}/{id} is \
             a write; allow it with `--allow-path \"PATCH /services/data/*/sobjects/*/*\"`",
        ),
        (
            "no-delete",
            "GET /services/apexrest/secret/path",
            "the policy is no-delete, and GET /services/apexrest/{**} can delete or disable without \
             saying so; allow it with `--allow-path \"GET /services/apexrest/**\"`",
        ),
        (
            "read-only",
            "GET ~/something/secret",
            "the policy is read-only, and GET (unknown) is not a request with a known effect; allow \
             it with `--allow-path \"GET /services/...\"`",
        ),
        (
            "everything",
            "GET ~/tooling/executeAnonymous?anonymousBody=secret",
            "GET /services/data/{version}/tooling/executeAnonymous runs anonymous Apex, which every \
             policy denies; allow it with `--allow-anonymous-apex`",
        ),
        (
            "everything",
            "GET /services/oauth2/userinfo",
            "GET /services/oauth2/* is only for the component's own login; no option allows it",
        ),
        (
            "everything",
            "GET ~/limits?secret=1&secret=2",
            "the request can be read in two ways: its query has a parameter twice; send it in its \
             documented form",
        ),
        (
            "read-only",
            "POST ~/graphql^^secret",
            "the body decides what POST /services/data/{version}/graphql does, and it cannot be \
             read; send it as uncompressed JSON in UTF-8, at most 1 MiB",
        ),
        (
            "no-delete",
            "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/limits\"},{\"method\":\"DELETE\",\"url\":\"v66.0/sobjects/A/<id>\"}]}",
            "part 2: the policy is no-delete, and DELETE \
             /services/data/{version}/sobjects/{object}/{id} is a delete; allow it with \
             `--allow-path \"DELETE /services/data/*/sobjects/*/*\"`",
        ),
    ] {
        assert_eq!(words(flags, request), expected, "{request}");
    }
}

#[test]
fn an_audit_gets_a_template_and_an_effect() {
    for (request, template, effect) in [
        (
            "GET ~/query?q=SELECT+Id+FROM+A",
            "/services/data/{version}/query",
            Effect::Read,
        ),
        (
            "POST ~/sobjects/A^^{}",
            "/services/data/{version}/sobjects/{object}",
            Effect::Write,
        ),
        ("GET ~/new/thing", "(unknown)", Effect::Unknown),
        (
            "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"DELETE\",\"url\":\"v66.0/sobjects/A/<id>\"}]}",
            "/services/data/{version}/composite/batch",
            Effect::Delete,
        ),
        // Not read: the gravest that it can be.
        (
            "POST ~/graphql^^{}",
            "/services/data/{version}/graphql",
            Effect::Unknown,
        ),
    ] {
        let decision = judged("everything", request);
        assert_eq!(
            (decision.template, decision.effect),
            (template, Some(effect)),
            "{request}"
        );
    }
    let denied = judged("read-only", "DELETE ~/sobjects/Account/<id>");
    assert_eq!(denied.effect, Some(Effect::Delete));
}

#[test]
fn a_denial_names_the_level_that_denies() {
    let request = specimen("no-delete", "PATCH ~/sobjects/Account/<id>^^{}");
    let outer = specimen("read-only", "GET /x").policy;
    let both = Policy {
        within: Some(Box::new(outer)),
        ..request.policy.clone()
    };
    assert_eq!(both.to_string(), "no-delete within read-only");
    let denied = both.judge(&request.asked()).denied.unwrap().to_string();
    assert!(
        denied.starts_with("the policy is read-only, and PATCH"),
        "{denied}"
    );
}
