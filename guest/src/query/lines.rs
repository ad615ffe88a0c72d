//! The records of a page, each in a line of its own.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Records as NDJSON.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    count: u64,
    /// The last record, without its line feed.
    last: Range<usize>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

impl Lines {
    /// The records of a page. `None`: it is not one.
    ///
    /// They stay where they are, but for some bytes between them: nothing is copied elsewhere.
    pub(crate) fn of_page(page: String) -> Option<Self> {
        let body: Body<'_> = serde_json::from_str(&page).ok()?;
        let begin = page.as_ptr() as usize;
        let ranges = body.records.iter().map(|record| {
            let at = record.get().as_ptr() as usize - begin;
            at..at + record.get().len()
        });
        let ranges: Vec<Range<usize>> = ranges.collect();
        let mut lines = Self {
            bytes: page.into_bytes(),
            ..Self::default()
        };
        let mut end = 0;
        for range in ranges {
            // A record is followed by a comma or a bracket, so there is room for a line feed.
            let at = end;
            lines.bytes.copy_within(range.clone(), at);
            end = lines.without_line_feeds(at..at + range.len());
            lines.last = at..end;
            *lines.bytes.get_mut(end)? = b'\n';
            end += 1;
            lines.count += 1;
        }
        lines.bytes.truncate(end);
        Some(lines)
    }

    /// One record more.
    pub(crate) fn push(&mut self, record: &str) {
        let at = self.bytes.len();
        let kept = record.bytes().filter(|byte| !is_break(*byte));
        self.bytes.extend(kept);
        self.last = at..self.bytes.len();
        self.bytes.push(b'\n');
        self.count += 1;
    }

    /// Takes the line breaks out of a record: in JSON they can stand between tokens only.
    fn without_line_feeds(&mut self, range: Range<usize>) -> usize {
        let record = self.bytes.get_mut(range.clone()).unwrap_or_default();
        // As a rule there is none, and this looks at every byte of every page.
        let Some(first) = memchr::memchr2(b'\n', b'\r', record) else {
            return range.end;
        };
        let mut kept = first;
        for number in first..record.len() {
            match record.get(number) {
                Some(&byte) if !is_break(byte) => {
                    if let Some(place) = record.get_mut(kept) {
                        *place = byte;
                    }
                    kept += 1;
                }
                _ => {}
            }
        }
        range.start + kept
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// How long they are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The last record.
    pub(crate) fn last(&self) -> Option<&str> {
        let last = self.bytes.get(self.last.clone())?;
        str::from_utf8(last).ok().filter(|last| !last.is_empty())
    }

    /// The records, each without its line feed.
    pub(crate) fn records(&self) -> impl Iterator<Item = &str> {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines
            .filter_map(|line| str::from_utf8(line).ok())
            .filter(|line| !line.is_empty())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(page: &str) -> Option<String> {
        let lines = Lines::of_page(page.to_owned())?;
        Some(String::from_utf8(lines.into_bytes()).unwrap())
    }

    #[test]
    fn each_record_has_a_line_as_salesforce_wrote_it() {
        for (page, expected) in [
            (r#"{"records":[]}"#, ""),
            (r#"{"records":[{}]}"#, "{}\n"),
            (
                r#"{"totalSize":2,"records":[{"Id":"1","N": 1.50},{"Id":"]}"}],"done":true}"#,
                "{\"Id\":\"1\",\"N\": 1.50}\n{\"Id\":\"]}\"}\n",
            ),
            (
                "{\"records\" : [ {\r\n \"Id\" : \"a\\nb\"\n} ,\n {} ]}",
                "{ \"Id\" : \"a\\nb\"}\n{}\n",
            ),
        ] {
            assert_eq!(lines(page).as_deref(), Some(expected), "{page}");
        }
        for page in ["", "{}", "[]", r#"{"records":{}}"#, r#"{"records":[{]}"#] {
            assert_eq!(lines(page), None, "{page}");
        }
    }

    #[test]
    fn the_last_record_is_known() {
        let page = r#"{"records":[{"Id":"1"},{"Id":"2"}]}"#;
        let mut lines = Lines::of_page(page.to_owned()).unwrap();
        assert_eq!((lines.count(), lines.last()), (2, Some(r#"{"Id":"2"}"#)));
        lines.push("{\n}");
        assert_eq!((lines.count(), lines.last()), (3, Some("{}")));
        assert_eq!(lines.records().count(), 3);
        assert_eq!(Lines::default().last(), None);
    }

    proptest! {
        #[test]
        fn all_records_come_through(
            names in proptest::collection::vec("\\PC{0,8}", 0..8),
            gap in "[ \n]{0,3}",
        ) {
            let record = |name: &String| serde_json::json!({ "N": name }).to_string();
            let records: Vec<String> = names.iter().map(record).collect();
            let separator = format!("{gap},{gap}");
            let page = format!("{{\"records\":[{gap}{}{gap}]}}", records.join(&separator));
            let lines = Lines::of_page(page).unwrap();
            prop_assert_eq!(lines.count(), records.len() as u64);
            prop_assert!(lines.records().eq(records.iter().map(String::as_str)));
        }
    }
}
