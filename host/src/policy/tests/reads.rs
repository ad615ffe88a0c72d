//! Reads that must pass in `read-only`, and writes that must in `no-delete`.

use super::passes;

const READS: &[&str] = &[
    "GET /services/data",
    "GET /services/data/",
    "GET ~",
    "GET ~/",
    "HEAD ~/limits",
    "GET ~/limits/",
    "GET ~/limits/recordCount?sObjects=Account,Contact",
    "GET ~/sobjects",
    "GET ~/sobjects/Account",
    "GET ~/sobjects/Account/describe/",
    "GET ~/sobjects/My_Ns__Thing__c/describe/layouts/<id>",
    "GET ~/sobjects/Account/<id>?fields=Id,Name",
    "GET ~/sobjects/Account/001RO000001ABCD",
    "GET ~/sobjects/Account/E__c/a%2Fb%20c%3B%C3%A9",
    "GET ~/sobjects/Account/E__c/http%3A%2F%2Fx.example%2Fy",
    "GET ~/sobjects/Account/E__c/x.json",
    "GET ~/sobjects/Account/<id>/Contacts",
    "GET ~/sobjects/ContentVersion/<id>/VersionData",
    "GET ~/sobjects/Account/updated/?start=2026-11-01T00%3A00%3A00Z&end=2026-11-02T00%3A00%3A00%2B00%3A00",
    "GET ~/sobjects/Account/listviews/<id>/results",
    "GET ~/query?q=SELECT+Id%2C+(SELECT+Id+FROM+Contacts)+FROM+Account+WHERE+Name+LIKE+%27for+update%25%27",
    "GET ~/query/?q=SELECT%20Id%20FROM%20Account%20WHERE%20Name%20%3D%20%27O%5C%27Reilly%27",
    "GET ~/query?q=SELECT+Id+FROM+A+WHERE+N='\\'+FOR+UPDATE+--'",
    "GET ~/query/01gRO0000016PIAYA2-2000",
    "GET ~/queryAll?q=SELECT+FIELDS(ALL)+FROM+A+ALL+ROWS",
    "GET ~/query?explain=SELECT+Id+FROM+A",
    "GET ~/tooling/query?q=SELECT+Id+FROM+ApexClass",
    "GET ~/tooling/sobjects/ApexLog/<id>/Body",
    "GET ~/search?q=FIND+%7Bupdate+tracking%7D+IN+ALL+FIELDS+RETURNING+Account(Id)",
    "GET ~/search/suggestions?q=for&sobject=Account",
    "GET ~/recent?limit=5",
    "GET ~/jobs/query/<id>/results?locator=MTAw&maxRecords=5",
    "GET ~/jobs/query/<id>/resultPages",
    "GET ~/jobs/ingest/<id>/unprocessedrecords/",
    "GET ~/jobs/ingest/<id>/unprocessedRecords",
    "GET ~/jobs/ingest?queryLocator=01gx-2000",
    "POST ~/jobs/query^Content-Type: application/json; charset=UTF-8^^{\"operation\":\"queryAll\",\"query\":\"SELECT Id FROM A WHERE B = 'for'\",\"contentType\":\"CSV\"}",
    "GET /services/async/66.0/job/<id>/batch/<id>/result/<id>",
    "GET ~/composite/sobjects/Account?ids=<id>&fields=Id",
    "GET ~/ui-api/records/<id>?fields=Account.Name",
    "GET ~/ui-api/records/batch/<id>,<id>?fields=Account.Name",
    "GET ~/ui-api/record-defaults/create/Account",
    "GET ~/ui-api/object-info/Account/picklist-values/<id>/Industry",
    "GET ~/ui-api/list-ui/Account/AllAccounts",
    "GET ~/ui-api/favorites",
    "GET ~/analytics/reports/<id>?includeDetails=true",
    "GET ~/process/rules",
    "GET ~/actions/custom/flow/F",
    "GET ~/metadata/deployRequest/<id>?includeDetails=true",
    "POST ~/graphql^^{\"query\":\"query q($n: Int = 5) { uiapi { query { Account(first: $n, where: {Name: {like: \\\"mutation { Delete }%\\\"}}) { edges { node { Id } } } } } } # mutation\",\"variables\":{\"n\":1},\"operationName\":\"q\"}",
    "POST ~/graphql^^{\"query\":\"query A { a } query B { ...F } fragment F on X { b }\",\"operationName\":\"B\"}",
    "POST ~/composite^^{\"allOrNone\":true,\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/Account/<id>\",\"referenceId\":\"a\",\"httpHeaders\":{\"If-Modified-Since\":\"x\",\"Sforce-Mru\":\"updateMru=false\"}},{\"method\":\"GET\",\"url\":\"~/query?q=SELECT Id FROM Contact WHERE AccountId = '@{a.Id}'\",\"referenceId\":\"b\"},{\"method\":\"POST\",\"url\":\"~/composite/sobjects/Account\",\"referenceId\":\"c\",\"body\":{\"ids\":[\"@{a.Id}\"],\"fields\":[\"Name\"]}}]}",
    "POST ~/composite/batch^^{\"haltOnError\":true,\"batchRequests\":[{\"method\":\"GET\",\"url\":\"v66.0/query/?q=select+Id+from+Account\"},{\"method\":\"GET\",\"url\":\"/services/data/v65.0/limits\"}]}",
    "POST ~/composite/graph^^{\"graphs\":[{\"graphId\":\"1\",\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"~/sobjects/A/<id>\",\"referenceId\":\"r\"}]}]}",
];

