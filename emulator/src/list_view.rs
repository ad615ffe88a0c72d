//! One list view: what people see of an object's records.
//!
//! Source: REST API Developer Guide, "List Views for an Object", "List View
//! Describe".

use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::objects::{self, Object};

/// Fields that a list view has and does not show.
const HIDDEN: [(&str, &str, &str); 4] = [
    ("Id", "ID", "id"),
    ("CreatedDate", "Created Date", "datetime"),
    ("LastModifiedDate", "Last Modified Date", "datetime"),
    ("SystemModstamp", "System Modstamp", "datetime"),
];

/// The list views of one object have so many ids.
const IDS_PER_OBJECT: u64 = 2;

/// Which records a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    All,
    Own,
}

/// One list view.
pub(crate) struct ListView {
    pub(crate) id: RecordId,
    shown: Shown,
    pub(crate) object: Object,
}

impl ListView {
    /// Its name for people.
    pub(crate) fn label(&self) -> String {
        let which = match self.shown {
            Shown::All => "All",
            Shown::Own => "My",
        };
        format!("{which} {}", self.object.label_plural)
    }

    /// Its name for programs.
    pub(crate) fn developer_name(&self) -> String {
        self.label().replace(' ', "")
    }

    /// Whose records it shows, if not everybody's.
    pub(crate) fn owner<'c>(&self, call: &'c Call<'_>) -> Option<&'c RecordId> {
        (self.shown == Shown::Own).then_some(&call.org.user)
    }

    /// The statement that reads its records.
    pub(crate) fn query(&self, call: &Call<'_>) -> String {
        let object = &self.object;
        let fields = selected(object).join(", ");
        let condition = self
            .owner(call)
            .map(|owner| format!(" WHERE OwnerId = '{owner}'"));
        let order: Vec<String> = order(object)
            .map(|field| format!("{field} ASC NULLS FIRST"))
            .collect();
        let (name, order) = (&object.name, order.join(", "));
        let condition = condition.unwrap_or_default();
        format!("SELECT {fields} FROM {name}{condition} ORDER BY {order}")
    }
}

/// The views of an object.
///
/// # Errors
///
/// 404 if there is no such object.
pub(crate) fn of_object(call: &Call<'_>, name: &str) -> Result<Vec<ListView>, ApiError> {
    let all = objects::all(call);
    let place = all
        .iter()
        .position(|object| object.name.eq_ignore_ascii_case(name));
    let place = place.ok_or_else(ApiError::not_found)? as u64;
    [Shown::All, Shown::Own]
        .into_iter()
        .zip(place * IDS_PER_OBJECT + 1..)
        .map(|(shown, number)| {
            Ok(ListView {
                id: RecordId::new("00B", number),
                shown,
                object: objects::named(call, name)?,
            })
        })
        .filter(|view| {
            view.as_ref()
                .is_ok_and(|view| view.shown == Shown::All || view.object.has("OwnerId"))
        })
        .collect()
}

/// The view with that id, whatever object it is of.
pub(crate) fn with_id(call: &Call<'_>, id: &RecordId) -> Option<ListView> {
    let objects = objects::all(call);
    let views = objects
        .iter()
        .filter_map(|object| of_object(call, &object.name).ok());
    views.flatten().find(|view| view.id == *id)
}

/// The fields by which records are sorted.
pub(crate) fn order(object: &Object) -> impl Iterator<Item = &str> {
    object.name_field.as_deref().into_iter().chain(["Id"])
}

/// The fields of the view's query.
pub(crate) fn selected(object: &Object) -> Vec<String> {
    let shown = object.columns.iter().map(|column| column.name.clone());
    shown
        .chain(hidden(object).map(|(name, ..)| name.to_owned()))
        .collect()
}

/// What an object's views have and do not show: name, label and type.
pub(crate) fn hidden(
    object: &Object,
) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    HIDDEN.into_iter().filter(|(name, ..)| object.has(name))
}
