use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn said(text: &str) -> Option<String> {
    fault(text).map(
        |Fault {
             words,
             line,
             column,
         }| format!("{words} at {line}:{column}"),
    )
}

/// The first two are captured: jetstreamapp/jetstream, issue 538, and an answer
/// to a body without a colon. Nobody could confirm the words of the others, nor
/// the columns: Jackson counts one past the character that it names.
#[test]
fn faults_have_jacksons_words() {
    for (text, words) in [
        (
            "{\n\"a\": 1,}",
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name at 2:9",
        ),
        (
            r#"{"a" "b"}"#,
            "Unexpected character ('\"' (code 34)): was expecting a colon to separate field name and value at 1:7",
        ),
        (
            r#"{"a""#,
            "Unexpected end-of-input: expected close marker for OBJECT at 1:5",
        ),
        (
            r#"{"a": 1 "b": 2}"#,
            "Unexpected character ('\"' (code 34)): was expecting comma to separate OBJECT entries at 1:10",
        ),
        (
            "[1 2]",
            "Unexpected character ('2' (code 50)): was expecting comma to separate ARRAY entries at 1:5",
        ),
        (
            r#"{"a": }"#,
            "Unexpected character ('}' (code 125)): expected a valid value (number, String, array, object, 'true', 'false' or 'null') at 1:8",
        ),
        (
            r#"{"a": yes}"#,
            "Unrecognized token 'yes': was expecting ('true', 'false' or 'null') at 1:10",
        ),
        (
            "{name: 1}",
            "Unexpected character ('n' (code 110)): was expecting double-quote to start field name at 1:3",
        ),
        (
            "[1, [2",
            "Unexpected end-of-input: expected close marker for ARRAY at 1:7",
        ),
        (
            "\"a\nb\"",
            "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value at 2:1",
        ),
        (
            r#"{"a\x": 1}"#,
            "Unrecognized character escape 'x' (code 120) at 1:6",
        ),
        (
            r#"["a"#,
            "Unexpected end-of-input: was expecting closing quote for a string value at 1:4",
        ),
    ] {
        assert_eq!(said(text).as_deref(), Some(words), "{text}");
    }
    for text in [
        "",
        " ",
        "{}",
        "[]",
        " [ {\"é\": [1.5e3, true, null]} ] x",
        "01",
        "-",
    ] {
        assert_eq!(said(text), None, "{text}");
    }
}

#[test]
fn a_member_is_found_by_its_name() {
    let text = "{ \"N\\u0061me\": {\"Foo\": [1]},\n  \"Foo\": \"x\", \"b\": 2 }";
    for (member, place_of) in [("Name", Some((1, 16))), ("FOO", Some((2, 10))), ("c", None)] {
        assert_eq!(place(text, member), place_of, "{member}");
    }
    assert_eq!(place("[1]", "a"), None);
}

#[test]
fn what_lies_too_deep_is_not_looked_into() {
    let deep = |levels: usize| format!("{}x", "[".repeat(levels));
    assert!(fault(&deep(DEPTH_MAX)).is_some());
    assert_eq!(fault(&deep(DEPTH_MAX + 1)), None);
    assert_eq!(fault(&deep(1_000_000)), None);
}

proptest! {
    /// What serde_json reads has no fault, and what has one it does not read.
    #[test]
    fn both_parsers_agree(text in r#"[\[\]{},:"\\ a1ntrue.\n-]{0,24}"#) {
        if serde_json::from_str::<Value>(&text).is_ok() {
            prop_assert_eq!(fault(&text), None);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", member in "\\PC{0,3}") {
        let _ = (fault(&text), place(&text, &member));
    }
}
