//! One call, start to end: the only file that sends on a session.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use serde::Deserialize;

use crate::answer::{Answer, Standing};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::exchange::{self, exchange_sharing};
use crate::instance;
use crate::locator::Locator;
use crate::names::{ApiVersion, Host};
use crate::platform::{Platform, Request};
use crate::query::{self, Page, Rows};
use crate::retry;
use crate::session::{Lease, Session, Status, refusal};
use crate::token::{AccessToken, Fingerprint};

/// How often a call renews an ended session: the one in use, and one that it
/// adopted from the store, which can have ended as well. If the next has ended
/// again, sessions end faster than a call can follow.
const RENEWALS_MAX: usize = 2;

/// How long an instance that seems to be no more has to answer once.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// A call of Salesforce's API, before it has a session.
pub(crate) struct Call {
    method: Method,
    path_and_query: String,
    headers: Vec<(&'static str, String)>,
    /// Whether an answer shows that the session works: some resources ask for
    /// none.
    proves_session: bool,
}

/// `types.options`.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// From 1 to 3,600,000; `None` is 120,000.
    pub timeout_ms: Option<u32>,
    /// As `v66.0`, or `latest`; `None` is the default of the contract.
    pub api_version: Option<String>,
}

/// The calls on one org.
pub struct Client<P: Platform> {
    platform: Rc<P>,
    session: Session<P>,
    latest: Cell<Option<ApiVersion>>,
}

impl Call {
    pub(crate) fn get(path_and_query: String) -> Self {
        Self {
            method: Method::GET,
            path_and_query,
            headers: Vec::new(),
            proves_session: true,
        }
    }

    /// A resource that anybody may read.
    pub(crate) fn get_public(path_and_query: String) -> Self {
        Self {
            proves_session: false,
            ..Self::get(path_and_query)
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn uri(&self, instance: &Host) -> String {
        format!("https://{instance}{}", self.path_and_query)
    }

    /// The request, with the session's token.
    pub(crate) fn request(&self, instance: &Host, token: &AccessToken) -> Result<Request, Error> {
        let unsendable = || Error::InvalidInput("the call makes no HTTP request".to_owned());
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| unsendable())?;
        bearer.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(self.uri(instance))
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(Vec::new()).map_err(|_| unsendable())
    }
}

impl<P: Platform> Client<P> {
    /// The calls on `org`, in the world that `platform` is.
    pub fn new(platform: P, org: String) -> Self {
        let platform = Rc::new(platform);
        let session = Session::new(Rc::clone(&platform), org);
        Self {
            platform,
            session,
            latest: Cell::new(None),
        }
    }

    /// `query.query`.
    ///
    /// # Errors
    ///
    /// See `wit/query.wit`.
    pub async fn query(
        &self,
        soql: &str,
        rows: Rows,
        batch_size: Option<u16>,
        options: &Options,
    ) -> Result<Page, Error> {
        let page = self.first_page(soql, rows, batch_size, options).await;
        page.map_err(|error| self.session.told(error))
    }

    async fn first_page(
        &self,
        soql: &str,
        rows: Rows,
        batch_size: Option<u16>,
        options: &Options,
    ) -> Result<Page, Error> {
        let deadline = self.deadline(options)?;
        // What is wrong with the input is said before anything is sent.
        let draft = query::first(soql, rows, ApiVersion::DEFAULT, batch_size)?;
        let call = match self.version(options, deadline).await? {
            ApiVersion::DEFAULT => draft,
            version => query::first(soql, rows, version, batch_size)?,
        };
        let (answer, session) = self.send(&call, deadline).await?;
        query::read(answer, &session)
    }

    /// `query.query-more`.
    ///
    /// # Errors
    ///
    /// See `wit/query.wit`.
    pub async fn query_more(
        &self,
        next: &str,
        batch_size: Option<u16>,
        options: &Options,
    ) -> Result<Page, Error> {
        let page = self.next_page(next, batch_size, options).await;
        page.map_err(|error| self.session.told(error))
    }

    async fn next_page(
        &self,
        next: &str,
        batch_size: Option<u16>,
        options: &Options,
    ) -> Result<Page, Error> {
        let deadline = self.deadline(options)?;
        let locator = Locator::parse(next)
            .ok_or_else(|| Error::InvalidInput("`next` is not one of ours".to_owned()))?;
        let call = query::more(&locator, batch_size)?;
        let is_its = |session: &Fingerprint| locator.is_of(session);
        let existing = self.session.existing(is_its);
        let Some(mut lease) = deadline.limit(&*self.platform, existing).await? else {
            return Err(Error::SessionChanged);
        };
        let session = lease.token.fingerprint().clone();
        let outcome = self.attempt(&call, &mut lease, deadline).await;
        if let Some(why) = self.how_it_is_gone(&lease, &outcome, deadline).await {
            return Err(why);
        }
        let (answer, standing) = outcome?;
        if standing == Standing::Expired {
            let renewing = self.session.renew_if_ended(&lease, deadline);
            deadline.limit(&*self.platform, renewing.map(Ok)).await?;
            return Err(Error::SessionChanged);
        }
        query::read_more(answer, &session, &locator)
    }

    /// `session.status`.
    ///
    /// # Errors
    ///
    /// See `wit/session.wit`.
    pub async fn status(&self, options: &Options) -> Result<Status, Error> {
        let deadline = self.deadline(options)?;
        let status = deadline.limit(&*self.platform, self.session.status());
        status.await.map_err(|error| self.session.told(error))
    }

