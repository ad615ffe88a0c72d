//! What clients are told through the door is what the org tells them directly, but for the
//! addresses that lead to the door.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use workspace::{python, root};

use super::{Answered, Door, add_key, answered, folder};
use crate::machine::{are_installed, made, node};
use crate::org::{CONSUMER_SECRET, Org};

/// An org with a second page, for clients that send bodies in chunks.
fn org_of(accounts: usize) -> Org {
    let org = Org::start_with(|builder| builder.accounts(accounts));
    org.set(|settings| settings.body_length_required = false);
    org
}

fn org() -> Org {
    org_of(2_500)
}

/// Where a client asks, and with what it logs in.
struct Way<'a> {
    url: String,
    ca: std::path::PathBuf,
    id: &'a str,
    secret: String,
}

/// Straight to the org.
fn directly(org: &Org) -> Way<'static> {
    Way {
        url: format!("https://localhost:{}", org.emulator().address().port()),
        ca: org.cacert(),
        id: "key",
        secret: CONSUMER_SECRET.to_owned(),
    }
}

/// By a door whose key may do everything.
fn by_a_door(org: &Org) -> (Door, Way<'static>) {
    let folder = folder();
    let secret = add_key(
        org,
        folder.path(),
        &["client", "--write", "--allow-anonymous-apex"],
    );
    let door = Door::open_in(org, folder, &[]);
    let way = Way {
        url: door.url().to_owned(),
        ca: door.ca(),
        id: "client",
        secret,
    };
    (door, way)
}

impl Way<'_> {
    /// What a client is answered that logs in.
    fn token(&self) -> String {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--include",
            "--noproxy",
            "*",
            "--cacert",
        ]);
        curl.arg(&self.ca);
        let user = format!("{}:{}", self.id, self.secret);
        curl.args(["--user", &user, "--data", "grant_type=client_credentials"]);
        let login = answered(curl.arg(format!("{}/services/oauth2/token", self.url)));
        login.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A text in which this way, moments and places in a query have names.
    fn named(&self, text: &str) -> Value {
        let now = Timestamp::now();
        let text = text.replace(&self.url, "https://org.example");
        // What is for people names the org itself, which is asked by two names here.
        let mut text = text.replace("https://acme.my.salesforce.com", "https://org.example");
        for day in [now, now - 24.hours()] {
            text = with_moments_named(&text, &day.to_string()[..10]);
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// `2026-11-30T08:12:44.120Z` and the like of a day become `NOW`.
fn with_moments_named(text: &str, day: &str) -> String {
    let mut pieces = text.split(day);
    let mut named = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_of_a_moment = |c: char| c.is_ascii_digit() || "T:.+Z".contains(c);
        named.push_str("NOW");
        named.push_str(piece.trim_start_matches(is_of_a_moment));
    }
    named
}

/// What differs whoever asks: how much of a limit is left, and when it was asked.
fn without_counts(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("Remaining");
            // Minutes around now.
            for name in ["earliestDateAvailable", "latestDateCovered"] {
                members.remove(name);
            }
            members.values_mut().for_each(without_counts);
        }
        Value::Array(items) => items.iter_mut().for_each(without_counts),
        _ => {}
    }
}

/// What one of the clients prints in the end.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// What simple-salesforce is answered to each call.
fn simple_salesforce(way: &Way<'_>) -> BTreeMap<String, Value> {
    let mut command = Command::new(python());
    command
        .arg(root().join("tests/python/documented_calls.py"))
        .arg(&way.url)
        .env_clear()
        .env("KEY", way.token())
        .env("REQUESTS_CA_BUNDLE", &way.ca);
    let printed = printed(&mut command);
    let lines = printed.lines().map(|line| {
        let mut line = way.named(line);
        without_counts(&mut line);
        (line[0].as_str().unwrap().to_owned(), line[1].take())
    });
    lines.collect()
}

#[test]
fn simple_salesforce_is_told_the_same() {
    let direct = simple_salesforce(&directly(&org()));
    let org = org();
    let (_door, way) = by_a_door(&org);
    let through = simple_salesforce(&way);
    assert!(direct.len() >= 40, "{}", direct.len());
    for (name, answer) in &direct {
        assert_eq!(through.get(name), Some(answer), "{name}");
    }
    // What was compared is what was asked for.
    assert_eq!(direct["pages"][1]["records"].as_array().unwrap().len(), 500);
    assert_eq!(direct["get by an external id"]["LastName"], "Zimt");
    assert_eq!(direct["a statement that is wrong"]["status"], 400);
    let user = &direct["identity"]["user_id"];
    assert!(user.as_str().unwrap().starts_with("005"), "{user}");
    assert_eq!(org.logins(), 1);
}

