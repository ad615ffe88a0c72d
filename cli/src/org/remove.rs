//! `sfbox org remove`.

use std::io::{Write as _, stdout};
use std::time::SystemTime;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sfbox::secret_store::SecretName;

use super::layout::{Found, Layout};
use super::my_domain::MyDomain;
use crate::confirmation;
use crate::global::Global;
use crate::report::remark;
use crate::verdict::Usage;

/// Remove an org's secret from the store
///
/// The command asks for confirmation; a script confirms with `--yes`. Secrets that do
/// not belong to an org are not removed. Processes that use the secret can no longer log in. The
/// command does not end the session at Salesforce: the token stays valid until it
/// expires.
///
/// AWS can restore a removed secret for 30 days; its name cannot be used again in this
/// time. A file is deleted at once.
///
/// In AWS this needs `secretsmanager:GetSecretValue` and `secretsmanager:DeleteSecret`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox org remove prod/salesforce
  sfbox --store file: org remove acme --yes")]
pub(crate) struct Remove {
    /// The secret to remove
    #[arg(value_name = "NAME|ARN")]
    name: String,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// What was removed; it has no place for a secret.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Removed<'a> {
    name: &'a str,
    /// `session` for the own secret of a session.
    layout: &'static str,
    domain: Option<&'a MyDomain>,
    /// `null`: it cannot be restored.
    restorable_until: Option<String>,
}

impl Remove {
    pub(crate) async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let name = SecretName::parse(&self.name).map_err(|why| {
            Usage::new(format!(
                "`{}` is not a valid name of a secret: {why}",
                self.name
            ))
        })?;
        let store = global.open_store().await?;
        let found = Found::of(&store.read(&name).await?.text).ok_or_else(|| {
            Usage::new(format!(
                "`{name}` is not the secret of an org: nothing was removed"
            ))
        })?;
        let question = question(&name, &found);
        confirmation::confirm(self.yes, &question, "nothing was removed")?;
        let until = store.remove(&name).await?.restorable_until;
        let removed = Removed {
            name: name.as_str(),
            layout: layout(&found),
            domain: found.domain.as_ref(),
            restorable_until: until.and_then(day),
        };
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &removed)?;
        writeln!(out)?;
        if let Some(until) = &removed.restorable_until {
            remark(&format!(
                "to restore it until {until}: aws secretsmanager restore-secret --secret-id {name}"
            ));
        }
        Ok(())
    }
}

fn question(name: &SecretName, found: &Found) -> String {
    match &found.domain {
        Some(domain) => format!("Remove the secret `{name}` of the org {domain}?"),
        None => format!("Remove the secret `{name}`?"),
    }
}

fn layout(found: &Found) -> &'static str {
    found.layout.map_or("session", Layout::as_str)
}

/// A moment in RFC 3339, to the second; `None` for one that no calendar has.
fn day(at: SystemTime) -> Option<String> {
    let at = Timestamp::try_from(at).ok()?;
    Some(Timestamp::from_second(at.as_second()).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_person_is_asked_about_what_is_there() {
        let name = SecretName::parse("prod/acme").unwrap();
        for (text, layout_of, asked) in [
            (
                r#"{"ConsumerKey":"CANARY","Domain":"acme.my"}"#,
                "extends",
                "Remove the secret `prod/acme` of the org acme.my?",
            ),
            (
                r#"{"consumerKey":"CANARY","baseUri":"CANARY"}"#,
                "managed",
                "Remove the secret `prod/acme`?",
            ),
            (
                r#"{"SessionId":"CANARY","Instance":"CANARY"}"#,
                "session",
                "Remove the secret `prod/acme`?",
            ),
        ] {
            let found = Found::of(&text.into()).unwrap();
            assert_eq!(
                (layout(&found), question(&name, &found)),
                (layout_of, asked.to_owned())
            );
        }
    }

    #[test]
    fn a_moment_is_told_to_the_second() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_667_600_739_962);
        assert_eq!(day(at).as_deref(), Some("2022-11-04T22:25:39Z"));
    }
}
