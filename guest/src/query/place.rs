//! Where in a page a byte stands: in which record, and in which of its fields.

use std::fmt;

/// A place in a page, as far as it can be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1; 0 outside of the records.
    record: usize,
    /// The relationships to the field, and the field.
    field: Vec<String>,
}

/// How deep a page is looked into. Five levels of parents are the most that SOQL
/// has. Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations".
const DEPTH_MAX: usize = 16;

/// An object or an array that has begun and not ended.
enum Open {
    /// With the name of the member that is being read.
    Object(String),
    /// With the number of the element that is being read, from 1.
    Array(usize),
}

/// Finds the place at which `page` ends: it is read as far as it goes.
pub(super) fn at_end(page: &str) -> Option<Place> {
    let mut open: Vec<Open> = Vec::new();
    let mut rest = page.chars();
    // The last string, which is a name if a colon comes after it.
    let mut text = String::new();
    while let Some(letter) = rest.next() {
        match letter {
            '"' => text = string(&mut rest),
            ':' => {
                if let Some(Open::Object(name)) = open.last_mut() {
                    *name = std::mem::take(&mut text);
                }
            }
            '{' => open.push(Open::Object(String::new())),
            '[' => open.push(Open::Array(1)),
            '}' | ']' => _ = open.pop()?,
            ',' => match open.last_mut()? {
                Open::Object(name) => name.clear(),
                Open::Array(element) => *element += 1,
            },
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return None;
        }
    }
    place(&open)
}

fn place(open: &[Open]) -> Option<Place> {
    let [Open::Object(records), Open::Array(record), within @ ..] = open else {
        return None;
    };
    if records != "records" {
        return None;
    }
    let field = within.iter().filter_map(|open| match open {
        Open::Object(name) if !name.is_empty() => Some(name.clone()),
        _ => None,
    });
    Some(Place {
        record: *record,
        field: field.collect(),
    })
}

/// What a string says until its end; its escapes stay as they are.
fn string(letters: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => {
                text.push(letter);
                text.extend(letters.next());
            }
            letter => text.push(letter),
        }
    }
    text
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "record {}", self.record)?;
        if !self.field.is_empty() {
            write!(out, ", field {}", self.field.join("."))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(page: &str) -> Option<String> {
        at_end(page).map(|place| place.to_string())
    }

    #[test]
    fn a_record_and_its_field_are_named() {
        for (page, place) in [
            (
                r#"{"totalSize":1,"records":[{"Id":"1","Name":"a"#,
                "record 1, field Name",
            ),
            (
                r#"{"records":[{"Id":"1,}]{"},{"Name":"é "#,
                "record 2, field Name",
            ),
            (
                r#"{"records":[{},{},{"Owner":{"attributes":{},"Name":"#,
                "record 3, field Owner.Name",
            ),
            (
                r#"{"records":[{"a":1},{"b":[1,{"c":""#,
                "record 2, field b.c",
            ),
            (r#"{"records":[{"N":"\"\\","M":"x"#, "record 1, field M"),
            (r#"{"records":[{"a":1},"#, "record 2"),
            (r#"{"records":[{"a":1,"#, "record 1"),
        ] {
            assert_eq!(told(page).as_deref(), Some(place), "{page}");
        }
    }

    #[test]
    fn what_is_outside_of_the_records_has_no_place() {
        for page in [
            "",
            "[",
            r#"{"totalSize":1,"nextRecordsUrl":"x"#,
            r#"{"records":[]}"#,
            r#"{"other":[{"a":""#,
            "}",
        ] {
            assert_eq!(told(page), None, "{page}");
        }
        let deep = format!("{{\"records\":{}", "[".repeat(DEPTH_MAX));
        assert_eq!(told(&deep), None);
    }

    proptest! {
        #[test]
        fn any_text_has_a_place_or_none(page in "(\\{\"records\":\\[)?[{}\\[\\]\",:a\\\\é]{0,30}") {
            _ = told(&page);
        }
    }
}
