//! How the user interface arranges an object's fields.
//!
//! Source: SOAP API Developer Guide, `DescribeLayoutResult`; REST API Developer
//! Guide, "Get Layouts and Descriptions for a Specified Object". Which fields a
//! layout has is the emulator's own: all that people can write, and who wrote
//! the record.

use std::sync::Arc;

use serde_json::{Value, json};

use super::object::layout_url;
use super::{Api, field};
use crate::id::RecordId;
use crate::schema::{Field, Kind, RecordType, SObject, Schema};

/// The key prefix of layouts.
const LAYOUT: &str = "00h";

/// Columns of a section.
const COLUMNS: usize = 2;

/// Columns of a list of related records, the name first.
const RELATED_COLUMNS: usize = 4;

/// The layout of an object.
pub(super) fn layout(schema: &Schema, sobject: &SObject) -> Value {
    let mut layout = empty();
    let is_shown = |of: &&Arc<Field>| of.createable || of.updateable || of.name_field;
    let fields = sobject.fields.iter().filter(is_shown);
    let fields: Vec<&Field> = fields.map(|of| &**of).collect();
    let written = ["CreatedById", "LastModifiedById"];
    let written: Vec<&Field> = written
        .iter()
        .filter_map(|name| sobject.field(name).map(|of| &**of))
        .collect();
    let mut sections = vec![section(
        &format!("{} Information", sobject.label),
        &fields,
        1,
    )];
    if !written.is_empty() {
        sections.push(section("System Information", &written, 2));
    }
    layout["id"] = Value::from(id(sobject));
    layout["buttonLayoutSection"] = json!({"detailButtons": buttons(sobject)});
    layout["detailLayoutSections"] = sections.clone().into();
    layout["editLayoutSections"] = sections.into();
    layout["relatedLists"] = related(schema, sobject).into();
    layout
}

/// A layout that shows nothing.
pub(super) fn empty() -> Value {
    json!({
        "buttonLayoutSection": null,
        "detailLayoutSections": [],
        "editLayoutSections": [],
        "feedView": null,
        "highlightsPanelLayoutSection": null,
        "id": RecordId::new(LAYOUT, 0).as_str(),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": null,
        "relatedLists": [],
        "saveOptions": [],
    })
}

/// Which layout a record type has.
pub(super) fn mapping(api: Api<'_>, sobject: &SObject, of: &RecordType) -> Value {
    json!({
        "active": of.active,
        "available": of.active,
        "defaultRecordTypeMapping": of.default,
        "developerName": of.developer_name,
        "layoutId": id(sobject),
        "master": of.id.as_str() == super::MASTER,
        "name": of.name,
        "picklistsForRecordType": picklists(sobject),
        "recordTypeId": of.id.as_str(),
        "urls": {"layout": layout_url(api, sobject, of.id.as_str())},
    })
}

/// The id of an object's layout: its key prefix, as a number.
fn id(sobject: &SObject) -> String {
    let bytes = sobject.key_prefix.bytes();
    let number = bytes.fold(0, |number, byte| number * 256 + u64::from(byte));
    RecordId::new(LAYOUT, number).to_string()
}

/// Every record type has all choices.
fn picklists(sobject: &SObject) -> Vec<Value> {
    let fields = sobject.fields.iter();
    let fields = fields.filter(|of| !of.picklist.values.is_empty());
    let picklist = |of: &Arc<Field>| {
        let described = field::field(of);
        json!({"picklistName": of.name, "picklistValues": described.get("picklistValues")})
    };
    fields.map(picklist).collect()
}

fn buttons(sobject: &SObject) -> Vec<Value> {
    let buttons = [
        ("Edit", sobject.updateable),
        ("Delete", sobject.deletable),
        ("Clone", sobject.createable),
    ];
    let shown = buttons.into_iter().filter(|(_, is_shown)| *is_shown);
    shown.map(|(name, _)| button(name)).collect()
}

/// A standard button, or action.
pub(super) fn button(name: &str) -> Value {
    json!({
        "behavior": null,
        "colors": null,
        "content": null,
        "contentSource": null,
        "custom": false,
        "encoding": null,
        "height": null,
        "icons": null,
        "label": name,
        "menubar": false,
        "name": name,
        "overridden": false,
        "resizeable": false,
        "scrollbars": false,
        "showsLocation": false,
        "showsStatus": false,
        "toolbar": false,
        "url": null,
        "width": null,
        "windowPosition": null,
    })
}

fn section(heading: &str, fields: &[&Field], number: u64) -> Value {
    let rows: Vec<Value> = fields
        .chunks(COLUMNS)
        .enumerate()
        .map(|(row, fields)| {
            let items = fields.iter().enumerate();
            let items = items.map(|(place, of)| item(of, row * COLUMNS + place + 1, true));
            let items: Vec<Value> = items.collect();
            json!({"numItems": items.len(), "layoutItems": items})
        })
        .collect();
    json!({
        "collapsed": false,
        "columns": COLUMNS,
        "heading": heading,
        "layoutSectionId": RecordId::new("01B", number).as_str(),
        "parentLayoutId": RecordId::new(LAYOUT, 0).as_str(),
        "rows": rows.len(),
        "layoutRows": rows,
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": false,
        "useHeading": true,
    })
}

/// A field's place on a layout.
pub(super) fn item(of: &Field, tab: usize, is_editable: bool) -> Value {
    let label = match of.kind {
        // People see the record that an id names.
        Kind::Reference => of.label.strip_suffix(" ID").unwrap_or(&of.label),
        _ => &of.label,
    };
    json!({
        "editable": is_editable && of.updateable,
        "editableForNew": is_editable && of.createable,
        "editableForUpdate": is_editable && of.updateable,
        "label": label,
        "layoutComponents": [{
            "components": [],
            "details": field::field(of),
            "displayLines": if of.kind == Kind::LongText { 6 } else { 1 },
            "tabOrder": tab,
            "type": "Field",
            "value": of.name,
        }],
        "placeholder": false,
        "required": of.is_required(),
    })
}

/// The lists of records that point here.
fn related(schema: &Schema, parent: &SObject) -> Vec<Value> {
    let mut lists = Vec::new();
    for sobject in schema.sobjects() {
        for of in &sobject.fields {
            let Some(reference) = &of.reference else {
                continue;
            };
            let Some(name) = &reference.children else {
                continue;
            };
            if reference.to.contains(&parent.name) {
                lists.push(list(sobject, of, name));
            }
        }
    }
    lists
}

fn list(sobject: &SObject, of: &Field, name: &str) -> Value {
    let is_shown = |of: &&Arc<Field>| matches!(of.kind, Kind::Text | Kind::Double | Kind::Date);
    let named = sobject.fields.iter().filter(|of| of.name_field);
    let others = sobject.fields.iter().filter(is_shown);
    let others = others.filter(|of| !of.name_field);
    let columns = named.chain(others).take(RELATED_COLUMNS);
    let columns = columns.map(|of| {
        json!({
            "field": format!("{}.{}", sobject.name, of.name),
            "fieldApiName": of.name,
            "format": null,
            "label": of.label,
            "lookupId": null,
            "name": of.name,
            "sortable": of.is_sortable(),
        })
    });
    json!({
        "accessLevelRequiredForCreate": null,
        "buttons": [],
        "columns": columns.collect::<Vec<_>>(),
        "custom": sobject.is_custom(),
        "field": of.name,
        "label": sobject.label_plural,
        "limitRows": 5,
        "name": name,
        "sobject": sobject.name,
        "sort": [],
    })
}