    /// `session.renew`.
    ///
    /// # Errors
    ///
    /// See `wit/session.wit`.
    pub async fn renew(&self, options: &Options) -> Result<Status, Error> {
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
    pub async fn forget(&self, options: &Options) -> Result<(), Error> {
        let deadline = self.deadline(options)?;
        let forgotten = deadline.limit(&*self.platform, self.session.forget());
        forgotten.await.map_err(|error| self.session.told(error))
    }

    /// When a call must have ended that begins now. What sends keeps to it by
    /// itself; what waits for something else is limited where it waits.
    fn deadline(&self, options: &Options) -> Result<Deadline, Error> {
        Deadline::from_option(self.platform.monotonic(), options.timeout_ms)
    }

    /// Sends `call`, and renews the session if Salesforce says that it has
    /// ended. Answers with the session that was used in the end.
    async fn send(&self, call: &Call, deadline: Deadline) -> Result<(Answer, Fingerprint), Error> {
        let platform = &*self.platform;
        let mut lease = deadline.limit(platform, self.session.lease()).await?;
        for _ in 0..RENEWALS_MAX {
            let outcome = self.attempt(call, &mut lease, deadline).await;
            if let Some(why) = self.how_it_is_gone(&lease, &outcome, deadline).await {
                if lease.fresh {
                    return Err(why);
                }
                let renewing = self.session.renew_elsewhere(&lease, why);
                lease = deadline.limit(platform, renewing).await?;
                continue;
            }
            let (answer, standing) = outcome?;
            if standing != Standing::Expired {
                return Ok((answer, lease.token.fingerprint().clone()));
            }
            let renewing = self.session.renew(lease.token.fingerprint());
            lease = deadline.limit(platform, renewing).await?;
        }
        let outcome = self.attempt(call, &mut lease, deadline).await;
        if let Some(why) = self.how_it_is_gone(&lease, &outcome, deadline).await {
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

    /// How the lease's instance failed, if it is no more: the call failed in one of
    /// the ways that show it, and so does a request that anybody may make.
    async fn how_it_is_gone(
        &self,
        lease: &Lease,
        outcome: &Result<(Answer, Standing), Error>,
        deadline: Deadline,
    ) -> Option<Error> {
        let platform = &*self.platform;
        let sign = instance::sign_of_death(outcome, |(answer, _)| answer)?;
        let request = instance::public_request(&lease.instance)?;
        let within = deadline.remaining(platform.monotonic()).min(LAST_LOOK);
        let within = Deadline::after(platform.monotonic(), within);
        let looked = exchange::once(platform, &request, within).await;
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
        call: &Call,
        lease: &mut Lease,
        deadline: Deadline,
    ) -> Result<(Answer, Standing), Error> {
        query::fits(call, &lease.instance)?;
        let request = call.request(&lease.instance, &lease.token)?;
        let attempts = Rc::clone(&lease.attempts);
        self.session.note_secrets(&request);
        let on_status = |status: u16| {
            // Below 500 it is Salesforce's own word. Some need their body: an ended
            // session may be a 400, 401 or 403, and a host without an org may answer
            // with 400 or 404.
            let is_plain = matches!(status, 200..300 | 402 | 405..420);
            if call.proves_session && is_plain {
                lease.accepted();
            }
        };
        let sent =
            exchange_sharing(&*self.platform, &request, deadline, &attempts, on_status).await;
        let answer = sent.inspect_err(|error| lease.unjudged(error))?;
        self.session.note_time(&answer);
        let standing = answer.standing();
        if standing != Standing::Accepted && lease.fresh {
            let why = refusal(&answer);
            lease.refused(&why);
            return Err(why);
        }
        let is_gone = instance::sign_in_answer(&answer).is_some();
        if call.proves_session && answer.is_past_authentication() && !is_gone {
            lease.accepted();
        } else if retry::of_answer(&answer).is_some() {
            lease.unjudged(&answer.failure());
        }
        Ok((answer, standing))
    }

    async fn version(&self, options: &Options, deadline: Deadline) -> Result<ApiVersion, Error> {
        match options.api_version.as_deref() {
            None => Ok(ApiVersion::DEFAULT),
            Some("latest") => match self.latest.get() {
                Some(version) => Ok(version),
                None => self.ask_for_latest(deadline).await,
            },
            Some(version) => ApiVersion::parse(version).ok_or_else(|| {
                Error::InvalidInput(
                    "api-version is neither `latest` nor from `v31.0` on, as in `v66.0`".to_owned(),
                )
            }),
        }
    }

    /// Source: REST API Developer Guide, "List Available REST API Versions".
    async fn ask_for_latest(&self, deadline: Deadline) -> Result<ApiVersion, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        let (answer, _) = self
            .send(&Call::get_public("/services/data".to_owned()), deadline)
            .await?;
        if !answer.is_success() {
            return Err(answer.failure());
        }
        let versions: Vec<Version> = serde_json::from_slice(&answer.body)
            .map_err(|_| answer.unexpected("no list of API versions"))?;
        let latest = versions
            .iter()
            .filter_map(|version| ApiVersion::from_number(&version.version))
            .max()
            .ok_or_else(|| answer.unexpected("an empty list of API versions"))?;
        self.latest.set(Some(latest));
        Ok(latest)
    }
}
