//! What the component is given of a secret.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use sfbox_secret::{Change, Member, Part, Refused, SecretName, check, edited, entries, is_managed};

use super::{Claimed, DEGRADED, Kind, SecretStore, Snapshot, StoreError};

/// The version of a session's secret that is not there yet. No store has it: it
/// would be no version of anything.
const ABSENT: &str = "";

/// One org's secret, as far as the component is concerned: one document, whether
/// its session is in the secret of its credentials or in one of its own.
pub(crate) struct Granted {
    store: Arc<dyn SecretStore>,
    credentials: SecretName,
    session: Option<SecretName>,
    /// What was read last of the secret that is written: the write that follows
    /// is a compare-and-swap, and need not read it again.
    read: Mutex<Option<Snapshot>>,
    /// Whether it is known by now if the store rotates the secret.
    rotation_known: AtomicBool,
}

/// A secret's granted members, in its order. Values are JSON text.
pub(crate) struct Document {
    pub(crate) version: String,
    pub(crate) entries: Vec<(String, SecretString)>,
    pub(crate) writable: bool,
}

impl Document {
    /// A member's value, if it is a string.
    pub(crate) fn string(&self, key: &str) -> Option<String> {
        let (_, value) = self.entries.iter().rfind(|(name, _)| name == key)?;
        serde_json::from_str(value.expose_secret()).ok()
    }
}

impl Granted {
    pub(crate) fn new(
        store: Arc<dyn SecretStore>,
        credentials: SecretName,
        session: Option<SecretName>,
    ) -> Self {
        Self {
            store,
            credentials,
            session,
            read: Mutex::default(),
            rotation_known: AtomicBool::default(),
        }
    }

    /// Where the session is.
    fn target(&self) -> &SecretName {
        self.session.as_ref().unwrap_or(&self.credentials)
    }

    /// Reads the granted members.
    pub(crate) async fn get(&self) -> Result<Document, StoreError> {
        let secret = self.store.read(&self.credentials).await?;
        let members = members(&self.credentials, &secret)?;
        let Some(session) = &self.session else {
            let has_place = !is_managed(&members);
            let document = Document {
                entries: entries(&members, Part::Both),
                version: secret.version.clone(),
                writable: secret.writable && has_place,
            };
            *self.last_read() = Some(secret);
            return Ok(document);
        };
        let mut document = Document {
            entries: entries(&members, Part::Credentials),
            version: ABSENT.to_owned(),
            writable: true,
        };
        match self.store.read(session).await {
            Ok(secret) => {
                let members = self::members(session, &secret)?;
                document.entries.extend(entries(&members, Part::Session));
                document.version.clone_from(&secret.version);
                document.writable = secret.writable;
                *self.last_read() = Some(secret);
            }
            // It is made when there is a session to store.
            Err(error) if error.kind() == Kind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(document)
    }

    /// Edits the text, if it is still at `version`.
    pub(crate) async fn replace(
        &self,
        version: &str,
        changes: &[Change],
    ) -> Result<String, StoreError> {
        check(changes).map_err(|refused| self.refused(&refused))?;
        if self.session.is_some() && version == ABSENT {
            if changes.iter().all(|(_, value)| value.is_none()) {
                return Ok(ABSENT.to_owned());
            }
            let text = edited("{}", changes).map_err(|refused| self.refused(&refused))?;
            return self.store.create(self.target(), text.into()).await;
        }
        let read = self.last_read().take();
        let snapshot = match read.filter(|read| read.version == version) {
            Some(snapshot) => snapshot,
            None => self.store.read(self.target()).await?,
        };
        if snapshot.version != version {
            let attempted = format!("writing `{}`", self.target());
            return Err(StoreError::new(Kind::Conflict, attempted));
        }
        if self.session.is_none() && is_managed(&members(&self.credentials, &snapshot)?) {
            let attempted = format!("writing `{}`", self.credentials);
            return Err(StoreError::new(Kind::Denied, attempted)
                .answered("the layout of AWS managed external secrets has no place for a token")
                .advice("name a secret for it: `--session-secret`"));
        }
        let before = snapshot.text.expose_secret();
        let text = edited(before, changes).map_err(|refused| self.refused(&refused))?;
        if text == before {
            // AWS keeps every version for a day, and not many.
            return Ok(snapshot.version);
        }
        let written = self
            .store
            .write(self.target(), version, text.into())
            .await?;
        self.warn_of_rotation().await;
        Ok(written)
    }

    fn last_read(&self) -> MutexGuard<'_, Option<Snapshot>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says once that a secret which its store rotates is no place for a session.
    async fn warn_of_rotation(&self) {
        if self.session.is_some() || self.rotation_known.swap(true, Ordering::Relaxed) {
            return;
        }
        match self.store.is_rotated(&self.credentials).await {
            Ok(true) => tracing::warn!(
                target: DEGRADED,
                org = self.credentials.as_str(),
                "AWS rotates this secret, and counts each stored token as a rotation: it may never \
                 rotate the credentials; store the token in a second secret (`--session-secret`)"
            ),
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "cannot tell whether the secret is rotated"),
        }
    }

