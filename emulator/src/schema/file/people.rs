//! The small TOML for people: custom objects, and custom fields of any object.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{SchemaError, SchemaFile, TOML_VERSION};
use crate::schema::Schema;
use crate::schema::data_type::DataType;
use crate::schema::definition as words;
use crate::schema::extension::{self, Wrong};
use crate::schema::field::Field;
use crate::schema::sobject::SObject;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: i64,
    #[serde(default)]
    objects: BTreeMap<String, Object>,
}

/// Only the version, for a file of which the rest may be unknown.
#[derive(Deserialize)]
struct Version {
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Object {
    label: Option<String>,
    label_plural: Option<String>,
    key_prefix: Option<String>,
    /// How the names of records are numbered, as in `INV-{0000}`; text without.
    name_format: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Entry>,
}

/// A field: its type alone, or a table.
enum Entry {
    Type(Type),
    Table(Box<Table>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Table {
    #[serde(rename = "type")]
    data_type: Type,
    label: Option<String>,
    length: Option<u32>,
    precision: Option<u32>,
    scale: Option<u32>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    external_id: bool,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    restricted: bool,
    default: Option<String>,
    to: Option<OneOrMore>,
    relationship: Option<String>,
    children: Option<String>,
    #[serde(default)]
    master_detail: bool,
    /// Describe answers it; the field's values have to be loaded.
    formula: Option<String>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected the name of an object, or a list of names"
)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// The types that custom fields can have, as describe names them.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Reference,
    String,
    Picklist,
    Multipicklist,
    Textarea,
    Email,
    Phone,
    Url,
    Encryptedstring,
    Boolean,
    Int,
    Long,
    Double,
    Currency,
    Percent,
    Date,
    Datetime,
    Time,
    Address,
    Location,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type such as \"currency\", or a table with `type`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Entry, E> {
                let text = serde::de::value::StrDeserializer::new(text);
                Type::deserialize(text).map(Entry::Type)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Entry::Table(Box::new(table)))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

pub(super) fn add(file: &SchemaFile, schema: &Schema) -> Result<Schema, SchemaError> {
    let syntax = |error: toml::de::Error| file.syntax(error.to_string());
    // Before anything else: another version may have other keys.
    let Version { version } = toml::from_str(&file.text).map_err(syntax)?;
    match version {
        Some(version) if version == i64::from(TOML_VERSION) => {}
        Some(version) => {
            return Err(file.version(format!(
                "its version is {version}, and this emulator reads version {TOML_VERSION}"
            )));
        }
        None => {
            return Err(file.version(format!(
                "it does not say its version: begin it with `version = {TOML_VERSION}`"
            )));
        }
    }
    let read: File = toml::from_str(&file.text).map_err(syntax)?;
    let (mut new, mut fields) = (Vec::new(), Vec::new());
    for (name, object) in &read.objects {
        let of_object = |wrong: Wrong| {
            let place = match wrong.place.as_str() {
                "" => name.clone(),
                field => format!("{name}.{field}"),
            };
            file.wrong(Wrong::new(place, wrong.why))
        };
        let mut own = Vec::new();
        for (field, entry) in &object.fields {
            own.extend(made(name, field, entry).map_err(of_object)?);
        }
        match schema.named(name) {
            Some(known) => {
                check_known(object).map_err(of_object)?;
                fields.extend(own.into_iter().map(|field| (known.name.clone(), field)));
            }
            None => new.push(sobject(name, object, own).map_err(of_object)?),
        }
    }
    extension::extended(schema, new, fields).map_err(|wrong| file.wrong(wrong))
}

/// An object that every org has keeps its names.
fn check_known(object: &Object) -> Result<(), Wrong> {
    let is_renamed = object.label.is_some()
        || object.label_plural.is_some()
        || object.key_prefix.is_some()
        || object.name_format.is_some();
    if is_renamed {
        let why = "this org has the object already: only `fields` can be added";
        return Err(Wrong::new("", why));
    }
    Ok(())
}

/// A new object, with what Salesforce gives each.
fn sobject(name: &str, object: &Object, own: Vec<Field>) -> Result<SObject, Wrong> {
    extension::check_name(name).map_err(|why| Wrong::new("", why))?;
    let is_external = name.ends_with("__x");
    if !is_external && !name.ends_with("__c") {
        let why = "this org has no such object, and a new one's name ends in __c or __x";
        return Err(Wrong::new("", why));
    }
    let prefix = object.key_prefix.as_deref().unwrap_or_default();
    let is_prefix = prefix.len() == 3 && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !prefix.is_empty() && !is_prefix {
        let why = "a key prefix has three letters or digits, as in \"a05\"";
        return Err(Wrong::new("", why));
    }
    let mut fields = if is_external {
        vec![
            words::string("ExternalId", 255)
                .required()
                .id_lookup()
                .name_field(),
            words::url("DisplayUrl").length(1_000),
        ]
    } else {
        let mut named = words::string("Name", 80).id_lookup().name_field();
        if let Some(format) = &object.name_format {
            named = named.auto_number(format);
        }
        vec![words::is_deleted(), named]
    };
    // Records that have a master have its owner.
    let is_detail = |field: &Field| {
        let reference = field.reference.as_ref();
        reference.is_some_and(|reference| reference.order.is_some())
    };
    if !is_external && !own.iter().any(is_detail) {
        fields.insert(0, words::owner(&["Group", "User"]));
    }
    if !is_external {
        fields.extend(words::stamps());
    }
    fields.extend(own);
    let mut sobject = SObject::new(name, prefix, fields);
    let label = object
        .label
        .clone()
        .unwrap_or_else(|| sobject.label.to_string());
    let plural = object
        .label_plural
        .clone()
        .unwrap_or_else(|| format!("{label}s"));
    sobject = sobject.labels(&label, &plural);
    sobject.searchable = true;
    sobject.layoutable = true;
    Ok(if is_external {
        sobject.read_only()
    } else {
        sobject
    })
}

/// A field with its parts, if it is a compound one.
fn made(object: &str, name: &str, entry: &Entry) -> Result<Vec<Field>, Wrong> {
    let wrong = |why: &str| Err(Wrong::new(name, why));
    extension::check_name(name).map_err(|why| Wrong::new(name, why))?;
    let Some(stem) = name.strip_suffix("__c") else {
        return wrong("a custom field's name ends in __c");
    };
    let empty = Table::of(Type::String);
    let (data_type, table) = match entry {
        Entry::Type(data_type) => (*data_type, &empty),
        Entry::Table(table) => (table.data_type, &**table),
    };
    let label = table.label.clone();
    let label = label.unwrap_or_else(|| stem.replace('_', " "));
    match data_type {
        Type::Address => return Ok(words::custom_address(stem)),
        Type::Location => return Ok(words::location(stem, &label)),
        _ => {}
    }
    let mut field = match data_type {
        Type::Reference => lookup(object, name, stem, table)?,
        _ => Field::new(name, data_type.described()),
    };
    field.label = label.into();
    if let Some(length) = table.length {
        field = field.length(length);
    } else if data_type == Type::Textarea {
        field = field.length(255);
    }
    let (precision, scale) = (field.precision, field.scale);
    field = field.number(
        table.precision.unwrap_or(precision),
        table.scale.unwrap_or(scale),
    );
    if field.scale > field.precision {
        return wrong("its scale is larger than its precision");
    }
    if !table.values.is_empty() {
        let values: Vec<&str> = table.values.iter().map(String::as_str).collect();
        field = field.values(&values);
        field.picklist.restricted = table.restricted;
    }
    if let Some(default) = &table.default {
        if !table.values.contains(default) {
            return wrong("its default is not one of its values");
        }
        field = field.default(default);
    }
    if table.required {
        field = field.required();
    }
    if table.external_id {
        field = field.external_id();
    }
    field.unique = table.unique;
    field.case_sensitive = table.case_sensitive;
    if let Some(formula) = &table.formula {
        field = field.read_only();
        field.calculated = true;
        field.formula = Some(formula.as_str().into());
    }
    Ok(vec![field])
}

fn lookup(object: &str, name: &str, stem: &str, table: &Table) -> Result<Field, Wrong> {
    let to: Vec<&str> = match &table.to {
        None => Vec::new(),
        Some(OneOrMore::One(to)) => vec![to],
        Some(OneOrMore::More(to)) => to.iter().map(String::as_str).collect(),
    };
    if to.is_empty() {
        let why = "a reference needs `to`, the name of the object that it leads to";
        return Err(Wrong::new(name, why));
    }
    let relationship = table.relationship.clone();
    let relationship = relationship.unwrap_or_else(|| format!("{stem}__r"));
    let (own, _) = object.split_once("__").unwrap_or((object, ""));
    let children = table.children.clone();
    let children = children.unwrap_or_else(|| format!("{own}s__r"));
    for (what, name_of) in [("relationship", &relationship), ("children", &children)] {
        extension::check_name(name_of).map_err(|why| Wrong::new(name, format!("{what}: {why}")))?;
    }
    let mut field = words::reference(name, &relationship, &to).children(&children);
    if table.master_detail {
        field = field.required().cascade();
        if let Some(reference) = &mut field.reference {
            reference.order = Some(0);
        }
    }
    Ok(field)
}

impl Table {
    fn of(data_type: Type) -> Self {
        Self {
            data_type,
            label: None,
            length: None,
            precision: None,
            scale: None,
            required: false,
            unique: false,
            case_sensitive: false,
            external_id: false,
            values: Vec::new(),
            restricted: false,
            default: None,
            to: None,
            relationship: None,
            children: None,
            master_detail: false,
            formula: None,
        }
    }
}

impl Type {
    fn described(self) -> DataType {
        match self {
            Self::Reference => DataType::Reference,
            Self::String => DataType::String,
            Self::Picklist => DataType::Picklist,
            Self::Multipicklist => DataType::MultiPicklist,
            Self::Textarea => DataType::TextArea,
            Self::Email => DataType::Email,
            Self::Phone => DataType::Phone,
            Self::Url => DataType::Url,
            Self::Encryptedstring => DataType::EncryptedString,
            Self::Boolean => DataType::Boolean,
            Self::Int => DataType::Int,
            Self::Long => DataType::Long,
            Self::Double => DataType::Double,
            Self::Currency => DataType::Currency,
            Self::Percent => DataType::Percent,
            Self::Date => DataType::Date,
            Self::Datetime => DataType::DateTime,
            Self::Time => DataType::Time,
            Self::Address => DataType::Address,
            Self::Location => DataType::Location,
        }
    }
}
