use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::*;
use crate::credentials::{ConsumerSecret, Credentials};
use crate::names::Names;
use crate::org::Initial;
use crate::recipe::Recipe;
use crate::schema::Schema;
use crate::settings::OrgSettings;

pub(super) const HOST: &str = "acme.my.salesforce.com";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
const GOOD: &str = "grant_type=client_credentials&client_id=key&client_secret=s%26cret";

pub(super) fn org() -> Org {
    let credentials = Credentials {
        domain: "acme.my".to_owned(),
        consumer_key: "key".to_owned(),
        consumer_secret: ConsumerSecret::new("s&cret"),
    };
    let initial = Initial {
        settings: OrgSettings::default(),
        recipe: Recipe {
            accounts: 1,
            loads: Vec::new(),
        },
        schema: Arc::new(Schema::standard()),
        data_file: None,
    };
    let names = Names {
        host: HOST.to_owned(),
        aliases: Vec::new(),
        scheme: "https",
        port: 443,
        public_url: None,
    };
    Org::new(credentials, names, initial).expect("an org")
}

pub(super) fn request(method: &str, host: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut builder = http::Request::builder()
        .method(method)
        .uri("/services/oauth2/token")
        .header("host", host);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    Request::new(
        builder.body(()).expect("a request").into_parts().0,
        Bytes::copy_from_slice(body.as_bytes()),
    )
}

pub(super) fn post(body: &str) -> Request {
    request("POST", HOST, &[("content-type", FORM)], body)
}

pub(super) fn basic(pair: &str, body: &str) -> Request {
    let value = format!("Basic {}", STANDARD.encode(pair));
    request(
        "POST",
        HOST,
        &[("content-type", FORM), ("authorization", &value)],
        body,
    )
}

pub(super) fn refusal(org: &Org, request: &Request) -> String {
    let answer = token(org, request);
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let json: Value = serde_json::from_slice(&answer.body).expect("JSON");
    format!(
        "{}: {}",
        json["error"].as_str().unwrap_or(""),
        json["error_description"].as_str().unwrap_or("")
    )
}

#[test]
fn credentials_are_taken_from_header_or_form_or_both() {
    let org = org();
    for request in [
        post(GOOD),
        basic("key:s&cret", "grant_type=client_credentials"),
        basic("key:s&cret", GOOD),
        basic("key:s&cret", "grant_type=client_credentials&format=json"),
    ] {
        assert_eq!(token(&org, &request).status, StatusCode::OK);
    }
    assert_eq!(org.stats.snapshot().logins, 4);
    assert_eq!(org.stats.snapshot().unexpected, 0);
}

#[test]
fn a_login_is_answered_as_salesforce_does() {
    let org = org();
    let json: Value = serde_json::from_slice(&token(&org, &post(GOOD)).body).expect("JSON");
    let member = |name: &str| json[name].as_str().expect(name).to_owned();
    assert!(member("access_token").starts_with(&format!("{}!AQ", org.id.short())));
    assert_eq!(member("instance_url"), format!("https://{HOST}"));
    assert_eq!(member("token_type"), "Bearer");
    assert_eq!(member("token_format"), "opaque");
    assert_eq!(member("id"), identity_url(&org, &post(GOOD)));
    assert!(member("issued_at").parse::<i64>().is_ok());
    assert_eq!(
        member("signature"),
        sign("s&cret", &member("id"), &member("issued_at"))
    );
    assert!(org.session(&member("access_token")).is_some());
}

#[test]
fn unknown_keys_and_wrong_secrets_are_told_apart() {
    const UNKNOWN: &str = "invalid_client_id: client identifier invalid";
    const WRONG: &str = "invalid_client: invalid client credentials";
    let grant = "grant_type=client_credentials";
    let org = org();
    for (request, expected) in [
        (
            post(&format!("{grant}&client_id=x&client_secret=s")),
            UNKNOWN,
        ),
        (post(grant), UNKNOWN),
        (
            post(&format!("{grant}&client_id=key&client_secret=x")),
            WRONG,
        ),
        (post(&format!("{grant}&client_id=key")), WRONG),
        (basic("key:other", GOOD), WRONG),
        (basic("no colon", grant), WRONG),
        (basic("key:other", grant), WRONG),
        (basic("other:s&cret", grant), UNKNOWN),
    ] {
        assert_eq!(refusal(&org, &request), expected);
    }
    let stats = org.stats.snapshot();
    assert_eq!(
        (stats.logins, stats.failed_logins, stats.unexpected),
        (0, 8, 0)
    );
}