const WRITES: &[&str] = &[
    "POST ~/sobjects/Account^^{\"Name\":\"delete\"}",
    "POST ~/sobjects/Account/Id^^{}",
    "PATCH ~/sobjects/Account/E__c/a%2Fb?updateOnly=true^^{}",
    "POST ~/sobjects/Order__e^^{}",
    "POST ~/composite/sobjects^^{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Account\"},\"Name\":\"ApexClass\"}]}",
    "PATCH ~/composite/sobjects/Account/E__c^^{\"records\":[{\"attributes\":{\"type\":\"Account\"}}]}",
    "POST ~/composite/tree/Account^^{\"records\":[{\"attributes\":{\"type\":\"Account\",\"referenceId\":\"a\"},\"Contacts\":{\"records\":[{\"attributes\":{\"type\":\"Contact\"}}]}}]}",
    "POST ~/composite^^{\"compositeRequest\":[{\"method\":\"POST\",\"url\":\"~/sobjects/Account\",\"referenceId\":\"a\",\"body\":{}},{\"method\":\"PATCH\",\"url\":\"~/sobjects/Contact/E__c/@{a.id}\",\"referenceId\":\"b\",\"body\":{\"AccountId\":\"@{a.id}\"}}]}",
    "POST ~/jobs/ingest^^{\"operation\":\"upsert\",\"object\":\"Account\",\"externalIdFieldName\":\"E__c\"}",
    "PUT ~/jobs/ingest/<id>/batches^Content-Type: text/csv^^Id",
    "PATCH ~/jobs/ingest/<id>^^{\"state\":\"UploadComplete\"}",
    "POST /services/async/66.0/job^Content-Type: application/xml; charset=UTF-8^^<?xml version=\"1.0\"?><jobInfo xmlns=\"x\"><operation>upsert</operation><object>A</object></jobInfo>",
    "POST ~/graphql^^{\"query\":\"mutation { uiapi(input: {allOrNone: true}) { a: AccountCreate(input: {Account: {Name: \\\"Delete\\\"}}) { Record { Id } } } }\"}",
    "POST ~/ui-api/records^^{}",
    "PATCH ~/ui-api/records/<id>^^{}",
];

#[test]
fn reads_pass_in_read_only() {
    for request in READS {
        for level in ["read-only", "no-delete", "everything"] {
            let decision = super::judged(level, request);
            assert_eq!(decision.denied, None, "{level}: {request}");
        }
    }
}

#[test]
fn creates_and_updates_pass_where_only_deletes_are_denied() {
    for request in WRITES {
        assert!(passes("no-delete", request), "{request}");
        assert!(!passes("read-only", request), "{request}");
    }
}
