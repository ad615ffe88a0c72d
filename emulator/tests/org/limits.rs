//! What is left of the org's limits.

use serde_json::json;

use crate::client::Org;

#[tokio::test]
async fn the_documented_limits_are_listed() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let limits = || async {
        let reply = org
            .send(org.get(&token, "/services/data/v68.0/limits/"))
            .await;
        reply.json()
    };
    let first = limits().await;
    let members = first.as_object().expect("an object");
    // The guide's example has 51 names, its table of names 15 more.
    assert_eq!(members.len(), 66);
    let older = org
        .send(org.get(&token, "/services/data/v31.0/limits"))
        .await
        .json();
    for (name, is_older) in [
        ("DailyBulkApiRequests", true),
        ("DailyBulkApiBatches", false),
        ("PermissionSets", false),
        ("DailyApiRequests", true),
    ] {
        assert_eq!(older.get(name).is_some(), is_older, "{name}");
    }
    for (name, limit) in members {
        assert!(
            limit["Max"].as_u64() >= limit["Remaining"].as_u64(),
            "{name}"
        );
        assert!(limit["Remaining"].is_u64(), "{name}");
    }
    let calls = &limits().await["DailyApiRequests"];
    assert_eq!(*calls, json!({"Max": 100_000, "Remaining": 99_997}));
    assert_eq!(
        first["PermissionSets"],
        json!({"Max": 1_500, "Remaining": 1_499, "CreateCustom": {"Max": 1_000, "Remaining": 999}})
    );
}
