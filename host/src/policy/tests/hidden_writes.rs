//! Writes that do not look like one, deletes that look like a write, and what
//! can be read in two ways. None may pass.

use http::header::{CONTENT_ENCODING, HeaderValue};

use super::super::Asked;
use super::super::asked::{Body, Unread};
use super::super::decision::Denial;
use super::{LEVELS, judged, passes, specimen};

/// Denied in every level, because they can be read in two ways.
const IN_TWO_WAYS: &[&str] = &[
    // A second method.
    "POST ~/sobjects/Account/<id>?_httpmethod=DELETE",
    "POST ~/sobjects/Account/<id>?_HTTPMETHOD=DELETE",
    "POST ~/sobjects/Account/<id>?_HttpMethod=delete",
    "POST ~/sobjects/Account/<id>?_HttpMethod=",
    "POST ~/sobjects/Account/<id>?_HttpMethod",
    "POST ~/sobjects/Account/<id>?_HttpMethod=PATCH&_HttpMethod=DELETE",
    "POST ~/sobjects/Account/<id>?_HttpMethod=PATCH&_httpMethod=DELETE",
    "POST ~/sobjects/Account/<id>?%5FHttpMethod=DELETE",
    "POST ~/sobjects/Account/<id>?_Http%4Dethod=DELETE",
    "POST ~/sobjects/Account/<id>?_HttpMethod=%44ELETE",
    "POST ~/sobjects/Account/<id>?+_HttpMethod=DELETE",
    "POST ~/sobjects/Account/<id>?_HttpMethod%00=DELETE",
    "POST ~/sobjects/Account/<id>?_HttpMethod[]=DELETE",
    "POST ~/sobjects/Account/<id>?%255FHttpMethod=DELETE",
    "POST ~/sobjects/Account/<id>?_HttpMethod=TRACE",
    "GET ~/sobjects/Account/<id>?_HttpMethod=DELETE",
    "GET ~/sobjects/Account/<id>?_HttpMethod=GET",
    "PATCH ~/sobjects/Account/<id>?_HttpMethod=GET",
    "POST ~/sobjects/Account/<id>^X-HTTP-Method-Override: DELETE",
    "GET ~/sobjects/Account/<id>^X-HTTP-Method-Override: DELETE",
    "GET ~/sobjects/Account/<id>^x-http-method: DELETE",
    "GET ~/sobjects/Account/<id>^X-Method-Override: GET",
    "GET ~/sobjects/Account/<id>^X_HTTP_METHOD_OVERRIDE: DELETE",
    "GET ~/limits^X-Original-URL: /services/apexrest/x",
    "GET ~/limits^X-Rewrite-URL: /services/apexrest/x",
    // Parameters.
    "GET ~/query?q=SELECT+Id+FROM+A&q=SELECT+Id+FROM+A+FOR+UPDATE",
    "GET ~/query?q=SELECT+Id+FROM+A&Q=x",
    "GET ~/query?q=SELECT+Id+FROM+A&%71=x",
    "GET ~/query?q=SELECT+Id+FROM+A;q=x",
    "GET ~/query?q=SELECT+Id+FROM+A%2",
    "GET ~/query?q=SELECT+Id+FROM+A%zz",
    "GET ~/query?q=SELECT+Id+FROM+A%C0%A7",
    "GET ~/query?q=SELECT+Id+FROM+A%00",
    "GET ~/query?q=SELECT+Id+FROM+A#x",
    // Paths.
    "GET ~//limits",
    "GET ~/limits//",
    "GET //services/data/v66.0/limits",
    "GET ~/./limits",
    "GET ~/x/../limits",
    "GET ~/..",
    "GET ~/limits/.",
    "GET ~/%2e%2e/limits",
    "GET ~/limits%2F",
    "GET ~/%6Cimits",
    "GET ~/limit%73",
    "GET ~/tooling/execute%41nonymous?x",
    "GET ~/limits;x=y",
    "GET ~;x/limits",
    "GET ~\\limits",
    "GET ~/limits\\..\\x",
    "GET ~/Limits",
    "GET /Services/data/v66.0/limits",
    "GET /services/Data/v66.0/limits",
    "POST ~/Composite^^{}",
    "POST ~/graphQL^^{}",
    "GET ~/sobjects/Account/Describe",
    "GET ~/sobjects/user/<id>/password",
    "POST ~/sobjects/USER/<id>/Password^^{}",
    "GET /services/soap/u/66.0",
    "GET /services/ApexRest/x",
    "GET ~/limits.json",
    "GET ~/query.xml?q=x",
    "GET ~/tooling/executeAnonymous.JSON?x",
    "GET ~/sobjects/Account/E__c/a%252Fb",
    "GET ~/sobjects/Account/E__c/a%2F..%2Fb",
    "GET ~/sobjects/Account/E__c/%2E%2E",
    "GET ~/sobjects/Account/E__c/a%5C..%5Cb",
    "GET ~/sobjects/Account/E__c/a%00",
    "GET ~/sobjects/Account/E__c/a%0D%0Ab",
    "GET ~/sobjects/Account/E__c/a%C0%AFb",
    "GET ~/sobjects/Account/E%5F_c/a",
    "GET ~/sobjects/Accoun%74/E__c/a",
    "POST ~/sobjects/User/<id>/passwor%64^^{}",
    "GET ~/sobjects/Account/describe/%6Cayouts",
    "GET ~/sobjects/Account/E__c/a%",
    // Methods and forms.
    "TRACE ~/limits",
    "get ~/limits",
    "MERGE ~/sobjects/Account/<id>",
    "POST ~/ui-api/predupe^Content-Type: application/x-www-form-urlencoded^^_HttpMethod=DELETE",
    "POST ~/jobs/query^Content-Type: Application/X-WWW-Form-URLEncoded; charset=utf-8^^x",
    "POST ~/composite^Content-Type: application/json^Content-Type: text/plain^^{}",
    // Parts.
    "POST ~/composite^^{\"compositeRequest\":[],\"compositeRequest\":[]}",
    "POST ~/composite^^{\"compositeRequest\":[],\"\\u0063ompositeRequest\":[]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"method\":\"DELETE\",\"url\":\"~/sobjects/A/<id>\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"Method\":\"DELETE\",\"url\":\"~/sobjects/A/<id>\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"get\",\"url\":\"~/limits\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"https://a.example/services/data/v66.0/limits\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"//a.example/services/data/v66.0/limits\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/../v66.0/limits\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/limits?_HttpMethod=DELETE\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/limits\",\"httpHeaders\":{\"X-HTTP-Method-Override\":\"DELETE\"}}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/limits\",\"referenceId\":\"a\"},{\"method\":\"GET\",\"url\":\"~/limits\",\"referenceId\":\"a\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"@{a.url}\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"/services/@{a.id}/x\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/limits \"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"@{a.b}\",\"url\":\"~/limits\"}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0//limits\"}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"limits\"}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"\"}]}",
    // Bodies that cannot be read where only they decide.
    "POST ~/composite",
    "POST ~/composite^^[]",
    "POST ~/composite^^{\"compositeRequest\":[]} {}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/limits\",\"richInput\":{}}]}",
    "POST ~/composite^Content-Type: application/xml^^{\"compositeRequest\":[]}",
    "POST ~/composite^Content-Type: application/json; charset=utf-16^^{\"compositeRequest\":[]}",
    "POST ~/composite^Content-Type: multipart/form-data; boundary=a^^{\"compositeRequest\":[]}",
    "POST ~/composite^Content-Encoding: gzip^^{\"compositeRequest\":[]}",
    "POST ~/composite/batch^Content-Encoding: identity^Content-Encoding: gzip^^{\"batchRequests\":[]}",
];

