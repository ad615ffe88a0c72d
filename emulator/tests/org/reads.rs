//! Small resources: what was counted, viewed, changed and deleted, and what the
//! user interface shows.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Org, Reply, with};

/// An org and a session.
struct Session {
    org: Org,
    token: String,
}

impl Session {
    async fn start() -> Self {
        let org = Org::start().await;
        let token = org.log_in().await;
        Self { org, token }
    }

    async fn get(&self, path: &str) -> Reply {
        let path = format!("/services/data/v66.0/{path}");
        self.org.send(self.org.get(&self.token, &path)).await
    }

    async fn json(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.json()
    }

    fn seed(&self, object: &str, row: &Value) -> String {
        let row = row.as_object().cloned().expect("a row");
        let ids = self.org.emulator.control().seed(object, &[row]);
        ids.expect("a record").remove(0)
    }
}

fn ids(records: &Value) -> Vec<&str> {
    let records = records.as_array().expect("an array");
    records
        .iter()
        .map(|record| record["Id"].as_str().expect("an id"))
        .collect()
}

/// Source: REST API Developer Guide, "Record Count".
#[tokio::test]
async fn records_are_counted_but_deleted_and_unknown_ones() {
    let session = Session::start().await;
    let counts = session
        .json("limits/recordCount?sObjects=account,Nothing,Contact")
        .await;
    assert_eq!(
        counts,
        json!({"sObjects": [{"count": 50, "name": "Account"}, {"count": 120, "name": "Contact"}]})
    );
    session.seed("Account", &json!({"Name": "Gone", "IsDeleted": true}));
    session.seed("Account", &json!({"Name": "Zimt"}));
    let all = session.json("limits/recordCount").await;
    let all = all["sObjects"].as_array().expect("an array");
    let account = json!({"count": 51, "name": "Account"});
    assert!(all.len() > 5 && all.contains(&account), "{all:?}");
    let none = session.json("limits/recordCount?sObjects=").await;
    assert_eq!(none, json!({"sObjects": []}));
}

/// Source: REST API Developer Guide, "Recently Viewed Items" and "MRU Header".
#[tokio::test]
async fn what_was_read_or_written_last_is_recent() {
    let session = Session::start().await;
    assert_eq!(session.json("recent").await, json!([]));
    let account = session.seed("Account", &json!({"Name": "Zimt"}));
    let contact = session.seed("Contact", &json!({"LastName": "Zimt"}));
    let other = session.seed("Account", &json!({"Name": "Anis"}));
    for row in [
        format!("sobjects/Account/{account}"),
        format!("sobjects/Contact/{}", &contact[..15]),
    ] {
        session.get(&row).await;
    }
    // The header turns it off, from version 60 on.
    for (version, id) in [("v60.0", &other), ("v59.0", &account)] {
        let path = format!("/services/data/{version}/sobjects/Account/{id}");
        let request = session.org.get(&session.token, &path);
        let request = with(request, "sforce-mru", "updateMru=false");
        session.org.send(request).await;
    }
    let recent = session.json("recent").await;
    assert_eq!(ids(&recent), [&account, &contact]);
    assert_eq!(
        recent[0],
        json!({
            "attributes": {
                "type": "Account",
                "url": format!("/services/data/v66.0/sobjects/Account/{account}"),
            },
            "Id": account,
            "Name": "Zimt",
        })
    );
    assert_eq!(ids(&session.json("recent/?limit=1").await), [&account]);
    // What is deleted is gone, and what fails was not viewed.
    let request = session.org.request(
        "DELETE",
        &format!("/services/data/v66.0/sobjects/Account/{account}"),
    );
    let bearer = format!("Bearer {}", session.token);
    session
        .org
        .send(with(request, "authorization", &bearer))
        .await;
    session.get("sobjects/Account/001Sb00000zzzzz").await;
    assert_eq!(ids(&session.json("recent").await), [&contact]);
}

