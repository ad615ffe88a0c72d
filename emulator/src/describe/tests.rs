//! What describe tells is what the org does.

use jiff::civil::date;
use serde_json::Value;

use super::field::field;
use crate::id::RecordId;
use crate::schema::{Field, Kind, SObject, Schema};
use crate::soql;
use crate::sql::{Environment, Rows, translate};
use crate::version::{ApiVersion, Known};

fn is_valid(schema: &Schema, soql: &str) -> bool {
    let query = soql::parse(soql).expect(soql);
    let Known::Served(version) = ApiVersion::parse("v66.0") else {
        panic!("it is served");
    };
    let environment = Environment {
        schema,
        rows: Rows::Live,
        today: date(2026, 1, 1),
        user: &RecordId::new("005", 1),
        version,
    };
    translate(&query, soql, environment).is_ok()
}

fn told(of: &Field, member: &str) -> bool {
    field(of)[member].as_bool().expect("true or false")
}

fn each(mut look: impl FnMut(&Schema, &SObject, &Field)) {
    let schema = Schema::standard();
    for sobject in schema.sobjects().iter().filter(|sobject| sobject.queryable) {
        for of in &sobject.fields {
            look(&schema, sobject, of);
        }
    }
}

#[test]
fn what_is_filterable_can_be_filtered() {
    each(|schema, sobject, of| {
        let (object, name) = (&sobject.name, &of.name);
        // Compound fields are for DISTANCE() alone.
        let is_compound = matches!(of.kind, Kind::Address | Kind::Location);
        let soql = format!("SELECT Id FROM {object} WHERE {name} = null");
        assert_eq!(
            is_valid(schema, &soql),
            told(of, "filterable") && !is_compound,
            "{soql}"
        );
    });
}

#[test]
fn what_is_sortable_can_be_sorted() {
    each(|schema, sobject, of| {
        let soql = format!("SELECT Id FROM {} ORDER BY {}", sobject.name, of.name);
        assert_eq!(is_valid(schema, &soql), told(of, "sortable"), "{soql}");
    });
}

#[test]
fn relationships_can_be_followed_both_ways() {
    each(|schema, sobject, of| {
        let described = field(of);
        let names = described["referenceTo"].as_array().expect("a list");
        assert_eq!(names.is_empty(), of.kind != Kind::Reference, "{}", of.name);
        let Some(relationship) = described["relationshipName"].as_str() else {
            return;
        };
        let object = &sobject.name;
        if names.len() == 1 {
            let soql = format!("SELECT {relationship}.Id FROM {object}");
            assert!(is_valid(schema, &soql), "{soql}");
        }
        let children = of.reference.as_ref().and_then(|of| of.children.as_ref());
        for parent in names.iter().filter_map(Value::as_str) {
            if let Some(children) = children {
                let soql = format!("SELECT (SELECT Id FROM {children}) FROM {parent}");
                assert!(is_valid(schema, &soql), "{soql}");
            }
        }
    });
}

#[test]
fn a_field_has_the_members_that_clients_have_seen() {
    // An answer at version 61.0, as airbytehq/airbyte has it.
    let seen = "aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula \
                cascadeDelete caseSensitive compoundFieldName controllerName createable custom \
                defaultValue defaultValueFormula defaultedOnCreate dependentPicklist \
                deprecatedAndHidden digits displayLocationInDecimal encrypted externalId \
                extraTypeInfo filterable filteredLookupInfo formulaTreatNullNumberAsZero groupable \
                highScaleNumber htmlFormatted idLookup inlineHelpText label length mask maskType \
                name nameField namePointing nillable permissionable picklistValues \
                polymorphicForeignKey precision queryByDistance referenceTargetField referenceTo \
                relationshipName relationshipOrder restrictedDelete restrictedPicklist scale \
                searchPrefilterable soapType sortable type unique updateable \
                writeRequiresMasterRead";
    let seen: Vec<&str> = seen.split_whitespace().collect();
    each(|_, _, of| {
        let mut members: Vec<String> = field(of).into_iter().map(|(name, _)| name).collect();
        members.sort();
        assert_eq!(members, seen, "{}", of.name);
    });
}