/// Denied in every level where anonymous Apex is not allowed by name.
const APEX: &[&str] = &[
    "GET /services/data/v66/tooling/executeAnonymous?anonymousBody=x",
    "GET ~/tooling/executeanonymous?anonymousBody=x",
    "GET /services/data/latest/tooling/executeAnonymousX?y",
    "GET ~/tooling/executeAnonymous/x",
    "GET ~/tooling?anonymousBody=x",
    "GET ~/tooling?AnonymousBody=x",
    "POST ~/tooling?_HttpMethod=GET&anonymous%42ody=x",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/tooling/executeAnonymous?anonymousBody=x\"}]}",
    "POST ~/tooling/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"~/tooling/executeAnonymous/?anonymousBody=x\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/composite/batch\",\"body\":{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/tooling/executeAnonymous\"}]}}]}",
    "POST /services/Soap/s^^<x/>",
    "POST /services/Soap^^<x/>",
];

/// Denied in `no-delete` and `read-only`: deletes, and what can be one.
const DELETES: &[&str] = &[
    "DELETE ~/sobjects/Account/E__c/a%2Fb",
    "DELETE ~/sobjects/Account/<id>/Contacts",
    "DELETE ~/composite/sobjects?ids=<id>&allOrNone=true",
    "DELETE ~/ui-api/records/<id>",
    "DELETE ~/jobs/ingest/<id>",
    "DELETE ~/anything",
    "POST ~/composite/sobjects?_HttpMethod=DELETE&ids=<id>",
    "POST ~/sobjects/Account?_HttpMethod=DELETE",
    "POST ~/sobjects/ApexClass^^{}",
    "POST ~/sobjects/apextrigger^^{}",
    "PATCH ~/sobjects/FLOW/<id>^^{}",
    "POST ~/composite/tree/ApexTrigger^^{\"records\":[]}",
    "POST ~/composite/tree/Account^^{\"records\":[{\"attributes\":{\"type\":\"Account\"},\"X\":{\"records\":[{\"attributes\":{\"type\":\"apexclass\"}}]}}]}",
    "POST ~/composite/sobjects^^{\"records\":[{\"attributes\":{\"type\":\"ApexClass\"}}]}",
    "POST ~/composite/sobjects^^{\"records\":[{\"Attributes\":{\"type\":\"ApexClass\"}}]}",
    "POST ~/composite/sobjects^^{\"records\":[{\"attributes\":{\"Type\":\"ApexClass\"}}]}",
    "POST ~/composite/sobjects^^{\"records\":[{\"attributes\":{\"type\":\"A\"},\"attributes\":{\"type\":\"ApexClass\"}}]}",
    "POST ~/composite/sobjects^Content-Type: application/xml^^<x/>",
    "POST ~/composite/sobjects^Content-Encoding: gzip^^x",
    "PATCH ~/composite/sobjects/ApexClass/E__c^^{\"records\":[]}",
    "POST ~/jobs/ingest^^{\"operation\":\"insert\",\"object\":\"ApexClass\"}",
    "POST ~/jobs/ingest^^{\"operation\":\"insert\",\"Operation\":\"delete\"}",
    "POST ~/jobs/ingest^^{\"operation\":\"Delete\"}",
    "POST ~/jobs/ingest^^{\"operation\":\"insert\",\"operation\":\"delete\"}",
    "POST ~/jobs/ingest^^{\"object\":\"A\"}",
    "POST ~/jobs/ingest",
    "POST ~/jobs/ingest^Content-Type: multipart/form-data; boundary=a^^x",
    "POST /services/async/66.0/job^Content-Type: application/xml^^<jobInfo><operation>&#100;elete</operation></jobInfo>",
    "POST /services/async/66.0/job^Content-Type: application/json^^<jobInfo><operation>insert</operation></jobInfo>",
    "POST /services/async/66.0/job^^<jobInfo><operation>insert</operation></jobInfo>",
    "POST /services/async/66.0/job^Content-Type: text/csv^^operation,insert",
    "POST /services/async/66.0/job/<id>^Content-Type: application/xml^^<jobInfo><operation>delete</operation></jobInfo>",
    "POST ~/graphql^^{\"query\":\"mutation { uiapi { ACreate } } mutation B { uiapi { ADelete } }\",\"operationName\":\"x\"}",
    "POST ~/graphql^^{\"query\":\"mutation { uiapi { ACreate: ADelete } }\"}",
    "POST ~/graphql^^{\"query\":\"mutation { ...F } fragment F on Mutation { uiapi { ADelete } }\"}",
    "POST ~/graphql^^{\"query\":\"mutation { uiapi { AccountMerge } }\"}",
    "POST ~/graphql^^{\"query\":\"{a}\",\"query\":\"mutation { uiapi { ADelete } }\"}",
    "POST ~/graphql^^{\"query\":\"{a}\",\"Query\":\"mutation { uiapi { ADelete } }\"}",
    "POST ~/graphql^^[{\"query\":\"{a}\"}]",
    "POST ~/graphql^Content-Type: application/graphql^^{\"query\":\"{a}\"}",
    "POST ~/graphql?query=mutation^^{\"variables\":{}}",
    "POST ~/ui-api/records/batch^^{\"operations\":[{\"type\":\"UPDATE\"},{\"type\":\"DELETE\"}]}",
    "POST ~/ui-api/records/batch^^{\"operations\":[{\"type\":\"delete\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/sobjects/A/<id>?_HttpMethod=DELETE\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"DELETE\",\"url\":\"~/composite/sobjects?ids=<id>\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"/services/apexrest/x\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/composite/sobjects\",\"body\":{\"records\":[{\"attributes\":{\"type\":\"@{a.b}\"}}]}}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/limits\"},{\"method\":\"POST\",\"url\":\"~/composite\",\"body\":{\"compositeRequest\":[{\"method\":\"DELETE\",\"url\":\"~/sobjects/A/<id>\"}]}}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"POST\",\"url\":\"v66.0/actions/custom/flow/F\",\"richInput\":{}}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/x/y\"}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"POST\",\"url\":\"v66.0/graphql\",\"richInput\":{\"query\":\"mutation { uiapi { ADelete } }\"}}]}",
    "POST ~/tooling/composite^^{\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/tooling/sobjects/ApexClass\",\"body\":{}}]}",
    "POST ~/tooling/composite/sobjects^^{\"records\":[]}",
    "POST ~/sobjects/User/<id>/password?_HttpMethod=GET",
    "POST ~/connect/x^^{}",
    "PATCH ~/metadata/deployRequest/<id>^^{}",
    "POST /services/Soap/class/X^^<x/>",
    "POST /services/data/v66.1/sobjects/Account^^{}",
];

