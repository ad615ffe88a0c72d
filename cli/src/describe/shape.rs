//! From a row of the input to a record that can be sent.

use std::borrow::Cow;

use super::column::{Column, Described, Parent, columns};
use super::value::{of_json, of_text, quoted};
use super::{Field, Object, Purpose, number};
use crate::reason::{INVALID_VALUE, OUTCOME_UNKNOWN, Reason};
use crate::record_id::significant;
use crate::rows::{Name, Row, Value};
use crate::verdict::Usage;

/// That a row says one thing in two of its columns, so that one of them would be lost.
const TWICE: &str = "it is set twice";

/// What the rows of an input are.
#[derive(Debug)]
pub(crate) struct Shape {
    purpose: Purpose,
    columns: Vec<Column>,
    pub(super) described: Option<Described>,
    /// The text that empties a field.
    null: String,
}

/// A record that can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The id of a record that exists.
    pub(crate) id: Option<String>,
    /// The name and the value of the external id, as JSON.
    pub(crate) key: Option<(String, String)>,
    /// Names and values, as JSON.
    pub(crate) fields: Vec<(String, String)>,
}

impl Record {
    /// The fields as a JSON object, without the id.
    pub(crate) fn body(&self) -> String {
        object(
            self.fields
                .iter()
                .map(|(name, json)| (name.as_str(), json.as_str())),
        )
    }

    /// How many bytes of JSON it is about.
    pub(crate) fn bytes(&self) -> usize {
        let fields = self.key.iter().chain(&self.fields);
        fields.map(|(name, json)| name.len() + json.len()).sum()
    }