/// What jsforce is answered to its documented calls, and which of them fail.
fn jsforce(way: &Way<'_>) -> Value {
    let folder = made("jsforce");
    let mut command = Command::new(node(26));
    command
        .arg(root().join("emulator/tests/node/documented.mjs"))
        .arg(Path::new(&folder))
        .args([&way.url, way.id, &way.secret])
        .env_clear()
        .env("ANSWERS", "1")
        .env("NODE_EXTRA_CA_CERTS", &way.ca);
    let mut told = way.named(&printed(&mut command));
    without_counts(&mut told);
    told
}

#[test]
fn jsforce_is_told_the_same() {
    if !are_installed("jsforce", &["node", "jsforce"]) {
        return;
    }
    let direct = jsforce(&directly(&org_of(5_000)));
    let org = org_of(5_000);
    let (_door, way) = by_a_door(&org);
    let through = jsforce(&way);
    // The calls that fail are the same, but some for a reason of the door's own.
    let mut failed = direct["failed"].clone();
    for (call, error) in AT_THE_DOOR_ALONE {
        failed[call] = json!(error);
    }
    assert_eq!(through["failed"], failed);
    let answers = |told: &Value| told["answers"].as_array().unwrap().clone();
    let (direct, through) = (answers(&direct), answers(&through));
    assert!(direct.len() >= 60, "{}", direct.len());
    assert_eq!(direct.len(), through.len());
    for (number, (direct, through)) in direct.iter().zip(&through).enumerate() {
        if direct["error"].is_null() {
            assert_eq!(direct, through, "{number}");
        }
    }
    assert_eq!(org.logins(), 1);
}

/// Calls that the door answers itself: it has one way to log in, and carries no SOAP.
const AT_THE_DOOR_ALONE: [(&str, &str); 3] = [
    ("conn.login", "unsupported_grant_type"),
    ("conn.oauth2.refreshToken", "unsupported_grant_type"),
    ("conn.metadata.list", "ERROR_HTTP_501"),
];

/// Whose an absolute URL is.
fn owner(text: &str, door: &str) -> Option<&'static str> {
    if !text.contains("://") {
        return None;
    }
    Some(match text.strip_prefix(door) {
        Some(_) => "door",
        None if text.contains(".salesforce.com") => "org",
        None => "other",
    })
}

