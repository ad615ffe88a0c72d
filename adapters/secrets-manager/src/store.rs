//! The store: what the contract's `secret-store` asks, as calls of Secrets
//! Manager. The host's own store does the same by the AWS SDK.

use std::cell::RefCell;
use std::collections::HashMap;

use aws_credential_types::Credentials;
use secrecy::{ExposeSecret as _, SecretString};
use sfbox_secret::aws::{
    CLAIM, CURRENT, Claiming, Found, KnownClaims, Moved, NEXT, Note, Step, moved, version_id,
};
use sfbox_secret::{
    Change, Claimed, Kind, Part, SecretName, check, edited, entries, is_claim_key, is_managed,
    is_refusal, members,
};

use crate::answer::{self, Version};
use crate::credentials::{self, Source, State};
use crate::exchange::exchange;
use crate::platform::{Answer, Platform};
use crate::request::{Call, Which};
use crate::settings::{Settings, Unusable};

/// The orgs' secrets.
pub(crate) struct Store<P> {
    platform: P,
    settings: Result<Settings, Unusable>,
    claims: KnownClaims,
    /// The ARNs of the secrets that were read: what everybody calls them.
    arns: RefCell<HashMap<SecretName, String>>,
    /// What was read last: the write that follows is a compare-and-swap, and need
    /// not read it again.
    read: RefCell<HashMap<SecretName, Version>>,
    /// What an agent handed out last.
    credentials: RefCell<Option<Credentials>>,
}

/// A secret's granted members, in its order. Values are JSON text.
pub(crate) struct Document {
    pub(crate) version: String,
    pub(crate) entries: Vec<(String, SecretString)>,
    pub(crate) writable: bool,
    pub(crate) session_ttl_s: Option<u32>,
    pub(crate) require_shared: bool,
}

impl<P: Platform> Store<P> {
    pub(crate) fn new(platform: P, environment: &[(String, String)]) -> Self {
        Self {
            platform,
            settings: Settings::read(environment),
            claims: KnownClaims::default(),
            arns: RefCell::default(),
            read: RefCell::default(),
            credentials: RefCell::default(),
        }
    }

    /// `secret-store.get`.
    pub(crate) async fn get(&self, org: &str) -> Result<Document, Kind> {
        let (settings, secret) = self.org(org)?;
        let version = self.current(settings, secret).await?;
        let members = members(version.text.expose_secret()).map_err(|_| Kind::Malformed)?;
        let document = Document {
            version: version.id.clone(),
            entries: entries(&members, Part::Both),
            // A replica says so only when it is written to.
            writable: !is_managed(&members),
            session_ttl_s: settings.session_ttl_s,
            require_shared: settings.require_shared,
        };
        self.read.borrow_mut().insert(secret.clone(), version);
        Ok(document)
    }

    /// `secret-store.replace`.
    pub(crate) async fn replace(
        &self,
        org: &str,
        version: &str,
        changes: &[Change],
    ) -> Result<String, Kind> {
        let (settings, secret) = self.org(org)?;
        check(changes).map_err(|refused| refused.kind())?;
        let read = self.read.borrow_mut().remove(secret);
        let read = match read.filter(|read| read.id == version) {
            Some(read) => read,
            None => self.current(settings, secret).await?,
        };
        if read.id != version {
            return Err(Kind::Conflict);
        }
        let before = read.text.expose_secret();
        if is_managed(&members(before).map_err(|_| Kind::Malformed)?) {
            return Err(Kind::Denied);
        }
        let text = edited(before, changes).map_err(|refused| refused.kind())?;
        if text == before {
            // AWS keeps every version for a day, and not many.
            return Ok(read.id);
        }
        self.swap(settings, secret, version, &text.into()).await
    }

    /// `secret-store.claim`.
    pub(crate) async fn claim(&self, org: &str, key: &str) -> Result<Claimed, Kind> {
        let (settings, secret) = self.org(org)?;
        if !is_claim_key(key) {
            return Err(Kind::Malformed);
        }
        let mut claiming = Claiming::new(key, self.platform.random());
        loop {
            match claiming.step() {
                Step::ReadLast => {
                    match self.version(settings, secret, &Which::Stage(CLAIM)).await {
                        Ok(version) => claiming.read(Some(found(&version))),
                        Err(Kind::NotFound | Kind::Denied) => claiming.read(None),
                        Err(kind) => return Err(kind),
                    }
                }
                Step::Read(note) => claiming.read(self.note(settings, secret, &note).await),
                Step::Make(note) => match self.put_note(settings, secret, &note).await {
                    Ok(()) => claiming.made(),
                    Err(Kind::Conflict) => claiming.exists(),
                    Err(kind) => return Err(kind),
                },
                Step::Done(ended) => {
                    let now = self.platform.monotonic();
                    return Ok(self.claims.settle(secret, key, ended, now));
                }
            }
        }
    }

    /// The version of that note, if it can be read.
    async fn note(&self, settings: &Settings, secret: &SecretName, note: &Note) -> Option<Found> {
        let id = note.id(&self.arn(settings, secret).await.ok()?);
        let version = self.version(settings, secret, &Which::Id(&id)).await;
        version.ok().as_ref().map(found)
    }

