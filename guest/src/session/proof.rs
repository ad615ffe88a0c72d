//! The first use of a new token: it is proved before it is stored.

use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};

use super::Lease;
use super::renewal::{DEADLINE, Renewal};
use crate::answer::{Answer, Standing};
use crate::client::Call;
use crate::deadline::Deadline;
use crate::error::{ApiFailure, Error};
use crate::exchange::exchange;
use crate::instance;
use crate::names::{ApiVersion, Host};
use crate::platform::Platform;
use crate::token::AccessToken;

/// How long the leader's own call may take to prove the token.
const PROOF_WAIT: Duration = Duration::from_secs(1);

/// What the first use of a fresh token showed.
pub(super) enum Proof {
    Accepted,
    Refused(Error),
}

impl<P: Platform> Renewal<P> {
    /// Proves a new token: by the leader's own call, else by a request of ours.
    pub(super) async fn prove(
        &mut self,
        token: &AccessToken,
        instance: &Host,
    ) -> Result<(), Error> {
        let (proof, mut proved) = oneshot::channel();
        let lease = Lease {
            token: token.clone(),
            instance: instance.clone(),
            fresh: true,
            proof: Some(proof),
        };
        let offered = self
            .offer
            .take()
            .is_some_and(|offer| offer.send(lease).is_ok());
        if offered {
            let timer = std::pin::pin!(self.inner.platform.sleep(PROOF_WAIT));
            match select(&mut proved, timer).await {
                Either::Left((Ok(proof), _)) => return proof.into_result(),
                // The leader gave up, or its answer takes long.
                Either::Left((Err(_), _)) | Either::Right(_) => {}
            }
        }
        let platform = &*self.inner.platform;
        let probed = probe(platform, token, instance, self.after(DEADLINE));
        match probed.await {
            Ok((_, proof)) => proof.into_result(),
            // Neither yes nor no. The leader may still find out.
            Err(error) if offered => proved.await.map_err(|_| error)?.into_result(),
            Err(error) => Err(error),
        }
    }
}

impl Proof {
    fn into_result(self) -> Result<(), Error> {
        match self {
            Self::Accepted => Ok(()),
            Self::Refused(why) => Err(why),
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
) -> Result<(Standing, Proof), Error> {
    let call = Call::get(format!("/services/data/{}/", ApiVersion::DEFAULT));
    let request = call.request(host, token)?;
    let answer = exchange(platform, &request, deadline, |_| {}).await?;
    match answer.standing() {
        Standing::Accepted if answer.is_success() => Ok((Standing::Accepted, Proof::Accepted)),
        Standing::Accepted => Err(match instance::sign_in_answer(&answer) {
            Some(sign) => Error::Gone(format!("{host}: {sign}")),
            None => answer.failure(),
        }),
        refused => Ok((refused, Proof::Refused(refusal(&answer)))),
    }
}

/// A fresh token was refused with this; a gateway's answer has no list of errors.
pub(crate) fn refusal(answer: &Answer) -> Error {
    Error::RefusedToken(answer.api_failure().unwrap_or_else(|| ApiFailure {
        status: answer.status,
        errors: Vec::new(),
        request_id: answer.request_id(),
    }))
}
