//! Whether the pages of a query come to an end, and make a whole result. Pure.
//!
//! An org, or whatever answers in its place, can name a page that it has named before,
//! send more records than the query has, or fewer, or cut the children of a record. Each
//! is noticed here: a loop over [`Org::query_more`](crate::Org::query_more) that keeps
//! one [`Completeness`] neither runs for ever nor takes a part for the whole.

mod children;
mod statement;

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;

use crate::bindings::exports::sfbox::client::query::Page;
use children::{Children, Cut};
use statement::Kind;

/// How many hashes of locators are kept, 8 bytes each. Past it the memory begins anew:
/// a circle of fewer pages is still noticed, later. A page has 2,000 records, so this
/// is a result of two billion.
const LOCATORS_MAX: usize = 1 << 20;

/// How many records with children are remembered, 8 bytes each. One past it counts again
/// when a later page gives it again, so that a missing record may go unnoticed.
const PARENTS_MAX: usize = 1 << 20;

/// Follows a query from page to page.
///
/// ```
/// use sfbox::{Completeness, Page};
///
/// let page = Page {
///     body: r#"{"totalSize":2,"done":true,"records":[{"Id":"1"}]}"#.to_owned(),
///     total_size: Some(2),
///     next: None,
/// };
/// let mut completeness = Completeness::of("SELECT Id FROM Account");
/// completeness.page(&page, [r#"{"Id":"1"}"#])?;
/// assert!(completeness.end().is_err(), "a record is missing");
/// # Ok::<(), sfbox::Incomplete>(())
/// ```
#[derive(Debug)]
pub struct Completeness {
    kind: Kind,
    hasher: RandomState,
    locators: HashSet<u64>,
    parents: HashSet<u64>,
    children: Children,
    has_children: bool,
    records: u64,
    total: Option<u64>,
}

/// Why a result is not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// A page names one as the next that was named before: it would never end.
    #[error("the org named the same page twice: the query would never end")]
    Circle,
    /// A page has no records, and is not the last.
    #[error("the org sent a page without records that is not the last")]
    EmptyPage,
    /// There are more records than the query has.
    #[error("the org sent {records} records, but reported a total of {total}")]
    TooMany {
        /// How many came so far.
        records: u64,
        /// How many the query has in all.
        total: u64,
    },
    /// Records or children are missing at the end.
    #[error("{0}")]
    Missing(Missing),
}

/// What is missing of a result whose last page has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many records of the outer query.
    pub records: u64,
    /// How many the query has in all; `None` where Salesforce does not know.
    pub total: Option<u64>,
    /// The children that were cut, by relationship.
    pub children: Vec<CutChildren>,
}

/// The children of one relationship that were cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutChildren {
    /// The relationship, below another one as in `Contacts.Cases`.
    pub relationship: String,
    /// How many records are missing, as far as it is known.
    pub records: u64,
    /// Whether that is all of them. Some lists do not tell how long they are.
    pub exact: bool,
}

impl Completeness {
    /// Begins with a statement, of which nothing has come yet.
    pub fn of(soql: &str) -> Self {
        Self {
            kind: Kind::of(soql),
            hasher: RandomState::new(),
            locators: HashSet::new(),
            parents: HashSet::new(),
            children: Children::default(),
            has_children: false,
            records: 0,
            total: None,
        }
    }

    /// Takes the next page into account, and its records, each as JSON text. Call it
    /// before the records are used.
    ///
    /// # Errors
    ///
    /// [`Incomplete::Circle`], [`Incomplete::EmptyPage`], [`Incomplete::TooMany`]: there
    /// is no use in asking for another page.
    pub fn page<'a>(
        &mut self,
        page: &Page,
        records: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Incomplete> {
        let mut is_empty = true;
        for record in records {
            is_empty = false;
            self.record(record);
        }
        // The first page's: no later one may move the end.
        self.total = self.total.or(page.total_size);
        // A parent can come again, with more of its children.
        if let Some(total) = self.total
            && self.records > total
            && !self.has_children
        {
            return Err(Incomplete::TooMany {
                records: self.records,
                total,
            });
        }
        let Some(next) = &page.next else {
            return Ok(());
        };
        if is_empty {
            return Err(Incomplete::EmptyPage);
        }
        if self.locators.len() >= LOCATORS_MAX {
            self.locators.clear();
        }
        match self.locators.insert(self.hasher.hash_one(next)) {
            true => Ok(()),
            false => Err(Incomplete::Circle),
        }
    }

    /// Judges the whole result, after its last page.
    ///
    /// # Errors
    ///
    /// [`Incomplete::Missing`].
    pub fn end(&self) -> Result<(), Incomplete> {
        let missing = match self.total {
            // The number is the result.
            _ if self.kind == Kind::Count => 0,
            Some(total) => total.saturating_sub(self.records),
            None => 0,
        };
        let children = self.children.cut();
        if missing == 0 && children.is_empty() {
            return Ok(());
        }
        Err(Incomplete::Missing(Missing {
            records: missing,
            total: self.total,
            children: children.into_iter().map(CutChildren::from).collect(),
        }))
    }

    fn record(&mut self, record: &str) {
        let with_children = self.kind.repeats_parents() && children::are_in(record);
        if !with_children {
            self.records += 1;
            return;
        }
        self.has_children = true;
        let url = self.children.read(record, &self.hasher);
        let is_new = match url {
            Some(url) if self.parents.len() < PARENTS_MAX => self.parents.insert(url),
            Some(url) => !self.parents.contains(&url),
            None => true,
        };
        self.records += u64::from(is_new);
    }
}

impl From<Cut> for CutChildren {
    fn from(cut: Cut) -> Self {
        Self {
            relationship: cut.relationship,
            records: cut.records,
            exact: cut.exact,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.records > 0 {
            write!(out, "{} ", self.records)?;
            if let Some(total) = self.total {
                write!(out, "of {total} ")?;
            }
            out.write_str(
                "records are missing; they may have been deleted while the pages were read",
            )?;
        }
        for (number, cut) in self.children.iter().enumerate() {
            if number > 0 || self.records > 0 {
                out.write_str("; ")?;
            }
            match (cut.exact, cut.records) {
                (true, records) => write!(out, "{records} ")?,
                (false, 0) => {}
                (false, records) => write!(out, "at least {records} ")?,
            }
            write!(out, "child records of `{}` are missing", cut.relationship)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
