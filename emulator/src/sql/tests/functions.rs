//! Functions of fields, in SELECT and in WHERE.

use serde_json::json;

use super::*;

#[test]
fn dates_can_be_compared_by_their_parts() {
    for (condition, expected) in [
        ("CALENDAR_YEAR(CreatedDate) = 2024", 50),
        ("DAY_IN_WEEK(CreatedDate) = 2", 24),
        ("HOUR_IN_DAY(convertTimezone(CreatedDate)) < 2", 6),
        ("DAY_ONLY(CreatedDate) = 2024-01-16", 24),
        ("DAY_ONLY(CreatedDate) = TODAY", 24),
        ("CALENDAR_MONTH(CreatedDate) != 1", 0),
        ("NOT FISCAL_QUARTER(CreatedDate) IN (2, 3)", 50),
    ] {
        assert_eq!(
            count(&format!("Account WHERE {condition}")),
            expected,
            "{condition}"
        );
    }
    assert_eq!(
        count("Account WHERE CALENDAR_YEAR(Parent.CreatedDate) = null"),
        count("Account WHERE ParentId = null")
    );
    for (condition, words) in [
        (
            "CALENDAR_YEAR(CreatedDate) = THIS_YEAR",
            "field 'CALENDAR_YEAR(CreatedDate)' must be of type int",
        ),
        (
            "CALENDAR_YEAR(Name) = 2024",
            "does not support function CALENDAR_YEAR",
        ),
        ("convertCurrency(Name) > 5", "Name is not a currency field"),
    ] {
        let message = error(&format!("SELECT Id FROM Account WHERE {condition}")).message;
        assert!(message.contains(words), "{condition}: {message}");
    }
    for soql in [
        "SELECT Id FROM Opportunity WHERE HOUR_IN_DAY(CloseDate) = 5",
        "SELECT Id FROM Opportunity WHERE DAY_ONLY(CloseDate) = TODAY",
        "SELECT Id FROM Opportunity WHERE DAY_IN_WEEK(convertTimezone(CloseDate)) = 5",
    ] {
        assert_eq!(error(soql).code, Code::InvalidField, "{soql}");
    }
}

#[test]
fn a_value_can_be_shown_in_another_form() {
    let found = &run(
        "SELECT Amount, FORMAT(Amount) Amt, convertCurrency(amount) converted, FORMAT(convertCurrency(Amount)) both, \
         FORMAT(CloseDate), FORMAT(Probability), FORMAT(CreatedDate) at, Owner.Name, toLabel(Owner.Title) \
         FROM Opportunity WHERE Amount > 1000 ORDER BY CreatedDate LIMIT 1",
    )[0];
    assert_eq!(
        *found,
        json!({
            "attributes": found["attributes"],
            "Amount": 1250.25,
            "Amt": "$1,250.25",
            "converted": 1250.25,
            "both": "$1,250.25",
            "CloseDate": "1/26/2024",
            "Probability": found["Probability"],
            "at": "1/15/2024, 1:00 AM",
            "Owner": {
                "attributes": found["Owner"]["attributes"],
                "Name": found["Owner"]["Name"],
                "Title": found["Owner"]["Title"],
            },
        })
    );
    assert!(found["Probability"].as_str().expect("text").ends_with('%'));
    let alone = &run(
        "SELECT convertCurrency(AnnualRevenue), FORMAT(NumberOfEmployees) FROM Account WHERE NumberOfEmployees = 12",
    )[0];
    assert!(alone["AnnualRevenue"].is_f64());
    assert_eq!(alone["NumberOfEmployees"], "12");
}

#[test]
fn a_picklist_has_labels() {
    let found = run("SELECT ShowAs, toLabel(ShowAs) shown FROM Event WHERE ShowAs = 'OutOfOffice'");
    assert_eq!(
        (&found[0]["ShowAs"], &found[0]["shown"]),
        (&json!("OutOfOffice"), &json!("Out of Office"))
    );
    assert_eq!(
        count("Event WHERE toLabel(ShowAs) = 'out of OFFICE'"),
        found.len()
    );
    assert_eq!(
        count("Event WHERE toLabel(ShowAs) LIKE 'Out of%'"),
        found.len()
    );
}

#[test]
fn a_name_can_be_selected_once() {
    for (soql, name) in [
        ("SELECT Rating, toLabel(Rating) FROM Account", "Rating"),
        (
            "SELECT Owner.Name, toLabel(Owner.Name) FROM Account",
            "Owner.Name",
        ),
        ("SELECT FORMAT(CreatedDate) Name, Name FROM Account", "Name"),
    ] {
        let error = error(soql);
        assert_eq!(
            (error.code, error.message),
            (
                Code::InvalidField,
                format!("duplicate field selected: {name}")
            )
        );
    }
    assert!(
        error("SELECT Id FROM Account ORDER BY toLabel(Rating)")
            .message
            .contains("can not be sorted")
    );
}