/// Facts of fields as clients captured them.
#[test]
#[expect(clippy::too_many_lines, reason = "a table, one entry a field")]
fn fields_are_told_as_they_were_seen() {
    let schema = Schema::standard();
    for (object, name, facts) in [
        (
            "Account",
            "Name",
            r#"{"type": "string", "soapType": "xsd:string", "length": 255, "byteLength": 765,
                "nameField": true, "nillable": false, "createable": true, "updateable": true,
                "defaultedOnCreate": false, "idLookup": false, "permissionable": false}"#,
        ),
        (
            "Account",
            "Phone",
            r#"{"type": "phone", "length": 40, "byteLength": 120, "nillable": true,
                "permissionable": true, "groupable": true, "label": "Account Phone"}"#,
        ),
        (
            "Account",
            "PhotoUrl",
            r#"{"type": "url", "extraTypeInfo": "imageurl", "createable": false,
                "permissionable": false}"#,
        ),
        (
            "Contact",
            "Id",
            r#"{"type": "id", "soapType": "tns:ID", "length": 18, "byteLength": 18,
                "aggregatable": true, "createable": false, "defaultedOnCreate": true,
                "idLookup": true, "label": "Contact ID", "nillable": false,
                "permissionable": false, "groupable": true, "sortable": true}"#,
        ),
        (
            "Task",
            "OwnerId",
            r#"{"type": "reference", "referenceTo": ["Group", "User"], "relationshipName": "Owner",
                "polymorphicForeignKey": true, "namePointing": true, "nillable": false,
                "defaultedOnCreate": true, "updateable": true, "permissionable": false}"#,
        ),
        (
            "Task",
            "WhoId",
            r#"{"label": "Name ID", "referenceTo": ["Contact", "Lead"], "relationshipName": "Who",
                "nillable": true, "permissionable": true, "polymorphicForeignKey": true}"#,
        ),
        (
            "Contact",
            "FirstName",
            r#"{"compoundFieldName": "Name", "length": 40}"#,
        ),
        (
            "Account",
            "BillingAddress",
            r#"{"type": "address", "soapType": "urn:address", "filterable": true, "sortable": false,
                "groupable": false, "createable": false, "queryByDistance": true}"#,
        ),
        (
            "Account",
            "BillingCity",
            r#"{"compoundFieldName": "BillingAddress"}"#,
        ),
        (
            "Specimen__c",
            "Double__c",
            r#"{"calculated": true, "calculatedFormula": "Number__c * 2", "createable": false,
                "custom": true}"#,
        ),
        (
            "Specimen__c",
            "Shade__c",
            r#"{"dependentPicklist": true, "controllerName": "Picklist__c",
                "restrictedPicklist": false}"#,
        ),
        (
            "Specimen__c",
            "Encrypted__c",
            r#"{"encrypted": true, "mask": "asterisk", "maskType": "all", "filterable": false}"#,
        ),
        (
            "Specimen__c",
            "Serial__c",
            r#"{"autoNumber": true, "createable": false, "updateable": false, "nillable": false}"#,
        ),
        (
            "Specimen__c",
            "Rich_Text__c",
            r#"{"htmlFormatted": true, "extraTypeInfo": "richtextarea", "filterable": false}"#,
        ),
        (
            "Specimen__c",
            "Checkbox__c",
            r#"{"nillable": false, "defaultedOnCreate": true, "defaultValue": false,
                "aggregatable": false}"#,
        ),
    ] {
        let sobject = schema.named(object).expect(object);
        let described = field(sobject.field(name).expect(name));
        let facts: Value = serde_json::from_str(facts).expect("JSON");
        for (member, value) in facts.as_object().expect("an object") {
            assert_eq!(described[member], *value, "{object}.{name}.{member}");
        }
    }
}

#[test]
fn a_choice_tells_for_which_choices_it_is() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let schema = Schema::standard();
    let specimen = schema.named("Specimen__c").expect("an object");
    let shades = field(specimen.field("Shade__c").expect("a field"));
    let valid_for = |place: usize| -> Vec<bool> {
        let bits = shades["picklistValues"][place]["validFor"].as_str();
        let bytes = STANDARD.decode(bits.expect("text")).expect("base64");
        let is_set = |bit: usize| {
            bytes
                .get(bit / 8)
                .is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
        };
        (0..3).map(is_set).collect()
    };
    assert_eq!(valid_for(0), [true, true, true]);
    assert_eq!(valid_for(2), [false, true, false]);
    assert_eq!(valid_for(3), [false, false, true]);
}

#[test]
fn the_two_custom_objects_have_every_type_that_custom_fields_can_have() {
    let schema = Schema::standard();
    let has = |of: &str| {
        ["Specimen__c", "Subscription__c"].iter().any(|name| {
            let sobject = schema.named(name).expect("an object");
            sobject
                .fields
                .iter()
                .any(|field| field.data_type.name() == of)
        })
    };
    // Comboboxes, files and values of any type are standard objects' alone.
    for of in [
        "id",
        "reference",
        "string",
        "picklist",
        "multipicklist",
        "textarea",
        "email",
        "phone",
        "url",
        "encryptedstring",
        "boolean",
        "int",
        "long",
        "double",
        "currency",
        "percent",
        "date",
        "datetime",
        "time",
        "address",
        "location",
    ] {
        assert!(has(of), "{of}");
    }
}
