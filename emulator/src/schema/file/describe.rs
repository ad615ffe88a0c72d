//! What Salesforce's describe answers, read.
//!
//! Members that are missing have the value that their type suggests, and unknown
//! ones are kept: the emulator's own describe answers them again.

use serde_json::{Map, Value};

use super::{SchemaError, SchemaFile};
use crate::id::RecordId;
use crate::schema::data_type::DataType;
use crate::schema::extension::{self, Described, Relationship, Wrong};
use crate::schema::field::{Field, Picklist, PicklistValue, Reference};
use crate::schema::sobject::{RecordType, SObject};
use crate::schema::{Name, Schema};
use crate::version::{ApiVersion, Known};

/// The members of an object that the schema computes anew.
const COMPUTED: [&str; 4] = ["fields", "childRelationships", "recordTypeInfos", "urls"];

/// The types that the emulator knows.
const TYPES: [DataType; 25] = [
    DataType::Id,
    DataType::Reference,
    DataType::String,
    DataType::Picklist,
    DataType::MultiPicklist,
    DataType::ComboBox,
    DataType::TextArea,
    DataType::Email,
    DataType::Phone,
    DataType::Url,
    DataType::EncryptedString,
    DataType::Boolean,
    DataType::Int,
    DataType::Long,
    DataType::Double,
    DataType::Currency,
    DataType::Percent,
    DataType::Date,
    DataType::DateTime,
    DataType::Time,
    DataType::Base64,
    DataType::Address,
    DataType::Location,
    DataType::AnyType,
    DataType::ComplexValue,
];

pub(super) fn add(file: &SchemaFile, schema: &Schema) -> Result<Schema, SchemaError> {
    let json: Value = serde_json::from_str(&file.text)
        .map_err(|error| file.syntax(format!("this is not JSON: {error}")))?;
    let mut described = Vec::new();
    for object in objects(&json).ok_or_else(|| file.syntax(FORM))? {
        check_version(file, object)?;
        described.push(sobject(object).map_err(|wrong| file.wrong(wrong))?);
    }
    extension::replaced(schema, described).map_err(|wrong| file.wrong(wrong))
}

/// What is expected.
const FORM: &str = "expected what describe answers: an object with `name` and `fields`, a list of \
                    them, or {\"sobjects\": [...]}";

/// The objects of a file, with what the `sf` command puts around an answer.
fn objects(json: &Value) -> Option<Vec<&Map<String, Value>>> {
    match json {
        Value::Array(list) => list.iter().map(Value::as_object).collect(),
        Value::Object(object) => match (object.get("sobjects"), object.get("result")) {
            (Some(list), _) | (None, Some(list)) => objects(list),
            (None, None) if object.contains_key("name") => Some(vec![object]),
            (None, None) => None,
        },
        _ => None,
    }
}

/// An answer of a version that this emulator does not know may say what it
/// would misunderstand.
fn check_version(file: &SchemaFile, object: &Map<String, Value>) -> Result<(), SchemaError> {
    let url = object.get("urls").and_then(|urls| urls.get("sobject"));
    let segment = url.and_then(Value::as_str).and_then(|url| {
        let below = url.strip_prefix("/services/data/")?;
        below.split('/').next()
    });
    match segment.map(|segment| (segment, ApiVersion::parse(segment))) {
        None | Some((_, Known::Served(_))) => Ok(()),
        Some((version, Known::Retired | Known::Never)) => {
            let newest = ApiVersion::LATEST;
            Err(file.version(format!(
                "it was answered by version {version} of the API, and this emulator reads v31.0 to {newest}"
            )))
        }
    }
}

fn sobject(json: &Map<String, Value>) -> Result<Described, Wrong> {
    let name = text(json, "name").ok_or_else(|| Wrong::new("an object", "it has no `name`"))?;
    extension::check_name(name).map_err(|why| Wrong::new(name, why))?;
    let Some(fields) = json.get("fields").and_then(Value::as_array) else {
        let why = "it has no `fields`: describe global lists objects without them, and \
                   `sobjects/NAME/describe` answers them";
        return Err(Wrong::new(name, why));
    };
    let fields = fields.iter().map(|json| {
        let json = json.as_object();
        let json = json.ok_or_else(|| Wrong::new(name, "a field is not an object"))?;
        field(json).map_err(|wrong| Wrong::new(format!("{name}.{}", wrong.place), wrong.why))
    });
    let fields = fields.collect::<Result<Vec<_>, Wrong>>()?;
    let key_prefix = text(json, "keyPrefix").unwrap_or_default();
    let mut sobject = SObject::described(name, key_prefix, fields);
    let label = text(json, "label").unwrap_or(name);
    sobject.label = label.into();
    sobject.label_plural = text(json, "labelPlural").unwrap_or(label).into();
    sobject.record_types = record_types(json);
    for (flag, member) in [
        (&mut sobject.createable, "createable"),
        (&mut sobject.updateable, "updateable"),
        (&mut sobject.deletable, "deletable"),
        (&mut sobject.undeletable, "undeletable"),
        (&mut sobject.queryable, "queryable"),
        (&mut sobject.retrieveable, "retrieveable"),
        (&mut sobject.searchable, "searchable"),
        (&mut sobject.replicateable, "replicateable"),
        (&mut sobject.mergeable, "mergeable"),
        (&mut sobject.triggerable, "triggerable"),
        (&mut sobject.layoutable, "layoutable"),
        (&mut sobject.feed_enabled, "feedEnabled"),
        (&mut sobject.mru_enabled, "mruEnabled"),
    ] {
        *flag = self::flag(json, member).unwrap_or(*flag);
    }
    let mut kept = json.clone();
    kept.retain(|member, _| !COMPUTED.contains(&member.as_str()));
    sobject.described = Some(kept);
    Ok(Described {
        sobject,
        relationships: relationships(json),
    })
}

