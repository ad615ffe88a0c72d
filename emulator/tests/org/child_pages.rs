//! Children that do not fit into a page, in both ways in which clients saw them
//! read on.

use serde_json::{Map, Value, json};
use sfbox_emulator::{ChildPages, Emulator};

use crate::client::{Org, query_path, with};

/// Contacts of the first account; the second one has three.
const CONTACTS: usize = 2_317;

const SOQL: &str = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName), (SELECT Name FROM Opportunities) \
                    FROM Account WHERE Website LIKE 'https://%.pages.example' ORDER BY Website";

/// An org with two accounts of which one has many contacts.
async fn org(pages: ChildPages) -> Org {
    let org = Org::start_with(Emulator::builder().child_pages(pages)).await;
    let control = org.emulator.control();
    let row =
        |value: Value| -> Map<String, Value> { value.as_object().expect("an object").clone() };
    let accounts = [1, 2].map(|number| {
        row(json!({"Name": format!("account {number}"), "Website": format!("https://{number}.pages.example")}))
    });
    let ids = control.seed("Account", &accounts).expect("accounts");
    let mut contacts = Vec::new();
    for number in 0..CONTACTS + 3 {
        let account = &ids[usize::from(number >= CONTACTS)];
        contacts.push(row(
            json!({"LastName": format!("{number:05}"), "AccountId": account}),
        ));
    }
    for some in contacts.chunks(500) {
        control.seed("Contact", some).expect("contacts");
    }
    let opportunity = row(json!({
        "Name": "order", "StageName": "Prospecting", "CloseDate": "2026-01-01", "AccountId": ids[0],
    }));
    control
        .seed("Opportunity", &[opportunity])
        .expect("an opportunity");
    org
}

async fn page(org: &Org, token: &str, path: &str) -> Value {
    let reply = org.send(org.get(token, path)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn names(result: &Value, field: &str) -> Vec<String> {
    let records = result["records"].as_array().expect("records");
    let names = records
        .iter()
        .map(|record| record[field].as_str().expect("text"));
    names.map(str::to_owned).collect()
}

fn expected() -> Vec<String> {
    (0..CONTACTS).map(|number| format!("{number:05}")).collect()
}

/// Reads a result to its end.
async fn rest(org: &Org, token: &str, result: &Value) -> Vec<String> {
    let mut all = names(result, "LastName");
    let mut next = result["nextRecordsUrl"].as_str().map(str::to_owned);
    while let Some(path) = next {
        let result = page(org, token, &path).await;
        assert_eq!(result["totalSize"], CONTACTS);
        all.extend(names(&result, "LastName"));
        next = result["nextRecordsUrl"].as_str().map(str::to_owned);
        assert_eq!(result["done"], next.is_none());
    }
    all
}

/// Seen by simple-salesforce#311: 499 of 1,200 children, a locator that ends in
/// -499, and a result that is done.
#[tokio::test]
async fn children_have_a_locator_of_their_own() {
    let org = org(ChildPages::OwnLocator).await;
    let token = org.log_in().await;
    let result = page(&org, &token, &query_path(SOQL)).await;
    assert_eq!(
        (&result["totalSize"], &result["done"]),
        (&json!(2), &json!(true))
    );
    assert!(result["nextRecordsUrl"].is_null());
    let contacts = &result["records"][0]["Contacts"];
    assert_eq!(
        (&contacts["totalSize"], &contacts["done"]),
        (&json!(CONTACTS), &json!(false))
    );
    assert_eq!(names(contacts, "LastName").len(), 499);
    let next = contacts["nextRecordsUrl"].as_str().expect("a locator");
    assert!(
        next.starts_with("/services/data/v66.0/query/01g") && next.ends_with("-499"),
        "{next}"
    );
    assert_eq!(rest(&org, &token, contacts).await, expected());
    let others = &result["records"][1]["Contacts"];
    assert_eq!(
        (
            &others["totalSize"],
            &others["done"],
            others.get("nextRecordsUrl")
        ),
        (&json!(3), &json!(true), None)
    );
    assert!(result["records"][1]["Opportunities"].is_null());
    assert_eq!(org.emulator.control().stats().unexpected, 0);
}

/// Seen by jsforce PR 1752: 199 of 257 children in a page of 200 rows.
#[tokio::test]
async fn a_small_page_has_fewer_children() {
    let org = org(ChildPages::OwnLocator).await;
    let token = org.log_in().await;
    let small = with(
        org.get(&token, &query_path(SOQL)),
        "sforce-query-options",
        "batchSize=200",
    );
    let result = org.send(small).await.json();
    let contacts = &result["records"][0]["Contacts"];
    assert_eq!(names(contacts, "LastName").len(), 199);
    // The page is full: the other account is on the next one.
    assert_eq!(result["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&result["totalSize"], &result["done"]),
        (&json!(2), &json!(false))
    );
    let next = result["nextRecordsUrl"].as_str().expect("a locator");
    let second = page(&org, &token, next).await;
    assert_eq!(names(&second, "Name"), ["account 2"]);
    assert_eq!(second["done"], true);
}

/// Seen by jetstreamapp/jetstream PR 1966: the whole result is not done, and its
/// next page has the parent again.
#[tokio::test]
async fn the_parent_is_repeated_with_its_next_children() {
    let org = org(ChildPages::RepeatedParent).await;
    let token = org.log_in().await;
    let mut result = page(&org, &token, &query_path(SOQL)).await;
    assert_eq!(
        (&result["totalSize"], &result["done"]),
        (&json!(2), &json!(false))
    );
    let contacts = result["records"][0]["Contacts"].clone();
    assert_eq!(
        (&contacts["totalSize"], &contacts["done"]),
        (&json!(CONTACTS), &json!(false))
    );
    assert_eq!(names(&contacts, "LastName").len(), 499);
    // By their own locator they can be read as well.
    assert_eq!(rest(&org, &token, &contacts).await, expected());
    let mut seen = std::collections::HashSet::new();
    let (mut all, mut others, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let records = result["records"].as_array().expect("records");
        for record in records {
            let list = if record["Name"] == "account 1" {
                &mut all
            } else {
                &mut others
            };
            list.extend(names(&record["Contacts"], "LastName"));
            if !record["Opportunities"].is_null() {
                assert_eq!(record["Opportunities"]["totalSize"], 1);
                orders.extend(names(&record["Opportunities"], "Name"));
            }
        }
        let next = result["nextRecordsUrl"].as_str().map(str::to_owned);
        assert_eq!(result["done"], next.is_none());
        let Some(path) = next else {
            break;
        };
        assert!(seen.insert(path.clone()), "{path} comes twice");
        result = page(&org, &token, &path).await;
        assert_eq!(result["totalSize"], 2);
    }
    assert_eq!(all, expected());
    assert_eq!((others.len(), orders), (3, vec!["order".to_owned()]));
    assert!(seen.len() >= 4, "{seen:?}");
    // A page can be read again.
    let path = seen.iter().next().expect("a page");
    let (one, other) = (
        page(&org, &token, path).await,
        page(&org, &token, path).await,
    );
    assert_eq!(names(&one, "Name"), names(&other, "Name"));
}

#[tokio::test]
async fn a_test_can_change_the_way() {
    let org = org(ChildPages::OwnLocator).await;
    let token = org.log_in().await;
    let mut settings = org.emulator.control().settings();
    assert_eq!(settings.child_pages, ChildPages::OwnLocator);
    settings.child_pages = ChildPages::RepeatedParent;
    org.emulator.control().set_settings(settings);
    let result = page(&org, &token, &query_path(SOQL)).await;
    assert_eq!(result["done"], false);
}
