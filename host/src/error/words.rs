//! What a failure says to a person.

use std::fmt;

use html_escape::decode_html_entities;

use super::cause::Cause;
use super::verdict::{Repeat, passes};
use crate::bindings::exports::sfbox::client::types::{
    ApiFailure, Error as Failure, RateLimit, SecretError,
};
use crate::secret_store::StoreError;

/// A failure in words, and what the host knows of its cause.
pub(super) struct Words<'a>(pub(super) &'a Failure, pub(super) Option<&'a Cause>);

impl fmt::Display for Words<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Failure::Api(api) => {
                write!(out, "Salesforce answered {}", api.status)?;
                write_api(out, api)
            }
            Failure::Login(oauth) => {
                let what = match passes(oauth.status, &[], Repeat::Always) {
                    true => "failed",
                    false => "was refused",
                };
                write!(
                    out,
                    "the login {what} with {}: {}",
                    oauth.status, oauth.code
                )?;
                if !oauth.description.is_empty() {
                    write!(out, ": {}", decode_html_entities(&oauth.description))?;
                }
                write_request_id(out, oauth.request_id.as_deref())
            }
            Failure::RefusedToken(api) => {
                write!(out, "Salesforce refused a new token: {}", api.status)?;
                write_api(out, api)
            }
            Failure::Secret(_)
                if self
                    .1
                    .and_then(Cause::store)
                    .is_some_and(StoreError::is_unsent) =>
            {
                out.write_str("no request was sent to the secret store")
            }
            Failure::Secret(secret) => write_secret(out, secret),
            Failure::InvalidInput(why) => out.write_str(why),
            Failure::PreconditionFailed => {
                out.write_str("the record has changed since the state of the condition")
            }
            Failure::Ambiguous(ids) => write_several(out, ids),
            Failure::SessionChanged => {
                out.write_str("the session that the query belongs to has ended")
            }
            Failure::OutcomeUnknown => {
                out.write_str("the write was sent, but the answer was lost: the outcome is unknown")
            }
            Failure::RateLimited(limit) => write_limit(out, limit),
            Failure::Timeout => out.write_str("the timeout has passed"),
            Failure::Unreachable(why) => write!(out, "unreachable: {why}"),
            // The words are the cause's.
            Failure::Denied(_) if self.1.is_some_and(Cause::is_of_policy) => {
                out.write_str("denied by policy")
            }
            Failure::Denied(why) => write!(out, "denied by policy: {why}"),
            Failure::UnexpectedAnswer(answer) => {
                if answer.status == 0 {
                    write!(out, "the answer cannot be read: {}", answer.reason)?;
                } else if passes(answer.status, &[], Repeat::Always) {
                    write!(out, "the org answered {}: {}", answer.status, answer.reason)?;
                } else {
                    write!(
                        out,
                        "the answer {} cannot be read: {}",
                        answer.status, answer.reason
                    )?;
                }
                write_request_id(out, answer.request_id.as_deref())
            }
            Failure::Unsupported(why) => write!(out, "not supported: {why}"),
        }
    }
}

fn write_several(out: &mut fmt::Formatter<'_>, ids: &[String]) -> fmt::Result {
    let (number, ids) = (ids.len(), ids.join(", "));
    write!(out, "{number} records have this external id: {ids}")
}

/// Salesforce escapes some characters of its messages as in HTML: they are shown
/// as what they stand for. A message of several lines begins on a line of its own: its
/// second line has a caret, which points at a mistake in the first.
fn write_api(out: &mut fmt::Formatter<'_>, api: &ApiFailure) -> fmt::Result {
    for error in &api.errors {
        let message = decode_html_entities(&error.message);
        let message = message.trim_end().trim_start_matches(['\r', '\n']);
        write!(out, " {}", error.code)?;
        if message.contains('\n') {
            write!(out, ":\n{message}")?;
        } else if !message.is_empty() {
            write!(out, ": {}", message.trim_start())?;
        }
        if !error.fields.is_empty() {
            write!(out, " (fields: {})", error.fields.join(", "))?;
        }
    }
    write_request_id(out, api.request_id.as_deref())
}

fn write_limit(out: &mut fmt::Formatter<'_>, limit: &RateLimit) -> fmt::Result {
    out.write_str("rate limited")?;
    if let Some(seconds) = limit.retry_after_s {
        write!(out, "; try again in {seconds} s")?;
    }
    match &limit.refusal {
        Some(code) => write!(out, "; the last login was refused: {code}"),
        None => Ok(()),
    }
}

fn write_request_id(out: &mut fmt::Formatter<'_>, id: Option<&str>) -> fmt::Result {
    id.map_or(Ok(()), |id| write!(out, " (request id {id})"))
}

fn write_secret(out: &mut fmt::Formatter<'_>, secret: &SecretError) -> fmt::Result {
    match secret {
        SecretError::NotFound => out.write_str("the secret does not exist"),
        SecretError::Denied => out.write_str("access to the secret was denied"),
        SecretError::Conflict => {
            out.write_str("the secret could not be written: it changed at every attempt")
        }
        SecretError::Throttled(None) => out.write_str("the secret store throttles requests"),
        SecretError::Throttled(Some(seconds)) => {
            write!(
                out,
                "the secret store throttles requests: try again in {seconds} s"
            )
        }
        SecretError::Unavailable => out.write_str("the secret store did not answer"),
        SecretError::Malformed(why) => write!(out, "the secret cannot be used: {why}"),
    }
}
