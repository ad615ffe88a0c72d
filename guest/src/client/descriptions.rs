//! Descriptions, which are asked for again only if they have changed.

use super::Client;
use crate::call::Operation as _;
use crate::contract::types::Options;
use crate::error::Error;
use crate::org::{Describe, Description, Root, Subject};
use crate::platform::Platform;

impl<P: Platform> Client<P> {
    /// The description of an object.
    ///
    /// # Errors
    ///
    /// See `wit/org.wit`.
    pub(crate) async fn describe(
        &self,
        object: &str,
        tooling: bool,
        options: &Options,
    ) -> Result<String, Error> {
        self.described(Subject::new(Some(object), tooling)?, options)
            .await
    }

    /// The descriptions of all objects, in short.
    ///
    /// # Errors
    ///
    /// See `wit/org.wit`.
    pub(crate) async fn describe_all(
        &self,
        tooling: bool,
        options: &Options,
    ) -> Result<String, Error> {
        self.described(Subject::new(None, tooling)?, options).await
    }

    /// The user and the org of the session.
    ///
    /// # Errors
    ///
    /// See `wit/org.wit`.
    pub(crate) async fn identity(&self, options: &Options) -> Result<String, Error> {
        let identity = self.run(Root, options).await?;
        self.run(identity, options).await
    }

    async fn described(&self, subject: Subject, options: &Options) -> Result<String, Error> {
        let asking = async {
            let deadline = self.deadline(options)?;
            let version = self.version(options, deadline).await?;
            let known = self.descriptions.borrow().get(version, &subject).cloned();
            let describe = Describe {
                subject: &subject,
                known: known.as_ref().and_then(|known| known.date.as_ref()),
            };
            let call = describe.call()?;
            let (answer, session) = self.answer(&call, None, options, deadline).await?;
            match (describe.read(answer, &session)?, known) {
                (Some(new), _) => {
                    let body = new.body.clone();
                    self.descriptions.borrow_mut().put(version, subject, new);
                    Ok(body)
                }
                (None, Some(Description { body, .. })) => Ok(body),
                (None, None) => Err(Error::unreadable("a description that was not asked for")),
            }
        };
        let described: Result<String, Error> = asking.await;
        described.map_err(|error| self.session.told(error))
    }
}

#[cfg(test)]
mod tests;
