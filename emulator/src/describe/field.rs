//! One field, as describe tells it.
//!
//! Source: SOAP API Developer Guide, `DescribeSObjectResult`, "Field"; the names
//! of members are those of answers that clients captured at version 61.0.

use serde_json::{Map, Value, json};

use crate::schema::{DataType, Field, Kind, PicklistValue, is_custom};

/// Bytes of a character at most. Source: captured answers, whose `byteLength` is
/// three times `length`.
const BYTES_OF_CHARACTER: u32 = 3;

/// All of a field.
pub(super) fn field(field: &Field) -> Map<String, Value> {
    if let Some(described) = &field.described {
        return described.clone();
    }
    let mut members = Map::new();
    members.extend(object(type_of(field)));
    members.extend(object(uses(field)));
    members.extend(object(relation(field)));
    members.extend(object(choices(field)));
    members
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// What a field holds.
fn type_of(field: &Field) -> Value {
    json!({
        "name": field.name,
        "label": field.label,
        "type": field.data_type.name(),
        "soapType": soap_type(field.data_type),
        "length": field.length,
        "byteLength": byte_length(field),
        "digits": field.digits,
        "precision": field.precision,
        "scale": field.scale,
        "custom": is_custom(&field.name),
        "calculated": field.calculated,
        "calculatedFormula": field.formula,
        "formulaTreatNullNumberAsZero": false,
        "autoNumber": field.auto_number,
        "defaultValue": field.default,
        "defaultValueFormula": null,
        "compoundFieldName": field.compound,
        "extraTypeInfo": field.extra_type,
        "encrypted": field.data_type == DataType::EncryptedString,
        "mask": mask(field).map(|(mask, _)| mask),
        "maskType": mask(field).map(|(_, kind)| kind),
        "htmlFormatted": field.html,
        "nameField": field.name_field,
        "highScaleNumber": false,
        "displayLocationInDecimal": field.kind == Kind::Location,
        "aiPredictionField": false,
        "deprecatedAndHidden": false,
        "inlineHelpText": null,
    })
}

/// What callers can do with a field.
fn uses(field: &Field) -> Value {
    let is_hideable = field.nillable || field.kind == Kind::Boolean;
    let is_open = field.createable || field.updateable || field.calculated;
    json!({
        "nillable": field.nillable,
        "createable": field.createable,
        "updateable": field.updateable,
        "defaultedOnCreate": field.defaulted_on_create,
        "permissionable": is_hideable && is_open,
        "filterable": field.filterable,
        "sortable": field.sortable,
        "groupable": field.groupable,
        "aggregatable": field.aggregatable,
        "queryByDistance": matches!(field.kind, Kind::Address | Kind::Location),
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "externalId": field.external_id,
        "idLookup": field.id_lookup,
    })
}

/// Where a field leads.
fn relation(field: &Field) -> Value {
    let reference = field.reference.as_ref();
    let is_polymorphic = reference.is_some_and(|reference| reference.to.len() > 1);
    let order = reference.and_then(|reference| reference.order);
    json!({
        "referenceTo": reference.map(|reference| &reference.to[..]).unwrap_or_default(),
        "relationshipName": reference.and_then(|reference| reference.relationship.as_ref()),
        "relationshipOrder": order,
        "referenceTargetField": null,
        "polymorphicForeignKey": is_polymorphic,
        "namePointing": is_polymorphic,
        "cascadeDelete": reference.is_some_and(|reference| reference.cascade_delete),
        "restrictedDelete": reference.is_some_and(|reference| reference.restricted_delete),
        "writeRequiresMasterRead": false,
        "filteredLookupInfo": null,
        "searchPrefilterable": reference.is_some() && !is_polymorphic,
    })
}

/// What a field can be chosen from.
fn choices(field: &Field) -> Value {
    let picklist = &field.picklist;
    let value = |value: &PicklistValue| {
        json!({
            "value": value.value,
            "label": value.label,
            "active": value.active,
            "defaultValue": value.default,
            "validFor": value.valid_for,
        })
    };
    json!({
        "picklistValues": picklist.values.iter().map(value).collect::<Vec<_>>(),
        "restrictedPicklist": picklist.restricted,
        "dependentPicklist": picklist.controller.is_some(),
        "controllerName": picklist.controller,
    })
}

/// How an encrypted text is masked, and which characters are.
fn mask(field: &Field) -> Option<(&'static str, &'static str)> {
    (field.data_type == DataType::EncryptedString).then_some(("asterisk", "all"))
}

fn byte_length(field: &Field) -> u32 {
    match field.kind {
        // Ids are ASCII.
        Kind::Id | Kind::Reference => field.length,
        _ => field.length * BYTES_OF_CHARACTER,
    }
}

/// Source: SOAP API Developer Guide, "SOAPType"; `urn:` types are in captured
/// answers.
fn soap_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Id | DataType::Reference => "tns:ID",
        DataType::Boolean => "xsd:boolean",
        DataType::Int => "xsd:int",
        DataType::Long => "xsd:long",
        DataType::Double | DataType::Currency | DataType::Percent => "xsd:double",
        DataType::Date => "xsd:date",
        DataType::DateTime => "xsd:dateTime",
        DataType::Time => "xsd:time",
        DataType::Base64 => "xsd:base64Binary",
        DataType::Address => "urn:address",
        DataType::Location => "urn:location",
        DataType::AnyType => "xsd:anyType",
        DataType::ComplexValue => "tns:ComplexValue",
        DataType::String
        | DataType::Picklist
        | DataType::MultiPicklist
        | DataType::ComboBox
        | DataType::TextArea
        | DataType::Email
        | DataType::Phone
        | DataType::Url
        | DataType::EncryptedString => "xsd:string",
    }
}
