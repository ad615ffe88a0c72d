//! An org with many records: all of its pages, its groups, and many clients at once.
//! `examples/million.rs` measures the same with more records.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::Value;
use sfbox_emulator::Emulator;
use tokio::task::JoinSet;

use crate::client::{Org, query_path};

/// Accounts: more than ten pages, and the last one is not full.
const ACCOUNTS: usize = 20_500;

/// Records of a page.
const PAGE: usize = 2_000;

/// Clients at once.
const CLIENTS: usize = 64;

const ALL: &str = "SELECT Id, Name, Industry, AnnualRevenue FROM Account ORDER BY Id";

/// Every record, by its id, and how many pages there were.
async fn read(org: &Org, token: &str) -> (BTreeMap<String, Value>, usize) {
    let mut connection = org.connect().await.expect("a connection");
    let (mut records, mut pages) = (BTreeMap::new(), 0);
    let mut next = Some(query_path(ALL));
    while let Some(path) = next {
        let reply = connection.send(org.get(token, &path)).await;
        let page = reply.expect("a page").json();
        assert_eq!(page["totalSize"], ACCOUNTS);
        let rows = page["records"].as_array().expect("records");
        pages += 1;
        next = page["nextRecordsUrl"].as_str().map(str::to_owned);
        assert_eq!(page["done"], next.is_none());
        assert!(next.is_none() || rows.len() == PAGE, "{}", rows.len());
        for row in rows {
            let id = row["Id"].as_str().expect("an id");
            let other = records.insert(id.to_owned(), row.clone());
            assert_eq!(other, None, "a record is on two pages");
        }
    }
    (records, pages)
}

#[tokio::test]
async fn every_record_is_on_one_page_and_in_one_group() {
    let org = Org::start_with(Emulator::builder().plain().accounts(ACCOUNTS)).await;
    let token = org.log_in().await;
    let (records, pages) = read(&org, &token).await;
    assert_eq!((records.len(), pages), (ACCOUNTS, ACCOUNTS.div_ceil(PAGE)));
    // The groups are those of the records that were read.
    let mut expected = BTreeMap::new();
    for record in records.values() {
        let (count, sum) = expected
            .entry(record["Industry"].to_string())
            .or_insert((0_u64, 0.0));
        *count += 1;
        *sum += record["AnnualRevenue"].as_f64().unwrap_or(0.0);
    }
    let soql = "SELECT Industry, COUNT(Id) n, SUM(AnnualRevenue) s FROM Account GROUP BY Industry";
    let groups = org.query(&token, soql).await.json();
    let groups = groups["records"].as_array().expect("groups");
    assert_eq!(groups.len(), expected.len());
    for group in groups {
        let (count, sum) = expected[&group["Industry"].to_string()];
        assert_eq!(group["n"], count, "{group}");
        let told = group["s"].as_f64().unwrap_or(0.0);
        // The order of additions differs.
        assert!((told - sum).abs() <= sum * 1e-9, "{group}: {sum}");
    }
}

#[tokio::test]
async fn many_clients_at_once_get_the_same_page() {
    let org = Org::start_with(Emulator::builder().plain().accounts(ACCOUNTS)).await;
    let first = org.log_in().await;
    let whole = org.query(&first, ALL).await;
    assert_eq!(whole.json()["records"].as_array().map(Vec::len), Some(PAGE));
    // A page ends with a locator, and each query has one of its own.
    let rows = |page: &Value| page["records"].clone();
    let expected = rows(&whole.json());
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut connection = org.connect().await.expect("a connection");
        let login = org.login_request();
        let requests = org.get("", &query_path(ALL));
        clients.spawn(async move {
            let login = connection.send(login).await.expect("a login").json();
            let token = login["access_token"].as_str().expect("a token");
            let bearer = format!("Bearer {token}");
            let request = crate::client::with(requests, "authorization", &bearer);
            let page = connection.send(request).await.expect("a page");
            (page.status, page.json())
        });
    }
    let pages = clients.join_all().await;
    assert_eq!(pages.len(), CLIENTS);
    let mut locators: Vec<_> = pages
        .iter()
        .map(|(status, page)| {
            assert_eq!(*status, StatusCode::OK, "{page}");
            assert!(rows(page) == expected, "another page");
            page["nextRecordsUrl"].as_str().expect("a next page")
        })
        .collect();
    locators.sort_unstable();
    locators.dedup();
    assert_eq!(locators.len(), CLIENTS, "each has its own next page");
    let stats = org.emulator.control().stats();
    assert_eq!((stats.unauthorized, stats.unexpected), (0, 0));
}
