//! What the operator decides, as the environment has it.

use sfbox_secret::{SecretName, SecretNameError};

use crate::credentials::{self, NoSource, Source};
use crate::endpoint::{self, Endpoint, NoEndpoint};

/// The orgs: names or ARNs of secrets, separated by commas.
const ORGS: &str = "SFBOX_ORGS";

/// How long their sessions live without use, in seconds.
const SESSION_TTL: &str = "SFBOX_SESSION_TTL";

/// Whether a token that cannot be shared is an error: `true` or `false`.
const REQUIRE_SHARED: &str = "SFBOX_REQUIRE_SHARED";

/// What the operator decided.
#[derive(Debug)]
pub(crate) struct Settings {
    orgs: Vec<SecretName>,
    pub(crate) session_ttl_s: Option<u32>,
    pub(crate) require_shared: bool,
    pub(crate) endpoint: Endpoint,
    pub(crate) source: Source,
}

/// What is wrong with the environment. The contract has no words for it: every
/// call is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// [`ORGS`] names none.
    NoOrgs,
    /// [`ORGS`] has a name that no secret can have.
    Org(SecretNameError),
    /// [`SESSION_TTL`] is no number of seconds above 0.
    SessionTtl,
    /// [`REQUIRE_SHARED`] is neither `true` nor `false`.
    RequireShared,
    /// Nowhere to send requests.
    Endpoint(NoEndpoint),
    /// Nothing to sign them with.
    Source(NoSource),
}

impl Settings {
    /// Reads the environment. An empty variable is as good as none.
    pub(crate) fn read(environment: &[(String, String)]) -> Result<Self, Unusable> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(own, _)| own == name);
            let value = found.map(|(_, value)| value.as_str());
            value.filter(|value| !value.is_empty())
        };
        Ok(Self {
            orgs: orgs(variable(ORGS).unwrap_or_default())?,
            session_ttl_s: variable(SESSION_TTL).map(session_ttl).transpose()?,
            require_shared: variable(REQUIRE_SHARED).map_or(Ok(false), require_shared)?,
            endpoint: endpoint::endpoint(variable).map_err(Unusable::Endpoint)?,
            source: credentials::source(variable).map_err(Unusable::Source)?,
        })
    }

    /// The secret of that org, if it is one of these.
    pub(crate) fn org(&self, name: &str) -> Option<&SecretName> {
        self.orgs.iter().find(|org| org.as_str() == name)
    }
}

fn orgs(list: &str) -> Result<Vec<SecretName>, Unusable> {
    let names = list.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    let orgs: Vec<SecretName> = names
        .map(SecretName::parse)
        .collect::<Result<_, _>>()
        .map_err(Unusable::Org)?;
    if orgs.is_empty() {
        return Err(Unusable::NoOrgs);
    }
    Ok(orgs)
}

fn session_ttl(text: &str) -> Result<u32, Unusable> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or(Unusable::SessionTtl)
}

fn require_shared(text: &str) -> Result<bool, Unusable> {
    text.parse().map_err(|_| Unusable::RequireShared)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 4] = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "CANARY"),
        (
            ORGS,
            "acme, team/b,,arn:aws:secretsmanager:x:1:secret:c-AbCdEf",
        ),
    ];

    /// With these variables instead of those.
    fn with(changed: &[(&str, &str)]) -> Result<Settings, Unusable> {
        let kept = WHOLE
            .iter()
            .filter(|(name, _)| !changed.iter().any(|(own, _)| own == name));
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = changed.iter().chain(kept).map(pair).collect();
        Settings::read(&environment)
    }

    #[test]
    fn the_orgs_are_those_that_are_listed() {
        let settings = with(&[]).unwrap();
        for (name, known) in [
            ("acme", true),
            ("team/b", true),
            ("arn:aws:secretsmanager:x:1:secret:c-AbCdEf", true),
            ("ACME", false),
            ("acme,", false),
            ("team", false),
            ("c", false),
            ("", false),
        ] {
            assert_eq!(settings.org(name).is_some(), known, "{name}");
        }
        assert_eq!(settings.session_ttl_s, None);
        assert!(!settings.require_shared);
    }

    #[test]
    fn the_operators_facts_are_read() {
        let settings = with(&[(SESSION_TTL, "7200"), (REQUIRE_SHARED, "true")]).unwrap();
        assert_eq!(settings.session_ttl_s, Some(7_200));
        assert!(settings.require_shared);
        let settings = with(&[(SESSION_TTL, ""), (REQUIRE_SHARED, "false")]).unwrap();
        assert_eq!(settings.session_ttl_s, None);
        assert!(!settings.require_shared);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (changed, refused) in [
            ((ORGS, ""), Unusable::NoOrgs),
            ((ORGS, " , "), Unusable::NoOrgs),
            (
                (ORGS, "acme,a b"),
                Unusable::Org(SecretNameError::Character),
            ),
            ((SESSION_TTL, "0"), Unusable::SessionTtl),
            ((SESSION_TTL, "2h"), Unusable::SessionTtl),
            ((REQUIRE_SHARED, "yes"), Unusable::RequireShared),
            (("AWS_REGION", ""), Unusable::Endpoint(NoEndpoint::NoRegion)),
            (("AWS_ACCESS_KEY_ID", ""), Unusable::Source(NoSource::None)),
        ] {
            assert_eq!(with(&[changed]).err(), Some(refused), "{changed:?}");
        }
        assert!(!format!("{:?}", with(&[])).contains("CANARY"));
    }
}
