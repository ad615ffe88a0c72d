//! Secrets in AWS Secrets Manager.
//!
//! A write is a compare-and-swap of two calls: `PutSecretValue` makes a version
//! under a stage of ours, where nobody looks, and `UpdateSecretVersionStage`
//! moves `AWSCURRENT` to it *from the version that was read*; AWS refuses the
//! move if that is not the current one any more. The stage has a fixed name: a
//! secret has room for 20, and a version that holds one is never cleaned up.

mod configuration;
mod credentials;
mod date;
mod error;
mod failure;
mod http;
mod iam;
mod lack;
mod operation;
mod profile;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::DateTime;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use sfbox_secret::SecretName;
use sfbox_secret::aws::{
    CLAIM, CURRENT, Claiming, Found, KnownClaims, Moved, NEXT, Note, Step, age, moved,
};

use self::credentials::Watched;
use self::date::DateHeader;
pub use self::error::AwsError;
use self::failure::Call;
use super::{Claimed, Kind, Removed, SecretStore, Snapshot, StoreError};
use crate::egress::Proxy;

/// AWS Secrets Manager.
#[derive(Clone)]
pub struct Aws {
    client: Client,
    region: String,
    credentials: Option<Watched>,
    proxy: Option<Proxy>,
    claims: KnownClaims,
    /// What the ages of claims are told from where AWS tells none.
    started: Instant,
    /// The ARNs of the secrets that were read: what everybody calls them.
    arns: Arc<Mutex<HashMap<SecretName, String>>>,
}

/// Which version of a secret.
enum Which {
    Stage(&'static str),
    Id(String),
}

/// A version as `GetSecretValue` answers it.
struct Version {
    id: String,
    text: SecretString,
    /// How old it is, by AWS's own clock.
    age: Option<Duration>,
}

impl Version {
    /// As a part of a claim.
    fn found(&self) -> Found {
        Found::new(self.text.expose_secret(), self.age)
    }
}

impl Aws {
    /// The stage is always named: an IAM policy that is conditioned on it denies
    /// reads that leave it to its default (aws/aws-cli, issue 5031).
    async fn get(&self, secret: &SecretName, which: Which) -> Result<Version, StoreError> {
        let call = self.call(operation::GET, secret).checked()?;
        let date = DateHeader::default();
        let request = self.client.get_secret_value().secret_id(secret.as_str());
        let request = match which {
            Which::Stage(stage) => request.version_stage(stage),
            Which::Id(id) => request.version_id(id),
        };
        let answer = request
            .customize()
            .interceptor(date.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let malformed = |why: &str| call.error(Kind::Malformed).answered(why);
        if let Some(arn) = answer.arn {
            self.arns().insert(secret.clone(), arn);
        }
        let age = |created: DateTime| age(date.get()?.as_secs_f64(), created.as_secs_f64());
        Ok(Version {
            id: answer.version_id.ok_or_else(|| malformed("no version"))?,
            text: answer
                .secret_string
                .ok_or_else(|| malformed("a secret of bytes, not of text"))?
                .into(),
            age: answer.created_date.and_then(age),
        })
    }

    async fn current(&self, secret: &SecretName) -> Result<Snapshot, StoreError> {
        let version = self.get(secret, Which::Stage(CURRENT)).await?;
        Ok(Snapshot {
            version: version.id,
            text: version.text,
            // A replica says so only when it is written to.
            writable: true,
        })
    }

    async fn swap(
        &self,
        secret: &SecretName,
        base: &str,
        text: &SecretString,
    ) -> Result<String, StoreError> {
        // Its id is ours, so that an attempt whose reply was lost can be repeated.
        let next = uuid::Uuid::new_v4().to_string();
        self.put(secret, NEXT, &next, text).await?;
        let Err(refused) = self.make_current(secret, base, &next).await else {
            return Ok(next);
        };
        if refused.kind() == Kind::Denied {
            return Err(refused);
        }
        let current = self.current(secret).await?.version;
        match moved(refused.kind(), &current, base, &next) {
            Moved::Done => {
                tracing::debug!(error = %refused, "the move worked all the same");
                Ok(next)
            }
            Moved::Conflict => {
                let call = self.call(operation::MOVE, secret);
                Err(call.error(Kind::Conflict).caused_by(refused))
            }
            Moved::Refused => Err(refused),
        }
    }

    /// Makes a version that is not the current one.
    async fn put(
        &self,
        secret: &SecretName,
        stage: &'static str,
        id: &str,
        text: &SecretString,
    ) -> Result<(), StoreError> {
        let call = self.call(operation::PUT, secret).checked()?;
        self.client
            .put_secret_value()
            .secret_id(secret.as_str())
            .client_request_token(id)
            .version_stages(stage)
            .secret_string(text.expose_secret())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(())
    }

    /// Makes `next` the version that everybody reads, if that is still `base`.
    async fn make_current(
        &self,
        secret: &SecretName,
        base: &str,
        next: &str,
    ) -> Result<(), StoreError> {
        let call = self.call(operation::MOVE, secret).checked()?;
        self.client
            .update_secret_version_stage()
            .secret_id(secret.as_str())
            .version_stage(CURRENT)
            .remove_from_version_id(base)
            .move_to_version_id(next)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn claim(&self, secret: &SecretName, key: &str) -> Result<Claimed, StoreError> {
        let mut claiming = Claiming::new(key, owner());
        loop {
            match claiming.step() {
                Step::ReadLast => match self.get(secret, Which::Stage(CLAIM)).await {
                    Ok(version) => claiming.read(Some(version.found())),
                    Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Denied) => {
                        claiming.read(None);
                    }
                    Err(error) => return Err(error),
                },
                Step::Read(note) => claiming.read(self.note(secret, &note).await),
                Step::Make(note) => match self.put_note(secret, &note).await {
                    Ok(()) => claiming.made(),
                    Err(error) if error.kind() == Kind::Conflict => claiming.exists(),
                    Err(error) => return Err(error),
                },
                Step::Done(ended) => {
                    let now = self.started.elapsed();
                    return Ok(self.claims.settle(secret, key, ended, now).into());
                }
            }
        }
    }

    /// The version of that note, if it can be read.
    async fn note(&self, secret: &SecretName, note: &Note) -> Option<Found> {
        let arn = self.arn(secret).await.ok()?;
        let version = self.get(secret, Which::Id(note.id(&arn))).await;
        version.ok().map(|version| version.found())
    }

    async fn put_note(&self, secret: &SecretName, note: &Note) -> Result<(), StoreError> {
        let id = note.id(&self.arn(secret).await?);
        self.put(secret, CLAIM, &id, &note.to_text().into()).await
    }

    async fn release(
        &self,
        secret: &SecretName,
        key: &str,
        refusal: Option<&str>,
    ) -> Result<(), StoreError> {
        let Some(generation) = self.claims.ended(secret, key) else {
            return Ok(());
        };
        let note = Note::ended(key, generation, refusal.map(str::to_owned), owner());
        self.put_note(secret, &note).await
    }

    /// What everybody calls the secret, whether by name or by ARN.
    async fn arn(&self, secret: &SecretName) -> Result<String, StoreError> {
        if let Some(arn) = self.arns().get(secret) {
            return Ok(arn.clone());
        }
        self.get(secret, Which::Stage(CURRENT)).await?;
        let malformed = || self.call(operation::GET, secret).error(Kind::Malformed);
        let arn = self.arns().get(secret).cloned();
        arn.ok_or_else(|| malformed().answered("no ARN"))
    }

    fn arns(&self) -> std::sync::MutexGuard<'_, HashMap<SecretName, String>> {
        self.arns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn create_secret(
        &self,
        secret: &SecretName,
        text: &SecretString,
    ) -> Result<String, StoreError> {
        let call = self.call(operation::CREATE, secret);
        let answer = self
            .client
            .create_secret()
            .name(secret.as_str())
            .client_request_token(uuid::Uuid::new_v4().to_string())
            .secret_string(text.expose_secret())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        answer
            .version_id
            .ok_or_else(|| call.error(Kind::Malformed).answered("no version"))
    }

    /// AWS's own window of recovery, 30 days, is not shortened.
    async fn delete_secret(&self, secret: &SecretName) -> Result<Removed, StoreError> {
        let call = self.call(operation::DELETE, secret);
        let answer = self
            .client
            .delete_secret()
            .secret_id(secret.as_str())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let at = answer.deletion_date;
        Ok(Removed {
            restorable_until: at.and_then(|at| SystemTime::try_from(at).ok()),
        })
    }

    async fn list_secrets(&self, prefix: &str) -> Result<Vec<SecretName>, StoreError> {
        let call = self.call(operation::LIST, None);
        let mut pages = self
            .client
            .list_secrets()
            .set_filters((!prefix.is_empty()).then(|| {
                let by_name = Filter::builder().key(FilterNameStringType::Name);
                vec![by_name.values(prefix).build()]
            }))
            .into_paginator()
            .send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| call.failed(&error))?;
            let found = page.secret_list.unwrap_or_default().into_iter();
            names.extend(
                found
                    .filter_map(|secret| secret.name)
                    .filter(|name| name.starts_with(prefix))
                    .filter_map(|name| SecretName::parse(&name).ok()),
            );
        }
        names.sort();
        Ok(names)
    }

