//! One call, start to end: the only file that sends on a session, but for the bodies that are
//! passed on in `client/streams.rs`.

mod children;
mod descriptions;
mod many;
#[cfg(not(feature = "wasi-0-2"))]
pub(crate) mod records;
#[cfg(not(feature = "wasi-0-2"))]
mod streams;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use http::Uri;

use crate::answer::{Answer, Standing};
use crate::call::{Call, Operation};
use crate::contract::session::SessionStatus;
use crate::contract::types::Options;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::exchange::{self, exchange_sharing};
use crate::instance;
use crate::names::{ApiVersion, Host};
use crate::org::Descriptions;
use crate::platform::Platform;
use crate::retry;
use crate::session::{Keeper, Lease, refusal};
use crate::sobjects::Supported;
use crate::token::{AccessToken, Fingerprint};
use crate::versions::Newest;

/// How often a call renews an ended session: the one in use, and one that it
/// adopted from the store, which can have ended as well. If the next has ended
/// again, sessions end faster than a call can follow.
const RENEWALS_MAX: usize = 2;

/// How many objects are remembered that the UI API has: far more than any org's programs
/// write to.
const OBJECTS_MAX: usize = 1_000;

/// How long an instance that seems to be no more has to answer once.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// The calls on one org.
pub struct Client<P: Platform> {
    platform: Rc<P>,
    session: Keeper<P>,
    latest: Cell<Option<ApiVersion>>,
    /// Objects whose records the org's UI API has, and how their ids begin.
    in_ui_api: RefCell<BTreeMap<String, Option<String>>>,
    descriptions: RefCell<Descriptions>,
    /// The session that an answer has shown to work, and when.
    worked: RefCell<Option<(Fingerprint, Duration)>>,
}

/// A call on its way: on this version, and to the instance that it was last sent to.
struct Outgoing<'a, B> {
    call: &'a Call,
    version: ApiVersion,
    target: Option<(Host, Uri)>,
    /// One of its attempts may have been executed, and its answer was lost.
    may_have_run: bool,
    /// The body of its answer, if that is handed over unread.
    unread: Option<B>,
    /// What it was last sent with: its session may not be in use yet.
    sent_with: Option<(AccessToken, Host)>,
}

impl<'a, B> Outgoing<'a, B> {
    fn new(call: &'a Call, version: ApiVersion) -> Self {
        Self {
            call,
            version,
            target: None,
            may_have_run: false,
            unread: None,
            sent_with: None,
        }
    }

    /// Where it goes on this instance; built once for each.
    fn uri(&mut self, instance: &Host) -> Result<Uri, Error> {
        if let Some((host, uri)) = &self.target
            && host == instance
        {
            return Ok(uri.clone());
        }
        let uri = self.call.uri(instance, self.version)?;
        self.target = Some((instance.clone(), uri.clone()));
        Ok(uri)
    }
}

impl<P: Platform> Client<P> {
    /// The calls on `org`, in the world that `platform` is.
    pub fn new(platform: P, org: String) -> Self {
        let platform = Rc::new(platform);
        let session = Keeper::new(Rc::clone(&platform), org);
        Self {
            platform,
            session,
            latest: Cell::new(None),
            in_ui_api: RefCell::default(),
            descriptions: RefCell::default(),
            worked: RefCell::default(),
        }
    }

    /// Runs one function of the contract.
    ///
    /// # Errors
    ///
    /// Those of the function.
    pub(crate) async fn run<O: Operation>(
        &self,
        operation: O,
        options: &Options,
    ) -> Result<O::Output, Error> {
        let output = self.output(&operation, options).await;
        output.map_err(|error| self.session.told(error))
    }

    async fn output<O: Operation>(
        &self,
        operation: &O,
        options: &Options,
    ) -> Result<O::Output, Error> {
        self.within(operation, options, self.deadline(options)?)
            .await
    }

