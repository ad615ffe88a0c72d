//! Every row of the table of what looks like a read and what does not, in every
//! level.

use super::{LEVELS, judged};

/// A request, and whether it passes with everything, no-delete, read-only.
const ROWS: &[(&str, [bool; 3])] = &[
    // GET executeAnonymous runs any Apex.
    (
        "GET ~/tooling/executeAnonymous/?anonymousBody=delete+x%3B",
        [false, false, false],
    ),
    (
        "GET ~/tooling/executeAnonymous?anonymousBody=x",
        [false, false, false],
    ),
    (
        "HEAD ~/tooling/executeAnonymous?anonymousBody=x",
        [false, false, false],
    ),
    ("POST ~/tooling/executeAnonymous", [false, false, false]),
    // Queries that lock, or change what was viewed.
    ("GET ~/query?q=SELECT+Id+FROM+Account", [true, true, true]),
    (
        "GET ~/query/?q=SELECT+Id+FROM+Account+FOR+UPDATE",
        [true, true, false],
    ),
    (
        "GET ~/query?q=SELECT%20Id%20FROM%20Account%20FOR%20VIEW",
        [true, true, false],
    ),
    (
        "GET ~/query?q=SELECT+Id+FROM+Account+for+reference",
        [true, true, false],
    ),
    (
        "GET ~/queryAll?q=SELECT+Id+FROM+A__kav+UPDATE+TRACKING",
        [true, true, false],
    ),
    (
        "GET ~/tooling/query?q=SELECT+Id+FROM+ApexClass+UPDATE+VIEWSTAT",
        [true, true, false],
    ),
    (
        "GET ~/search?q=FIND+%7Bx%7D+UPDATE+VIEWSTAT",
        [true, true, false],
    ),
    (
        "GET ~/parameterizedSearch?q=x&sobject=A&updateTracking=true",
        [true, true, false],
    ),
    (
        "GET ~/parameterizedSearch?q=x&updateViewStat=TRUE",
        [true, true, false],
    ),
    (
        "GET ~/parameterizedSearch?q=x&updateTracking=false",
        [true, true, true],
    ),
    (
        "POST ~/parameterizedSearch^^{\"q\":\"x\",\"updateTracking\":true}",
        [true, true, false],
    ),
    (
        "POST ~/parameterizedSearch^^{\"q\":\"x\",\"updateViewStat\":\"false\"}",
        [true, true, false],
    ),
    // The list of recently viewed records.
    (
        "GET ~/sobjects/Account/<id>^Sforce-Mru: updateMru=true",
        [true, true, false],
    ),
    (
        "GET ~/sobjects/Account/<id>^Sforce-Mru: updateMru=false",
        [true, true, true],
    ),
    (
        "GET ~/ui-api/records/<id>?fields=Account.Name&updateMru=true",
        [true, true, false],
    ),
    (
        "GET ~/ui-api/records/<id>?fields=Account.Name&updateMru=false",
        [true, true, true],
    ),
    // POSTs that read, and those beside them that write.
    (
        "POST ~/composite/sobjects/Account^^{\"ids\":[\"<id>\"],\"fields\":[\"Name\"]}",
        [true, true, true],
    ),
    (
        "POST ~/composite/sobjects/Account^^{\"records\":[]}",
        [true, false, false],
    ),
    (
        "POST ~/composite/sobjects^^{\"records\":[{\"attributes\":{\"type\":\"Account\"}}]}",
        [true, true, false],
    ),
    (
        "PATCH ~/composite/sobjects^^{\"records\":[]}",
        [true, true, false],
    ),
    ("DELETE ~/composite/sobjects?ids=<id>", [true, false, false]),
    (
        "POST ~/parameterizedSearch^^{\"q\":\"for update\",\"sobjects\":[{\"name\":\"A\",\"where\":\"B='for'\"}]}",
        [true, true, true],
    ),
    (
        "POST ~/graphql^^{\"query\":\"query { uiapi { query { A { edges { node { Id } } } } } }\"}",
        [true, true, true],
    ),
    ("POST ~/ui-api/predupe^^{}", [true, true, true]),
    (
        "POST ~/jobs/query^^{\"operation\":\"query\",\"query\":\"SELECT Id FROM A\"}",
        [true, true, true],
    ),
    (
        "POST ~/jobs/query^^{\"operation\":\"query\",\"query\":\"SELECT Id FROM A FOR VIEW\"}",
        [true, true, false],
    ),
    // GraphQL: one document, several operations.
    (
        "POST ~/graphql^^{\"query\":\"mutation { uiapi { ACreate { Id } } }\"}",
        [true, true, false],
    ),
    (
        "POST ~/graphql^^{\"query\":\"mutation { uiapi { ADelete { Id } } }\"}",
        [true, false, false],
    ),
    (
        "POST ~/graphql^^{\"query\":\"query A { a } mutation B { uiapi { ADelete } }\",\"operationName\":\"A\"}",
        [true, false, false],
    ),
    // The method in the query counts.
    (
        "POST ~/sobjects/Account/<id>?_HttpMethod=PATCH^^{}",
        [true, true, false],
    ),
    (
        "POST ~/sobjects/Account/<id>?_HttpMethod=DELETE",
        [true, false, false],
    ),
    (
        "POST ~/sobjects/Account?_HttpMethod=GET",
        [true, true, false],
    ),
    // Composite requests are what their parts are.
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/query?q=SELECT+Id+FROM+A\",\"referenceId\":\"a\"}]}",
        [true, true, true],
    ),
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"PATCH\",\"url\":\"~/sobjects/A/<id>\",\"referenceId\":\"a\",\"body\":{}}]}",
        [true, true, false],
    ),
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"DELETE\",\"url\":\"~/sobjects/A/<id>\",\"referenceId\":\"a\"}]}",
        [true, false, false],
    ),
    (
        "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/limits\"}]}",
        [true, true, true],
    ),
    (
        "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"DELETE\",\"url\":\"v66.0/sobjects/A/<id>\"}]}",
        [true, false, false],
    ),
    (
        "POST ~/composite/graph^^{\"graphs\":[{\"graphId\":\"1\",\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/sobjects/A\",\"referenceId\":\"r\",\"body\":{}}]}]}",
        [true, true, false],
    ),
    (
        "POST ~/composite/graph^^{\"graphs\":[{\"graphId\":\"1\",\"compositeRequest\":[{\"method\":\"DELETE\",\"url\":\"~/sobjects/A/<id>\",\"referenceId\":\"r\"}]}]}",
        [true, false, false],
    ),
    // References: an id of a part that makes one is known, other text is not.
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/sobjects/A\",\"referenceId\":\"r\",\"body\":{}},{\"method\":\"PATCH\",\"url\":\"~/sobjects/B/@{r.id}\",\"referenceId\":\"s\",\"body\":{}}]}",
        [true, true, false],
    ),
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/query?q=SELECT+Id+FROM+A\",\"referenceId\":\"r\"},{\"method\":\"GET\",\"url\":\"~/sobjects/B/@{r.records[0].Id}\",\"referenceId\":\"s\"}]}",
        [true, true, true],
    ),
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/A/<id>\",\"referenceId\":\"r\"},{\"method\":\"GET\",\"url\":\"~/sobjects/B/@{r.Name}\",\"referenceId\":\"s\"}]}",
        [true, false, false],
    ),
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/B/@{r.id}\",\"referenceId\":\"s\"}]}",
        [true, false, false],
    ),
    (
        "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/@{r.id}\",\"referenceId\":\"s\"}]}",
        [false, false, false],
    ),
    // What the org defines.
    ("GET /services/apexrest/orders", [true, false, false]),
    ("DELETE /services/apexrest/orders", [true, false, false]),
    ("POST ~/actions/custom/flow/F^^{}", [true, false, false]),
    (
        "POST ~/actions/standard/emailSimple^^{}",
        [true, false, false],
    ),
    ("GET ~/actions/standard", [true, true, true]),
    (
        "POST ~/process/rules/Account/<id>^^{}",
        [true, false, false],
    ),
    ("POST ~/process/approvals^^{}", [true, false, false]),
    ("POST ~/quickActions/LogACall^^{}", [true, false, false]),
    (
        "POST ~/sobjects/Account/quickActions/X^^{}",
        [true, false, false],
    ),
    // Passwords, identity, tokens.
    ("GET ~/sobjects/User/<id>/password", [true, true, true]),
    (
        "POST ~/sobjects/User/<id>/password^^{}",
        [true, false, false],
    ),
    ("DELETE ~/sobjects/User/<id>/password", [true, false, false]),
    ("GET /services/oauth2/userinfo", [false, false, false]),
    ("POST /services/oauth2/singleaccess", [false, false, false]),
    ("POST /services/oauth2/revoke", [false, false, false]),
    // What else the levels speak of.
    ("POST ~/sobjects/Account^^{}", [true, true, false]),
    (
        "PATCH ~/sobjects/Account/E__c/a%2Fb^^{}",
        [true, true, false],
    ),
    ("DELETE ~/sobjects/Account/<id>", [true, false, false]),
    ("POST ~/sobjects/ApexTrigger^^{}", [true, false, false]),
    (
        "POST ~/tooling/sobjects/ApexClass^^{}",
        [true, false, false],
    ),
    (
        "DELETE ~/tooling/sobjects/ApexClass/<id>",
        [true, false, false],
    ),
    (
        "GET ~/tooling/runTestsSynchronous?classnames=A",
        [true, false, false],
    ),
    (
        "POST ~/metadata/deployRequest^Content-Type: multipart/form-data; boundary=x^^x",
        [true, false, false],
    ),
    (
        "POST /services/Soap/u/66.0^Content-Type: text/xml^^<x/>",
        [true, false, false],
    ),
    (
        "POST /services/Soap/m/66.0^Content-Type: text/xml^^<x/>",
        [true, false, false],
    ),
    (
        "POST /services/Soap/s/66.0^Content-Type: text/xml^^<x/>",
        [false, false, false],
    ),
    (
        "POST /services/Soap/T/66.0^Content-Type: text/xml^^<x/>",
        [false, false, false],
    ),
    (
        "POST ~/jobs/ingest^^{\"operation\":\"insert\",\"object\":\"A\"}",
        [true, true, false],
    ),
    (
        "POST ~/jobs/ingest^^{\"operation\":\"delete\",\"object\":\"A\"}",
        [true, false, false],
    ),
    (
        "POST ~/jobs/ingest^^{\"operation\":\"hardDelete\",\"object\":\"A\"}",
        [true, false, false],
    ),
    (
        "POST /services/async/66.0/job^Content-Type: application/xml^^<jobInfo><operation>insert</operation></jobInfo>",
        [true, true, false],
    ),
    (
        "POST /services/async/66.0/job^Content-Type: application/xml^^<jobInfo><operation>hardDelete</operation></jobInfo>",
        [true, false, false],
    ),
    (
        "POST /services/async/66.0/job^Content-Type: application/json^^{\"operation\":\"delete\"}",
        [true, false, false],
    ),
    (
        "POST /services/async/66.0/job/<id>^Content-Type: application/xml^^<jobInfo><state>Closed</state></jobInfo>",
        [true, true, false],
    ),
    (
        "POST ~/ui-api/records/batch^^{\"operations\":[{\"type\":\"CREATE\",\"records\":[]}]}",
        [true, true, false],
    ),
    (
        "POST ~/ui-api/records/batch^^{\"operations\":[{\"type\":\"DELETE\",\"records\":[]}]}",
        [true, false, false],
    ),
    ("GET ~/support/knowledgeArticles/<id>", [true, true, false]),
    (
        "GET ~/support/knowledgeArticles/<id>?updateViewStat=false",
        [true, true, true],
    ),
    // What the table does not know.
    ("GET ~/something/new", [true, false, false]),
    ("GET ~/named/query/X", [true, false, false]),
    ("OPTIONS ~/sobjects", [true, false, false]),
    ("PUT ~/sobjects/Account/<id>^^{}", [true, false, false]),
    ("GET /services/data/latest/limits", [true, false, false]),
    ("GET /id/00Dxx/005xx", [true, false, false]),
    ("GET /", [true, false, false]),
];

#[test]
fn each_row_is_decided_as_documented_in_each_level() {
    for (request, expected) in ROWS {
        for (level, expected) in LEVELS.iter().zip(expected) {
            let decision = judged(&level.to_string(), request);
            let passed = decision.denied.is_none();
            assert_eq!(passed, *expected, "{level}: {request}: {decision:?}");
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
