//! The few fields of a record that a small screen shows. No object has one of
//! its own: each has the system's default.
//!
//! Source: REST API Developer Guide, "Get Compact Layouts Using sObject
//! CompactLayouts", "Compact Layouts". The default's fields and actions are the
//! emulator's own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::layout::{button, item};
use crate::call::Call;
use crate::schema::{DataType, Field, RecordType, SObject};

/// What the system's default is called.
const NAME: &str = "SYSTEM";
const LABEL: &str = "System Default";

/// The system's default of an object.
pub(super) fn system(sobject: &SObject) -> Value {
    let named = sobject.fields.iter().filter(|of| of.name_field);
    let items = named.map(|of| item(of, 1, false)).collect::<Vec<_>>();
    let actions = [
        (DataType::Phone, "CallHighlightAction", "Call"),
        (DataType::Email, "EmailHighlightAction", "Send Email"),
        (DataType::Address, "MapHighlightAction", "Map"),
        (DataType::Url, "WebsiteHighlightAction", "View Website"),
    ];
    let has = |data_type| {
        let mut fields = sobject.fields.iter();
        fields.any(|of: &Arc<Field>| of.data_type == data_type)
    };
    let shown = actions
        .into_iter()
        .filter(|(data_type, ..)| has(*data_type));
    let actions = shown.map(|(_, name, label)| {
        let mut action = button(name);
        action["label"] = label.into();
        action
    });
    json!({
        "actions": actions.collect::<Vec<_>>(),
        "fieldItems": items,
        "id": null,
        "imageItems": [],
        "label": LABEL,
        "name": NAME,
        "objectType": sobject.name,
    })
}

/// All compact layouts of an object, and which record type has which.
pub(super) fn all(
    call: &Call<'_>,
    sobject: &SObject,
    types: impl Iterator<Item = RecordType>,
) -> Value {
    let (version, object) = (call.version, &sobject.name);
    let here = format!("/services/data/{version}/sobjects/{object}/describe/compactLayouts");
    let mapping = |of: RecordType| {
        json!({
            "available": of.active,
            "compactLayoutId": null,
            "compactLayoutName": NAME,
            "recordTypeId": of.id.as_str(),
            "recordTypeName": of.name,
            "urls": {"compactLayout": format!("{here}/{}", of.id)},
        })
    };
    json!({
        "compactLayouts": [system(sobject)],
        "defaultCompactLayoutId": null,
        "recordTypeCompactLayoutMappings": types.map(mapping).collect::<Vec<_>>(),
        "urls": {"primary": format!("{here}/primary")},
    })
}
