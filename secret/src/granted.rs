//! What the component is given of a secret, and what it may change.

use secrecy::{ExposeSecret as _, SecretString};

use crate::key::{CONSUMER_KEY, CREDENTIALS, MANAGED_CONSUMER_KEY, SESSION};
use crate::text::{self, Member, NotAnObject};
use crate::{Kind, SECRET_BYTES_MAX};

/// A member's name, and its new value as JSON text; `None` removes it.
pub type Change = (String, Option<SecretString>);

/// Which of a secret's members are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The credentials alone.
    Credentials,
    /// The session alone.
    Session,
    /// Both.
    Both,
}

impl Part {
    fn contains(self, key: &str) -> bool {
        let (credentials, session) = (CREDENTIALS.contains(&key), SESSION.contains(&key));
        match self {
            Self::Credentials => credentials,
            Self::Session => session,
            Self::Both => credentials || session,
        }
    }
}

/// Why a change is not made. Says nothing of what would have been written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A member that is not the session's.
    #[error("the component does not own that member")]
    NotOwned,
    /// More than the component can have to say.
    #[error(
        "a write of {members} members and {bytes} bytes, and the component owns {} and a secret \
         has at most {SECRET_BYTES_MAX}",
        SESSION.len()
    )]
    TooMuch {
        /// How many members it would change.
        members: usize,
        /// How long their values are together.
        bytes: usize,
    },
    /// That member's value is no JSON text.
    #[error("`{0}` would not be JSON")]
    NotJson(String),
    /// The secret would be so long, in bytes.
    #[error("with the token it would have {0} bytes, and a secret has at most {SECRET_BYTES_MAX}")]
    TooLong(usize),
    /// What is stored cannot be edited.
    #[error(transparent)]
    NotAnObject(#[from] NotAnObject),
}

impl Refused {
    /// What to make of it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotOwned => Kind::Denied,
            Self::TooMuch { .. } | Self::NotJson(_) | Self::TooLong(_) | Self::NotAnObject(_) => {
                Kind::Malformed
            }
        }
    }
}

