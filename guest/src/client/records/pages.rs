//! The pages of one statement, to its end.

use std::cell::Cell;
use std::rc::Rc;

use sfbox_completeness::{CutChildren, Incomplete, Reading};

use super::super::Client;
use super::super::children::Asking;
use crate::contract::query::Page;
use crate::contract::types::Options;
use crate::error::Error;
use crate::names::RecordId;
use crate::platform::Platform;
use crate::query::lines::Lines;
use crate::query::parents::Parents;
use crate::query::record::{self, Child, List};
use crate::query::{First, More, Source};
use crate::soql::{Clauses, Resumable};
use crate::token::Fingerprint;

/// How often in a row a statement begins again without a record that could be delivered.
const IDLE_RESTARTS_MAX: u32 = 3;

/// How many bytes of records with children are delivered at a time. One record may be longer.
const BATCH_BYTES: usize = 1 << 20;

/// The code for a locator that Salesforce does not know any more.
const LOCATOR_GONE: &str = "INVALID_QUERY_LOCATOR";

/// The pages of one statement.
pub(super) struct Pages<P: Platform> {
    client: Rc<Client<P>>,
    soql: String,
    source: Source,
    call: Options,
    resumable: Option<Resumable>,
    /// Whether it is one of several that a list was split into.
    is_part: bool,
    is_count: bool,
    /// Whether its records can have children: `None` if it does not.
    parents: Option<Parents>,
    /// What is missing of children, after the last page.
    cuts: Vec<CutChildren>,
    next: Next,
    /// What was read of a page and not delivered.
    waiting: Option<Waiting>,
    reading: Reading,
    last: Option<RecordId>,
    requests: Cell<u64>,
    resumed: u32,
    idle_restarts: u32,
}

/// What waits of a page.
enum Waiting {
    Lines(Lines),
    /// Their children were not read.
    Records(Unread),
}

/// Records of a page that were not read, and the session that they came on.
struct Unread {
    records: std::vec::IntoIter<Child>,
    session: Fingerprint,
}

/// What comes next.
enum Next {
    First,
    More(String),
    Nothing,
}

impl<P: Platform> Pages<P> {
    /// # Errors
    ///
    /// When it was to be resumable, and is not.
    pub(super) fn new(
        client: Rc<Client<P>>,
        soql: String,
        source: Source,
        call: Options,
        is_resumable: bool,
        is_part: bool,
    ) -> Result<Self, Error> {
        let resumable = is_resumable.then(|| Resumable::new(&soql)).transpose()?;
        let soql = resumable.as_ref().map_or(soql, Resumable::whole);
        let clauses = Clauses::of(&soql);
        let has_children = clauses.as_ref().is_none_or(Clauses::has_children);
        Ok(Self {
            is_count: clauses.is_some_and(|clauses| clauses.is_count()),
            client,
            soql,
            source,
            call,
            resumable,
            is_part,
            parents: has_children.then(Parents::default),
            cuts: Vec::new(),
            next: Next::First,
            waiting: None,
            reading: Reading::default(),
            last: None,
            requests: Cell::default(),
            resumed: 0,
            idle_restarts: 0,
        })
    }

    /// Those of another part of the same statement.
    pub(super) fn of_next(&self, soql: String) -> Result<Self, Error> {
        let client = Rc::clone(&self.client);
        let is_resumable = self.resumable.is_some();
        Self::new(
            client,
            soql,
            self.source,
            self.call.clone(),
            is_resumable,
            self.is_part,
        )
    }

    /// Asking for the next records would end the lists of children that are being read.
    pub(super) fn may_prefetch(&self) -> bool {
        self.parents.is_none()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.reading.total()
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.get()
    }

    pub(super) fn resumed(&self) -> u32 {
        self.resumed
    }

