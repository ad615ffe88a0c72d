//! What an object is.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::describe;
use crate::icons;
use crate::objects;
use crate::schema::SObject;

/// The record type of an object without any.
const MASTER: &str = describe::MASTER;

/// The versions from which on some members are there.
const ASSOCIATED_SINCE: u16 = 50;
const LAYOUTABLE_SINCE: u16 = 60;
const DIGITS_SINCE: u16 = 65;
const DEFAULTS_SINCE: u16 = 66;

/// The version that alone spells `deletable` in another way.
const DELETEABLE_IN: u16 = 41;

/// An object, made of what describe tells of it.
pub(super) fn info(call: &Call<'_>, sobject: &SObject) -> Value {
    let described = describe::whole(call, sobject);
    let version = call.version.number();
    let mut info = Map::new();
    info.insert("apiName".to_owned(), described["name"].clone());
    copy(
        &described,
        &mut info,
        &[
            "createable",
            "custom",
            "feedEnabled",
            "keyPrefix",
            "label",
            "labelPlural",
            "layoutable",
            "mruEnabled",
            "queryable",
            "searchable",
            "updateable",
        ],
    );
    let deletable = if version == DELETEABLE_IN {
        "deleteable"
    } else {
        "deletable"
    };
    info.insert(deletable.to_owned(), described["deletable"].clone());
    if version >= ASSOCIATED_SINCE {
        copy(
            &described,
            &mut info,
            &["associateEntityType", "associateParentEntity"],
        );
    }
    if version >= LAYOUTABLE_SINCE {
        copy(
            &described,
            &mut info,
            &["compactLayoutable", "searchLayoutable"],
        );
    }
    let fields = described["fields"].as_array();
    let fields = fields.into_iter().flatten().filter_map(Value::as_object);
    let fields: Map<String, Value> = fields
        .map(|of| (text(of, "name"), field(call, of)))
        .collect();
    let types = described["recordTypeInfos"].as_array();
    let types = types.into_iter().flatten().filter_map(Value::as_object);
    let types: Map<String, Value> = types
        .map(|of| (text(of, "recordTypeId"), record_type(of)))
        .collect();
    let default = types
        .iter()
        .find(|(_, of)| of["defaultRecordTypeMapping"] == true);
    let default = default.map_or_else(|| MASTER.to_owned(), |(id, _)| id.clone());
    let children = described["childRelationships"].as_array();
    let children: Vec<Value> = children.into_iter().flatten().map(child).collect();
    let own = json!({
        "childRelationships": children,
        "defaultRecordTypeId": default,
        "dependentFields": {},
        "fields": fields,
        "nameFields": name_fields(sobject),
        "recordTypeInfos": types,
        "themeInfo": theme(call, sobject),
    });
    info.extend(own.as_object().cloned().unwrap_or_default());
    info.into()
}

fn copy(from: &Map<String, Value>, to: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        let value = from.get(*name).cloned().unwrap_or_default();
        to.insert((*name).to_owned(), value);
    }
}

