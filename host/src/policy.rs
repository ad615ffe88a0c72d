//! What the host itself must know of Salesforce, because the component is not
//! trusted to police itself. Pure, and the only place in the host that names a
//! path of Salesforce.
//!
//! * `host`: which hosts are an org's, and what a login is.
//! * [`Policy`]: which requests an operator lets out.
//!
//! A request is judged by what it does to the org, which its method
//! does not tell: `routes` has the table, and where the table says so, the query
//! or the body decides. What can be read in two ways is denied in every level:
//! nobody knows which of the two Salesforce would take.

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

use std::fmt;

use http::{HeaderMap, Method};

pub(crate) use allowed_path::method_name;
pub use allowed_path::{AllowedPath, PatternError};
pub(crate) use asked::{Asked, Body, Unread};
pub(crate) use decision::{Decision, UNKNOWN_ROUTE};
pub(crate) use effect::Effect;
pub(crate) use host::{is_login, is_orgs, issued_instance, login_host};
pub use level::Level;

/// The longest body that is read to judge a request, in bytes. The documented
/// limits of what decides (25 parts, one statement of 100,000 characters) fit.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// What an operator lets out to an org, for [`Builder::policy`](crate::Builder::policy)
/// and [`Runtime::org_with_policy`](crate::Runtime::org_with_policy). The default lets
/// everything out but anonymous Apex, the component's own logins, and what can be read
/// in two ways.
///
/// ```
/// use sfbox::policy::{Level, Policy};
///
/// let policy = Policy {
///     level: Level::ReadOnly,
///     allowed: vec!["GET /services/apexrest/orders/*".parse()?],
///     ..Policy::default()
/// };
/// assert_eq!(policy.to_string(), "read-only+allowed-paths");
/// # Ok::<(), sfbox::policy::PatternError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// What is denied.
    pub level: Level,
    /// Paths that are judged as in [`Level::Everything`].
    pub allowed: Vec<AllowedPath>,
    /// Whether anonymous Apex may run, in any level.
    pub anonymous_apex: bool,
    /// Another policy, which must let a request out as well. So a policy can be limited by one
    /// that somebody else has set, whatever both of them allow by paths.
    pub within: Option<Box<Policy>>,
}

impl Policy {
    /// Whether a request may leave. With a body that was not read the decision may
    /// await it: [`Decision::awaits_body`].
    pub(crate) fn judge(&self, asked: &Asked<'_>) -> Decision {
        judgement::judge(self, asked)
    }

    /// This one, and those that it is within: each of them must let a request out.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |policy| policy.within.as_deref())
    }
}

/// The level, and what is open beside it: the name under which an audit has it.
impl fmt::Display for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.level)?;
        if !self.allowed.is_empty() {
            out.write_str("+allowed-paths")?;
        }
        if self.anonymous_apex {
            out.write_str("+anonymous-apex")?;
        }
        match &self.within {
            None => Ok(()),
            Some(outer) => write!(out, " within {outer}"),
        }
    }
}

/// The template of the route that a request names, such as
/// `/services/data/{version}/sobjects/{object}/{id}`, for logs: no id and nothing else
/// that a request says is in it. `(unknown)` for a path that is not in the policy's table, or
/// that can be read in two ways.
pub fn route(path: &str) -> &'static str {
    judgement::template(path)
}

/// Whether a request may change something in an org, as far as its method, its path and the
/// query after it tell: what is said of one whose answer was lost. A GET may, below Apex REST
/// and for anonymous Apex, and a request that can be read in two ways.
pub fn may_write(method: &Method, path_and_query: &str) -> bool {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let read_only = Policy {
        level: Level::ReadOnly,
        ..Policy::default()
    };
    let decision = read_only.judge(&Asked {
        method,
        path,
        query,
        headers: &HeaderMap::new(),
        body: Body::Unread(Unread::NotBuffered),
        login_host: false,
    });
    decision.denied.is_some()
}

#[cfg(test)]
mod tests;
