//! Records as lines of a table.

use super::{Content, Record};
use crate::schema::Kind;
use crate::sql::{Form, Member, Selected};

impl Record {
    /// The values of the record and of its parents, in the order of what was
    /// selected; empty for null. Compound fields and children have no value.
    ///
    /// Source: Bulk API 2.0 and Bulk API Developer Guide, "Get Results for a Query
    /// Job". Date-times end in `Z` there, unlike in JSON: estuary/connectors, pull
    /// request 2519.
    pub(crate) fn values(&self, selected: &Selected) -> Vec<String> {
        let mut values = Vec::with_capacity(selected.members.len());
        push(Some(self), selected, &mut values);
        values
    }
}

/// Without a record every value is null.
fn push(record: Option<&Record>, selected: &Selected, values: &mut Vec<String>) {
    for (place, member) in selected.members.iter().enumerate() {
        let content = record.and_then(|record| record.members.get(place));
        let content = content.map_or(&Content::Null, |(_, content)| content);
        match (member, content) {
            (Member::Value { form, .. }, content) => values.push(text(content, form)),
            (Member::Parent { record, .. }, Content::Record(parent)) => {
                push(Some(parent), record, values);
            }
            (Member::Parent { record, .. }, _) => push(None, record, values),
            (Member::Compound { .. } | Member::TypeOf { .. } | Member::Children { .. }, _) => {}
        }
    }
}

fn text(content: &Content, form: &Form) -> String {
    match (content, form) {
        (Content::Text(text), Form::Plain(Kind::DateTime)) => {
            let instant = text.strip_suffix("+0000");
            instant.map_or_else(|| text.clone(), |instant| format!("{instant}Z"))
        }
        (Content::Text(text), _) => text.clone(),
        (Content::Boolean(value), _) => value.to_string(),
        (Content::Integer(value), _) => value.to_string(),
        // As JSON has it: `100.0`.
        (Content::Double(value), _) => serde_json::Value::from(*value).to_string(),
        (
            Content::Null
            | Content::Bytes
            | Content::Compound(_)
            | Content::Record(_)
            | Content::Children(_),
            _,
        ) => String::new(),
    }
}