    /// The same of a call that must have ended by then.
    async fn within<O: Operation>(
        &self,
        operation: &O,
        options: &Options,
        deadline: Deadline,
    ) -> Result<O::Output, Error> {
        // What is wrong with the input is said before anything is sent.
        let call = operation.call()?;
        if let Some(object) = operation.needs() {
            let asking = Box::pin(self.check_ui_api(object, options, deadline));
            let prefix = asking.await?;
            operation.fits(prefix.as_deref())?;
        }
        let answering = self.answer(&call, operation.session(), options, deadline);
        let (answer, session) = answering.await?;
        operation.read(answer, &session)
    }

    /// The answer to a call, on this session if the call makes sense on it alone, and the
    /// session that was used. The same code for every operation: each adds but its own.
    async fn answer(
        &self,
        call: &Call,
        session: Option<&Fingerprint>,
        options: &Options,
        deadline: Deadline,
    ) -> Result<(Answer, Fingerprint), Error> {
        let version = match call.is_versioned() {
            true => self.version(options, deadline).await?,
            false => ApiVersion::DEFAULT,
        };
        let mut outgoing = Outgoing::new(call, version);
        let answered = match session {
            None => self.send(&mut outgoing, deadline).await?,
            Some(session) => Box::pin(self.send_on(session, outgoing, deadline)).await?,
        };
        call.was_short_enough(&answered.0)?;
        Ok(answered)
    }

    /// Whether the org's UI API has the records of this object, and how their ids begin:
    /// asked once.
    async fn check_ui_api(
        &self,
        object: &str,
        options: &Options,
        deadline: Deadline,
    ) -> Result<Option<String>, Error> {
        if let Some(prefix) = self.in_ui_api.borrow().get(object) {
            return Ok(prefix.clone());
        }
        let question = Supported { object };
        let call = question.call()?;
        let (answer, session) = self.answer(&call, None, options, deadline).await?;
        let prefix = question.read(answer, &session)?;
        let mut known = self.in_ui_api.borrow_mut();
        if known.len() < OBJECTS_MAX {
            known.insert(object.to_owned(), prefix.clone());
        }
        Ok(prefix)
    }

    /// `session.status`.
    ///
    /// # Errors
    ///
    /// See `wit/session.wit`.
    pub(crate) async fn status(&self, options: &Options) -> Result<SessionStatus, Error> {
        let deadline = self.deadline(options)?;
        let status = deadline.limit(&*self.platform, self.session.status());
        status.await.map_err(|error| self.session.told(error))
    }

    /// `session.renew`.
    ///
    /// # Errors
    ///
    /// See `wit/session.wit`.
    pub(crate) async fn renew(&self, options: &Options) -> Result<SessionStatus, Error> {
        let deadline = self.deadline(options)?;
        let renewing = self.session.force_renewal();
        let renewed = deadline.limit(&*self.platform, renewing).await;
        renewed.map_err(|error| self.session.told(error))
    }

    /// `session.forget`.
    ///
    /// # Errors
    ///
    /// See `wit/session.wit`.
    pub(crate) async fn forget(&self, options: &Options) -> Result<(), Error> {
        let deadline = self.deadline(options)?;
        let forgotten = deadline.limit(&*self.platform, self.session.forget());
        forgotten.await.map_err(|error| self.session.told(error))
    }

    /// When a call must have ended that begins now. What sends keeps to it by
    /// itself; what waits for something else is limited where it waits.
    fn deadline(&self, options: &Options) -> Result<Deadline, Error> {
        Deadline::from_option(self.platform.monotonic(), options.timeout_ms)
    }

