//! All records of a query, page after page.

mod merge;
mod pages;
mod pump;

use std::rc::Rc;

use super::Client;
use crate::contract::query_stream::{Beginning, StreamOptions, Summary};
use crate::contract::types::{Options, Parameter};
use crate::error::Error;
use crate::org::Types;
use crate::platform::Platform;
use crate::query::lines::Lines;
use crate::query::{PATH_BYTES_MAX, Source};
use crate::soql::{self, Limit, Parts};
use merge::Merge;
use pages::Pages;
pub(crate) use pump::{Sink, pump};

/// How many parts of a statement are merged at most: each has a page in memory.
const MERGED_MAX: usize = 25;

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) soql: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) options: StreamOptions,
}

/// The records of a query, batch by batch.
pub(crate) struct Records<P: Platform> {
    course: Course<P>,
    statements: u32,
    delivered: u64,
    /// Requests of parts that have ended, and how often they were resumed.
    requests: u64,
    resumed: u32,
}

/// How the parts of a statement follow each other.
enum Course<P: Platform> {
    /// One after the other: the next ones are in reverse order.
    Sequence(Box<Pages<P>>, Vec<String>),
    Merge(Merge<P>),
}

impl<P: Platform> Records<P> {
    /// Reads the first page.
    ///
    /// # Errors
    ///
    /// See `wit/query-stream.wit`.
    pub(crate) async fn begin(client: Rc<Client<P>>, asked: Asked) -> Result<Self, Error> {
        let StreamOptions {
            call,
            rows,
            batch_size,
            tooling,
            composite,
            resumable,
        } = asked.options;
        let source = Source {
            rows,
            batch_size,
            tooling,
            composite,
        };
        let in_uri = !composite || tooling;
        let resource = source.resource()?.len() + "?q=".len();
        let limit = Limit {
            encoded_bytes: in_uri.then_some(PATH_BYTES_MAX - resource),
        };
        let Parts { statements, order } = soql::parts(&asked.soql, &asked.parameters, limit)?;
        let number = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        let is_part = number > 1;
        let pages = |soql: String| {
            let client = Rc::clone(&client);
            Pages::new(client, soql, source, call.clone(), resumable, is_part)
        };
        let course = match order.is_empty() || !is_part {
            true => {
                let mut statements = statements.into_iter().rev().collect::<Vec<_>>();
                let first = pages(statements.pop().unwrap_or_default())?;
                Course::Sequence(Box::new(first), statements)
            }
            false => {
                let parts = statements.into_iter().map(pages);
                let parts: Vec<Pages<P>> = parts.collect::<Result<_, Error>>()?;
                if parts.len() > MERGED_MAX {
                    return Err(Error::InvalidInput(format!(
                        "the list makes {number} statements, and at most {MERGED_MAX} can be \
                         merged: leave ORDER BY out"
                    )));
                }
                let types = types(&client, &asked.soql, &call, tooling).await?;
                Course::Merge(Merge::new(parts, order, &types)?)
            }
        };
        let mut records = Self {
            course,
            statements: number,
            delivered: 0,
            requests: 0,
            resumed: 0,
        };
        records.ask().await?;
        Ok(records)
    }

    /// Asks for the first page, to see that the query works. The rest may take long.
    async fn ask(&mut self) -> Result<(), Error> {
        match &mut self.course {
            Course::Sequence(pages, _) => pages.begin().await,
            Course::Merge(merge) => merge.begin().await,
        }
    }

    /// What is known now.
    pub(crate) fn beginning(&self) -> Beginning {
        let total_size = match &self.course {
            Course::Sequence(pages, _) if self.statements == 1 => pages.total(),
            Course::Sequence(..) | Course::Merge(_) => None,
        };
        Beginning { total_size }
    }

    /// Whether the next page may be asked for while the last one is read.
    pub(crate) fn may_prefetch(&self) -> bool {
        match &self.course {
            Course::Sequence(pages, _) => pages.may_prefetch(),
            Course::Merge(_) => false,
        }
    }

    /// The next records; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Why no more come.
    pub(crate) async fn next(&mut self) -> Result<Option<Lines>, Error> {
        let lines = self.read().await?;
        if let Some(lines) = &lines {
            self.delivered += lines.count();
        }
        Ok(lines)
    }

    async fn read(&mut self) -> Result<Option<Lines>, Error> {
        loop {
            match &mut self.course {
                Course::Merge(merge) => return merge.next().await,
                Course::Sequence(pages, rest) => {
                    if let Some(lines) = pages.next().await? {
                        return Ok(Some(lines));
                    }
                    let Some(statement) = rest.pop() else {
                        return Ok(None);
                    };
                    let next = pages.of_next(statement)?;
                    self.requests += pages.requests();
                    self.resumed += pages.resumed();
                    **pages = next;
                }
            }
        }
    }

    /// What is known when all of it has been delivered.
    pub(crate) fn summary(&self) -> Summary {
        let (requests, resumed) = match &self.course {
            Course::Sequence(pages, _) => (pages.requests(), pages.resumed()),
            Course::Merge(merge) => (merge.requests(), merge.resumed()),
        };
        Summary {
            records: self.delivered,
            requests: self.requests + requests,
            resumed: self.resumed + resumed,
            statements: self.statements,
        }
    }
}

/// The types of the fields of the object that a statement selects from.
async fn types<P: Platform>(
    client: &Client<P>,
    soql: &str,
    call: &Options,
    tooling: bool,
) -> Result<Types, Error> {
    let clauses = soql::Clauses::of(soql);
    let object = clauses.as_ref().and_then(|clauses| clauses.object());
    let description = client.describe(object.unwrap_or_default(), tooling, call);
    Types::of(&description.await?)
}

#[cfg(test)]
mod tests;
