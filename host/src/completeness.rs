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

use sfbox_completeness::Reading;
pub use sfbox_completeness::{CutChildren, Incomplete, Missing};

use crate::bindings::exports::sfbox::client::query::Page;
use children::Children;
use statement::Kind;

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
    reading: Reading,
    hasher: RandomState,
    parents: HashSet<u64>,
    children: Children,
    has_children: bool,
}

impl Completeness {
    /// Begins with a statement, of which nothing has come yet.
    pub fn of(soql: &str) -> Self {
        Self {
            kind: Kind::of(soql),
            reading: Reading::default(),
            hasher: RandomState::new(),
            parents: HashSet::new(),
            children: Children::default(),
            has_children: false,
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
        self.reading.page(page.total_size, page.next.as_deref())?;
        let mut is_empty = true;
        let mut new = 0;
        for record in records {
            is_empty = false;
            new += u64::from(self.is_new(record));
        }
        let counted = self.reading.records(new);
        // A parent can come again, with more of its children.
        if !self.has_children {
            counted?;
        }
        match is_empty && page.next.is_some() {
            true => Err(Incomplete::EmptyPage),
            false => Ok(()),
        }
    }

    /// Judges the whole result, after its last page.
    ///
    /// # Errors
    ///
    /// [`Incomplete::Missing`].
    pub fn end(&self) -> Result<(), Incomplete> {
        match self.kind {
            // The number is the result.
            Kind::Count => Ok(()),
            _ => self.reading.end(self.children.cut()),
        }
    }

    /// Whether a record is another one than those before.
    fn is_new(&mut self, record: &str) -> bool {
        let with_children = self.kind.repeats_parents() && children::are_in(record);
        if !with_children {
            return true;
        }
        self.has_children = true;
        match self.children.read(record, &self.hasher) {
            Some(url) if self.parents.len() < PARENTS_MAX => self.parents.insert(url),
            Some(url) => !self.parents.contains(&url),
            None => true,
        }
    }
}

#[cfg(test)]
mod tests;
