//! `sfbox org list`.

use clap::Args;
use futures::StreamExt as _;
use futures::stream;
use serde::Serialize;
use sfbox::secret_store::{Kind, SecretName, Snapshot, StoreError};

use super::layout::{Found, Layout};
use super::my_domain::MyDomain;
use crate::global::Global;
use crate::records::Output;
use crate::report::warn;

/// How many secrets are read at a time.
const READS_MAX: usize = 8;

/// List the orgs in the store
///
/// For each secret, the command shows its layout, the org's My Domain, and whether
/// it holds a token:
///
/// `{"name":"prod/salesforce","layout":"extends","domain":"acme.my","session":true}`
///
/// The layout is `extends` or `managed` (`sfbox org add --help` explains them),
/// `session` for a secret that holds only a token, or `unreadable`; stderr then says
/// why. Other secrets are not shown.
///
/// In AWS this needs `secretsmanager:ListSecrets`, and `secretsmanager:GetSecretValue`
/// on each secret.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox org list
  sfbox org list --prefix prod/ --output ndjson | wc -l")]
pub(crate) struct List {
    /// Show only secrets whose names begin with PREFIX
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,
    #[command(flatten)]
    output: Output,
}

/// An org as it is printed. It has no place for a secret.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Entry<'a> {
    name: &'a str,
    layout: Shown,
    domain: Option<MyDomain>,
    session: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Shown {
    Extends,
    Managed,
    Session,
    Unreadable,
}

impl List {
    pub(crate) async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let store = &global.open_store().await?;
        let names = store.list(&self.prefix).await?;
        let mut entries = Vec::new();
        let mut reads = stream::iter(&names)
            .map(async |name| (name, store.read(name).await))
            .buffered(READS_MAX);
        while let Some((name, read)) = reads.next().await {
            if let Err(error) = &read {
                tell(error);
            }
            if let Some(entry) = entry(name, &read) {
                entries.push(serde_json::value::to_raw_value(&entry)?);
            }
        }
        let mut records = self.output.open(&["name", "layout", "domain", "session"]);
        // At once: a table is laid out by all of them.
        let entries: Vec<_> = entries.iter().map(AsRef::as_ref).collect();
        records.page(&entries, false)?;
        Ok(records.end()?.finish()?)
    }
}

/// What is shown of a secret; nothing of one that is no org's.
fn entry<'a>(name: &'a SecretName, read: &Result<Snapshot, StoreError>) -> Option<Entry<'a>> {
    let name = name.as_str();
    match read {
        Ok(snapshot) => {
            let found = Found::of(&snapshot.text)?;
            Some(Entry {
                name,
                layout: match found.layout {
                    Some(Layout::Extends) => Shown::Extends,
                    Some(Layout::Managed) => Shown::Managed,
                    None => Shown::Session,
                },
                domain: found.domain,
                session: found.session,
            })
        }
        Err(error) if is_no_orgs(error) => None,
        Err(_) => Some(Entry {
            name,
            layout: Shown::Unreadable,
            domain: None,
            session: false,
        }),
    }
}

/// It has gone since it was listed, or it is no text.
fn is_no_orgs(error: &StoreError) -> bool {
    matches!(error.kind(), Kind::NotFound | Kind::Malformed)
}

/// Says why a secret could not be read.
fn tell(error: &StoreError) {
    if is_no_orgs(error) {
        tracing::info!(%error, "a secret is not shown");
        return;
    }
    let error = anyhow::Error::new(error.clone());
    let words: Vec<String> = error.chain().map(ToString::to_string).collect();
    warn(&words.join(": "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_org_is_shown_without_its_secrets() {
        let name = SecretName::parse("acme").unwrap();
        let text = r#"{"Domain":"acme.my","ConsumerKey":"CANARY","ConsumerSecret":"CANARY","SessionId":"CANARY","Instance":"CANARY"}"#;
        let read = Ok(Snapshot {
            version: "CANARY".to_owned(),
            text: text.into(),
            writable: true,
        });
        assert_eq!(
            serde_json::to_string(&entry(&name, &read)).unwrap(),
            r#"{"name":"acme","layout":"extends","domain":"acme.my","session":true}"#
        );
    }

    #[test]
    fn what_cannot_be_read_is_shown_unless_it_is_no_orgs() {
        let name = SecretName::parse("acme").unwrap();
        for (kind, shown) in [
            (Kind::Denied, true),
            (Kind::Unavailable, true),
            (Kind::Throttled(None), true),
            (Kind::NotFound, false),
            (Kind::Malformed, false),
        ] {
            let read = Err(StoreError::new(kind, "reading `acme`"));
            let layout = entry(&name, &read).map(|entry| entry.layout);
            assert_eq!(layout, shown.then_some(Shown::Unreadable), "{kind:?}");
        }
    }
}
