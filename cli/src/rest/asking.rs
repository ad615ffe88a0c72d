//! The requests of a command: a person sees what it waits for, and may interrupt it.

use sfbox::{Options, Org, RestOptions, RestResponse};

use super::call::{Request, send};
use super::method::Method;
use super::refusal::Refusal;
use crate::interrupt::Interrupts;
use crate::progress::Progress;

/// What is said while a call has not begun to wait for anything.
const STARTING: &str = "starting";

/// A command that sends requests.
pub(crate) struct Asking {
    org: Org,
    options: RestOptions,
    interrupts: Interrupts,
    pub(super) progress: Progress,
}

impl Asking {
    /// Begins, with nothing sent. `repeatable`: sending a request twice does no harm.
    pub(crate) fn begin(org: &Org, options: &Options, repeatable: bool) -> anyhow::Result<Self> {
        Ok(Self {
            org: org.clone(),
            options: RestOptions {
                call: options.clone(),
                repeatable,
            },
            interrupts: Interrupts::with_backstop()?,
            progress: Progress::of(org),
        })
    }

    /// Sends a request. A refusal of Salesforce's is an answer.
    pub(super) async fn send(&mut self, request: Request) -> anyhow::Result<RestResponse> {
        let call = send(&self.org, request, &self.options);
        let answer = self.progress.during(STARTING, call);
        Ok(self.interrupts.unless(answer).await??)
    }

    /// Sends a request for something to read.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], too.
    pub(super) async fn read(&mut self, request: Request) -> anyhow::Result<RestResponse> {
        let method = request.method;
        let answer = self.send(request).await?;
        match Refusal::of(self.org.name(), method, &answer) {
            None => Ok(answer),
            Some(refusal) => Err(refusal.into()),
        }
    }

    /// The body of what is at a path.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], too.
    pub(crate) async fn body(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = Request {
            method: Method::Get,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        Ok(self.read(request).await?.body)
    }
}
