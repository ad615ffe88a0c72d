//! Records that wait for more of their children.
//!
//! A record of which children are missing is held back, and so are those behind it, until a later
//! page has brought the rest.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::BuildHasher as _;

use sfbox_completeness::{CutChildren, Incomplete};

use super::record::{Child, Cut};
use crate::exchange::BODY_BYTES_MAX;

/// How many bytes of records may be held back: as many as a page may have.
const HELD_BYTES_MAX: usize = BODY_BYTES_MAX;

/// How many parents are remembered whose children were read to the end, 8 bytes each.
const FINISHED_MAX: usize = 1 << 20;

/// The records that wait.
#[derive(Default)]
pub(crate) struct Parents {
    held: VecDeque<Child>,
    bytes: usize,
    hasher: RandomState,
    /// By the hashes of their URLs: their children were read at the list's own place. Such a
    /// parent can come again with children that were delivered.
    finished: HashSet<u64>,
}

impl Parents {
    /// Takes the next record. `finished`: its children were read to the end at their own place.
    /// Whether it is not one that was finished before.
    ///
    /// # Errors
    ///
    /// When children are missing that do not come any more, or too much would be held back.
    pub(crate) fn take(&mut self, record: Child, finished: bool) -> Result<bool, String> {
        let hash = match finished || !self.finished.is_empty() || !self.held.is_empty() {
            true => record.url().map(|url| self.hasher.hash_one(url)),
            false => None,
        };
        if let Some(hash) = hash {
            if finished && self.finished.len() < FINISHED_MAX {
                if !self.finished.insert(hash) {
                    return Ok(false);
                }
            } else if self.finished.contains(&hash) {
                return Ok(false);
            }
        }
        let again = match self.held.is_empty() {
            true => None,
            false => {
                let url = record.url();
                let mut held = self.held.iter_mut().filter(|held| held.is_open());
                held.find(|held| url.is_some() && held.url() == url)
            }
        };
        match again {
            Some(held) => {
                let before = held.bytes();
                // The URL was borrowed from it.
                let absorbed = held.absorb(record, "");
                absorbed.map_err(|cut| Incomplete::from(cut).to_string())?;
                self.bytes = self.bytes + held.bytes() - before;
            }
            None => {
                self.bytes += record.bytes();
                self.held.push_back(record);
            }
        }
        match self.held.front() {
            Some(first) if first.is_open() && self.bytes > HELD_BYTES_MAX => {
                Err("a record with its child records is longer than 64 MiB".to_owned())
            }
            _ => Ok(true),
        }
    }

    /// The next record that waits for nothing.
    pub(crate) fn ready(&mut self) -> Option<Child> {
        let record = self.held.pop_front_if(|first| !first.is_open())?;
        self.bytes -= record.bytes();
        Some(record)
    }

    /// All that still wait.
    pub(crate) fn rest(&mut self) -> impl Iterator<Item = Child> {
        self.bytes = 0;
        self.held.drain(..)
    }

    /// What is missing of those that still wait, by relationship.
    pub(crate) fn cuts(&self) -> Vec<CutChildren> {
        let mut cuts: BTreeMap<String, Option<u64>> = BTreeMap::new();
        for cut in self.held.iter().flat_map(Child::cuts) {
            let known = cuts.entry(cut.relationship).or_insert(Some(0));
            *known = known.zip(cut.records).map(|(one, other)| one + other);
        }
        let cuts = cuts.into_iter();
        cuts.map(|(relationship, records)| {
            let cut = Cut {
                relationship,
                records,
            };
            cut.into()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::List;
    use super::*;

    fn record(number: u32, done: bool, children: &str) -> Child {
        let json = format!(
            r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{{"url":"/{number}"}},"Bs":{{"totalSize":2,"done":{done},"records":[{children}]}}}}]}}"#
        );
        List::page(&json).unwrap().children.remove(0)
    }

    fn ready(parents: &mut Parents) -> Vec<String> {
        std::iter::from_fn(|| parents.ready())
            .map(|record| record.to_json().into_owned())
            .collect()
    }

    #[test]
    fn a_record_waits_for_its_children_and_the_next_for_it() {
        let mut parents = Parents::default();
        for (number, done) in [(1, true), (2, false), (3, true)] {
            parents.take(record(number, done, "{}"), false).unwrap();
        }
        assert_eq!(ready(&mut parents).len(), 1);
        assert!(!parents.held.is_empty());
        let missing = CutChildren {
            relationship: "Bs".to_owned(),
            records: 1,
            exact: true,
        };
        assert_eq!(parents.cuts(), [missing]);
        parents.take(record(2, true, r#"{"B":2}"#), false).unwrap();
        let ready = ready(&mut parents);
        assert!(
            ready[0].contains(r#""records":[{},{"B":2}]"#),
            "{}",
            ready[0]
        );
        assert_eq!(ready.len(), 2);
        assert!(parents.held.is_empty());
    }

    #[test]
    fn a_record_whose_children_were_read_at_their_place_is_given_once() {
        let mut parents = Parents::default();
        parents.take(record(1, true, "{},{}"), true).unwrap();
        assert_eq!(ready(&mut parents).len(), 1);
        parents.take(record(1, true, "{}"), false).unwrap();
        parents.take(record(1, true, "{}"), true).unwrap();
        parents.take(record(2, true, "{}"), false).unwrap();
        assert_eq!(ready(&mut parents).len(), 1);
    }

    #[test]
    fn what_is_held_back_has_a_limit() {
        let mut parents = Parents::default();
        let long = format!("\"{}\"", "x".repeat(HELD_BYTES_MAX));
        assert!(parents.take(record(1, false, &long), false).is_err());
        let mut parents = Parents::default();
        parents.take(record(1, true, &long), false).unwrap();
        assert_eq!(ready(&mut parents).len(), 1);
        assert_eq!(parents.bytes, 0);
    }
}