    async fn describe_rotation(&self, secret: &SecretName) -> Result<bool, StoreError> {
        let call = self.call(operation::DESCRIBE, secret).checked()?;
        let answer = self
            .client
            .describe_secret()
            .secret_id(secret.as_str())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(answer.rotation_enabled.unwrap_or_default())
    }

    fn call<'a>(
        &'a self,
        operation: &'static str,
        secret: impl Into<Option<&'a SecretName>>,
    ) -> Call<'a> {
        let secret = secret.into();
        Call {
            operation,
            secret,
            arn: secret.and_then(|secret| self.arns().get(secret).cloned()),
            region: &self.region,
            credentials: self.credentials.as_ref(),
            proxy: self.proxy.as_ref(),
        }
    }
}

/// Another for each claim.
fn owner() -> [u8; 16] {
    uuid::Uuid::new_v4().into_bytes()
}

impl SecretStore for Aws {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        self.current(name).boxed()
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        async move { self.swap(name, version, &text).await }.boxed()
    }

    fn create<'a>(
        &'a self,
        name: &'a SecretName,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        async move { self.create_secret(name, &text).await }.boxed()
    }

    fn remove<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Removed, StoreError>> {
        self.delete_secret(name).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<SecretName>, StoreError>> {
        self.list_secrets(prefix).boxed()
    }

    fn is_rotated<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.describe_rotation(name).boxed()
    }

    fn claim<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Claimed, StoreError>> {
        Aws::claim(self, name, key).boxed()
    }

    fn release<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
        refusal: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Aws::release(self, name, key, refusal).boxed()
    }
}
