//! The parts of a statement with an order, merged.

mod key;

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::pages::Pages;
use crate::error::Error;
use crate::org::Types;
use crate::platform::Platform;
use crate::query::lines::Lines;
use crate::soql::Order;
use key::{Keys, Sorting};

/// How many records are delivered at a time: as many as a page has.
const BATCH: u64 = 2_000;

/// The parts, each with the records that it has read and not delivered.
pub(super) struct Merge<P: Platform> {
    parts: Vec<Part<P>>,
    sorting: Vec<Sorting>,
}

struct Part<P: Platform> {
    pages: Pages<P>,
    waiting: VecDeque<(Keys, String)>,
    has_ended: bool,
}

impl<P: Platform> Merge<P> {
    /// # Errors
    ///
    /// A field whose order is not known here.
    pub(super) fn new(
        parts: Vec<Pages<P>>,
        order: Vec<Order>,
        types: &Types,
    ) -> Result<Self, Error> {
        let sorting = order.into_iter().map(|order| Sorting::new(order, types));
        let parts = parts.into_iter().map(|pages| Part {
            pages,
            waiting: VecDeque::new(),
            has_ended: false,
        });
        Ok(Self {
            parts: parts.collect(),
            sorting: sorting.collect::<Result<_, Error>>()?,
        })
    }

    /// Asks for the first page of the first part.
    ///
    /// # Errors
    ///
    /// Those of a query.
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        match self.parts.first_mut() {
            Some(part) => part.pages.begin().await,
            None => Ok(()),
        }
    }

    pub(super) fn requests(&self) -> u64 {
        self.parts.iter().map(|part| part.pages.requests()).sum()
    }

    pub(super) fn resumed(&self) -> u32 {
        self.parts.iter().map(|part| part.pages.resumed()).sum()
    }

    /// The next records; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Why no more come.
    pub(super) async fn next(&mut self) -> Result<Option<Lines>, Error> {
        let mut lines = Lines::default();
        while lines.count() < BATCH {
            for part in &mut self.parts {
                part.fill(&self.sorting).await?;
            }
            let Some(first) = self.first() else {
                break;
            };
            let Some((_, record)) = self.parts.get_mut(first).and_then(Part::pop) else {
                break;
            };
            lines.push(&record);
        }
        Ok(Some(lines).filter(|lines| !lines.is_empty()))
    }

    /// The part whose next record comes first.
    fn first(&self) -> Option<usize> {
        let heads = self.parts.iter().enumerate();
        let heads = heads.filter_map(|(number, part)| Some((number, &part.waiting.front()?.0)));
        let first = heads.min_by(|(_, one), (_, other)| compare(&self.sorting, one, other));
        first.map(|(number, _)| number)
    }
}

fn compare(sorting: &[Sorting], one: &Keys, other: &Keys) -> Ordering {
    let pairs = one.iter().zip(other);
    let mut orders = sorting.iter().zip(pairs);
    orders
        .find_map(|(sorting, (one, other))| {
            let order = sorting.compare(one, other);
            order.is_ne().then_some(order)
        })
        .unwrap_or(Ordering::Equal)
}

impl<P: Platform> Part<P> {
    /// Reads a page if no record waits.
    async fn fill(&mut self, sorting: &[Sorting]) -> Result<(), Error> {
        while self.waiting.is_empty() && !self.has_ended {
            let Some(lines) = self.pages.next().await? else {
                self.has_ended = true;
                return Ok(());
            };
            for record in lines.records() {
                let keys = key::of(record, sorting)?;
                self.waiting.push_back((keys, record.to_owned()));
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<(Keys, String)> {
        self.waiting.pop_front()
    }
}
