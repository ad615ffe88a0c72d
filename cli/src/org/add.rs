//! `sfbox org add`.

use std::io::{Write as _, stdin, stdout};

use clap::Args;
use secrecy::SecretString;
use serde::Serialize;
use sfbox::secret_store::{Kind, SecretName, StoreError};

use super::consumer::ConsumerKey;
use super::layout::{Credentials, Layout};
use super::my_domain::MyDomain;
use super::terminal;
use crate::confirmation::can_ask;
use crate::global::Global;
use crate::report::{note, remark};
use crate::store::Store;
use crate::verdict::Usage;

/// Add an org's credentials to the store, as a new secret
///
/// The command never overwrites a secret. If a secret has that name, the command
/// ends with status 2 before it asks for anything. At a terminal the command asks
/// for every missing value: My Domain, consumer key and consumer secret.
///
/// The consumer secret cannot be an argument or a variable, because others could
/// see it there. Type it at the prompt, which does not show it; a script passes it
/// on stdin, with `--secret-stdin`.
///
/// In AWS this needs `secretsmanager:CreateSecret`. With
/// `secretsmanager:GetSecretValue` the command can check first that the name is free.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox org add prod/salesforce --domain acme.my --consumer-key 3MVG9…
  pass show salesforce | sfbox org add prod/salesforce --domain https://acme.my.salesforce.com \\
    --consumer-key 3MVG9… --secret-stdin")]
pub(crate) struct Add {
    /// Name of the new secret
    name: String,
    /// The org's My Domain, as `acme.my`, its host or its URL
    #[arg(long, value_name = "MY_DOMAIN")]
    domain: Option<MyDomain>,
    /// The app's consumer key
    #[arg(long, value_name = "KEY")]
    consumer_key: Option<ConsumerKey>,
    /// Read the consumer secret from stdin, which must be exactly one line
    #[arg(long)]
    secret_stdin: bool,
    /// Format of the secret
    #[arg(long, value_enum, default_value_t)]
    layout: Layout,
    // Source: AWS Secrets Manager User Guide, "Salesforce Client Secret".
    /// appId of the managed layout: the id of the External Client App, from Salesforce's
    /// OAuth Usage endpoint; AWS needs it to rotate the secret
    #[arg(long, value_name = "ID")]
    app_id: Option<ConsumerKey>,
    /// consumerId of the managed layout: the id of the app's consumer, from Salesforce's
    /// OAuth Credentials by App ID endpoint; AWS needs it to rotate the secret
    #[arg(long, value_name = "ID")]
    consumer_id: Option<ConsumerKey>,
}

/// What was added; it has no place for a secret.
#[derive(Serialize)]
struct Added<'a> {
    name: &'a str,
    layout: Layout,
    domain: &'a MyDomain,
}

impl Add {
    pub(crate) async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let name = self.checked()?;
        let store_is_aws = global.store == Store::Aws;
        // Before anybody types a secret for nothing.
        let store = global.open_store().await?;
        see_that_it_is_free(&name, store.read(&name).await.map(drop))?;
        let domain = terminal::or_ask(self.domain.clone(), "My Domain", "--domain")?;
        let key = self.consumer_key.clone();
        let key = terminal::or_ask(key, "Consumer Key", "--consumer-key")?;
        let text = self.layout.text(&Credentials {
            domain: &domain,
            key: &key,
            secret: &self.secret()?,
            app_id: self.app_id.as_ref(),
            consumer_id: self.consumer_id.as_ref(),
        })?;
        let made = store.create(&name, text).await;
        made.map_err(|error| refused(&name, error))?;
        let added = Added {
            name: name.as_str(),
            layout: self.layout,
            domain: &domain,
        };
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &added)?;
        writeln!(out)?;
        if self.layout == Layout::Extends && domain.is_in_another_cloud() {
            note(NOT_FOR_PYTHON);
        }
        let next = next(name.as_str(), self.layout, store_is_aws);
        remark(&format!("next: {next}"));
        Ok(())
    }

    /// What is wrong whatever will be asked.
    fn checked(&self) -> Result<SecretName, Usage> {
        if self.name.starts_with("arn:") {
            return Err(Usage::new(
                "an ARN names an existing secret: give the new secret a name",
            ));
        }
        if self.layout == Layout::Extends && (self.app_id.is_some() || self.consumer_id.is_some()) {
            return Err(Usage::new(
                "`--app-id` and `--consumer-id` are members of the managed layout: add `--layout \
                 managed`",
            ));
        }
        SecretName::parse(&self.name).map_err(|why| {
            Usage::new(format!(
                "`{}` is not a valid name of a secret: {why}",
                self.name
            ))
        })
    }

    fn secret(&self) -> anyhow::Result<SecretString> {
        match (self.secret_stdin, can_ask()) {
            (false, true) => terminal::ask_secret(),
            (true, false) => terminal::read_secret(stdin().lock()),
            (true, true) => Err(Usage::new(
                "stdin is a terminal, which would show the consumer secret: without \
                 `--secret-stdin`, sfbox asks for it and does not show it",
            )
            .into()),
            (false, false) => Err(Usage::new(
                "the consumer secret is missing, and there is no terminal to ask for it: pass it on \
                 stdin, with `--secret-stdin`",
            )
            .into()),
        }
    }
}

