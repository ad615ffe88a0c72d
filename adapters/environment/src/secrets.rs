//! The orgs' secrets, as the variable has them.

use std::collections::HashMap;

use secrecy::SecretString;
use serde_json::value::RawValue;
use sfbox_secret::{Part, entries};

/// One member of a secret: its name, and its value as JSON text.
pub type Member = (String, SecretString);

/// Why there is no such secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The variable does not name the org, or there is no variable.
    Unknown,
    /// The variable, or the org's secret in it, is not a JSON object.
    Malformed,
}

/// The members of `org`'s secret that the component is granted, in their order.
///
/// # Errors
///
/// [`Refused`] says why there are none. No error has anything of the secret in
/// it.
pub fn members(variable: Option<&str>, org: &str) -> Result<Vec<Member>, Refused> {
    let orgs = variable.ok_or(Refused::Unknown)?;
    let mut orgs: HashMap<String, &RawValue> =
        serde_json::from_str(orgs).map_err(|_| Refused::Malformed)?;
    let secret = orgs.remove(org).ok_or(Refused::Unknown)?;
    let members = sfbox_secret::members(secret.get()).map_err(|_| Refused::Malformed)?;
    Ok(entries(&members, Part::Both))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const TWO: &str = r#"{"acme": {"ConsumerSecret": "s\u0021", "Domain": "acme.my", "other": 1},
        "team/b": {"consumerKey": "k"}}"#;

    #[test]
    fn an_org_gets_its_own_members_as_they_are_written_and_no_others() {
        let own = |org| {
            let members = members(Some(TWO), org).unwrap().into_iter();
            let told = members.map(|(name, value)| format!("{name}: {}", value.expose_secret()));
            told.collect::<Vec<_>>()
        };
        assert_eq!(
            own("acme"),
            [r#"ConsumerSecret: "s\u0021""#, r#"Domain: "acme.my""#]
        );
        assert_eq!(own("team/b"), [r#"consumerKey: "k""#]);
    }

    #[test]
    fn what_is_not_there_is_unknown_and_what_is_no_object_is_malformed() {
        for (variable, org, refused) in [
            (None, "acme", Refused::Unknown),
            (Some(TWO), "ACME", Refused::Unknown),
            (Some(TWO), "", Refused::Unknown),
            (Some(""), "acme", Refused::Malformed),
            (Some("[]"), "acme", Refused::Malformed),
            (Some(r#"{"acme": "text"}"#), "acme", Refused::Malformed),
            (Some(r#"{"acme": {}"#), "acme", Refused::Malformed),
        ] {
            let found = members(variable, org).err();
            assert_eq!(found, Some(refused), "{variable:?} {org}");
        }
    }
}