/// Source: REST API Developer Guide, "sObject Get Updated" and "sObject Get
/// Deleted". The times are those of jsforce's `updated` and `deleted`.
#[tokio::test]
async fn changes_and_deletions_are_found_by_time() {
    let session = Session::start().await;
    let control = session.org.emulator.control();
    // So that all happens after this minute, and within the next ones.
    control
        .advance_clock(Duration::from_secs(120))
        .expect("a clock");
    let date = session.get("limits").await.header("date").to_owned();
    let now = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", &date).expect("a date");
    let at = |seconds: i64| {
        let time = now + jiff::SignedDuration::from_secs(seconds);
        time.strftime("%Y-%m-%dT%H%%3A%M%%3A%S%%2B00%%3A00")
            .to_string()
    };
    let (start, end) = (at(0), at(600));
    let new = |name: &str| json!({"Name": name});
    let bearer = format!("Bearer {}", session.token);
    let send = |method: &'static str, path: String, body: Value| {
        let request = session
            .org
            .request(method, &format!("/services/data/v66.0/{path}"));
        let request = with(request, "authorization", &bearer);
        let request = with(request, "content-type", "application/json");
        session.org.send(request.map(|_| body.to_string().into()))
    };
    let mut made = Vec::new();
    for name in ["Zimt", "Anis"] {
        let reply = send("POST", "sobjects/Account".to_owned(), new(name)).await;
        made.push(reply.json()["id"].as_str().expect("an id").to_owned());
    }
    send(
        "DELETE",
        format!("sobjects/Account/{}", made[1]),
        Value::Null,
    )
    .await;
    let updated = session
        .json(&format!(
            "sobjects/Account/updated/?start={start}&end={end}"
        ))
        .await;
    assert_eq!(updated["ids"], json!([made[0]]));
    let deleted = session
        .json(&format!("sobjects/account/deleted?start={start}&end={end}"))
        .await;
    let records = deleted["deletedRecords"].as_array().expect("an array");
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["id"], made[1].as_str());
    let stamp = records[0]["deletedDate"].as_str().expect("a date");
    assert!(stamp.ends_with("+0000"), "{stamp}");
    for answer in [&updated, &deleted] {
        let covered = answer["latestDateCovered"].as_str().expect("a date");
        assert!(covered.ends_with(":00.000+0000"), "{covered}");
        let now = now.strftime("%Y-%m-%dT%H:%M").to_string();
        assert!(covered >= now.as_str(), "{covered} is not before {now}");
    }
    let (before, start) = (at(-3_600), at(-60));
    let window = format!("start={before}&end={start}");
    for kind in ["updated", "deleted"] {
        let none = session
            .json(&format!("sobjects/Account/{kind}?{window}"))
            .await;
        let none = none
            .get("ids")
            .or(none.get("deletedRecords"))
            .expect("a list");
        assert_eq!(none, &json!([]), "{kind}");
    }
    // Users cannot be deleted.
    let users = session
        .json(&format!("sobjects/User/deleted?{window}"))
        .await;
    assert_eq!(users["deletedRecords"], json!([]));
}

/// Source: REST API Developer Guide, "List Views for an Object" and the pages
/// after it.
#[tokio::test]
async fn list_views_list_describe_and_show_records() {
    let session = Session::start().await;
    let account = session.seed("Account", &json!({"Name": " Zimt"}));
    let list = session.json("sobjects/account/listviews").await;
    assert_eq!((&list["size"], &list["done"]), (&json!(2), &json!(true)));
    assert_eq!(list["sobjectType"], "Account");
    let labels: Vec<_> = list["listviews"]
        .as_array()
        .expect("views")
        .iter()
        .map(|view| &view["label"])
        .collect();
    assert_eq!(labels, ["All Accounts", "My Accounts"]);
    let view = &list["listviews"][0];
    let path = |name: &str| {
        let url = view[name].as_str().expect("a URL");
        url.trim_start_matches("/services/data/v66.0/").to_owned()
    };
    assert_eq!(&session.json(&path("url")).await, view);
    let described = session.json(&path("describeUrl")).await;
    let id = view["id"].as_str().expect("an id");
    assert_eq!(described["id"], id[..15]);
    assert_eq!(described["orderBy"][0]["fieldNameOrPath"], "Name");
    let soql = described["query"].as_str().expect("a query");
    assert_eq!(
        session.org.query(&session.token, soql).await.json()["totalSize"],
        51
    );
    // Its id stands for its statement.
    let encoded: String = form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    let plans = session.json(&format!("query?explain={id}")).await;
    assert_eq!(plans["plans"][0]["sobjectCardinality"], 51);
    assert_eq!(
        plans,
        session.json(&format!("query?explain={encoded}")).await
    );
    let results = session.json(&path("resultsUrl")).await;
    assert_eq!(
        (&results["size"], &results["done"]),
        (&json!(25), &json!(false))
    );
    assert_eq!(results["columns"], described["columns"]);
    let first = &results["records"][0]["columns"];
    assert_eq!(
        first[0],
        json!({"fieldNameOrPath": "Name", "value": " Zimt"})
    );
    let columns = first.as_array().expect("columns");
    let own = columns
        .iter()
        .find(|column| column["fieldNameOrPath"] == "Id");
    assert_eq!(own.expect("an id")["value"], account.as_str());
    let last = session
        .json(&format!("{}?limit=25&offset=50", path("resultsUrl")))
        .await;
    assert_eq!((&last["size"], &last["done"]), (&json!(1), &json!(true)));
    let recent = session.json("sobjects/Account/listviews/recent").await;
    assert_eq!(
        (&recent["size"], &recent["listviews"]),
        (&json!(0), &json!([]))
    );
    for limit in ["0", "2001", "x"] {
        let reply = session
            .get(&format!("{}?limit={limit}", path("resultsUrl")))
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{limit}");
    }
    for limit in ["1", "2000"] {
        session
            .json(&format!("{}?limit={limit}", path("resultsUrl")))
            .await;
    }
}

