//! OAuth's endpoints, and the identity service.

use super::{Target, Wrong, wrong};

const FLOWS: &str = "Help, the page of the flow, and the wire page, 1.2";
const INTROSPECTION: &str = "RFC 7662, and Help, OpenID Connect Token Introspection";
const REVOCATION: &str = "Mobile SDK Development Guide, Revoking OAuth Tokens";
const IDENTITY: &str = "unconfirmed: Help, Identity URLs, Error Codes";
const NO_AUTHORIZATION: (&str, &str) = ("authorization", "");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

pub(super) const ROWS: &[Wrong] = &[
    wrong(
        "unconfirmed: a fixture, the wire page, 1.2",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION, FORM],
        "",
        "400 invalid_request: missing required parameter: grant_type",
    ),
    wrong(
        FLOWS,
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION, ("content-type", "application/json")],
        "{\"grant_type\": \"client_credentials\"}",
        "400 invalid_request: missing required parameter: grant_type",
    ),
    wrong(
        FLOWS,
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=client_credentials&client_id=demo-consumer-key&client_secret=wrong",
        "400 invalid_client: invalid client credentials",
    ),
    wrong(
        FLOWS,
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=client_credentials&client_id=wrong&client_secret=wrong",
        "400 invalid_client_id: client identifier invalid",
    ),
    wrong(
        "unconfirmed: two credentials that differ, the wire page, 1.1",
        "POST /services/oauth2/token",
        &[("authorization", "Basic d3Jvbmc6d3Jvbmc=")],
        "grant_type=client_credentials&client_id=demo-consumer-key&client_secret=wrong",
        "400 invalid_client: invalid client credentials",
    ),
    wrong(
        FLOWS,
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=magic",
        "400 unsupported_grant_type: grant type not supported",
    ),
    wrong(
        FLOWS,
        "DELETE /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=client_credentials",
        "400 unsupported_grant_type: grant type not supported",
    ),
    wrong(
        FLOWS,
        "POST /services/oauth2/token",
        &[("authorization", "Basic d3Jvbmc6d3Jvbmc=")],
        "grant_type=password&username=a&password=b",
        "400 invalid_client_id: client identifier invalid",
    ),
    wrong(
        FLOWS,
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=authorization_code&client_id=demo-consumer-key&client_secret=demo-consumer-secret&code=aPrx",
        "400 invalid_grant: invalid authorization code",
    ),
    wrong(
        "unconfirmed: the wire page, 1.5, has the flow and no words",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=urn:ietf:params:oauth:grant-type:saml2-bearer&assertion=x",
        "400 invalid_grant: invalid assertion",
    ),
    wrong(
        "the emulator's own words: Salesforce writes XML too",
        "POST /services/oauth2/token",
        &[NO_AUTHORIZATION],
        "grant_type=client_credentials&format=xml",
        "400 invalid_request: this emulator supports only the formats json and urlencoded",
    ),
    wrong(
        INTROSPECTION,
        "POST /services/oauth2/introspect",
        &[NO_AUTHORIZATION],
        "token={token}",
        "400 invalid_client_id: client identifier invalid",
    ),
    wrong(
        INTROSPECTION,
        "POST /services/oauth2/introspect",
        &[NO_AUTHORIZATION],
        "token={token}&client_id=demo-consumer-key&client_secret=x",
        "400 invalid_client: invalid client credentials",
    ),
    wrong(
        "unconfirmed: RFC 7662 has no words",
        "POST /services/oauth2/introspect",
        &[NO_AUTHORIZATION],
        "client_id=demo-consumer-key&client_secret=demo-consumer-secret",
        "400 invalid_request: missing required parameter: token",
    ),
    wrong(
        "unconfirmed: RFC 7662, section 2.1, has POST alone",
        "GET /services/oauth2/introspect?token={token}",
        &[NO_AUTHORIZATION],
        "",
        "400 invalid_request: missing required parameter: token",
    ),
    wrong(
        REVOCATION,
        "POST /services/oauth2/revoke",
        &[NO_AUTHORIZATION, ("accept", "application/json")],
        "token=wrong",
        "400 invalid_token: invalid token",
    ),
    wrong(
        REVOCATION,
        "GET /services/oauth2/revoke?token=wrong",
        &[NO_AUTHORIZATION],
        "",
        "400 error=invalid_token&error_description=invalid%20token",
    ),
    wrong(
        "Salesforce Developers Blog, Revoking OAuth 2.0 Access Tokens",
        "GET /services/oauth2/revoke?token=wrong&callback=done",
        &[NO_AUTHORIZATION],
        "",
        "200 done({\"error\":\"invalid_token\",\"error_description\":\"invalid token\"});",
    ),
    wrong(
        "unconfirmed: no such method is documented",
        "DELETE /services/oauth2/revoke?token={token}",
        &[NO_AUTHORIZATION],
        "",
        "400 error=unsupported_token_type&error_description=this%20token%20type%20is%20not%20supported",
    ),
    wrong(
        IDENTITY,
        "GET /id/{org}/{user}",
        &[NO_AUTHORIZATION],
        "",
        "403 Missing_OAuth_Token",
    ),
    wrong(
        IDENTITY,
        "GET /services/oauth2/userinfo",
        &[NO_AUTHORIZATION],
        "",
        "403 Missing_OAuth_Token",
    ),
    wrong(
        IDENTITY,
        "GET /id/00D000000000062EAA/{user}",
        &[],
        "",
        "403 Wrong_Org",
    ),
    wrong(
        IDENTITY,
        "GET /id/{org}/{user}?version=30.0",
        &[],
        "",
        "406 Invalid_Version",
    ),
    wrong(
        IDENTITY,
        "GET /id/{org}/{user}?callback=a(1)",
        &[],
        "",
        "406 Invalid_Callback",
    ),
    wrong(
        "the emulator's own words: Salesforce writes XML too",
        "GET /id/{org}/{user}?format=xml",
        &[],
        "",
        "406 EMULATOR_UNSUPPORTED: this emulator does not support XML here: accept application/json",
    ),
];

#[tokio::test]
async fn oauths_endpoints_refuse_as_documented() {
    Target::start().await.check(ROWS).await;
}
