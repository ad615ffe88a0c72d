//! Lists of children, read to their ends.
//!
//! Source: SOAP API Developer Guide, "queryMore()": asking for more parents ends the lists of
//! their children. So the children of a page come before the next page, and the children of
//! children before the next of the children.

use std::cell::Cell;
use std::collections::HashSet;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use memchr::memmem;

use super::Client;
use crate::call::Operation;
use crate::contract::query::Page;
use crate::contract::types::Options;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::exchange::BODY_BYTES_MAX;
use crate::locator::Locator;
use crate::platform::Platform;
use crate::query::More;
use crate::query::record::{self, Child, Cut, List, Record};
use crate::token::Fingerprint;

/// The member that a list which goes on elsewhere has, and no field of a record.
const NEXT: &str = "\"nextRecordsUrl\"";

/// An operation, and the session that its answer came on.
struct OnSession<O>(O);

impl<O: Operation> Operation for OnSession<O> {
    type Output = (O::Output, Fingerprint);

    fn session(&self) -> Option<&Fingerprint> {
        self.0.session()
    }

    fn call(&self) -> Result<crate::call::Call, Error> {
        self.0.call()
    }

    fn read(
        &self,
        answer: crate::answer::Answer,
        session: &Fingerprint,
    ) -> Result<Self::Output, Error> {
        Ok((self.0.read(answer, session)?, session.clone()))
    }
}

/// How the pages of children are asked for.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) options: &'a Options,
    /// By when all of it must have ended. `None`: each request has its own limit.
    pub(super) deadline: Option<Deadline>,
    pub(super) session: &'a Fingerprint,
    /// How many requests were sent.
    pub(super) requests: &'a Cell<u64>,
    /// The relationships to the records whose children they are, as in `Contacts.Cases`.
    pub(super) above: &'a str,
}

/// What was read of the children of records.
#[derive(Default)]
pub(super) struct Read {
    /// Whether any had a place of their own.
    pub(super) any: bool,
    /// A list of which not all has come. It is no error in a parent that has come before: its
    /// first children came then.
    pub(super) cut: Option<Cut>,
}

impl Read {
    fn add(&mut self, other: Self) {
        self.any |= other.any;
        self.cut = self.cut.take().or(other.cut);
    }
}

impl<P: Platform> Client<P> {
    /// A page, with all children of its records if they are wanted.
    ///
    /// # Errors
    ///
    /// See `wit/query.wit`.
    pub(crate) async fn page<O: Operation<Output = Page>>(
        &self,
        operation: O,
        with_children: bool,
        options: &Options,
    ) -> Result<Page, Error> {
        if !with_children {
            return self.run(operation, options).await;
        }
        let reading = async {
            let deadline = self.deadline(options)?;
            let operation = OnSession(operation);
            let (mut page, session) = self.within(&operation, options, deadline).await?;
            let asking = Asking {
                options,
                deadline: Some(deadline),
                session: &session,
                requests: &Cell::default(),
                above: "",
            };
            if let Some(mut list) = cut(&page) {
                self.complete_all(&mut list, asking).await?;
                page.body = list.to_json();
            }
            Ok(page)
        };
        reading.await.map_err(|error| self.session.told(error))
    }

    /// The same, without its children, and the session that it came on.
    pub(super) async fn page_on_session<O: Operation<Output = Page>>(
        &self,
        operation: O,
        options: &Options,
    ) -> Result<(Page, Fingerprint), Error> {
        self.run(OnSession(operation), options).await
    }

    /// Reads the children of all records of a page.
    async fn complete_all(&self, page: &mut List, asking: Asking<'_>) -> Result<(), Error> {
        self.complete_children(page, asking).await?;
        match page.bytes() > BODY_BYTES_MAX {
            true => Err(too_long("the page with its child records")),
            false => Ok(()),
        }
    }

    /// Reads the children of a record, as far as they have a place of their own.
    ///
    /// # Errors
    ///
    /// Those of a page, and a record that is too long with its children.
    pub(super) async fn complete(
        &self,
        child: &mut Child,
        asking: Asking<'_>,
    ) -> Result<Read, Error> {
        match child {
            Child::Whole(_) => Ok(Read::default()),
            Child::Open(record) => self.complete_record(record, asking).await,
        }
    }

    fn complete_record<'a>(
        &'a self,
        record: &'a mut Record,
        asking: Asking<'a>,
    ) -> LocalBoxFuture<'a, Result<Read, Error>> {
        async move {
            let mut read = Read::default();
            for list in record.lists() {
                read.add(self.complete_list(list, asking).await?);
            }
            Ok(read)
        }
        .boxed_local()
    }

    async fn complete_list(&self, list: &mut List, asking: Asking<'_>) -> Result<Read, Error> {
        let path = record::path(asking.above, list.relationship());
        let asking = Asking {
            above: &path,
            ..asking
        };
        let mut read = self.complete_children(list, asking).await?;
        let mut seen = HashSet::new();
        while let Some(next) = list.next() {
            if !seen.insert(next.to_owned()) {
                return Err(Error::unreadable(
                    "a list of child records leads in a circle",
                ));
            }
            let locator = Locator::from_next_records_url(next, asking.session);
            let locator = locator
                .ok_or_else(|| Error::unreadable("`nextRecordsUrl` is no path of a query"))?;
            let page = self.children(More::of(locator, None), asking).await?;
            let mut page = List::page(&page.body)
                .ok_or_else(|| Error::unreadable("a page of child records cannot be read"))?;
            read.add(self.complete_children(&mut page, asking).await?);
            read.any = true;
            list.take_page(page);
            if list.bytes() > BODY_BYTES_MAX {
                return Err(too_long("a record with its child records"));
            }
        }
        if let Err(cut) = list.end(&path) {
            read.cut.get_or_insert(cut);
        }
        Ok(read)
    }

    /// Reads the children of the records of a list.
    async fn complete_children(&self, list: &mut List, asking: Asking<'_>) -> Result<Read, Error> {
        let mut read = Read::default();
        for child in &mut list.children {
            read.add(self.complete(child, asking).await?);
        }
        list.settle();
        Ok(read)
    }

    async fn children(&self, more: More, asking: Asking<'_>) -> Result<Page, Error> {
        let Asking { options, .. } = asking;
        asking.requests.set(asking.requests.get() + 1);
        match asking.deadline {
            Some(deadline) => self.within(&more, options, deadline).await,
            None => self.output(&more, options).await,
        }
    }
}

/// A page that has a list of children which goes on elsewhere.
fn cut(page: &Page) -> Option<List> {
    let own = usize::from(page.next.is_some());
    // Every page is searched to its end. The search of the standard library took a third of the
    // time of a page.
    let mut found = memmem::find_iter(page.body.as_bytes(), NEXT.as_bytes());
    let is_cut = found.nth(own).is_some();
    is_cut.then(|| List::page(&page.body)).flatten()
}

fn too_long(what: &str) -> Error {
    Error::unusable(format!(
        "{what} is longer than {} MiB",
        BODY_BYTES_MAX >> 20
    ))
}

#[cfg(test)]
mod tests;
