//! What an org's secret says: the credentials, and the session stored beside
//! them.
//!
//! Two layouts are read. That of the Python package `simple-salesforce-extends`:
//! `Domain`, `ConsumerKey`, `ConsumerSecret`, and `SessionId` and `Instance` once
//! somebody has logged in; we add `SessionInfo`. And that of AWS managed external
//! secrets, type `SalesforceClientSecret` (AWS Secrets Manager User Guide,
//! "Managed external secrets: Salesforce"): `consumerKey`, `consumerSecret`,
//! `baseUri`. It has no place for a session, unless the host has one elsewhere.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sfbox_secret::key::{
    self, BASE_URI, CONSUMER_KEY, CONSUMER_SECRET, DOMAIN, INSTANCE, MANAGED_CONSUMER_KEY,
    MANAGED_CONSUMER_SECRET, SESSION_ID, SESSION_INFO,
};

use crate::error::Error;
use crate::expiry::{Expiry, Phase};
use crate::names::Host;
use crate::platform::{Changes, Document};
use crate::token::{self, AccessToken, Fingerprint};

/// Hex digits of a hash over credentials: half of SHA-256, far more than any
/// collision needs.
const FINGERPRINT_DIGITS: usize = 32;

/// Who logs in, and where.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) token_host: Host,
    pub(crate) consumer_key: String,
    pub(crate) consumer_secret: SecretString,
}

/// A session: an access token, and what is known of its life. It may be new, stored or
/// in use.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) token: AccessToken,
    pub(crate) instance: Host,
    pub(crate) issued_at_ms: Option<u64>,
    pub(crate) expires_at_ms: Option<u64>,
    /// How long the operator says that sessions live.
    pub(crate) ttl: Option<Duration>,
}

/// What is known of a session that is to be replaced.
#[derive(Clone, Debug)]
pub(crate) struct Stale {
    pub(crate) token: Fingerprint,
    pub(crate) issued_at_ms: Option<u64>,
}

/// An org's secret, understood.
pub(crate) struct OrgSecret {
    pub(crate) credentials: Credentials,
    pub(crate) session: Option<Session>,
    /// Whether there is a place for a session.
    pub(crate) holds_session: bool,
}

/// `SessionInfo`: what `SessionId` does not say of itself. It belongs to the
/// token of that fingerprint, and to no other that somebody may have written
/// since.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionInfo {
    token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

impl OrgSecret {
    /// Reads either layout.
    pub(crate) fn read(document: &Document) -> Result<Self, Error> {
        let members = Members(document);
        if members.has(CONSUMER_KEY) {
            let domain = members.required(DOMAIN)?;
            let token_host = Host::from_my_domain(domain.expose_secret()).ok_or_else(|| {
                Error::malformed(format!(
                    "`{DOMAIN}` is not a My Domain: expected the part before `.salesforce.com`, as \
                     in `acme.my`"
                ))
            })?;
            return Ok(Self {
                credentials: members.credentials(token_host, CONSUMER_KEY, CONSUMER_SECRET)?,
                session: members.session(),
                holds_session: true,
            });
        }
        if members.has(MANAGED_CONSUMER_KEY) {
            let base_uri = members.required(BASE_URI)?;
            let token_host =
                Host::from_login_origin(base_uri.expose_secret()).ok_or_else(|| {
                    Error::malformed(format!(
                        "`{BASE_URI}` is not `https://` and the org's own host under \
                         `salesforce.com`"
                    ))
                })?;
            return Ok(Self {
                credentials: members.credentials(
                    token_host,
                    MANAGED_CONSUMER_KEY,
                    MANAGED_CONSUMER_SECRET,
                )?,
                session: members.session(),
                holds_session: document.writable,
            });
        }
        Err(Error::malformed(format!(
            "it has neither `{CONSUMER_KEY}` nor `{MANAGED_CONSUMER_KEY}`"
        )))
    }
}

impl Session {
    /// What to write so that others find this session.
    pub(crate) fn changes(&self) -> Changes {
        let info = SessionInfo {
            token: self.token.fingerprint().as_str().to_owned(),
            issued_at: self.issued_at_ms,
            expires_at: self.expires_at_ms,
        };
        vec![
            (SESSION_ID, json(self.token.expose())),
            (INSTANCE, json(self.instance.as_str())),
            (SESSION_INFO, json(&info)),
        ]
    }

