//! An object, as a row of the list that people read.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::rows::Rows;
use crate::verdict::Unreadable;

/// What is shown of an object.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ObjectRow {
    pub(crate) name: String,
    label: String,
    prefix: Option<String>,
    allows: String,
}

/// An object in short. Source: SOAP API Developer Guide, "DescribeGlobalSObjectResult".
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    name: String,
    label: Option<String>,
    key_prefix: Option<String>,
    queryable: bool,
    searchable: bool,
    createable: bool,
    updateable: bool,
    deletable: bool,
}

#[derive(Deserialize)]
struct All<'a> {
    #[serde(borrow)]
    sobjects: Vec<&'a RawValue>,
}

impl ObjectRow {
    /// The columns that are shown.
    pub(crate) const COLUMNS: [&'static str; 4] = ["name", "label", "prefix", "allows"];

    /// Reads the list of all objects.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if it has another form.
    pub(crate) fn all(body: &[u8]) -> Result<Rows<'_, Self>, Unreadable> {
        let all: All<'_> = serde_json::from_slice(body).map_err(Unreadable::Answer)?;
        Rows::of(all.sobjects, |object| {
            Ok(Self::of(serde_json::from_str(object)?))
        })
    }

    fn of(listed: Listed) -> Self {
        let allows = [
            ("query", listed.queryable),
            ("search", listed.searchable),
            ("create", listed.createable),
            ("update", listed.updateable),
            ("delete", listed.deletable),
        ];
        let allows = allows.iter().filter(|(_, is_allowed)| *is_allowed);
        let allows: Vec<&str> = allows.map(|(verb, _)| *verb).collect();
        Self {
            name: listed.name,
            label: listed.label.unwrap_or_default(),
            prefix: listed.key_prefix,
            allows: allows.join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_shown_with_what_can_be_done() {
        let body = br#"{"encoding":"UTF-8","sobjects":[
            {"name":"Account","label":"Account","keyPrefix":"001","queryable":true,"searchable":true,
             "createable":true,"updateable":true,"deletable":true,"urls":{}},
            {"name":"AccountFeed","label":null,"keyPrefix":null,"queryable":true}]}"#;
        let rows = ObjectRow::all(body).unwrap();
        let shown: Vec<String> = rows
            .shown
            .iter()
            .map(|row| serde_json::to_string(row).unwrap())
            .collect();
        assert_eq!(
            shown,
            [
                r#"{"name":"Account","label":"Account","prefix":"001","allows":"query search create update delete"}"#,
                r#"{"name":"AccountFeed","label":"","prefix":null,"allows":"query"}"#,
            ]
        );
        assert!(rows.written[0].get().ends_with("\"urls\":{}}"));
    }

    #[test]
    fn another_form_is_refused() {
        for body in ["", "[]", "{}", r#"{"sobjects":[7]}"#] {
            assert!(ObjectRow::all(body.as_bytes()).is_err(), "{body}");
        }
    }
}
