//! What a page says about itself, beside its records.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// The members of a page that are not its records.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub(super) total_size: u64,
    pub(super) done: bool,
    #[serde(default)]
    pub(super) next_records_url: Option<String>,
    /// That there are some is all that counts.
    #[serde(rename = "records")]
    _records: Vec<IgnoredAny>,
}

/// The head of a page; `None` for what is no page.
///
/// Salesforce puts the head first, and looking through two thousand records
/// takes longer than all else that is done with them. Whoever uses them reads
/// them anyway. So that is done only when something is missing before them, or
/// the page does not end as one does.
pub(super) fn read(page: &str) -> Option<Head> {
    before_records(page).or_else(|| serde_json::from_str(page).ok())
}

/// The head, if all of it stands before the records.
fn before_records(page: &str) -> Option<Head> {
    if !page.trim_ascii_end().ends_with("]}") {
        return None;
    }
    let mut members = Members::default();
    // Ends at the records, which is an error to the parser.
    _ = serde_json::Deserializer::from_str(page).deserialize_map(&mut members);
    let done = members.done.filter(|_| members.has_records)?;
    if !done && members.next_records_url.is_none() {
        return None;
    }
    Some(Head {
        total_size: members.total_size?,
        done,
        next_records_url: members.next_records_url,
        _records: Vec::new(),
    })
}

/// The members that have been read so far.
#[derive(Default)]
struct Members {
    total_size: Option<u64>,
    done: Option<bool>,
    next_records_url: Option<String>,
    has_records: bool,
}

/// A list, which is not looked into.
struct List<'a>(&'a mut bool);

impl<'de> Visitor<'de> for &mut Members {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "totalSize" => self.total_size = Some(map.next_value()?),
                "done" => self.done = Some(map.next_value()?),
                "nextRecordsUrl" => self.next_records_url = map.next_value()?,
                "records" => map.next_value_seed(List(&mut self.has_records))?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        *self.0 = true;
        Err(A::Error::custom("this is enough"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(total_size: u64, next: Option<&str>) -> Head {
        Head {
            total_size,
            done: next.is_none(),
            next_records_url: next.map(str::to_owned),
            _records: Vec::new(),
        }
    }

    #[test]
    fn a_head_before_the_records_is_all_that_is_read() {
        for (page, expected) in [
            (r#"{"totalSize":0,"done":true,"records":[]}"#, head(0, None)),
            (
                r#" {"x":[{}],"done":true,"totalSize":2,"records":[?]} "#,
                head(2, None),
            ),
            (
                r#"{"totalSize":9,"done":false,"nextRecordsUrl":"\/n","records":[{"Id":"1"}]}"#,
                head(9, Some("/n")),
            ),
        ] {
            assert_eq!(before_records(page), Some(expected), "{page}");
        }
    }

    #[test]
    fn a_head_elsewhere_is_found_as_well() {
        for page in [
            r#"{"records":[{}],"totalSize":1,"done":false,"nextRecordsUrl":"/n"}"#,
            r#"{"totalSize":1,"done":false,"records":[{}],"nextRecordsUrl":"/n"}"#,
            r#"{"totalSize":1,"done":false,"nextRecordsUrl":"/n","records":[{}],"x":[]}"#,
        ] {
            let read = read(page).unwrap();
            assert_eq!(
                (read.total_size, read.next_records_url.as_deref()),
                (1, Some("/n")),
                "{page}"
            );
        }
        let later = r#"{"totalSize":1,"done":true,"records":[{}],"x":7}"#;
        assert_eq!(before_records(later), None);
    }

    #[test]
    fn what_is_no_page_has_no_head() {
        for page in [
            "",
            "[]}",
            "{]}",
            r#"{"totalSize":1,"done":true,"records":{"a":[]}}"#,
            r#"{"totalSize":1,"done":true,"records":[{"#,
            r#"{"totalSize":-1,"done":true,"records":[]}"#,
            r#"{"totalSize":1,"records":[]}"#,
            r#"{"done":true,"records":[]}"#,
        ] {
            assert_eq!(read(page), None, "{page}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_find_the_same(total: u32, done: bool, next in "[ -~é\"\\\\]{0,20}", rows in 0_usize..4) {
            let next = serde_json::to_string(&next).unwrap();
            let rows = vec![r#"{"Id":"]}"}"#; rows].join(",");
            let page = format!(r#"{{"totalSize":{total},"done":{done},"nextRecordsUrl":{next},"records":[{rows}]}}"#);
            let whole: Head = serde_json::from_str(&page).unwrap();
            let quick = before_records(&page).unwrap();
            prop_assert_eq!(
                (quick.total_size, quick.done, quick.next_records_url),
                (whole.total_size, whole.done, whole.next_records_url)
            );
        }
    }
}
