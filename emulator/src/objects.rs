//! What the resources of the user interface tell of an object: its names, and
//! the fields that a list shows.

use crate::call::Call;
use crate::error::ApiError;
use crate::schema::{Field, Kind, SOBJECTS, SObject};

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
    pub(crate) data_type: String,
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
pub(crate) fn all(_: &Call<'_>) -> Vec<Object> {
    SOBJECTS.into_iter().map(object).collect()
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

fn object(sobject: &'static SObject) -> Object {
    let label = sobject.name.trim_end_matches("__c").replace('_', " ");
    let label_plural = match label.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{label}s"),
    };
    let name_field = sobject.field("Name").map(|field| field.name.to_owned());
    let is_shown = |field: &&Field| {
        let is_text = matches!(field.kind, Kind::Text | Kind::Double | Kind::Date);
        is_text && Some(field.name) != name_field.as_deref()
    };
    let name = sobject.fields.iter();
    let name = name.filter(|field| Some(field.name) == name_field.as_deref());
    let others = sobject.fields.iter().filter(is_shown).take(COLUMNS);
    let columns = name.chain(others).map(|field| Column {
        name: field.name.to_owned(),
        label: field.label(sobject),
        data_type: field.kind.name().to_ascii_lowercase(),
    });
    Object {
        name: sobject.name.to_owned(),
        key_prefix: sobject.key_prefix.to_owned(),
        columns: columns.collect(),
        fields: sobject
            .fields
            .iter()
            .map(|field| field.name.to_owned())
            .collect(),
        label_plural,
        name_field,
    }
}
