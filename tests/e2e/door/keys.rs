//! What a key opens, and until when: on connections that stay open, and of several orgs.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use http::Method;
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sfbox_emulator::{Effect, Route, Slow};
use tempfile::TempDir;

use super::connection::{Connection, Connector};
use super::{Answered, Door, QUERY, add_key, folder};
use crate::org::{Org, set_mode};
use crate::raw_org::Protocol;
use crate::terminal::until;

/// How soon a key opens nothing any more that has ended.
const SOON: Duration = Duration::from_secs(1);

/// How long a key is valid that is about to expire: the door opens in the meantime.
const LIFE: SignedDuration = SignedDuration::from_secs(4);

const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

/// Changes what is kept of a key, as an operator might with an editor.
fn change(dir: &Path, name: &str, change: impl Fn(&mut Value)) {
    let path = dir.join("keys.json");
    let mut keys: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let entries = keys["keys"].as_array_mut().unwrap();
    let entry = entries.iter_mut().find(|entry| entry["name"] == name);
    change(entry.unwrap());
    let new = tempfile::NamedTempFile::new_in(dir).unwrap();
    fs::write(&new, keys.to_string()).unwrap();
    new.persist(path).unwrap();
}

/// The status on an open connection.
async fn status(connection: &mut Connection, key: &str) -> u16 {
    let answer = connection.get(key, QUERY).await.unwrap();
    let status = answer.status().as_u16();
    // The next request of HTTP/1.1 comes after it.
    answer.into_body().collect().await.unwrap();
    status
}

/// Connections of both protocols, each with an answer to a key.
async fn connections(door: &Door, key: &str) -> Vec<Connection> {
    let mut open = Vec::new();
    for protocol in PROTOCOLS {
        let mut connection = Connector::to(door, protocol).open().await.unwrap();
        assert_eq!(status(&mut connection, key).await, 200);
        open.push(connection);
    }
    open
}

/// How long a key goes on opening the door on each of these connections.
async fn until_refused(open: &mut [Connection], key: &str) -> Vec<Instant> {
    let mut refused = Vec::new();
    for connection in open {
        while status(connection, key).await == 200 {}
        refused.push(Instant::now());
        // What was refused is refused, and the connection goes on.
        assert_eq!(status(connection, key).await, 401);
    }
    refused
}

#[test]
fn a_key_that_is_revoked_is_refused_on_open_connections_and_others_are_not() {
    let org = Org::start();
    let folder = folder();
    let goes = add_key(&org, folder.path(), &["goes"]);
    let stays = add_key(&org, folder.path(), &["stays"]);
    let door = Door::open_in(&org, folder, &[]);
    org.block_on(async {
        let mut open = connections(&door, &goes).await;
        let dir = door.folder().to_str().unwrap();
        let revoked = crate::sfbox::run(["key", "revoke", "goes", "--dir", dir]);
        assert_eq!(revoked.status, 0, "{}", revoked.stderr);
        let begun = Instant::now();
        for refused in until_refused(&mut open, &goes).await {
            assert!(refused - begun < SOON, "{:?}", refused - begun);
        }
        // Of another key they are connections as before.
        for connection in &mut open {
            assert_eq!(status(connection, &stays).await, 200);
        }
    });
}

