//! What a request holds: headers, bodies, ids, fields and parameters.

use super::{Target, Wrong, wrong};

const STATUS: &str = "Status Codes and Error Responses";
const CONDITIONS: &str = "Conditional Request Headers; code and words are unconfirmed";
const ROWS_OF_OBJECT: &str = "the wire page, 2.2";
const REPLICATION: &str = "unconfirmed: sObject Get Updated and the SOAP API's words";
const OURS: &str = "the emulator's own words for what only Salesforce does";
const UNDOCUMENTED: &str = "unconfirmed: nothing is documented";
const NOT_FOUND: &str = "404 NOT_FOUND: The requested resource does not exist";
const NO_COLUMN: &str = "400 INVALID_FIELD: No such column 'Foo' on sobject of type Account";
const NO_RECORD: &str = "404 INVALID_CROSS_REFERENCE_KEY: invalid cross reference id";
const DELETED: &str = "404 ENTITY_IS_DELETED: entity is deleted";
const CHANGED: &str = "412 PRECONDITION_FAILED: The record is not as a header of the request says";
const XML: &str =
    "406 EMULATOR_UNSUPPORTED: this emulator does not support XML here: accept application/json";
const MISSING: &str = "400 REQUIRED_FIELD_MISSING: Required fields are missing: [Name]";