/// Denied in `read-only`: writes that look like a read.
const WRITES: &[&str] = &[
    "GET ~/query?q=SELECT+Id+FROM+A+WHERE+N='x'FOR+UPDATE",
    "GET ~/query?q=SELECT+Id+FROM+A%0AFOR%0DUPDATE",
    "GET ~/query?q=SELECT+Id+FROM+A%2520FOR%2520UPDATE",
    "GET ~/query?q=SELECT+Id+FROM+A+/*+*/+LIMIT+1",
    "GET ~/query?q=SELECT+Id+FROM+A+--+x",
    "GET ~/query?q=SELECT+Id+FROM+A+WHERE+N='\\\\'+FOR+UPDATE",
    "GET ~/query?q=SELECT+Id+FROM+A+WHERE+N=%27a%27%20%46OR%20VIEW",
    "GET ~/query?explain=SELECT+Id+FROM+A+FOR+UPDATE",
    "GET ~/query?x=SELECT+Id+FROM+A+FOR+UPDATE",
    "HEAD ~/query?q=SELECT+Id+FROM+A+FOR+UPDATE",
    "GET ~/search?q=FIND+{x\\}+UPDATE+TRACKING+{y}",
    "GET ~/search?q=FIND+{x}+RETURNING+A(Id+FOR+VIEW)",
    "GET ~/parameterizedSearch?q=x&A.where=B='c'+FOR+VIEW",
    "GET ~/parameterizedSearch?q=x&UPDATETRACKING=true",
    "GET ~/parameterizedSearch?q=x&updateTracking",
    "POST ~/parameterizedSearch^^{\"q\":\"x\",\"updatetracking\":true}",
    "POST ~/parameterizedSearch^^{\"q\":\"x\",\"sobjects\":[{\"name\":\"A\",\"where\":\"B=1 FOR VIEW\"}]}",
    "POST ~/parameterizedSearch^^{\"q\":\"x\",\"q\":\"y\"}",
    "POST ~/parameterizedSearch?_HttpMethod=PATCH^^{\"q\":\"x\"}",
    "POST ~/graphql^^{\"query\":\"query A { a } mutation B { uiapi { ACreate } }\",\"operationName\":\"A\"}",
    "POST ~/graphql^^{\"query\":\"# x\\rmutation { uiapi { ACreate } }\"}",
    "POST ~/graphql^^{\"query\":\"{ a(b: \\\"\\\"\\\" x \\\"\\\"\\\") } mutation { uiapi { ACreate } }\"}",
    "POST ~/graphql^^{\"query\":\"subscription { a }\"}",
    "POST ~/graphql?_HttpMethod=PATCH^^{\"query\":\"{a}\"}",
    "POST ~/composite/sobjects/A?_HttpMethod=PATCH^^{\"ids\":[],\"fields\":[]}",
    "POST ~/composite/sobjects/A^^{\"ids\":[],\"fields\":[],\"records\":[]}",
    "POST ~/composite/sobjects/A^^{\"ids\":[{}],\"fields\":[]}",
    "POST ~/composite/tree/A?_HttpMethod=GET^^{\"records\":[]}",
    "POST ~/jobs/query^^{\"operation\":\"insert\",\"query\":\"SELECT Id FROM A\"}",
    "POST ~/jobs/query^^{\"query\":\"SELECT Id FROM A\"}",
    "POST ~/jobs/query^^{\"operation\":\"query\",\"query\":\"SELECT Id FROM A\",\"Query\":\"x\"}",
    "POST ~/jobs/query^Content-Type: multipart/form-data; boundary=a^^x",
    "PATCH ~/jobs/query/<id>^^{\"state\":\"Aborted\"}",
    "GET ~/limits^Sforce-Mru: updateMru=false^Sforce-Mru: updateMru=true",
    "GET ~/limits^Sforce-Mru: updateMru=false; updateMru=true",
    "GET ~/ui-api/records/<id>?UpdateMru=True",
    "GET ~/ui-api/list-ui/A/B?updateMru=1",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/A/<id>\",\"httpHeaders\":{\"Sforce-Mru\":\"updateMru=true\"}}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/query?q=SELECT Id FROM A FOR UPDATE\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/query?q=SELECT+Id+FROM+A\",\"referenceId\":\"r\"},{\"method\":\"GET\",\"url\":\"~/query?q=SELECT+Id+FROM+A+WHERE+N='@{r.records[0].Name}'\",\"referenceId\":\"s\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/query?q=SELECT+MAX(Name)+Id+FROM+A\",\"referenceId\":\"r\"},{\"method\":\"GET\",\"url\":\"~/sobjects/A/@{r.records[0].Id}\",\"referenceId\":\"s\"}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/A/E__c/%40%7Br.x%7D\"}]}",
    "POST ~/composite/batch^^{\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/limits\"},{\"method\":\"POST\",\"url\":\"v66.0/sobjects/A\",\"richInput\":{}}]}",
    "POST ~/composite/graph^^{\"graphs\":[{\"compositeRequest\":[]},{\"compositeRequest\":[{\"method\":\"PATCH\",\"url\":\"~/sobjects/A/<id>\",\"body\":{}}]}]}",
    "POST ~/composite/graph^^{\"graphs\":[{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/A/<id>\",\"referenceId\":\"r\"}]},{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/A/@{r.id}\",\"referenceId\":\"s\"}]}]}",
    "POST ~/sobjects/Platform__e^^{}",
    "PUT ~/jobs/ingest/<id>/batches^Content-Type: text/csv^^Id",
    "POST /services/async/66.0/job/<id>/batch^^x",
    "POST ~/analytics/reports/<id>^^{}",
    "POST ~/chatter/feed-elements^^{}",
    "PATCH ~/ui-api/apps/x",
    "GET ~/tooling/runTestsAsynchronous?classids=x",
    "GET ~/wave/x",
    "GET /secur/frontdoor.jsp",
    "GET /cometd/66.0",
];