#[test]
fn a_key_that_expires_is_refused_on_open_connections_and_ends_what_is_under_way() {
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["expires"]);
    let expires = Timestamp::now() + LIFE;
    change(folder.path(), "expires", |entry| {
        entry["expires"] = expires.to_string().into();
    });
    let door = Door::open_in(&org, folder, &[]);
    let left = || expires.duration_since(Timestamp::now());
    let has_expired =
        |more: Duration| left() < SignedDuration::ZERO - SignedDuration::try_from(more).unwrap();
    org.block_on(async {
        let mut open = connections(&door, &key).await;
        // Two answers, of which one has begun.
        let slow = Slow {
            chunk_bytes: 1,
            interval_ms: 200,
        };
        org.strike(Route::Query, Some(1), Effect::Slow(slow));
        let mut dripping = Connector::to(&door, Protocol::Http2).open().await.unwrap();
        let dripping = dripping.get(&key, QUERY).await.unwrap();
        assert_eq!(dripping.status(), 200);
        let mut hanging = Connector::to(&door, Protocol::Http1).open().await.unwrap();
        org.strike(Route::Limits, Some(1), Effect::Hold);
        let (hanging, _) = tokio::join!(
            async {
                let answer = hanging
                    .get(&key, "/services/data/v66.0/limits")
                    .await
                    .unwrap();
                (
                    answer.status(),
                    has_expired(Duration::ZERO),
                    has_expired(SOON),
                )
            },
            async {
                org.control().until_held(1).await;
                for connection in &mut open {
                    while status(connection, &key).await == 200 {
                        assert!(!has_expired(SOON));
                    }
                    assert!(has_expired(Duration::ZERO), "it was valid");
                    assert_eq!(status(connection, &key).await, 401);
                }
            }
        );
        assert_eq!(
            (hanging.0.as_u16(), hanging.1, hanging.2),
            (401, true, false)
        );
        // It ends before its last byte.
        assert!(dripping.into_body().collect().await.is_err());
        assert!(!has_expired(SOON + SOON));
    });
    org.control().clear_faults();
    // Both requests to the org have ended.
    until(|| org.control().stats().in_flight == 0);
    let page = door.ask(&key, QUERY, &[]);
    assert!(page.body.contains("the key has expired"), "{}", page.body);
}

#[test]
fn the_id_of_a_key_opens_nothing_with_another_secret() {
    let org = Org::start();
    let folder = folder();
    let (one, other) = ("one", "other");
    let keys = [one, other].map(|name| add_key(&org, folder.path(), &[name]));
    let door = Door::open_in(&org, folder, &[]);
    org.block_on(async {
        let mut open = connections(&door, &keys[0]).await;
        assert_eq!(status(&mut open[0], &keys[1]).await, 200);
        // Each id has the other's secret now.
        let text = fs::read_to_string(door.folder().join("keys.json")).unwrap();
        let kept: Value = serde_json::from_str(&text).unwrap();
        for (name, at) in [(one, 1), (other, 0)] {
            let theirs = kept["keys"][at]["sha256"].clone();
            change(door.folder(), name, |entry| {
                entry["sha256"] = theirs.clone()
            });
        }
        let begun = Instant::now();
        for key in &keys {
            for refused in until_refused(&mut open, key).await {
                assert!(refused - begun < SOON + SOON);
            }
        }
    });
    for key in &keys {
        assert_eq!(door.ask(key, QUERY, &[]).code(), "SFBOX_INVALID_KEY");
    }
}

/// A door to two orgs: acme, and one of this host.
struct TwoOrgs {
    door: Door,
    acme: Org,
    other: Org,
    /// A key of each.
    keys: [String; 2],
}

const OTHER_HOST: &str = "other.my.salesforce.com";

impl TwoOrgs {
    fn start() -> Self {
        let acme = Org::start();
        let other = Org::start_with(|builder| builder.my_domain("other.my").accounts(700));
        let secret = acme.secret().replace("acme.my", "other.my");
        let secret_file = acme.secret_file().with_file_name("other.json");
        fs::write(&secret_file, secret).unwrap();
        set_mode(&secret_file, 0o600);
        let folder = folder();
        let authorities = folder.path().join("orgs.pem");
        let authority = |org: &Org| fs::read_to_string(org.cacert()).unwrap();
        fs::write(&authorities, authority(&acme) + &authority(&other)).unwrap();
        let keys = ["acme", "other"].map(|name| Self::add_key(&folder, name));
        let dir = folder.path().to_str().unwrap();
        let mut command = crate::sfbox::command();
        command.args(["serve", "--dir", dir, "--listen", "127.0.0.1:0"]);
        command
            .args(["--store", &acme.store(), "--cacert"])
            .arg(&authorities);
        for org in [&acme, &other] {
            command.args(["--connect-to", &org.connect_to()]);
        }
        let door = Door::of(&mut command, folder);
        Self {
            door,
            acme,
            other,
            keys,
        }
    }

    fn add_key(folder: &TempDir, org: &str) -> String {
        let dir = folder.path().to_str().unwrap();
        let add = ["key", "add", org, "--org", org, "--write", "--dir", dir];
        let added = crate::sfbox::run(add);
        assert_eq!(added.status, 0, "{}", added.stderr);
        added.stdout.trim_end().to_owned()
    }

