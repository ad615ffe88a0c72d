//! Calls of many requests: several at a time, each as any other call.

use std::cell::RefCell;
use std::pin::pin;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Client;
use crate::collections::{Course, Many, Retrieval};
use crate::contract::collections::Outcomes;
use crate::contract::types::Options;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::platform::Platform;

/// Requests of a read at the same time.
const READS_IN_FLIGHT: usize = 4;

impl<P: Platform> Client<P> {
    /// Writes many records, and says what became of each.
    ///
    /// # Errors
    ///
    /// Why nothing was sent.
    pub(crate) async fn write_many(
        &self,
        many: Many,
        options: &Options,
    ) -> Result<Outcomes, Error> {
        let deadline = self.deadline(options)?;
        let course = RefCell::new(Course::new(&many));
        loop {
            self.send_round(&many, &course, options, deadline).await;
            let (random, now) = (self.platform.random(), self.platform.monotonic());
            let wait = course.borrow_mut().again(random, deadline.remaining(now));
            match wait {
                Some(wait) => self.platform.sleep(wait).await,
                None => return course.into_inner().end(),
            }
        }
    }

    /// Sends all requests that are waiting, several at a time.
    async fn send_round(
        &self,
        many: &Many,
        course: &RefCell<Course<'_>>,
        options: &Options,
        deadline: Deadline,
    ) {
        let batches = stream::iter(std::iter::from_fn(|| course.borrow_mut().next()));
        let sending = batches.map(|rows| async {
            let batch = many.batch(rows.clone());
            let output = self.within(&batch, options, deadline).await;
            (rows, output.map_err(|error| self.session.told(error)))
        });
        let mut sent = pin!(sending.buffer_unordered(many.in_flight));
        while let Some((rows, outcome)) = sent.next().await {
            course.borrow_mut().note(rows, outcome);
        }
    }

    /// Reads many records; `None` in the place of one that is not there.
    ///
    /// # Errors
    ///
    /// Those of each request: one that fails fails the call.
    pub(crate) async fn read_many(
        &self,
        retrieval: Retrieval,
        options: &Options,
    ) -> Result<Vec<Option<String>>, Error> {
        let deadline = self.deadline(options)?;
        let parts = stream::iter(retrieval.parts());
        let reading = parts.map(|part| async move { self.within(&part, options, deadline).await });
        let read = reading.buffered(READS_IN_FLIGHT).try_concat().await;
        read.map_err(|error| self.session.told(error))
    }
}
