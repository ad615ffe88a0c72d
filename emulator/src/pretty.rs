//! JSON with line breaks and blanks, for people: `X-PrettyPrint: 1`.
//!
//! Source: the examples of the REST API Developer Guide that send the header,
//! such as "List View Describe": a line for each member, two blanks for each
//! object, blanks around a colon, and the elements of an array on one line.

/// The same JSON, readable. What is no JSON comes out as it likes, but comes out.
pub(crate) fn print(json: &[u8]) -> Vec<u8> {
    let mut printed = Vec::with_capacity(json.len() * 2);
    let mut levels: Vec<u8> = Vec::new();
    let mut before = None;
    let mut bytes = json.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                printed.push(byte);
                string(&mut bytes, &mut printed);
            }
            b'{' | b'[' => {
                levels.push(byte);
                printed.push(byte);
                let is_empty = bytes.peek().is_none_or(|next| matches!(next, b'}' | b']'));
                if byte == b'[' || is_empty {
                    printed.push(b' ');
                } else {
                    new_line(&mut printed, &levels);
                }
            }
            b'}' | b']' => {
                levels.pop();
                let is_empty = matches!(before, Some(b'{' | b'['));
                if byte == b'}' && !is_empty {
                    new_line(&mut printed, &levels);
                } else if byte == b']' && !is_empty {
                    printed.push(b' ');
                }
                printed.push(byte);
            }
            b',' => {
                printed.push(byte);
                if levels.last() == Some(&b'{') {
                    new_line(&mut printed, &levels);
                } else {
                    printed.push(b' ');
                }
            }
            b':' => printed.extend(b" : "),
            other => printed.push(other),
        }
        before = Some(byte);
    }
    printed
}

/// The rest of a string, its last quote included.
fn string(bytes: &mut impl Iterator<Item = u8>, printed: &mut Vec<u8>) {
    let mut is_escaped = false;
    for byte in bytes {
        printed.push(byte);
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return,
            _ => {}
        }
    }
}

/// A new line in the innermost object: arrays add no blanks.
fn new_line(printed: &mut Vec<u8>, levels: &[u8]) {
    let objects = levels.iter().filter(|level| **level == b'{').count();
    printed.push(b'\n');
    printed.extend(std::iter::repeat_n(b' ', 2 * objects));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn it_looks_like_the_guides_examples() {
        let json = json!({
            "columns": [{"hidden": false, "label": "a, b: \"{c}\\"}, {"type": null}],
            "done": true,
            "empty": [{}, []],
            "values": ["THIS_WEEK", 1.5],
        });
        let printed = print(json.to_string().as_bytes());
        let expected = r#"{
  "columns" : [ {
    "hidden" : false,
    "label" : "a, b: \"{c}\\"
  }, {
    "type" : null
  } ],
  "done" : true,
  "empty" : [ { }, [ ] ],
  "values" : [ "THIS_WEEK", 1.5 ]
}"#;
        assert_eq!(String::from_utf8_lossy(&printed), expected);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\"\\\\{}\\[\\]:, é]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a\"\\\\:]{0,3}", inner, 0..4)
                    .prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_means_the_same(value in values()) {
            let printed = print(value.to_string().as_bytes());
            prop_assert_eq!(serde_json::from_slice::<Value>(&printed).expect("JSON"), value);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let _ = print(&bytes);
        }
    }
}