/// Where an answer has absolute URLs, and whose they are.
fn absolute(place: &str, value: &Value, door: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let owner = owner(text, door);
            found.extend(owner.map(|owner| format!("{owner}: {place}")));
        }
        Value::Object(members) => {
            for (name, value) in members {
                absolute(&format!("{place}.{name}"), value, door, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                absolute(&format!("{place}[]"), item, door, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every resource of the emulator that a GET reads without more.
const READ: [&str; 24] = [
    "/services/data",
    "~/",
    "~/limits",
    "~/limits/recordCount",
    "~/recent",
    "~/tabs",
    "~/theme",
    "~/appMenu",
    "~/appMenu/AppSwitcher",
    "~/appMenu/Salesforce1",
    "~/quickActions",
    "~/sobjects",
    "~/sobjects/Account",
    "~/sobjects/Account/describe",
    "~/sobjects/Account/describe/layouts",
    "~/sobjects/Account/describe/compactLayouts",
    "~/sobjects/Account/listviews",
    "~/sobjects/Account/quickActions",
    "~/query?q=SELECT+FIELDS(ALL)+FROM+Account+LIMIT+5",
    "~/query?q=SELECT+FIELDS(ALL)+FROM+User+LIMIT+5",
    "~/tooling/sobjects",
    "~/ui-api/object-info/Account",
    "~/ui-api/record-defaults/create/Account",
    "~/composite",
];

/// Every absolute URL of those and of the identity. What a client follows with its key is at
/// the door. At the org is only what a person follows in a browser or what a user interface
/// shows, and elsewhere what a record says.
const ABSOLUTE: [&str; 32] = [
    "door: /id.id",
    "door: /id.photos.picture",
    "door: /id.photos.thumbnail",
    "door: /id.urls.custom_domain",
    "door: /id.urls.enterprise",
    "door: /id.urls.feed_elements",
    "door: /id.urls.feed_items",
    "door: /id.urls.feeds",
    "door: /id.urls.groups",
    "door: /id.urls.metadata",
    "door: /id.urls.partner",
    "door: /id.urls.profile",
    "door: /id.urls.query",
    "door: /id.urls.recent",
    "door: /id.urls.rest",
    "door: /id.urls.search",
    "door: /id.urls.sobjects",
    "door: /id.urls.tooling_rest",
    "door: /id.urls.tooling_soap",
    "door: /id.urls.users",
    "door: ~/.identity",
    "org: ~/sobjects/Account/describe.urls.uiDetailTemplate",
    "org: ~/sobjects/Account/describe.urls.uiEditTemplate",
    "org: ~/sobjects/Account/describe.urls.uiNewRecord",
    "org: ~/tabs[].iconUrl",
    "org: ~/tabs[].icons[].url",
    "org: ~/tabs[].miniIconUrl",
    "org: ~/tabs[].url",
    "org: ~/theme.themeItems[].icons[].url",
    "org: ~/ui-api/object-info/Account.themeInfo.iconUrl",
    "org: ~/ui-api/record-defaults/create/Account.objectInfos.{}.themeInfo.iconUrl",
    "other: ~/query?q=SELECT+FIELDS(ALL)+FROM+Account+LIMIT+5.records[].Website",
];

#[test]
fn the_answers_with_an_absolute_address_are_known() {
    let org = org();
    let (door, way) = by_a_door(&org);
    let mut found = BTreeSet::new();
    let mut identity = String::new();
    for path in READ {
        let asked = path.replace('~', "/services/data/v66.0");
        let answer = door.ask(&way.secret, &asked, &["--globoff"]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let answer = answer.json();
        absolute(path, &answer, door.url(), &mut found);
        if let Some(url) = answer["identity"].as_str() {
            identity = url.strip_prefix(door.url()).unwrap().to_owned();
        }
    }
    let identity = door.ask(&way.secret, &identity, &[]).json();
    absolute("/id", &identity, door.url(), &mut found);
    // The objects of a default are named by the object.
    let found: BTreeSet<String> = found
        .iter()
        .map(|place| {
            let place = place.replace(".objectInfos.Account.", ".objectInfos.{}.");
            place.replace(".objectInfos.User.", ".objectInfos.{}.")
        })
        .collect();
    let expected = ABSOLUTE.iter().map(|place| (*place).to_owned());
    assert_eq!(found, expected.collect());
}

/// The values of a header.
fn header<'a>(answer: &'a Answered, name: &str) -> Vec<&'a str> {
    let lines = answer.head.lines().filter_map(|line| line.split_once(':'));
    let named = lines.filter(|(other, _)| other.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.trim()).collect()
}

#[test]
fn an_answer_without_a_body_says_nothing_of_another_one() {
    let org = org();
    let (door, way) = by_a_door(&org);
    let describe = "/services/data/v66.0/sobjects";
    let missing = "/services/data/v66.0/sobjects/Account/001000000000000AAA";
    for protocol in ["--http1.1", "--http2"] {
        let ask =
            |path, options: &[&str]| door.ask(&way.secret, path, &[&[protocol], options].concat());
        let known = ask(describe, &[]);
        assert_eq!(known.status, 200, "{}", known.body);
        let head = ask(describe, &["--head"]);
        assert_eq!(head.status, 200, "{}", head.head);
        assert_eq!(header(&head, "content-encoding"), [""; 0], "nobody asked");
        let length = known.body.len().to_string();
        let lengths = header(&head, "content-length");
        assert!(lengths.iter().all(|told| *told == length), "{lengths:?}");
        let head = ask(missing, &["--head"]);
        assert_eq!(head.status, 404, "{}", head.head);
        assert_eq!(header(&head, "content-length"), [""; 0]);
        let since = header(&known, "last-modified").concat();
        let since = format!("If-Modified-Since: {since}");
        let unchanged = ask(describe, &["--header", &since]);
        assert_eq!(unchanged.status, 304, "{}", unchanged.head);
        assert_eq!(header(&unchanged, "content-length"), [""; 0]);
    }
}
