//! What an org's secret looks like, written and recognised.
//!
//! Source: the guest's `credentials.rs`, which reads it.

use std::collections::HashMap;

use clap::ValueEnum;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use sfbox_secret::key::{
    BASE_URI, CONSUMER_KEY, CONSUMER_SECRET, DOMAIN, INSTANCE, MANAGED_CONSUMER_KEY,
    MANAGED_CONSUMER_SECRET, SESSION_ID,
};

use super::consumer::ConsumerKey;
use super::my_domain::MyDomain;

/// The members' names and their meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    /// Domain, ConsumerKey, ConsumerSecret: the format of the Python package
    /// simple-salesforce-extends; the token is stored in the same secret
    #[default]
    Extends,
    /// consumerKey, consumerSecret, baseUri: the format of AWS managed external secrets;
    /// the token needs a second secret (`--session-secret`)
    Managed,
}

/// What is written into a secret.
pub(super) struct Credentials<'a> {
    pub(super) domain: &'a MyDomain,
    pub(super) key: &'a ConsumerKey,
    pub(super) secret: &'a SecretString,
    /// The managed layout's own: ids that AWS rotates the secret by.
    pub(super) app_id: Option<&'a ConsumerKey>,
    pub(super) consumer_id: Option<&'a ConsumerKey>,
}

/// What a secret is, as far as its members tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// `None`: it has a session and no credentials.
    pub(super) layout: Option<Layout>,
    pub(super) domain: Option<MyDomain>,
    /// Whether a token is stored in it.
    pub(super) session: bool,
}

/// The members by which AWS rotates a secret of the managed layout (AWS Secrets Manager
/// User Guide, "Managed external secrets: Salesforce"). Nothing of ours reads them.
const APP_ID: &str = "appId";
const CONSUMER_ID: &str = "consumerId";

/// Members that are written, in this order.
struct Members<'a>(Vec<(&'static str, &'a str)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Layout {
    /// As it is printed.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Extends => "extends",
            Self::Managed => "managed",
        }
    }

    /// The text of a secret with these credentials.
    pub(super) fn text(self, credentials: &Credentials<'_>) -> serde_json::Result<SecretString> {
        let Credentials {
            domain,
            key,
            secret,
            app_id,
            consumer_id,
        } = credentials;
        let (secret, url) = (secret.expose_secret(), domain.url());
        let members = match self {
            Self::Extends => vec![
                (DOMAIN, domain.as_str()),
                (CONSUMER_KEY, key.as_str()),
                (CONSUMER_SECRET, secret),
            ],
            Self::Managed => {
                let mut members = vec![
                    (MANAGED_CONSUMER_KEY, key.as_str()),
                    (MANAGED_CONSUMER_SECRET, secret),
                    (BASE_URI, url.as_str()),
                ];
                members.extend(app_id.map(|id| (APP_ID, id.as_str())));
                members.extend(consumer_id.map(|id| (CONSUMER_ID, id.as_str())));
                members
            }
        };
        Ok(serde_json::to_string(&Members(members))?.into())
    }
}