/// The class makes the login's host of `Domain` and `.salesforce.com` (simple-salesforce,
/// `login.py`).
const NOT_FOR_PYTHON: &str = "the Python package simple-salesforce-extends cannot use this secret: \
    it logs in under salesforce.com only";

/// Refuses a name that is taken, judging from what came of reading it.
fn see_that_it_is_free(name: &SecretName, read: Result<(), StoreError>) -> anyhow::Result<()> {
    match read {
        Ok(()) => Err(taken(name).into()),
        Err(error) => match error.kind() {
            Kind::NotFound => Ok(()),
            // Something is there, whatever it is.
            Kind::Malformed => Err(taken(name).into()),
            // Who may create secrets need not be allowed to read them.
            Kind::Denied if error.lacks().is_some() => Ok(()),
            _ => Err(error.into()),
        },
    }
}

/// Why a secret could not be made.
fn refused(name: &SecretName, error: StoreError) -> anyhow::Error {
    match error.kind() {
        Kind::Conflict => taken(name).into(),
        _ => error.into(),
    }
}

fn taken(name: &SecretName) -> Usage {
    Usage::new(format!(
        "the store already has a secret `{name}`, and sfbox does not overwrite it: choose \
         another name, or remove the secret with `sfbox org remove`"
    ))
}

/// What to type next.
fn next(name: &str, layout: Layout, store_is_aws: bool) -> String {
    let session = match layout {
        Layout::Extends => String::new(),
        Layout::Managed => format!(" --session-secret {name}/session"),
    };
    let store = if store_is_aws {
        ""
    } else {
        " (with the same `--store`)"
    };
    format!("sfbox --org {name}{session} org check{store}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_type_next_fits_the_layout_and_the_store() {
        assert_eq!(
            next("acme", Layout::Extends, true),
            "sfbox --org acme org check"
        );
        assert_eq!(
            next("acme", Layout::Managed, false),
            "sfbox --org acme --session-secret acme/session org check (with the same `--store`)"
        );
    }

    #[test]
    fn a_name_is_free_unless_something_is_there_or_nobody_can_tell() {
        let name = SecretName::parse("acme").unwrap();
        let denied = || StoreError::new(Kind::Denied, "reading `acme`");
        let of = |kind| Err(StoreError::new(kind, "reading `acme`"));
        for free in [of(Kind::NotFound), Err(denied().lacking("{}"))] {
            assert!(see_that_it_is_free(&name, free).is_ok());
        }
        for taken in [Ok(()), of(Kind::Malformed)] {
            let refused = see_that_it_is_free(&name, taken).unwrap_err();
            assert!(refused.is::<Usage>(), "{refused}");
        }
        for unknown in [
            Err(denied()),
            of(Kind::Unavailable),
            of(Kind::Throttled(None)),
        ] {
            let refused = see_that_it_is_free(&name, unknown).unwrap_err();
            assert!(refused.is::<StoreError>(), "{refused}");
        }
    }

    #[test]
    fn only_a_secret_that_is_there_is_the_users_mistake() {
        let name = SecretName::parse("acme").unwrap();
        let of = |kind| refused(&name, StoreError::new(kind, "making `acme`"));
        assert!(of(Kind::Conflict).is::<Usage>());
        assert!(of(Kind::Denied).is::<StoreError>());
    }
}
