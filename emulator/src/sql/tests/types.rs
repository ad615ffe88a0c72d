//! Fields of every type.

use super::*;

#[test]
fn compound_fields_are_objects_or_null() {
    let accounts = run("SELECT BillingAddress, BillingCity FROM Account LIMIT 4");
    assert_eq!(
        accounts[0]["BillingAddress"],
        serde_json::json!({
            "city": accounts[0]["BillingCity"], "country": "Freedonia", "geocodeAccuracy": "Address",
            "latitude": 48.5, "longitude": -4.25, "postalCode": "00000", "state": "FR",
            "street": "1 Main Street\nSuite \"0\"",
        })
    );
    let sites = run("SELECT Site__c, Account__r.BillingAddress FROM Specimen__c LIMIT 4");
    assert_eq!(
        sites[0]["Site__c"],
        serde_json::json!({"latitude": -33.5, "longitude": 151.25})
    );
    assert!(sites[3]["Site__c"].is_null());
    assert!(sites[0]["Account__r"]["BillingAddress"]["city"].is_string());
    for soql in [
        "SELECT Id FROM Account WHERE BillingAddress = 'x'",
        "SELECT Id FROM Account ORDER BY BillingAddress",
        "SELECT Id FROM Specimen__c WHERE Encrypted__c = '4111 1111'",
        "SELECT Id FROM Specimen__c ORDER BY Multi_Picklist__c",
    ] {
        assert_eq!(error(soql).code, Code::InvalidField, "{soql}");
    }
}

#[test]
fn every_type_is_written_as_salesforce_does() {
    let soql = "SELECT Multi_Picklist__c, Time__c, Encrypted__c, Percent__c, Date__c, Checkbox__c FROM Specimen__c LIMIT 2";
    assert_eq!(
        run(soql)[1],
        serde_json::json!({
            "attributes": run(soql)[1]["attributes"],
            "Multi_Picklist__c": "A;B", "Time__c": "01:01:59.001Z", "Encrypted__c": "*********",
            "Percent__c": 0.5, "Date__c": "1704-02-09", "Checkbox__c": false,
        })
    );
    let attachment = &run("SELECT Id, Body FROM Attachment LIMIT 1")[0];
    let id = attachment["Id"].as_str().expect("an id");
    assert_eq!(
        attachment["Body"],
        format!("/services/data/v66.0/sobjects/Attachment/{id}/Body")
    );
    assert_eq!(count("Specimen__c WHERE Multi_Picklist__c = 'a;b'"), 16);
}
