//! A record that was typed.

use clap::Args;

use crate::rows::{Name, Row, Value};
use crate::verdict::Usage;

/// The mark of null that Salesforce's Bulk API has.
///
/// Source: Bulk API 2.0 Developer Guide, "Valid CSV Record Rows".
const NULL: &str = "#N/A";

/// How values are read.
#[derive(Args, Debug)]
pub(crate) struct Typed {
    /// The text that empties a field; an empty value leaves the field unchanged
    #[arg(long, value_name = "TEXT", default_value = NULL)]
    pub(crate) null: String,
    /// Do not ask for the description of the object: send every value as text
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) no_describe: bool,
    /// Leave a column of the input out; may be repeated
    #[arg(long, value_name = "COLUMN")]
    pub(crate) skip: Vec<String>,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            null: NULL.to_owned(),
            no_describe: false,
            skip: Vec::new(),
        }
    }
}

/// `FIELD=VALUE`, as often as it was typed.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) names: Vec<Name>,
    pub(crate) row: Row,
}

impl Given {
    /// Reads what was typed.
    ///
    /// # Errors
    ///
    /// [`Usage`], without repeating the value, for what has no `=`, no name or no value, and
    /// for a name that occurs twice.
    pub(crate) fn of(typed: &[String]) -> Result<Self, Usage> {
        let mut names: Vec<Name> = Vec::new();
        let mut values = Vec::new();
        for (place, typed) in typed.iter().enumerate() {
            let Some((name, value)) = typed.split_once('=') else {
                return Err(Usage::new("a field is FIELD=VALUE: its `=` is missing"));
            };
            if value.is_empty() {
                return Err(Usage::new(format!(
                    "`{name}=` has no value; `{name}=#N/A` empties the field"
                )));
            }
            if names
                .iter()
                .any(|known| known.text.eq_ignore_ascii_case(name))
            {
                return Err(Usage::new(format!("`{name}` is given twice")));
            }
            names.push(Name {
                text: name.to_owned(),
                line: 1,
            });
            values.push((place, Value::Text(value.to_owned())));
        }
        Ok(Self {
            names,
            row: Row {
                number: 1,
                line: 1,
                values,
            },
        })
    }

    /// Refuses a record without fields.
    ///
    /// # Errors
    ///
    /// [`Usage`].
    pub(crate) fn refuse_empty(&self) -> Result<(), Usage> {
        match self.names.is_empty() {
            true => Err(Usage::new(
                "which fields? Give FIELD=VALUE, or `--file FILE`",
            )),
            false => Ok(()),
        }
    }

    /// The same with one more value.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.row
            .values
            .push((self.names.len(), Value::Text(value.to_owned())));
        self.names.push(Name {
            text: name.to_owned(),
            line: 1,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &[&str]) -> Result<Given, String> {
        let typed: Vec<String> = typed.iter().map(|&text| text.to_owned()).collect();
        Given::of(&typed).map_err(|refused| refused.to_string())
    }

    #[test]
    fn a_field_is_a_name_and_a_value() {
        let given = read(&["Name=a=b", "Account.Ext__c=x"]).unwrap();
        let names: Vec<&str> = given.names.iter().map(|name| name.text.as_str()).collect();
        assert_eq!(names, ["Name", "Account.Ext__c"]);
        assert_eq!(
            given.row.values.first().unwrap().1,
            Value::Text("a=b".to_owned())
        );
        for (typed, words) in [
            (vec!["CANARY"], "`=` is missing"),
            (vec!["Name="], "`Name=#N/A` empties"),
            (vec!["Name=CANARY", "name=CANARY"], "given twice"),
        ] {
            let refused = read(&typed).unwrap_err();
            assert!(refused.contains(words), "{refused}");
            assert!(!refused.contains("CANARY"), "{refused}");
        }
    }
}
