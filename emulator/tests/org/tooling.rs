//! Statements of the Tooling API.

use http::StatusCode;
use serde_json::json;

use crate::client::Org;

#[tokio::test]
async fn nobody_has_written_anything_for_the_org() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let ask = async |soql: &str| {
        let soql = soql.replace(' ', "+");
        let path = format!("/services/data/v66.0/tooling/query/?q={soql}");
        org.send(org.get(&token, &path)).await
    };
    let reply = ask("SELECT Id, Name FROM ApexClass WHERE Status = 'Active'").await;
    assert_eq!(reply.status, StatusCode::OK);
    let found = json!({
        "size": 0, "totalSize": 0, "done": true, "queryLocator": null,
        "entityTypeName": "ApexClass", "records": [],
    });
    assert_eq!(reply.json(), found);
    // A count is a row, though nothing is counted.
    let reply = ask("SELECT COUNT(Id) n FROM apextrigger").await;
    assert_eq!(reply.json()["size"], 1);
    assert_eq!(reply.json()["entityTypeName"], "ApexTrigger");
    assert_eq!(reply.json()["records"][0]["n"], 0);
    for (soql, status, code) in [
        (
            "SELECT Nothing FROM ApexClass",
            StatusCode::BAD_REQUEST,
            "INVALID_FIELD",
        ),
        (
            "SELECT Id FROM ApexClass WHERE",
            StatusCode::BAD_REQUEST,
            "MALFORMED_QUERY",
        ),
        // Salesforce knows it.
        (
            "SELECT Id FROM EntityDefinition",
            StatusCode::NOT_FOUND,
            "EMULATOR_UNSUPPORTED",
        ),
    ] {
        let reply = ask(soql).await;
        assert_eq!(reply.status, status, "{soql}");
        assert_eq!(reply.json()[0]["errorCode"], code, "{soql}");
    }
    // They are no objects of the org's data.
    let reply = org.query(&token, "SELECT SymbolTable FROM ApexClass").await;
    assert_eq!(reply.json()[0]["errorCode"], "INVALID_TYPE");
}
