//! Records that tests bring along.

use serde_json::{Map, Value, json};

use sfbox_emulator::Emulator;

use crate::client::Org;

fn row(json: &Value) -> Map<String, Value> {
    json.as_object().cloned().expect("an object")
}

#[tokio::test]
async fn added_records_are_completed_and_found() {
    let org = Org::start().await;
    let control = org.emulator.control();
    let account = control
        .seed(
            "account",
            &[row(
                &json!({"name": "Zimt", "AnnualRevenue": 5, "Website": ""}),
            )],
        )
        .expect("a row");
    let contact = json!({"FirstName": "Ada", "LastName": "Zimt", "AccountId": account[0], "Birthdate": "2000-02-29"});
    control.seed("Contact", &[row(&contact)]).expect("a row");
    let token = org.log_in().await;
    let soql = "SELECT Name, Birthdate, Account.Name, Account.AnnualRevenue, Account.Website, Owner.Name \
                FROM Contact WHERE LastName = 'zimt'";
    let json = org.query(&token, soql).await.json();
    let record = &json["records"][0];
    assert_eq!(record["Name"], "Ada Zimt");
    assert_eq!(record["Birthdate"], "2000-02-29");
    assert_eq!(record["Account"]["AnnualRevenue"].to_string(), "5.0");
    assert_eq!(record["Account"]["Website"], Value::Null);
    assert_eq!(record["Owner"]["Name"], "Integration User");
    let today = org
        .query(
            &token,
            "SELECT COUNT() FROM Contact WHERE CreatedDate = TODAY",
        )
        .await;
    assert_eq!(today.json()["totalSize"], 1);
}

#[tokio::test]
async fn records_that_do_not_fit_are_refused_whole() {
    let org = Org::start().await;
    let control = org.emulator.control();
    for (object, rows, error) in [
        ("Accountz", vec![], "there is no object \"Accountz\""),
        (
            "Account",
            vec![json!({"Name": "a"}), json!({"Foo": 1})],
            "Account has no field \"Foo\"",
        ),
        ("Account", vec![json!({"Name": 1})], "Name needs a string"),
        (
            "Account",
            vec![json!({"IsDeleted": null})],
            "IsDeleted needs true or false",
        ),
        (
            "Account",
            vec![json!({"NumberOfEmployees": 1.5})],
            "NumberOfEmployees needs a whole number",
        ),
        (
            "Account",
            vec![json!({"OwnerId": "x"})],
            "OwnerId needs an id of 15 or 18 characters",
        ),
        (
            "Contact",
            vec![json!({"Birthdate": "2001-02-29"})],
            "Birthdate needs a date such as \"2026-01-31\"",
        ),
        (
            "Account",
            vec![json!({"Id": "001Sb0000000001IAA"})],
            "Id must be unique, and the record 001Sb0000000001IAA has the same value",
        ),
        (
            "Account",
            vec![
                json!({"Ext__c": "x"}),
                json!({"Name": "a"}),
                json!({"Ext__c": "X"}),
            ],
            "Ext__c must be unique, and the record 001Sb000000000sIAA has the same value",
        ),
    ] {
        let rows: Vec<_> = rows.iter().map(row).collect();
        assert_eq!(
            control.seed(object, &rows).expect_err(error).to_string(),
            error
        );
    }
    let token = org.log_in().await;
    let count = org.query(&token, "SELECT COUNT() FROM Account").await;
    assert_eq!(count.json()["totalSize"], 50);
    let kept = "SELECT COUNT() FROM Account WHERE Ext__c = 'x'";
    assert_eq!(org.query(&token, kept).await.json()["totalSize"], 0);
}

#[tokio::test]
async fn as_many_as_the_limit_can_be_added_at_once_and_no_more() {
    let org = Org::start().await;
    let control = org.emulator.control();
    let rows = vec![row(&json!({"LastName": "x"})); sfbox_emulator::IMPORT_ROWS_MAX + 1];
    assert!(control.seed("Contact", &rows).is_err());
    assert_eq!(
        control.seed("Contact", &rows[1..]).expect("rows").len(),
        sfbox_emulator::IMPORT_ROWS_MAX
    );
}

#[tokio::test]
async fn an_org_can_have_very_many_accounts() {
    let org = Org::start_with(Emulator::builder().accounts(100_000)).await;
    let token = org.log_in().await;
    let count = org.query(&token, "SELECT COUNT() FROM Account").await;
    assert_eq!(count.json()["totalSize"], 100_000);
}