    /// Whether this says more than what is stored of the same token: it was issued
    /// again since, or leads to another instance.
    pub(crate) fn adds_to(&self, stored: &Self) -> bool {
        self.issued_at_ms > stored.issued_at_ms
            || (self.issued_at_ms == stored.issued_at_ms && self.instance != stored.instance)
    }

    /// What to write so that nobody finds a session.
    pub(crate) fn removal() -> Changes {
        key::SESSION.map(|name| (name, None)).into()
    }

    /// When it ends, if that is known: a JWT says so itself, and the operator's
    /// word goes for the others.
    pub(crate) fn expiry(&self) -> Option<Expiry> {
        Expiry::of_jwt(self.token.expose()).or_else(|| {
            let at_ms = self.expires_at_ms?;
            let ttl_ms = self.ttl.and_then(|ttl| u64::try_from(ttl.as_millis()).ok());
            let since_issued = |issued_at_ms| at_ms.saturating_sub(issued_at_ms);
            Some(Expiry {
                at_ms,
                life_ms: ttl_ms
                    .or_else(|| self.issued_at_ms.map(since_issued))
                    .unwrap_or_default(),
                slides: true,
            })
        })
    }

    /// A session whose end is not known never comes near it, whatever the time is.
    pub(crate) fn phase(&self, now_ms: impl FnOnce() -> u64) -> Phase {
        self.expiry()
            .map_or(Phase::Early, |expiry| expiry.phase(now_ms()))
    }
}

impl Stale {
    pub(crate) fn of(session: &Session) -> Self {
        Self {
            token: session.token.fingerprint().clone(),
            issued_at_ms: session.issued_at_ms,
        }
    }

    /// Whether `session` came after this one: with another token, or with the same
    /// one, issued again since. Salesforce may answer a login with the token that
    /// is still alive.
    pub(crate) fn is_before(&self, session: &Session) -> bool {
        self.token != *session.token.fingerprint() || self.issued_at_ms < session.issued_at_ms
    }
}

impl Credentials {
    /// A name for these credentials and a session that does not work (or none):
    /// what a renewal is claimed under. A corrected secret has another, and so has
    /// the same token when it was issued again.
    pub(crate) fn claim_key(&self, stale: Option<&Stale>, number: u32) -> String {
        let token = stale.map_or("", |stale| stale.token.as_str());
        let issued_at = stale.and_then(|stale| stale.issued_at_ms);
        let issued_at = issued_at.map(|ms| ms.to_string()).unwrap_or_default();
        let facts = format!("{token}\n{issued_at}\n{}", self.fingerprint());
        format!("{}-{number}", token::hex(&facts, FINGERPRINT_DIGITS))
    }

    /// A name for these credentials, which tells nothing of them.
    pub(crate) fn fingerprint(&self) -> String {
        let facts = format!(
            "{}\n{}\n{}",
            self.token_host,
            self.consumer_key,
            self.consumer_secret.expose_secret(),
        );
        token::hex(&facts, FINGERPRINT_DIGITS)
    }
}

/// JSON text. Strings and plain records always have one.
fn json(value: &(impl Serialize + ?Sized)) -> Option<SecretString> {
    serde_json::to_string(value).ok().map(Into::into)
}

struct Members<'a>(&'a Document);