#[test]
fn what_can_be_read_in_two_ways_passes_in_no_level() {
    for request in IN_TWO_WAYS {
        for level in LEVELS {
            for more in ["", " open", " login"] {
                let decision = judged(&format!("{level}{more}"), request);
                assert!(decision.denied.is_some(), "{level}{more}: {request}");
            }
        }
    }
}

#[test]
fn anonymous_apex_is_seen_wherever_it_hides() {
    for request in APEX {
        for level in LEVELS {
            assert!(!passes(&level.to_string(), request), "{level}: {request}");
        }
    }
}

#[test]
fn no_delete_hides_in_a_write() {
    for request in DELETES {
        for level in ["no-delete", "read-only"] {
            assert!(!passes(level, request), "{level}: {request}");
        }
    }
}

#[test]
fn no_write_hides_in_a_read() {
    for request in WRITES {
        assert!(!passes("read-only", request), "{request}");
    }
}

#[test]
fn a_body_that_was_not_read_passes_nowhere_where_it_decides() {
    for (level, request) in [
        ("everything", "POST ~/composite^^{\"compositeRequest\":[]}"),
        (
            "everything apex",
            "POST ~/composite/batch^^{\"batchRequests\":[]}",
        ),
        (
            "no-delete",
            "POST ~/jobs/ingest^^{\"operation\":\"insert\"}",
        ),
        ("no-delete", "POST ~/composite/sobjects^^{\"records\":[]}"),
        ("read-only", "POST ~/graphql^^{\"query\":\"{a}\"}"),
        ("read-only", "POST ~/parameterizedSearch^^{\"q\":\"x\"}"),
    ] {
        let mut specimen = specimen(level, request);
        let judge = |specimen: &super::Specimen, why| {
            let asked = Asked {
                body: Body::Unread(why),
                ..specimen.asked()
            };
            specimen.policy.judge(&asked).denied
        };
        assert!(specimen.awaits_body(), "{request}");
        assert!(
            specimen.policy.judge(&specimen.asked()).denied.is_none(),
            "{request}"
        );
        for why in [Unread::NotBuffered, Unread::TooLong, Unread::Unreadable] {
            let denied = judge(&specimen, why);
            assert!(
                matches!(denied, Some(Denial::Body { why: said, .. }) if said == why),
                "{request}: {denied:?}"
            );
        }
        // What cannot be read anyway must not be buffered.
        specimen
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!specimen.awaits_body(), "{request}");
        assert!(
            specimen.policy.judge(&specimen.asked()).denied.is_some(),
            "{request}"
        );
    }
}

#[test]
fn a_body_is_only_needed_where_it_decides() {
    for (level, request, needed) in [
        ("everything", "POST ~/graphql", false),
        ("everything", "POST ~/jobs/ingest", false),
        ("everything", "POST ~/composite/sobjects", false),
        ("everything", "POST ~/composite/batch", true),
        ("no-delete", "POST ~/sobjects/Account", false),
        ("no-delete", "POST ~/parameterizedSearch", false),
        ("no-delete", "POST ~/graphql", true),
        ("read-only", "POST ~/jobs/ingest", false),
        ("read-only", "POST ~/composite/sobjects", false),
        ("read-only", "GET ~/query?q=SELECT+Id+FROM+A", false),
        ("read-only", "POST ~/composite/sobjects/Account", true),
        ("read-only open", "POST ~/actions/standard/x", false),
    ] {
        let specimen = specimen(level, request);
        assert_eq!(specimen.awaits_body(), needed, "{level}: {request}");
    }
}