#[test]
fn choices_of_several_are_found() {
    let all = count("Specimen__c");
    let with = count("Specimen__c WHERE Multi_Picklist__c INCLUDES ('a')");
    let without = count("Specimen__c WHERE Multi_Picklist__c EXCLUDES ('A')");
    let none = count("Specimen__c WHERE Multi_Picklist__c = null");
    assert!(with > 0 && none > 0);
    // Whether Salesforce finds nulls by EXCLUDES is unconfirmed; `!=` finds them.
    assert_eq!(with + without, all);
    assert_eq!(
        count("Specimen__c WHERE Multi_Picklist__c INCLUDES ('')"),
        none
    );
    assert!(count("Specimen__c WHERE Multi_Picklist__c INCLUDES ('A;B')") <= with);
    for (condition, words) in [
        (
            "Multi_Picklist__c LIKE 'A%'",
            "invalid operator on multipicklist field",
        ),
        (
            "Multi_Picklist__c > 'A'",
            "invalid operator on multipicklist field",
        ),
        ("Text__c INCLUDES ('A')", "invalid operator on string field"),
    ] {
        let error = error(&format!("SELECT Id FROM Specimen__c WHERE {condition}"));
        assert_eq!(error.code, Code::InvalidQueryFilterOperator, "{condition}");
        assert!(error.message.contains(words), "{condition}: {error}");
    }
}

/// Source: SOQL and SOSL Reference, "Use null in WHERE", and "null Values in
/// Lookup Relationships and Outer Joins".
#[test]
fn a_boolean_is_never_null() {
    let all = count("Contact");
    let out = count("Contact WHERE HasOptedOutOfEmail = true");
    for (condition, expected) in [
        ("HasOptedOutOfEmail = null", all - out),
        ("HasOptedOutOfEmail != null", out),
        (
            "ReportsTo.HasOptedOutOfEmail = false OR ReportsTo.HasOptedOutOfEmail = true",
            all,
        ),
    ] {
        assert_eq!(
            count(&format!("Contact WHERE {condition}")),
            expected,
            "{condition}"
        );
    }
    let nobody = count("Contact WHERE ReportsToId = null");
    let found = count("Contact WHERE ReportsToId = null AND ReportsTo.HasOptedOutOfEmail = false");
    assert_eq!((found, nobody > 0), (nobody, true));
}

#[test]
fn times_and_currencies_are_compared() {
    assert!(count("Specimen__c WHERE Time__c >= 12:00:00.000Z") > 0);
    assert_eq!(
        count("Opportunity WHERE Amount > USD5000"),
        count("Opportunity WHERE Amount > 5000")
    );
    assert_eq!(
        count("Opportunity WHERE Amount IN (usd1250.25)"),
        count("Opportunity WHERE Amount = 1250.25")
    );
    let error = error("SELECT Id FROM Account WHERE NumberOfEmployees > USD5");
    assert!(error.message.contains("must be of type int"), "{error}");
}

#[test]
fn places_on_earth_are_unsupported_by_name() {
    for soql in [
        "SELECT Id FROM Specimen__c WHERE DISTANCE(Site__c, GEOLOCATION(37, 122), 'mi') < 20",
        "SELECT DISTANCE(Site__c, GEOLOCATION(37, 122), 'km') FROM Specimen__c",
        "SELECT Id FROM Specimen__c ORDER BY DISTANCE(Site__c, GEOLOCATION(37, 122), 'km')",
    ] {
        let error = error(soql);
        assert_eq!(
            (error.code, error.message.as_str()),
            (
                Code::EmulatorUnsupported,
                "this emulator does not support DISTANCE()"
            ),
            "{soql}"
        );
    }
    for (soql, what) in [
        (
            "SELECT Id FROM Contact c, c.Account a WHERE a.Name = 'x'",
            "more than one object in FROM",
        ),
        ("SELECT Id FROM Account UPDATE VIEWSTAT", "UPDATE VIEWSTAT"),
        ("SELECT Id FROM Account ALL ROWS", "ALL ROWS (use queryAll)"),
    ] {
        let error = error(soql);
        assert_eq!(error.code, Code::EmulatorUnsupported, "{soql}");
        assert!(error.message.ends_with(what), "{error}");
    }
}