pub(super) const ROWS: &[Wrong] = &[
    // Headers.
    wrong(
        OURS,
        "GET limits",
        &[("accept", "application/xml")],
        "",
        XML,
    ),
    wrong(
        OURS,
        "GET /services/data",
        &[("accept", "text/xml")],
        "",
        XML,
    ),
    wrong(
        "unconfirmed: the SOAP API has the code",
        "GET query?q=SELECT+Id+FROM+Account",
        &[("sforce-query-options", "batchSize=199")],
        "",
        "400 INVALID_BATCH_SIZE: Sforce-Query-Options: 'batchSize=199' is not a batchSize from 200 to 2000",
    ),
    wrong(
        "unconfirmed: the SOAP API has the code",
        "GET query?q=SELECT+Id+FROM+Account",
        &[("sforce-query-options", "batchSize=2001")],
        "",
        "400 INVALID_BATCH_SIZE: Sforce-Query-Options: 'batchSize=2001' is not a batchSize from 200 to 2000",
    ),
    wrong(
        CONDITIONS,
        "GET sobjects/Account/{account}",
        &[("if-match", "\"x\"")],
        "",
        CHANGED,
    ),
    wrong(
        CONDITIONS,
        "PATCH sobjects/Account/{account}",
        &[("if-match", "\"x\"")],
        "{\"Name\": \"B\"}",
        CHANGED,
    ),
    wrong(
        CONDITIONS,
        "PATCH sobjects/Account/{account}",
        &[("if-none-match", "*")],
        "{\"Name\": \"B\"}",
        CHANGED,
    ),
    wrong(
        CONDITIONS,
        "PATCH sobjects/Contact/{contact}",
        &[("if-unmodified-since", "Tue, 10 Aug 2015 00:00:00 GMT")],
        "{}",
        CHANGED,
    ),
    wrong(
        CONDITIONS,
        "PATCH sobjects/Account/{account}",
        &[("if-match", "x")],
        "{\"Name\": \"B\"}",
        "400 INVALID_HEADER: The header if-match cannot be read: x",
    ),
    wrong(
        CONDITIONS,
        "PATCH sobjects/Account/{account}",
        &[("if-unmodified-since", "yesterday")],
        "{\"Name\": \"B\"}",
        "400 INVALID_HEADER: The header If-Unmodified-Since cannot be read: yesterday",
    ),
    wrong(
        CONDITIONS,
        "GET sobjects/Contact/{contact}",
        &[("if-modified-since", "Sat, 01 Jan 2095 00:00:00 GMT")],
        "",
        "304 ",
    ),
    // Bodies.
    wrong(
        STATUS,
        "POST sobjects/Account",
        &[("content-type", "text/csv")],
        "Name\nA",
        "415 UNSUPPORTED_MEDIA_TYPE: MediaType of 'text/csv' is not supported by this resource",
    ),
    wrong(
        "unconfirmed: for a coding",
        "POST sobjects/Account",
        &[("content-encoding", "br")],
        "{}",
        "415 UNSUPPORTED_MEDIA_TYPE: MediaType of 'br' is not supported by this resource",
    ),
    wrong(
        "unconfirmed: for a coding",
        "POST sobjects/Account",
        &[("content-encoding", "gzip")],
        "{}",
        "415 UNSUPPORTED_MEDIA_TYPE: MediaType of 'gzip' is not supported by this resource",
    ),
    wrong(
        OURS,
        "POST sobjects/Account",
        &[("content-type", "application/xml")],
        "<Account/>",
        "415 EMULATOR_UNSUPPORTED: this emulator does not support XML: send the body as application/json",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "PATCH sobjects/Account/{account}",
        &[("content-type", "application/json")],
        "",
        "400 JSON_PARSER_ERROR: The HTTP entity body is required, but this request has no entity body.",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "POST sobjects/Account",
        &[],
        "{\"Name\"j}",
        "400 JSON_PARSER_ERROR: Unexpected character ('j' (code 106)): was expecting a colon to separate field name and value at [line:1, column:9]",
    ),
    wrong(
        "unconfirmed: Jackson's words",
        "POST sobjects/Account",
        &[],
        "{\"Name\": \"A\"",
        "400 JSON_PARSER_ERROR: Unexpected end-of-input: expected close marker for OBJECT at [line:1, column:13]",
    ),
    wrong(
        "unconfirmed: Jackson's words",
        "POST composite",
        &[],
        "{\"allOrNone\": tru}",
        "400 JSON_PARSER_ERROR: Unrecognized token 'tru': was expecting ('true', 'false' or 'null') at [line:1, column:18]",
    ),
    wrong(
        "Create a Record",
        "POST sobjects/Account",
        &[],
        "{\"Id\": \"{account}\", \"Name\": \"A\"}",
        "400 INVALID_FIELD: The Id field should not be specified in the sobject data.",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "POST sobjects/Account",
        &[],
        "{\"Foo\": 1}",
        NO_COLUMN,
    ),
    wrong(ROWS_OF_OBJECT, "POST sobjects/Account", &[], "{}", MISSING),
    wrong(
        ROWS_OF_OBJECT,
        "PATCH sobjects/Account/{account}",
        &[],
        "{\"Name\": null}",
        MISSING,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "POST sobjects/Contact",
        &[],
        "{\"LastName\": \"A\", \"AccountId\": \"{contact}\"}",
        "400 MALFORMED_ID: Account ID: id value of incorrect type: {contact}",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "PATCH sobjects/Contact/{contact}",
        &[],
        "{\"Name\": \"A\"}",
        "400 INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: Name. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
    ),
    // Ids and fields.
    wrong(
        STATUS,
        "GET sobjects/Account/{contact}",
        &[],
        "",
        "400 MALFORMED_ID: Account ID: id value of incorrect type: {contact}",
    ),
    wrong(
        "unconfirmed: 400 or 404",
        "GET sobjects/Account/001Sb0000000001AAX",
        &[],
        "",
        "400 MALFORMED_ID: malformed id 001Sb0000000001AAX",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "DELETE sobjects/Account/rid",
        &[],
        "",
        "404 NOT_FOUND: Provided external ID field does not exist or is not accessible: rid",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "PATCH sobjects/Account/Namez/x",
        &[],
        "{}",
        "404 NOT_FOUND: Provided external ID field does not exist or is not accessible: Namez",
    ),
    wrong(
        STATUS,
        "GET sobjects/Account/001Sb00000zzzzz",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "PATCH sobjects/Account/001Sb00000zzzzz",
        &[],
        "{\"Name\": \"A\"}",
        NO_RECORD,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "DELETE sobjects/Account/001Sb00000zzzzz",
        &[],
        "",
        NO_RECORD,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "GET sobjects/Account/{deleted}",
        &[],
        "",
        DELETED,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "PATCH sobjects/Account/{deleted}",
        &[],
        "{\"Name\": \"A\"}",
        DELETED,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "DELETE sobjects/Account/{deleted}",
        &[],
        "",
        DELETED,
    ),
    wrong(
        "Insert or Update a Record Using an External ID",
        "GET sobjects/Account/Ext__c/none",
        &[],
        "",
        NOT_FOUND,
    ),
    wrong(
        ROWS_OF_OBJECT,
        "GET sobjects/Account/{account}?fields=Foo",
        &[],
        "",
        NO_COLUMN,
    ),
    // Queries.
    wrong(
        ROWS_OF_OBJECT,
        "GET query",
        &[],
        "",
        "400 MALFORMED_QUERY: A query string has to be specified",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "GET queryAll/01gD0000002HU6KIAW-2000",
        &[],
        "",
        "400 INVALID_QUERY_LOCATOR: invalid query locator",
    ),
    wrong(
        ROWS_OF_OBJECT,
        "GET query/nothing",
        &[],
        "",
        "400 INVALID_QUERY_LOCATOR: invalid query locator",
    ),
    // Parameters.
    wrong(
        REPLICATION,
        "GET sobjects/Account/updated?start=2001-01-02T00:00:00Z&end=2001-01-01T00:00:00Z",
        &[],
        "",
        "400 INVALID_REPLICATION_DATE: endDate must be at least one minute greater than startDate",
    ),
    wrong(
        REPLICATION,
        "GET sobjects/Account/updated?start=2024-02-01T00:00:00Z&end=2024-02-02T00:00:00Z",
        &[],
        "",
        "400 INVALID_REPLICATION_DATE: startDate cannot be more than 30 days ago",
    ),
    wrong(
        REPLICATION,
        "GET sobjects/Account/updated?start=2024-02-01T00:00:00+00:00&end=x",
        &[],
        "",
        "400 INVALID_REPLICATION_DATE: invalid date: 2024-02-01T00:00:00 00:00",
    ),
    wrong(
        UNDOCUMENTED,
        "GET sobjects/Account/updated?end=2024-02-02T00:00:00Z",
        &[],
        "",
        "400 INVALID_PARAMETER: The parameter 'start' is missing or wrong",
    ),
    wrong(
        UNDOCUMENTED,
        "GET recent?limit=many",
        &[],
        "",
        "400 INVALID_PARAMETER: The parameter 'limit' is missing or wrong",
    ),
    // The edge.
    wrong(
        "the wire page, 2.1, 420; the words are the emulator's own",
        "GET limits",
        &[("host", "other.my.salesforce.com")],
        "",
        "420 <html><head><title>420 <unknown status code></title></head><body><h1>No routing information for this request host; this org is served as acme.my.salesforce.com, localhost, 127.0.0.1 and [::1]</h1></body></html>",
    ),
];

#[tokio::test]
async fn wrong_contents_are_refused_as_documented() {
    Target::start().await.check(ROWS).await;
}
