//! One object, as describe tells it: in short, and whole.
//!
//! Source: SOAP API Developer Guide, `DescribeSObjectResult`; the names of
//! members are those of answers that clients captured at version 61.0.

use serde_json::{Map, Value, json};

use super::{Api, field, types};
use crate::schema::SObject;

/// Members of an object that only its own describe has.
const WHOLE_ONLY: [&str; 19] = [
    "actionOverrides",
    "childRelationships",
    "compactLayoutable",
    "defaultImplementation",
    "extendedBy",
    "extendsInterfaces",
    "fields",
    "implementedBy",
    "implementsInterfaces",
    "listviewable",
    "lookupLayoutable",
    "namedLayoutInfos",
    "networkScopeFieldName",
    "recordTypeInfos",
    "searchLayoutable",
    "sobjectDescribeOption",
    "supportedScopes",
    "dataTranslationEnabled",
    "urls",
];

/// An object in short.
pub(super) fn summary(api: Api<'_>, sobject: &SObject) -> Map<String, Value> {
    let mut members = match &sobject.described {
        Some(described) => {
            let mut members = described.clone();
            members.retain(|name, _| !WHOLE_ONLY.contains(&name.as_str()));
            members
        }
        None => facts(sobject),
    };
    members.insert("urls".to_owned(), urls(api, sobject, false));
    members
}

fn facts(sobject: &SObject) -> Map<String, Value> {
    let key_prefix = Some(&sobject.key_prefix).filter(|prefix| !prefix.is_empty());
    let facts = json!({
        "activateable": false,
        "associateEntityType": null,
        "associateParentEntity": null,
        "createable": sobject.createable,
        "custom": sobject.is_custom(),
        "customSetting": false,
        "deepCloneable": false,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": false,
        "feedEnabled": sobject.feed_enabled,
        "hasSubtypes": false,
        "isInterface": false,
        "isSubtype": false,
        "keyPrefix": key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": sobject.layoutable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.mru_enabled,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "replicateable": sobject.replicateable,
        "retrieveable": sobject.retrieveable,
        "searchable": sobject.searchable,
        "triggerable": sobject.triggerable,
        "undeletable": sobject.undeletable,
        "updateable": sobject.updateable,
    });
    match facts {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// All of an object.
pub(super) fn whole(api: Api<'_>, sobject: &SObject) -> Map<String, Value> {
    let own = json!({
        "actionOverrides": [],
        "compactLayoutable": sobject.layoutable,
        "defaultImplementation": null,
        "extendedBy": null,
        "extendsInterfaces": null,
        "implementedBy": null,
        "implementsInterfaces": null,
        "listviewable": null,
        "lookupLayoutable": null,
        "namedLayoutInfos": named_layouts(sobject),
        "networkScopeFieldName": null,
        "searchLayoutable": sobject.searchable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": scopes(sobject),
    });
    let mut members = facts(sobject);
    if let Value::Object(own) = own {
        members.extend(own);
    }
    if let Some(described) = &sobject.described {
        members.extend(described.clone());
    }
    let fields = sobject
        .fields
        .iter()
        .map(|of| Value::Object(field::field(of)));
    let infos: Vec<Value> = types(sobject)
        .map(|of| {
            json!({
                "active": of.active,
                "available": of.active,
                "defaultRecordTypeMapping": of.default,
                "developerName": of.developer_name,
                "master": of.id.as_str() == super::MASTER,
                "name": of.name,
                "recordTypeId": of.id.as_str(),
                "urls": {"layout": layout_url(api, sobject, of.id.as_str())},
            })
        })
        .collect();
    members.insert("fields".to_owned(), fields.collect());
    members.insert("childRelationships".to_owned(), children(api, sobject));
    members.insert("recordTypeInfos".to_owned(), infos.into());
    members.insert("urls".to_owned(), urls(api, sobject, true));
    members
}

fn named_layouts(sobject: &SObject) -> Vec<Value> {
    let names = sobject.named_layouts.iter();
    names.map(|name| json!({"name": name})).collect()
}

/// Which rows `USING SCOPE` can choose.
fn scopes(sobject: &SObject) -> Value {
    let (all, mine) = (
        format!("All {}", sobject.label_plural.to_lowercase()),
        format!("My {}", sobject.label_plural.to_lowercase()),
    );
    if sobject.field("OwnerId").is_none() {
        return json!([{"label": all, "name": "everything"}]);
    }
    json!([{"label": all, "name": "everything"}, {"label": mine, "name": "mine"}])
}

/// The fields of other objects that lead here, sorted by object.
fn children(api: Api<'_>, parent: &SObject) -> Value {
    let mut children = Vec::new();
    for sobject in api.schema.sobjects() {
        for field in &sobject.fields {
            let Some(reference) = &field.reference else {
                continue;
            };
            if !reference.to.contains(&parent.name) {
                continue;
            }
            children.push(json!({
                "cascadeDelete": reference.cascade_delete,
                "childSObject": sobject.name,
                "deprecatedAndHidden": false,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": reference.children,
                "restrictedDelete": reference.restricted_delete,
            }));
        }
    }
    children.extend(parent.other_children.iter().cloned());
    Value::Array(children)
}

/// Where an object's other resources are: those that the org serves.
fn urls(api: Api<'_>, sobject: &SObject, is_whole: bool) -> Value {
    let host = api.call.org.names.url(api.call.request.asked());
    let name = &sobject.name;
    let here = format!("{}/{name}", api.root());
    let mut urls = Map::new();
    let mut add = |name: &str, url: String| urls.insert(name.to_owned(), Value::from(url));
    add("sobject", here.clone());
    add("describe", format!("{here}/describe"));
    add("rowTemplate", format!("{here}/{{ID}}"));
    if sobject.layoutable {
        for resource in ["layouts", "compactLayouts", "approvalLayouts"] {
            add(resource, format!("{here}/describe/{resource}"));
        }
        add("listviews", format!("{here}/listviews"));
        add("quickActions", format!("{here}/quickActions"));
        if is_whole {
            add("uiDetailTemplate", format!("{host}/{{ID}}"));
            add("uiEditTemplate", format!("{host}/{{ID}}/e"));
            add("uiNewRecord", format!("{host}/{}/e", sobject.key_prefix));
        }
    }
    Value::Object(urls)
}

/// Where the layout of a record type is.
pub(super) fn layout_url(api: Api<'_>, sobject: &SObject, record_type: &str) -> String {
    let (root, name) = (api.root(), &sobject.name);
    format!("{root}/{name}/describe/layouts/{record_type}")
}
