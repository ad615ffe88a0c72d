//! The lists of children in records, and whether each has come to its end.
//!
//! Source: REST API Developer Guide, "Query": a subquery's result is an object like the
//! outer one, `{"totalSize", "done", "records"[, "nextRecordsUrl"]}`. Clients saw two
//! ways to go on with one that is not done: by its own `nextRecordsUrl`, and by the parent
//! that comes again on a later page with its next children.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use serde::Deserialize;
use serde_json::value::RawValue;
use sfbox_completeness::CutChildren;

/// The member that every list of children has, and no field of a record.
const RECORDS: &str = "\"records\"";

/// How deep subqueries go. Source: SOQL and SOSL Reference, "Understanding Relationship
/// Query Limitations": five levels since version 58.0.
const LEVELS_MAX: usize = 5;

/// How many lists may be open at once, 24 bytes each. One past it counts as cut for
/// good.
const OPEN_MAX: usize = 1 << 18;

/// How many relationships are told apart: a statement has at most 20 subqueries a level.
const RELATIONSHIPS_MAX: usize = 100;

/// The longest relationship's path that is kept, in characters: five names of 80.
const PATH_CHARS_MAX: usize = 400;

/// All lists of children that have not come to their end.
#[derive(Debug, Default)]
pub(super) struct Children {
    /// By the hash of the parent's URL and of the relationship.
    open: HashMap<u64, Open>,
    relationships: Vec<String>,
    /// Those for which there was no room, by relationship.
    given_up: BTreeMap<usize, Left>,
    /// Tells lists apart whose parent has no URL.
    unnamed: u64,
}

/// A list of which more is to come.
#[derive(Clone, Copy, Debug)]
struct Open {
    relationship: usize,
    /// How many records are missing, if the list says how long it is.
    missing: Option<u64>,
}

/// What is left of a relationship's lists.
#[derive(Clone, Copy, Debug)]
struct Left {
    records: u64,
    exact: bool,
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    url: Option<String>,
}

/// One list, as far as it is read. A total can be -1.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    #[serde(default)]
    total_size: Option<i64>,
    done: bool,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

/// Whether a record may have a list of children. In a JSON text these letters are a
/// member's name, or all of a string.
pub(super) fn are_in(record: &str) -> bool {
    record.contains(RECORDS)
}

impl Children {
    /// Takes the lists of a record into account. Answers the hash of the record's URL.
    pub(super) fn read(&mut self, record: &str, hasher: &impl BuildHasher) -> Option<u64> {
        self.read_below(record, "", 1, hasher)
    }

    /// What is missing, by relationship.
    pub(super) fn cut(&self) -> Vec<CutChildren> {
        let mut left = self.given_up.clone();
        for open in self.open.values() {
            add(&mut left, *open);
        }
        let name = |relationship: usize| self.relationships.get(relationship).cloned();
        left.into_iter()
            .map(|(relationship, Left { records, exact })| CutChildren {
                relationship: name(relationship).unwrap_or_default(),
                records,
                exact,
            })
            .collect()
    }

    fn read_below(
        &mut self,
        record: &str,
        above: &str,
        level: usize,
        hasher: &impl BuildHasher,
    ) -> Option<u64> {
        let members: Members<'_> = serde_json::from_str(record).ok()?;
        let url = members.get("attributes").and_then(|json| url(json));
        for (name, value) in &members {
            // A parent's record is an object as well, and no list.
            if !are_in(value.get()) || !value.get().starts_with('{') {
                continue;
            }
            let Ok(list) = serde_json::from_str::<List<'_>>(value.get()) else {
                continue;
            };
            let path = path(above, name);
            self.list(&list, url.as_deref(), &path, hasher);
            if level < LEVELS_MAX {
                for child in list.records.iter().filter(|child| are_in(child.get())) {
                    self.read_below(child.get(), &path, level + 1, hasher);
                }
            }
        }
        url.map(|url| hasher.hash_one(url))
    }

    /// One list. It goes on with the one of the same parent and relationship that has
    /// come before, if that was not done.
    fn list(&mut self, list: &List<'_>, url: Option<&str>, path: &str, hasher: &impl BuildHasher) {
        let came = list.records.len() as u64;
        let key = match url {
            Some(url) => hasher.hash_one((url, path)),
            None => {
                self.unnamed += 1;
                hasher.hash_one(self.unnamed)
            }
        };
        let missing = match self.open.remove(&key) {
            Some(before) => before.missing.map(|missing| missing.saturating_sub(came)),
            None if list.done => return,
            None => {
                let total = list.total_size.and_then(|total| u64::try_from(total).ok());
                total.map(|total| total.saturating_sub(came))
            }
        };
        // Nothing is missing of a list that is not done: its length is wrong.
        let missing = missing.filter(|missing| list.done || *missing > 0);
        if list.done && missing.unwrap_or(0) == 0 {
            return;
        }
        let open = Open {
            relationship: self.relationship(path),
            missing,
        };
        if self.open.len() < OPEN_MAX {
            self.open.insert(key, open);
        } else {
            add(&mut self.given_up, open);
        }
    }

    /// A relationship's number. Those past the limit are taken for the last one.
    fn relationship(&mut self, path: &str) -> usize {
        let known = self.relationships.iter().position(|known| known == path);
        known.unwrap_or_else(|| {
            if self.relationships.len() < RELATIONSHIPS_MAX {
                self.relationships.push(path.to_owned());
            }
            self.relationships.len() - 1
        })
    }
}

fn add(left: &mut BTreeMap<usize, Left>, open: Open) {
    let left = left.entry(open.relationship).or_insert(Left {
        records: 0,
        exact: true,
    });
    left.records = left.records.saturating_add(open.missing.unwrap_or(0));
    left.exact &= open.missing.is_some();
}

fn url(attributes: &RawValue) -> Option<String> {
    let attributes: Attributes = serde_json::from_str(attributes.get()).ok()?;
    attributes.url
}

fn path(above: &str, name: &str) -> String {
    let separator = if above.is_empty() { "" } else { "." };
    let letters = above.chars().chain(separator.chars()).chain(name.chars());
    letters.take(PATH_CHARS_MAX).collect()
}
