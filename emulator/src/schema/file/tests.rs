use super::*;
use crate::schema::{DataType, Kind};

const PEOPLE: &str = r#"
version = 1

[objects.Invoice__c]
label = "Invoice"
nameFormat = "INV-{0000}"

[objects.Invoice__c.fields]
Total__c = { type = "currency", precision = 12, scale = 2, required = true }
Number__c = { type = "string", length = 20, externalId = true, unique = true, caseSensitive = true }
Status__c = { type = "picklist", values = ["Draft", "Paid"], default = "Draft", restricted = true }
Notes__c = { type = "textarea", length = 5000 }
Due__c = "date"
Where__c = "location"
Ship_To__c = "address"
Account__c = { type = "reference", to = "Account", children = "Invoices__r" }
About__c = { type = "reference", to = ["Case", "Opportunity"] }
Net__c = { type = "currency", formula = "Total__c / 1.2" }

[objects.Line__c.fields]
Invoice__c = { type = "reference", to = "Invoice__c", children = "Lines__r", masterDetail = true }

[objects.Parcel__x.fields]
Weight__c = "double"

[objects.Account.fields]
Region__c = { type = "string", label = "Sales Region" }
"#;

fn toml(text: &str) -> Result<Schema, String> {
    let file = SchemaFile::toml("s.toml", text);
    let added = file.add_to(&Schema::standard());
    added.map_err(|error| error.to_string())
}

fn json(text: &str) -> Result<Schema, String> {
    let file = SchemaFile::json("s.json", text);
    let added = file.add_to(&Schema::standard());
    added.map_err(|error| error.to_string())
}