fn text(of: &Map<String, Value>, name: &str) -> String {
    of.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The fields that name a record: of people their parts, too.
pub(super) fn name_fields(sobject: &SObject) -> Vec<String> {
    let own = sobject.fields.iter().filter(|field| field.name_field);
    let own = own.map(|field| field.name.to_string());
    if sobject.has_person() {
        let parts = ["FirstName", "LastName"].map(str::to_owned);
        return parts.into_iter().chain(own).collect();
    }
    own.collect()
}

pub(super) fn theme(call: &Call<'_>, sobject: &SObject) -> Value {
    let Ok(object) = objects::named(call, &sobject.name) else {
        return Value::Null;
    };
    let url = call.org.names.url(call.request.asked());
    json!({
        "color": icons::colors(&object)[0]["color"],
        "iconUrl": icons::icon_url(&object, &url, 120),
    })
}

fn record_type(of: &Map<String, Value>) -> Value {
    let mut info = Map::new();
    copy(
        of,
        &mut info,
        &[
            "available",
            "defaultRecordTypeMapping",
            "master",
            "name",
            "recordTypeId",
        ],
    );
    info.into()
}

fn child(of: &Value) -> Value {
    json!({
        "childObjectApiName": of["childSObject"],
        "fieldName": of["field"],
        "junctionIdListNames": of["junctionIdListNames"],
        "junctionReferenceTo": of["junctionReferenceTo"],
        "relationshipName": of["relationshipName"],
    })
}

fn field(call: &Call<'_>, of: &Map<String, Value>) -> Value {
    let version = call.version.number();
    let mut field = Map::new();
    copy(
        of,
        &mut field,
        &[
            "calculated",
            "compoundFieldName",
            "controllerName",
            "createable",
            "custom",
            "filterable",
            "filteredLookupInfo",
            "highScaleNumber",
            "htmlFormatted",
            "inlineHelpText",
            "label",
            "length",
            "nameField",
            "polymorphicForeignKey",
            "precision",
            "referenceTargetField",
            "relationshipName",
            "scale",
            "searchPrefilterable",
            "sortable",
            "unique",
            "updateable",
        ],
    );
    if version >= LAYOUTABLE_SINCE {
        copy(of, &mut field, &["externalId", "maskType"]);
    }
    if version >= DIGITS_SINCE {
        copy(of, &mut field, &["digits"]);
    }
    if version >= DEFAULTS_SINCE {
        copy(of, &mut field, &["defaultValue", "defaultedOnCreate"]);
    }
    let name = text(of, "name");
    let data_type = text(of, "type");
    let controlling: Vec<&Value> = of
        .get("controllerName")
        .into_iter()
        .filter(|name| !name.is_null())
        .collect();
    let own = json!({
        "apiName": name,
        "compound": matches!(data_type.as_str(), "address" | "location"),
        "compoundComponentName": component(&name, of.get("compoundFieldName")),
        "controllingFields": controlling,
        "dataType": type_name(&data_type),
        "extraTypeInfo": extra_type(&text(of, "extraTypeInfo")),
        "reference": data_type == "reference",
        "referenceToInfos": references(call, of.get("referenceTo")),
        "required": of.get("nillable") == Some(&Value::Bool(false)),
    });
    field.extend(own.as_object().cloned().unwrap_or_default());
    field.into()
}

/// `Street` of `BillingStreet` in `BillingAddress`; parts of names keep theirs.
fn component(name: &str, compound: Option<&Value>) -> Option<String> {
    let compound = compound
        .and_then(Value::as_str)
        .filter(|compound| *compound != name)?;
    let begin = compound.strip_suffix("Address").unwrap_or_default();
    Some(name.strip_prefix(begin).unwrap_or(name).to_owned())
}

/// The name of a type; ids are texts.
fn type_name(data_type: &str) -> String {
    let name = match data_type {
        "id" => "String",
        "textarea" => "TextArea",
        "datetime" => "DateTime",
        "multipicklist" => "MultiPicklist",
        "combobox" => "ComboBox",
        "encryptedstring" => "EncryptedString",
        "complexvalue" => "ComplexValue",
        "anyType" => "Anytype",
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            return first.into_iter().chain(letters).collect();
        }
    };
    name.to_owned()
}

fn extra_type(name: &str) -> Option<String> {
    let name = match name {
        "" => return None,
        "plaintextarea" => "PlainTextArea",
        "richtextarea" => "RichTextArea",
        "imageurl" => "ImageUrl",
        "personname" => "PersonName",
        "switchablepersonname" => "SwitchablePersonName",
        "externallookup" => "ExternalLookup",
        "indirectlookup" => "IndirectLookup",
        other => other,
    };
    Some(name.to_owned())
}

fn references(call: &Call<'_>, to: Option<&Value>) -> Vec<Value> {
    let names = to.and_then(Value::as_array).into_iter().flatten();
    let names = names.filter_map(Value::as_str);
    let info = |name: &str| {
        let fields = call.org.schema.named(name).map(|to| name_fields(to));
        json!({"apiName": name, "nameFields": fields.unwrap_or_default()})
    };
    names.map(info).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_parts_are_named_as_in_captured_answers() {
        for (data_type, name) in [
            ("id", "String"),
            ("string", "String"),
            ("reference", "Reference"),
            ("datetime", "DateTime"),
            ("int", "Int"),
            ("textarea", "TextArea"),
            ("url", "Url"),
        ] {
            assert_eq!(type_name(data_type), name);
        }
        let of = |name, compound: &str| component(name, Some(&compound.into()));
        assert_eq!(
            of("BillingStreet", "BillingAddress").as_deref(),
            Some("Street")
        );
        assert_eq!(of("FirstName", "Name").as_deref(), Some("FirstName"));
        assert_eq!(of("Name", "Name"), None);
        assert_eq!(component("Name", None), None);
    }
}