    /// The next records; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Why no more come.
    pub(super) async fn next(&mut self) -> Result<Option<Lines>, Error> {
        loop {
            if self.waiting.is_none() && matches!(self.next, Next::Nothing) {
                return self.end().map(|()| None);
            }
            match self.read().await {
                Ok(lines) if lines.is_empty() => {}
                Ok(lines) => {
                    self.note(&lines)?;
                    return Ok(Some(lines));
                }
                Err(error) if is_gone(&error) && self.may_begin_again() => self.begin_again(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Judges the whole, after the last page.
    fn end(&self) -> Result<(), Error> {
        match self.is_count {
            // The number is the result.
            true => Ok(()),
            false => self.reading.end(self.cuts.clone()).map_err(incomplete),
        }
    }

    /// Asks for the next page, unless there is one of which something waits.
    ///
    /// # Errors
    ///
    /// Those of a query, and a page that leads in a circle.
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        if self.waiting.is_some() {
            return Ok(());
        }
        let (page, session) = self.page().await?;
        let next = page.next.as_deref();
        let is_new = self.reading.page(page.total_size, next);
        is_new.map_err(incomplete)?;
        self.next = page.next.map_or(Next::Nothing, Next::More);
        self.waiting = Some(match self.parents {
            None => Waiting::Lines(Lines::of_page(page.body).ok_or_else(unreadable)?),
            Some(_) => {
                let page = List::page(&page.body).ok_or_else(unreadable)?;
                Waiting::Records(Unread {
                    records: page.children.into_iter(),
                    session,
                })
            }
        });
        Ok(())
    }

    /// Reads a page; of one whose records have children, as much as is delivered at a time.
    async fn read(&mut self) -> Result<Lines, Error> {
        self.begin().await?;
        let lines = match self.waiting.take() {
            Some(Waiting::Records(unread)) => self.read_on(unread).await?,
            Some(Waiting::Lines(lines)) => lines,
            None => Lines::default(),
        };
        self.reading.records(lines.count()).map_err(incomplete)?;
        Ok(lines)
    }

    /// Reads records with their children.
    async fn read_on(&mut self, mut unread: Unread) -> Result<Lines, Error> {
        let mut lines = Lines::default();
        let Some(parents) = &mut self.parents else {
            return Ok(lines);
        };
        let asking = Asking {
            options: &self.call,
            deadline: None,
            session: &unread.session,
            requests: &self.requests,
            above: "",
        };
        while lines.bytes() < BATCH_BYTES
            && let Some(mut record) = unread.records.next()
        {
            let read = self.client.complete(&mut record, asking).await?;
            record.settle();
            let is_new = parents.take(record, read.any).map_err(Error::unusable)?;
            if let Some(cut) = read.cut.filter(|_| is_new) {
                return Err(incomplete(cut.into()));
            }
            while let Some(ready) = parents.ready() {
                lines.push(&ready.to_json());
            }
        }
        if !unread.records.as_slice().is_empty() {
            self.waiting = Some(Waiting::Records(unread));
        } else if matches!(self.next, Next::Nothing) {
            // What still waits is delivered as it is, and the stream ends with an error.
            self.cuts = parents.cuts();
            let rest = parents.rest();
            rest.for_each(|record| lines.push(&record.to_json()));
        }
        Ok(lines)
    }

    /// The next page.
    async fn page(&self) -> Result<(Page, Fingerprint), Error> {
        self.requests.set(self.requests.get() + 1);
        match &self.next {
            Next::First | Next::Nothing => {
                let first = First::of(&self.soql, self.source)?;
                self.client.page_on_session(first, &self.call).await
            }
            Next::More(next) => {
                let more = More::new(next, self.source.batch_size)?;
                self.client.page_on_session(more, &self.call).await
            }
        }
    }

    /// Notes what is delivered.
    fn note(&mut self, lines: &Lines) -> Result<(), Error> {
        self.idle_restarts = 0;
        if self.resumable.is_none() {
            return Ok(());
        }
        let url = lines.last().and_then(record::url);
        let id = url.as_deref().and_then(|url| url.rsplit('/').next());
        let id = id.and_then(|id| RecordId::parse(id).ok());
        let no_id =
            || Error::unreadable("a record has no URL with its id, so the query cannot be resumed");
        self.last = Some(id.ok_or_else(no_id)?);
        Ok(())
    }

    /// Whether the statement may begin again, or go on behind the last record.
    fn may_begin_again(&self) -> bool {
        let is_untouched = self.reading.counted() == 0;
        let is_known = self.resumable.is_some() && (is_untouched || self.last.is_some());
        self.idle_restarts < IDLE_RESTARTS_MAX && (is_known || (self.is_part && is_untouched))
    }

    fn begin_again(&mut self) {
        if let (Some(resumable), Some(last)) = (&self.resumable, &self.last) {
            self.soql = resumable.behind(last);
        }
        // What was held back comes again.
        self.parents = self.parents.take().map(|_| Parents::default());
        self.next = Next::First;
        self.waiting = None;
        self.reading.resume();
        self.resumed += 1;
        self.idle_restarts += 1;
    }
}

/// Whether an error says that the locator cannot be used any more.
fn is_gone(error: &Error) -> bool {
    match error {
        Error::SessionChanged => true,
        Error::Api(failure) => failure
            .errors
            .iter()
            .any(|error| error.code == LOCATOR_GONE),
        _ => false,
    }
}

fn unreadable() -> Error {
    Error::unreadable("the records of the page cannot be read")
}

/// That the result is not whole.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn incomplete(why: Incomplete) -> Error {
    Error::unusable(why.to_string())
}
