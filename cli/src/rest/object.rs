//! The JSON body that fields make.

use super::fields::Field;
use super::key::{Step, steps};
use super::typed::Value;
use crate::verdict::Usage;

/// A value that is being put together. Members keep the order in which they were typed.
#[derive(Debug)]
enum Node {
    Value(Value),
    Object(Vec<(String, Node)>),
    List(Vec<Node>),
}

/// The fields as one JSON object.
///
/// # Errors
///
/// When a key is invalid, or is in the way of another one: `a=1` beside `a[b]=2`, or the
/// same key twice.
pub(super) fn json(fields: &[Field]) -> Result<String, Usage> {
    let mut object = Node::Object(Vec::new());
    for field in fields {
        let steps = steps(&field.key)?;
        add(&mut object, &steps, &field.value).ok_or_else(|| {
            Usage::new(format!(
                "the field `{}` contradicts one before it: each key is set once",
                field.key
            ))
        })?;
    }
    let mut json = String::new();
    object.write(&mut json);
    Ok(json)
}

/// Adds a value below a node; `None` where something else is.
fn add(node: &mut Node, steps: &[Step<'_>], value: &Value) -> Option<()> {
    let (step, rest) = steps.split_first()?;
    match (step, node) {
        (Step::Member(name), Node::Object(members)) => {
            match members.iter_mut().find(|(known, _)| known == name) {
                Some((_, member)) => add(member, rest, value),
                None => {
                    members.push(((*name).to_owned(), new(rest, value)?));
                    Some(())
                }
            }
        }
        (Step::Item, Node::List(items)) => match items.last_mut() {
            Some(last) if takes(last, rest) => add(last, rest, value),
            _ => {
                items.push(new(rest, value)?);
                Some(())
            }
        },
        _ => None,
    }
}

/// A node that has nothing but this value.
fn new(steps: &[Step<'_>], value: &Value) -> Option<Node> {
    let mut node = match steps.first() {
        None => return Some(Node::Value(value.clone())),
        Some(Step::Member(_)) => Node::Object(Vec::new()),
        Some(Step::Item) => Node::List(Vec::new()),
    };
    add(&mut node, steps, value)?;
    Some(node)
}

/// Whether a value can be added to an item that is there: `a[][b]` begins a new item when
/// the last one has `b`, as in `gh api`.
fn takes(node: &Node, steps: &[Step<'_>]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return false;
    };
    match (step, node) {
        (Step::Member(name), Node::Object(members)) => members
            .iter()
            .find(|(known, _)| known == name)
            .is_none_or(|(_, member)| takes(member, rest)),
        (Step::Item, Node::List(_)) => true,
        _ => false,
    }
}

impl Node {
    fn write(&self, json: &mut String) {
        match self {
            Self::Value(value) => value.write(json),
            Self::Object(members) => {
                json.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    Value::Text(name.clone()).write(json);
                    json.push(':');
                    member.write(json);
                }
                json.push('}');
            }
            Self::List(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    item.write(json);
                }
                json.push(']');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(fields: &[&str]) -> Result<String, Usage> {
        let fields = fields.iter().map(|field| {
            let (key, value) = field.split_once('=').unwrap();
            let value = match value {
                "[]" => Value::EmptyList,
                number if number.parse::<u8>().is_ok() => Value::Literal(number.to_owned()),
                text => Value::Text(text.to_owned()),
            };
            Field {
                key: key.to_owned(),
                value,
            }
        });
        json(&fields.collect::<Vec<_>>())
    }

    #[test]
    fn fields_make_an_object_in_their_order() {
        for (fields, json) in [
            (&["b=x", "a=1"][..], r#"{"b":"x","a":1}"#),
            (&["a[b]=x", "a[c]=1"], r#"{"a":{"b":"x","c":1}}"#),
            (&["a[]=x", "a[]=1"], r#"{"a":["x",1]}"#),
            (&["a=[]"], r#"{"a":[]}"#),
            (
                &["a[][m]=GET", "a[][u]=x", "a[][m]=PUT", "a[][u]=y"],
                r#"{"a":[{"m":"GET","u":"x"},{"m":"PUT","u":"y"}]}"#,
            ),
            (
                &["a[][b][c]=1", "a[][b][d]=2", "a[][b][c]=3"],
                r#"{"a":[{"b":{"c":1,"d":2}},{"b":{"c":3}}]}"#,
            ),
            (&["a[][]=1", "a[][]=2"], r#"{"a":[[1,2]]}"#),
            (&["a\"b=x"], r#"{"a\"b":"x"}"#),
            (&[], "{}"),
        ] {
            assert_eq!(made(fields).unwrap(), json);
        }
    }

    #[test]
    fn a_field_in_the_way_of_another_is_refused() {
        for fields in [
            &["a=1", "a=2"][..],
            &["a=1", "a[b]=2"],
            &["a[b]=1", "a=2"],
            &["a[]=1", "a[b]=2"],
            &["a[b]=1", "a[]=2"],
            &["a=[]", "a=1"],
        ] {
            let refused = made(fields).unwrap_err().to_string();
            assert!(refused.contains("contradicts"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn whatever_fields_make_is_json(
            fields in proptest::collection::vec(("[ab]{1,2}(\\[[ab]?\\]){0,3}", ".{0,8}"), 0..8)
        ) {
            let fields: Vec<Field> = fields
                .into_iter()
                .map(|(key, text)| Field { key, value: Value::Text(text) })
                .collect();
            if let Ok(json) = json(&fields) {
                serde_json::from_str::<serde_json::Value>(&json).unwrap();
            }
        }
    }
}
