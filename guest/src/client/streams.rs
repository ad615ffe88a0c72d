//! Calls whose bodies flow. A success is handed over while its body arrives; and a body that
//! is passed on cannot be sent again, so its session is proved first.

use std::time::Duration;

use bytes::Bytes;

use super::{Client, Outgoing};
use crate::answer::{Answer, Standing};
use crate::call::{Call, Path};
use crate::contract::types::Options;
use crate::error::Error;
use crate::exchange;
use crate::names::{ApiVersion, Host};
use crate::platform::Streams;
use crate::token::AccessToken;

/// For how long a session counts as proved that has worked: less than any session lives
/// without use (15 minutes at least: Salesforce Help, "Session Settings").
const PROVED: Duration = Duration::from_secs(120);

/// An answer, and its body if that is handed over unread.
pub(crate) type Answered<P> = (Answer, Option<<P as crate::platform::Platform>::Body>);

impl<P: Streams> Client<P> {
    /// Sends a call whose body has been read: it can be sent again.
    ///
    /// # Errors
    ///
    /// See `wit/rest-streams.wit`.
    pub(crate) async fn stream(
        &self,
        call: Call,
        body: Vec<u8>,
        timeout_ms: u32,
    ) -> Result<Answered<P>, Error> {
        let call = call.contents(Bytes::from(body));
        let sending = async {
            let deadline = self.deadline(&within(timeout_ms))?;
            let mut outgoing = Outgoing::new(&call, ApiVersion::DEFAULT);
            let (answer, _) = self.send(&mut outgoing, deadline).await?;
            Ok((answer, outgoing.unread))
        };
        sending.await.map_err(|error| self.session.told(error))
    }

    /// Sends a call whose body is passed on.
    ///
    /// # Errors
    ///
    /// See `wit/rest-streams.wit`.
    pub(crate) async fn pass_on(
        &self,
        call: &Call,
        upload: P::Upload,
        timeout_ms: u32,
    ) -> Result<Answered<P>, Error> {
        let passed = self.passed_on(call, upload, timeout_ms).await;
        passed.map_err(|error| self.session.told(error))
    }

    async fn passed_on(
        &self,
        call: &Call,
        upload: P::Upload,
        timeout_ms: u32,
    ) -> Result<Answered<P>, Error> {
        let platform = &*self.platform;
        let (token, instance) = self.proved(timeout_ms).await?;
        let uri = call.uri(&instance, ApiVersion::DEFAULT)?;
        let request = call.request(&uri, ApiVersion::DEFAULT, &token)?;
        self.session.note_secrets(&request);
        let deadline = self.deadline(&within(timeout_ms))?;
        let (manner, mut unread) = (call.manner(), None);
        let sending = exchange::pass_on(platform, &request, upload, manner, deadline, &mut unread);
        let answer = sending.await?;
        self.session.note_time(&answer);
        let cause = manner.unauthorized;
        let standing = cause.standing(&answer);
        if cause.is_ambiguous(standing) {
            let deadline = self.deadline(&within(timeout_ms))?;
            let has_ended = self.has_ended(&token, &instance, deadline).await?;
            if has_ended {
                self.note_end(&token);
            }
            if has_ended || !cause.is_answered() {
                return Err(Error::SessionChanged);
            }
        } else if standing == Standing::Expired {
            self.note_end(&token);
            let deadline = self.deadline(&within(timeout_ms))?;
            let renewing = self.session.renew(token.fingerprint());
            deadline.limit(platform, renewing).await?;
            return Err(Error::SessionChanged);
        }
        if call.proves_session() && answer.is_success() {
            self.note_life(&token, &answer);
        }
        Ok((answer, unread))
    }

    /// A session that works: an answer has shown it just now, or one more request does.
    async fn proved(&self, timeout_ms: u32) -> Result<(AccessToken, Host), Error> {
        let platform = &*self.platform;
        let deadline = self.deadline(&within(timeout_ms))?;
        if self.has_worked() {
            let lease = deadline.limit(platform, self.session.lease()).await?;
            let is_known = |known: &(_, _)| known.0 == *lease.token.fingerprint();
            if self.worked.borrow().as_ref().is_some_and(is_known) {
                return Ok((lease.token, lease.instance));
            }
        }
        let probe = Call::get(Path::Versioned(String::new()));
        let mut outgoing = Outgoing::new(&probe, ApiVersion::DEFAULT);
        let (answer, _) = self.send(&mut outgoing, deadline).await?;
        match outgoing.sent_with {
            Some(sent_with) if answer.is_success() => Ok(sent_with),
            _ => Err(answer.failure()),
        }
    }

    /// Whether a session has worked within the last minutes.
    fn has_worked(&self) -> bool {
        let now = self.platform.monotonic();
        let worked = self.worked.borrow();
        worked
            .as_ref()
            .is_some_and(|(_, at)| now.saturating_sub(*at) < PROVED)
    }
}

fn within(timeout_ms: u32) -> Options {
    Options {
        timeout_ms: Some(timeout_ms),
        api_version: None,
    }
}

#[cfg(test)]
mod tests;