    /// Sends a call, and renews the session if Salesforce says that it has ended.
    /// Answers with the session that was used in the end.
    async fn send(
        &self,
        outgoing: &mut Outgoing<'_, P::Body>,
        deadline: Deadline,
    ) -> Result<(Answer, Fingerprint), Error> {
        let platform = &*self.platform;
        let mut lease = deadline.limit(platform, self.session.lease()).await?;
        for _ in 0..RENEWALS_MAX {
            let outcome = self.attempt(outgoing, &mut lease, deadline).await;
            let gone = self.how_it_is_gone(outgoing.call, &lease, &outcome, deadline);
            if let Some(why) = gone.await {
                if lease.fresh {
                    return Err(why);
                }
                let renewing = Box::pin(self.session.renew_elsewhere(&lease, why));
                lease = deadline.limit(platform, renewing).await?;
                continue;
            }
            let (answer, standing) = outcome?;
            if standing != Standing::Expired {
                return Ok((answer, lease.token.fingerprint().clone()));
            }
            let cause = outgoing.call.manner().unauthorized;
            if cause.is_ambiguous(standing) {
                let (token, instance) = (&lease.token, &lease.instance);
                let has_ended = Box::pin(self.has_ended(token, instance, deadline)).await?;
                if !cause.is_answered() {
                    return Err(Error::SessionChanged);
                }
                if !has_ended {
                    return Ok((answer, lease.token.fingerprint().clone()));
                }
                // It only reads, and nothing has run.
                lease = deadline.limit(platform, self.session.lease()).await?;
                continue;
            }
            let renewing = Box::pin(self.session.renew(lease.token.fingerprint()));
            lease = deadline.limit(platform, renewing).await?;
        }
        let outcome = self.attempt(outgoing, &mut lease, deadline).await;
        let gone = self.how_it_is_gone(outgoing.call, &lease, &outcome, deadline);
        if let Some(why) = gone.await {
            return Err(why);
        }
        let (answer, standing) = outcome?;
        match standing {
            Standing::Expired => Err(Error::SessionChanged),
            Standing::Accepted | Standing::Refused => {
                Ok((answer, lease.token.fingerprint().clone()))
            }
        }
    }

    /// Sends a call that makes sense on this session alone. If Salesforce says that it
    /// has ended, it is renewed for later calls.
    async fn send_on(
        &self,
        session: &Fingerprint,
        mut outgoing: Outgoing<'_, P::Body>,
        deadline: Deadline,
    ) -> Result<(Answer, Fingerprint), Error> {
        let platform = &*self.platform;
        let existing = self.session.existing(|existing| existing == session);
        let Some(mut lease) = deadline.limit(platform, existing).await? else {
            return Err(Error::SessionChanged);
        };
        let outcome = self.attempt(&mut outgoing, &mut lease, deadline).await;
        let gone = self.how_it_is_gone(outgoing.call, &lease, &outcome, deadline);
        if let Some(why) = gone.await {
            return Err(why);
        }
        let (answer, standing) = outcome?;
        if standing == Standing::Expired {
            let (token, instance) = (&lease.token, &lease.instance);
            Box::pin(self.has_ended(token, instance, deadline)).await?;
            return Err(Error::SessionChanged);
        }
        Ok((answer, lease.token.fingerprint().clone()))
    }

    /// Settles by one cheap request whether a refusal that may be about something else is
    /// about the session. One that has ended is renewed for later calls.
    async fn has_ended(
        &self,
        token: &AccessToken,
        instance: &Host,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        let renewing = self.session.renew_if_ended(token, instance, deadline);
        deadline.limit(&*self.platform, renewing.map(Ok)).await
    }

    /// How the lease's instance failed, if it is no more: the call failed in one of
    /// the ways that show it, and so does a request that anybody may make.
    async fn how_it_is_gone(
        &self,
        call: &Call,
        lease: &Lease,
        outcome: &Result<(Answer, Standing), Error>,
        deadline: Deadline,
    ) -> Option<Error> {
        let platform = &*self.platform;
        if let Ok((answer, _)) = outcome
            && call.manner().unauthorized.is_class()
            && !instance::is_unrouted(answer)
        {
            // A class that answers is there, with a 404 of its own or a redirect.
            return None;
        }
        let sign = instance::sign_of_death(outcome, |(answer, _)| answer)?;
        let request = instance::public_request(&lease.instance)?;
        let within = deadline.remaining(platform.monotonic()).min(LAST_LOOK);
        let within = Deadline::after(platform.monotonic(), within);
        let looked = Box::pin(exchange::once(platform, &request, within)).await;
        instance::sign_of_death(&looked, |answer| answer)?;
        Some(Error::Unreachable(match outcome {
            // A failure of the transport names the host itself.
            Err(Error::Gone(_)) => sign,
            Ok(_) | Err(_) => format!("{}: {sign}", lease.instance),
        }))
    }

