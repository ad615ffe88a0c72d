//! Whether the pages of a query come to an end, and make a whole result: the rules that the
//! component and the host share.
//!
//! An org, or whatever answers in its place, can name a page that it has named before, and send
//! more records than the query has, or fewer.

mod incomplete;

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

pub use incomplete::{CutChildren, Incomplete, Missing};

/// How many hashes of locators are kept, 8 bytes each. Past it the memory begins anew:
/// a circle of fewer pages is still noticed, later. A page has 2,000 records, so this
/// is a result of two billion.
const LOCATORS_MAX: usize = 1 << 20;

/// The pages of one statement, one after the other.
#[derive(Debug, Default)]
pub struct Reading {
    records: u64,
    total: Option<u64>,
    has_begun: bool,
    /// Records of the statements before this one.
    before: u64,
    locators: HashSet<u64>,
    hasher: RandomState,
}

impl Reading {
    /// Takes a page into account, before its records. `total`: how many records the query has
    /// in all, if the page says it; `next`: where the next page is.
    ///
    /// # Errors
    ///
    /// [`Incomplete::Circle`].
    pub fn page(&mut self, total: Option<u64>, next: Option<&str>) -> Result<(), Incomplete> {
        if !self.has_begun {
            self.has_begun = true;
            self.before = self.records;
            self.total = None;
        }
        // The first that is told: no later one may move the end.
        let told = total.map(|total| total.saturating_add(self.before));
        self.total = self.total.or(told);
        let Some(next) = next else {
            return Ok(());
        };
        if self.locators.len() >= LOCATORS_MAX {
            self.locators.clear();
        }
        match self.locators.insert(self.hasher.hash_one(next)) {
            true => Ok(()),
            false => Err(Incomplete::Circle),
        }
    }

    /// Counts records of the page.
    ///
    /// # Errors
    ///
    /// [`Incomplete::TooMany`].
    pub fn records(&mut self, records: u64) -> Result<(), Incomplete> {
        self.records += records;
        match self.total {
            Some(total) if self.records > total => Err(Incomplete::TooMany {
                records: self.records,
                total,
            }),
            _ => Ok(()),
        }
    }

    /// Begins with the pages of another statement, which goes on where this one was.
    pub fn resume(&mut self) {
        self.has_begun = false;
        self.locators.clear();
    }

    /// How many records were counted.
    pub fn counted(&self) -> u64 {
        self.records
    }

    /// How many records the query has in all; `None` if Salesforce does not know.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Judges the whole, after the last page. `children` are those that were cut.
    ///
    /// # Errors
    ///
    /// [`Incomplete::Missing`].
    pub fn end(&self, children: Vec<CutChildren>) -> Result<(), Incomplete> {
        let missing = self
            .total
            .map_or(0, |total| total.saturating_sub(self.records));
        if missing == 0 && children.is_empty() {
            return Ok(());
        }
        Err(Incomplete::Missing(Missing {
            records: missing,
            total: self.total,
            children,
        }))
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
            reading.end(vec![]).unwrap_err().to_string(),
            "1 of 5 records are missing; they may have been deleted while the pages were read"
        );
        reading.records(1).unwrap();
        assert_eq!(reading.end(vec![]), Ok(()));
        let many = reading.records(1).unwrap_err().to_string();
        assert_eq!(many, "the org sent 6 records, but reported a total of 5");
    }

    #[test]
    fn of_an_unknown_total_nothing_is_missing() {
        let mut reading = Reading::default();
        reading.page(None, None).unwrap();
        reading.records(7).unwrap();
        assert_eq!((reading.end(vec![]), reading.total()), (Ok(()), None));
        // A later page may tell it.
        reading.page(Some(9), None).unwrap();
        assert!(reading.end(vec![]).is_err());
    }

    #[test]
    fn a_circle_is_noticed() {
        let mut reading = Reading::default();
        for next in ["/1", "/2"] {
            reading.page(Some(9), Some(next)).unwrap();
        }
        let circle = reading.page(Some(9), Some("/1"));
        assert_eq!(circle, Err(Incomplete::Circle));
    }

    #[test]
    fn the_memory_of_locators_is_bounded() {
        let mut reading = Reading::default();
        reading.locators.extend(0..LOCATORS_MAX as u64 - 1);
        reading.page(None, Some("/1")).unwrap();
        assert_eq!(reading.locators.len(), LOCATORS_MAX);
        reading.page(None, Some("/2")).unwrap();
        assert_eq!(reading.locators.len(), 1, "it began anew");
        assert!(reading.page(None, Some("/2")).is_err());
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
        assert_eq!((reading.counted(), reading.total()), (6, Some(6)));
        assert_eq!(reading.end(vec![]), Ok(()));
    }
}
