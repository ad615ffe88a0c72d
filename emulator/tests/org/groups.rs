//! Groups over the network, and how statements would be run.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Emulator;

use crate::client::{Org, query_path};

#[tokio::test]
async fn groups_come_in_one_page_without_addresses() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let reply = org
        .query(
            &token,
            "SELECT Tier__c t, COUNT(Id) FROM Account WHERE Tier__c = 'gold' GROUP BY Tier__c",
        )
        .await;
    let count = org
        .query(&token, "SELECT COUNT() FROM Account WHERE Tier__c = 'Gold'")
        .await
        .json()["totalSize"]
        .to_string();
    assert_eq!(
        reply.text(),
        format!(
            r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{{"type":"AggregateResult"}},"t":"Gold","expr0":{count}}}]}}"#
        )
    );
}

/// Salesforce answers this error as soon as there are more groups than rows of a
/// batch.
#[tokio::test]
async fn there_are_two_thousand_groups_and_no_more() {
    let org = Org::start_with(Emulator::builder().accounts(2_001)).await;
    let token = org.log_in().await;
    let limited = "SELECT Id, COUNT(Name) FROM Account GROUP BY Id LIMIT 2000";
    let reply = org.query(&token, limited).await;
    assert_eq!(reply.json()["totalSize"], 2_000);
    assert_eq!(
        reply.json()["records"].as_array().map(Vec::len),
        Some(2_000)
    );
    for soql in [
        "SELECT Id, COUNT(Name) FROM Account GROUP BY Id",
        "SELECT Id, COUNT(Name) FROM Account GROUP BY Id LIMIT 2001",
    ] {
        let reply = org.query(&token, soql).await;
        assert_eq!(
            (reply.status, reply.error().as_str()),
            (
                StatusCode::BAD_REQUEST,
                "EXCEEDED_ID_LIMIT: Aggregate query does not support queryMore(), use LIMIT to restrict the results to a \
                 single batch"
            ),
            "{soql}"
        );
    }
    let having = "SELECT Id, COUNT(Name) FROM Account GROUP BY Id HAVING COUNT(Name) > 1";
    assert_eq!(org.query(&token, having).await.json()["totalSize"], 0);
}

async fn plans(org: &Org, token: &str, soql: &str) -> Vec<Value> {
    let path = query_path(soql).replace("?q=", "?explain=");
    let reply = org.send(org.get(token, &path)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let json = reply.json();
    json["plans"].as_array().expect("plans").clone()
}

/// The members are those of the guide's example.
#[tokio::test]
async fn a_statement_can_be_explained() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let found = plans(
        &org,
        &token,
        "SELECT Name FROM Account WHERE CreatedDate < 2024-01-15T02:00:00Z AND AnnualRevenue > 10.0 ORDER BY Name LIMIT 1",
    )
    .await;
    assert_eq!(found.len(), 2);
    let unindexed = |field: &str| {
        json!({
            "description": "Not considering filter for optimization because unindexed",
            "fields": [field],
            "tableEnumOrId": "Account",
        })
    };
    let notes = json!([unindexed("IsDeleted"), unindexed("AnnualRevenue")]);
    assert_eq!(
        found[0],
        json!({
            "cardinality": 2, "fields": ["CreatedDate"], "leadingOperationType": "Index", "notes": notes,
            "relativeCost": found[0]["relativeCost"], "sobjectCardinality": 50, "sobjectType": "Account",
        })
    );
    assert_eq!(
        found[1],
        json!({
            "cardinality": 1, "fields": [], "leadingOperationType": "TableScan", "notes": notes,
            "relativeCost": found[1]["relativeCost"], "sobjectCardinality": 50, "sobjectType": "Account",
        })
    );
    let cost = |plan: &Value| plan["relativeCost"].as_f64().expect("a number");
    assert!(cost(&found[0]) < 1.0 && cost(&found[1]) > 1.0);
    let scan = plans(
        &org,
        &token,
        "SELECT Name FROM Account WHERE Rating != 'Hot'",
    )
    .await;
    assert_eq!(
        (scan.len(), &scan[0]["leadingOperationType"]),
        (1, &json!("TableScan"))
    );
    let grouped = plans(
        &org,
        &token,
        "SELECT COUNT(Id) FROM Account WHERE Id != null GROUP BY Name",
    )
    .await;
    assert_eq!(grouped[0]["cardinality"], 50);
    let wrong = query_path("SELECT Foo FROM Account").replace("?q=", "?explain=");
    assert!(
        org.send(org.get(&token, &wrong))
            .await
            .error()
            .starts_with("INVALID_FIELD")
    );
    let report = "/services/data/v66.0/query?explain=00OSb0000000001MAA";
    assert!(
        org.send(org.get(&token, report))
            .await
            .error()
            .starts_with("INVALID_ID")
    );
}
