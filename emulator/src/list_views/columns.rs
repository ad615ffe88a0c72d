//! The columns of a list view.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::list_view::{hidden, selected};
use crate::objects::Object;

/// Every column, as described.
pub(super) fn described(object: &Object) -> Vec<Value> {
    let shown = object.columns.iter().map(|column| {
        let is_first = Some(&column.name) == object.name_field.as_ref();
        let (ascending, descending) = labels(column.data_type);
        json!({
            "ascendingLabel": ascending,
            "descendingLabel": descending,
            "fieldNameOrPath": column.name,
            "hidden": false,
            "label": column.label,
            "selectListItem": column.name,
            "sortDirection": is_first.then_some("ascending"),
            "sortIndex": is_first.then_some(0),
            "sortable": true,
            "type": column.data_type,
        })
    });
    let hidden = hidden(object).map(|(name, label, data_type)| {
        json!({
            "ascendingLabel": null,
            "descendingLabel": null,
            "fieldNameOrPath": name,
            "hidden": true,
            "label": label,
            "selectListItem": name,
            "sortDirection": null,
            "sortIndex": null,
            "sortable": false,
            "type": data_type,
        })
    });
    shown.chain(hidden).collect()
}

/// The columns of a row of the view's query.
pub(super) fn values(object: &Object, row: &Value) -> Vec<Value> {
    let names = selected(object);
    let value = |name: String| {
        let value = value(&row[name.as_str()]);
        json!({"fieldNameOrPath": name, "value": value})
    };
    names.into_iter().map(value).collect()
}

/// What the ways of sorting are called. The guide has these three pairs; dates
/// are not among them.
fn labels(data_type: &str) -> (&'static str, &'static str) {
    match data_type {
        "phone" => ("9-0", "0-9"),
        "picklist" | "double" | "currency" | "percent" | "int" | "date" | "datetime" => {
            ("Low to High", "High to Low")
        }
        _ => ("Z-A", "A-Z"),
    }
}

/// A value as a list shows it: text, or null. Times are written as in the guide's
/// example.
fn value(value: &Value) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(time) => time.strftime("%a %b %d %H:%M:%S GMT %Y").to_string(),
            Err(_) => text.clone(),
        },
        other => other.to_string(),
    };
    Value::String(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_in_the_guide() {
        for (json, shown) in [
            (
                json!("2014-08-01T21:15:46.000+0000"),
                json!("Fri Aug 01 21:15:46 GMT 2014"),
            ),
            (json!("NC"), json!("NC")),
            (json!("2014-08-01"), json!("2014-08-01")),
            (json!(12.5), json!("12.5")),
            (json!(true), json!("true")),
            (Value::Null, Value::Null),
        ] {
            assert_eq!(value(&json), shown);
        }
    }
}
