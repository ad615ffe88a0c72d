//! Every row of the table of what looks like a read and what does not, in every
//! level.

use super::{LEVELS, judged, specimen};
use crate::policy::Policy;

/// The rows: a request, and whether it passes with everything, no-delete, read-only.
fn rows() -> Vec<([bool; 3], &'static str)> {
    let lines = include_str!("table.txt").lines();
    let rows = lines.filter(|line| !line.starts_with('#')).map(|line| {
        let (levels, request) = line.split_once(" | ").unwrap();
        let levels: Vec<bool> = levels.split(' ').map(|word| word == "yes").collect();
        (levels.try_into().unwrap(), request)
    });
    rows.collect()
}

#[test]
fn each_row_is_decided_as_documented_in_each_level() {
    let rows = rows();
    assert!(rows.len() >= 100, "{}", rows.len());
    for (expected, request) in rows {
        for (level, expected) in LEVELS.iter().zip(expected) {
            let decision = judged(&level.to_string(), request);
            let passed = decision.denied.is_none();
            assert_eq!(passed, expected, "{level}: {request}: {decision:?}");
        }
    }
}

#[test]
fn within_another_policy_passes_what_both_let_out() {
    let flags = ["", " apex", " open"];
    let all = LEVELS
        .iter()
        .flat_map(|level| flags.map(|flags| format!("{level}{flags}")));
    let all: Vec<String> = all.collect();
    for (_, request) in rows() {
        let one = specimen(&all[0], request);
        let asked = one.asked();
        let policies: Vec<_> = all
            .iter()
            .map(|flags| specimen(flags, request).policy)
            .collect();
        for (inner, outer) in policies
            .iter()
            .flat_map(|one| policies.iter().map(move |two| (one, two)))
        {
            let both = Policy {
                within: Some(Box::new(outer.clone())),
                ..inner.clone()
            };
            let passes = |policy: &Policy| policy.judge(&asked).denied.is_none();
            assert_eq!(
                passes(&both),
                passes(inner) && passes(outer),
                "{both}: {request}"
            );
        }
    }
}

#[test]
fn anonymous_apex_runs_where_it_is_allowed_by_name() {
    let run = "GET ~/tooling/executeAnonymous?anonymousBody=x";
    for level in LEVELS {
        for (flags, passes) in [("", false), (" apex", true), (" open", true)] {
            assert_eq!(
                super::passes(&format!("{level}{flags}"), run),
                passes,
                "{level}{flags}"
            );
        }
    }
}

#[test]
fn an_allowed_path_opens_its_methods_and_no_parts() {
    for (request, passes) in [
        ("POST /services/apexrest/orders^^{}", true),
        ("GET /services/apexrest/orders", false),
        ("POST /services/apexrest/orders/1^^{}", false),
        ("POST /services/apexrest/orders?_HttpMethod=DELETE", false),
        ("POST ~/actions/custom/apex/X^^{}", true),
        ("DELETE ~/sobjects/Account/<id>", true),
        ("DELETE ~/sobjects/Contact/<id>", false),
        ("POST ~/sobjects/Account/<id>?_HttpMethod=DELETE", true),
        (
            "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"DELETE\",\"url\":\"v66.0/sobjects/Account/<id>\"}]}",
            true,
        ),
        (
            "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"DELETE\",\"url\":\"v66.0/sobjects/Contact/<id>\"}]}",
            false,
        ),
        (
            "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"DELETE\",\"url\":\"~/sobjects/Account/@{x.y}\",\"referenceId\":\"s\"}]}",
            false,
        ),
        ("GET ~/tooling/ExecuteAnonymous?anonymousBody=x", false),
        ("POST /services/oauth2/revoke", false),
    ] {
        assert_eq!(
            super::passes("read-only open", request),
            passes,
            "{request}"
        );
    }
}

#[test]
fn of_the_components_own_requests_two_leave_and_only_to_the_login_host() {
    for (request, passes) in [
        (
            "POST /services/oauth2/token^Content-Type: application/x-www-form-urlencoded^^a=b",
            true,
        ),
        (
            "POST /services/oauth2/introspect^Content-Type: application/x-www-form-urlencoded^^a=b",
            true,
        ),
        ("GET /services/oauth2/token", false),
        ("POST /services/oauth2/token/", false),
        ("POST /services/oauth2/token?x=y", false),
        ("POST /services/oauth2/token?", false),
        ("POST /services/oauth2/Token", false),
        ("POST /services/OAuth2/token", false),
        ("POST /services/oauth2/token/x", false),
        ("POST /services/oauth2/revoke", false),
        ("POST /services/oauth2/token?_HttpMethod=POST", false),
    ] {
        for level in LEVELS {
            assert_eq!(
                super::passes(&format!("{level} login"), request),
                passes,
                "{request}"
            );
            assert!(
                !super::passes(&format!("{level} apex open"), request),
                "{request}"
            );
        }
    }
    let part = "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"POST\",\"url\":\"/services/oauth2/token\"}]}";
    assert!(!super::passes("everything login", part));
}