/// The members of that part, in the secret's order. Values are JSON text.
pub fn entries(members: &[Member<'_>], part: Part) -> Vec<(String, SecretString)> {
    members
        .iter()
        .filter(|member| part.contains(member.key()))
        .map(|member| (member.key().to_owned(), member.value().into()))
        .collect()
}

/// Whether it is the layout of AWS managed external secrets, whose text is AWS's
/// to write.
pub fn is_managed(members: &[Member<'_>]) -> bool {
    let has = |key| members.iter().any(|member| member.key() == key);
    has(MANAGED_CONSUMER_KEY) && !has(CONSUMER_KEY)
}

/// Judges changes before anything is sent: only what the component owns, and only
/// JSON.
///
/// # Errors
///
/// [`Refused`] says why they are not to be made.
pub fn check(changes: &[Change]) -> Result<(), Refused> {
    let bytes = changes
        .iter()
        .filter_map(|(_, value)| value.as_ref())
        .map(|value| value.expose_secret().len())
        .sum::<usize>();
    if changes.len() > SESSION.len() || bytes > SECRET_BYTES_MAX {
        let members = changes.len();
        return Err(Refused::TooMuch { members, bytes });
    }
    for (key, value) in changes {
        if !SESSION.contains(&key.as_str()) {
            return Err(Refused::NotOwned);
        }
        let json = value
            .as_ref()
            .map(|value| serde_json::from_str::<serde::de::IgnoredAny>(value.expose_secret()));
        if matches!(json, Some(Err(_))) {
            return Err(Refused::NotJson(key.clone()));
        }
    }
    Ok(())
}

/// The text with these changes, and every other byte as it was.
///
/// # Errors
///
/// When the text is no JSON object, or would be too long for a secret.
pub fn edited(text: &str, changes: &[Change]) -> Result<String, Refused> {
    let mut text = text.to_owned();
    for (key, value) in changes {
        text = match value {
            Some(value) => text::set(&text, key, value.expose_secret())?,
            None => text::remove(&text, key)?,
        };
    }
    if text.len() > SECRET_BYTES_MAX {
        return Err(Refused::TooLong(text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, value: Option<&str>) -> Change {
        (key.to_owned(), value.map(Into::into))
    }

    #[test]
    fn a_part_has_its_own_members_in_the_secrets_order() {
        let text = r#"{"SessionId":"t","other":1,"baseUri":"u","Domain":"d","Instance":null}"#;
        let members = text::members(text).unwrap();
        for (part, keys) in [
            (
                Part::Both,
                vec!["SessionId", "baseUri", "Domain", "Instance"],
            ),
            (Part::Credentials, vec!["baseUri", "Domain"]),
            (Part::Session, vec!["SessionId", "Instance"]),
        ] {
            let entries = entries(&members, part);
            let found: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(found, keys, "{part:?}");
        }
        let entries = entries(&members, Part::Session);
        assert_eq!(entries[0].1.expose_secret(), "\"t\"", "as it is written");
    }

    #[test]
    fn the_managed_layout_is_known_by_its_keys() {
        for (text, managed) in [
            (r#"{"consumerKey":"k","baseUri":"u"}"#, true),
            (r#"{"consumerKey":"k","ConsumerKey":"k"}"#, false),
            (r#"{"ConsumerKey":"k"}"#, false),
            ("{}", false),
        ] {
            let members = text::members(text).unwrap();
            assert_eq!(is_managed(&members), managed, "{text}");
        }
    }

    #[test]
    fn only_the_sessions_members_are_changed_and_only_to_json() {
        let long = format!("\"{}\"", "x".repeat(SECRET_BYTES_MAX - 2));
        let longer = format!("\"{}\"", "x".repeat(SECRET_BYTES_MAX - 1));
        let null = || change("SessionId", Some("null"));
        for (changes, kind) in [
            (vec![], None),
            (vec![null(), change("Instance", None), null()], None),
            (vec![null(), null(), null(), null()], Some(Kind::Malformed)),
            (vec![null(), change("Domain", None)], Some(Kind::Denied)),
            (vec![change("sessionid", None)], Some(Kind::Denied)),
            (
                vec![change("SessionInfo", Some("{"))],
                Some(Kind::Malformed),
            ),
            (
                vec![change("SessionId", Some("1,\"x\":2"))],
                Some(Kind::Malformed),
            ),
            (vec![change("SessionId", Some(&long))], None),
            (
                vec![change("SessionId", Some(&longer))],
                Some(Kind::Malformed),
            ),
        ] {
            let refused = check(&changes).err();
            assert_eq!(refused.map(|refused| refused.kind()), kind, "{changes:?}");
        }
    }

    #[test]
    fn a_refusal_repeats_nothing_that_would_be_written() {
        let refused = check(&[change("SessionId", Some("CANARY"))]).unwrap_err();
        assert_eq!(refused.to_string(), "`SessionId` would not be JSON");
        let refused = edited("[\"CANARY\"]", &[change("SessionId", None)]).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("CANARY"));
    }

    #[test]
    fn all_changes_are_made_and_no_other_byte_is_touched() {
        let text = "{ \"other\" : 1.50,\n\"SessionId\":\"old\" , \"Instance\":\"i\" }\n";
        let changes = [
            change("SessionId", Some("\"new\"")),
            change("Instance", None),
        ];
        assert_eq!(
            edited(text, &changes).unwrap(),
            "{ \"other\" : 1.50,\n\"SessionId\":\"new\" }\n"
        );
    }

    #[test]
    fn a_secret_has_a_longest_text() {
        let fixed = r#"{"SessionId":""}"#.len();
        for (length, refused) in [
            (SECRET_BYTES_MAX, None),
            (
                SECRET_BYTES_MAX + 1,
                Some(Refused::TooLong(SECRET_BYTES_MAX + 1)),
            ),
        ] {
            let token = format!("\"{}\"", "x".repeat(length - fixed));
            let edited = edited("{}", &[change("SessionId", Some(&token))]);
            assert_eq!(edited.err(), refused, "{length}");
        }
    }
}