impl Found {
    /// `None` for a secret that is no org's. Of members with the same name the
    /// last counts.
    pub(super) fn of(text: &SecretString) -> Option<Self> {
        let members: HashMap<String, &RawValue> =
            serde_json::from_str(text.expose_secret()).ok()?;
        let string = |key: &str| -> Option<String> {
            let text: String = serde_json::from_str(members.get(key)?.get()).ok()?;
            (!text.is_empty()).then_some(text)
        };
        let has = |key| string(key).is_some();
        let session = has(SESSION_ID) && has(INSTANCE);
        let (layout, domain) = if members.contains_key(CONSUMER_KEY) {
            (Some(Layout::Extends), string(DOMAIN))
        } else if members.contains_key(MANAGED_CONSUMER_KEY) {
            (Some(Layout::Managed), string(BASE_URI))
        } else if session {
            (None, None)
        } else {
            return None;
        };
        Some(Self {
            layout,
            // Only what is one: a secret may have been put in its place.
            domain: domain.and_then(|domain| domain.parse().ok()),
            session,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(layout: Layout, id: Option<&str>) -> String {
        let id: Option<ConsumerKey> = id.map(|id| id.parse().unwrap());
        let text = layout.text(&Credentials {
            domain: &"acme.my".parse().unwrap(),
            key: &"k".parse().unwrap(),
            secret: &"s\"\\".into(),
            app_id: id.as_ref(),
            consumer_id: id.as_ref(),
        });
        text.unwrap().expose_secret().to_owned()
    }

    #[test]
    fn a_layout_has_its_members_and_no_others() {
        assert_eq!(
            text(Layout::Extends, None),
            r#"{"Domain":"acme.my","ConsumerKey":"k","ConsumerSecret":"s\"\\"}"#
        );
        assert_eq!(
            text(Layout::Managed, None),
            r#"{"consumerKey":"k","consumerSecret":"s\"\\","baseUri":"https://acme.my.salesforce.com"}"#
        );
        assert_eq!(
            text(Layout::Managed, Some("i")),
            r#"{"consumerKey":"k","consumerSecret":"s\"\\","baseUri":"https://acme.my.salesforce.com","appId":"i","consumerId":"i"}"#
        );
    }

    #[test]
    fn an_org_in_china_is_written_by_its_whole_host() {
        let written = |layout: Layout| {
            let text = layout.text(&Credentials {
                domain: &"https://acme.my.sfcrmproducts.cn".parse().unwrap(),
                key: &"k".parse().unwrap(),
                secret: &"s".into(),
                app_id: None,
                consumer_id: None,
            });
            text.unwrap()
        };
        assert_eq!(
            written(Layout::Extends).expose_secret(),
            r#"{"Domain":"acme.my.sfcrmproducts.cn","ConsumerKey":"k","ConsumerSecret":"s"}"#
        );
        assert_eq!(
            written(Layout::Managed).expose_secret(),
            r#"{"consumerKey":"k","consumerSecret":"s","baseUri":"https://acme.my.sfcrmproducts.cn"}"#
        );
        for layout in [Layout::Extends, Layout::Managed] {
            let found = Found::of(&written(layout)).unwrap().domain.unwrap();
            assert_eq!(found.as_str(), "acme.my.sfcrmproducts.cn");
        }
    }

    #[test]
    fn what_is_written_is_recognised() {
        for layout in [Layout::Extends, Layout::Managed] {
            let found = Found::of(&text(layout, None).into()).unwrap();
            let expected = Found {
                layout: Some(layout),
                domain: "acme.my".parse().ok(),
                session: false,
            };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn secrets_are_told_apart_by_their_members() {
        let extends = Some(Layout::Extends);
        for (text, layout, session) in [
            (r#"{"ConsumerKey":1}"#, Some(extends), false),
            (
                r#"{"ConsumerKey":"k","SessionId":"t","Instance":"i"}"#,
                Some(extends),
                true,
            ),
            (
                r#"{"ConsumerKey":"k","SessionId":"t"}"#,
                Some(extends),
                false,
            ),
            (
                r#"{"ConsumerKey":"k","SessionId":"t","SessionId":null,"Instance":"i"}"#,
                Some(extends),
                false,
            ),
            (r#"{"consumerKey":"k"}"#, Some(Some(Layout::Managed)), false),
            (r#"{"SessionId":"t","Instance":"i"}"#, Some(None), true),
            (r#"{"SessionId":"","Instance":"i"}"#, None, false),
            (r#"{"password":"p"}"#, None, false),
            ("{}", None, false),
            ("[]", None, false),
            ("hunter2", None, false),
            ("", None, false),
        ] {
            let found = Found::of(&text.into()).map(|found| (found.layout, found.session));
            assert_eq!(found, layout.map(|layout| (layout, session)), "{text}");
        }
    }

    #[test]
    fn what_is_no_my_domain_is_not_shown() {
        let found = Found::of(&r#"{"ConsumerKey":"k","Domain":"CANARY"}"#.into()).unwrap();
        assert_eq!(found.domain, None);
    }
}
