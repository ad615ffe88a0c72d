//! What the component is given of a secret.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::{Kind, SECRET_BYTES_MAX, SecretName, SecretStore, StoreError, text};

/// The members that the component may read: both layouts' credentials, and the
/// session.
const READABLE: [&str; 9] = [
    "Domain",
    "ConsumerKey",
    "ConsumerSecret",
    "SessionId",
    "Instance",
    "SessionInfo",
    "consumerKey",
    "consumerSecret",
    "baseUri",
];

/// The members that the component owns.
const WRITABLE: [&str; 3] = ["SessionId", "Instance", "SessionInfo"];

/// One org's secret, as far as the component is concerned.
pub(crate) struct Granted {
    store: Arc<dyn SecretStore>,
    name: SecretName,
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
    pub(crate) fn new(store: Arc<dyn SecretStore>, name: SecretName) -> Self {
        Self { store, name }
    }

    /// Reads the granted members.
    pub(crate) async fn get(&self) -> Result<Document, StoreError> {
        let snapshot = self.store.read(&self.name).await?;
        let members = text::members(snapshot.text.expose_secret())
            .map_err(|why| self.malformed().answered(why.to_string()))?;
        let entries = members
            .into_iter()
            .filter(|member| READABLE.contains(&member.key()))
            .map(|member| (member.key().to_owned(), member.value().into()))
            .collect();
        Ok(Document {
            version: snapshot.version,
            entries,
            writable: snapshot.writable,
        })
    }

    /// Edits the text, if it is still at `version`.
    pub(crate) async fn replace(
        &self,
        version: &str,
        changes: &[(String, Option<SecretString>)],
    ) -> Result<String, StoreError> {
        self.check(changes)?;
        let snapshot = self.store.read(&self.name).await?;
        if snapshot.version != version {
            return Err(StoreError::new(
                Kind::Conflict,
                format!("writing `{}`", self.name),
            ));
        }
        let mut text = snapshot.text.expose_secret().to_owned();
        for (key, value) in changes {
            let edited = match value {
                Some(value) => text::set(&text, key, value.expose_secret()),
                None => text::remove(&text, key),
            };
            text = edited.map_err(|why| self.malformed().answered(why.to_string()))?;
        }
        if text == snapshot.text.expose_secret() {
            // AWS keeps every version for a day, and not many.
            return Ok(snapshot.version);
        }
        if text.len() > SECRET_BYTES_MAX {
            return Err(self.malformed().answered(format!(
                "with the token it would have {} bytes, and a secret has at most {SECRET_BYTES_MAX}",
                text.len()
            )));
        }
        self.store.write(&self.name, version, text.into()).await
    }

    /// Before anything is sent: only what the component owns, and only JSON.
    fn check(&self, changes: &[(String, Option<SecretString>)]) -> Result<(), StoreError> {
        let bytes = changes
            .iter()
            .filter_map(|(_, value)| value.as_ref())
            .map(|value| value.expose_secret().len())
            .sum::<usize>();
        if changes.len() > WRITABLE.len() || bytes > SECRET_BYTES_MAX {
            return Err(self.malformed().answered(format!(
                "a write of {} members and {bytes} bytes, and the component owns {} and a secret has at \
                 most {SECRET_BYTES_MAX}",
                changes.len(),
                WRITABLE.len()
            )));
        }
        for (key, value) in changes {
            if !WRITABLE.contains(&key.as_str()) {
                let attempted = format!("writing `{}`", self.name);
                return Err(StoreError::new(Kind::Denied, attempted)
                    .answered("the component does not own that member"));
            }
            let json = value
                .as_ref()
                .map(|value| serde_json::from_str::<serde::de::IgnoredAny>(value.expose_secret()));
            if matches!(json, Some(Err(_))) {
                return Err(self
                    .malformed()
                    .answered(format!("`{key}` would not be JSON")));
            }
        }
        Ok(())
    }

    fn malformed(&self) -> StoreError {
        StoreError::new(Kind::Malformed, format!("using `{}`", self.name))
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::super::MemoryStore;
    use super::*;

    fn granted(text: &str) -> Granted {
        let store = MemoryStore::new([("org", text.to_owned())]);
        Granted::new(Arc::new(store), SecretName::parse("org").unwrap())
    }

    fn whole(granted: &Granted) -> String {
        let snapshot = block_on(granted.store.read(&granted.name)).unwrap();
        snapshot.text.expose_secret().to_owned()
    }

    fn change(key: &str, value: Option<&str>) -> Vec<(String, Option<SecretString>)> {
        vec![(key.to_owned(), value.map(Into::into))]
    }

    #[test]
    fn only_granted_members_are_handed_out() {
        let document =
            block_on(granted(r#"{"other":"CANARY","Domain":"d","x":1,"SessionId":null}"#).get());
        let document = document.unwrap();
        let keys: Vec<&str> = document
            .entries
            .iter()
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(keys, ["Domain", "SessionId"]);
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
