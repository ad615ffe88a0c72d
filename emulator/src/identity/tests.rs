use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::credentials::{ConsumerSecret, Credentials};
use crate::names::Names;
use crate::org::Initial;
use crate::recipe::Recipe;
use crate::settings::OrgSettings;

fn org() -> Org {
    let credentials = Credentials {
        domain: "acme.my".to_owned(),
        consumer_key: "key".to_owned(),
        consumer_secret: ConsumerSecret::new("secret"),
    };
    let names = Names {
        host: "acme.my.salesforce.com".to_owned(),
        aliases: Vec::new(),
        scheme: "https",
        port: 443,
        public_url: None,
    };
    let initial = Initial {
        settings: OrgSettings::default(),
        recipe: Recipe {
            accounts: 1,
            loads: Vec::new(),
        },
        schema: std::sync::Arc::new(crate::schema::Schema::standard()),
        data_file: None,
    };
    Org::new(credentials, names, initial).expect("an org")
}

/// Asks for a user; `{t}` in the query and the headers is a good token.
fn ask(org: &Org, ids: (&str, &str), query: &str, headers: &[(&str, &str)]) -> Answer {
    let (token, _) = org.open_session().expect("a session");
    let encoded: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let uri = format!("/id/{}/{}?{}", ids.0, ids.1, query.replace("{t}", &encoded));
    let mut builder = http::Request::builder().uri(uri);
    for (name, value) in headers {
        builder = builder.header(*name, value.replace("{t}", &token));
    }
    let parts = builder.body(()).expect("a request").into_parts().0;
    let segments = Segments::from_iter([("org", ids.0), ("user", ids.1)]);
    of_user(org, &Request::new(parts, Bytes::new()), &segments)
}

const TOKEN: (&str, &str) = ("authorization", "Bearer {t}");

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

#[test]
fn a_user_is_told_as_in_captures() {
    let org = org();
    let (id, user) = (org.id.as_str(), org.user.as_str());
    let answer = ask(&org, (id, user), "", &[TOKEN]);
    assert_eq!(answer.status, StatusCode::OK);
    let told = json(&answer);
    assert_eq!(told["user_id"], user);
    assert_eq!(told["organization_id"], id);
    let url = "https://acme.my.salesforce.com";
    assert_eq!(told["id"], format!("{url}/id/{id}/{user}"));
    assert_eq!(told["status"], json!({"created_date": null, "body": null}));
    assert_eq!(told.as_object().expect("an object").len(), 30);
    let urls = &told["urls"];
    assert_eq!(urls["rest"], format!("{url}/services/data/v{{version}}/"));
    let short = org.id.short();
    assert_eq!(
        urls["partner"],
        format!("{url}/services/Soap/u/{{version}}/{short}")
    );
    assert_eq!(urls["custom_domain"], url);
    // 15 characters name the same.
    let ids = (org.id.short(), org.user.short());
    assert_eq!(json(&ask(&org, ids, "", &[TOKEN])), told);
}

#[test]
fn a_version_goes_into_the_urls() {
    let org = org();
    let ids = (org.id.as_str(), org.user.as_str());
    for (query, version) in [("version=latest", "68.0"), ("version=59.0", "59.0")] {
        let urls = json(&ask(&org, ids, query, &[TOKEN]))["urls"].clone();
        let query = format!("https://acme.my.salesforce.com/services/data/v{version}/query/");
        assert_eq!(urls["query"], query);
        let soap = urls["metadata"].as_str().expect("a URL");
        assert!(soap.contains(&format!("/Soap/m/{version}/")), "{soap}");
    }
}

/// The words are documented; see [`Refusal`] for those that are captured.
#[test]
fn refusals_are_words() {
    let org = org();
    let (id, user) = (org.id.as_str(), org.user.as_str());
    let other = RecordId::new("00D", 2);
    for (ids, query, headers, status, word) in [
        ((id, user), "", &[][..], 403, "Missing_OAuth_Token"),
        (
            (id, user),
            "",
            &[("authorization", "Bearer x")],
            403,
            "Bad_OAuth_Token",
        ),
        (
            (id, user),
            "",
            &[("authorization", "Basic eDp5")],
            403,
            "Bad_OAuth_Token",
        ),
        ((id, user), "oauth_token=x", &[], 403, "Bad_OAuth_Token"),
        ((other.as_str(), user), "", &[TOKEN], 403, "Wrong_Org"),
        (("00D", "005"), "", &[TOKEN], 404, "Bad_Id"),
        ((id, id), "", &[TOKEN], 404, "Bad_Id"),
        ((id, ""), "", &[TOKEN], 404, "Bad_Id"),
        ((id, user), "version=30.0", &[TOKEN], 406, "Invalid_Version"),
        (
            (id, user),
            "version=v66.0",
            &[TOKEN],
            406,
            "Invalid_Version",
        ),
        ((id, user), "version=", &[TOKEN], 406, "Invalid_Version"),
        (
            (id, user),
            "callback=alert(1)",
            &[TOKEN],
            406,
            "Invalid_Callback",
        ),
    ] {
        let answer = ask(&org, ids, query, headers);
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(
            (answer.status.as_u16(), told.as_str()),
            (status, word),
            "{query}"
        );
        assert_eq!(answer.headers["content-type"], "text/plain;charset=UTF-8");
    }
}

#[test]
fn a_token_may_stand_in_the_query() {
    let org = org();
    let ids = (org.id.as_str(), org.user.as_str());
    // As jsforce asks, which also sends the header.
    let query = "format=json&oauth_token={t}";
    assert_eq!(ask(&org, ids, query, &[]).status, StatusCode::OK);
    let bad = ask(&org, ids, query, &[("authorization", "Bearer x")]);
    assert_eq!(bad.status, StatusCode::FORBIDDEN, "the header counts");
}

#[test]
fn formats_are_json_and_scripts() {
    let org = org();
    let ids = (org.id.as_str(), org.user.as_str());
    let script = ask(&org, ids, "callback=app.done", &[TOKEN]);
    let body = String::from_utf8_lossy(&script.body).into_owned();
    assert!(
        body.starts_with("app.done({") && body.ends_with("});"),
        "{body}"
    );
    let xml = ("accept", "application/xml");
    let form = ("accept", "application/x-www-form-urlencoded");
    for (query, headers, status) in [
        ("format=json", &[TOKEN, xml][..], 200),
        (
            "",
            &[TOKEN, ("accept", "application/xml,application/json")],
            200,
        ),
        ("", &[TOKEN, xml], 406),
        ("format=xml", &[TOKEN], 406),
        ("", &[TOKEN, form], 406),
        ("format=yaml", &[TOKEN], 406),
    ] {
        let answer = ask(&org, ids, query, headers);
        assert_eq!(answer.status.as_u16(), status, "{query} {headers:?}");
        if status == 406 {
            assert_eq!(json(&answer)[0]["errorCode"], "EMULATOR_UNSUPPORTED");
        }
    }
}