#[test]
fn what_is_no_such_grant_is_refused() {
    const MISSING: &str = "invalid_request: missing required parameter: grant_type";
    const OTHER: &str = "unsupported_grant_type: grant type not supported";
    const FORMATS: &str =
        "invalid_request: this emulator supports only the formats json and urlencoded";
    let org = org();
    let json = [("content-type", "application/json")];
    let xml = [("content-type", FORM), ("accept", "application/xml")];
    for (request, expected) in [
        (post("client_id=key"), MISSING),
        (post(""), MISSING),
        (post("grant_type="), MISSING),
        (request("POST", HOST, &json, GOOD), MISSING),
        (post("grant_type=implicit"), OTHER),
        (request("GET", HOST, &[], ""), OTHER),
        (request("PUT", HOST, &[], GOOD), OTHER),
        (post(&format!("{GOOD}&format=xml")), FORMATS),
        (post(&format!("{GOOD}&format=yaml")), FORMATS),
        (request("POST", HOST, &xml, GOOD), FORMATS),
        (
            post("response_type=device_code&client_id=key"),
            "unsupported_response_type: this emulator does not support the device flow",
        ),
        (
            post("grant_type=device&client_id=key&code=1"),
            "unsupported_grant_type: this emulator does not support the device flow",
        ),
        (
            post("grant_type=urn:ietf:params:oauth:grant-type:token-exchange"),
            "unsupported_grant_type: this emulator does not support token exchange",
        ),
    ] {
        assert_eq!(refusal(&org, &request), expected);
    }
}

#[test]
fn a_login_is_answered_as_a_form_to_those_who_ask() {
    let org = org();
    let form = post(&format!("{GOOD}&format=urlencoded"));
    let answer = token(&org, &form);
    assert_eq!(answer.status, StatusCode::OK);
    let member = |name: &str| {
        form_urlencoded::parse(&answer.body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .expect(name)
    };
    assert_eq!(member("token_type"), "Bearer");
    assert!(org.session(&member("access_token")).is_some());
    let accept = [
        ("content-type", FORM),
        ("accept", "application/x-www-form-urlencoded"),
    ];
    let refused = request("POST", HOST, &accept, "grant_type=implicit");
    let refused = token(&org, &refused);
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let words = "error=unsupported_grant_type&error_description=grant%20type%20not%20supported";
    assert_eq!(refused.body, words);
}

#[test]
fn the_shared_login_hosts_do_not_know_this_flow() {
    let org = org();
    for host in LOGIN_HOSTS {
        let request = request("POST", host, &[("content-type", FORM)], GOOD);
        assert_eq!(
            refusal(&org, &request),
            "invalid_grant: request not supported on this domain"
        );
    }
}

#[test]
fn the_orgs_settings_refuse_logins() {
    let org = org();
    org.state().settings.run_as_user = false;
    assert_eq!(
        refusal(&org, &post(GOOD)),
        "invalid_grant: no client credentials user enabled"
    );
    org.state().settings.run_as_user = true;
    org.state().settings.logins_per_hour = 1;
    assert_eq!(token(&org, &post(GOOD)).status, StatusCode::OK);
    assert_eq!(
        refusal(&org, &post(GOOD)),
        "invalid_grant: login rate exceeded"
    );
    org.clock
        .advance(std::time::Duration::from_secs(3_600))
        .expect("a clock");
    assert_eq!(token(&org, &post(GOOD)).status, StatusCode::OK);
}

#[test]
fn the_signature_is_hmac_sha256() {
    // Computed with: printf 'id1' | openssl dgst -sha256 -hmac secret -binary | base64
    assert_eq!(
        sign("secret", "id", "1"),
        "Rj4UcBVDZUfPXw9VMaidVEB5ES46SL8a9Ebw1UjYccM="
    );
}
