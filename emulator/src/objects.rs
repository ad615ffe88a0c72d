//! What the resources of the user interface tell of an object: its names, and
//! the fields that a list shows.

use std::sync::Arc;

use crate::call::Call;
use crate::error::ApiError;
use crate::schema::{Field, Kind, SObject};

/// Fields that a list shows beside the name.
const COLUMNS: usize = 4;

/// An object, as people see it.
pub(crate) struct Object {
    pub(crate) name: String,
    /// Its name for people, of several records.
    pub(crate) label_plural: String,
    /// The first three characters of its records' ids.
    pub(crate) key_prefix: String,
    /// The field that names a record for people, if one does.
    pub(crate) name_field: Option<String>,
    /// What a list shows, the name first.
    pub(crate) columns: Vec<Column>,
    /// The names of all its fields.
    fields: Vec<String>,
}

/// A field that a list shows.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) label: String,
    /// Its type, as describe names it.
    pub(crate) data_type: &'static str,
}

impl Object {
    /// Whether it belongs to a customer's schema.
    pub(crate) fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Whether it has a field of that name.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|name| name == field)
    }
}

/// Every object of the org.
pub(crate) fn all(call: &Call<'_>) -> Vec<Object> {
    let sobjects = call.org.schema.stored();
    sobjects.map(|sobject| object(sobject)).collect()
}

/// The object that a path names, in any case.
///
/// # Errors
///
/// 404 if there is none.
pub(crate) fn named(call: &Call<'_>, name: &str) -> Result<Object, ApiError> {
    let mut all = all(call).into_iter();
    all.find(|object| object.name.eq_ignore_ascii_case(name))
        .ok_or_else(ApiError::not_found)
}

fn object(sobject: &SObject) -> Object {
    let mut fields = sobject.fields.iter();
    let name_field = fields.find(|field| field.name_field);
    let is_shown = |field: &&Arc<Field>| {
        let is_text = matches!(field.kind, Kind::Text | Kind::Double | Kind::Date);
        is_text && !field.name_field
    };
    let others = sobject.fields.iter().filter(is_shown).take(COLUMNS);
    let columns = name_field.into_iter().chain(others).map(|field| Column {
        name: field.name.to_string(),
        label: field.label.to_string(),
        data_type: field.data_type.name(),
    });
    Object {
        name: sobject.name.to_string(),
        label_plural: sobject.label_plural.to_string(),
        key_prefix: sobject.key_prefix.to_string(),
        name_field: name_field.map(|field| field.name.to_string()),
        columns: columns.collect(),
        fields: sobject
            .fields
            .iter()
            .map(|field| field.name.to_string())
            .collect(),
    }
}
