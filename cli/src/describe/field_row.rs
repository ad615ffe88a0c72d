//! A field, as a row of the table that people read.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::rows::Rows;
use super::{Choice, Field};
use crate::verdict::Unreadable;

/// Values of a picklist that a table shows. Salesforce allows 1,000 and more in a list;
/// ten tell what kind of values a field has.
const CHOICES_MAX: usize = 10;

/// What is shown of a field.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldRow {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    label: String,
    required: bool,
    references: Option<String>,
    values: Option<String>,
}

/// How many values of a picklist are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choices {
    /// A few, for people.
    Few,
    /// All that can be chosen.
    All,
}

/// What is shown of a field and not needed to write it.
#[derive(Debug, Deserialize)]
struct Words {
    #[serde(rename = "type")]
    data_type: String,
    #[serde(default)]
    label: Option<String>,
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    fields: Vec<&'a RawValue>,
}

impl FieldRow {
    /// The columns that are shown.
    pub(crate) const COLUMNS: [&'static str; 6] =
        ["name", "type", "label", "required", "references", "values"];

    /// Reads the description of an object.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if it has another form.
    pub(crate) fn all(body: &[u8], choices: Choices) -> Result<Rows<'_, Self>, Unreadable> {
        let whole: Whole<'_> = serde_json::from_slice(body).map_err(Unreadable::Answer)?;
        Rows::of(whole.fields, |field| {
            let words: Words = serde_json::from_str(field)?;
            Ok(Self::of(serde_json::from_str(field)?, words, choices))
        })
    }

    fn of(field: Field, words: Words, choices: Choices) -> Self {
        Self {
            required: field.is_required(),
            references: (!field.reference_to.is_empty()).then(|| field.reference_to.join(", ")),
            values: values(&field.picklist_values, choices),
            name: field.name,
            data_type: words.data_type,
            label: words.label.unwrap_or_default(),
        }
    }
}

/// The values that can be chosen; `None` of a field that is no picklist.
fn values(choices: &[Choice], shown: Choices) -> Option<String> {
    let active = choices.iter().filter(|choice| choice.active);
    let active: Vec<&str> = active.map(|choice| choice.value.as_str()).collect();
    let most = match shown {
        Choices::Few => CHOICES_MAX,
        Choices::All => active.len(),
    };
    // One more is as short as the words that there is one more.
    let most = if active.len() == most + 1 {
        most + 1
    } else {
        most
    };
    let (few, more) = active.split_at(most.min(active.len()));
    let mut values = few.join("; ");
    if !more.is_empty() {
        values.push_str(&format!("; … {} more", more.len()));
    }
    (!choices.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(count: usize) -> Vec<Choice> {
        let choice = |at| Choice {
            value: format!("v{at}"),
            active: true,
        };
        (0..count).map(choice).collect()
    }

    #[test]
    fn a_field_is_shown_as_people_need_it() {
        let body = br#"{"name":"Account","fields":[
            {"name":"Name","type":"string","label":"Account Name","createable":true,"nillable":false,"defaultedOnCreate":false},
            {"name":"OwnerId","type":"reference","label":"Owner ID","createable":true,"nillable":false,
             "defaultedOnCreate":true,"referenceTo":["User","Group"]},
            {"name":"Industry","type":"picklist","label":"Industry","createable":true,"nillable":true,
             "picklistValues":[{"value":"Energy","active":true},{"value":"Old","active":false},{"value":"Banking","active":true}]},
            {"name":"New__c","type":"hologram"}]}"#;
        let rows = FieldRow::all(body, Choices::Few).unwrap();
        let shown: Vec<String> = rows
            .shown
            .iter()
            .map(|row| serde_json::to_string(row).unwrap())
            .collect();
        assert_eq!(
            shown,
            [
                r#"{"name":"Name","type":"string","label":"Account Name","required":true,"references":null,"values":null}"#,
                r#"{"name":"OwnerId","type":"reference","label":"Owner ID","required":false,"references":"User, Group","values":null}"#,
                r#"{"name":"Industry","type":"picklist","label":"Industry","required":false,"references":null,"values":"Energy; Banking"}"#,
                r#"{"name":"New__c","type":"hologram","label":"","required":false,"references":null,"values":null}"#,
            ]
        );
        assert_eq!(rows.written.len(), 4);
    }

    #[test]
    fn a_long_picklist_is_cut_for_people_only() {
        let count = |count, shown| {
            let values = values(&choices(count), shown).unwrap();
            (
                values.split("; ").count(),
                values.contains("…").then_some(values),
            )
        };
        assert_eq!(count(CHOICES_MAX, Choices::Few), (CHOICES_MAX, None));
        assert_eq!(
            count(CHOICES_MAX + 1, Choices::Few),
            (CHOICES_MAX + 1, None)
        );
        let (parts, values) = count(CHOICES_MAX + 2, Choices::Few);
        assert_eq!(parts, CHOICES_MAX + 1);
        assert!(values.unwrap().ends_with("; … 2 more"));
        assert_eq!(count(1_000, Choices::All), (1_000, None));
    }

    #[test]
    fn a_picklist_without_a_choice_is_still_one() {
        let none = [Choice {
            value: "x".to_owned(),
            active: false,
        }];
        assert_eq!(values(&none, Choices::Few).as_deref(), Some(""));
        assert_eq!(values(&[], Choices::Few), None);
    }

    #[test]
    fn another_form_is_refused() {
        for body in ["", "[]", "{}", r#"{"fields":[7]}"#, r#"{"fields":[{}]}"#] {
            assert!(
                FieldRow::all(body.as_bytes(), Choices::All).is_err(),
                "{body}"
            );
        }
    }
}