#[test]
fn people_write_objects_and_fields() {
    let schema = toml(PEOPLE).expect("a schema");
    let invoice = schema.named("invoice__C").expect("an object");
    assert_eq!(
        (&*invoice.label_plural, &*invoice.key_prefix),
        ("Invoices", "a02")
    );
    let field = |name: &str| invoice.field(name).expect(name);
    for name in [
        "Id",
        "OwnerId",
        "IsDeleted",
        "CreatedDate",
        "SystemModstamp",
        "Where__Latitude__s",
        "Ship_To__City__s",
    ] {
        field(name);
    }
    let total = field("Total__c");
    assert_eq!((total.precision, total.scale), (12, 2));
    assert!(total.is_required());
    let number = field("Number__c");
    assert!(number.external_id && number.unique && number.case_sensitive && number.id_lookup);
    assert_eq!(number.length, 20);
    let status = field("Status__c");
    assert_eq!(
        status.default_choice().map(|choice| &**choice),
        Some("Draft")
    );
    assert!(status.picklist.restricted);
    assert_eq!(field("Notes__c").kind, Kind::LongText);
    assert!(field("Name").auto_number);
    assert_eq!(field("Name").numbered(7), "INV-0007");
    assert!(field("Net__c").calculated && !field("Net__c").is_writable());
    assert_eq!(schema.referenced(field("About__c")).count(), 2);
    let account = schema.named("Account").expect("an object");
    assert_eq!(
        account.field("Region__c").expect("a field").label,
        "Sales Region"
    );
    let children = schema.children(account, "Invoices__r").expect("children");
    assert_eq!(children.sobject.name, "Invoice__c");
    let line = schema.named("Line__c").expect("an object");
    assert!(line.field("OwnerId").is_none(), "its master has one");
    let parcel = schema.named("Parcel__x").expect("an object");
    assert!(parcel.is_external() && !parcel.createable);
    assert_eq!(parcel.key_prefix, "x01");
    assert_eq!(
        parcel.field("Weight__c").expect("a field").data_type,
        DataType::Double
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, one entry an error")]
fn what_people_get_wrong_is_told_with_its_place() {
    for (text, error) in [
        (
            "",
            "s.toml: it does not say its version: begin it with `version = 1`",
        ),
        (
            "version = 2\nnew = 3",
            "s.toml: its version is 2, and this emulator reads version 1",
        ),
        (
            "version = 1\n[objects.X__c]\nlabl = 3",
            "unknown field `labl`, expected one of `label`",
        ),
        ("version = 1\n[objects.X__c]\nlabl = 3", "line 3, column 1"),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = \"money\"",
            "unknown variant `money`",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = { type = \"string\", lenght = 3 }",
            "unknown field `lenght`",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = 3",
            "a type such as \"currency\", or a table with `type`",
        ),
        (
            "version = 1\n[objects.Invoice]",
            "s.toml: Invoice: this org has no such object, and a new one's name ends in __c or __x",
        ),
        (
            "version = 1\n[objects.\"a b__c\"]",
            "s.toml: a b__c: an API name begins with a letter and has at most 80 letters, digits and underscores",
        ),
        (
            "version = 1\n[objects.Account]\nlabel = \"x\"",
            "s.toml: Account: this org has the object already: only `fields` can be added",
        ),
        (
            "version = 1\n[objects.Account.fields]\nRegion = \"string\"",
            "s.toml: Account.Region: a custom field's name ends in __c",
        ),
        (
            "version = 1\n[objects.Account.fields]\nTIER__c = \"string\"",
            "s.toml: Account: it has the field TIER__c twice",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = \"reference\"",
            "s.toml: X__c.A__c: a reference needs `to`, the name of the object that it leads to",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = { type = \"reference\", to = \"Y__c\" }",
            "s.toml: X__c.A__c: it leads to Y__c, which is not an object of this org",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = { type = \"reference\", to = 3 }",
            "expected the name of an object, or a list of names",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = { type = \"reference\", to = \"Account\" }\nB__c = { type = \"reference\", to = \"Account\" }",
            "s.toml: X__c.B__c: Account has other children under the name Xs__r: name them by `children`",
        ),
        (
            "version = 1\n[objects.X__c]\nkeyPrefix = \"001\"",
            "s.toml: X__c: Account has the key prefix 001 too",
        ),
        (
            "version = 1\n[objects.X__c]\nkeyPrefix = \"0\"",
            "s.toml: X__c: a key prefix has three letters or digits, as in \"a05\"",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = { type = \"picklist\", values = [\"a\"], default = \"b\" }",
            "s.toml: X__c.A__c: its default is not one of its values",
        ),
        (
            "version = 1\n[objects.X__c.fields]\nA__c = { type = \"double\", precision = 3, scale = 4 }",
            "s.toml: X__c.A__c: its scale is larger than its precision",
        ),
        (
            "version = 1\n[objects",
            "s.toml: TOML parse error at line 2",
        ),
    ] {
        let told = toml(text).expect_err(text);
        assert!(told.contains(error), "{text}: {told}");
    }
}

#[test]
fn an_object_can_have_as_many_fields_as_the_limit_and_no_more() {
    let of = |fields: usize| {
        let fields: String = (0..fields)
            .map(|n| format!("F{n}__c = \"boolean\"\n"))
            .collect();
        toml(&format!("version = 1\n[objects.X__c.fields]\n{fields}"))
    };
    // Id, owner, name, deletion and five stamps are fields, too.
    assert!(of(1_000 - 9).is_ok());
    let error = of(1_000 - 8).expect_err("a limit");
    assert_eq!(
        error,
        "s.toml: X__c: an object can have at most 1000 fields"
    );
}

#[test]
fn a_described_object_replaces_that_of_its_name() {
    let text = r#"{"name": "Account", "label": "Company", "labelPlural": "Companies",
        "keyPrefix": "001", "createable": true, "deletable": true, "mergeable": true,
        "customNewMember": 3, "urls": {"sobject": "/services/data/v68.0/sobjects/Account"},
        "fields": [
            {"name": "Id", "type": "id", "label": "Company ID"},
            {"name": "Name", "type": "string", "length": 80, "nillable": false},
            {"name": "Region__c", "type": "picklist", "restrictedPicklist": true, "picklistValues": [
                {"value": "N", "label": "North", "active": true, "defaultValue": true}]},
            {"name": "Odd__c", "type": "hologram"},
            {"name": "Long__c", "type": "textarea", "length": 4000, "filterable": false},
            {"name": "Next__c", "type": "reference", "referenceTo": ["Account"],
             "relationshipName": "Next__r"}],
        "childRelationships": [
            {"childSObject": "Account", "field": "Next__c", "relationshipName": "Previous__r",
             "cascadeDelete": true},
            {"childSObject": "Contact", "field": "AccountId", "relationshipName": "People"},
            {"childSObject": "AccountHistory", "field": "AccountId",
             "relationshipName": "Histories"}],
        "recordTypeInfos": [
            {"master": true, "name": "Master", "recordTypeId": "012000000000000AAA"},
            {"master": false, "name": "Big", "developerName": "Big_One",
             "recordTypeId": "0120x0000001abcAAA", "active": true,
             "defaultRecordTypeMapping": true}]}"#;
    for text in [
        text.to_owned(),
        format!("[{text}]"),
        format!(r#"{{"sobjects": [{text}]}}"#),
        // What the command `sf sobject describe --json` writes.
        format!(r#"{{"status": 0, "result": {text}, "warnings": []}}"#),
    ] {
        let schema = json(&text).expect("a schema");
        let account = schema.named("Account").expect("an object");
        assert_eq!((&*account.label, account.fields.len()), ("Company", 6));
        assert!(account.field("Industry").is_none());
        let field = |name: &str| account.field(name).expect(name);
        assert!(field("Name").is_required());
        assert_eq!(field("Odd__c").data_type, DataType::AnyType);
        assert_eq!(field("Long__c").kind, Kind::LongText);
        assert_eq!(field("Region__c").picklist.values[0].label, "North");
        assert!(schema.children(account, "Previous__r").is_some());
        assert!(schema.children(account, "People").is_some());
        assert!(schema.children(account, "Contacts").is_none());
        assert_eq!(account.other_children.len(), 1);
        assert_eq!(account.record_types.len(), 1);
        assert_eq!(account.record_types[0].developer_name, "Big_One");
        let described = account.described.as_ref().expect("members");
        assert_eq!(described["customNewMember"], 3);
    }
}

#[test]
fn an_object_of_this_program_gives_its_prefix_up() {
    let text =
        r#"{"name": "Invoice__c", "keyPrefix": "a00", "fields": [{"name": "Id", "type": "id"}]}"#;
    let schema = json(text).expect("a schema");
    assert_eq!(
        schema.of_id("a00Sb0000000001").expect("an object").name,
        "Invoice__c"
    );
    let ours = schema.named("Subscription__c").expect("an object");
    assert_eq!(ours.key_prefix, "a02");
}

#[test]
fn what_is_derived_is_derived_further_on_if_it_can_be() {
    let of = |fields: &str| {
        let text = format!(
            r#"{{"name": "Case", "keyPrefix": "500", "fields": [{{"name": "Id", "type": "id"}},
                {{"name": "IsClosed", "type": "boolean"}} {fields}]}}"#
        );
        let schema = json(&text).expect("a schema");
        let case = schema.named("Case").expect("an object");
        case.field("IsClosed").expect("a field").sql.is_some()
    };
    assert!(of(r#", {"name": "Status", "type": "picklist"}"#));
    assert!(!of(""));
}

#[test]
fn what_describes_lack_is_told() {
    for (text, error) in [
        ("{", "s.json: this is not JSON: EOF"),
        ("[]", ""),
        ("3", "s.json: expected what describe answers"),
        ("{}", "s.json: expected what describe answers"),
        ("[3]", "s.json: expected what describe answers"),
        (r#"{"name": 3}"#, "s.json: an object: it has no `name`"),
        (
            r#"{"sobjects": [{"name": "X__c", "keyPrefix": "a05"}]}"#,
            "s.json: X__c: it has no `fields`: describe global lists objects without them, and \
             `sobjects/NAME/describe` answers them",
        ),
        (
            r#"{"name": "X__c", "fields": []}"#,
            "s.json: X__c: it has no field Id",
        ),
        (
            r#"{"name": "X__c", "fields": [{"name": "Id"}]}"#,
            "s.json: X__c.Id: it has no `type`",
        ),
        (
            r#"{"name": "X__c", "fields": [{"name": "a\" INTEGER); DROP", "type": "id"}]}"#,
            "an API name begins with a letter",
        ),
        (
            r#"{"name": "X__c", "fields": [], "urls": {"sobject": "/services/data/v69.0/sobjects/X__c"}}"#,
            "s.json: it was answered by version v69.0 of the API, and this emulator reads v31.0 to v68.0",
        ),
        (
            r#"{"name": "X__c", "fields": [], "urls": {"sobject": "/services/data/v30.0/sobjects/X__c"}}"#,
            "v30.0",
        ),
    ] {
        match json(text) {
            Err(told) => assert!(!error.is_empty() && told.contains(error), "{text}: {told}"),
            Ok(_) => assert_eq!(error, "", "{text}"),
        }
    }
}

#[test]
fn only_files_of_two_kinds_are_read() {
    for name in ["schema", "schema.yaml", "schema.csv"] {
        let error = SchemaFile::read(name).expect_err(name).to_string();
        assert!(
            error.starts_with(&format!("{name}: a schema is a .json file")),
            "{error}"
        );
    }
    let missing = SchemaFile::read("no-such-file.toml").expect_err("no file");
    assert_eq!(missing.to_string(), "no-such-file.toml cannot be read");
}