/// Source: as above.
#[tokio::test]
async fn every_object_has_list_views_of_its_own() {
    let session = Session::start().await;
    let mut seen = Vec::new();
    for object in [
        "Contact",
        "Opportunity",
        "User",
        "Subscription__c",
        "Specimen__c",
    ] {
        let list = session.json(&format!("sobjects/{object}/listviews")).await;
        for view in list["listviews"].as_array().expect("views") {
            let id = view["id"].as_str().expect("an id").to_owned();
            let results = session
                .json(&format!("sobjects/{object}/listviews/{id}/results?limit=1"))
                .await;
            assert_eq!(results["id"], id[..15]);
            assert!(!seen.contains(&id), "{object}");
            seen.push(id);
        }
    }
}

/// Source: REST API Developer Guide, "Get Tabs", "Themes", "AppMenu Items",
/// "Quick Actions", "Get a List of Composite Resources".
#[tokio::test]
async fn the_user_interface_is_told_in_the_guides_shape() {
    let session = Session::start().await;
    let tabs = session.json("tabs").await;
    let tabs = tabs.as_array().expect("an array");
    let tab = |name: &str| tabs.iter().find(|tab| tab["name"] == name);
    let account = tab("standard-Account").expect("a tab");
    assert_eq!(
        (&account["label"], &account["custom"]),
        (&json!("Accounts"), &json!(false))
    );
    assert!(account["url"].as_str().expect("a URL").ends_with("/001/o"));
    let custom = tab("Subscription__c").expect("a tab");
    assert_eq!(
        (&custom["label"], &custom["custom"]),
        (&json!("Subscriptions"), &json!(true))
    );
    assert!(tab("standard-User").is_none() && tab("standard-Attachment").is_none());
    let theme = session.json("theme").await;
    let items = theme["themeItems"].as_array().expect("an array");
    for item in items.iter().chain(tabs) {
        let icons = item["icons"].as_array().expect("icons");
        assert!(
            icons
                .iter()
                .all(|icon| icon["width"].is_number() && icon["url"].is_string())
        );
        assert_eq!(item["colors"][0]["theme"], "theme4");
    }
    assert!(items.iter().any(|item| item["name"] == "User"));
    let known = session
        .org
        .get(&session.token, "/services/data/v66.0/theme");
    let known = with(known, "if-modified-since", "Mon, 15 Jan 2024 00:00:00 GMT");
    assert_eq!(
        session.org.send(known).await.status,
        StatusCode::NOT_MODIFIED
    );
    for (path, told) in [
        ("quickActions", json!([])),
        ("sobjects/Account/quickActions", json!([])),
        ("appMenu/AppSwitcher", json!({"appMenuItems": []})),
        (
            "composite",
            json!({
                "tree": "/services/data/v66.0/composite/tree",
                "batch": "/services/data/v66.0/composite/batch",
                "sobjects": "/services/data/v66.0/composite/sobjects",
                "graph": "/services/data/v66.0/composite/graph",
            }),
        ),
    ] {
        assert_eq!(session.json(path).await, told, "{path}");
    }
}

/// What jsforce's `identity()` sends: the token in the query as well.
#[tokio::test]
async fn jsforce_learns_who_it_is() {
    let session = Session::start().await;
    let list = session.json("").await;
    let url = list["identity"].as_str().expect("a URL");
    let (_, path) = url.split_once("/id/").expect("an identity URL");
    let token: String = form_urlencoded::byte_serialize(session.token.as_bytes()).collect();
    let path = format!("/id/{path}?format=json&oauth_token={token}");
    let told = session
        .org
        .send(session.org.get(&session.token, &path))
        .await
        .json();
    for name in ["id", "user_id", "organization_id", "username", "email"] {
        assert!(told[name].is_string(), "{name}");
    }
    let name = format!(
        "SELECT Name, Username FROM User WHERE Id = '{}'",
        told["user_id"].as_str().expect("an id")
    );
    let user = session.org.query(&session.token, &name).await.json();
    assert_eq!(user["records"][0]["Name"], told["display_name"]);
    assert_eq!(user["records"][0]["Username"], told["username"]);
}