fn relationships(json: &Map<String, Value>) -> Vec<Relationship> {
    let list = json.get("childRelationships").and_then(Value::as_array);
    let list = list.into_iter().flatten();
    let relationship = |json: &Value| {
        let members = json.as_object()?;
        Some(Relationship {
            child: text(members, "childSObject")?.into(),
            field: text(members, "field")?.into(),
            name: text(members, "relationshipName").map(Name::from),
            cascade_delete: flag(members, "cascadeDelete").unwrap_or_default(),
            restricted_delete: flag(members, "restrictedDelete").unwrap_or_default(),
            json: json.clone(),
        })
    };
    list.filter_map(relationship).collect()
}

fn record_types(json: &Map<String, Value>) -> Vec<RecordType> {
    let list = json.get("recordTypeInfos").and_then(Value::as_array);
    let own = list.into_iter().flatten().filter_map(Value::as_object);
    let own = own.filter(|info| flag(info, "master") != Some(true));
    let record_type = |info: &Map<String, Value>| {
        let name = text(info, "name")?;
        Some(RecordType {
            id: RecordId::parse(text(info, "recordTypeId")?)?,
            developer_name: text(info, "developerName").unwrap_or(name).into(),
            name: name.into(),
            active: flag(info, "active").unwrap_or(true),
            default: flag(info, "defaultRecordTypeMapping").unwrap_or_default(),
        })
    };
    own.filter_map(record_type).collect()
}

/// What is read of a field. Its place in an error is its name.
fn field(json: &Map<String, Value>) -> Result<Field, Wrong> {
    let name = text(json, "name").ok_or_else(|| Wrong::new("a field", "it has no `name`"))?;
    extension::check_name(name).map_err(|why| Wrong::new(name, why))?;
    let kind = text(json, "type").ok_or_else(|| Wrong::new(name, "it has no `type`"))?;
    // What is unknown passes through as text.
    let known = TYPES.into_iter().find(|known| known.name() == kind);
    let data_type = known.unwrap_or(DataType::AnyType);
    let mut field = Field::new(name, data_type);
    field.label = text(json, "label").unwrap_or(name).into();
    for (number, member) in [
        (&mut field.length, "length"),
        (&mut field.digits, "digits"),
        (&mut field.precision, "precision"),
        (&mut field.scale, "scale"),
    ] {
        let told = json.get(member).and_then(Value::as_u64);
        *number = told
            .and_then(|told| u32::try_from(told).ok())
            .unwrap_or(*number);
    }
    field.set_uses();
    for (flag, member) in [
        (&mut field.nillable, "nillable"),
        (&mut field.createable, "createable"),
        (&mut field.updateable, "updateable"),
        (&mut field.defaulted_on_create, "defaultedOnCreate"),
        (&mut field.filterable, "filterable"),
        (&mut field.sortable, "sortable"),
        (&mut field.groupable, "groupable"),
        (&mut field.aggregatable, "aggregatable"),
        (&mut field.calculated, "calculated"),
        (&mut field.auto_number, "autoNumber"),
        (&mut field.unique, "unique"),
        (&mut field.case_sensitive, "caseSensitive"),
        (&mut field.external_id, "externalId"),
        (&mut field.id_lookup, "idLookup"),
        (&mut field.name_field, "nameField"),
        (&mut field.html, "htmlFormatted"),
    ] {
        *flag = self::flag(json, member).unwrap_or(*flag);
    }
    field.kind = data_type.kind(field.filterable);
    field.compound = text(json, "compoundFieldName").map(Name::from);
    field.formula = text(json, "calculatedFormula").map(Name::from);
    field.extra_type = text(json, "extraTypeInfo").map(Name::from);
    field.default = json
        .get("defaultValue")
        .filter(|value| !value.is_null())
        .cloned();
    field.picklist = picklist(json);
    field.reference = reference(json, data_type);
    field.described = Some(json.clone());
    Ok(field)
}

fn reference(json: &Map<String, Value>, data_type: DataType) -> Option<Reference> {
    let to = json.get("referenceTo").and_then(Value::as_array);
    let to = to.into_iter().flatten().filter_map(Value::as_str);
    let order = json.get("relationshipOrder").and_then(Value::as_u64);
    (data_type == DataType::Reference).then(|| Reference {
        to: to.map(Name::from).collect(),
        relationship: text(json, "relationshipName").map(Name::from),
        children: None,
        cascade_delete: flag(json, "cascadeDelete").unwrap_or_default(),
        restricted_delete: flag(json, "restrictedDelete").unwrap_or_default(),
        order: order.and_then(|order| u8::try_from(order).ok()),
    })
}

fn picklist(json: &Map<String, Value>) -> Picklist {
    let values = json.get("picklistValues").and_then(Value::as_array);
    let values = values.into_iter().flatten().filter_map(Value::as_object);
    let value = |json: &Map<String, Value>| {
        let value = text(json, "value")?;
        Some(PicklistValue {
            value: value.into(),
            label: text(json, "label").unwrap_or(value).into(),
            active: flag(json, "active").unwrap_or(true),
            default: flag(json, "defaultValue").unwrap_or_default(),
            valid_for: text(json, "validFor").map(Name::from),
        })
    };
    Picklist {
        values: values.filter_map(value).collect(),
        restricted: flag(json, "restrictedPicklist").unwrap_or_default(),
        controller: text(json, "controllerName").map(Name::from),
    }
}

fn text<'j>(json: &'j Map<String, Value>, member: &str) -> Option<&'j str> {
    json.get(member)?.as_str()
}

fn flag(json: &Map<String, Value>, member: &str) -> Option<bool> {
    json.get(member)?.as_bool()
}
