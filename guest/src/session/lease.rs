//! What a call uses a session by, and what it shows of that.

use std::rc::Rc;

use futures::channel::oneshot;

use super::state::InUse;
use crate::error::Error;
use crate::exchange::Attempts;
use crate::names::Host;
use crate::token::AccessToken;

/// The right to make a call with a token.
pub(crate) struct Lease {
    pub(crate) token: AccessToken,
    pub(crate) instance: Host,
    /// The token comes from a login that this very call waited for. If it is
    /// refused, so would be the next.
    pub(crate) fresh: bool,
    /// Those of the call, which a request that is to prove the token shares.
    pub(crate) attempts: Rc<Attempts>,
    proof: Option<oneshot::Sender<Proof>>,
}

impl Lease {
    pub(super) fn of(in_use: &InUse) -> Self {
        Self {
            token: in_use.session.token.clone(),
            instance: in_use.session.instance.clone(),
            fresh: in_use.is_fresh,
            attempts: Rc::default(),
            proof: None,
        }
    }

    /// That of a fresh token, whose first use is this call.
    pub(super) fn to_prove(
        token: &AccessToken,
        instance: &Host,
        attempts: &Rc<Attempts>,
        proof: oneshot::Sender<Proof>,
    ) -> Self {
        Self {
            token: token.clone(),
            instance: instance.clone(),
            fresh: true,
            attempts: Rc::clone(attempts),
            proof: Some(proof),
        }
    }

    /// The token was used, and not refused.
    pub(crate) fn accepted(&mut self) {
        self.report(Proof::Accepted);
    }

    /// The token was used, and refused for this reason.
    pub(crate) fn refused(&mut self, why: &Error) {
        self.report(Proof::Refused(why.clone()));
    }

    /// The call has failed in a way that says nothing of the token. A caller whose
    /// own time is over has not seen the end of it, and the unknown outcome of a write
    /// is no other caller's affair.
    pub(crate) fn unjudged(&mut self, why: &Error) {
        if !matches!(why, Error::Timeout | Error::OutcomeUnknown) {
            self.report(Proof::Unjudged(why.clone()));
        }
    }

    /// The call says nothing of the token, and will not: somebody else has to prove it.
    pub(crate) fn shows_nothing(&mut self) {
        self.proof = None;
    }

    fn report(&mut self, proof: Proof) {
        if let Some(waiting) = self.proof.take() {
            // The renewal may have ended at its own deadline.
            _ = waiting.send(proof);
        }
    }
}

/// What the first use of a fresh token showed.
pub(super) enum Proof {
    Accepted,
    Refused(Error),
    /// Nothing: the org did not answer, or could not.
    Unjudged(Error),
}