impl Members<'_> {
    fn has(&self, key: &str) -> bool {
        self.0.entries.iter().any(|(name, _)| name == key)
    }

    /// The last member of that name, as JSON parsers have it.
    fn string(&self, key: &str) -> Result<Option<SecretString>, Error> {
        let Some((_, json)) = self.0.entries.iter().rfind(|(name, _)| name == key) else {
            return Ok(None);
        };
        match serde_json::from_str::<Option<String>>(json.expose_secret()) {
            Ok(text) => Ok(text.filter(|text| !text.is_empty()).map(Into::into)),
            Err(_) => Err(Error::malformed(format!("`{key}` is not a string"))),
        }
    }

    fn required(&self, key: &str) -> Result<SecretString, Error> {
        self.string(key)?
            .ok_or_else(|| Error::malformed(format!("`{key}` is missing")))
    }

    fn credentials(&self, token_host: Host, key: &str, secret: &str) -> Result<Credentials, Error> {
        let consumer_key = self.sendable(key)?.expose_secret().to_owned();
        if consumer_key.contains(':') {
            // RFC 7617, section 2: a user-id with a colon cannot be sent.
            return Err(Error::malformed(format!("`{key}` has a colon")));
        }
        Ok(Credentials {
            token_host,
            consumer_key,
            consumer_secret: self.sendable(secret)?,
        })
    }

    /// A consumer key or secret: printable ASCII, and nothing that a paste or an
    /// editor left around it. Salesforce's own have neither, and would refuse this
    /// one without saying why.
    fn sendable(&self, key: &str) -> Result<SecretString, Error> {
        let text = self.required(key)?;
        let exposed = text.expose_secret();
        if exposed.trim() != exposed {
            return Err(Error::malformed(format!(
                "`{key}` has a blank or a line break at its beginning or end: remove it"
            )));
        }
        if !exposed.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(Error::malformed(format!(
                "`{key}` has a character that is not printable ASCII: copy it again"
            )));
        }
        Ok(text)
    }

    /// A session needs a token and an instance that can be used. Anything else
    /// counts as no session: the members are the component's own, and the next
    /// login overwrites them.
    fn session(&self) -> Option<Session> {
        let text = |key| self.string(key).ok().flatten();
        let token = AccessToken::parse(text(SESSION_ID)?.expose_secret())?;
        let instance = Host::parse(text(INSTANCE)?.expose_secret())?;
        let info = self.info(token.fingerprint());
        let issued_at_ms = info.as_ref().and_then(|info| info.issued_at);
        let ttl = self.0.session_ttl;
        Some(Session {
            token,
            instance,
            issued_at_ms,
            expires_at_ms: info
                .and_then(|info| info.expires_at)
                .or_else(|| expiry(issued_at_ms?, ttl)),
            ttl,
        })
    }

    /// Ignored unless it is ours and of this token: it only adds to what is known.
    fn info(&self, token: &Fingerprint) -> Option<SessionInfo> {
        let mut entries = self.0.entries.iter();
        let (_, json) = entries.rfind(|(name, _)| name == SESSION_INFO)?;
        let info: SessionInfo = serde_json::from_str(json.expose_secret()).ok()?;
        (Fingerprint::parse(&info.token)? == *token).then_some(info)
    }
}

/// The document without its session, which may have ended since it was read.
pub(crate) fn without_session(mut document: Document) -> Document {
    document.entries.retain(|(key, _)| !is_sessions(key));
    document
}

/// Whether there is anything of a session to remove, whether or not it can be
/// used, and whatever the credentials are.
pub(crate) fn has_session_to_remove(document: &Document) -> bool {
    let members = Members(document);
    let is_managed = members.has(MANAGED_CONSUMER_KEY) && !members.has(CONSUMER_KEY);
    let has_place = document.writable || !is_managed;
    has_place && document.entries.iter().any(|(key, _)| is_sessions(key))
}

fn is_sessions(name: &str) -> bool {
    key::SESSION.contains(&name)
}

