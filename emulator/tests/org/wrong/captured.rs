//! Answers that somebody got from a real org, to the same request.
//!
//! Ids and names that only that org had are replaced by the emulator's.

use super::{Target, Wrong, wrong};

const NO_AUTHORIZATION: (&str, &str) = ("authorization", "");

pub(super) const ROWS: &[Wrong] = &[
    wrong(
        "restforce/restforce, issue 284",
        "GET limits",
        &[("authorization", "Bearer 00D000000000062!AQ")],
        "",
        "401 INVALID_SESSION_ID: Session expired or invalid",
    ),
    wrong(
        "a test of the Account resource against an org (AccountsTests.java, emptyTokenErrorTest)",
        "POST sobjects/Account",
        &[NO_AUTHORIZATION],
        "{\"Name\": \"Juan\"}",
        "401 INVALID_SESSION_ID: Session expired or invalid",
    ),
    wrong(
        "the same test, emptyBodyErrorTest; so is a PATCH of another (Update Record, feature)",
        "POST sobjects/Account",
        &[("content-type", "application/json")],
        "",
        "400 JSON_PARSER_ERROR: The HTTP entity body is required, but this request has no entity body.",
    ),
    wrong(
        "the same test, invalidJsonTest; the capture has the character, the column is Jackson's",
        "POST sobjects/Account",
        &[],
        "{\n    \"Name\": \"Marta Perez\",\n    \"Site\" \"marta.com.ar\"\n}",
        "400 JSON_PARSER_ERROR: Unexpected character ('\"' (code 34)): was expecting a colon to separate field name and value at [line:3, column:13]",
    ),
    wrong(
        "the same test, invalidJsonXpTest",
        "POST sobjects/Account",
        &[],
        "{\n    \"Name Marta Perez\"\n}",
        "400 JSON_PARSER_ERROR: Unexpected character ('}' (code 125)): was expecting a colon to separate field name and value at [line:3, column:2]",
    ),
    wrong(
        "jetstreamapp/jetstream, issue 538",
        "POST sobjects/Account",
        &[],
        "{\"Name\": \"A\",}",
        "400 JSON_PARSER_ERROR: Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line:1, column:15]",
    ),
    wrong(
        "restforce/restforce, issue 619",
        "POST sobjects/Account",
        &[],
        "{\"Name\": \"A\", \"AnnualRevenue\": \"N010000000\"}",
        "400 JSON_PARSER_ERROR: Cannot deserialize instance of double from VALUE_STRING value N010000000 or request may be missing a required field at [line:1, column:32]",
    ),
    wrong(
        "regican/Salesforce, issue 2",
        "POST sobjects/Specimen__c",
        &[],
        "{\"Date_Time__c\": \"2017-10-17 00:00:00\"}",
        "400 JSON_PARSER_ERROR: Cannot deserialize instance of datetime from VALUE_STRING value 2017-10-17 00:00:00 or request may be missing a required field at [line:1, column:18]",
    ),
    wrong(
        "WWW::Salesforce, t/update.t",
        "PATCH sobjects/Account/{account}",
        &[],
        "[]",
        "400 JSON_PARSER_ERROR: Can not deserialize SObject out of START_ARRAY token at [line:1, column:1]",
    ),
    wrong(
        "a test of campaigns against an org (Create Campaign, feature)",
        "POST sobjects/Account",
        &[],
        "{\"Name\": \"API\", \"Aditional column\": \"Can be included?\"}",
        "400 INVALID_FIELD: No such column 'Aditional column' on sobject of type Account",
    ),
    wrong(
        "a test of accounts against an org (Update Record, feature)",
        "PATCH sobjects/Account/-1",
        &[],
        "{\"Name\": \"New name to Account\"}",
        "404 NOT_FOUND: Provided external ID field does not exist or is not accessible: -1",
    ),
    wrong(
        "restforce/restforce, sobject_describe_error_response.json",
        "GET sobjects/Nothing/{account}",
        &[],
        "",
        "404 NOT_FOUND: The requested resource does not exist",
    ),
    wrong(
        "kevinohara80/nforce, issue 74",
        "POST sobjects/Attachment",
        &[("content-type", "multipart/related; boundary=x")],
        "--x--",
        "415 UNSUPPORTED_MEDIA_TYPE: MediaType of 'multipart/related' is not supported by this resource",
    ),
    wrong(
        "heroku/sf-functions-python, pull request 91",
        "POST composite/graph",
        &[("content-type", "utf-8")],
        "{}",
        "415 UNSUPPORTED_MEDIA_TYPE: MediaType of 'utf-8' is not supported by this resource",
    ),
    wrong(
        "jarrodek/ChromeRestClient, issue 1148; xjsender/haoide, issue 142",
        "GET composite/batch",
        &[],
        "",
        "405 METHOD_NOT_ALLOWED: HTTP Method 'GET' not allowed. Allowed are POST",
    ),
    wrong(
        "simple-salesforce/simple-salesforce, issue 95",
        "GET query/01gD0000002HU6KIAW-2000",
        &[],
        "",
        "400 INVALID_QUERY_LOCATOR: invalid query locator",
    ),
    wrong(
        "Salesforce-Inspector's test against an org",
        "GET query?q=invalid",
        &[],
        "",
        "400 MALFORMED_QUERY: unexpected token: 'invalid'",
    ),
    wrong(
        "jsforce/jsforce, issue 406",
        "GET sobjects/Account/deleted?start=2001-01-01T00:00:00Z&end=2001-01-02T00:00:00Z",
        &[],
        "",
        "400 INVALID_REPLICATION_DATE: startDate before org replication enabled date",
    ),
    wrong(
        "python-salesforce-api, issue 6",
        "GET limits",
        &[("host", "login.salesforce.com")],
        "",
        "400 URL_NOT_RESET: Destination URL not reset. The URL returned from login must be set",
    ),
    wrong(
        "public captures of an expired JWT, the wire page, 1.3",
        "GET limits",
        &[("authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln")],
        "",
        "401 INVALID_AUTH_HEADER: INVALID_JWT_FORMAT",
    ),
    wrong(
        "kevinohara80/nforce, pull request 35",
        "GET /services/oauth2/userinfo",
        &[("authorization", "Bearer wrong")],
        "",
        "403 Bad_OAuth_Token",
    ),
    wrong(
        "mike4aday/SwiftlySalesforce, issue 120",
        "GET /id/{org}/005",
        &[],
        "",
        "404 Bad_Id",
    ),
    wrong(
        "omniphx/forrest, issue 213: `token` had members and was no text",
        "POST /services/oauth2/revoke",
        &[NO_AUTHORIZATION],
        "token[access_token]=x&token[token_type]=Bearer",
        "400 error=unsupported_token_type&error_description=this%20token%20type%20is%20not%20supported",
    ),
    wrong(
        "pozil/pub-sub-api-node-client, issue 58",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION, ("host", "login.salesforce.com")],
        "grant_type=client_credentials&client_id=demo-consumer-key&client_secret=demo-consumer-secret",
        "400 invalid_grant: request not supported on this domain",
    ),
    wrong(
        "omniphx/forrest, issue 364",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=password&client_id=demo-consumer-key&client_secret=demo-consumer-secret&username=a&password=b",
        "400 invalid_grant: authentication failure",
    ),
    wrong(
        "restforce/restforce, issue 81; jsforce/jsforce, issue 1656",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=refresh_token&client_id=demo-consumer-key&refresh_token=5Aep",
        "400 invalid_grant: expired access/refresh token",
    ),
    wrong(
        "omniphx/forrest, issue 184",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=client_credentials&client_id=3MVG9&client_secret=x",
        "400 invalid_client_id: client identifier invalid",
    ),
    wrong(
        "restforce/restforce, issue 338",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=client_credentials&client_id=demo-consumer-key&client_secret=x",
        "400 invalid_client: invalid client credentials",
    ),
    wrong(
        "aaronhuggins/sf-jwt-token, issue 1; SalesforceCommerceCloud/b2c-crm-sync, issue 16",
        "GET /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "",
        "400 unsupported_grant_type: grant type not supported",
    ),
];

#[tokio::test]
async fn captured_answers_are_given() {
    Target::start().await.check(ROWS).await;
}