    /// Makes a mark on the session's secret.
    pub(crate) async fn claim(&self, key: &str) -> Result<Claimed, StoreError> {
        match (&self.session, self.store.claim(self.target(), key).await) {
            (Some(session), Err(error)) if error.kind() == Kind::NotFound => {
                match self.store.create(session, "{}".into()).await {
                    Err(error) if error.kind() != Kind::Conflict => return Err(error),
                    _ => {}
                }
                self.store.claim(session, key).await
            }
            (_, claimed) => claimed,
        }
    }

    /// Removes a mark.
    pub(crate) async fn release(&self, key: &str, refusal: Option<&str>) -> Result<(), StoreError> {
        self.store.release(self.target(), key, refusal).await
    }

    /// Changes that are not made.
    fn refused(&self, refused: &Refused) -> StoreError {
        let attempted = format!("writing `{}`", self.target());
        StoreError::new(refused.kind(), attempted).answered(refused.to_string())
    }
}

fn members<'a>(name: &SecretName, secret: &'a Snapshot) -> Result<Vec<Member<'a>>, StoreError> {
    sfbox_secret::members(secret.text.expose_secret()).map_err(|why| {
        StoreError::new(Kind::Malformed, format!("using `{name}`")).answered(why.to_string())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures::FutureExt as _;
    use futures::executor::block_on;
    use futures::future::{BoxFuture, ready};

    use super::super::{MemoryStore, SECRET_BYTES_MAX};
    use super::*;

    fn granted(text: &str) -> Granted {
        let store = MemoryStore::new([("org", text.to_owned())]);
        Granted::new(Arc::new(store), SecretName::parse("org").unwrap(), None)
    }

    fn whole(granted: &Granted) -> String {
        let snapshot = block_on(granted.store.read(granted.target())).unwrap();
        snapshot.text.expose_secret().to_owned()
    }

    fn change(key: &str, value: Option<&str>) -> Vec<(String, Option<SecretString>)> {
        vec![(key.to_owned(), value.map(Into::into))]
    }

    const MANAGED: &str = r#"{"consumerKey":"k","consumerSecret":"s","baseUri":"u","appId":"a"}"#;

    fn in_two(credentials: &str, session: Option<&str>) -> Granted {
        let secrets = [
            Some(("org", credentials)),
            session.map(|text| ("session", text)),
        ];
        let store = MemoryStore::new(
            secrets
                .into_iter()
                .flatten()
                .map(|(name, text)| (name, text.to_owned())),
        );
        let name = |name| SecretName::parse(name).unwrap();
        Granted::new(Arc::new(store), name("org"), Some(name("session")))
    }

    fn keys(document: &Document) -> Vec<&str> {
        let entries = document.entries.iter();
        entries.map(|(key, _)| key.as_str()).collect()
    }

    #[test]
    fn two_secrets_are_one_document_and_only_the_sessions_is_written() {
        for credentials in [
            MANAGED,
            r#"{"Domain":"d","ConsumerKey":"k","ConsumerSecret":"s","SessionId":"STALE"}"#,
        ] {
            let granted = in_two(credentials, Some(r#"{"x":1,"ConsumerSecret":"NOT THIS"}"#));
            let document = block_on(granted.get()).unwrap();
            assert_eq!(document.entries.len(), 3);
            assert_eq!(
                document.string("SessionId"),
                None,
                "only the session's counts"
            );
            assert_ne!(
                document.string("ConsumerSecret").as_deref(),
                Some("NOT THIS")
            );
            assert!(document.writable);
            let change = change("SessionId", Some("\"t\""));
            block_on(granted.replace(&document.version, &change)).unwrap();
            let late = block_on(granted.replace(&document.version, &change)).unwrap_err();
            assert_eq!(late.kind(), Kind::Conflict);
            assert_eq!(
                whole(&granted),
                r#"{"x":1,"ConsumerSecret":"NOT THIS","SessionId":"t"}"#
            );
            let secret = block_on(granted.store.read(&granted.credentials)).unwrap();
            assert_eq!(secret.text.expose_secret(), credentials);
            let document = block_on(granted.get()).unwrap();
            assert_eq!(document.string("SessionId").as_deref(), Some("t"));
        }
    }

    #[test]
    fn a_sessions_secret_is_made_once_when_it_is_needed() {
        let granted = in_two(MANAGED, None);
        let document = block_on(granted.get()).unwrap();
        assert_eq!(
            keys(&document),
            ["consumerKey", "consumerSecret", "baseUri"]
        );
        assert!(document.writable);
        let removal = change("SessionId", None);
        let same = block_on(granted.replace(&document.version, &removal)).unwrap();
        assert_eq!(same, document.version);
        assert_eq!(
            block_on(granted.get()).unwrap().version,
            same,
            "none was made"
        );
        let change = change("SessionId", Some("\"t\""));
        block_on(granted.replace(&document.version, &change)).unwrap();
        assert_eq!(whole(&granted), r#"{"SessionId":"t"}"#);
        let late = block_on(granted.replace(&document.version, &change)).unwrap_err();
        assert_eq!(late.kind(), Kind::Conflict);
    }

    /// A store that rotates its secrets, and counts who asks.
    struct Rotating(MemoryStore, AtomicUsize);

    impl SecretStore for Rotating {
        fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
            self.0.read(name)
        }

        fn write<'a>(
            &'a self,
            name: &'a SecretName,
            version: &'a str,
            text: SecretString,
        ) -> BoxFuture<'a, Result<String, StoreError>> {
            self.0.write(name, version, text)
        }

        fn is_rotated<'a>(&'a self, _: &'a SecretName) -> BoxFuture<'a, Result<bool, StoreError>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            ready(Ok(true)).boxed()
        }
    }

    #[test]
    fn a_rotation_is_asked_about_once_and_only_for_a_secret_that_is_shared() {
        for (session, asked) in [(None, 1), (Some("session"), 0)] {
            let secrets = [("org", "{}".to_owned()), ("session", "{}".to_owned())];
            let store = Arc::new(Rotating(MemoryStore::new(secrets), AtomicUsize::default()));
            let name = |name| SecretName::parse(name).unwrap();
            let granted = Granted::new(Arc::clone(&store) as _, name("org"), session.map(name));
            for token in ["\"a\"", "\"b\""] {
                let version = block_on(granted.get()).unwrap().version;
                block_on(granted.replace(&version, &change("SessionId", Some(token)))).unwrap();
            }
            assert_eq!(store.1.load(Ordering::Relaxed), asked, "{session:?}");
        }
    }

    #[test]
    fn the_managed_layout_alone_has_no_place_for_a_session() {
        let granted = granted(MANAGED);
        let document = block_on(granted.get()).unwrap();
        assert!(!document.writable);
        let change = change("SessionId", Some("\"t\""));
        let refused = block_on(granted.replace(&document.version, &change)).unwrap_err();
        assert_eq!(refused.kind(), Kind::Denied);
        assert!(
            refused.to_string().contains("--session-secret"),
            "{refused}"
        );
        assert_eq!(whole(&granted), MANAGED);
    }

    #[test]
    fn only_granted_members_are_handed_out() {
        let document =
            block_on(granted(r#"{"other":"CANARY","Domain":"d","x":1,"SessionId":null}"#).get());
        let document = document.unwrap();
        assert_eq!(keys(&document), ["Domain", "SessionId"]);
        assert_eq!(document.string("Domain").as_deref(), Some("d"));
        assert_eq!(document.string("SessionId"), None);
    }

    #[test]
    fn every_other_byte_survives_a_write() {
        let granted = granted("{ \"other\" : 1.50,\n\"SessionId\":\"old\" , \"z\":[ ] }\n");
        let version = block_on(granted.get()).unwrap().version;
        let mut changes = change("SessionId", Some("\"new\""));
        changes.extend(change("Instance", None));
        block_on(granted.replace(&version, &changes)).unwrap();
        assert_eq!(
            whole(&granted),
            "{ \"other\" : 1.50,\n\"SessionId\":\"new\" , \"z\":[ ] }\n"
        );
        let again = block_on(granted.replace(&version, &changes)).unwrap_err();
        assert_eq!(again.kind(), Kind::Conflict);
    }

    #[test]
    fn what_would_change_nothing_is_not_written() {
        let granted = granted(r#"{"SessionId":"t"}"#);
        let version = block_on(granted.get()).unwrap().version;
        let mut changes = change("SessionId", Some("\"t\""));
        changes.extend(change("Instance", None));
        let same = block_on(granted.replace(&version, &changes)).unwrap();
        assert_eq!(same, version);
        assert_eq!(block_on(granted.get()).unwrap().version, version);
    }

    #[test]
    fn all_changes_happen_or_none() {
        let text = r#"{"SessionId":"old"}"#;
        let granted = granted(text);
        let version = block_on(granted.get()).unwrap().version;
        let mut changes = change("SessionId", Some("\"new\""));
        changes.extend(change("ConsumerKey", None));
        block_on(granted.replace(&version, &changes)).unwrap_err();
        assert_eq!(whole(&granted), text);
    }

    #[test]
    fn a_member_that_the_component_does_not_own_is_not_written() {
        let granted = granted(r#"{"ConsumerSecret":"s"}"#);
        let version = block_on(granted.get()).unwrap().version;
        for key in ["ConsumerSecret", "Domain", "other", "sessionid", ""] {
            let refused = block_on(granted.replace(&version, &change(key, Some("1")))).unwrap_err();
            assert_eq!(refused.kind(), Kind::Denied, "{key}");
        }
        assert_eq!(whole(&granted), r#"{"ConsumerSecret":"s"}"#);
    }

    #[test]
    fn more_than_the_component_can_have_to_say_is_refused_before_it_is_read() {
        let granted = granted("{}");
        let version = block_on(granted.get()).unwrap().version;
        let null = ("SessionId".to_owned(), Some("null".into()));
        for (count, written) in [(3, true), (4, false)] {
            let changes = vec![null.clone(); count];
            let outcome = block_on(granted.replace(&version, &changes));
            assert_eq!(outcome.is_ok(), written, "{count}");
        }
    }

    #[test]
    fn what_is_no_json_is_not_written() {
        let granted = granted("{}");
        let version = block_on(granted.get()).unwrap().version;
        for value in ["", "CANARY", "\"CANARY", "1,\"x\":2", "1 2"] {
            let refused =
                block_on(granted.replace(&version, &change("SessionId", Some(value)))).unwrap_err();
            assert_eq!(refused.kind(), Kind::Malformed, "{value}");
            assert!(!refused.to_string().contains("CANARY"));
        }
        assert_eq!(whole(&granted), "{}");
    }

    #[test]
    fn a_secret_of_the_limit_is_written_and_one_byte_more_is_not() {
        let fixed = r#"{"SessionId":""}"#.len();
        for (length, written) in [(SECRET_BYTES_MAX, true), (SECRET_BYTES_MAX + 1, false)] {
            let granted = granted("{}");
            let version = block_on(granted.get()).unwrap().version;
            let token = format!("\"{}\"", "x".repeat(length - fixed));
            let outcome = block_on(granted.replace(&version, &change("SessionId", Some(&token))));
            assert_eq!(outcome.is_ok(), written, "{length}");
        }
    }

    #[test]
    fn a_secret_that_is_no_object_is_malformed_and_not_quoted() {
        for text in ["CANARY", "[\"CANARY\"]", "{\"CANARY\""] {
            let refused = block_on(granted(text).get()).err().unwrap();
            assert_eq!(refused.kind(), Kind::Malformed);
            assert!(!format!("{refused} {refused:?}").contains("CANARY"));
        }
    }
}