    async fn put_note(
        &self,
        settings: &Settings,
        secret: &SecretName,
        note: &Note,
    ) -> Result<(), Kind> {
        let id = note.id(&self.arn(settings, secret).await?);
        let text = note.to_text().into();
        self.put(settings, secret, CLAIM, &id, &text).await
    }

    /// `secret-store.release`.
    pub(crate) async fn release(
        &self,
        org: &str,
        key: &str,
        refusal: Option<String>,
    ) -> Result<(), Kind> {
        let (settings, secret) = self.org(org)?;
        if !is_claim_key(key) || !refusal.as_deref().is_none_or(is_refusal) {
            return Err(Kind::Malformed);
        }
        let Some(generation) = self.claims.ended(secret, key) else {
            return Ok(());
        };
        let note = Note::ended(key, generation, refusal, self.platform.random());
        self.put_note(settings, secret, &note).await
    }

    /// The secret of an org, if it is one that the operator lists. Any other, and
    /// every one where the environment cannot be used, is denied before anything
    /// is sent.
    fn org(&self, name: &str) -> Result<(&Settings, &SecretName), Kind> {
        let settings = self.settings.as_ref().map_err(|_| Kind::Denied)?;
        let secret = settings.org(name).ok_or(Kind::Denied)?;
        Ok((settings, secret))
    }

    /// What everybody calls the secret, whether by name or by ARN.
    async fn arn(&self, settings: &Settings, secret: &SecretName) -> Result<String, Kind> {
        let known = self.arns.borrow().get(secret).cloned();
        match known {
            Some(arn) => Ok(arn),
            None => Ok(self.current(settings, secret).await?.arn),
        }
    }

    /// A compare-and-swap: `text` becomes current if `base` is it still.
    async fn swap(
        &self,
        settings: &Settings,
        secret: &SecretName,
        base: &str,
        text: &SecretString,
    ) -> Result<String, Kind> {
        let next = version_id(self.platform.random());
        self.put(settings, secret, NEXT, &next, text).await?;
        let call = Call::make_current(secret.as_str(), base, &next);
        let refusal = match self.send(settings, &call).await {
            Ok(_) => return Ok(next),
            Err(Kind::Denied) => return Err(Kind::Denied),
            Err(refusal) => refusal,
        };
        let current = self.current(settings, secret).await?.id;
        match moved(refusal, &current, base, &next) {
            Moved::Done => Ok(next),
            Moved::Conflict => Err(Kind::Conflict),
            Moved::Refused => Err(refusal),
        }
    }

    /// Makes a version that is not the current one.
    async fn put(
        &self,
        settings: &Settings,
        secret: &SecretName,
        stage: &'static str,
        id: &str,
        text: &SecretString,
    ) -> Result<(), Kind> {
        let call = Call::put(secret.as_str(), stage, id, text);
        self.send(settings, &call).await?;
        Ok(())
    }

    async fn current(&self, settings: &Settings, secret: &SecretName) -> Result<Version, Kind> {
        self.version(settings, secret, &Which::Stage(CURRENT)).await
    }

    async fn version(
        &self,
        settings: &Settings,
        secret: &SecretName,
        which: &Which<'_>,
    ) -> Result<Version, Kind> {
        let call = Call::get(secret.as_str(), which);
        let version = answer::version(&self.send(settings, &call).await?)?;
        let arn = version.arn.clone();
        self.arns.borrow_mut().insert(secret.clone(), arn);
        Ok(version)
    }

    async fn send(&self, settings: &Settings, call: &Call) -> Result<Answer, Kind> {
        let credentials = self.credentials(settings).await?;
        let request = call.signed(&settings.endpoint, &credentials, self.platform.now());
        let request = request.ok_or(Kind::Denied)?;
        let refusal = |answer: &Answer| answer::refusal(call.operation, answer);
        let limit = answer::ANSWER_BYTES_MAX;
        let outcome = exchange(&self.platform, &request, limit, refusal).await;
        if matches!(outcome, Err(Kind::Denied)) {
            // Perhaps they were revoked: the next call asks for others.
            self.credentials.take();
        }
        outcome
    }

    /// What to sign with; an agent is asked only if what it gave last ends soon.
    async fn credentials(&self, settings: &Settings) -> Result<Credentials, Kind> {
        let (uri, token) = match &settings.source {
            Source::Fixed(credentials) => return Ok(credentials.clone()),
            Source::Agent { uri, token } => (uri, token.as_ref()),
        };
        let known = self.credentials.borrow().clone();
        let known = known.map(|known| (credentials::state(&known, self.platform.now()), known));
        if let Some((State::Fresh, known)) = known {
            return Ok(known);
        }
        let request = credentials::request(uri, token);
        let limit = credentials::ANSWER_BYTES_MAX;
        let answer = exchange(&self.platform, &request, limit, credentials::refusal).await;
        match (answer.and_then(|answer| credentials::read(&answer)), known) {
            (Ok(credentials), _) => {
                self.credentials.replace(Some(credentials.clone()));
                Ok(credentials)
            }
            // They last long enough for this call.
            (Err(_), Some((State::Ending, known))) => Ok(known),
            (Err(kind), _) => Err(kind),
        }
    }
}

/// A version as a part of a claim.
fn found(version: &Version) -> Found {
    Found::new(version.text.expose_secret(), version.age)
}

#[cfg(test)]
mod tests;
