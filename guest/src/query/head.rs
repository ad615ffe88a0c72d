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
    pub(super) total_size: Total,
    pub(super) done: bool,
    #[serde(default)]
    pub(super) next_records_url: Option<String>,
    /// Whether there is a record on the page.
    #[serde(rename = "records", deserialize_with = "is_filled")]
    pub(super) has_records: bool,
}

/// How many records a query matches in all; `None` where Salesforce does not know.
///
/// Source: Apex Developer Guide, "queryMore with the Apex Connector Framework": the
/// total of external objects can be -1. Any other negative number, and null, cannot
/// be a total either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Total(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Total;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a total")
            }

            fn visit_u64<E>(self, total: u64) -> Result<Total, E> {
                Ok(Total(Some(total)))
            }

            fn visit_i64<E>(self, total: i64) -> Result<Total, E> {
                Ok(Total(u64::try_from(total).ok()))
            }

            fn visit_unit<E>(self) -> Result<Total, E> {
                Ok(Total(None))
            }
        }

        value.deserialize_any(Number)
    }
}

fn is_filled<'de, D: Deserializer<'de>>(records: D) -> Result<bool, D::Error> {
    Ok(!Vec::<IgnoredAny>::deserialize(records)?.is_empty())
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
    let has_records = members.has_records?;
    let done = members.done?;
    if !done && members.next_records_url.is_none() {
        return None;
    }
    Some(Head {
        total_size: members.total_size?,
        done,
        next_records_url: members.next_records_url,
        has_records,
    })
}

/// Ends the reading early; nobody sees it.
const ENOUGH: &str = "this is enough";

/// The members that have been read so far.
#[derive(Default)]
struct Members {
    total_size: Option<Total>,
    done: Option<bool>,
    next_records_url: Option<String>,
    has_records: Option<bool>,
}

/// A list, of which only the beginning is looked at.
struct List<'a>(&'a mut Option<bool>);

/// The first element of a list, which is not read.
struct First<'a>(&'a mut Option<bool>);

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

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.0 = Some(false);
        list.next_element_seed(First(self.0))?;
        Err(A::Error::custom(ENOUGH))
    }
}

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        *self.0 = Some(true);
        Err(D::Error::custom(ENOUGH))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(total_size: i64, next: Option<&str>, has_records: bool) -> Head {
        Head {
            total_size: Total(u64::try_from(total_size).ok()),
            done: next.is_none(),
            next_records_url: next.map(str::to_owned),
            has_records,
        }
    }

    #[test]
    fn a_head_before_the_records_is_all_that_is_read() {
        for (page, expected) in [
            (
                r#"{"totalSize":0,"done":true,"records":[]}"#,
                head(0, None, false),
            ),
            (
                r#"{"totalSize":0,"done":true,"records" : [ ]}"#,
                head(0, None, false),
            ),
            (
                r#" {"x":[{}],"done":true,"totalSize":2,"records":[?]} "#,
                head(2, None, true),
            ),
            (
                r#"{"totalSize":9,"done":false,"nextRecordsUrl":"\/n","records":[{"Id":"1"}]}"#,
                head(9, Some("/n"), true),
            ),
            (
                r#"{"totalSize":-1,"done":false,"nextRecordsUrl":"/n","records":[{}]}"#,
                head(-1, Some("/n"), true),
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
                (read.total_size.0, read.next_records_url.as_deref()),
                (Some(1), Some("/n")),
                "{page}"
            );
        }
        let later = r#"{"totalSize":1,"done":true,"records":[{}],"x":7}"#;
        assert_eq!(before_records(later), None);
    }

    #[test]
    fn a_total_that_salesforce_does_not_know_is_none() {
        for (total, known) in [
            ("-1", None),
            ("-2", None),
            ("null", None),
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
        ] {
            for page in [
                format!(r#"{{"totalSize":{total},"done":true,"records":[{{}}]}}"#),
                format!(r#"{{"records":[{{}}],"done":true,"totalSize":{total}}}"#),
            ] {
                assert_eq!(read(&page).unwrap().total_size, Total(known), "{page}");
            }
        }
        for total in ["1.5", "\"1\"", "[]", "18446744073709551616", "true"] {
            let page = format!(r#"{{"totalSize":{total},"done":true,"records":[]}}"#);
            assert_eq!(read(&page), None, "{page}");
        }
    }

    #[test]
    fn what_is_no_page_has_no_head() {
        for page in [
            "",
            "[]}",
            "{]}",
            r#"{"totalSize":1,"done":true,"records":{"a":[]}}"#,
            r#"{"totalSize":1,"done":true,"records":[{"#,
            r#"{"totalSize":1,"records":[]}"#,
            r#"{"done":true,"records":[]}"#,
        ] {
            assert_eq!(read(page), None, "{page}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_find_the_same(total: i64, done: bool, next in "[ -~é\"\\\\]{0,20}", rows in 0_usize..4) {
            let next = serde_json::to_string(&next).unwrap();
            let rows = vec![r#"{"Id":"]}"}"#; rows].join(",");
            let page = format!(r#"{{"totalSize":{total},"done":{done},"nextRecordsUrl":{next},"records":[{rows}]}}"#);
            let whole: Head = serde_json::from_str(&page).unwrap();
            let quick = before_records(&page).unwrap();
            prop_assert_eq!(
                (quick.total_size, quick.done, quick.next_records_url, quick.has_records),
                (whole.total_size, whole.done, whole.next_records_url, whole.has_records)
            );
        }
    }
}