    fn ask(&self, path: &str, options: &[&str]) -> Answered {
        self.door.ask(&self.keys[0], path, options)
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "half of it is a table")]
fn a_key_of_one_org_never_reaches_another() {
    let orgs = TwoOrgs::start();
    let [acme, other] = &orgs.keys;
    let door = &orgs.door;
    // What the other org says to its own key.
    let long = "/services/data/v66.0/query?q=SELECT+Id+FROM+Account";
    let page = door.ask(
        other,
        long,
        &["--header", "Sforce-Query-Options: batchSize=200"],
    );
    let page = page.json();
    let locator = page["nextRecordsUrl"].as_str().expect("a second page");
    let name = ["--json", r#"{"Name":"of the other org"}"#];
    let created = door.ask(other, "/services/data/v66.0/sobjects/Account", &name);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let record = format!("/services/data/v66.0/sobjects/Account/{id}");
    let resources = door.ask(other, "/services/data/v66.0/", &[]).json();
    let identity = resources["identity"].as_str().unwrap();
    let identity = identity.strip_prefix(door.url()).expect("at the door");
    // Acme has a session, too.
    assert_eq!(orgs.ask(QUERY, &[]).status, 200);
    let before = orgs.other.control().stats();
    // Its name in every place where a name can stand.
    let port = door.port();
    let url = format!("https://{OTHER_HOST}{QUERY}");
    let addressed = format!("Host: {OTHER_HOST}");
    for (path, options, statuses) in [
        (QUERY, &["--header", &addressed][..], &[421][..]),
        (QUERY, &["--http1.1", "--request-target", &url], &[421]),
        (
            &format!("//{OTHER_HOST}{QUERY}"),
            &["--path-as-is"],
            &[400, 404, 501],
        ),
        (
            &format!("/services/data/{url}"),
            &["--path-as-is"],
            &[400, 404],
        ),
        (
            QUERY,
            &["--header", &format!("X-Forwarded-Host: {OTHER_HOST}")],
            &[200],
        ),
        (
            QUERY,
            &["--header", &format!("Forwarded: host={OTHER_HOST}")],
            &[200],
        ),
        // Both keys at once are none.
        (
            QUERY,
            &["--header", &format!("X-SFDC-Session: {other}")],
            &[401],
        ),
        (locator, &[], &[400]),
        (&record, &[], &[404]),
        (&record, &["--request", "DELETE"], &[404]),
        (identity, &[], &[200, 403, 404]),
        (
            "/services/data/v66.0/composite/batch",
            &["--json", &batch(&url)],
            &[403],
        ),
        (
            "/services/data/v66.0/composite",
            &["--json", &composite(&record)],
            &[200],
        ),
    ] {
        let answer = orgs.ask(path, options);
        assert!(
            statuses.contains(&answer.status),
            "{path} {options:?}: {}",
            answer.body
        );
        assert!(!answer.body.contains("of the other org"), "{}", answer.body);
    }
    let login = |id: &str, secret: &str| {
        let user = format!("{id}:{secret}");
        let grant = ["--data", "grant_type=client_credentials", "--user", &user];
        door.ask("", "/services/oauth2/token", &grant)
    };
    assert_eq!(login("other", acme).json()["error"], "invalid_client");
    assert_eq!(login("acme", other).json()["error"], "invalid_client");
    let id_at_login = login("acme", acme).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(id_at_login.starts_with(&format!("https://localhost:{port}/id/")));
    // The other org has seen nothing of it.
    let after = orgs.other.control().stats();
    assert_eq!(
        (after.logins, &after.requests),
        (before.logins, &before.requests)
    );
    assert_eq!(orgs.acme.logins(), 1);
    // On one connection, each request counts by its own key.
    orgs.acme.block_on(async {
        let mut open = Connector::to(door, Protocol::Http2).open().await.unwrap();
        for (key, status) in [(acme, 404), (other, 200), (acme, 404)] {
            let answer = open.send(key, Method::GET, &record, "").await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
        }
    });
}

/// A batch with one request to that URL.
fn batch(url: &str) -> String {
    serde_json::json!({"batchRequests": [{"method": "GET", "url": url}]}).to_string()
}

/// A composite request that reads this record.
fn composite(path: &str) -> String {
    let part = serde_json::json!({"method": "GET", "url": path, "referenceId": "a"});
    serde_json::json!({"compositeRequest": [part]}).to_string()
}
