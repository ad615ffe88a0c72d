//! The first use of a new token: it is proved before it is stored.

use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};

use super::lease::{Lease, Proof};
use super::renewal::{DEADLINE, Renewal};
use crate::answer::{Answer, Standing};
use crate::call::{Call, Path};
use crate::deadline::Deadline;
use crate::error::{ApiFailure, Error};
use crate::exchange::{Attempts, exchange_sharing};
use crate::instance;
use crate::names::{ApiVersion, Host};
use crate::platform::Platform;
use crate::token::AccessToken;

/// How long the leader's own call may take to prove the token.
const PROOF_WAIT: Duration = Duration::from_secs(1);

/// How much longer if that call is being tried again: its waits are shorter together,
/// unless the org asks for a long one.
const RETRIES_WAIT: Duration = Duration::from_secs(10);

/// Every call that could have shown it is over.
fn unproved(instance: &Host) -> Proof {
    Proof::Unjudged(Error::Unreachable(format!(
        "{instance}: nothing showed whether the new session works"
    )))
}

impl<P: Platform> Renewal<P> {
    /// Proves a new token: by the leader's own call, else by a request of ours. Both
    /// are together sent as often as one alone: an org that is down is not asked twice
    /// as much.
    pub(super) async fn prove(&mut self, token: &AccessToken, instance: &Host) -> Proof {
        let attempts = Rc::<Attempts>::default();
        let (proof, mut proved) = oneshot::channel();
        let lease = Lease::to_prove(token, instance, &attempts, proof);
        let offered = self
            .offer
            .take()
            .is_some_and(|offer| offer.send(lease).is_ok());
        if offered {
            let mut told = self.told(&mut proved, PROOF_WAIT).await;
            if told.is_none() && attempts.have_failed() {
                // A request of ours would meet the same failure.
                told = self.told(&mut proved, RETRIES_WAIT).await;
            }
            match told {
                None => return self.prove_slow(token, instance, &attempts, proved).await,
                // What failed may have been that call alone.
                Some(Ok(Proof::Unjudged(_)) | Err(_)) if attempts.are_left() => {}
                Some(Ok(proof)) => return proof,
                // The leader has given up.
                Some(Err(_)) => return unproved(instance),
            }
        }
        let deadline = self.after(DEADLINE);
        let probed = probe(&*self.inner.platform, token, instance, deadline, &attempts).await;
        probed.map_or_else(Proof::Unjudged, |(_, proof)| proof)
    }

    /// What the leader's call shows in this time.
    async fn told(
        &self,
        proved: &mut oneshot::Receiver<Proof>,
        within: Duration,
    ) -> Option<Result<Proof, oneshot::Canceled>> {
        let timer = std::pin::pin!(self.inner.platform.sleep(within));
        match select(proved, timer).await {
            Either::Left((told, _)) => Some(told),
            Either::Right(_) => None,
        }
    }

    /// The leader's call is under way; a request of ours may be answered sooner.
    async fn prove_slow(
        &self,
        token: &AccessToken,
        instance: &Host,
        attempts: &Attempts,
        proved: oneshot::Receiver<Proof>,
    ) -> Proof {
        if !attempts.are_left() {
            return proved.await.unwrap_or_else(|_| unproved(instance));
        }
        let deadline = self.after(DEADLINE);
        match probe(&*self.inner.platform, token, instance, deadline, attempts).await {
            Ok((_, proof)) => proof,
            // Neither yes nor no. The leader may still find out.
            Err(error) => proved.await.unwrap_or(Proof::Unjudged(error)),
        }
    }
}

/// The cheapest request that needs a session: the list of the version's
/// resources (REST API Developer Guide, "List Available REST Resources").
pub(super) async fn probe<P: Platform>(
    platform: &P,
    token: &AccessToken,
    host: &Host,
    deadline: Deadline,
    attempts: &Attempts,
) -> Result<(Standing, Proof), Error> {
    let call = Call::get(Path::Versioned(String::new()));
    let request = call.request(
        &call.uri(host, ApiVersion::DEFAULT)?,
        ApiVersion::DEFAULT,
        token,
    )?;
    let manner = call.manner();
    let asking = exchange_sharing(platform, &request, manner, deadline, attempts, |_| {}, None);
    let answer = asking.await?;
    match answer.standing() {
        Standing::Accepted if answer.is_success() => Ok((Standing::Accepted, Proof::Accepted)),
        Standing::Accepted => Err(match instance::sign_in_answer(&answer) {
            Some(sign) => Error::Gone(format!("{host}: {sign}")),
            None => answer.failure(),
        }),
        refused => Ok((refused, Proof::Refused(refusal(&answer)))),
    }
}

/// A fresh token was refused with this. What a gateway in between says is not
/// Salesforce's word on the token.
pub(crate) fn refusal(answer: &Answer) -> Error {
    match answer.api_failure() {
        Some(failure) => Error::RefusedToken(failure),
        None if answer.is_bare_refusal() => Error::RefusedToken(ApiFailure {
            status: answer.status,
            errors: Vec::new(),
            request_id: answer.request_id(),
        }),
        None => answer.unexpected("not Salesforce's refusal of a session"),
    }
}
