//! `sfbox key list`.

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sfbox_gateway::{Access, Entry};

use super::Folder;
use crate::records::Output;

/// List the keys for `sfbox serve`
///
/// For each key, the command shows what it opens and for how long, and never the key:
///
/// `{"name":"reports","org":"prod/salesforce","access":"read-only","expires":"…",…}`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox key list
  sfbox key list --output ndjson | grep '\"valid\":false'")]
pub(crate) struct List {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    folder: Folder,
}

/// The members of a line, in their order.
const MEMBERS: [&str; 9] = [
    "name",
    "org",
    "access",
    "allowPath",
    "expires",
    "valid",
    "rate",
    "concurrency",
    "id",
];

/// A key as it is printed. It has no place for a secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    name: &'a str,
    org: &'a str,
    access: Access,
    allow_path: &'a [String],
    expires: String,
    valid: bool,
    rate: Option<String>,
    concurrency: Option<u32>,
    id: &'a str,
}

impl<'a> Line<'a> {
    fn of(entry: &'a Entry, now: Timestamp) -> Self {
        Self {
            name: entry.name.as_str(),
            org: &entry.org,
            access: entry.access,
            allow_path: &entry.allow_path,
            expires: format!("{:.0}", entry.expires),
            valid: entry.is_valid(now),
            rate: entry.rate.map(|rate| rate.to_string()),
            concurrency: entry.concurrency,
            id: entry.id.as_str(),
        }
    }
}

impl List {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let file = self.folder.keys()?;
        let keys = file.list().await.context("the keys cannot be listed")?;
        let now = Timestamp::now();
        let lines = keys
            .iter()
            .map(|entry| serde_json::value::to_raw_value(&Line::of(entry, now)));
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        let mut records = self.output.open(&MEMBERS);
        // At once: a table is laid out by all of them.
        let lines: Vec<_> = lines.iter().map(AsRef::as_ref).collect();
        records.page(&lines, false)?;
        Ok(records.end()?.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use sfbox::policy::Policy;
    use sfbox_gateway::{Key, Term, Terms};

    use super::*;

    #[test]
    fn a_key_is_shown_without_its_secret() {
        let key = Key::generate().unwrap();
        let terms = Terms {
            name: "reports".parse().unwrap(),
            org: "acme".to_owned(),
            policy: Policy::default(),
            term: Term::DEFAULT,
            rate: Some("10/s".parse().unwrap()),
            concurrency: None,
        };
        let entry = Entry::new(&key, terms, Timestamp::UNIX_EPOCH);
        let line = Line::of(&entry, Timestamp::UNIX_EPOCH);
        let text = serde_json::to_string(&line).unwrap();
        let expected = format!(
            r#"{{"name":"reports","org":"acme","access":"everything","allowPath":[],"expires":"1970-01-31T00:00:00Z","valid":true,"rate":"10/s","concurrency":null,"id":"{}"}}"#,
            key.id()
        );
        assert_eq!(text, expected);
        let members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap();
        assert!(MEMBERS.iter().all(|member| members.contains_key(*member)));
    }
}
