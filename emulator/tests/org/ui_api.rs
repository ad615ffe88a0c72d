//! The User Interface API, and the columns of statements: what programs ask that
//! show records to people.

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Org, query_path};

async fn get(org: &Org, token: &str, path: &str) -> Value {
    let reply = org
        .send(org.get(token, &format!("/services/data/{path}")))
        .await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    reply.json()
}

/// Source of the members: the captured answer in trailheadapps/lwc-recipes,
/// `getObjectInfo.json`, of an old version; the guide says which came later.
#[tokio::test]
async fn an_object_is_told_with_its_fields() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let info = get(&org, &token, "v49.0/ui-api/object-info/account").await;
    let names: Vec<&str> = info
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let captured = [
        "apiName",
        "childRelationships",
        "createable",
        "custom",
        "defaultRecordTypeId",
        "deletable",
        "dependentFields",
        "feedEnabled",
        "fields",
        "keyPrefix",
        "label",
        "labelPlural",
        "layoutable",
        "mruEnabled",
        "nameFields",
        "queryable",
        "recordTypeInfos",
        "searchable",
        "themeInfo",
        "updateable",
    ];
    assert_eq!(names, captured);
    for (name, value) in [
        ("apiName", json!("Account")),
        ("keyPrefix", json!("001")),
        ("labelPlural", json!("Accounts")),
        ("defaultRecordTypeId", json!("012000000000000AAA")),
        ("nameFields", json!(["Name"])),
    ] {
        assert_eq!(info[name], value, "{name}");
    }
    assert_eq!(
        info["recordTypeInfos"]["012000000000000AAA"],
        json!({
            "available": true, "defaultRecordTypeMapping": true, "master": true, "name": "Master",
            "recordTypeId": "012000000000000AAA",
        })
    );
    assert_eq!(
        info["fields"]["AnnualRevenue"],
        json!({
            "apiName": "AnnualRevenue", "calculated": false, "compound": false, "compoundComponentName": null,
            "compoundFieldName": null, "controllerName": null, "controllingFields": [], "createable": true,
            "custom": false, "dataType": "Currency", "extraTypeInfo": null, "filterable": true,
            "filteredLookupInfo": null, "highScaleNumber": false, "htmlFormatted": false, "inlineHelpText": null,
            "label": "Annual Revenue", "length": 0, "nameField": false, "polymorphicForeignKey": false,
            "precision": 18, "reference": false, "referenceTargetField": null, "referenceToInfos": [],
            "relationshipName": null, "required": false, "scale": info["fields"]["AnnualRevenue"]["scale"],
            "searchPrefilterable": false, "sortable": true, "unique": false, "updateable": true,
        })
    );
}

#[tokio::test]
async fn references_parts_and_versions_are_told() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let info = get(&org, &token, "v49.0/ui-api/object-info/Account").await;
    let owner = &info["fields"]["OwnerId"];
    assert_eq!(owner["relationshipName"], "Owner");
    assert_eq!(
        owner["referenceToInfos"],
        json!([{"apiName": "User", "nameFields": ["FirstName", "LastName", "Name"]}])
    );
    assert_eq!(
        info["fields"]["BillingStreet"]["compoundComponentName"],
        "Street"
    );
    // Newer versions have more, and the first one another name.
    let newest = get(&org, &token, "v68.0/ui-api/object-info/Account").await;
    for name in [
        "associateEntityType",
        "compactLayoutable",
        "searchLayoutable",
    ] {
        assert!(newest.get(name).is_some(), "{name}");
    }
    assert_eq!(newest["fields"]["NumberOfEmployees"]["digits"], 8);
    let oldest = get(&org, &token, "v41.0/ui-api/object-info/Account").await;
    assert_eq!(
        (&oldest["deleteable"], oldest.get("deletable")),
        (&json!(true), None)
    );
    // Nobody could confirm how an unknown object is refused.
    for name in ["Nothing", "Task", "Event"] {
        let path = format!("/services/data/v66.0/ui-api/object-info/{name}");
        let refused = org.send(org.get(&token, &path)).await;
        let error = format!("INVALID_TYPE: Object {name} is not supported in UI API");
        assert_eq!(
            (refused.status, refused.error()),
            (StatusCode::BAD_REQUEST, error)
        );
    }
}

