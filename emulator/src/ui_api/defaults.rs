//! What a new record begins as.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::info;
use crate::call::Call;
use crate::describe;
use crate::error::ApiError;
use crate::inner_query::{Found, rows};
use crate::schema::{Field, Kind, SObject};

/// The version that alone tells of one object.
const ONE_OBJECT_IN: u16 = 41;

/// The layout, the objects and the record.
pub(super) fn defaults(call: &Call<'_>, sobject: &SObject) -> Result<Value, ApiError> {
    let own = info::info(call, sobject);
    let sections = sections(&describe::layout_of(call, sobject));
    let record_type = own["defaultRecordTypeId"].clone();
    let mut defaults = json!({
        "layout": {
            "id": describe::layout_of(call, sobject)["id"],
            "layoutType": "Full",
            "mode": "Create",
            "sections": sections,
        },
        "record": {
            "apiName": sobject.name,
            "childRelationships": {},
            "fields": fields(call, sobject, &sections)?,
            "id": null,
            "lastModifiedById": null,
            "lastModifiedDate": null,
            "recordTypeId": record_type,
            "recordTypeInfo": null,
            "systemModstamp": null,
        },
    });
    if call.version.number() == ONE_OBJECT_IN {
        defaults["objectInfo"] = own;
        return Ok(defaults);
    }
    let mut infos = Map::from_iter([(sobject.name.to_string(), own)]);
    let user = call.org.schema.named("User");
    if let Some(user) = user.filter(|_| sobject.field("OwnerId").is_some()) {
        infos.insert(user.name.to_string(), info::info(call, user));
    }
    defaults["objectInfos"] = infos.into();
    Ok(defaults)
}

/// The sections of a layout in which a record is written.
fn sections(layout: &Value) -> Vec<Value> {
    let sections = layout["editLayoutSections"].as_array();
    let section = |of: &Value| {
        let rows = of["layoutRows"].as_array().into_iter().flatten();
        let rows = rows.map(|row| {
            let items = row["layoutItems"].as_array().into_iter().flatten();
            json!({"layoutItems": items.map(item).collect::<Vec<_>>()})
        });
        json!({
            "collapsible": of["useCollapsibleSection"],
            "columns": of["columns"],
            "heading": of["heading"],
            "id": of["layoutSectionId"],
            "layoutRows": rows.collect::<Vec<_>>(),
            "rows": of["rows"],
            "useHeading": of["useHeading"],
        })
    };
    sections.into_iter().flatten().map(section).collect()
}

fn item(of: &Value) -> Value {
    let components = of["layoutComponents"].as_array().into_iter().flatten();
    let details = &of["layoutComponents"][0]["details"];
    let lookup = match (details["type"].as_str(), details["nameField"].as_bool()) {
        (Some("reference"), _) => details["name"].clone(),
        (_, Some(true)) => "Id".into(),
        _ => Value::Null,
    };
    let components = components.map(|of| {
        json!({
            "apiName": of["value"],
            "componentType": "Field",
            "label": of["details"]["label"],
        })
    });
    json!({
        "editableForNew": of["editableForNew"],
        "editableForUpdate": of["editableForUpdate"],
        "label": of["label"],
        "layoutComponents": components.collect::<Vec<_>>(),
        "lookupIdApiName": lookup,
        "required": of["required"],
        "sortable": false,
    })
}

/// The values of the fields that the layout has; a reference has its relationship,
/// too.
fn fields(
    call: &Call<'_>,
    sobject: &SObject,
    sections: &[Value],
) -> Result<Map<String, Value>, ApiError> {
    let mut shown = BTreeSet::new();
    for section in sections {
        let rows = section["layoutRows"].as_array().into_iter().flatten();
        let items = rows.flat_map(|row| row["layoutItems"].as_array().into_iter().flatten());
        for item in items {
            shown.extend(item["layoutComponents"][0]["apiName"].as_str());
        }
    }
    let mut fields = Map::new();
    for field in shown.into_iter().filter_map(|name| sobject.field(name)) {
        let is_owner = &*field.name == "OwnerId";
        let value = if is_owner {
            call.org.user.as_str().into()
        } else {
            default(field)
        };
        // Who wrote a record that is not written yet is told by the relationship alone.
        let is_written_by = matches!(&*field.name, "CreatedById" | "LastModifiedById");
        if !is_written_by {
            fields.insert(
                field.name.to_string(),
                json!({"displayValue": null, "value": value}),
            );
        }
        let reference = field.reference.as_ref();
        if let Some(name) = reference.and_then(|reference| reference.relationship.as_ref()) {
            let parent = if is_owner {
                owner(call)?
            } else {
                json!({"displayValue": null, "value": null})
            };
            fields.insert(name.to_string(), parent);
        }
    }
    Ok(fields)
}

/// What a new record has in a field.
fn default(field: &Field) -> Value {
    let choice = field.default_choice().map(|choice| Value::from(&**choice));
    match (&field.default, choice) {
        (Some(value), _) => value.clone(),
        (None, Some(choice)) => choice,
        (None, None) if field.kind == Kind::Boolean => false.into(),
        (None, None) => Value::Null,
    }
}

/// The user who asks, as the owner of the record.
fn owner(call: &Call<'_>) -> Result<Value, ApiError> {
    let id = &call.org.user;
    let soql = format!(
        "SELECT Id, Name, LastModifiedById, LastModifiedDate, SystemModstamp FROM User WHERE Id = '{id}'"
    );
    let users = rows(call, &soql, Found::Live)?;
    let Some(user) = users.first() else {
        return Ok(json!({"displayValue": null, "value": null}));
    };
    // Date-times end in `Z` here.
    let instant = |name: &str| user[name].as_str().map(|text| text.replace("+0000", "Z"));
    Ok(json!({
        "displayValue": user["Name"],
        "value": {
            "apiName": "User",
            "childRelationships": {},
            "fields": {
                "Id": {"displayValue": null, "value": user["Id"]},
                "Name": {"displayValue": null, "value": user["Name"]},
            },
            "id": user["Id"],
            "lastModifiedById": user["LastModifiedById"],
            "lastModifiedDate": instant("LastModifiedDate"),
            "recordTypeId": null,
            "recordTypeInfo": null,
            "systemModstamp": instant("SystemModstamp"),
        },
    }))
}
