//! The pages of one statement, to its end.

use std::cell::Cell;
use std::rc::Rc;

use super::super::Client;
use super::super::children::Asking;
use crate::contract::query::Page;
use crate::contract::types::Options;
use crate::error::{Error, Unexpected};
use crate::names::RecordId;
use crate::platform::Platform;
use crate::query::lines::Lines;
use crate::query::parents::Parents;
use crate::query::reading::Reading;
use crate::query::record::{self, Cut, List};
use crate::query::{First, More, Source};
use crate::soql::{Clauses, Resumable};
use crate::token::Fingerprint;

/// How often in a row a statement begins again without a record that could be delivered.
const IDLE_RESTARTS_MAX: u32 = 3;

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
    cuts: Vec<Cut>,
    next: Next,
    reading: Reading,
    last: Option<RecordId>,
    requests: Cell<u64>,
    resumed: u32,
    idle_restarts: u32,
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
            if matches!(self.next, Next::Nothing) {
                let ended = self.reading.end(self.is_count, &self.cuts);
                return ended.map(|()| None).map_err(incomplete);
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

    /// Reads a page, and the children of its records.
    async fn read(&mut self) -> Result<Lines, Error> {
        let (page, session) = self.page().await?;
        let next = page.next.as_deref();
        self.reading
            .page(page.total_size, next)
            .map_err(incomplete)?;
        self.next = page.next.map_or(Next::Nothing, Next::More);
        let lines = match &mut self.parents {
            None => Lines::of_page(page.body).ok_or_else(unreadable)?,
            Some(parents) => {
                let asking = Asking {
                    options: &self.call,
                    deadline: None,
                    session: &session,
                    requests: &self.requests,
                };
                let mut lines = with_children(&self.client, parents, &page.body, asking).await?;
                if matches!(self.next, Next::Nothing) {
                    // What still waits is delivered as it is, and the stream ends with an error.
                    self.cuts = parents.cuts();
                    parents
                        .rest()
                        .for_each(|record| lines.push(&record.to_json()));
                }
                lines
            }
        };
        self.reading.records(lines.count()).map_err(incomplete)?;
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
        let is_untouched = self.reading.delivered() == 0;
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
        self.reading.resume();
        self.resumed += 1;
        self.idle_restarts += 1;
    }
}

/// The records of a page that wait for nothing, with all their children.
async fn with_children<P: Platform>(
    client: &Client<P>,
    parents: &mut Parents,
    page: &str,
    asking: Asking<'_>,
) -> Result<Lines, Error> {
    let page = List::page(page).ok_or_else(unreadable)?;
    let mut lines = Lines::default();
    for mut child in page.children {
        let has_read = client.complete(&mut child, asking).await?;
        child.settle();
        parents
            .take(child, has_read)
            .map_err(|why| incomplete(why.to_owned()))?;
        while let Some(ready) = parents.ready() {
            lines.push(&ready.to_json());
        }
    }
    Ok(lines)
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
fn incomplete(why: String) -> Error {
    Error::UnexpectedAnswer(Unexpected {
        status: 200,
        reason: why,
        request_id: None,
    })
}