/// Source: `getRecordCreateDefaults.json` there.
#[tokio::test]
async fn a_new_record_begins_with_its_defaults() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let defaults = get(&org, &token, "v66.0/ui-api/record-defaults/create/Contact").await;
    let infos = defaults["objectInfos"].as_object().expect("objects");
    assert_eq!(infos.keys().collect::<Vec<_>>(), ["Contact", "User"]);
    assert_eq!(defaults["layout"]["mode"], "Create");
    let record = &defaults["record"];
    assert_eq!(
        (&record["apiName"], &record["id"]),
        (&json!("Contact"), &Value::Null)
    );
    let fields = &record["fields"];
    assert_eq!(
        fields["LastName"],
        json!({"displayValue": null, "value": null})
    );
    assert_eq!(
        fields["Account"],
        json!({"displayValue": null, "value": null})
    );
    assert_eq!(
        fields["Owner"]["value"]["fields"]["Id"]["value"],
        fields["OwnerId"]["value"]
    );
    assert_eq!(
        fields["Owner"]["displayValue"],
        fields["Owner"]["value"]["fields"]["Name"]["value"]
    );
    assert!(fields.get("CreatedBy").is_some() && fields.get("CreatedById").is_none());
    let items = &defaults["layout"]["sections"][0]["layoutRows"];
    let items = items.as_array().expect("rows").iter();
    let items: Vec<&Value> = items
        .flat_map(|row| row["layoutItems"].as_array().expect("items"))
        .collect();
    let last = items
        .iter()
        .find(|item| item["layoutComponents"][0]["apiName"] == "LastName");
    assert_eq!(last.expect("the field")["required"], true);
    let first = get(
        &org,
        &token,
        "v41.0/ui-api/record-defaults/create/Specimen__c",
    )
    .await;
    assert_eq!(first["objectInfo"]["apiName"], "Specimen__c");
    assert_eq!(first["record"]["fields"]["Checkbox__c"]["value"], false);
}

async fn columns(org: &Org, token: &str, soql: &str) -> Value {
    let path = format!("{}&columns=true", query_path(soql));
    let reply = org.send(org.get(token, &path)).await;
    assert_eq!(reply.status, StatusCode::OK, "{soql}: {}", reply.text());
    reply.json()
}

/// A column of that name, with these members and no others.
fn column(name: &str, own: &Value) -> Value {
    let mut column = json!({
        "aggregate": false, "apexType": null, "booleanType": false, "columnName": name, "custom": false,
        "displayName": name, "foreignKeyName": null, "insertable": false, "joinColumns": [],
        "numberType": false, "textType": false, "updatable": false,
    });
    let members = column.as_object_mut().expect("an object");
    members.extend(own.as_object().expect("an object").clone());
    column
}

/// Source: the captured answers in salesforcecli/plugin-data's tests.
#[tokio::test]
async fn the_columns_of_a_statement_are_told() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let id = column("Id", &json!({"apexType": "Id"}));
    let text =
        json!({"apexType": "String", "insertable": true, "textType": true, "updatable": true});
    let told = columns(&org, &token, "SELECT Id, Name FROM Account LIMIT 1").await;
    assert_eq!(
        told,
        json!({
            "columnMetadata": [id, column("Name", &text)], "entityName": "Account", "groupBy": false,
            "idSelected": true, "keyPrefix": "001",
        })
    );
    let told = columns(
        &org,
        &token,
        "SELECT (SELECT LastName FROM Contacts) FROM Account",
    )
    .await;
    assert_eq!(
        told["columnMetadata"],
        json!([column(
            "Contacts",
            &json!({"aggregate": true, "joinColumns": [column("LastName", &text)]})
        )])
    );
    let told = columns(
        &org,
        &token,
        "SELECT CampaignId, AVG(Amount), MAX(Name) most FROM Opportunity GROUP BY CampaignId",
    )
    .await;
    assert_eq!(
        told["columnMetadata"],
        json!([
            column(
                "CampaignId",
                &json!({"apexType": "Id", "insertable": true, "updatable": true})
            ),
            column(
                "expr0",
                &json!({"aggregate": true, "displayName": "avg(Amount)", "numberType": true})
            ),
            column(
                "most",
                &json!({"aggregate": true, "displayName": "max(Name)", "textType": true})
            ),
        ])
    );
    assert_eq!(told["groupBy"], true);
}

#[tokio::test]
async fn the_columns_of_a_relationship_are_together() {
    let org = Org::start().await;
    let token = org.log_in().await;
    // The columns of one relationship are together.
    let told = columns(
        &org,
        &token,
        "SELECT a.Name, Account.Owner.Email, a.Owner.IsActive FROM Account a",
    )
    .await;
    let owner = told["columnMetadata"][1].clone();
    assert_eq!(
        (&owner["columnName"], &owner["foreignKeyName"]),
        (&json!("Owner"), &json!("OwnerId"))
    );
    let joined: Vec<&Value> = owner["joinColumns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|of| &of["columnName"])
        .collect();
    assert_eq!(joined, ["Email", "IsActive"]);
    assert_eq!(owner["joinColumns"][1]["booleanType"], true);
    // A statement that cannot be run has no columns.
    let path = format!("{}&columns=true", query_path("SELECT Nothing FROM Account"));
    assert_eq!(
        org.send(org.get(&token, &path)).await.status,
        StatusCode::BAD_REQUEST
    );
    let tooling = get(
        &org,
        &token,
        "v66.0/tooling/query?q=SELECT+Id+FROM+ApexClass&columns=true",
    )
    .await;
    assert_eq!(tooling["entityName"], "ApexClass");
}
