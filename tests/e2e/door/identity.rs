//! Who the user is, through the door: clients follow what a login or the list of resources
//! names, with their key.

use sfbox_emulator::{CannedAnswer, Effect, Route};

use super::{Door, QUERY};
use crate::org::Org;

const RESOURCES: &str = "/services/data/v66.0/";

/// How often the org was asked who somebody is.
fn asked(org: &Org) -> u64 {
    let requests = org.control().stats().requests;
    requests.get(&Route::Identity).copied().unwrap_or_default()
}

/// The path of the identity that the list of resources names.
fn identity(door: &Door, key: &str) -> String {
    let resources = door.ask(key, RESOURCES, &[]).json();
    let identity = resources["identity"].as_str().unwrap();
    let path = identity.strip_prefix(door.url()).expect(identity);
    assert!(path.starts_with("/id/00D"), "{path}");
    path.to_owned()
}

#[test]
fn a_client_that_follows_an_identity_stays_at_the_door() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    let path = identity(&door, &key);
    let mut ids = path.split('/').skip(2);
    let (of_org, of_user) = (ids.next().unwrap(), ids.next().unwrap());
    // Ids of 15 characters, and what jsforce asks.
    let short = format!("/id/{}/{}", &of_org[..15], &of_user[..15]);
    let of_jsforce = format!("{path}?format=json&oauth_token={key}");
    for (number, path) in (1..).zip([&path, &short, &of_jsforce]) {
        let answer = door.ask(&key, path, &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let told = answer.json();
        assert_eq!(told["user_id"], of_user);
        assert_eq!(told["organization_id"], of_org);
        assert_eq!(told["urls"]["custom_domain"], door.url());
        // All that it names, from its APIs to the photos, is at the door.
        let urls = answer.body.matches("https://").count();
        assert!(urls > 15, "{}", answer.body);
        assert_eq!(answer.body.matches(door.url()).count(), urls);
        assert!(!answer.body.contains(org.emulator().host()));
        assert_eq!(asked(&org), number);
    }
    let head = door.ask(&key, &path, &["--head"]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(
        !head.head.to_lowercase().contains("content-length"),
        "{}",
        head.head
    );
    // A photo is not carried, and the client is told so here.
    let photo = door.ask(&key, "/profilephoto/005/F", &[]);
    assert_eq!(
        (photo.status, photo.code().as_str()),
        (501, "SFBOX_NOT_CARRIED")
    );
}

#[test]
fn an_identity_that_is_none_is_not_sent() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    let path = identity(&door, &key);
    let before = org.control().stats().requests;
    for (path, options, status) in [
        ("/id", &[][..], 404),
        ("/id/", &[], 404),
        ("/id/00DSb0000000001", &[], 404),
        ("/id/00DSb0000000001/005Sb000000000", &[], 404),
        ("/id/005Sb0000000001/00DSb0000000001", &[], 404),
        ("/id/00DSb0000000001/005Sb0000000001/x", &[], 404),
        (
            "/id/00DSb0000000001/../005Sb0000000001",
            &["--path-as-is"],
            404,
        ),
        ("/id/00DSb0000000001/005Sb000000000%31", &[], 404),
        (&path, &["--data", "x"], 405),
        (&path, &["--request", "DELETE"], 405),
    ] {
        let refused = door.ask(&key, path, options);
        assert_eq!(refused.status, status, "{path}: {}", refused.body);
        assert!(refused.code().starts_with("SFBOX_"), "{}", refused.body);
    }
    // Only a header shows a key: a URL is logged in many places.
    let in_query = format!("{path}?oauth_token={key}");
    assert_eq!(door.ask("", &in_query, &[]).status, 401);
    assert_eq!(org.control().stats().requests, before);
    // The org itself knows whose id it is not.
    let other = door.ask(&key, "/id/00DSb0000000009/005Sb0000000001", &[]);
    assert_eq!((other.status, other.body.as_str()), (403, "Wrong_Org"));
    assert_eq!(asked(&org), 1);
}

#[test]
fn an_expiry_under_an_identity_is_nobodys_business() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    let path = identity(&door, &key);
    for expiries in 1..=2 {
        org.control().expire_sessions();
        let answer = door.ask(&key, &path, &[]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(org.logins(), 1 + expiries);
    }
    // A refusal of the identity service alone is its answer, and costs no login.
    let refusal = CannedAnswer {
        status: 403,
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        body: "Bad_OAuth_Token".to_owned(),
    };
    org.strike(Route::Identity, None, Effect::Answer(refusal));
    for _ in 0..5 {
        let refused = door.ask(&key, &path, &[]);
        assert_eq!(
            (refused.status, refused.body.as_str()),
            (403, "Bad_OAuth_Token")
        );
    }
    assert_eq!(org.logins(), 3);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
}

#[test]
fn a_redirect_leads_to_the_door() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    for (location, expected) in [
        (
            "https://acme.my.salesforce.com/services/data/v66.0/limits?x=y",
            Some(format!("{}/services/data/v66.0/limits?x=y", door.url())),
        ),
        (
            "https://login.salesforce.com/id/00D/005",
            Some(format!("{}/id/00D/005", door.url())),
        ),
        (
            "https://pay.example/x",
            Some("https://pay.example/x".to_owned()),
        ),
        ("//acme.my.salesforce.com/x", None),
    ] {
        let answer = CannedAnswer {
            status: 302,
            headers: vec![("location".to_owned(), location.to_owned())],
            body: String::new(),
        };
        org.strike(Route::Limits, Some(1), Effect::Answer(answer));
        let answer = door.ask(&key, "/services/data/v66.0/limits", &[]);
        assert_eq!(answer.status, 302, "{}", answer.body);
        let told = answer
            .head
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        assert_eq!(told.map(str::trim), expected.as_deref(), "{location}");
    }
}