    /// One attempt on one session. A fresh token that is refused is an error, not
    /// an expiry: the next would be refused as well.
    async fn attempt(
        &self,
        outgoing: &mut Outgoing<'_, P::Body>,
        lease: &mut Lease,
        deadline: Deadline,
    ) -> Result<(Answer, Standing), Error> {
        let call = outgoing.call;
        let request = call.request(
            &outgoing.uri(&lease.instance)?,
            outgoing.version,
            &lease.token,
        )?;
        let attempts = Rc::clone(&lease.attempts);
        outgoing.sent_with = Some((lease.token.clone(), lease.instance.clone()));
        self.session.note_secrets(&request);
        let on_status = |status: u16| {
            // Below 500 it is Salesforce's own word. Some need their body: an ended
            // session may be a 400, 401 or 403, and a host without an org may answer
            // with 400 or 404.
            let is_plain = matches!(status, 200..300 | 402 | 405..420);
            if call.proves_session() && is_plain {
                lease.accepted();
            }
        };
        let manner = call.manner();
        outgoing.unread = None;
        let sent = exchange_sharing(
            &*self.platform,
            &request,
            manner,
            deadline,
            &attempts,
            on_status,
            call.is_streamed().then_some(&mut outgoing.unread),
        );
        let mut answer = sent.await.inspect_err(|error| {
            // How each attempt failed is not known here.
            outgoing.may_have_run = true;
            lease.unjudged(error);
        })?;
        outgoing.may_have_run |= answer.may_have_run_before;
        answer.may_have_run_before = outgoing.may_have_run;
        self.session.note_time(&answer);
        let standing = manner.unauthorized.standing(&answer);
        if standing == Standing::Expired {
            self.note_end(&lease.token);
        }
        if manner.unauthorized.is_ambiguous(standing) {
            lease.shows_nothing();
            return Ok((answer, standing));
        }
        if standing != Standing::Accepted && lease.fresh {
            let why = refusal(&answer);
            lease.refused(&why);
            return Err(why);
        }
        let is_gone = instance::sign_in_answer(&answer).is_some();
        if call.proves_session() && answer.is_past_authentication() && !is_gone {
            lease.accepted();
            if standing == Standing::Accepted {
                self.note_life(&lease.token, &answer);
            }
        } else if retry::in_answer(&answer, request.method(), manner).is_some() {
            lease.unjudged(&answer.failure());
        }
        Ok((answer, standing))
    }

    /// Notes that a session worked for this answer.
    fn note_life(&self, token: &AccessToken, answer: &Answer) {
        *self.worked.borrow_mut() = Some((token.fingerprint().clone(), answer.asked_at));
    }

    /// Notes that a session may have ended.
    fn note_end(&self, token: &AccessToken) {
        let mut worked = self.worked.borrow_mut();
        worked.take_if(|(known, _)| known == token.fingerprint());
    }

    async fn version(&self, options: &Options, deadline: Deadline) -> Result<ApiVersion, Error> {
        match options.api_version.as_deref() {
            None => Ok(ApiVersion::DEFAULT),
            Some("latest") => match self.latest.get() {
                Some(version) => Ok(version),
                None => Box::pin(self.ask_for_latest(deadline)).await,
            },
            Some(version) => ApiVersion::parse(version).ok_or_else(|| {
                Error::InvalidInput(
                    "api-version is neither `latest` nor from `v31.0` on, as in `v66.0`".to_owned(),
                )
            }),
        }
    }

    async fn ask_for_latest(&self, deadline: Deadline) -> Result<ApiVersion, Error> {
        let call = Newest.call()?;
        let mut outgoing = Outgoing::new(&call, ApiVersion::DEFAULT);
        let (answer, session) = self.send(&mut outgoing, deadline).await?;
        let latest = Newest.read(answer, &session)?;
        self.latest.set(Some(latest));
        Ok(latest)
    }
}

#[cfg(test)]
mod tests;
