//! How far the reading of a result has come, and whether it is whole. Pure.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::record::Cut;

/// How many hashes of locators are kept, 8 bytes each. Past it the memory begins anew.
const LOCATORS_MAX: usize = 1 << 20;

/// The pages of one statement, one after the other.
#[derive(Default)]
pub(crate) struct Reading {
    /// Records that were delivered.
    records: u64,
    /// How many there are in all, if Salesforce knows.
    total: Option<u64>,
    has_begun: bool,
    locators: HashSet<u64>,
    hasher: RandomState,
}

impl Reading {
    /// Takes a page into account, before its records.
    ///
    /// # Errors
    ///
    /// When it leads in a circle.
    pub(crate) fn page(&mut self, total: Option<u64>, next: Option<&str>) -> Result<(), String> {
        if !self.has_begun {
            // The first page's: no later one may move the end.
            self.has_begun = true;
            self.total = total.map(|total| total.saturating_add(self.records));
        }
        let Some(next) = next else {
            return Ok(());
        };
        if self.locators.len() >= LOCATORS_MAX {
            self.locators.clear();
        }
        match self.locators.insert(self.hasher.hash_one(next)) {
            true => Ok(()),
            false => Err("the org named the same page twice: the query would never end".to_owned()),
        }
    }

    /// Notes records that are delivered.
    ///
    /// # Errors
    ///
    /// When there are more than the query has.
    pub(crate) fn records(&mut self, records: u64) -> Result<(), String> {
        self.records += records;
        match self.total {
            Some(total) if self.records > total => Err(format!(
                "the org sent {} records, but reported a total of {total}",
                self.records
            )),
            _ => Ok(()),
        }
    }

    /// Begins with the pages of another statement, which goes on where this one was.
    pub(crate) fn resume(&mut self) {
        self.has_begun = false;
        self.locators.clear();
    }

    /// How many records were delivered.
    pub(crate) fn delivered(&self) -> u64 {
        self.records
    }

    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Judges the whole, after its last page.
    ///
    /// # Errors
    ///
    /// Says what is missing.
    pub(crate) fn end(&self, is_count: bool, cuts: &[Cut]) -> Result<(), String> {
        let missing = match self.total {
            // The number is the result.
            _ if is_count => 0,
            Some(total) => total.saturating_sub(self.records),
            None => 0,
        };
        let mut parts = Vec::new();
        if missing > 0 {
            let total = self.total.unwrap_or_default();
            parts.push(format!(
                "{missing} of {total} records are missing; they may have been deleted while the \
                 pages were read"
            ));
        }
        for Cut {
            relationship,
            records,
        } in cuts
        {
            let number = match records {
                Some(0) | None => String::new(),
                Some(records) => format!("{records} "),
            };
            parts.push(format!(
                "{number}child records of `{relationship}` are missing"
            ));
        }
        match parts.is_empty() {
            true => Ok(()),
            false => Err(parts.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_has_as_many_records_as_it_says() {
        let mut reading = Reading::default();
        reading.page(Some(5), Some("/2")).unwrap();
        reading.records(2).unwrap();
        reading.page(Some(9), None).unwrap();
        reading.records(2).unwrap();
        assert_eq!(
            reading.end(false, &[]).unwrap_err(),
            "1 of 5 records are missing; they may have been deleted while the pages were read"
        );
        reading.records(1).unwrap();
        assert_eq!(reading.end(false, &[]), Ok(()));
        let many = reading.records(1).unwrap_err();
        assert_eq!(many, "the org sent 6 records, but reported a total of 5");
    }

    #[test]
    fn a_count_and_an_unknown_total_have_nothing_missing() {
        let mut reading = Reading::default();
        reading.page(Some(5), None).unwrap();
        assert_eq!(reading.end(true, &[]), Ok(()));
        let mut reading = Reading::default();
        reading.page(None, None).unwrap();
        reading.records(7).unwrap();
        assert_eq!((reading.end(false, &[]), reading.total()), (Ok(()), None));
    }

    #[test]
    fn a_circle_is_noticed() {
        let mut reading = Reading::default();
        for next in ["/1", "/2"] {
            reading.page(Some(9), Some(next)).unwrap();
        }
        assert!(reading.page(Some(9), Some("/1")).is_err());
    }

    #[test]
    fn a_resumed_reading_counts_on() {
        let mut reading = Reading::default();
        reading.page(Some(5), Some("/1")).unwrap();
        reading.records(3).unwrap();
        reading.resume();
        // One was created meanwhile.
        reading.page(Some(3), Some("/1")).unwrap();
        reading.records(3).unwrap();
        assert_eq!((reading.delivered(), reading.total()), (6, Some(6)));
        assert_eq!(reading.end(false, &[]), Ok(()));
    }

    #[test]
    fn missing_children_are_named() {
        let cut = |relationship: &str, records| Cut {
            relationship: relationship.to_owned(),
            records,
        };
        let reading = Reading::default();
        assert_eq!(
            reading.end(
                false,
                &[cut("Contacts", Some(3)), cut("Contacts.Cases", None)]
            ),
            Err(
                "3 child records of `Contacts` are missing; child records of `Contacts.Cases` are \
                 missing"
                    .to_owned()
            )
        );
    }
}
