//! Results of more than one page.

use std::time::Duration;

use http::StatusCode;
use sfbox_emulator::Emulator;

use crate::client::{EXPIRED, Org, Reply, query_path, with};

const SOQL: &str = "SELECT Id FROM Account ORDER BY Name";

async fn large_org() -> Org {
    Org::start_with(Emulator::builder().accounts(5_000)).await
}

fn next(reply: &Reply) -> Option<String> {
    reply.json()["nextRecordsUrl"].as_str().map(str::to_owned)
}

fn ids(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let records = json["records"].as_array().expect("records");
    records
        .iter()
        .map(|record| record["Id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn every_row_comes_once_and_in_order() {
    let org = large_org().await;
    let token = org.log_in().await;
    let mut reply = org.query(&token, SOQL).await;
    let (mut sizes, mut all) = (vec![ids(&reply).len()], ids(&reply));
    while let Some(path) = next(&reply) {
        assert!(path.starts_with("/services/data/v66.0/query/01g"), "{path}");
        assert_eq!(reply.json()["done"], false);
        reply = org.send(org.get(&token, &path)).await;
        sizes.push(ids(&reply).len());
        all.extend(ids(&reply));
    }
    assert_eq!(sizes, [2_000, 2_000, 1_000]);
    assert_eq!(
        (&reply.json()["done"], &reply.json()["totalSize"]),
        (&true.into(), &5_000.into())
    );
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), 5_000);
    assert_eq!(org.emulator.control().stats().unexpected, 0);
}

#[tokio::test]
async fn a_batch_size_is_kept_and_can_be_changed() {
    let org = large_org().await;
    let token = org.log_in().await;
    let batch = |path: &str, size: &str| {
        with(
            org.get(&token, path),
            "sforce-query-options",
            &format!("batchSize={size}"),
        )
    };
    let first = org.send(batch(&query_path(SOQL), "200")).await;
    assert_eq!(ids(&first).len(), 200);
    let path = next(&first).expect("a next page");
    assert!(path.ends_with("-200"), "{path}");
    let again = org.send(org.get(&token, &path)).await;
    assert_eq!(ids(&again).len(), 200);
    let wider = org.send(batch(&path, "300")).await;
    assert_eq!(ids(&wider).len(), 300);
    assert!(next(&wider).is_some_and(|path| path.ends_with("-500")));
    for size in ["199", "2001", "x"] {
        let reply = org.send(batch(&query_path(SOQL), size)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(
            reply.error().starts_with("INVALID_BATCH_SIZE"),
            "{}",
            reply.error()
        );
    }
}

#[tokio::test]
async fn query_all_reads_on_under_either_name() {
    let org = large_org().await;
    let token = org.log_in().await;
    let path = query_path(SOQL).replace("query?", "queryAll?");
    let first = org.send(org.get(&token, &path)).await;
    assert_eq!(first.json()["totalSize"], 5_003);
    let path = next(&first).expect("a next page");
    assert!(path.contains("/query/"), "{path}");
    let one = org.send(org.get(&token, &path)).await;
    let other = org
        .send(org.get(&token, &path.replace("/query/", "/queryAll/")))
        .await;
    assert_eq!(ids(&one), ids(&other));
}

#[tokio::test]
async fn a_locator_dies_with_its_session() {
    let org = large_org().await;
    let token = org.log_in().await;
    let path = next(&org.query(&token, SOQL).await).expect("a next page");
    let other = org.log_in().await;
    assert_eq!(org.send(org.get(&other, &path)).await.text(), EXPIRED);
    assert_eq!(
        org.send(org.get(&token, &path)).await.status,
        StatusCode::OK
    );
    org.emulator.control().expire_sessions();
    let renewed = org.log_in().await;
    assert_eq!(org.send(org.get(&renewed, &path)).await.text(), EXPIRED);
}

#[tokio::test]
async fn locators_can_be_shared_by_sessions() {
    let org = Org::start_with(
        Emulator::builder()
            .accounts(5_000)
            .locators_shared_by_sessions(),
    )
    .await;
    let path = next(&org.query(&org.log_in().await, SOQL).await).expect("a next page");
    let other = org.log_in().await;
    assert_eq!(
        org.send(org.get(&other, &path)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_locator_is_gone_after_two_days() {
    let timeout = Duration::from_secs(7 * 24 * 60 * 60);
    let org = Org::start_with(Emulator::builder().accounts(5_000).session_timeout(timeout)).await;
    let token = org.log_in().await;
    let path = next(&org.query(&token, SOQL).await).expect("a next page");
    org.emulator
        .control()
        .advance_clock(Duration::from_secs(2 * 24 * 60 * 60))
        .expect("a clock");
    let reply = org.send(org.get(&token, &path)).await;
    assert_eq!(
        (reply.status, reply.error().as_str()),
        (
            StatusCode::BAD_REQUEST,
            "INVALID_QUERY_LOCATOR: invalid query locator"
        )
    );
}

#[tokio::test]
async fn records_added_meanwhile_do_not_move_the_pages() {
    let org = large_org().await;
    let token = org.log_in().await;
    let first = org.query(&token, SOQL).await;
    let path = next(&first).expect("a next page");
    let before = ids(&org.send(org.get(&token, &path)).await);
    let row = serde_json::json!({"Name": "!!! first of all"});
    let added = org
        .emulator
        .control()
        .seed("Account", &[row.as_object().cloned().expect("an object")])
        .expect("a row");
    assert_eq!(ids(&org.send(org.get(&token, &path)).await), before);
    assert_eq!(ids(&org.query(&token, SOQL).await)[0], added[0]);
}

#[tokio::test]
async fn a_result_ends_though_records_are_deleted_meanwhile() {
    let org = large_org().await;
    let token = org.log_in().await;
    let mut reply = org.query(&token, "SELECT Id FROM Account").await;
    let last = org
        .query(&token, "SELECT Id FROM Account ORDER BY Id DESC LIMIT 200")
        .await;
    let path = format!(
        "/services/data/v66.0/composite/sobjects?ids={}",
        ids(&last).join(",")
    );
    let request = with(
        org.request("DELETE", &path),
        "authorization",
        &format!("Bearer {token}"),
    );
    assert_eq!(org.send(request).await.status, StatusCode::OK);
    let mut all = ids(&reply).len();
    // Three pages that are announced, and one that has nothing left.
    for _ in 0..3 {
        let path = next(&reply).expect("a page");
        reply = org.send(org.get(&token, &path)).await;
        all += ids(&reply).len();
    }
    assert_eq!((next(&reply), all), (None, 4_800));
}
