//! What the host itself must know of Salesforce, because the component is not
//! trusted to police itself. Pure, and the only place in the host that names a
//! path of Salesforce.
//!
//! * [`host`]: which hosts are an org's, and what a login is.
//! * [`Policy::judge`]: which requests an operator lets out.
//!
//! A request is judged by what it does to the org ([`Effect`]), which its method
//! does not tell: `routes` has the table, and where the table says so, the query
//! or the body decides. What can be read in two ways is denied in every level:
//! nobody knows which of the two Salesforce would take.
#![allow(
    dead_code,
    unused_imports,
    reason = "the judge has its tests before `egress` and the command line call it"
)]

mod address;
mod allowed_path;
mod asked;
mod bulk;
mod class;
mod composite;
mod decision;
mod effect;
mod graphql;
mod host;
mod json;
mod judgement;
mod level;
mod records;
mod references;
mod routes;
mod search;
mod signs;
mod soql;

pub(crate) use allowed_path::{AllowedPath, PatternError};
pub(crate) use asked::{Asked, Body, Unread};
pub(crate) use decision::{Decision, Denial};
pub(crate) use effect::Effect;
pub(crate) use host::{is_login, is_orgs, issued_instance, my_domain_host, origin_host};
pub(crate) use level::Level;

/// The longest body that is read to judge a request, in bytes. The documented
/// limits of what decides (25 parts, one statement of 100,000 characters) fit.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// What an operator lets out to an org. The default lets everything out but
/// anonymous Apex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Policy {
    /// What is denied.
    pub(crate) level: Level,
    /// Paths that are judged as in [`Level::Everything`].
    pub(crate) allowed: Vec<AllowedPath>,
    /// Whether anonymous Apex may run, in any level.
    pub(crate) anonymous_apex: bool,
}

impl Policy {
    /// Whether the decision on a request depends on its body. Only then must the
    /// body be read before [`Policy::judge`] is asked; `asked.body` is ignored.
    pub(crate) fn needs_body(&self, asked: &Asked<'_>) -> bool {
        judgement::needs_body(self, asked)
    }

    /// Whether a request may leave.
    pub(crate) fn judge(&self, asked: &Asked<'_>) -> Decision {
        judgement::judge(self, asked)
    }
}

#[cfg(test)]
mod tests;