    /// Whether it has a field or a parent of that name; case does not matter.
    fn sets(&self, name: &str) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// All of it as a JSON object.
    pub(crate) fn whole(&self) -> String {
        let id = self.id.as_deref().map(quoted);
        let id = id.as_deref().map(|id| ("Id", id));
        let key = self.key.iter();
        let all = key.chain(&self.fields);
        let all = all.map(|(name, json)| (name.as_str(), json.as_str()));
        object(id.into_iter().chain(all))
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    // Names have letters, digits and underscores.
    let members: Vec<String> = members
        .map(|(name, json)| format!("\"{name}\":{json}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

impl Shape {
    /// What rows with these columns are.
    ///
    /// # Errors
    ///
    /// [`Usage`] when a column cannot be sent, or one is missing that names the records.
    pub(crate) fn of(
        purpose: Purpose,
        described: Option<Described>,
        (names, skip): (&[Name], &[String]),
        null: &str,
    ) -> Result<Self, Usage> {
        if let (Purpose::Upsert(key), Some(described)) = (&purpose, &described) {
            check_key(&described.object, key)?;
        }
        let columns = columns(described.as_ref(), &purpose, names, skip)?;
        let shape = Self {
            purpose,
            columns,
            described,
            null: null.to_owned(),
        };
        // An empty list of JSON has no names, and no records either.
        if !names.is_empty() {
            shape.check_named()?;
        }
        Ok(shape)
    }

    pub(crate) fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Whether the rows name the records that they are about.
    fn check_named(&self) -> Result<(), Usage> {
        let missing = match &self.purpose {
            Purpose::Create => return Ok(()),
            Purpose::Update | Purpose::Delete => {
                (!self.columns.contains(&Column::Id)).then_some("Id")
            }
            Purpose::Upsert(key) => {
                let is_it = |column: &Column| match column {
                    Column::Field(field) => field.name.eq_ignore_ascii_case(key),
                    _ => false,
                };
                (!self.columns.iter().any(is_it)).then_some(key.as_str())
            }
        };
        match missing {
            None => Ok(()),
            Some(name) => Err(Usage::new(format!(
                "the column `{name}` is missing: it says which records to {}",
                self.purpose.verb()
            ))),
        }
    }

    /// What identifies the record of a row. Of two rows for one record it is the same. `None`:
    /// the row names no record, and is refused by itself.
    pub(crate) fn key(&self, row: &Row) -> Option<String> {
        let mut values = row.values.iter();
        values.find_map(
            |(place, value)| match (self.columns.get(*place)?, &self.purpose) {
                (Column::Id, _) => significant(&text(value)?).map(str::to_owned),
                (Column::Field(field), Purpose::Upsert(key))
                    if field.name.eq_ignore_ascii_case(key) =>
                {
                    self.key_of(field, value)
                }
                _ => None,
            },
        )
    }

    /// The value of an external id, in a form that all texts for it share.
    fn key_of(&self, field: &Field, value: &Value) -> Option<String> {
        let Ok(Set::To(json)) = self.set(field, value) else {
            return None;
        };
        if field.data_type.is_number() {
            return Some(number::canonical(&json).unwrap_or(json));
        }
        let text = serde_json::from_str(&json).unwrap_or(json);
        let folds = self.described.is_some() && !field.case_sensitive;
        Some(if folds { text.to_lowercase() } else { text })
    }

    /// The record of a row.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from being sent.
    pub(crate) fn record(&self, row: &Row) -> Result<Record, Vec<Reason>> {
        let mut record = Record {
            id: None,
            key: None,
            fields: Vec::with_capacity(row.values.len()),
        };
        let mut reasons = Vec::new();
        for (place, value) in &row.values {
            let Some(column) = self.columns.get(*place) else {
                let why = "the input has changed since it was checked";
                return Err(vec![Reason::new(INVALID_VALUE, why, &[])]);
            };
            let added = match column {
                Column::Ignored => Ok(()),
                Column::Reason => self.check_reason(value),
                Column::Id => self.add_id(&mut record, value),
                Column::Field(field) => self.add_field(&mut record, field, value),
                Column::Parent(parent) => self.add_parent(&mut record, parent, value),
            };
            reasons.extend(added.err());
        }
        let is_named = match &self.purpose {
            Purpose::Create => true,
            Purpose::Update | Purpose::Delete => record.id.is_some(),
            Purpose::Upsert(_) => record.key.is_some(),
        };
        if !is_named && reasons.is_empty() {
            let name = match &self.purpose {
                Purpose::Upsert(key) => key,
                _ => "Id",
            };
            reasons.push(invalid(name, "it is empty, and says which record this is"));
        }
        if reasons.is_empty() {
            Ok(record)
        } else {
            Err(reasons)
        }
    }

    /// A row that may have been saved is not sent again as a new record.
    fn check_reason(&self, value: &Value) -> Result<(), Reason> {
        let is_unknown = text(value).is_some_and(|text| text.contains(OUTCOME_UNKNOWN));
        if !is_unknown || self.purpose != Purpose::Create {
            return Ok(());
        }
        Err(Reason::new(
            OUTCOME_UNKNOWN,
            "an earlier run may have created it: look for it in Salesforce, then remove the row or \
             empty its cell sf__Error",
            &[],
        ))
    }

    fn add_id(&self, record: &mut Record, value: &Value) -> Result<(), Reason> {
        let Some(text) = text(value).filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        if significant(&text).is_none() {
            let why = "an id has 15 or 18 letters and digits, the last 3 of 18 being a checksum";
            return Err(invalid("Id", why));
        }
        let object = self.described.as_ref().map(|described| &described.object);
        if let Some(object) = object.filter(|object| !object.owns(&text)) {
            let prefix = object.key_prefix.as_deref().unwrap_or_default();
            let why = format!("ids of {} begin with `{prefix}`", object.name);
            return Err(invalid("Id", &why));
        }
        match record.id.replace(text.into_owned()) {
            None => Ok(()),
            Some(_) => Err(invalid("Id", TWICE)),
        }
    }

    fn add_field(&self, record: &mut Record, field: &Field, value: &Value) -> Result<(), Reason> {
        let json = match self.set(field, value)? {
            Set::Unchanged => return Ok(()),
            Set::Null => "null".to_owned(),
            Set::To(json) => json,
        };
        if let Purpose::Upsert(key) = &self.purpose
            && field.name.eq_ignore_ascii_case(key)
        {
            if json == "null" {
                return Err(invalid(key, "it is null, and says which record this is"));
            }
            return match record.key.replace((field.name.clone(), json)) {
                None => Ok(()),
                Some(_) => Err(invalid(key, TWICE)),
            };
        }
        let relationship = field.relationship_name.as_deref();
        if record.sets(&field.name) || relationship.is_some_and(|name| record.sets(name)) {
            return Err(invalid(&field.name, TWICE));
        }
        record.fields.push((field.name.clone(), json));
        Ok(())
    }

    fn add_parent(
        &self,
        record: &mut Record,
        parent: &Parent,
        value: &Value,
    ) -> Result<(), Reason> {
        let relationship = parent.relationship();
        let set = self.set(&parent.key, value)?;
        if matches!(set, Set::Unchanged) {
            return Ok(());
        }
        if record.sets(relationship) || record.sets(&parent.reference.name) {
            return Err(invalid(relationship, TWICE));
        }
        let json = match set {
            Set::Unchanged => return Ok(()),
            Set::Null if parent.reference.name.is_empty() => {
                let why = "without the description of the object, only its id field can be emptied";
                return Err(invalid(relationship, why));
            }
            Set::Null => {
                let name = parent.reference.name.clone();
                record.fields.push((name, "null".to_owned()));
                return Ok(());
            }
            Set::To(json) => json,
        };
        let attributes = parent.object.as_deref().map(|object| {
            let object = quoted(object);
            format!("\"attributes\":{{\"type\":{object}}},")
        });
        let attributes = attributes.unwrap_or_default();
        let json = format!("{{{attributes}\"{}\":{json}}}", parent.key.name);
        record.fields.push((relationship.to_owned(), json));
        Ok(())
    }

    /// What a value does to a field. An empty text leaves it as it is: only the mark of
    /// null, or null in JSON, empties it.
    fn set(&self, field: &Field, value: &Value) -> Result<Set, Reason> {
        let json = match value {
            Value::Text(text) if text.is_empty() => return Ok(Set::Unchanged),
            Value::Text(text) if *text == self.null => return Ok(Set::Null),
            Value::Text(text) => of_text(field, text),
            Value::Json(json) => match json.get() {
                "null" => return Ok(Set::Null),
                "\"\"" => return Ok(Set::Unchanged),
                json => of_json(field, json),
            },
        };
        json.map(Set::To)
            .map_err(|expected| invalid(&field.name, &format!("its value is not {expected}")))
    }
}

/// What becomes of a field.
enum Set {
    Unchanged,
    Null,
    /// The value as JSON.
    To(String),
}

fn invalid(field: &str, why: &str) -> Reason {
    Reason::new(INVALID_VALUE, format!("{field}: {why}"), &[field])
}

fn check_key(object: &Object, key: &str) -> Result<(), Usage> {
    let field = object.field(key);
    if field.is_some_and(|field| field.external_id || (field.id_lookup && field.name != "Id")) {
        return Ok(());
    }
    let keys = object.fields.iter().filter(|field| field.external_id);
    let keys: Vec<&str> = keys.map(|field| field.name.as_str()).collect();
    let known = match keys.as_slice() {
        [] => format!("{} has no external id", object.name),
        _ => format!("{} has {}", object.name, keys.join(", ")),
    };
    Err(Usage::new(format!(
        "`--external-id {key}` is not an external id: {known}"
    )))
}

/// A value as text; `None` for JSON that is not one value.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Json(json) => match serde_json::from_str(json.get()).ok()? {
            serde_json::Value::String(text) => Some(Cow::Owned(text)),
            serde_json::Value::Number(_) => Some(Cow::Borrowed(json.get())),
            serde_json::Value::Null => Some(Cow::Borrowed("")),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::tests::described;
    use super::*;

    fn shape(purpose: Purpose, names: &[&str]) -> Shape {
        let names: Vec<Name> = names
            .iter()
            .map(|&text| Name {
                text: text.to_owned(),
                line: 1,
            })
            .collect();
        Shape::of(purpose, Some(described()), (&names, &[]), "#N/A").unwrap()
    }

    fn row(cells: &[&str]) -> Row {
        let values = cells.iter().map(|&cell| Value::Text(cell.to_owned()));
        Row {
            number: 1,
            line: 2,
            values: values.enumerate().collect(),
        }
    }

    fn body(purpose: Purpose, cells: &[(&str, &str)]) -> Result<String, String> {
        let (names, cells): (Vec<&str>, Vec<&str>) = cells.iter().copied().unzip();
        let record = shape(purpose, &names).record(&row(&cells));
        record.map(|record| record.whole()).map_err(|reasons| {
            reasons
                .iter()
                .map(|reason| reason.message.clone())
                .collect()
        })
    }

    #[test]
    fn an_empty_cell_changes_nothing_and_only_the_mark_empties_a_field() {
        let cells = [
            ("Name", "00501"),
            ("Count__c", ""),
            ("Day__c", "#N/A"),
            ("Account.Ext__c", "DE/1"),
        ];
        assert_eq!(
            body(Purpose::Create, &cells).unwrap(),
            r#"{"Name":"00501","Day__c":null,"Account":{"Ext__c":"DE/1"}}"#
        );
        let cells = [("Account.Number__c", "7"), ("Account:What.Ext__c", "x")];
        assert_eq!(
            body(Purpose::Create, &cells).unwrap(),
            r#"{"Account":{"Number__c":7},"What":{"attributes":{"type":"Account"},"Ext__c":"x"}}"#
        );
        let cells = [("Account.Ext__c", "#N/A"), ("Account:What.Ext__c", "")];
        assert_eq!(
            body(Purpose::Create, &cells).unwrap(),
            r#"{"AccountId":null}"#
        );
    }

    #[test]
    fn rows_of_json_have_a_null_of_their_own() {
        let shape = shape(Purpose::Create, &["Name", "Count__c", "Day__c", "Mail__c"]);
        let json = |text: &str| {
            let raw = serde_json::value::RawValue::from_string(text.to_owned()).unwrap();
            Value::Json(raw)
        };
        let row = Row {
            number: 1,
            line: 1,
            values: vec![
                (0, json("\"#N/A\"")),
                (1, json("7")),
                (2, json("null")),
                (3, json("\"\"")),
            ],
        };
        assert_eq!(
            shape.record(&row).unwrap().whole(),
            r##"{"Name":"#N/A","Count__c":7,"Day__c":null}"##
        );
    }

    #[test]
    fn a_row_says_which_record_it_is_about() {
        let id = "a00000000000001";
        let update = body(Purpose::Update, &[("Id", id), ("Name", "x")]).unwrap();
        assert_eq!(update, format!(r#"{{"Id":"{id}","Name":"x"}}"#));
        let upsert = || Purpose::Upsert("ext__c".to_owned());
        let cells = [("Ext__c", "A/1"), ("Name", "x")];
        assert_eq!(
            body(upsert(), &cells).unwrap(),
            r#"{"Ext__c":"A/1","Name":"x"}"#
        );
        for (purpose, cells, words) in [
            (
                Purpose::Update,
                [("Id", ""), ("Name", "x")],
                "Id: it is empty",
            ),
            (
                Purpose::Update,
                [("Id", "../"), ("Name", "x")],
                "15 or 18 letters",
            ),
            (
                Purpose::Update,
                [("Id", "001000000000001"), ("Name", "x")],
                "begin with `a00`",
            ),
            (
                upsert(),
                [("Ext__c", ""), ("Name", "x")],
                "ext__c: it is empty",
            ),
            (upsert(), [("Ext__c", "#N/A"), ("Name", "x")], "it is null"),
            (
                Purpose::Create,
                [("Count__c", "x"), ("Name", "x")],
                "not a whole number",
            ),
        ] {
            let refused = body(purpose, &cells).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn what_names_the_records_must_be_a_column() {
        let names = [Name {
            text: "Name".to_owned(),
            line: 1,
        }];
        for (purpose, words) in [
            (Purpose::Update, "the column `Id` is missing"),
            (Purpose::Delete, "the column `Id` is missing"),
            (
                Purpose::Upsert("Ext__c".to_owned()),
                "the column `Ext__c` is missing",
            ),
            (
                Purpose::Upsert("Count__c".to_owned()),
                "is not an external id: Specimen__c has Ext__c, Strict__c",
            ),
        ] {
            let refused = Shape::of(purpose, Some(described()), (&names, &[]), "#N/A");
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn two_rows_for_one_record_have_the_same_key() {
        let update = shape(Purpose::Update, &["Id"]);
        let key = |shape: &Shape, cell: &str| shape.key(&row(&[cell])).unwrap();
        assert_eq!(
            key(&update, "a00D000000IqhSL"),
            key(&update, "a00D000000IqhSLIAZ")
        );
        assert_ne!(
            key(&update, "a00D000000IqhSL"),
            key(&update, "a00d000000iqhsl")
        );
        let upsert = shape(Purpose::Upsert("Ext__c".to_owned()), &["Ext__c"]);
        assert_eq!(key(&upsert, "ab-1"), key(&upsert, "AB-1"));
        // Whatever stands before it.
        let raw = |text: &str| {
            let raw = serde_json::value::RawValue::from_string(text.to_owned());
            Value::Json(raw.unwrap())
        };
        let update = shape(Purpose::Update, &["Flag__c", "Id"]);
        let row_of_json = Row {
            number: 1,
            line: 1,
            values: vec![(0, raw("true")), (1, raw("\"a00D000000IqhSL\""))],
        };
        assert_eq!(update.key(&row_of_json).as_deref(), Some("a00D000000IqhSL"));
        let strict = shape(Purpose::Upsert("Strict__c".to_owned()), &["Strict__c"]);
        assert_ne!(key(&strict, "ab-1"), key(&strict, "AB-1"));
        assert_eq!(shape(Purpose::Create, &["Name"]).key(&row(&["x"])), None);
    }

    #[test]
    fn a_row_that_names_no_record_has_no_key() {
        let json = |text: &str| {
            let raw = serde_json::value::RawValue::from_string(text.to_owned());
            Value::Json(raw.unwrap())
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let update = shape(Purpose::Update, &["Id"]);
        let upsert = shape(Purpose::Upsert("Ext__c".to_owned()), &["Ext__c"]);
        for value in [
            text(""),
            text("#N/A"),
            json("null"),
            json("\"\""),
            json("{}"),
        ] {
            let row = Row {
                number: 1,
                line: 2,
                values: vec![(0, value)],
            };
            assert_eq!(
                (update.key(&row), upsert.key(&row)),
                (None, None),
                "{row:?}"
            );
        }
        assert_eq!(update.key(&row(&["x"])), None);
    }

    #[test]
    fn numbers_that_are_equal_are_one_key() {
        let mut described = described();
        for field in &mut described.object.fields {
            field.external_id |= field.name == "Amount__c";
        }
        let names = [Name {
            text: "Amount__c".to_owned(),
            line: 1,
        }];
        let purpose = Purpose::Upsert("Amount__c".to_owned());
        let shape = Shape::of(purpose, Some(described), (&names, &[]), "#N/A").unwrap();
        let key = |cell: &str| shape.key(&row(&[cell])).unwrap();
        for same in ["007", "7.0", "+7", "0.7e1", "70E-1"] {
            assert_eq!(key("7"), key(same), "{same}");
        }
        for other in ["-7", "70", "0.7", "0"] {
            assert_ne!(key("7"), key(other), "{other}");
        }
        assert_eq!(key("0"), key("-0.00"));
    }

    #[test]
    fn a_row_sets_each_thing_once() {
        let id = "001D000000IqhSL";
        for (cells, words) in [
            (
                [("AccountId", id), ("Account.Ext__c", "x")],
                "Account: it is set twice",
            ),
            (
                [("Account.Ext__c", "x"), ("AccountId", "#N/A")],
                "AccountId: it is set twice",
            ),
            (
                [("Account:What.Ext__c", "x"), ("WhatId", id)],
                "WhatId: it is set twice",
            ),
        ] {
            let refused = body(Purpose::Create, &cells).unwrap_err();
            assert_eq!(refused, words);
        }
        // A row that uses only one of the columns is as any other.
        let cells = [("AccountId", id), ("Account.Ext__c", "")];
        assert!(body(Purpose::Create, &cells).is_ok());
        let ids = [("Id", "a00000000000001"), ("id", "a00000000000002")];
        assert_eq!(
            body(Purpose::Update, &ids).unwrap_err(),
            "Id: it is set twice"
        );
        let keys = [("Ext__c", "1"), ("ext__c", "2")];
        assert_eq!(
            body(Purpose::Upsert("Ext__c".to_owned()), &keys).unwrap_err(),
            "Ext__c: it is set twice"
        );
    }

    #[test]
    fn without_names_there_are_no_records() {
        for purpose in [
            Purpose::Update,
            Purpose::Delete,
            Purpose::Upsert("Ext__c".to_owned()),
        ] {
            assert!(Shape::of(purpose, Some(described()), (&[], &[]), "#N/A").is_ok());
        }
    }

    #[test]
    fn a_row_that_may_have_been_created_is_not_created_again() {
        let reason = format!("{OUTCOME_UNKNOWN}:its answer was lost: --");
        let cells = [("Name", "x"), ("sf__Error", reason.as_str())];
        let refused = body(Purpose::Create, &cells).unwrap_err();
        assert!(refused.contains("may have created it"), "{refused}");
        let cells = [
            ("Name", "x"),
            ("sf__Error", "REQUIRED_FIELD_MISSING:x:y --"),
        ];
        assert!(body(Purpose::Create, &cells).is_ok());
        let cells = [("Id", "a00000000000001"), ("sf__Error", reason.as_str())];
        assert!(body(Purpose::Update, &cells).is_ok(), "twice is as once");
    }

    #[test]
    fn without_a_description_texts_stay_texts() {
        let names = ["Name", "Count__c", "Account.Ext__c"].map(|text| Name {
            text: text.to_owned(),
            line: 1,
        });
        let shape = Shape::of(Purpose::Create, None, (&names, &[]), "#N/A").unwrap();
        let record = shape.record(&row(&["00501", "7", "x"])).unwrap();
        assert_eq!(
            record.whole(),
            r#"{"Name":"00501","Count__c":"7","Account":{"Ext__c":"x"}}"#
        );
        assert!(shape.record(&row(&["a", "7", "#N/A"])).is_err());
    }
}