/// When a session that was issued at `issued_at_ms` ends, if the operator knows.
pub(crate) fn expiry(issued_at_ms: u64, session_ttl: Option<Duration>) -> Option<u64> {
    let ttl = u64::try_from(session_ttl?.as_millis()).ok()?;
    issued_at_ms.checked_add(ttl)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::SecretError;

    fn document(entries: &[(&str, &str)]) -> Document {
        Document {
            version: "1".to_owned(),
            entries: entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).into()))
                .collect(),
            writable: true,
            require_shared: false,
            session_ttl: None,
        }
    }

    const EXTENDS: [(&str, &str); 3] = [
        ("Domain", "\"acme.my\""),
        ("ConsumerKey", "\"k\""),
        ("ConsumerSecret", "\"s\\u0021\""),
    ];

    fn with(extra: &[(&str, &str)]) -> Result<OrgSecret, Error> {
        OrgSecret::read(&document(&[&EXTENDS, extra].concat()))
    }

    fn why(refused: Result<OrgSecret, Error>) -> String {
        match refused {
            Err(Error::Secret(SecretError::Malformed(why))) => why,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn the_python_packages_layout_is_read() {
        let secret = with(&[]).unwrap();
        assert_eq!(
            secret.credentials.token_host.as_str(),
            "acme.my.salesforce.com"
        );
        assert_eq!(secret.credentials.consumer_key, "k");
        assert_eq!(secret.credentials.consumer_secret.expose_secret(), "s!");
        assert!(secret.session.is_none() && secret.holds_session);
    }

    #[test]
    fn the_managed_layout_is_read_and_holds_a_session_only_if_the_host_has_a_place() {
        let managed = [
            ("consumerKey", "\"k\""),
            ("consumerSecret", "\"s\""),
            ("baseUri", "\"https://acme.my.salesforce.com\""),
        ];
        let alone = Document {
            writable: false,
            ..document(&managed)
        };
        let secret = OrgSecret::read(&alone).unwrap();
        assert_eq!(
            secret.credentials.token_host.as_str(),
            "acme.my.salesforce.com"
        );
        assert!(secret.session.is_none() && !secret.holds_session);
        let session = [
            ("SessionId", "\"t\""),
            ("Instance", "\"acme.my.salesforce.com\""),
        ];
        let secret = OrgSecret::read(&document(&[&managed[..], &session].concat())).unwrap();
        assert!(secret.session.is_some() && secret.holds_session);
    }

    #[test]
    fn credentials_may_have_any_printable_character_inside() {
        let secret = with(&[
            ("ConsumerKey", "\"3MVG9.a_b c~\""),
            ("ConsumerSecret", "\"!\\\" a:b~\""),
            ("Domain", "\"acme.my.salesforce.com\""),
        ]);
        let credentials = secret.unwrap().credentials;
        assert_eq!(credentials.consumer_secret.expose_secret(), "!\" a:b~");
        assert_eq!(credentials.token_host.as_str(), "acme.my.salesforce.com");
        let managed = document(&[
            ("consumerKey", "\"k\""),
            ("consumerSecret", "\"s \""),
            ("baseUri", "\"https://acme.my.salesforce.com\""),
        ]);
        assert!(why(OrgSecret::read(&managed)).contains("`consumerSecret`"));
    }

    #[test]
    fn a_secret_of_every_layout_may_be_of_an_org_in_china() {
        let host = "acme.my.sfcrmproducts.cn";
        for domain in [host, "https://acme.my.sfcrmproducts.cn/"] {
            let domain = format!("\"{domain}\"");
            let secret = with(&[
                ("Domain", domain.as_str()),
                ("SessionId", "\"abc\""),
                ("Instance", "\"acme.my.sfcrmproducts.cn\""),
            ]);
            let secret = secret.unwrap();
            assert_eq!(secret.credentials.token_host.as_str(), host);
            assert_eq!(secret.session.unwrap().instance.as_str(), host);
        }
        let managed = |base_uri: &str| {
            OrgSecret::read(&document(&[
                ("consumerKey", "\"k\""),
                ("consumerSecret", "\"s\""),
                ("baseUri", format!("\"{base_uri}\"").as_str()),
            ]))
        };
        let secret = managed("https://acme.my.sfcrmproducts.cn").unwrap();
        assert_eq!(secret.credentials.token_host.as_str(), host);
        for login in [
            "https://login.sfcrmproducts.cn",
            "https://test.sfcrmproducts.cn",
            "https://login.salesforce.com",
        ] {
            assert!(why(managed(login)).contains("`baseUri`"), "{login}");
        }
    }

    #[test]
    fn the_operators_word_is_the_end_of_an_opaque_token() {
        let info = |more: &str| {
            let token = AccessToken::parse("abc").unwrap();
            format!("{{\"token\":\"{}\"{more}}}", token.fingerprint().as_str())
        };
        for (more, ttl, at_ms, life_ms) in [
            ("", Some(9), None, 0),
            (",\"issuedAt\":1000", None, None, 0),
            (",\"issuedAt\":1000", Some(9), Some(10_000), 9_000),
            (
                ",\"issuedAt\":1000,\"expiresAt\":5000",
                None,
                Some(5_000),
                4_000,
            ),
            (
                ",\"issuedAt\":1000,\"expiresAt\":70000",
                Some(9),
                Some(70_000),
                9_000,
            ),
        ] {
            let info = info(more);
            let session = [
                ("SessionId", "\"abc\""),
                ("Instance", "\"na1.salesforce.com\""),
                ("SessionInfo", info.as_str()),
            ];
            let document = Document {
                session_ttl: ttl.map(Duration::from_secs),
                ..document(&[&EXTENDS[..], &session].concat())
            };
            let session = OrgSecret::read(&document).unwrap().session.unwrap();
            let expiry = at_ms.map(|at_ms| Expiry {
                at_ms,
                life_ms,
                slides: true,
            });
            assert_eq!(session.expiry(), expiry, "{info}");
        }
    }

    #[test]
    fn a_stored_session_is_read_and_its_info_only_if_it_is_of_this_token() {
        let token = AccessToken::parse("abc").unwrap();
        let info = |fingerprint: &str| format!("{{\"token\":\"{fingerprint}\",\"issuedAt\":7}}");
        for (info, issued_at_ms) in [
            (info(token.fingerprint().as_str()), Some(7)),
            (info("0000000000000000"), None),
            ("7".to_owned(), None),
            ("{}".to_owned(), None),
        ] {
            let session = with(&[
                ("SessionId", "\"abc\""),
                ("Instance", "\"na1.salesforce.com\""),
                ("SessionInfo", &info),
            ])
            .unwrap()
            .session
            .unwrap();
            assert_eq!(session.token.expose(), "abc");
            assert_eq!(session.instance.as_str(), "na1.salesforce.com");
            assert_eq!(session.issued_at_ms, issued_at_ms);
        }
    }

    #[test]
    fn half_a_session_is_none() {
        assert!(with(&[("SessionId", "\"abc\"")]).unwrap().session.is_none());
        assert!(
            with(&[("SessionId", "null"), ("Instance", "\"x\"")])
                .unwrap()
                .session
                .is_none()
        );
        let empty = with(&[
            ("SessionId", "\"\""),
            ("Instance", "\"na1.salesforce.com\""),
        ]);
        assert!(empty.unwrap().session.is_none());
    }

    #[test]
    fn what_is_wrong_is_named_by_key_and_never_by_value() {
        for (entries, key) in [
            (&[("Domain", "\"CANARY/\"")][..], "`Domain`"),
            (&[("Domain", "\"127.0.0.1\"")], "`Domain`"),
            (&[("ConsumerKey", "{\"CANARY\":1}")], "`ConsumerKey`"),
            (&[("ConsumerKey", "\"CANARY:x\"")], "`ConsumerKey`"),
            (&[("ConsumerSecret", "[\"CANARY\"]")], "`ConsumerSecret`"),
            (&[("ConsumerSecret", "\"\"")], "`ConsumerSecret`"),
            (
                &[("ConsumerSecret", "\"CANARY \"")],
                "`ConsumerSecret` has a blank",
            ),
            (
                &[("ConsumerSecret", "\" CANARY\"")],
                "`ConsumerSecret` has a blank",
            ),
            (
                &[("ConsumerSecret", "\"CANARY\\n\"")],
                "`ConsumerSecret` has a blank",
            ),
            (
                &[("ConsumerSecret", "\"CANARY\\r\\n\"")],
                "`ConsumerSecret` has a blank",
            ),
            (
                &[("ConsumerSecret", "\"CANARY\u{a0}\"")],
                "`ConsumerSecret` has a blank",
            ),
            (
                &[("ConsumerSecret", "\"\\tCANARY\"")],
                "`ConsumerSecret` has a blank",
            ),
            (
                &[("ConsumerSecret", "\"CAN\\nARY\"")],
                "not printable ASCII",
            ),
            (
                &[("ConsumerSecret", "\"CAN\\u007fARY\"")],
                "not printable ASCII",
            ),
            (
                &[("ConsumerSecret", "\"CAN\u{200b}ARY\"")],
                "not printable ASCII",
            ),
            (&[("ConsumerSecret", "\"é-CANARY\"")], "not printable ASCII"),
            (
                &[("ConsumerKey", "\"CANARY \"")],
                "`ConsumerKey` has a blank",
            ),
            (
                &[("ConsumerKey", "\"CANARY\\n\"")],
                "`ConsumerKey` has a blank",
            ),
            (
                &[("ConsumerKey", "\"\u{feff}CANARY\"")],
                "`ConsumerKey` has a character",
            ),
        ] {
            let why = why(with(entries));
            assert!(why.contains(key), "{why}");
            assert!(!why.contains("CANARY"), "{why}");
        }
        assert!(why(OrgSecret::read(&document(&[]))).contains("neither"));
    }

    #[test]
    fn a_session_that_cannot_be_used_counts_as_none_and_can_be_removed() {
        for (token, instance) in [
            ("\"a\\nb\"", "\"na1.salesforce.com\""),
            ("\"a b\"", "\"na1.salesforce.com\""),
            ("7", "\"na1.salesforce.com\""),
            ("{}", "\"na1.salesforce.com\""),
            ("\"x\"", "\"https://na1.salesforce.com\""),
            ("\"x\"", "\"evil.example\""),
            ("\"x\"", "\"127.0.0.1\""),
            ("\"x\"", "[]"),
        ] {
            let members = [("SessionId", token), ("Instance", instance)];
            let secret = with(&members).unwrap();
            assert!(secret.session.is_none(), "{token} {instance}");
            assert!(secret.holds_session);
            assert!(has_session_to_remove(&document(&members)));
        }
        assert!(!has_session_to_remove(&document(&EXTENDS)));
        // In this layout the host writes nothing.
        let managed = Document {
            writable: false,
            ..document(&[("consumerKey", "\"k\""), ("SessionId", "7")])
        };
        assert!(!has_session_to_remove(&managed));
    }

    #[test]
    fn a_session_is_after_another_by_its_token_or_by_when_it_was_issued() {
        let session = |token: &str, issued_at_ms| Session {
            token: AccessToken::parse(token).unwrap(),
            instance: Host::parse("na1.salesforce.com").unwrap(),
            issued_at_ms,
            expires_at_ms: None,
            ttl: None,
        };
        for (stale, next, is_before) in [
            (("a", Some(5)), ("b", Some(5)), true),
            (("a", Some(5)), ("b", None), true),
            (("a", Some(5)), ("a", Some(5)), false),
            (("a", Some(5)), ("a", Some(4)), false),
            (("a", Some(5)), ("a", Some(6)), true),
            (("a", Some(5)), ("a", None), false),
            (("a", None), ("a", None), false),
            (("a", None), ("a", Some(0)), true),
        ] {
            let stale = Stale::of(&session(stale.0, stale.1));
            let next = session(next.0, next.1);
            assert_eq!(stale.is_before(&next), is_before, "{stale:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let session = Session {
            token: AccessToken::parse("00D!\"\\x").unwrap(),
            instance: Host::parse("na1.salesforce.com").unwrap(),
            issued_at_ms: Some(1),
            expires_at_ms: Some(2),
            ttl: None,
        };
        let changes = session.changes();
        let written: Vec<(&str, &str)> = changes
            .iter()
            .map(|(key, value)| (*key, value.as_ref().unwrap().expose_secret()))
            .collect();
        let read = with(&written).unwrap().session.unwrap();
        assert_eq!(read.token.expose(), session.token.expose());
        assert_eq!(read.instance, session.instance);
        assert_eq!((read.issued_at_ms, read.expires_at_ms), (Some(1), Some(2)));
    }

    #[test]
    fn a_claim_is_of_one_bad_token_and_one_set_of_credentials() {
        let mut credentials = with(&[]).unwrap().credentials;
        let stale = |issued_at_ms| Stale {
            token: AccessToken::parse("abc").unwrap().fingerprint().clone(),
            issued_at_ms,
        };
        let key = credentials.claim_key(Some(&stale(Some(7))), 0);
        assert_eq!(key, credentials.claim_key(Some(&stale(Some(7))), 0));
        assert!(key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        assert_ne!(key, credentials.claim_key(Some(&stale(Some(7))), 1));
        assert_ne!(key, credentials.claim_key(Some(&stale(Some(8))), 0));
        assert_ne!(key, credentials.claim_key(Some(&stale(None)), 0));
        assert_ne!(key, credentials.claim_key(None, 0));
        credentials.consumer_secret = "corrected".into();
        assert_ne!(key, credentials.claim_key(Some(&stale(Some(7))), 0));
    }

    proptest! {
        #[test]
        fn any_document_is_read_or_refused(
            entries in proptest::collection::vec(
                (
                    prop_oneof![
                        Just("Domain"), Just("ConsumerKey"), Just("ConsumerSecret"),
                        Just("SessionId"), Just("Instance"), Just("SessionInfo"),
                        Just("consumerKey"), Just("consumerSecret"), Just("baseUri"),
                    ],
                    prop_oneof!["\"[a-z.]{0,12}\"", ".{0,20}"],
                ),
                0..9,
            )
        ) {
            let entries: Vec<_> = entries.iter().map(|(k, v)| (*k, v.as_str())).collect();
            _ = OrgSecret::read(&document(&entries));
        }
    }
}
